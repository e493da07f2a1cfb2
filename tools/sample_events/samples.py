"""Writing a service's sample events: what API Gateway hands over, and beside it what the connector makes of it."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from patchbay.domain.accounts import Endpoint
from patchbay.domain.events import Ignored, encode
from patchbay.kit.registry import load
from tests.harness.gateway import read_gateway_event

ROOT = Path(__file__).parents[2]
HOST = "example.execute-api.eu-west-1.amazonaws.com"
Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class SampleWebhook:
    """One webhook as the service sends it.

    `at` is in milliseconds since 1970; header names are lower case; `tail` is the path below the hook.
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
    hook, below = f"sample-hook-{service}", "/{proxy+}" if webhook.tail else ""
    path = "/".join(filter(None, (f"/{service}/{hook}", webhook.tail)))
    route = f"{webhook.method} /{service}/{{hook}}{below}"
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
        "pathParameters": {"hook": hook, **({"proxy": webhook.tail} if webhook.tail else {})},
        "body": base64.b64encode(webhook.body).decode() if webhook.in_base64 else webhook.body.decode(),
        "isBase64Encoded": webhook.in_base64,
    }


def write_samples(endpoint: Endpoint, webhooks: Mapping[str, SampleWebhook]) -> None:
    """Writes `endpoint.json`, each situation, and what each means. Raises what the connector raises for a bad one."""
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
    _write(folder / "endpoint.json", facts)
    for situation, webhook in webhooks.items():
        event = make_gateway_event(endpoint.service, webhook)
        _write(folder / f"{situation}.json", event)
        _write(folder / "expected" / f"{situation}.json", _describe_meaning(event, endpoint))


def _describe_meaning(event: Json, endpoint: Endpoint) -> list[object]:
    connector, request = load(endpoint.service), read_gateway_event(event)
    connector.verify(request, endpoint)
    return [
        {"ignored": each.reason} if isinstance(each, Ignored) else json.loads(encode(each))["event"]
        for each in connector.parse(request, endpoint)
    ]


def _write(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
