"""Writes events/vcita/: what API Gateway hands over for each webhook, and what the bridge makes of it.

    python -m tools.sample_events.vcita

Running it again changes nothing: vcita signs nothing, so there is no key. The expected events are written by the
connector itself and checked by eye when they change; tests/connectors/vcita/test_inbound.py states the same facts
independently.
"""

from __future__ import annotations

import json

from patchbay.domain.accounts import Endpoint
from tools.sample_events.samples import SampleWebhook, write_samples

START = 1767603600000

CHANNEL = "c697a91c-ce0c-469e-918b-fdc2ff6f8a04"
SECOND_CHANNEL = "0d0f4f6c-6c5f-4d3a-9c55-7a1d5b0e2c11"
OTHER_CHANNEL = "9b2e7c14-3f0a-4c88-b6a1-55d20e8a7f30"
SESSION = "1f6f0a3e-77b0-4a58-8f2c-9d0b4e1c2a33"
BUSINESS = "k1pjwutt3mtlt5ft"
OTHER_BUSINESS = "5wbdaiig4avpwl40"
CLIENT = "n2nekjezdsv21v3x"
PERSON = f"viber:shop:01234567890A=~{CLIENT}"
APP_ID = "4711"
FILES = "https://files.vcita.example/f/1"

Json = dict[str, object]

#: Messages: what differs from a staff member's ordinary one.
MESSAGES: dict[str, Json] = {
    "text": {"message": "Hello Ann, your appointment is at 10:00."},
    "text_in_many_scripts": {"message": "שלום 👩‍👩‍👧 — مرحبا — 你好 — Grüße"},
    "html": {
        "message": (
            "<div>Hello&nbsp;<strong>Åsa</strong>,</div><div>5 &lt; 6 &amp; see "
            "<a href='https://example.com/faq?a=1&amp;b=2'>our help</a><br>Best, Maya</div>"
        )
    },
    "attachment": {
        "message": "Your plan:",
        "attachments": [
            {"url": f"{FILES}/plan.pdf", "name": "Plan März.pdf", "type": "application/pdf", "size": 90112}
        ],
    },
    "attachments_in_other_words": {
        "message": "",
        "attachments": [
            {"download_url": f"{FILES}/x-ray.png", "file_name": "x-ray.png"},
            {"link": f"{FILES}/2", "filename": "voice", "mime_type": "audio/mpeg", "size": "1024"},
            f"{FILES}/clip.mp4",
        ],
    },
    "attachment_without_address": {"message": "Here:", "attachments": [{"name": "lost.pdf"}]},
    "empty": {"message": "<div><br></div>"},
    "with_more_fields": {
        "message": "Hello",
        "session_uid": SESSION,
        "contact_uid": CLIENT,
        "direction": "business_to_client",
        "created_at": "2026-01-05 08:59:58",
        "attachments": [],
    },
    "of_customer": {"message": "Hello", "direction": "client_to_business"},
    "of_our_own": {"message": "Hello", "message_uid": "pb-message-0123456789abcdef0123456789abcdef:0"},
    "of_an_unknown_person": {"message": "Hello", "external_uid": "+491511234567"},
    "on_the_second_channel": {"message": "Hello", "channel_uid": SECOND_CHANNEL},
}

CHANNEL_WORDS = ("pending", "active", "inactive", "blocked", "deleted", "error", "archived")
SESSION_WORDS = ("pending", "active", "inactive", "deleted", "failed", "snoozed")
STATUS_WORDS = ("pending", "channel_pending", "sent", "received", "read", "error", "unavailable", "archived")

OWN_MESSAGE = "pb-message-7d1f0c2b3a495867d1f0c2b3a4958677:0"

PLATFORM_EVENTS: dict[str, Json] = {
    "app_installed": {"event_type": "installed", "data": {"business_id": BUSINESS, "app_id": 4711}},
    "app_uninstalled": {"event_type": "uninstalled", "data": {"business_id": BUSINESS, "app_id": 4711}},
    "app_uninstalled_elsewhere": {
        "event_type": "uninstalled",
        "data": {"business_id": "zzzzzzzzzzzzzzzz", "app_id": 4711},
    },
    "other_app_uninstalled": {"event_type": "uninstalled", "data": {"business_id": BUSINESS, "app_id": 99}},
    "unknown_platform_event": {
        "entity_name": "client",
        "event_type": "updated",
        "data": {"business_uid": BUSINESS, "uid": CLIENT},
    },
}


class Samples:
    def __init__(self) -> None:
        self.webhooks: dict[str, SampleWebhook] = {}

    def add(self, situation: str, method: str, tail: str, body: Json, *, in_base64: bool = False) -> None:
        """Each a second after the one before."""
        self.webhooks[situation] = SampleWebhook(
            body=json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(),
            at=START + 1000 * len(self.webhooks),
            headers={"content-type": "application/json", "accept": "application/json"},
            method=method,
            tail=tail,
            in_base64=in_base64,
        )


def make_message(name: str, number: int) -> Json:
    return {
        "external_uid": PERSON,
        "message_uid": f"6a1d5a3e-2d0b-4a53-9a55-{number:012x}",
        "channel_uid": CHANNEL,
        "status": "pending",
        **MESSAGES[name],
    }


def add_messages(samples: Samples) -> None:
    for number, name in enumerate(MESSAGES):
        samples.add(f"message_{name}", "POST", "messages", make_message(name, number))
    in_base64 = make_message("text_in_many_scripts", len(MESSAGES))
    samples.add("message_base64", "POST", "messages", in_base64, in_base64=True)


def add_statuses(samples: Samples) -> None:
    for word in CHANNEL_WORDS:
        samples.add(f"channel_{word}", "PUT", f"channels/{CHANNEL}", {"status": word})
    for word in SESSION_WORDS:
        samples.add(f"session_{word}", "PUT", f"sessions/{SESSION}", {"status": word, "ai_status": "none"})
    for word in STATUS_WORDS:
        body: Json = {"status": word, "channel_uid": CHANNEL}
        samples.add(f"status_{word}", "PUT", f"messages/{OWN_MESSAGE}", body)
    swapped: Json = {"status": CHANNEL, "channel_uid": "read"}
    samples.add("status_swapped", "PUT", f"messages/{OWN_MESSAGE}", swapped)


def add_typing(samples: Samples) -> None:
    samples.add("typing_started", "POST", f"{SESSION}/typing", {"typing": True})
    samples.add("typing_stopped", "POST", f"{SESSION}/typing", {"typing": False})
    samples.add("typing_by_put", "PUT", f"{SESSION}/typing", {"typing": True})
    samples.add("typing_below_sessions", "POST", f"sessions/{SESSION}/typing", {"typing": True})
    samples.add("typing_below_sessions_by_put", "PUT", f"sessions/{SESSION}/typing", {"typing": False})


def make_samples() -> Samples:
    samples = Samples()
    add_messages(samples)
    add_statuses(samples)
    add_typing(samples)
    for name, event in PLATFORM_EVENTS.items():
        samples.add(name, "POST", "app_subscription", {"entity_name": "app_subscription", **event})
    return samples


def main() -> None:
    endpoint = Endpoint(
        id="sample-vcita",
        service="vcita",
        settings={"app_code_name": "patchbay0123456789", "app_id": APP_ID},
        accounts=frozenset({CHANNEL, SECOND_CHANNEL, OTHER_CHANNEL}),
        tenants={
            BUSINESS: frozenset({CHANNEL, SECOND_CHANNEL}),
            OTHER_BUSINESS: frozenset({OTHER_CHANNEL}),
            "zzzzzzzzzzzzzzzz": frozenset(),
        },
        threads={SESSION: CHANNEL},
    )
    write_samples(endpoint, make_samples().webhooks)


if __name__ == "__main__":
    main()
