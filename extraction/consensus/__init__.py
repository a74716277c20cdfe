"""Two entries of a study become one record: first their arms and outcomes, then their values."""
