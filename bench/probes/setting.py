"""A connected Viber and Freshchat on the canned AWS, and the functions' handlers, loaded from their own files."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import runpy
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import boto3

from patchbay.aws.clock import SystemClock
from patchbay.aws.stores.configuration import ConfigurationStore
from patchbay.domain.accounts import Connection, Secrets
from patchbay.domain.model import Side

ROOT = Path(__file__).resolve().parents[2]
VIBER_TOKEN = "4e0000000000abcd-0000000000000001-00000000000000ff"
Handler = Callable[[Any, object], Any]
Json = dict[str, Any]


def load_handler(path: str) -> Handler:
    handler: Handler = runpy.run_path(str(ROOT / path))["handler"]
    return handler


def connect(service: str, side: Side, settings: Mapping[str, str], secrets: Mapping[str, str], link: str = "") -> str:
    """Stores a connection as the command does; its webhook token."""
    connection = Connection(
        id=f"{service}-1",
        service=service,
        side=side,
        endpoint_id=f"{service}-1",
        settings=settings,
        secrets=Secrets(values=secrets),
        link=link or None,
    )
    table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])
    vault = boto3.client("secretsmanager")
    return ConfigurationStore(table, vault, os.environ["PATCHBAY_STAGE"], SystemClock()).save(connection)


def viber_webhook(webhook_token: str, person: int, token: int, secret: str = VIBER_TOKEN) -> Json:
    """API Gateway's event of a signed text message; everything that changes between messages is given."""
    event: Json = json.loads((ROOT / "events/viber/message_text.json").read_text(encoding="utf-8"))
    callback = json.loads(event["body"])
    callback["message_token"] = token
    callback["timestamp"] = round(time.time() * 1000)  # an old one would be taken for a replay
    callback["sender"]["id"] = f"{person:022d}=="
    event["body"] = json.dumps(callback, ensure_ascii=False)
    signature = hmac.new(secret.encode(), event["body"].encode(), hashlib.sha256).hexdigest()
    event["headers"]["x-viber-content-signature"] = signature
    event["pathParameters"] = {"webhook_token": webhook_token}
    return event
