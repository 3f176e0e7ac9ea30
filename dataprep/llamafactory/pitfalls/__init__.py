"""What goes wrong with LLaMA-Factory by its own arguments, most of it without a word.

Tables, and the conditions in them: nothing here needs LLaMA-Factory, and tests hold them against
its own code.
"""
