"""The web chat with its visitors, for tests: the playground has the deployed one."""

from __future__ import annotations

from playground.services.webchat.simulator import DEMO_KEY, WebChatSimulator

__all__ = ["DEMO_KEY", "SIMULATOR", "WebChatSimulator"]

SIMULATOR = WebChatSimulator
