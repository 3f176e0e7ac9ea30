"""What LLaMA-Factory would do wrong with a registry that others wrote: rules on its text, its
entries and their files.

The rules are those of LLaMA-Factory: data/parser.py, data/loader.py and data/converter.py.
"""
