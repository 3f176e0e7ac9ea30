"""Find near duplicates: words → pairs of words → MinHash → candidates → exact similarity →
clusters.

Shingles and threshold were chosen on real rows with edited copies
(`tests/benchmarks/edited_copies.py`). Pairs of neighbouring words separate best: single words match
texts on one topic, and with three or more words in a row, 10 % of edits leave too few in common.
The borders of a text count as words, so short texts need no other shingles. At a threshold of 0.6,
copies with 10 % of edits are found (recall: English 0.99, Chinese 0.95), and 0.6 of 1,000 unrelated
rows are false positives; at 0.5 it is 1.9, and 0.7 misses 1/12 of those copies in English and 1/5
in Chinese.
"""
