"""Find texts that are nearly the same: words → pairs of words → MinHash → candidates → exact
similarity → clusters.

Shingles and threshold were chosen on real rows with edited copies
(`tests/benchmarks/edited_copies.py`, whose table is in the README). Pairs of neighbouring words
separate best: single words take texts of one topic for copies, and of three or more in a row a
tenth of edits leaves too few. With the borders of a text as words, short texts need no shingles of
their own. At 0.6 of common pairs, copies with 10 % of edits are found (English 0.99, Chinese 0.95),
and 0.6 of 1,000 rows without a copy are taken wrongly; at 0.5 it is 1.9, and at 0.7 a twelfth of
those copies is missed in English and a fifth in Chinese.
"""
