"""WhatsApp, simulated."""

from __future__ import annotations

from playground.services.whatsapp.core import Core
from playground.services.whatsapp.simulator import WhatsApp

__all__ = ["SIMULATOR", "Core", "WhatsApp"]

SIMULATOR = WhatsApp
