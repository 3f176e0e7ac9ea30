"""Find texts that are nearly the same: words → pairs of words → MinHash → candidates → exact similarity → clusters."""
