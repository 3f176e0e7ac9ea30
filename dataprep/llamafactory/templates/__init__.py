"""Chat templates: the table of all of LLaMA-Factory's, the template of a model, tool calls."""
