"""WhatsApp with a platform, over virtual time, through Meta's door or through AWS's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import override

from patchbay.bridge.held_overdue import HeldOverdues
from patchbay.bridge.receive import Receiver
from patchbay.domain.accounts import Connection
from patchbay.kit import registry
from patchbay.kit.contract import Connector, WebhookRequest
from patchbay.messengers.whatsapp import CONNECTOR
from playground.services.whatsapp import WhatsApp
from playground.services.whatsapp.aws_bucket import OwnersAws
from playground.services.whatsapp.demo import PHONE_NUMBER_ID
from playground.simulator import WebhookAnswer
from tests.harness.fakes.configuration import webhook_token_of
from tests.harness.pair_world import Scene
from tests.harness.whatsapp_aws import HOST, TOPIC

DOORS = ["meta", "aws"]


class WhatsAppTalk(Scene):
    """Through Meta's door. `settings` are the connections', by service; `news` is what has come from WhatsApp."""

    def __init__(self, platform: str, settings: Mapping[str, Mapping[str, str]] | None = None) -> None:
        self.wanted_settings = settings or {}
        self.news: list[Callable[[], object]] = []
        super().__init__("whatsapp", platform)

    @property
    def whatsapp(self) -> WhatsApp:
        simulator = self.simulators["whatsapp"]
        assert isinstance(simulator, WhatsApp)
        return simulator

    @override
    def connect(self, service: str, connection_id: str = "", **settings: str) -> Connection:
        return super().connect(service, connection_id, **{**self.wanted_settings.get(service, {}), **settings})

    @override
    def post(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        if "/whatsapp/" in url:
            self.news.append(partial(super().post, method, url, headers, body))
        return super().post(method, url, headers, body)

    def repeat_news(self) -> None:
        """All of it comes once more, in the same order."""
        for come_again in list(self.news):
            come_again()
        self.settle()

    def end_overdue(self) -> None:
        """What the monitor does in each of its rounds."""
        rounds = HeldOverdues(
            connector_of=registry.load,
            held=self.held,
            producer=self.queue,
            clock=self.time,
            telemetry=self.telemetry,
        )
        rounds.report(list(self.connections.connections.values()))
        self.settle()


class AwsTalk(WhatsAppTalk, OwnersAws):
    """The owner's AWS as well: the bucket is the bridge's store, and messages of the topic reach its function."""

    @override
    def connect(self, service: str, connection_id: str = "", **settings: str) -> Connection:
        if service == "whatsapp":
            social = self.whatsapp.social
            social.aws = self
            self.http.apps[HOST] = self.whatsapp.app
            number = social.names.number_id(PHONE_NUMBER_ID)
            settings = {"door": "aws", "origination_phone_number_id": number, **settings}
        return super().connect(service, connection_id, **settings)

    @override
    def webhooks(self, connector: Connector, webhook_token: str, connection: Connection) -> Mapping[str, str]:
        if connector is CONNECTOR:
            return {"topic": TOPIC}
        return super().webhooks(connector, webhook_token, connection)

    @override
    def publish(self, topic: str, message: str) -> bool:
        self.news.append(partial(self._take, message))
        return topic == TOPIC and self._take(message)

    def _take(self, message: str) -> bool:
        told = CONNECTOR.read_topic_message(message)
        receiver = Receiver(
            connector=CONNECTOR,
            connections=self.connections,
            producer=self.queue,
            clock=self.time,
            telemetry=self.telemetry,
            verifies=False,
        )
        request = WebhookRequest(method="POST", body=told.body, received_at=self.time.now())
        return receiver.receive(webhook_token_of("whatsapp-1"), request).status < 400

    @override
    def read(self, bucket: str, key: str) -> tuple[bytes, str] | None:
        found: tuple[bytes, str] | None = self.media.read_place(bucket, key)
        return found

    @override
    def write(self, bucket: str, key: str, content: bytes, content_type: str) -> bool:
        self.media.write_place(bucket, key, content)
        return True


def make_talk(
    door: str, platform: str = "freshchat webhook", settings: Mapping[str, Mapping[str, str]] | None = None
) -> WhatsAppTalk:
    return (AwsTalk if door == "aws" else WhatsAppTalk)(platform, settings)
