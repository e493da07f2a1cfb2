"""The least that takes a signed webhook and puts it on an SQS FIFO queue."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from typing import Any

import boto3

SECRET = os.environ["FLOOR_SECRET"].encode()
QUEUE_URL = os.environ["FLOOR_QUEUE_URL"]
sqs = boto3.client("sqs")


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    body: str = event["body"]
    signature = hmac.new(SECRET, body.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(signature, event["headers"].get("x-viber-content-signature", "")):
        return {"statusCode": 401}
    callback = json.loads(body)
    entry = {
        "Id": "0",
        "MessageBody": json.dumps(callback, ensure_ascii=False),
        "MessageGroupId": callback["sender"]["id"],
        "MessageDeduplicationId": str(callback["message_token"]),
    }
    answer = sqs.send_message_batch(QueueUrl=QUEUE_URL, Entries=[entry])  # type: ignore[list-item]
    return {"statusCode": 500 if answer.get("Failed") else 200}
