"""Templates in files, and what messengers charge."""
