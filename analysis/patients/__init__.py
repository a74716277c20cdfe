"""Individual patients in an analysis: read from a snapshot, and laid out in tables."""
