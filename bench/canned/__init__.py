"""An AWS that answers at once, over TLS, from a process of its own: what is timed is ours, and not an emulator's."""
