"""Writing a service's sample events: what API Gateway hands over, and beside it what the connector makes of it."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from difflib import unified_diff
from pathlib import Path
from typing import Any

from patchbay.domain.accounts import Endpoint
from patchbay.domain.events import Ignored, encode
from patchbay.kit.registry import load
from tests.harness.gateway import read_gateway_event

ROOT = Path(__file__).parents[2]
HOST = "example.execute-api.eu-west-1.amazonaws.com"
Json = dict[str, Any]
ACCEPT = "--accept"  #: the flag that lets changed expectations be written


class ExpectationChanged(SystemExit):
    """A sample means something else than is written beside it. The message is the difference, and what to do."""

    def __init__(self, path: Path, before: str, now: str) -> None:
        name = str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name
        lines = unified_diff(
            before.splitlines(), now.splitlines(), name, "what the connector makes of it now", lineterm=""
        )
        advice = f"Nothing was written. If the new meaning is right, run the same command with {ACCEPT}."
        super().__init__("\n".join([*lines, "", advice]))


@dataclass(frozen=True, kw_only=True)
class SampleWebhook:
    """One webhook as the service sends it.

    `at` is in milliseconds since 1970; header names are lower case; `tail` is the path below the webhook token.
    """

    body: bytes
    at: int
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"
    tail: str = ""
    in_base64: bool = False


def make_gateway_event(service: str, webhook: SampleWebhook) -> Json:
    """The event of payload format 2.0 that API Gateway makes of a webhook."""
    webhook_token, below = f"sample-hook-{service}", "/{proxy+}" if webhook.tail else ""
    path = "/".join(filter(None, (f"/{service}/{webhook_token}", webhook.tail)))
    route = f"{webhook.method} /{service}/{{webhook_token}}{below}"
    agent = webhook.headers.get("user-agent", "")
    time = datetime.fromtimestamp(webhook.at / 1000, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")
    return {
        "version": "2.0",
        "routeKey": route,
        "rawPath": path,
        "rawQueryString": "&".join(f"{name}={value}" for name, value in webhook.query.items()),
        "headers": dict(sorted({"content-length": str(len(webhook.body)), "host": HOST, **webhook.headers}.items())),
        **({"queryStringParameters": dict(webhook.query)} if webhook.query else {}),
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "example",
            "domainName": HOST,
            "domainPrefix": "example",
            "http": {
                "method": webhook.method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.9",
                "userAgent": agent,
            },
            "requestId": "sample=",
            "routeKey": route,
            "stage": "$default",
            "time": time,
            "timeEpoch": webhook.at,
        },
        "pathParameters": {"webhook_token": webhook_token, **({"proxy": webhook.tail} if webhook.tail else {})},
        "body": base64.b64encode(webhook.body).decode() if webhook.in_base64 else webhook.body.decode(),
        "isBase64Encoded": webhook.in_base64,
    }


def write_samples(endpoint: Endpoint, webhooks: Mapping[str, SampleWebhook]) -> None:
    """Writes `endpoint.json`, each situation, and what each means. Raises what the connector raises for a bad one.

    What a sample means was read and agreed to by a person. Where it would change, nothing is overwritten without
    `--accept` on the command line.
    """
    folder = ROOT / "events" / endpoint.service
    tenants = {tenant: sorted(accounts) for tenant, accounts in endpoint.tenants.items()}
    facts = {
        "id": endpoint.id,
        "service": endpoint.service,
        "settings": dict(endpoint.settings),
        "secrets": dict(endpoint.secrets.values),
        "accounts": sorted(endpoint.accounts),
        **({"strangers": sorted(endpoint.strangers)} if endpoint.strangers else {}),
        **({"tenants": tenants} if tenants else {}),
        **({"threads": dict(endpoint.threads)} if endpoint.threads else {}),
    }
    events = {situation: make_gateway_event(endpoint.service, webhook) for situation, webhook in webhooks.items()}
    meanings = {situation: _describe_meaning(event, endpoint) for situation, event in events.items()}
    write_files(folder, events, meanings)
    _write(folder / "endpoint.json", facts)


def write_files(folder: Path, events: Mapping[str, object], meanings: Mapping[str, object]) -> None:
    """Writes `<situation>.json` and `expected/<situation>.json`.

    Raises ExpectationChanged, before anything is written, for a meaning that differs from the one that is stored.
    """
    if ACCEPT not in sys.argv:
        for situation, meaning in meanings.items():
            check_expectation(folder / "expected" / f"{situation}.json", meaning)
    for situation, event in events.items():
        _write(folder / f"{situation}.json", event)
        _write(folder / "expected" / f"{situation}.json", meanings[situation])


def check_expectation(path: Path, meaning: object) -> None:
    before = path.read_text(encoding="utf-8") if path.exists() else _as_json(meaning)
    if before != _as_json(meaning):
        raise ExpectationChanged(path, before, _as_json(meaning))


def _describe_meaning(event: Json, endpoint: Endpoint) -> list[object]:
    connector, request = load(endpoint.service), read_gateway_event(event)
    connector.verify(request, endpoint)
    return [
        {"ignored": each.reason} if isinstance(each, Ignored) else json.loads(encode(each))["event"]
        for each in connector.parse(request, endpoint)
    ]


def _write(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_as_json(value), encoding="utf-8")


def _as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
