"""Unblu, simulated."""

from __future__ import annotations

from playground.services.unblu.demo import (
    ADMIN_PASSWORD,
    ADMIN_USER,
    DEMO_AGENT,
    DEMO_TEAM,
    OTHER_AGENT,
    PLAIN_PASSWORD,
    PLAIN_USER,
)
from playground.services.unblu.simulator import Unblu

__all__ = [
    "ADMIN_PASSWORD",
    "ADMIN_USER",
    "DEMO_AGENT",
    "DEMO_TEAM",
    "OTHER_AGENT",
    "PLAIN_PASSWORD",
    "PLAIN_USER",
    "SIMULATOR",
    "Unblu",
]

SIMULATOR = Unblu
