"""What Freshchat's sample events are about: one conversation, the people in it, and parts of messages."""

from __future__ import annotations

START = 1714979289000

AGENT = "aaaaaaaa-0000-4000-8000-000000000001"
BOT = "aaaaaaaa-0000-4000-8000-000000000009"
APP = "bbbbbbbb-0000-4000-8000-000000000002"
CHANNEL = "dddddddd-0000-4000-8000-000000000004"
OTHER_CHANNEL = "dddddddd-0000-4000-8000-000000000005"
CONVERSATION = "eeeeeeee-0000-4000-8000-000000000005"
NUMBER = "1019000000000001"
USER = "ffffffff-0000-4000-8000-000000000006"
GROUP = "99999999-0000-4000-8000-000000000007"
MEDIA = "https://fc-use1-00-pics-bkt-00.s3.amazonaws.com"

Json = dict[str, object]


def text(content: str) -> Json:
    return {"text": {"content": content}}


def card(title: str, description: str, image: str) -> Json:
    return {
        "template_content": {
            "type": "carousel_card_default",
            "sections": [
                {"name": "hero_image", "parts": [{"image": {"url": image, "content_type": "image/png"}}]},
                {"name": "title", "parts": [text(title)]},
                {"name": "description", "parts": [text(description)]},
                {"name": "callback", "parts": [{"callback": {"label": "Choose", "payload": f"choose:{title}"}}]},
                {"name": "view", "parts": [{"url_button": {"label": "View", "url": "https://shop.example/item"}}]},
            ],
        }
    }


def replies(*buttons: Json) -> list[Json]:
    return [{"collection": {"sub_parts": list(buttons)}}]


IMAGE: Json = {"url": f"{MEDIA}/1/photo.png", "content_type": "image/png"}
FILE: Json = {"name": "Rechnung März.pdf", "content_type": "application/pdf", "file_size_in_bytes": 90112}
CAROUSEL: Json = {
    "template_content": {
        "type": "carousel",
        "sections": [
            {
                "name": "cards",
                "parts": [
                    card("Chair", "Oak, 4 kg", f"{MEDIA}/1/chair.png"),
                    card("Table", "Oak, 20 kg", f"{MEDIA}/1/table.png"),
                ],
            }
        ],
    }
}
DROPDOWN: Json = {
    "template_content": {
        "type": "quick_reply_dropdown",
        "sections": [
            {
                "name": "options",
                "parts": [{"quick_reply_button": {"label": "Monday"}}, {"quick_reply_button": {"label": "Tuesday"}}],
            }
        ],
    }
}
