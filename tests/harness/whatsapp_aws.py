"""The simulated WhatsApp behind the door of AWS, and the owner's AWS in memory: a bucket and what a topic got."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config

from playground.services.whatsapp import WhatsApp
from playground.services.whatsapp.aws_bucket import OwnersAws
from playground.services.whatsapp.demo import PHONE_NUMBER_ID, WABA_ID
from playground.simulator import WebhookAnswer
from tests.harness.virtual_time import VirtualTime

REGION = "eu-central-1"
HOST = f"social-messaging.{REGION}.amazonaws.com"
OWNER = "123456789012"
TOPIC = f"arn:aws:sns:{REGION}:{OWNER}:patchbay-whatsapp"
BUCKET = "patchbay-test-files"


@dataclass
class MemoryAws(OwnersAws):
    """`topics` are those whose policies let the service publish."""

    files: dict[tuple[str, str], tuple[bytes, str]] = field(default_factory=dict)
    messages: list[tuple[str, str]] = field(default_factory=list)
    topics: set[str] = field(default_factory=lambda: {TOPIC})

    def read(self, bucket: str, key: str) -> tuple[bytes, str] | None:
        return self.files.get((bucket, key))

    def write(self, bucket: str, key: str, content: bytes, content_type: str) -> bool:
        if bucket != BUCKET:
            return False
        self.files[bucket, key] = content, content_type
        return True

    def publish(self, topic: str, message: str) -> bool:
        if topic not in self.topics:
            return False
        self.messages.append((topic, message))
        return True


def make_boto(whatsapp: WhatsApp, secret: str = "testing") -> Any:
    """boto3's own client, whose requests go to the simulator in this process, checked and read by botocore."""
    client = boto3.client(
        "socialmessaging",
        region_name=REGION,
        aws_access_key_id="testing",
        aws_secret_access_key=secret,
        config=Config(retries={"total_max_attempts": 1}),
    )

    def answer(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        headers = {name: _as_text(value) for name, value in request.headers.items()}
        found = whatsapp.app.test_client().open(request.url, method=request.method, headers=headers, data=request.body)
        raw: Any = Raw(found.data)
        answered: Any = found.headers
        return AWSResponse(request.url, found.status_code, answered, raw)

    client.meta.events.register("before-send.*", answer)
    return client


def _as_text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


class Raw(io.BytesIO):
    """What botocore reads an answer's body from."""

    def stream(self, **_: object) -> Sequence[bytes]:
        return [self.getvalue()]


class AwsScene:
    """A business whose account publishes to the stack's topic, unless it is not `connected`."""

    def __init__(self, *, connected: bool = True) -> None:
        self.time = VirtualTime()
        self.whatsapp = WhatsApp(self.time, self._refuse, Random(7))
        self.core, self.people, self.social = self.whatsapp.core, self.whatsapp.people, self.whatsapp.social
        self.aws = MemoryAws()
        self.social.aws = self.aws
        self.boto = make_boto(self.whatsapp)
        self.number = self.social.names.number_id(PHONE_NUMBER_ID)
        self.waba = self.social.names.waba_id(WABA_ID)
        if connected:
            self.social.destinations[WABA_ID] = {"eventDestinationArn": TOPIC}

    @staticmethod
    def _refuse(method: str, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        del headers, body
        raise AssertionError(f"no address is called through this door: {method} {url}")

    def person(self, name: str = "Maya Chen") -> Any:
        return next(each for each in self.core.state.people.values() if each.name == name)

    def published(self) -> list[str]:
        """Lets everything happen, and returns the messages of the topic that came."""
        self.time.settle()
        came, self.aws.messages = self.aws.messages, []
        return [message for topic, message in came if topic == TOPIC]


def make_sns_event(*messages: str, topic: str = TOPIC) -> dict[str, Any]:
    """As SNS invokes a function: https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html"""
    return {"Records": [_make_record(message, topic, number) for number, message in enumerate(messages, 1)]}


def _make_record(message: str, topic: str, number: int) -> dict[str, Any]:
    message_id = f"95df01b4-ee98-5cb9-9903-{number:012d}"
    return {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": f"{topic}:21be56ed-a058-49f5-8c98-aedd2564c486",
        "Sns": {
            "Type": "Notification",
            "MessageId": message_id,
            "TopicArn": topic,
            "Subject": None,
            "Message": message,
            "Timestamp": "2026-09-05T09:35:00.000Z",
            "SignatureVersion": "1",
            "Signature": "AAAA",
            "SigningCertUrl": f"https://sns.{REGION}.amazonaws.com/SimpleNotificationService-1.pem",
            "UnsubscribeUrl": f"https://sns.{REGION}.amazonaws.com/?Action=Unsubscribe",
            "MessageAttributes": {},
        },
    }


def read_entry(message: str) -> dict[str, Any]:
    """The `entry` in a message of the topic."""
    entry: dict[str, Any] = json.loads(json.loads(message)["whatsAppWebhookEntry"])
    return entry
