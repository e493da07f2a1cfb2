"""Writes events/telegram/: what API Gateway hands over for each of Telegram's updates, and what they mean.

    python -m tools.sample_events.telegram

Running it again changes nothing. The expected events are written by the connector itself and checked by eye when they
change; tests/connectors/telegram states the same facts independently.
"""

from __future__ import annotations

import json

from patchbay.domain.accounts import Endpoint, Secrets
from tools.sample_events.samples import SampleWebhook, write_samples

SECRET = "sample-secret-of-the-telegram-samples_opens-nothing"
START = 1788600000
UPDATE = 870000000
MEGABYTE = 1024 * 1024

Json = dict[str, object]

PERSON: Json = {"id": 1111111, "is_bot": False, "first_name": "Åsa Berg", "language_code": "sv"}
CHAT: Json = {"id": 1111111, "type": "private", "first_name": "Åsa Berg", "username": "asa_b"}
BOT: Json = {"id": 4200000042, "is_bot": True, "first_name": "Corner shop", "username": "corner_shop_bot"}
GROUP: Json = {"id": -1001234567890, "type": "supergroup", "title": "Street 7", "is_forum": True}
OWNER: Json = {"id": 3333333, "is_bot": False, "first_name": "Bo Ek", "username": "bo_shop", "language_code": "sv"}
BUSINESS = "aXkDqv0lAFgBAAAAmZcCAw"
STRANGERS = "bYkDqv0lAFgBAAAAmZcCBx"
RIGHTS: Json = {"can_reply": True, "can_read_messages": True, "can_delete_sent_messages": True}
SHOWN: Json = {
    "inline_keyboard": [
        [
            {"text": "10:30", "callback_data": "desk-1 slot-1030"},
            {"text": "11:00", "callback_data": "desk-1 slot-1100"},
        ],
        [{"text": "Our site", "url": "https://shop.test/"}],
    ]
}


def make_file(number: int, size: int, **more: object) -> Json:
    return {
        "file_id": f"AgACAgQAAxkBAAIB{number:04}-Xk",
        "file_unique_id": f"AQADu{number:04}",
        "file_size": size,
        **more,
    }


def mark(text: str, kind: str, words: str, **more: object) -> Json:
    """An entity of `words` in `text`, counted in UTF-16 units as Telegram does."""
    offset, length = (len(part.encode("utf-16-le")) // 2 for part in (text[: text.index(words)], words))
    return {"type": kind, "offset": offset, "length": length, **more}


MARKED = "👩‍🚀 Not Monday but Tuesday, see the plan.\nYou wrote:\nAny day\nis fine\nOk?"
PHOTO = [make_file(1, 1253, width=90, height=67), make_file(2, 150000, width=1280, height=960)]
ANIMATION = make_file(3, 90000, file_name="wave.mp4", mime_type="video/mp4", width=320, height=240, duration=2)

MESSAGES: dict[str, Json] = {
    "text": {"text": "Hello, is anybody there?"},
    "text_in_many_scripts": {"text": "שלום 👩‍👩‍👧 — مرحبا — 你好"},
    "text_marked_up": {
        "text": MARKED,
        "entities": [
            mark(MARKED, "strikethrough", "Monday"),
            mark(MARKED, "bold", "Tuesday"),
            mark(MARKED, "text_link", "the plan", url="https://shop.test/plan"),
            mark(MARKED, "blockquote", "Any day\nis fine\n"),
        ],
    },
    "photo": {"photo": PHOTO, "caption": "my car"},
    "of_an_album_first": {"photo": PHOTO, "caption": "three of them", "media_group_id": "13600000001"},
    "of_an_album_second": {"photo": PHOTO, "media_group_id": "13600000001"},
    "video": {"video": make_file(4, 2 * MEGABYTE, file_name="yard.mp4", mime_type="video/mp4", duration=12)},
    "video_too_large": {
        "video": make_file(5, 35 * MEGABYTE, file_name="holiday.mp4", mime_type="video/mp4", duration=300),
        "caption": "all of it",
    },
    "animation": {"animation": ANIMATION, "document": ANIMATION},
    "audio": {"audio": make_file(6, 4_000_000, file_name="song.mp3", mime_type="audio/mpeg", duration=180)},
    "voice": {"voice": make_file(7, 9000, mime_type="audio/ogg", duration=3)},
    "video_note": {"video_note": make_file(8, 700_000, length=240, duration=5)},
    "document": {"document": make_file(9, 90112, file_name="Rechnung März.pdf", mime_type="application/pdf")},
    "image_as_document": {"document": make_file(10, 5_000_000, file_name="scan.png", mime_type="image/png")},
    "sticker": {"sticker": make_file(11, 20000, emoji="👍", type="regular", is_animated=False, is_video=False)},
    "sticker_that_moves": {"sticker": make_file(12, 9000, emoji="🎉", type="regular", is_animated=True)},
    "location": {"location": {"latitude": 59.3293, "longitude": 18.0686}},
    "venue": {
        "location": {"latitude": 47.3769, "longitude": 8.5417},
        "venue": {
            "location": {"latitude": 47.3769, "longitude": 8.5417},
            "title": "Main station",
            "address": "Bahnhofplatz 1",
        },
    },
    "contact": {"contact": {"phone_number": "+46701234567", "first_name": "Bo Ek", "user_id": 2222222}},
    "contact_own": {"contact": {"phone_number": "46707654321", "first_name": "Åsa", "user_id": 1111111}},
    "poll": {"poll": {"id": "5", "question": "When?", "options": []}},
    "of_unknown_type": {"hologram": {"file_id": "Ho"}},
    "start": {"text": "/start", "entities": [{"type": "bot_command", "offset": 0, "length": 6}]},
    "start_with_reference": {"text": "/start booking-4711"},
    "in_reply": {
        "text": "That one, please",
        "reply_to_message": {
            "message_id": 1400,
            "from": BOT,
            "chat": CHAT,
            "date": START,
            "text": "Ana Lind\nThe 10:30 or the 11:00 one?",
            "entities": [{"type": "bold", "offset": 0, "length": 8}],
        },
    },
    "in_reply_to_a_part": {
        "text": "The second",
        "reply_to_message": {"message_id": 1365, "from": PERSON, "chat": CHAT, "date": START, "text": "Hello, is …"},
        "quote": {"text": "anybody there?", "position": 10, "is_manual": True},
    },
    "pinned": {"pinned_message": {"message_id": 3, "chat": CHAT, "date": START}},
    "in_a_group": {"chat": GROUP, "text": "@corner_shop_bot are you open?"},
    "from_a_channel": {"chat": {"id": -1009999999999, "type": "channel", "title": "News"}, "text": "Sale!"},
}


def tap(data: str, **more: object) -> dict[str, Json]:
    message: Json = {"message_id": 1400, "from": BOT, "chat": CHAT, "date": START, "text": "Which time?", **more}
    query: Json = {
        "id": "4382bfdwdsb323b2d9",
        "from": PERSON,
        "message": message,
        "chat_instance": "-36000000",
        "data": data,
    }
    return {"callback_query": query}


def become(before: str, after: str, **more: object) -> dict[str, Json]:
    change: Json = {"chat": CHAT, "from": PERSON, "date": START, **more}
    until: Json = {"until_date": 0} if after == "kicked" else {}
    members: Json = {
        "old_chat_member": {"user": BOT, "status": before},
        "new_chat_member": {"user": BOT, "status": after, **until},
    }
    return {"my_chat_member": {**change, **members}}


def react(before: tuple[str, ...], after: tuple[str, ...]) -> dict[str, Json]:
    old, new = ([{"type": "emoji", "emoji": emoji} for emoji in emojis] for emojis in (before, after))
    change: Json = {"chat": CHAT, "message_id": 1400, "user": PERSON, "date": START}
    return {"message_reaction": {**change, "old_reaction": old, "new_reaction": new}}


def connect(user: Json, connection: str, rights: Json, *, is_enabled: bool = True) -> dict[str, Json]:
    shown: Json = {"id": connection, "user": user, "user_chat_id": user["id"], "date": START, "is_enabled": is_enabled}
    return {"business_connection": {**shown, **({"rights": rights} if is_enabled else {})}}


def in_business(kind: str, **more: object) -> dict[str, Json]:
    return {kind: {"business_connection_id": BUSINESS, **more}}


def delete_in_business(*numbers: int) -> dict[str, Json]:
    deleted: Json = {"business_connection_id": BUSINESS, "chat": CHAT, "message_ids": list(numbers)}
    return {"deleted_business_messages": deleted}


IN_BUSINESS: dict[str, dict[str, Json]] = {
    "connected": connect(OWNER, BUSINESS, RIGHTS),
    "connected_read_only": connect(OWNER, BUSINESS, {"can_read_messages": True}),
    "disconnected": connect(OWNER, BUSINESS, {}, is_enabled=False),
    "connected_by_a_stranger": connect(PERSON, STRANGERS, RIGHTS),
    "message": in_business("business_message", text="Is it still there?"),
    "message_of_a_stranger": in_business("business_message", text="Hello", business_connection_id=STRANGERS),
    "photo": in_business("business_message", photo=PHOTO, caption="this one"),
    "message_of_the_owner": in_business("business_message", text="It is, until six", **{"from": OWNER}),
    "greeting": in_business("business_message", text="We are closed today", is_from_offline=True, **{"from": OWNER}),
    "message_of_the_bot": in_business("business_message", text="It is", sender_business_bot=BOT, **{"from": OWNER}),
    "edited": in_business("edited_business_message", text="Is it still on sale?", edit_date=START + 60),
    "deleted": delete_in_business(1365, 1366),
    "button": tap("desk-1 slot-1100", reply_markup=SHOWN, business_connection_id=BUSINESS, sender_business_bot=BOT),
}


UPDATES: dict[str, dict[str, Json]] = {
    **{f"message_{name}": {"message": message} for name, message in MESSAGES.items()},
    "button": tap("desk-1 slot-1100", reply_markup=SHOWN),
    "button_that_was_never_shown": tap("desk-1 free-of-charge", reply_markup=SHOWN),
    "button_of_a_message_that_is_hidden": tap("desk-1 slot-1100", date=0),
    "blocked": become("member", "kicked"),
    "unblocked": become("kicked", "member"),
    "added_to_a_group": become("left", "member", chat=GROUP),
    "edited": {"edited_message": {"text": "Hello, is anyone there?", "edit_date": START + 60}},
    "edited_position": {
        "edited_message": {"location": {"latitude": 59.33, "longitude": 18.07}, "edit_date": START + 60}
    },
    "reaction": react((), ("👍",)),
    "reaction_in_place_of_another": react(("👍",), ("❤", "🔥")),
    "reaction_removed": react(("❤",), ()),
    "unknown_update": {"hologram_shown": {"from": PERSON}},
}
UPDATES["message_base64"] = UPDATES["message_text_in_many_scripts"]
UPDATES |= {f"business_{name}": update for name, update in IN_BUSINESS.items()}


_MESSAGES = {"message", "edited_message", "business_message", "edited_business_message"}


def make_body(name: str, number: int) -> bytes:
    fields = {
        kind: {"message_id": 1365 + number, "from": PERSON, "chat": CHAT, "date": START + number, **update}
        if kind in _MESSAGES
        else update
        for kind, update in UPDATES[name].items()
    }
    return json.dumps({"update_id": UPDATE + number, **fields}, ensure_ascii=False, separators=(",", ":")).encode()


def make_webhook(name: str, body: bytes) -> SampleWebhook:
    return SampleWebhook(
        body=body,
        at=START * 1000 + 100_000,
        headers={"content-type": "application/json", "x-telegram-bot-api-secret-token": SECRET},
        in_base64=name == "message_base64",
    )


def main() -> None:
    endpoint = Endpoint(
        id="sample-telegram",
        service="telegram",
        settings={"business": f"@{OWNER['username']}"},
        secrets=Secrets({"webhook_secret": SECRET}),
        threads={BUSINESS: str(OWNER["id"]), STRANGERS: ""},
    )
    write_samples(endpoint, {name: make_webhook(name, make_body(name, n)) for n, name in enumerate(UPDATES)})


if __name__ == "__main__":
    main()
