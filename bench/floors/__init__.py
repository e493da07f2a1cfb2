"""The floors: the least that does the same work, written by hand. They are measured like Patchbay itself."""
