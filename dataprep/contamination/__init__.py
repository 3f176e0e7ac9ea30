"""Whether an example holds something of an evaluation set: verbatim, a long span of it, or the same in other words.

- `known`: which fields of the known evaluation sets hold the question, the choices and the answer
- `items`: files of evaluation sets → items with their places
- `words`: texts as words that can be compared: numbers in one spelling, Chinese by characters
- `units`: what is looked for of an item, and what each of its words weighs
- `index`: all units by their rare words, and the search of a text for them
"""
