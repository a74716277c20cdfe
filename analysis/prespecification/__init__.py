"""Plans frozen with the protocol, amended afterwards, and what that makes of their runs."""
