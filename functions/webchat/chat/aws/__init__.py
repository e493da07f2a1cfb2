"""What the web chat's ports are answered with."""
