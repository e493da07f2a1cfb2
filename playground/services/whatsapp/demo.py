"""The business that is there from the start, and what people send with one press: a sticker, a voice note."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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

#: What the business of the playground may send at any time.
TEMPLATES: tuple[dict[str, Any], ...] = (
    {
        "name": "visit_reminder",
        "body": "Hello {{name}}, we come on {{day}}. Does that suit you?",
        "footer": "Patchbay Demo",
        "buttons": [
            {"type": "QUICK_REPLY", "text": "Yes"},
            {"type": "QUICK_REPLY", "text": "Another day"},
            {"type": "URL", "text": "All times", "url": "https://shop.example/times"},
        ],
    },
    {"name": "we_answered", "body": "You have an answer from us. Write to us to read it."},
    {"name": "spring_sale", "body": "Everything for the garden at half price!", "category": "MARKETING"},
)
