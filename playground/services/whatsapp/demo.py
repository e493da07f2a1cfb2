"""The business that is there from the start, and what people send with one press: a sticker, a voice note."""

from __future__ import annotations

from pathlib import Path

APP_ID = "731804659127305"
APP_SECRET = "5d0c7f0b1ad94e6f93b8a2c6e17d4f08"
PORTFOLIO_ID = "190374685512098"
WABA_ID = "204918367751046"
PHONE_NUMBER_ID = "318572046913387"
DISPLAY_NUMBER = "41445550199"
BUSINESS_NAME = "Patchbay Demo"
DEMO_TOKEN = "EAAKZpatchbayDemo7Qw2Rt9Yu4Io1Pa6Sd8Fg3Hj5Kl0Zx"
DEMO_PIN = "204816"
STICKER = Path(__file__).with_name("sticker.webp").read_bytes()  #: a face that laughs
VOICE = Path(__file__).with_name("voice.oga").read_bytes()  #: four rising tones, as Opus
