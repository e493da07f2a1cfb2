"""Giosg, simulated."""

from __future__ import annotations

from playground.services.giosg.demo import (
    API_TOKEN,
    DEMO_AGENT,
    DEMO_BOT,
    DEMO_ORGANIZATION,
    DEMO_ROOM,
    OTHER_AGENT,
    WEB_ROOM,
)
from playground.services.giosg.simulator import Giosg

__all__ = [
    "API_TOKEN",
    "DEMO_AGENT",
    "DEMO_BOT",
    "DEMO_ORGANIZATION",
    "DEMO_ROOM",
    "OTHER_AGENT",
    "SIMULATOR",
    "WEB_ROOM",
    "Giosg",
]

SIMULATOR = Giosg
