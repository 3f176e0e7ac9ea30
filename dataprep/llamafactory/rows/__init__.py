"""What LLaMA-Factory does to each row of a dataset: converts, encodes, truncates, drops."""
