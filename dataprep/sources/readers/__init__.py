"""One module per container: a reader yields the records of an open file with their origins."""
