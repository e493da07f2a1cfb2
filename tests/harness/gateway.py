"""Sample events, read as the functions read them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

from patchbay.aws.handlers.http_api import HttpApiEvent, read_request
from patchbay.kit.contract import WebhookRequest

RECEIVED_AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def read_gateway_event(event: Mapping[str, Any]) -> WebhookRequest:
    """The request in an event of payload format 2.0."""
    return read_request(cast("HttpApiEvent", event), RECEIVED_AT)
