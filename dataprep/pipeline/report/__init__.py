"""What a run reports: counts, samples, lineage, clusters and the leakage between splits."""
