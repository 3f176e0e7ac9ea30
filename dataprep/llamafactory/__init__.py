"""Everything that knows LLaMA-Factory: its arguments, templates, registry, pitfalls, row outcomes,
runs and costs.
"""
