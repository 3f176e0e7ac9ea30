"""Runs of LLaMA-Factory: fit them to the machine, start, resume and record them."""
