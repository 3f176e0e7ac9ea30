"""Estimate a training before renting anything: steps, tokens, memory by part, and time."""
