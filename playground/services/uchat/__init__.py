"""UChat, simulated."""

from __future__ import annotations

from playground.services.uchat.demo import (
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
from playground.services.uchat.simulator import UChat
from playground.services.uchat.templates import Button, Card

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
