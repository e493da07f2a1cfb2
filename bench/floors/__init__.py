"""The floors: the least code that does the same work, without Patchbay. They are measured like Patchbay itself."""
