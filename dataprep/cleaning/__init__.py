"""What takes out of texts what nobody meant to write: one rule each, and what each of them leaves alone."""
