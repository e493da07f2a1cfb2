"""One module for each command of `patchbay`: its options, its help, and what it prints."""
