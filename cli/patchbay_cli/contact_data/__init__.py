"""Everything that is stored about one contact: `patchbay export` writes it out, `patchbay erase` deletes it."""
