"""API Gateway's events as webhook requests, without the AWS side of the product."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from patchbay.contract import WebhookRequest

RECEIVED_AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def read_gateway_event(event: Mapping[str, Any]) -> WebhookRequest:
    """The request in an event of payload format 2.0."""
    body = base64.b64decode(event["body"]) if event["isBase64Encoded"] else event["body"].encode()
    return WebhookRequest(
        method=event["requestContext"]["http"]["method"],
        query=event.get("queryStringParameters", {}),
        headers=event["headers"],
        body=body,
        received_at=RECEIVED_AT,
    )
