"""Programs for the people who build Patchbay: set-up, layers, generated tables, sample events."""
