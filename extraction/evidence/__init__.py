"""What a reading rests on: the passage marked in the paper, and whether it says so. Pure."""
