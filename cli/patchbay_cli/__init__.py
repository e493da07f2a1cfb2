"""The `patchbay` command: connects accounts, links them, looks after what waits."""
