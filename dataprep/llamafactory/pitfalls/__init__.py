"""Pitfalls of LLaMA-Factory's arguments, most of them silent.

Tables of conditions and messages. They do not need LLaMA-Factory; tests check them against its
code.
"""
