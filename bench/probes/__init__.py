"""What runs in a process of its own, with the interpreter and the packages that a deployed function finds."""
