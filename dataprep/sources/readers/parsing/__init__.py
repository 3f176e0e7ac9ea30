"""What the readers parse with; no module here is a reader."""
