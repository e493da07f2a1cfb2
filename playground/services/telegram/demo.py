"""The bot that is there from the start, and what people send with one press: a sticker, a voice note."""

from __future__ import annotations

from pathlib import Path

DEMO_TOKEN = "7351904826:AAHk3vPq9LxW2sD8fTgYbNcRmZeUj4oKi5Q"
DEMO_OWNERS = "@maya_chen, @tomas_oliveira"  #: people who may have the bot answer in their own accounts
BOT_NAME = "Patchbay Demo"
BOT_USERNAME = "patchbay_demo_bot"
STICKER = Path(__file__).with_name("sticker.webp").read_bytes()  #: a face that laughs
VOICE = Path(__file__).with_name("voice.oga").read_bytes()  #: four rising tones, as Opus
VOICE_SECONDS = 2
