"""The bot that is there from the start, and a sticker."""

from __future__ import annotations

from base64 import b64decode

DEMO_TOKEN = "7351904826:AAHk3vPq9LxW2sD8fTgYbNcRmZeUj4oKi5Q"
BOT_NAME = "Patchbay Demo"
BOT_USERNAME = "patchbay_demo_bot"
STICKER = b64decode("UklGRhgAAABXRUJQVlA4TAwAAAAv/8F/AChy9cvT/wA=")  #: a yellow square, as WebP
