"""One stateful simulator per service, found by file name; each module has a `SIMULATOR` class."""
