"""What can be wrong with a prompt or an answer that is a good record otherwise: one rule for each, with its limit."""
