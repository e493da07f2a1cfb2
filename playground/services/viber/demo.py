"""The bot and the customers that are there from the start."""

from __future__ import annotations

DEMO_TOKEN = "4f2d1c0b9a8e7d6c-1122334455667788-99aabbccddeeff00"
BOT_NAME = "Patchbay Demo"
WELCOME = "Welcome! How can we help you?"
