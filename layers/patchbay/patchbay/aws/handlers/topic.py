"""The Lambda handler of a function that hears from a topic: messages of SNS in, and nothing out.

SNS calls it without a signature. Only the service may publish to the topic, by the topic's policy, and only the topic
may call the function. What fails is tried again by Lambda, and ends in a queue of its own.

Imports decide the cold start, so nothing is imported here that a message does not need.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import TypedDict

from patchbay.aws import clients
from patchbay.aws.clock import SystemClock
from patchbay.aws.observability import JsonTelemetry, describe_failure
from patchbay.aws.settings import QueueEnvironment, read_environment
from patchbay.aws.startup import prepare, rehearse
from patchbay.aws.stores.connections import TopicConnections
from patchbay.aws.stores.keys import VERIFY
from patchbay.aws.stores.queue import LargeBodies, SqsProducer
from patchbay.aws.stores.secrets import Vault
from patchbay.aws.stores.table import Table
from patchbay.bridge.ports import Clock, Telemetry
from patchbay.bridge.receive import Receiver
from patchbay.domain.errors import Misconfigured, WebhookRefused
from patchbay.kit import registry
from patchbay.kit.account_setup import HearsFromTopic
from patchbay.kit.contract import WebhookRequest

_UNKNOWN = 404  #: that nobody has connected the account: it is told to nobody, and not tried again


class Notice(TypedDict):
    TopicArn: str
    Message: str


class Record(TypedDict, total=False):
    """Of SNS; or of SQS, while the owner has failures tried again, with an event of SNS or one message as its body."""

    Sns: Notice
    body: str


class TopicEvent(TypedDict):
    Records: Sequence[Record]


class NotTaken(Exception):
    """Lambda invokes the function again with the same messages, twice, and then keeps them in the queue of failures."""


Handler = Callable[[TopicEvent, object], None]


def make_handler(service: str) -> Handler:
    """The handler of the function that hears of `service` by a topic."""
    connector = registry.load(service)
    if not isinstance(connector, HearsFromTopic):
        raise Misconfigured(f"{service} publishes to no topic")
    clock = SystemClock()

    @cache
    def assemble() -> tuple[Listener, JsonTelemetry]:
        environment = read_environment(QueueEnvironment)
        telemetry = JsonTelemetry(environment.metrics_namespace)
        vault = Vault(clients.secrets_manager(), environment.stage, purposes=(VERIFY,))
        receiver = Receiver(
            connector=connector,
            connections=TopicConnections(Table(clients.dynamodb(), environment.table_name), vault, clock, telemetry),
            producer=SqsProducer(
                clients.sqs(), environment.queue_url, LargeBodies(clients.s3, environment.bucket_name)
            ),
            clock=clock,
            telemetry=telemetry,
            verifies=False,
        )
        return Listener(service, connector, receiver, clock, telemetry), telemetry

    def handle(event: TopicEvent, _context: object) -> None:
        listener, telemetry = assemble()
        notices = [notice for record in event["Records"] for notice in read_notices(record)]
        failed = sum(not listener.take(notice) for notice in notices)
        telemetry.flush()
        if failed:
            raise NotTaken(f"{failed} of {len(notices)} messages of the topic: the log says why")

    prepare(assemble, partial(rehearse, connector))
    return handle


def read_notices(record: Record) -> Sequence[Notice]:
    """The messages in it: Lambda keeps the whole event of what failed, and SNS what Lambda did not take."""
    if "Sns" in record:
        return [record["Sns"]]
    kept = json.loads(record["body"])
    return [one["Sns"] for one in kept["Records"]] if "Records" in kept else [kept]


class Listener:
    def __init__(
        self, service: str, connector: HearsFromTopic, receiver: Receiver, clock: Clock, telemetry: Telemetry
    ) -> None:
        self._service = service
        self._connector = connector
        self._receiver = receiver
        self._clock = clock
        self._telemetry = telemetry

    def take(self, notice: Notice) -> bool:
        """Whether there is nothing left to do with the message. It never raises: others may be in the same batch."""
        try:
            return self._take(notice)
        except WebhookRefused as refusal:
            self._telemetry.warning("webhook refused", service=self._service, reason=str(refusal))
            self._telemetry.count("UnreadableWebhook", self._service)
        except Exception as error:  # noqa: BLE001  whatever it is, the message must come again
            self._telemetry.error("webhook failed", service=self._service, error=describe_failure(error))
            self._telemetry.count("WebhookFailed", self._service)
        return False

    def _take(self, notice: Notice) -> bool:
        message = self._connector.read_topic_message(notice["Message"])
        if message.owner != account_of(notice["TopicArn"]):
            self._telemetry.warning(
                "webhook refused", service=self._service, reason="the message is about another account of AWS"
            )
            self._telemetry.count("RejectedSource", self._service)
            self._telemetry.count("RejectedSignature", self._service)  # the alarm is the same
            return True
        request = WebhookRequest(method="POST", body=message.body, received_at=self._clock.now())
        answer = self._receiver.receive(message.source, request)
        return answer.status < 400 or answer.status == _UNKNOWN


def account_of(arn: str) -> str:
    """The account of AWS in an ARN, "" for what is none."""
    parts = arn.split(":")
    return parts[4] if len(parts) > 5 else ""
