"""One module per container: each yields the records of an open file with their places."""
