"""A simulated Viber: the bot API for our side, a phone for each customer."""

from __future__ import annotations

from playground.services.viber.people import ViberSimulator
from playground.services.viber.state import DEMO_TOKEN

__all__ = ["DEMO_TOKEN", "SIMULATOR", "ViberSimulator"]

SIMULATOR = ViberSimulator
