"""The simulated vcita in virtual time, with a server of ours that keeps every webhook."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from playground.services.vcita import DEMO_BUSINESS, DEMO_TOKEN, Vcita
from playground.simulator import WebhookAnswer
from tests.harness.virtual_time import VirtualTime

Json = dict[str, Any]
API_URI = "https://hooks.example/vcita/abc"


@dataclass(frozen=True)
class Received:
    method: str
    path: str  #: below the app's address; else the whole address
    body: Json
    headers: Mapping[str, str]


@dataclass
class OurSide:
    """Our side: keeps every webhook, and answers with `answers`, then with 204."""

    received: list[Received] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    def __call__(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        self.received.append(Received(method, url.removeprefix(API_URI), json.loads(body), headers))
        return WebhookAnswer(self.answers.pop(0) if self.answers else 204)


@dataclass
class VcitaHarness:
    time: VirtualTime
    our_side: OurSide
    vcita: Vcita
    token: str = DEMO_TOKEN

    def call(self, method: str, path: str, body: object = None, *, token: str = "", **options: Any) -> Any:
        """Any path of the host, a moment after the call before, so that the throttle stays out of the way."""
        self.time.advance(0.2)
        headers = {"Authorization": f"Bearer {token or self.token}", **options.pop("headers", {})}
        if body is not None:
            options["json"] = body
        return self.vcita.app.test_client().open(path, method=method, headers=headers, **options)

    def api(self, method: str, path: str, body: object = None, **options: Any) -> Any:
        """The communication API."""
        return self.call(method, f"/business/communication{path}", body, **options)

    def webhooks(self) -> list[tuple[str, str, Json]]:
        """All so far, with no webhook left to come."""
        self.time.settle()
        return [(one.method, one.path, one.body) for one in self.our_side.received]

    def new_webhooks(self) -> list[tuple[str, str, Json]]:
        """Those since the last call of this method."""
        found = self.webhooks()
        self.our_side.received.clear()
        return found

    # --- what tests need before they begin ---------------------------------------------------------------------------

    def channel(self, business: str = DEMO_BUSINESS, **fields: object) -> str:
        """An active one."""
        body = {"business_uid": business, "type": "transactional", "display_name": "Viber", **fields}
        answer = self.api("POST", "/channels", body)
        assert answer.status_code == 201, answer.data
        self.new_webhooks()
        return str(answer.get_json()["data"]["channel"]["uid"])

    def session(self, channel: str, client: str, external: str = "viber:ann", *, activate: bool = True) -> str:
        answer = self.api("POST", "/sessions", session_body(channel, client, external))
        assert answer.status_code == 201, answer.data
        uid = str(answer.get_json()["data"]["session"]["uid"])
        self.time.settle()
        if activate:
            assert self.api("PUT", f"/sessions/{uid}", {"status": "active"}).status_code == 200
        self.new_webhooks()
        return uid

    def thread(self, name: str = "Ann", external: str = "viber:ann") -> Thread:
        """A client with an active session."""
        client = self.vcita.add_client(DEMO_BUSINESS, name, phone="+4915112345678")
        channel = self.channel()
        return Thread(client, channel, self.session(channel, client, external))

    def install(self, business: str) -> str:
        """A click on "Install" in the market, for the newest app; the address that it leads to."""
        app = self.vcita.find_app("", self.vcita.find_business(business))
        path = f"/app/market/{app.code_name}"
        answer = self.vcita.app.test_client().post(path, data={"business_uid": business})
        assert answer.status_code == 303
        return str(answer.headers["Location"])

    def view(self) -> Any:
        """What the page shows, as JSON makes it."""
        return json.loads(json.dumps(self.vcita.view()))


@dataclass(frozen=True)
class Thread:
    client: str
    channel: str
    session: str

    def message(self, text: str = "Hello", uid: str = "m-1", **fields: object) -> Json:
        body = {"channel_uid": self.channel, "external_uid": "viber:ann", "message": text, "message_uid": uid}
        return {**body, **fields}


def session_body(channel: str, client: str, external: str = "viber:ann", business: str = DEMO_BUSINESS) -> Json:
    return {"business_uid": business, "channel_uid": channel, "contact_uid": client, "external_uid": external}


def make_harness() -> VcitaHarness:
    time, our_side = VirtualTime(), OurSide()
    vcita = Vcita(time, our_side, Random(7))
    vcita.paste_webhooks({"webhook": API_URI})
    return VcitaHarness(time, our_side, vcita)
