"""WhatsApp through AWS's door with platforms: what SNS sends twice, and in any order, is seen once and in order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import override

import pytest

from patchbay.bridge.receive import Receiver
from patchbay.domain.accounts import Connection
from patchbay.kit.contract import Connector, WebhookRequest
from patchbay.messengers.whatsapp import CONNECTOR
from playground.misbehaviour import Fault
from playground.services.whatsapp import WhatsApp
from playground.services.whatsapp.aws_bucket import OwnersAws
from playground.services.whatsapp.demo import PHONE_NUMBER_ID
from tests.harness.fakes.configuration import webhook_token_of
from tests.harness.pair_world import PNG, Scene
from tests.harness.whatsapp_aws import HOST, TOPIC


class AwsScene(Scene, OwnersAws):
    """The owner's AWS as well: the bucket is the bridge's store, and messages of the topic reach its function."""

    def __init__(self, platform: str) -> None:
        super().__init__("whatsapp", platform)

    @property
    def whatsapp(self) -> WhatsApp:
        simulator = self.simulators["whatsapp"]
        assert isinstance(simulator, WhatsApp)
        return simulator

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
        return topic == TOPIC and receiver.receive(webhook_token_of("whatsapp-1"), request).status < 400

    @override
    def read(self, bucket: str, key: str) -> tuple[bytes, str] | None:
        found: tuple[bytes, str] | None = self.media.read_place(bucket, key)
        return found

    @override
    def write(self, bucket: str, key: str, content: bytes, content_type: str) -> bool:
        self.media.write_place(bucket, key, content)
        return True


@pytest.mark.parametrize("platform", ["freshchat webhook", "unblu"])
def test_a_talk_arrives_as_it_was_meant_though_news_come_twice_and_in_any_order(platform: str) -> None:
    scene = AwsScene(platform)
    scene.whatsapp.switches.webhook_duplicates = scene.whatsapp.switches.webhook_reorder = True
    for words in ("first", "second"):
        scene.says(words)
        scene.pass_time(5)
        scene.replies(f"answer to the {words}")
        scene.settle()
    scene.says_with_file()
    scene.settle()
    scene.replies_with_file()
    scene.end()

    said = [text for text in scene.agent_sees() if text in {"first", "second"}]
    assert said == ["first", "second"]
    assert scene.customer_sees()[:2] == ["answer to the first", "answer to the second"]
    assert PNG in scene.media.files.values()
    assert scene.media.bucket == {}
    assert scene.told_otherwise() == []
    assert not [call for call in scene.whatsapp.calls if call.path.startswith("/v25.0/")], "Meta's door stays closed"


def arrived(scene: AwsScene) -> bool:
    return any("did this arrive?" in words for words in scene.customer_sees())


@pytest.mark.parametrize("status", [429, 502])
def test_what_aws_refuses_for_a_while_arrives_in_the_end(status: int) -> None:
    scene = AwsScene("freshchat webhook")
    scene.meet()
    scene.whatsapp.fail_next(Fault(where="POST /v1/whatsapp/send", status=status, times=2))
    scene.replies("did this arrive?")
    scene.pass_time(3600)
    assert arrived(scene)


def test_a_right_that_is_taken_away_holds_messages_until_the_owner_has_given_it_back() -> None:
    scene = AwsScene("freshchat webhook")
    scene.meet()
    scene.whatsapp.break_down(Fault(where="POST /v1/whatsapp/send", status=403), seconds=3600)
    scene.replies("did this arrive?")
    scene.pass_time(3600)
    assert not arrived(scene)
    scene.reconnect("whatsapp-1")
    scene.pass_time(8 * 3600)
    assert arrived(scene)
