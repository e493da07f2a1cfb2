"""Telegram, simulated."""

from __future__ import annotations

from playground.services.telegram.demo import DEMO_TOKEN
from playground.services.telegram.simulator import Telegram

__all__ = ["DEMO_TOKEN", "SIMULATOR", "Telegram"]

SIMULATOR = Telegram
