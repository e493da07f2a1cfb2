"""What the tests of this folder share."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from patchbay.domain.accounts import Connection, Secrets
from patchbay.domain.model import (
    Button,
    Conversation,
    Part,
    Role,
    Sender,
    Side,
)
from patchbay.kit.contract import HttpResponse
from patchbay.messengers.viber.connector import Viber
from tests.harness.fakes.recording_http import RecordingHttp

TOKEN = "4f0000000000abcd-0000000000000002-00000000000000ee"
NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
CONNECTION = Connection(
    id="viber-1",
    service="viber",
    side=Side.MESSENGER,
    endpoint_id="e1",
    settings={
        "base_url": "https://viber.test/pa/",
        "sender_name": "Shop",
        "sender_avatar": "https://cdn.test/shop.png",
    },
    secrets=Secrets({"auth_token": TOKEN}),
)
THREAD = Conversation(external_id="Zm9v+mFy/mF6cXV4MDEyMw==")
AGENT = Sender(role=Role.AGENT, external_id="a1", name="Ana", avatar_url="https://cdn.test/ana.jpg")
VIBER = Viber()
OK: dict[str, Any] = {"status": 0, "status_message": "ok", "message_token": 5741311803571721087, "billing_status": 1}


def make_part(content: Any, buttons: Iterable[Button] = (), sender: Sender = AGENT) -> Part:
    return Part(key="k:0", content=content, sender=sender, sent_at=NOW, buttons=tuple(buttons))


def deliver(part: Part, *answers: dict[str, Any] | HttpResponse, connection: Connection = CONNECTION) -> RecordingHttp:
    http = RecordingHttp.in_turn(*(answers or (OK,)))
    VIBER.deliver(part, THREAD, connection, http)
    return http
