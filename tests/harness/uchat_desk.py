"""The simulated UChat as the connector meets it: an account that is to be connected, and what its webhook brings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from random import Random
from urllib.parse import parse_qsl

from patchbay.domain.accounts import Connection, Endpoint, Secrets, Settings
from patchbay.domain.errors import WebhookRefused
from patchbay.domain.events import Event, Ignored
from patchbay.domain.model import Side
from patchbay.kit.account_setup import Webhooks
from patchbay.kit.contract import WebhookRequest
from patchbay.platforms.uchat import CONNECTOR
from playground.services.uchat import UChat
from playground.simulator import WebhookAnswer
from tests.harness.virtual_time import VirtualTime
from tests.harness.wsgi_http import WsgiHttp

HOST = "uchat.simulator.test"
ADDRESS = "https://hooks.example/uchat/hook"
WEBHOOKS: Webhooks = {"webhook": ADDRESS}
KEY = "a-key-of-our-own-choice"


@dataclass
class Ear:
    """Our webhook function. `down` answers nothing good."""

    time: VirtualTime
    endpoint: Endpoint
    heard: list[Event | Ignored] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    greeted: list[str] = field(default_factory=list)
    down: bool = False

    def __call__(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        address, _, query = url.partition("?")
        if self.down or address != ADDRESS:
            return WebhookAnswer(503)
        request = WebhookRequest(
            method=method,
            query=dict(parse_qsl(query)),
            headers={name.lower(): value for name, value in headers.items()},
            body=body,
            received_at=self.time.now(),
        )
        greeting = CONNECTOR.answer_handshake(request, self.endpoint)
        if greeting is not None:
            self.greeted.append(method)
            return WebhookAnswer(greeting.status, greeting.body, greeting.headers)
        try:
            CONNECTOR.verify(request, self.endpoint)
            self.heard += CONNECTOR.parse(request, self.endpoint)
        except WebhookRefused as refusal:
            self.refused.append(refusal.status)
            return WebhookAnswer(refusal.status)
        return WebhookAnswer(CONNECTOR.accepted_status)


@dataclass
class Desk:
    time: VirtualTime
    ear: Ear
    uchat: UChat
    http: WsgiHttp
    connection: Connection

    def change(self, **settings: str) -> Connection:
        self.connection = replace(self.connection, settings={**self.connection.settings, **settings})
        return self.connection

    def change_secrets(self, **secrets: str) -> Connection:
        """As the command stores them: a replaced one verifies webhooks for a while, an empty one is gone."""
        renewed = self.connection.secrets.renew(secrets)
        self.connection = replace(self.connection, secrets=renewed)
        self.ear.endpoint = replace(self.ear.endpoint, secrets=renewed)
        return self.connection

    def register(self) -> Settings:
        learned = CONNECTOR.register_webhooks(WEBHOOKS, self.connection, self.http)
        self.change(**learned)
        return learned

    @property
    def registered(self) -> str | None:
        return CONNECTOR.get_registered_url(self.connection, self.http)

    def calls(self) -> list[str]:
        """What was asked of UChat since the last look."""
        sent = [f"{request.method} {request.url.removeprefix(f'https://{HOST}')}" for request in self.http.sent]
        self.http.sent.clear()
        return sent


def make_desk() -> Desk:
    """The demo account, before it is connected."""
    time = VirtualTime()
    ear = Ear(time, Endpoint(id="acme", service="uchat"))
    uchat = UChat(time, ear, Random(7))
    demo = uchat.demo()
    secrets = Secrets(values={**demo.secrets, "webhook_verification_key": KEY})
    ear.endpoint = replace(ear.endpoint, secrets=secrets)
    connection = Connection(
        id="acme",
        service="uchat",
        side=Side.PLATFORM,
        endpoint_id="acme",
        settings=dict(demo.settings),
        secrets=secrets,
    )
    return Desk(time, ear, uchat, WsgiHttp({HOST: uchat.app}), connection)
