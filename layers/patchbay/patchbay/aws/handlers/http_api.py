"""API Gateway's HTTP API events (payload 2.0), converted at the edge: the core never sees one."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import NotRequired, TypedDict
from urllib.parse import parse_qsl, unquote

from patchbay.bridge.response_headers import complete
from patchbay.domain.errors import TooLarge, Unreadable
from patchbay.kit.behavior import MOST_WEBHOOK_BYTES
from patchbay.kit.contract import WebhookRequest, WebhookResponse

PROXY_PROOF = "x-patchbay-origin"  #: the header in which a proxy proves itself
MOST_BODY_BYTES = MOST_WEBHOOK_BYTES
_MB = 1024 * 1024


class _HttpCall(TypedDict):
    method: str
    sourceIp: NotRequired[str]


class _Context(TypedDict):
    apiId: NotRequired[str]
    http: _HttpCall


class HttpApiEvent(TypedDict, total=False):
    """The parts of the event that are read."""

    routeKey: str
    requestContext: _Context
    rawQueryString: str
    headers: Mapping[str, str]
    cookies: list[str]
    pathParameters: Mapping[str, str] | None
    body: str
    isBase64Encoded: bool


class HttpApiResponse(TypedDict, total=False):
    statusCode: int
    headers: Mapping[str, str]
    cookies: list[str]
    body: str
    isBase64Encoded: bool


def read_request(
    event: HttpApiEvent, received_at: datetime, proxy: TrustedProxy | None = None, most: int = MOST_BODY_BYTES
) -> WebhookRequest:
    """Of at most `most` bytes. Raises TooLarge, and Unreadable for a body that is not the base64 it claims to be."""
    parameters = event.get("pathParameters") or {}
    tail = parameters.get("proxy", "")  # SAM's permissions know no other name for the rest of a path
    return WebhookRequest(
        method=event["requestContext"]["http"]["method"],
        tail=tuple(unquote(step) for step in tail.split("/")) if tail else (),
        query=_read_query(event.get("rawQueryString", "")),
        headers={name.lower(): value for name, value in event.get("headers", {}).items()},
        body=_read_body(event, most),
        received_at=received_at,
        source=read_source(event, proxy),
    )


def read_parameter(event: HttpApiEvent, name: str) -> str:
    """A path parameter, "" if it is missing."""
    return unquote((event.get("pathParameters") or {}).get(name, ""))


def read_cookies(event: HttpApiEvent) -> dict[str, str]:
    """The browser's cookies by name; of two with one name the first, which is the more specific.

    API Gateway hands them over as a list. The local AWS leaves them in the header.
    """
    header = next((value for name, value in event.get("headers", {}).items() if name.lower() == "cookie"), "")
    cookies: dict[str, str] = {}
    for pair in event.get("cookies") or header.split(";"):
        name, _, value = pair.partition("=")
        cookies.setdefault(name.strip(), value.strip())
    return cookies


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedProxy:
    """A proxy of the owner's in front of the API. It names the visitor in `header`, and proves itself by a secret.

    Of the secret we hold only its SHA-256: who reads the function's configuration cannot play the proxy.
    """

    header: str
    secret_hash: str

    def vouches_for(self, headers: Mapping[str, str]) -> bool:
        given = hashlib.sha256(headers.get(PROXY_PROOF, "").encode()).hexdigest()
        return bool(self.header and self.secret_hash) and hmac.compare_digest(given, self.secret_hash)


def read_source(event: HttpApiEvent, proxy: TrustedProxy | None = None) -> str:
    """The visitor's network address: as API Gateway saw it, or as a proxy of the owner's says, which has proved itself.

    What anybody else claims in a header proves nothing.
    """
    seen = event["requestContext"]["http"].get("sourceIp", "")
    headers = {name.lower(): value for name, value in event.get("headers", {}).items()}
    if proxy is None or not proxy.vouches_for(headers):
        return seen
    return _read_address(headers.get(proxy.header.lower(), "")) or seen


def read_identity(identity: Mapping[str, str]) -> str:
    """The visitor's network address as a WebSocket API names it. No proxy stands in front of that one."""
    return identity.get("sourceIp", "")


def _read_address(text: str) -> str:
    """An address out of "192.0.2.1", "192.0.2.1:443", "2001:db8::1" or "2001:db8::1:443" (CloudFront); "" for others.

    CloudFront always adds the port, also behind an IPv6 address, where an address that ends before it is one too. Of a
    list, as in X-Forwarded-For, the last counts: the proxy wrote that one itself.
    """
    last = text.rpartition(",")[2].strip().replace("[", "").replace("]", "")
    for candidate in (last.rpartition(":")[0], last):
        with suppress(ValueError):
            return str(ip_address(candidate))
    return ""


def write_response(response: WebhookResponse, cookies: Sequence[str] = ()) -> HttpApiResponse:
    """Bodies that are no UTF-8 travel as base64; an answer without content has no body at all.

    `cookies` are Set-Cookie values, which alone among headers come more than once.
    """
    answer: HttpApiResponse = {"statusCode": response.status, "headers": complete(response.headers)}
    if cookies:
        answer["cookies"] = list(cookies)
    if response.status in {204, 304} or not response.body:
        return answer
    try:
        return {**answer, "body": response.body.decode(), "isBase64Encoded": False}
    except UnicodeDecodeError:
        return {**answer, "body": base64.b64encode(response.body).decode(), "isBase64Encoded": True}


def _read_query(text: str) -> dict[str, str]:
    """Repeated values are joined by commas, as API Gateway itself does."""
    query: dict[str, str] = {}
    for name, value in parse_qsl(text, keep_blank_values=True, errors="surrogateescape"):
        query[name] = f"{query[name]},{value}" if name in query else value
    return query


def _read_body(event: HttpApiEvent, most: int) -> bytes:
    text = event.get("body") or ""
    too_large = TooLarge(f"the body is larger than {most // _MB} MB")
    if len(text) > most * 4 // 3 + 4:
        raise too_large
    try:
        body = base64.b64decode(text, validate=True) if event.get("isBase64Encoded") else text.encode()
    except (binascii.Error, ValueError):
        raise Unreadable("the body cannot be decoded") from None
    if len(body) > most:
        raise too_large
    return body
