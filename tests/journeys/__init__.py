"""A whole bridge in memory, with real connectors between simulators of the real services."""
