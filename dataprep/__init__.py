"""Turn raw corpora into clean, checked, leak-free data for LLaMA-Factory."""

__version__ = "0.1.0"
