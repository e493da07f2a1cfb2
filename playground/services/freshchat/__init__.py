"""Freshchat, simulated."""

from __future__ import annotations

from playground.services.freshchat.demo import (
    DEMO_AGENT,
    DEMO_APP,
    DEMO_APP_SECRET,
    DEMO_BOT,
    DEMO_CHANNEL,
    DEMO_GROUP,
    DEMO_TOKEN,
    OTHER_AGENT,
    OTHER_CHANNEL,
)
from playground.services.freshchat.simulator import Freshchat

__all__ = [
    "DEMO_AGENT",
    "DEMO_APP",
    "DEMO_APP_SECRET",
    "DEMO_BOT",
    "DEMO_CHANNEL",
    "DEMO_GROUP",
    "DEMO_TOKEN",
    "OTHER_AGENT",
    "OTHER_CHANNEL",
    "SIMULATOR",
    "Freshchat",
]

SIMULATOR = Freshchat
