"""What `patchbay doctor` checks, and what it can fix."""
