"""What texts are made of: words, languages, tokens, spans, differences and similarity."""
