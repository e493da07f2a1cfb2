"""The simulated UChat in virtual time, with somebody on our side who answers handshakes and keeps webhooks."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from playground.services.uchat import DEMO_FLOW_KEY, DEMO_PARTNER_KEY, DEMO_WORKSPACE, UChat
from playground.services.uchat.records import Contact
from playground.simulator import WebhookAnswer
from tests.harness.virtual_time import VirtualTime

Json = dict[str, Any]
HOOK = "https://hooks.example/uchat/abc"
KEY = "a-long-random-verification-key"
ANN = "viber:01ab"
CONVERSATION = 48213


@dataclass(frozen=True)
class Received:
    method: str
    url: str
    headers: Mapping[str, str]  #: names in lower case
    raw: bytes = field(repr=False)

    @property
    def body(self) -> Json:
        body: Json = json.loads(self.raw)
        return body

    @property
    def parameters(self) -> dict[str, str]:
        """Of a handshake, however it is encoded."""
        content_type = self.headers.get("content-type", "")
        if content_type == "application/json":
            return dict(self.body)
        encoded = self.raw.decode() if self.raw else urlsplit(self.url).query
        return dict(parse_qsl(encoded))

    def is_signed(self, key: str = KEY) -> bool:
        digest = hmac.new(key.encode(), self.raw, hashlib.sha256).hexdigest()
        return hmac.compare_digest(self.headers["x-hub-signature-256"], f"sha256={digest}")


@dataclass
class OurSide:
    """`answers` come first, then good ones."""

    received: list[Received] = field(default_factory=list)
    handshakes: list[Received] = field(default_factory=list)
    answers: list[WebhookAnswer] = field(default_factory=list)

    def __call__(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        assert url.partition("?")[0] == HOOK
        request = Received(method, url, {name.lower(): value for name, value in headers.items()}, body)
        if "x-action" not in request.headers:
            self.handshakes.append(request)
            good = WebhookAnswer(200, challenge_of(request).encode())
        else:
            self.received.append(request)
            good = WebhookAnswer(200)
        return self.answers.pop(0) if self.answers else good


def challenge_of(handshake: Received) -> str:
    return next(value for name, value in handshake.parameters.items() if name.endswith("challenge"))


@dataclass
class UChatHarness:
    """The demo workspace of a partner."""

    time: VirtualTime
    our_side: OurSide
    uchat: UChat

    def call(self, method: str, path: str, body: object = None, *, key: str = DEMO_FLOW_KEY, **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {key}", "Accept": "application/json", **options.pop("headers", {})}
        if body is not None:
            options.update(data=json.dumps(body), content_type="application/json")
        return self.uchat.app.test_client().open(path, method=method, headers=headers, **options)

    def ask(self, method: str, path: str, body: object = None, **options: Any) -> Any:
        """The content of an answer that must be good."""
        answer = self.call(method, path, body, **options)
        assert answer.status_code == 200, answer.data
        return answer.get_json()

    # --- the partner -------------------------------------------------------------------------------------------------

    def partner(self, method: str, body: object = None, workspace: str = DEMO_WORKSPACE, **options: Any) -> Any:
        path = f"/api/partner/workspace/{workspace}/apichat-webhook"
        return self.call(method, path, body, **{"key": DEMO_PARTNER_KEY, **options})

    def register(self, **fields: object) -> Any:
        return self.partner("POST", {"webhook_url": HOOK, "webhook_verification_key": KEY, **fields})

    @property
    def registered(self) -> Json:
        data: Json = self.partner("GET").get_json()["data"]
        return data

    # --- contacts ----------------------------------------------------------------------------------------------------

    @property
    def bot_path(self) -> str:
        return urlsplit(self.uchat.bot_url(self.uchat.workspace)).path

    def post(self, body: Json, **options: Any) -> Any:
        return self.call("POST", self.bot_path, body, **options)

    def write(self, text: str, sender: str = ANN, conversation: int = CONVERSATION) -> None:
        assert self.post(text_post(text, sender, conversation)).status_code == 200

    def tap(self, title: str, payload: str) -> None:
        body = text_post(title) | {"event": "message_postback"}
        answer = self.post(body | {"submitted_values": [{"title": title, "payload": payload}]})
        assert answer.status_code == 200, answer.data

    def contact(self, sender: str = ANN) -> Contact:
        return self.uchat.find_contact(sender)

    # --- what came to us ---------------------------------------------------------------------------------------------

    def take_webhooks(self) -> list[Received]:
        """What came since the last look, with nothing left to come."""
        self.time.settle()
        found = list(self.our_side.received)
        self.our_side.received.clear()
        return found

    def take_bodies(self) -> list[Json]:
        return [one.body for one in self.take_webhooks()]

    def take_texts(self) -> list[str]:
        """The words of what came."""
        return [str(body.get("text", body["type"])) for body in self.take_bodies()]

    # --- the page ----------------------------------------------------------------------------------------------------

    def view(self) -> Json:
        """As JSON makes it."""
        shown: Json = json.loads(json.dumps(self.uchat.view()))
        return shown

    @property
    def chat(self) -> Json:
        """The one conversation on the desk."""
        [conversation] = self.view()["conversations"]
        shown: Json = conversation
        return shown

    def act(self, action: str, **arguments: str) -> dict[str, object]:
        return self.uchat.act(action, {"conversation": self.contact().user_ns, **arguments})


def text_post(text: str = "Hello", sender: str = ANN, conversation: int = CONVERSATION) -> Json:
    return {
        "content": text,
        "message_type": "incoming",
        "sender": {
            "id": sender,
            "name": "Ann Lee",
            "email": "",
            "phone_number": "+358401234567",
            "type": "contact",
        },
        "conversation_id": conversation,
        "event": "message_created",
    }


def media_post(kind: str = "image", url: str = "https://media.example/m/9f.jpg") -> Json:
    return {**text_post(""), "attachments": [{"file_type": kind, "data_url": url}]}


def make_harness(*, registered: bool = True, bot: bool = True) -> UChatHarness:
    time, our_side = VirtualTime(), OurSide()
    uchat = UChat(time, our_side, Random(7))
    uchat.quirks.bot = bot
    harness = UChatHarness(time, our_side, uchat)
    if registered:
        assert harness.register().status_code == 200
    return harness
