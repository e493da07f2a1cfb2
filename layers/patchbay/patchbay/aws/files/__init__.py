"""What a file is, by its content and its name."""
