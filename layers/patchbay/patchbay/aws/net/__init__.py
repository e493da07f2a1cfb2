"""HTTP: calls to services, downloads from strangers, and which addresses may be called."""
