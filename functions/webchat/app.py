"""The web chat: its page and widget, what its visitors do, and what the bridge reports to it."""

from __future__ import annotations

from pathlib import Path

from chat.aws.handler import make_handler

handler = make_handler(Path(__file__).with_name("dist"))
