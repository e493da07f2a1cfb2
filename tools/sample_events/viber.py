"""Writes events/viber/: what API Gateway hands over for each of Viber's callbacks, and what the bridge makes of it.

    python -m tools.sample_events.viber

Running it again changes nothing. The expected events are written by the connector itself and checked by eye when they
change; tests/connectors/viber/inbound states the same facts independently.
"""

from __future__ import annotations

import hashlib
import hmac
import json

from patchbay.domain.accounts import Endpoint, Secrets
from tools.sample_events.samples import SampleWebhook, write_samples

TOKEN = "4e0000000000abcd-0000000000000001-00000000000000ff"  # the documented sample key: opens nothing
USER = "Zm9vYmFyYmF6cXV4MDEyMw=="
MEDIA = "https://media-direct.cdn.viber.com"
START = 1700000000000

Json = dict[str, object]

PROFILE: Json = {
    "id": USER,
    "name": "Åsa Berg",
    "avatar": f"{MEDIA}/download_photo?dlid=x&fltp=jpg",
    "language": "sv-SE",
    "country": "SE",
    "api_version": 10,
}
STRANGER: Json = {"id": "c3RyYW5nZXIrLzAxMjM0NQ==", "name": "Subscriber", "language": "en", "api_version": 10}
RECEIPT: Json = {"message_token": 5741311803571721087, "user_id": USER}

MESSAGES: dict[str, Json] = {
    "text": {"type": "text", "text": "Hello, is anybody there?", "tracking_data": ""},
    "text_in_many_scripts": {"type": "text", "text": "שלום 👩‍👩‍👧 — مرحبا — 你好"},
    "picture": {
        "type": "picture",
        "media": f"{MEDIA}/download?dlid=p1&fltp=jpg",
        "thumbnail": f"{MEDIA}/download?dlid=p1t&fltp=jpg",
        "text": "This is the broken part",
        "file_name": "IMG_2041.jpg",
        "size": 184320,
    },
    "video": {"type": "video", "media": f"{MEDIA}/download?dlid=v1&fltp=mp4", "duration": 12, "size": 2097152},
    "file": {
        "type": "file",
        "media": f"{MEDIA}/download?dlid=f1&fltp=pdf",
        "file_name": "Rechnung März.pdf",
        "size": 90112,
    },
    "contact": {"type": "contact", "contact": {"name": "Bo Ek", "phone_number": "+46701234567"}},
    "location": {"type": "location", "location": {"lat": 59.3293, "lon": 18.0686}},
    "url": {"type": "url", "media": "https://example.com/offer?id=7"},
    "sticker": {"type": "sticker", "sticker_id": 40133},
    "rich_media": {"type": "rich_media", "rich_media": {"Type": "rich_media", "Buttons": []}},
    "of_unknown_type": {"type": "hologram", "media": f"{MEDIA}/download?dlid=h1"},
}

CALLBACKS: dict[str, Json] = {
    "webhook": {"event": "webhook"},
    "conversation_started": {
        "event": "conversation_started",
        "type": "open",
        "context": "campaign-42",
        "user": PROFILE,
        "subscribed": False,
    },
    "conversation_started_again": {
        "event": "conversation_started",
        "type": "open",
        "user": PROFILE,
        "subscribed": True,
    },
    "subscribed": {"event": "subscribed", "user": PROFILE},
    "unsubscribed": {"event": "unsubscribed", "user_id": USER},
    "delivered": {"event": "delivered", **RECEIPT},
    "seen": {"event": "seen", **RECEIPT},
    "failed": {"event": "failed", **RECEIPT, "desc": "message validation failed"},
    "action": {"event": "action", "user_id": USER},
    "unknown_event": {"event": "hologram_shown", "user_id": USER},
    "client_status": {
        "event": "client_status",
        "user": PROFILE,
        "status": {"type": "payment", "code": 0, "supported_psps": ["PspA"], "tracking_data": "t"},
    },
    "message_from_a_stranger": {
        "event": "message",
        "sender": STRANGER,
        "message": {"type": "text", "text": "Who am I?"},
        "silent": False,
    },
    **{
        f"message_{name}": {"event": "message", "sender": PROFILE, "message": message, "silent": False}
        for name, message in MESSAGES.items()
    },
}
CALLBACKS["message_signed_in_the_query"] = CALLBACKS["message_text"]
CALLBACKS["message_base64"] = CALLBACKS["message_text_in_many_scripts"]


def make_body(name: str, number: int) -> bytes:
    fields = CALLBACKS[name]
    token = {} if "message_token" in fields else {"message_token": 5741311803571720000 + 10 * number + 7}
    callback = {
        "event": fields["event"],
        "timestamp": START + 1000 * number,
        "chat_hostname": "SN-CALLBACK-04_",
        **token,
        **fields,
    }
    return json.dumps(callback, ensure_ascii=False, separators=(",", ":")).encode()


def make_webhook(name: str, body: bytes) -> SampleWebhook:
    signature = hmac.new(TOKEN.encode(), body, hashlib.sha256).hexdigest()
    in_query = name == "message_signed_in_the_query"
    return SampleWebhook(
        body=body,
        at=START,
        headers={
            "content-type": "application/json; charset=utf-8",
            "user-agent": "Java/1.8",
            **({} if in_query else {"x-viber-content-signature": signature}),
        },
        query={"sig": signature} if in_query else {},
        in_base64=name == "message_base64",
    )


def main() -> None:
    endpoint = Endpoint(id="sample-viber", service="viber", secrets=Secrets({"auth_token": TOKEN}))
    write_samples(
        endpoint, {name: make_webhook(name, make_body(name, number)) for number, name in enumerate(CALLBACKS)}
    )


if __name__ == "__main__":
    main()
