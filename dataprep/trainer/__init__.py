"""What LLaMA-Factory will do with rows, registries and recipes, told before it starts."""
