"""What `patchbay connect` does: from KEY=VALUE pairs to a connection that is stored and works at the service."""
