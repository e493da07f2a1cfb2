"""The simulated Freshchat in virtual time, with our connector reading its webhooks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from patchbay.domain.accounts import Endpoint, Secrets
from patchbay.domain.events import Event, Ignored, MessageReceived
from patchbay.kit.contract import WebhookRequest
from patchbay.platforms.freshchat import CONNECTOR
from playground.services.freshchat import DEMO_CHANNEL, DEMO_TOKEN, Freshchat
from playground.services.freshchat.records import Conversation
from playground.simulator import WebhookAnswer
from tests.harness.gateway import RECEIVED_AT
from tests.harness.sample_rsa_key import make_sample_key
from tests.harness.virtual_time import VirtualTime

Json = dict[str, Any]
WEBHOOK_URL = "https://hooks.example/freshchat/abc"


@dataclass
class OurSide:
    """Our side: keeps every webhook, and answers with `answers`, then with 200; to the app with what it accepts."""

    requests: list[WebhookRequest] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    accepts: bytes | None = None  #: what the app gets with 200 instead of the id of its request

    def __call__(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        assert url == WEBHOOK_URL
        lower = {name.lower(): value for name, value in headers.items()}
        self.requests.append(WebhookRequest(method=method, headers=lower, body=body, received_at=RECEIVED_AT))
        status, accepted = self.answers.pop(0) if self.answers else 200, lower.get("webhook-id")
        if not accepted or status != 200:
            return WebhookAnswer(status)
        return WebhookAnswer(status, self.accepts or json.dumps({"accepted": accepted}).encode())

    def bodies(self) -> list[Json]:
        return [json.loads(request.body) for request in self.requests]

    def actions(self) -> list[str]:
        """Of the account's webhooks, and the app's events."""
        return [body.get("action") or body["event"] for body in self.bodies()]


@dataclass
class FreshchatHarness:
    time: VirtualTime
    our_side: OurSide
    freshchat: Freshchat
    endpoint: Endpoint

    def call(self, method: str, path: str, body: object = None, **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {DEMO_TOKEN}", **options.pop("headers", {})}
        if body is not None:
            options["json"] = body
        return self.freshchat.app.test_client().open(f"/v2{path}", method=method, headers=headers, **options)

    def events(self) -> list[Event | Ignored]:
        """What our connector makes of all webhooks so far."""
        self.time.settle()
        found: list[Event | Ignored] = []
        for request in self.our_side.requests:
            CONNECTOR.verify(request, self.endpoint)
            found += CONNECTOR.parse(request, self.endpoint)
        return found

    def last_message(self) -> MessageReceived:
        event = self.events()[-1]
        assert isinstance(event, MessageReceived)
        return event

    def user(self, **fields: object) -> str:
        answer = self.call("POST", "/users", {"reference_id": "viber:shop:x", "first_name": "Åsa", **fields})
        assert answer.status_code == 200
        return str(answer.get_json()["id"])

    def conversation(self, **fields: object) -> Conversation:
        user_id = self.user()
        message = write(user_id, "Hej!")
        body = {"channel_id": DEMO_CHANNEL, "users": [{"id": user_id}], "messages": [message], **fields}
        answer = self.call("POST", "/conversations", body)
        assert answer.status_code == 200
        found = self.freshchat.conversation(answer.get_json()["conversation_id"])
        assert found is not None
        return found


def write(user_id: str, text: str = "Hello", **fields: object) -> Json:
    parts = [{"text": {"content": text}}]
    return {"message_parts": parts, "message_type": "normal", "actor_type": "user", "actor_id": user_id, **fields}


def make_harness(events: str = "webhook") -> FreshchatHarness:
    """`events`: how the account reports what happens, see `Freshchat`."""
    time, our_side = VirtualTime(), OurSide()
    freshchat = Freshchat(time, our_side, Random(7), make_sample_key())
    freshchat.events = events
    freshchat.paste_webhooks({"webhook": WEBHOOK_URL})
    secrets = Secrets({"webhook_public_key": freshchat.public_key_shown})
    accounts = frozenset({DEMO_CHANNEL})
    return FreshchatHarness(
        time, our_side, freshchat, Endpoint(id="desk", service="freshchat", secrets=secrets, accounts=accounts)
    )
