"""Generators of the sample events in `events/`, one for each service."""
