"""Writes events/webchat/: what API Gateway hands over for each note of the web chat, and what the bridge makes of it.

    python -m tools.sample_events.webchat

Running it again changes nothing. The expected events are written by the connector itself and checked by eye when they
change; tests/connectors/webchat/test_inbound.py states the same facts independently.
"""

from __future__ import annotations

import hashlib
import hmac
import json

from patchbay.domain.accounts import Endpoint, Secrets
from tools.sample_events.samples import HOST, SampleWebhook, write_samples

KEY = "sample-service-key-that-opens-nothing"  # the documented sample key
PAGE = f"https://{HOST}/webchat/sample-hook-webchat"
FILES = f"https://{HOST}/media/c2FtcGxlLXRva2VuLXRoYXQtb3BlbnMtbm90aGluZw"
START = 1767603600000

CHAT = "7b1f0a52-6c1d-4a64-9d1e-2f0c5a8e9b11"
AGENTS_MESSAGE = "0d9f2a71-53cc-4b7e-8a46-6a1d5be0c3f7"
AT = "2026-01-05T09:00:00.000Z"

Json = dict[str, object]

QUOTED: Json = {"id": AGENTS_MESSAGE, "mine": False, "excerpt": "Shall we meet tomorrow?"}
ANN: Json = {"id": CHAT, "name": "Ann Öberg", "person": "9f86d081884c7d659a2feaa0", "language": "sv-SE"}


def make_file(kind: str, name: str, content_type: str, size: int) -> Json:
    return {"kind": kind, "url": f"{FILES}/{name}", "name": name, "type": content_type, "size": size, "hosted": True}


#: Messages: what differs from an empty one.
MESSAGES: dict[str, Json] = {
    "text": {"text": "Hello, is anybody there?"},
    "text_in_many_scripts": {"text": "שלום 👩‍👩‍👧 — مرحبا — 你好 — Grüße"},
    "image": {"text": "This is the broken part", "attachment": make_file("image", "part.png", "image/png", 184320)},
    "audio": {"attachment": make_file("audio", "voice.mp3", "audio/mpeg", 40960)},
    "video": {"attachment": make_file("video", "clip.mp4", "video/mp4", 2097152)},
    "file": {"attachment": make_file("file", "invoice.pdf", "application/pdf", 90112)},
    "tap": {"text": "Yes, please", "tap": {"label": "Yes, please", "payload": "order:yes"}},
}

NOTES: dict[str, Json] = {
    **{f"message_{name}": {"kind": "message", "chat": ANN, "message": message} for name, message in MESSAGES.items()},
    "message_without_language_and_person": {
        "kind": "message",
        "chat": {"id": CHAT, "name": "Ann"},
        "message": {"text": "Hi"},
    },
    "message_changed": {
        "kind": "changed",
        "chat": ANN,
        "message": {"id": AGENTS_MESSAGE, "at": AT, "text": "Is anybody here?", "edits": 1},
        "at": AT,
    },
    "message_deleted": {"kind": "deleted", "chat": ANN, "message": {"id": AGENTS_MESSAGE, "at": AT}, "at": AT},
    "renamed": {"kind": "renamed", "chat": {**ANN, "name": "Ann Lind"}, "at": AT},
    "delivered": {"kind": "delivered", "chat": {"id": CHAT}, "message": {"id": AGENTS_MESSAGE}, "at": AT},
    "read": {"kind": "read", "chat": {"id": CHAT}, "message": {"id": AGENTS_MESSAGE}, "at": AT},
    "typing_started": {"kind": "typing", "chat": {"id": CHAT}, "typing": True, "at": AT},
    "typing_stopped": {"kind": "typing", "chat": {"id": CHAT}, "typing": False, "at": AT},
    "left": {"kind": "left", "chat": {"id": CHAT}, "at": AT},
    "unknown_kind": {"kind": "waved", "chat": {"id": CHAT}, "at": AT},
}
NOTES["message_base64"] = NOTES["message_text_in_many_scripts"]
NOTES["message_reply"] = {"kind": "message", "chat": ANN, "message": {"text": "Yes, at ten", "reply_to": QUOTED}}
for _name, _added in (("message_reaction", True), ("message_reaction_removed", False)):
    _reaction: Json = {"emoji": "❤️", "added": _added, "number": 1 if _added else 2}
    NOTES[_name] = {"kind": "reaction", "chat": ANN, "message": QUOTED, **_reaction, "at": AT}
_CAPTION = {"id": AGENTS_MESSAGE, "at": AT, **MESSAGES["image"], "text": "This part is broken", "edits": 1}
NOTES["message_caption_changed"] = {"kind": "changed", "chat": ANN, "message": _CAPTION, "at": AT}


def make_body(name: str, number: int) -> bytes:
    """Ids and times are those of a message each; what a message does not have is null, as the web chat writes it."""
    note = NOTES[name]
    if isinstance(said := note.get("message"), dict) and note["kind"] == "message":
        bare = {"id": f"00000000-0000-4000-8000-{number:012d}", "at": AT, "text": "", "attachment": None, "tap": None}
        note = {**note, "message": {**bare, **said}, "at": AT}
    return json.dumps(note, ensure_ascii=False, separators=(",", ":")).encode()


def make_webhook(name: str, body: bytes) -> SampleWebhook:
    signature = hmac.new(KEY.encode(), body, hashlib.sha256).hexdigest()
    return SampleWebhook(
        body=body,
        at=START,
        headers={"content-type": "application/json", "x-patchbay-signature": f"sha256={signature}"},
        in_base64=name == "message_base64",
    )


def main() -> None:
    endpoint = Endpoint(
        id="sample-webchat",
        service="webchat",
        settings={"address": PAGE, "title": "Chat with us"},
        secrets=Secrets({"service_key": KEY}),
    )
    write_samples(endpoint, {name: make_webhook(name, make_body(name, number)) for number, name in enumerate(NOTES)})


if __name__ == "__main__":
    main()
