"""What goes wrong with LLaMA-Factory 0.9.5 by its own arguments, most of it without a word.

Tables, and the conditions in them: nothing here needs LLaMA-Factory, and tests hold them against
its own code.
"""
