"""A run of LLaMA-Factory: the machine that it is fitted to, where it goes on, what is noted of it."""
