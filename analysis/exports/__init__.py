"""Files a team takes away. Everything in them has passed the blinding gate."""
