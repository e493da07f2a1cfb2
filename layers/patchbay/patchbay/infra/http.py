"""Calls to services' APIs over kept-alive connections: the `Http` port.

Failures are told apart by one question: may the service have done what was asked? Addresses, headers and bodies hold
tokens and people's words, so no message here quotes any of them, and urllib3's own ones are never passed on.
"""

from __future__ import annotations

import ipaddress
import json
import ssl
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from http.cookiejar import DefaultCookiePolicy
from threading import Lock
from typing import IO
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests_toolbelt import MultipartEncoder
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NameResolutionError, NewConnectionError

from patchbay.contract import Http, HttpRequest, HttpResponse, Upload
from patchbay.errors import DeliveryError, Misconfigured, Transient, Uncertain

CONNECT_TIMEOUT = 3.05  #: just above the time after which TCP sends its first packet again
MOST_ANSWER_BYTES = 5 * 1024 * 1024
IDLE_SECONDS = 45.0  #: shorter than the idle limit of common load balancers, so that we close first
_PIECE = 64 * 1024


class RequestsHttp(Http):
    """`local` allows plain http to this machine, for simulators."""

    def __init__(self, *, local: bool) -> None:
        self._local = local
        self._session = make_session()
        self._used_at = time.monotonic()
        self._lock = Lock()

    def send(self, request: HttpRequest) -> HttpResponse:
        check_address(request.url, local=self._local)
        self._drop_stale_connections()
        started = time.monotonic()
        try:
            with self._start(request) as answer:
                body = _read_body(answer, deadline=started + CONNECT_TIMEOUT + 2 * request.timeout)
        except requests.RequestException as error:
            raise classify(error) from None
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return HttpResponse(status=answer.status_code, headers=headers, body=body, received_at=datetime.now(UTC))

    def _start(self, request: HttpRequest) -> requests.Response:
        encoder = _encode_multipart(request.upload) if request.upload else None
        headers = dict(request.headers)
        if encoder:
            headers["Content-Type"] = encoder.content_type
        elif request.json is not None:
            headers.setdefault("Content-Type", "application/json; charset=utf-8")
        return self._session.request(
            request.method,
            request.url,
            headers=headers,
            params=dict(request.query),
            data=encoder or encode_body(request),
            timeout=(CONNECT_TIMEOUT, request.timeout),
            allow_redirects=False,
            stream=True,
        )

    def _drop_stale_connections(self) -> None:
        """A Lambda sleeps between invocations while the other side, or a NAT between, forgets the connection.

        Using such a connection fails after the request was written, which is an uncertain delivery for nothing.
        """
        with self._lock:
            now = time.monotonic()
            if now - self._used_at > IDLE_SECONDS:
                self._session.close()
            self._used_at = now


def encode_body(request: HttpRequest) -> bytes | Mapping[str, str] | None:
    """JSON as UTF-8: escaped, a Cyrillic letter takes six bytes, and services limit the bytes of a request."""
    if request.json is None:
        return request.form
    return json.dumps(request.json, ensure_ascii=False, separators=(",", ":")).encode()


def make_session() -> requests.Session:
    """Without cookies, proxies and .netrc: what is sent is what the connector says. Never retries by itself."""
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers["User-Agent"] = "Patchbay"
    session.mount("https://", HTTPAdapter(pool_maxsize=20))
    session.mount("http://", HTTPAdapter(pool_maxsize=20))
    return session


def check_address(url: str, *, local: bool) -> None:
    """Raises Misconfigured unless `url` is https, or plain http to this machine where that is allowed."""
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme == "http" and local and is_loopback(parts.hostname or ""):
        return
    raise Misconfigured("base_url must start with https:// (http:// to this machine is allowed in stage local alone)")


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def classify(error: requests.RequestException) -> DeliveryError:
    """Transient when nothing of the request can have arrived, Uncertain otherwise."""
    if isinstance(error, requests.ConnectTimeout):
        return Transient("the service could not be reached in time")
    for cause in _causes(error):
        if isinstance(cause, NameResolutionError):
            return Transient("the service's name is unknown: check base_url")
        if isinstance(cause, NewConnectionError | ConnectTimeoutError):
            return Transient("the service refused the connection")
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Transient("the service's certificate is not valid")
    if isinstance(error, requests.Timeout):
        return Uncertain("the service did not answer in time")
    return Uncertain("the connection broke before the answer came")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """What lies behind an exception: requests wraps urllib3's in arguments, urllib3 in `reason`, Python in causes."""
    seen: list[BaseException] = [error]
    for current in seen:
        yield current
        behind = (*current.args, current.__cause__, current.__context__)
        reason = current.reason if isinstance(current, MaxRetryError) else None
        seen.extend(one for one in (*behind, reason) if isinstance(one, BaseException) and one not in seen)


def _read_body(answer: requests.Response, deadline: float) -> bytes:
    body = bytearray()
    for piece in answer.iter_content(_PIECE):
        body += piece
        if len(body) > MOST_ANSWER_BYTES:
            raise Uncertain(f"the answer (HTTP {answer.status_code}) is larger than 5 MB")
        if time.monotonic() > deadline:
            raise Uncertain("the service did not finish its answer in time")
    return bytes(body)


class _Measured:
    """A stream that knows how much of it is left, which is how the encoder streams it."""

    def __init__(self, stream: IO[bytes], size: int) -> None:
        self._stream = stream
        self.len = size

    def read(self, amount: int = -1) -> bytes:
        piece = self._stream.read(self.len if amount < 0 else min(amount, self.len))
        if not piece and self.len:
            raise requests.ConnectionError("the file ended early")
        self.len -= len(piece)
        return piece


def _encode_multipart(upload: Upload) -> MultipartEncoder:
    file = (upload.name, _Measured(upload.stream, upload.size), upload.content_type)
    return MultipartEncoder(fields={upload.field_name: file})
