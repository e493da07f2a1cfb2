"""API Gateway's HTTP API events (payload 2.0), converted at the edge: the core never sees one."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NotRequired, TypedDict
from urllib.parse import parse_qsl, unquote

from patchbay.contract import WebhookRequest, WebhookResponse
from patchbay.errors import TooLarge, Unreadable
from patchbay.headers import complete

MOST_BODY_BYTES = 1024 * 1024  #: a hundred times the largest documented webhook


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


def read_request(event: HttpApiEvent, received_at: datetime) -> WebhookRequest:
    """Raises TooLarge, and Unreadable for a body that is not the base64 it claims to be."""
    parameters = event.get("pathParameters") or {}
    tail = parameters.get("proxy", "")  # SAM's permissions know no other name for the rest of a path
    return WebhookRequest(
        method=event["requestContext"]["http"]["method"],
        tail=tuple(unquote(step) for step in tail.split("/")) if tail else (),
        query=_read_query(event.get("rawQueryString", "")),
        headers={name.lower(): value for name, value in event.get("headers", {}).items()},
        body=_read_body(event),
        received_at=received_at,
        source=read_source(event),
    )


def read_parameter(event: HttpApiEvent, name: str) -> str:
    """A path parameter, "" when there is none."""
    return unquote((event.get("pathParameters") or {}).get(name, ""))


def read_source(event: HttpApiEvent) -> str:
    """The caller's network address as API Gateway saw it: what a caller claims in a header proves nothing."""
    return event["requestContext"]["http"].get("sourceIp", "")


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


def _read_body(event: HttpApiEvent) -> bytes:
    text = event.get("body") or ""
    if len(text) > MOST_BODY_BYTES * 4 // 3 + 4:
        raise TooLarge("the body is larger than 1 MB")
    try:
        body = base64.b64decode(text, validate=True) if event.get("isBase64Encoded") else text.encode()
    except (binascii.Error, ValueError):
        raise Unreadable("the body cannot be decoded") from None
    if len(body) > MOST_BODY_BYTES:
        raise TooLarge("the body is larger than 1 MB")
    return body
