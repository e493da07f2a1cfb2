"""UChat, simulated."""

from __future__ import annotations

from playground.services._uchat.demo import (
    DEMO_AGENT,
    DEMO_FLOW,
    DEMO_FLOW_KEY,
    DEMO_PARTNER_KEY,
    DEMO_WORKSPACE,
    OTHER_AGENT,
    OTHER_FLOW_KEY,
    OTHER_WORKSPACE,
    PLAIN_FLOW_KEY,
)
from playground.services._uchat.simulator import UChat
from playground.services._uchat.templates import Button, Card

__all__ = [
    "DEMO_AGENT",
    "DEMO_FLOW",
    "DEMO_FLOW_KEY",
    "DEMO_PARTNER_KEY",
    "DEMO_WORKSPACE",
    "OTHER_AGENT",
    "OTHER_FLOW_KEY",
    "OTHER_WORKSPACE",
    "PLAIN_FLOW_KEY",
    "SIMULATOR",
    "Button",
    "Card",
    "UChat",
]

SIMULATOR = UChat
