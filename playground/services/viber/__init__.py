"""Viber, simulated."""

from __future__ import annotations

from playground.services.viber.demo import DEMO_TOKEN
from playground.services.viber.simulator import Viber

__all__ = ["DEMO_TOKEN", "SIMULATOR", "Viber"]

SIMULATOR = Viber
