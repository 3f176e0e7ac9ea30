"""Parsers that formats share: messages, fields of question and answer, pairs, calls, media."""
