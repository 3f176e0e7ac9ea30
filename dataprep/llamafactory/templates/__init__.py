"""LLaMA-Factory's chat templates: which a model has, and how they render a conversation."""
