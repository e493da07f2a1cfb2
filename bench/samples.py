"""The services' sample webhooks as if they were sent now: with this moment's times, and signed again."""

from __future__ import annotations

import hmac
import json
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from playground.emulator import ROOT
from playground.services.freshchat.webhooks import sign
from tests.harness.sample_rsa_key import make_sample_key

Json = dict[str, Any]
SERVICES = ("viber", "telegram", "freshchat", "giosg", "uchat", "unblu", "vcita", "webchat", "whatsapp")
_DAY = 86_400_000  #: milliseconds
_NUMBER = re.compile(r"(?<!\d)\d{13}(?!\d)")
_SECONDS = re.compile(r"(?<!\d)\d{10}(?!\d)")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")


@cache
def read_endpoint(service: str) -> Json:
    """What the samples of a service are signed for, and the accounts, tenants and conversations that they name."""
    endpoint: Json = json.loads((ROOT / "events" / service / "endpoint.json").read_text(encoding="utf-8"))
    return endpoint


def make_webhook(service: str, webhook_token: str, number: int, person: int = 0) -> Json:
    """A text message's, as API Gateway hands it over. For Viber, the message has a `number` and its customer, too."""
    event: Json = json.loads((ROOT / "events" / service / "message_text.json").read_text(encoding="utf-8"))
    event["body"] = _move(event["body"], event["requestContext"]["timeEpoch"])
    if service == "viber":
        callback = json.loads(event["body"])
        callback["message_token"] = 5741311803571720127 + number
        callback["sender"]["id"] = f"{person:022d}=="
        event["body"] = json.dumps(callback, ensure_ascii=False)
    event["headers"] |= {"content-length": str(len(event["body"].encode())), **_sign(service, event["body"])}
    event["pathParameters"]["webhook_token"] = webhook_token
    return event


def _move(body: str, written: int) -> str:
    """`written`, in milliseconds since 1970, is when the sample was: times of that day become the present."""
    now = time.time()

    def replace_number(found: re.Match[str]) -> str:
        return str(round(now * 1000)) if abs(int(found[0]) - written) < _DAY else found[0]

    def replace_seconds(found: re.Match[str]) -> str:
        return str(round(now)) if abs(int(found[0]) * 1000 - written) < _DAY else found[0]

    def replace_time(found: re.Match[str]) -> str:
        if abs(datetime.fromisoformat(found[0]).timestamp() * 1000 - written) >= _DAY:
            return found[0]
        return datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    return _TIME.sub(replace_time, _SECONDS.sub(replace_seconds, _NUMBER.sub(replace_number, body)))


def _sign(service: str, text: str) -> Mapping[str, str]:
    """The headers that prove it; Giosg's and vcita's proof is elsewhere."""
    body, secrets = text.encode(), read_endpoint(service)["secrets"]

    def code(secret: str, digest: str = "sha256") -> str:
        return hmac.new(secrets[secret].encode(), body, digest).hexdigest()

    match service:
        case "viber":
            return {"x-viber-content-signature": code("auth_token")}
        case "freshchat":
            return {"x-freshchat-signature": sign(make_sample_key(), body)}
        case "whatsapp":
            return {"x-hub-signature-256": f"sha256={code('app_secret')}"}
        case "uchat":
            return {"x-hub-signature-256": f"sha256={code('webhook_verification_key')}"}
        case "unblu":
            names = {"x-unblu-signature": "sha1", "x-unblu-signature-256": "sha256"}
            return {name: code("webhook_secret", digest) for name, digest in names.items()}
    return {}
