"""The connector behind AWS's door, as `whatsapp_bridge` has it behind Meta's: a topic, a bucket and no token."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, override

from patchbay.domain.accounts import Connection, Endpoint, Secrets
from patchbay.domain.model import Attachment, Button, Delivered
from patchbay.kit.contract import WebhookRequest
from patchbay.messengers.whatsapp import CONNECTOR
from playground.services.whatsapp.aws_bucket import OwnersAws
from playground.services.whatsapp.demo import PHONE_NUMBER_ID
from playground.services.whatsapp.records import Person
from playground.simulator import WebhookAnswer
from tests.harness.whatsapp_aws import HOST, OWNER, TOPIC
from tests.harness.whatsapp_bridge import WhatsAppHarness
from tests.harness.wsgi_http import WsgiHttp


class WhatsAppAwsHarness(WhatsAppHarness, OwnersAws):
    """It is the owner's AWS as well: the bucket is the bridge's own store, and what is published is parsed."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.http = WsgiHttp({HOST: self.whatsapp.app})
        self.media.http = self.http
        self.whatsapp.social.aws = self

    @classmethod
    @override
    def connected(cls, **settings: str) -> WhatsAppAwsHarness:
        harness = cls(settings=settings)
        account = CONNECTOR.check_credentials(harness.connection, harness.http)
        harness.settings |= account.settings
        CONNECTOR.register_webhooks({"topic": TOPIC}, harness.connection, harness.http)
        harness.http.sent.clear()
        return harness

    @property
    @override
    def connection(self) -> Connection:
        number = self.whatsapp.social.names.number_id(PHONE_NUMBER_ID)
        settings = {"door": "aws", "origination_phone_number_id": number, **self.settings}
        return replace(super().connection, settings=settings, secrets=Secrets())

    @property
    @override
    def endpoint(self) -> Endpoint:
        return replace(super().endpoint, settings=self.connection.settings, secrets=Secrets())

    @override
    def take(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        raise AssertionError(f"no address is called through this door: {method} {url}")

    @override
    def deliver(self, to: Person | str, content: Any, *buttons: Button, **more: Any) -> Delivered:
        if isinstance(content, Attachment):
            self.media.types.setdefault(content.url or "", content.content_type)
        return super().deliver(to, content, *buttons, **more)

    # --- the owner's AWS ---------------------------------------------------------------------------------------------

    @override
    def publish(self, topic: str, message: str) -> bool:
        assert topic == TOPIC
        told = CONNECTOR.read_topic_message(message)
        assert told.source == CONNECTOR.get_topic_source(self.connection)
        assert told.owner == OWNER
        request = WebhookRequest(method="POST", body=told.body, received_at=self.time.now())
        self.events += CONNECTOR.parse(request, self.endpoint)
        return True

    @override
    def read(self, bucket: str, key: str) -> tuple[bytes, str] | None:
        return self.media.read_place(bucket, key)

    @override
    def write(self, bucket: str, key: str, content: bytes, content_type: str) -> bool:
        self.media.write_place(bucket, key, content)
        return True
