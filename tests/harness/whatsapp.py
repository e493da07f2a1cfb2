"""A simulated WhatsApp and, in place of our side, a receiver that checks signatures and remembers what came."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit

from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from playground.services.whatsapp import WhatsApp
from playground.services.whatsapp.demo import APP_SECRET, DEMO_TOKEN, PHONE_NUMBER_ID, WABA_ID
from playground.services.whatsapp.records import Message, Person
from playground.simulator import WebhookAnswer
from tests.harness.virtual_time import VirtualTime

HOOK = "https://bridge.test/whatsapp/hook"
VERIFY_TOKEN = "a-verify-token-of-the-tests"
VERSION = "v25.0"


@dataclass
class WhatsAppScene:
    """`answers` are the statuses of the next answers to webhooks; then 200."""

    answers: list[int] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)
    challenge: bytes | None = None  #: what a handshake is answered with instead of its challenge

    def __post_init__(self) -> None:
        self.time = VirtualTime()
        self.whatsapp = WhatsApp(self.time, self.take, Random(7))
        self.people = self.whatsapp.people
        self.core = self.whatsapp.core
        self.client = self.whatsapp.app.test_client()

    @classmethod
    def connected(cls) -> WhatsAppScene:
        """The owner has entered our address in Meta's App Dashboard, for all fields, and subscribed the account."""
        scene = cls()
        scene.whatsapp.configure_webhook(HOOK, VERIFY_TOKEN)
        scene.ok("POST", f"{WABA_ID}/subscribed_apps")
        return scene

    def person(self, name: str = "Maya Chen") -> Person:
        return next(each for each in self.core.state.people.values() if each.name == name)

    def meet(self, name: str = "Maya Chen") -> Person:
        """A customer who has just written, so that the window is open."""
        person = self.person(name)
        self.people.write(person, "Hello")
        self.settle()
        return person

    # --- what comes --------------------------------------------------------------------------------------------------

    def take(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        if method == "GET":
            return self._shake_hands(url)
        self.urls.append(url)
        self.headers.append(headers)
        for name, kind in (("X-Hub-Signature-256", hashlib.sha256), ("X-Hub-Signature", hashlib.sha1)):
            expected = hmac.new(APP_SECRET.encode(), body, kind).hexdigest()
            assert headers[name] == f"{kind().name}={expected}"
        status = self.answers.pop(0) if self.answers else 200
        if status == 200:
            self.bodies.append(body)
        return WebhookAnswer(status)

    def _shake_hands(self, url: str) -> WebhookAnswer:
        query = parse_qs(urlsplit(url).query)
        assert query["hub.mode"] == ["subscribe"]
        if query["hub.verify_token"] != [VERIFY_TOKEN]:
            return WebhookAnswer(403)
        return WebhookAnswer(200, query["hub.challenge"][0].encode() if self.challenge is None else self.challenge)

    def settle(self) -> list[dict[str, Any]]:
        """Lets everything happen, and returns the changes that came: `field` and `value`."""
        self.time.settle()
        came, self.bodies = self.bodies, []
        entries = [entry for body in came for entry in json.loads(body)["entry"]]
        return [change for entry in entries for change in entry["changes"]]

    def arrived(self, field: str = "messages", kind: str = "messages") -> list[dict[str, Any]]:
        """What came in one field, of one kind: messages, statuses, user_preferences ..."""
        return [each for change in self.settle() if change["field"] == field for each in change["value"].get(kind, [])]

    def statuses(self) -> list[dict[str, Any]]:
        return self.arrived(kind="statuses")

    # --- the API -----------------------------------------------------------------------------------------------------

    def call(self, method: str, path: str, token: str = DEMO_TOKEN, **values: Any) -> TestResponse:
        """JSON with POST, else a query."""
        rest: dict[str, Any] = {"json": values} if method == "POST" else {"query_string": values}
        return self.client.open(
            f"/{VERSION}/{path}", method=method, headers={"Authorization": f"Bearer {token}"}, **rest
        )

    def ok(self, method: str, path: str, **values: Any) -> dict[str, Any]:
        """The answer of a call that must succeed."""
        answer = self.call(method, path, **values)
        assert answer.status_code == 200, answer.data
        return read_json(answer)

    def refused(self, method: str, path: str, **values: Any) -> str:
        """The status and code of a refusal, and its details."""
        answer = self.call(method, path, **values)
        read = read_json(answer)
        assert answer.status_code >= 400, read
        error = read["error"]
        return f"{answer.status_code} {error['code']} {error.get('error_data', {}).get('details', '')}".strip()

    def send(self, to: Person, kind: str = "text", **body: Any) -> dict[str, Any]:
        """A message that must be accepted: the fields of its type, and further ones by keyword."""
        return self.ok("POST", f"{PHONE_NUMBER_ID}/messages", **make_body(to, kind, **body))

    def refuse(self, to: Person, kind: str = "text", **body: Any) -> str:
        """What a message is refused with."""
        return self.refused("POST", f"{PHONE_NUMBER_ID}/messages", **make_body(to, kind, **body))

    def write(self, to: Person, text: str = "Hi", **body: Any) -> str:
        """A text that must be accepted; its id."""
        message_id: str = self.send(to, text={"body": text}, **body)["messages"][0]["id"]
        return message_id

    def upload(self, data: bytes, content_type: str, name: str = "file") -> TestResponse:
        form = {
            "messaging_product": "whatsapp",
            "type": content_type,
            "file": FileStorage(io.BytesIO(data), filename=name, content_type=content_type),
        }
        boundary, body = encode_multipart(form)
        kind = f"multipart/form-data; boundary={boundary}"
        headers = {"Authorization": f"Bearer {DEMO_TOKEN}"}
        path = f"/{VERSION}/{PHONE_NUMBER_ID}/media"
        return self.client.post(path, data=body, content_type=kind, headers=headers)

    def uploaded(self, data: bytes, content_type: str, name: str = "file") -> str:
        """The id of a file that must be accepted."""
        answer = self.upload(data, content_type, name)
        assert answer.status_code == 200, answer.data
        return str(read_json(answer)["id"])

    # --- the phone ---------------------------------------------------------------------------------------------------

    def last(self, person: Person) -> Message:
        return self.people.messages(person)[-1]

    def phone(self, person: Person) -> list[dict[str, Any]]:
        """The lines on a person's phone, as the page shows them."""
        view = json.loads(json.dumps(self.whatsapp.view()))
        lines: list[dict[str, Any]] = next(each for each in view["people"] if each["id"] == person.id)["messages"]
        return lines


def read_json(answer: TestResponse) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(answer.data)
    return read


def make_body(to: Person, kind: str, **body: Any) -> dict[str, Any]:
    """To the phone of whom shows it, else to the business-scoped id."""
    address = {"recipient": to.user_id} if to.visibility == "hidden" else {"to": f"+{to.phone}"}
    return {"messaging_product": "whatsapp", **address, "type": kind, **body}
