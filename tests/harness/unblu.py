"""The simulated Unblu in virtual time, with somebody on our side who answers as a good bridge does, or otherwise."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random
from typing import Any

from playground.services.unblu import ADMIN_PASSWORD, ADMIN_USER, DEMO_TEAM, Unblu
from playground.services.unblu.records import Generation
from playground.simulator import WebhookAnswer
from tests.harness.virtual_time import VirtualTime

Json = dict[str, Any]
HOOK = "https://hooks.example/unblu/abc"
SECRET = "a-long-random-secret"

ANSWERS: dict[str, Json] = {
    "outbound.external_messenger.new_message": {"$_type": "ExternalMessengerNewMessageResponse"},
    "outbound.external_messenger.message_state": {"$_type": "ExternalMessengerMessageStateResponse"},
    "outbound.external_messenger.create_contact": {
        "$_type": "ExternalMessengerCreateContactCreateResponse",
        "type": "CREATE",
        "name": "Ann Lee",
        "sourceId": "sms:4915112345678",
    },
    "outbound.external_messenger.create_conversation": {
        "$_type": "ExternalMessengerCreateConversationCreateResponse",
        "type": "CREATE",
        "sourceId": "sms:4915112345678",
    },
}


@dataclass(frozen=True)
class Received:
    headers: Mapping[str, str]  #: names in lower case
    raw: bytes = field(repr=False)

    @property
    def name(self) -> str:
        return self.headers.get("x-unblu-service-name") or self.headers["x-unblu-event"]

    @property
    def body(self) -> Json:
        body: Json = json.loads(self.raw)
        return body


def sign(raw: bytes, secret: str = SECRET) -> dict[str, str]:
    digest = hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
    return {"Content-Type": "application/json", "X-Unblu-Signature-256": digest}


def answer_with(content: object) -> WebhookAnswer:
    raw = json.dumps(content).encode()
    return WebhookAnswer(200, raw, sign(raw))


def beside(action: Callable[[Received], object]) -> Callable[[Received], None]:
    """`action` in a thread of its own, as our side is another process: it must not wait for the simulator's lock."""

    def act(request: Received) -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(action, request).result(timeout=10)

    return act


@dataclass
class OurSide:
    """`answers` come first, then good ones; `replies` replaces the good answer to a service."""

    received: list[Received] = field(default_factory=list)
    answers: list[WebhookAnswer] = field(default_factory=list)
    replies: dict[str, Json] = field(default_factory=dict)
    before_answering: Callable[[Received], None] | None = None

    def __call__(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        assert (method, url) == ("POST", HOOK)
        request = Received({name.lower(): value for name, value in headers.items()}, body)
        self.received.append(request)
        if self.before_answering:
            self.before_answering(request)
        return self.answers.pop(0) if self.answers else self.answer_well(request)

    def answer_well(self, request: Received) -> WebhookAnswer:
        if "x-unblu-event" in request.headers:
            return WebhookAnswer(200)
        if request.name == "outbound.ping":
            return answer_with({"$_type": "PingResponse", "pingId": request.body["pingId"]})
        return answer_with(self.replies.get(request.name, ANSWERS[request.name]))


@dataclass
class UnbluHarness:
    time: VirtualTime
    our_side: OurSide
    unblu: Unblu

    def call(self, method: str, path: str, body: object = None, *, user: str = ADMIN_USER, **options: Any) -> Any:
        """Below the root of the API that is on."""
        options.setdefault("auth", (user, ADMIN_PASSWORD))
        options.setdefault("content_type", "application/json" if body is not None else None)
        data = json.dumps(body) if body is not None else None
        root = f"/app/rest/{self.unblu.generation}"
        return self.unblu.app.test_client().open(f"{root}{path}", method=method, data=data, **options)

    def ask(self, method: str, path: str, body: object = None, **options: Any) -> Any:
        """The content of an answer that must be good."""
        answer = self.call(method, path, body, **options)
        assert answer.status_code in {200, 204}, answer.data
        return answer.get_json() if answer.status_code == 200 else None

    def refusal(self, method: str, path: str, body: object = None, **options: Any) -> tuple[int, str]:
        answer = self.call(method, path, body, **options)
        shown = answer.get_json()
        assert shown["$_type"] == "Error", shown
        assert shown["statusCode"] == answer.status_code
        return answer.status_code, shown["errorMessage"]

    def take_webhooks(self) -> list[Received]:
        """What came since the last look, with nothing left to come."""
        self.time.settle()
        found = list(self.our_side.received)
        self.our_side.received.clear()
        return found

    def take_bodies(self, name: str) -> list[Json]:
        """The bodies of one service or event among the news."""
        return [one.body for one in self.take_webhooks() if one.name.endswith(name)]

    @property
    def is_v4(self) -> bool:
        return self.unblu.generation == "v4"

    # --- what tests need before they begin ---------------------------------------------------------------------------

    def channel(self, **fields: object) -> str:
        return str(self.ask("POST", "/externalmessengers/create", channel_body(self.unblu.generation, **fields))["id"])

    def person(self, source_id: str = "viber:ann", **fields: object) -> str:
        body = {**PERSON, "sourceId": source_id, **fields}
        return str(self.ask("POST", "/persons/createOrUpdateVirtual", body)["id"])

    def contact(self, channel: str, person: str, source_id: str = "viber:ann") -> str:
        body = contact_body(channel, person, source_id)
        return str(self.ask("POST", "/externalmessengercontacts/create", body)["id"])

    def chat(self, source_id: str = "viber:ann", channel: str = "", **fields: object) -> Chat:
        """A customer with a conversation, as the generation does it. `fields` are the conversation's."""
        channel = channel or self.channel()
        person = self.person(source_id)
        sender = self.contact(channel, person, source_id) if self.is_v4 else person
        body = conversation_body(self.unblu.generation, channel, sender, source_id, **fields)
        made = self.ask("POST", "/conversations/create", body)
        return Chat(self, channel, sender, str(made["id"]))

    def view(self) -> Any:
        """What the page shows, as JSON makes it."""
        return json.loads(json.dumps(self.unblu.view()))


@dataclass(frozen=True)
class Chat:
    """`sender` is the customer's contact, in v3 their person."""

    harness: UnbluHarness
    channel: str
    sender: str
    id: str

    def post(self, data: Json, **fields: object) -> Json:
        sender = {"senderExternalMessengerContactId": self.sender}
        if not self.harness.is_v4:
            sender = {"senderPersonId": self.sender, "externalMessengerChannelId": self.channel}
        shared = {"$_type": "ExternalMessengerPostMessage", "conversationId": self.id, "messageData": data}
        return {**shared, **sender, **fields}

    def path(self, call: str) -> str:
        return f"/externalmessengers/{self.channel}/{call}" if self.harness.is_v4 else f"/externalmessengers/{call}"

    def send(self, data: Json | str = "Hello", **fields: object) -> Any:
        data = text_post(data) if isinstance(data, str) else data
        return self.harness.ask("POST", self.path("sendMessage"), self.post(data, **fields))

    def refuse(self, data: Json, **fields: object) -> tuple[int, str]:
        return self.harness.refusal("POST", self.path("sendMessage"), self.post(data, **fields))

    def about(self, message: str, **fields: object) -> Json:
        body = {"conversationId": self.id, "messageId": message, **fields}
        return body if self.harness.is_v4 else {**body, "externalMessengerChannelId": self.channel}

    def report(self, call: str, message: str, **fields: object) -> None:
        self.harness.ask("POST", self.path(call), self.about(message, **fields))

    def shown(self, message: str) -> Json:
        """The message on the desk."""
        conversation = next(one for one in self.harness.view()["conversations"] if one["id"] == self.id)
        return next(one for one in conversation["messages"] if one["id"] == message)

    @property
    def last(self) -> Json:
        conversation = next(one for one in self.harness.view()["conversations"] if one["id"] == self.id)
        last: Json = conversation["messages"][-1]
        return last


PERSON: Json = {
    "$_type": "PersonData",
    "personSource": "VIRTUAL",
    "personType": "VISITOR",
    "firstName": "Ann",
    "lastName": "Lee",
}


def channel_body(generation: Generation = "v4", **fields: object) -> Json:
    body: Json = {
        "$_type": "CustomExternalMessengerChannel",
        "type": "CUSTOM",
        "name": "Viber",
        "webhookEndpoint": HOOK,
        "webhookApiVersion": generation.upper(),
        "webhookSecret": SECRET,
        "messageStateHandledExternally": True,
        "metadata": {"messenger": "viber"},
    }
    if generation == "v4":
        body["outboundTimeoutMillis"] = 10_000
    return {**body, **fields}


def contact_body(channel: str, person: str, source_id: str = "viber:ann") -> Json:
    return {
        "$_type": "ExternalMessengerContact",
        "name": "Ann Lee",
        "externalMessengerChannelId": channel,
        "sourceId": source_id,
        "personId": person,
    }


def conversation_body(generation: Generation, channel: str, sender: str, source_id: str, **fields: object) -> Json:
    shared = {
        "initialEngagementType": "OFFLINE_CHAT_REQUEST",
        "externalMessengerChannelId": channel,
        "sourceId": source_id,
        "topic": "Viber: Ann Lee",
        "locale": "en",
    }
    if generation == "v3":
        participant = {"$_type": "ParticipantData", "personId": sender, "connectedViaExternalMessenger": True}
        mine: Json = {"$_type": "ConversationData", "participants": [participant], "contextPersonId": sender}
    else:
        external = {"externalMessengerContactId": sender, "participationType": "CONTEXT_PERSON"}
        mine = {
            "$_type": "ConversationCreationData",
            "recipient": {"$_type": "ConversationCreationRecipientData", "type": "TEAM", "id": DEMO_TEAM},
            "externalParticipants": [{"$_type": "ConversationCreationExternalParticipantData", **external}],
        }
    return {**shared, **mine, **fields}


def text_post(text: str = "Hello", **fields: object) -> Json:
    return {"$_type": "TextPostMessageData", "type": "TEXT", "text": text, "textType": "SIMPLE_TEXT", **fields}


def reply_post(question: str, value: str) -> Json:
    return {"$_type": "ReplyPostMessageData", "type": "REPLY", "questionMessageId": question, "value": value}


def file_post(data: str, name: str = "note.txt") -> Json:
    return {"$_type": "FilePostMessageData", "type": "FILE", "fileName": name, "fileData": data}


def make_harness(generation: Generation = "v4") -> UnbluHarness:
    time, our_side = VirtualTime(), OurSide()
    unblu = Unblu(time, our_side, Random(7))
    unblu.generation = generation
    return UnbluHarness(time, our_side, unblu)
