"""The web chat with its visitors, for tests: the playground has the deployed one."""

from __future__ import annotations

from playground.services.webchat.server import DEMO_KEY
from playground.services.webchat.visitors import WebChatSimulator

__all__ = ["DEMO_KEY", "SIMULATOR", "WebChatSimulator"]

SIMULATOR = WebChatSimulator
