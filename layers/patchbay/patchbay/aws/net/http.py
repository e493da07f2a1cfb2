"""Calls to services' APIs over kept-alive connections: the `Http` port.

Failures are told apart by one question: may the service have done what was asked? Addresses, headers and bodies hold
tokens and people's words, so no message here quotes any of them, and those of the libraries are never passed on.
"""

from __future__ import annotations

import http.client
import logging
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.cookiejar import DefaultCookiePolicy
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
import urllib3
from urllib3.exceptions import MaxRetryError, NameResolutionError, NewConnectionError

from patchbay.aws.deadline import RESERVE, NoDeadline
from patchbay.aws.net.request_bodies import MultipartBody, encode_body
from patchbay.aws.net.sockets import CONNECT_TIMEOUT, Call, TimedAdapter
from patchbay.bridge.ports import Deadline
from patchbay.domain.errors import DeliveryError, Misconfigured, OutOfTime, Transient, Uncertain
from patchbay.kit.addresses import is_loopback
from patchbay.kit.contract import Http, HttpRequest, HttpResponse

if TYPE_CHECKING:
    from patchbay.aws.net.signed_requests import RequestSigner

MOST_ANSWER_BYTES = 5 * 1024 * 1024
IDLE_SECONDS = 45.0  #: shorter than the idle limit of common load balancers, so that we close first
_LEAST = 1.0  #: a call that gets less time than this is not begun: it would only end in doubt
_PIECE = 64 * 1024

#: What the libraries below raise when the other side breaks off, stalls, or answers nonsense.
NETWORK_FAILURES = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
    OSError,
    ValueError,
)

# Its warnings about odd answers quote the whole address, which may hold a token.
logging.getLogger("urllib3.connection").setLevel(logging.ERROR)


class RequestsHttp(Http):
    """`local` allows plain http to this machine, for simulators. No call works beyond what `deadline` leaves."""

    def __init__(self, *, local: bool, deadline: Deadline | None = None, signer: RequestSigner | None = None) -> None:
        """`signer` signs calls of AWS; without one they are made with the function's own role."""
        self._local = local
        self._deadline = deadline or NoDeadline()
        self._signer = signer
        self._session = make_session()
        self._used_at = time.monotonic()
        self._lock = Lock()

    def send(self, request: HttpRequest) -> HttpResponse:
        if request.aws_service:
            request = self._sign(request)
        else:
            check_address(request.url, local=self._local)
        self._drop_stale_connections()
        call = Call(allowed_seconds(request.timeout, self._deadline))
        try:
            with call.running(), start_request(self._session, request) as answer:
                body = _read_body(answer)
        except NETWORK_FAILURES as error:
            raise classify(error, sent=call.sent) from None
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return HttpResponse(status=answer.status_code, headers=headers, body=body, received_at=datetime.now(UTC))

    def _sign(self, request: HttpRequest) -> HttpRequest:
        """Loaded with the first such call: few installations make one."""
        from patchbay.aws.net.signed_requests import RequestSigner

        self._signer = self._signer or RequestSigner()
        return self._signer.sign(request)

    def _drop_stale_connections(self) -> None:
        """A Lambda sleeps between invocations while the other side, or a NAT between, forgets the connection.

        Using such a connection fails after the request was written, which is an uncertain delivery for nothing.
        """
        with self._lock:
            now = time.monotonic()
            if now - self._used_at > IDLE_SECONDS:
                self._session.close()
            self._used_at = now


class _Session(requests.Session):
    """Without cookies, proxies and .netrc: what is sent is what the connector says. Never retries by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.headers["User-Agent"] = "Patchbay"
        self.mount("https://", TimedAdapter(pool_maxsize=20))
        self.mount("http://", TimedAdapter(pool_maxsize=20))

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: `requests` would prepare the next call even where none is to follow, and fail at what is no address."""
        del resp


def make_session() -> requests.Session:
    return _Session()


def start_request(session: requests.Session, request: HttpRequest) -> requests.Response:
    """Sends it all and reads the answer up to its body."""
    body = encode_body(request)
    headers = dict(request.headers)
    if isinstance(body, MultipartBody):
        headers["Content-Type"] = body.content_type
    elif request.json is not None:
        headers.setdefault("Content-Type", "application/json; charset=utf-8")
    data: Any = body
    return session.request(
        request.method,
        request.url,
        headers=headers,
        params=dict(request.query),
        data=data,
        timeout=(CONNECT_TIMEOUT, request.timeout),
        allow_redirects=False,
        stream=True,
    )


def allowed_seconds(wanted: float, deadline: Deadline) -> float:
    """As many as are wanted, fewer when the invocation ends before. Raises OutOfTime when too few are left to begin."""
    left = deadline.seconds_left() - RESERVE
    if left < min(wanted, _LEAST):
        raise OutOfTime("the function has no time left for the call")
    return min(wanted, left)


def check_address(url: str, *, local: bool) -> None:
    """Raises Misconfigured unless `url` is https, or plain http to this machine where that is allowed."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        raise Misconfigured("base_url is not a valid URL: enter it like https://service.example") from None
    if parts.scheme == "https" and host:
        return
    if parts.scheme == "http" and local and is_loopback(host or ""):
        return
    raise Misconfigured("base_url must start with https:// (http:// to this machine is allowed on the local AWS only)")


_LATE = (TimeoutError, urllib3.exceptions.TimeoutError)
_UNSENT: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str], ...] = (
    (NameResolutionError, "the host name in base_url was not found: check base_url"),
    (ssl.SSLCertVerificationError, "the service's certificate is not valid"),
    (NewConnectionError, "the service refused the connection"),
    (_LATE, "the service could not be reached in time"),
)


def classify(error: Exception, *, sent: bool) -> DeliveryError | Misconfigured:
    """Transient when nothing of the request can have arrived, Uncertain otherwise.

    Misconfigured if nothing can ever be sent: a request cannot carry a setting or a secret.
    """
    causes = list(_causes(error))
    if sent:
        late = any(isinstance(cause, _LATE) for cause in causes)
        return Uncertain("the service did not answer in time" if late else "the connection broke before the answer")
    for kind, reason in _UNSENT:
        if any(isinstance(cause, kind) for cause in causes):
            return Transient(reason)
    if isinstance(error, requests.exceptions.InvalidHeader | UnicodeEncodeError):
        return Misconfigured(
            "a secret contains a character that a request cannot contain (a line break, a byte order "
            "mark, a letter outside Latin-1): copy the secret again, then connect again"
        )
    if isinstance(error, ValueError):
        return Misconfigured("base_url is not a valid URL: enter it like https://service.example")
    return Transient("the connection broke before anything was sent")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """What lies behind an exception: requests wraps urllib3's in arguments, urllib3 in `reason`, Python in causes."""
    seen: list[BaseException] = [error]
    for current in seen:
        yield current
        behind = (*current.args, current.__cause__, current.__context__)
        reason = current.reason if isinstance(current, MaxRetryError) else None
        seen.extend(one for one in (*behind, reason) if isinstance(one, BaseException) and one not in seen)


def _read_body(answer: requests.Response) -> bytes:
    body = bytearray()
    for piece in answer.iter_content(_PIECE):
        body += piece
        if len(body) > MOST_ANSWER_BYTES:
            raise Uncertain(f"the response (HTTP {answer.status_code}) is larger than 5 MB")
    return bytes(body)
