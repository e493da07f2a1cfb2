"""What a burglar does to a deployed stack: forged and signed webhooks, and a look into every store."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import requests

from playground.local_aws import LocalAws
from playground.services.viber.records import Bot, Person

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

TIMEOUT = 30  #: seconds for one call; a function may have to start


def sign(body: bytes, key: str) -> str:
    return hmac.new(key.encode(), body, hashlib.sha256).hexdigest()


def viber_message(person: Person, text: str, token: int, at: float) -> bytes:
    """Viber's callback for a message, made by whoever knows its form. `at` is in seconds since 1970."""
    sender = {"id": person.id, "name": person.name, "language": "en", "country": "FI", "api_version": 10}
    message = {"type": "text", "text": text}
    fields = {"event": "message", "timestamp": int(at * 1000), "message_token": token, "sender": sender}
    return json.dumps({**fields, "message": message, "chat_hostname": "SN-CALLBACK-01_", "silent": False}).encode()


def post_to_viber(bot: Bot, body: bytes, key: str) -> int:
    """The status with which the stack answers a callback that is signed with `key`."""
    headers = {"Content-Type": "application/json", "X-Viber-Content-Signature": sign(body, key)}
    return requests.post(bot.webhook, data=body, headers=headers, timeout=TIMEOUT).status_code


def post_to_uchat(url: str, message: Mapping[str, object], key: str) -> int:
    """The same for a message of an agent at UChat."""
    body = json.dumps(message).encode()
    headers = {
        "Content-Type": "application/json",
        "X-Hub-Signature-256": f"sha256={sign(body, key)}",
        "x-action": "messages",
    }
    return requests.post(url, data=body, headers=headers, timeout=TIMEOUT).status_code


# --- looking into the stores -----------------------------------------------------------------------------------------


def find_words(aws: LocalAws, words: str) -> list[str]:
    """Where the stack keeps `words`: keys of the table's items and the bucket's objects, queues, log groups."""
    places = (_table(aws), _bucket(aws), _queues(aws), _logs(aws))
    return sorted({where for place in places for where, text in place if words in text})


def _client(aws: LocalAws, name: Any) -> Any:
    return aws.session.client(name, endpoint_url=aws.endpoint_url)


def _table(aws: LocalAws) -> Iterator[tuple[str, str]]:
    pages = _client(aws, "dynamodb").get_paginator("scan").paginate(TableName=aws.outputs["TableName"])
    for page in pages:
        for item in page["Items"]:
            yield f"table {item['pk']['S'].partition('#')[0]}", repr(item)


def _bucket(aws: LocalAws) -> Iterator[tuple[str, str]]:
    store, bucket = _client(aws, "s3"), aws.outputs["BucketName"]
    for page in store.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for one in page.get("Contents", []):
            stored = store.get_object(Bucket=bucket, Key=one["Key"])
            about = f"{one['Key']} {stored['Metadata']} {stored.get('ContentDisposition', '')} "
            yield f"bucket {one['Key'].partition('/')[0]}", about + stored["Body"].read().decode("utf-8", "replace")


def _queues(aws: LocalAws) -> Iterator[tuple[str, str]]:
    queues: SQSClient = _client(aws, "sqs")
    for name in ("QueueUrl", "DeadLetterQueueUrl"):
        answer = queues.receive_message(QueueUrl=aws.outputs[name], MaxNumberOfMessages=10, VisibilityTimeout=0)
        for message in answer.get("Messages", []):
            yield f"queue {name}", message["Body"]


def _logs(aws: LocalAws) -> Iterator[tuple[str, str]]:
    logs = _client(aws, "logs")
    for group in logs.describe_log_groups()["logGroups"]:
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"]):
            for event in page["events"]:
                yield f"log {group['logGroupName']}", event["message"]
