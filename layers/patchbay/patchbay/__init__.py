"""Patchbay: the bridge between messengers (customers) and platforms (agents)."""
