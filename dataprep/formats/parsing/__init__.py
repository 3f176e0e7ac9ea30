"""What formats share: lists of messages, fields of a question and an answer, pairs, calls, media."""
