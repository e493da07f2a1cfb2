"""Fetching an attachment piece by piece from an address that a stranger gave us."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import SplitResult, urljoin

import requests
from urllib3.exceptions import HTTPError

from patchbay.characters import read_whole_number
from patchbay.contract import HttpRequest
from patchbay.errors import MediaRefused, Transient
from patchbay.infra.guard import GuardedAdapter, check_url
from patchbay.infra.http import CONNECT_TIMEOUT, classify, encode_body, make_session

MOST_REDIRECTS = 3
MOST_SECONDS = 40.0  #: for one file: well within the time of the function that waits for it
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_GONE = "the attachment is not there any more (HTTP {status})"


class Download:
    """An attachment that is coming in. `read` gives exactly what was asked for until the end, as uploads in parts want.

    Raises MediaRefused beyond `max_bytes`, whatever the service said about the size, and Transient when it breaks off.
    """

    def __init__(self, answer: requests.Response, max_bytes: int) -> None:
        self._answer = answer
        self._max_bytes = max_bytes
        self._deadline = time.monotonic() + MOST_SECONDS
        self._ahead = b""
        self.content_type = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        self.size = 0  #: bytes handed out so far

    def peek(self, amount: int) -> bytes:
        """The first bytes, which are read again afterwards."""
        self._ahead = self._fill(amount)
        return self._ahead

    def read(self, amount: int = -1) -> bytes:
        if amount < 0:
            amount = self._max_bytes + 1
        piece = self._fill(amount)
        self._ahead = self._ahead[len(piece) :] if len(piece) < len(self._ahead) else b""
        self.size += len(piece)
        if self.size > self._max_bytes:
            raise _too_large(self._max_bytes)
        return piece

    def _fill(self, amount: int) -> bytes:
        """Up to `amount` bytes from the front, less only at the end of the file."""
        if len(self._ahead) >= amount:
            return self._ahead[:amount]
        piece = bytearray(self._ahead)
        while len(piece) < amount:
            more = self._receive(min(amount - len(piece), 256 * 1024))
            if not more:
                break
            piece += more
        return bytes(piece)

    def _receive(self, amount: int) -> bytes:
        if time.monotonic() > self._deadline:
            raise Transient("the attachment came too slowly")
        try:
            return self._answer.raw.read(amount, decode_content=True)
        except (HTTPError, OSError):
            raise Transient("the connection broke while the attachment came") from None


class Downloader:
    def __init__(self, *, local: bool) -> None:
        self._local = local
        self._session = make_session()
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, GuardedAdapter(local=local))
        # As it is: a decompressed size cannot be told before, and files are compressed already.
        self._session.headers["Accept-Encoding"] = "identity"

    @contextmanager
    def open(self, request: HttpRequest, max_bytes: int) -> Iterator[Download]:
        """Raises MediaRefused (forbidden address, too large, gone) or Transient: asking again does no harm."""
        answer = self._follow(request)
        try:
            _check(answer, max_bytes)
            yield Download(answer, max_bytes)
        finally:
            answer.close()

    def _follow(self, request: HttpRequest) -> requests.Response:
        for _ in range(MOST_REDIRECTS + 1):
            parts = check_url(request.url, local=self._local)
            answer = self._get(request)
            target = answer.headers.get("Location", "")
            if answer.status_code not in _REDIRECTS or not target:
                return answer
            answer.close()
            request = _redirect(request, parts, urljoin(request.url, target), local=self._local)
        raise MediaRefused("the attachment's address leads in circles")

    def _get(self, request: HttpRequest) -> requests.Response:
        try:
            return self._session.request(
                request.method,
                request.url,
                headers={"Content-Type": "application/json", **request.headers} if request.json else request.headers,
                params=dict(request.query),
                data=encode_body(request),
                timeout=(CONNECT_TIMEOUT, request.timeout),
                allow_redirects=False,
                stream=True,
            )
        except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema):
            raise MediaRefused("the attachment's address cannot be read") from None
        except requests.RequestException as error:
            raise Transient(f"the attachment cannot be fetched: {classify(error)}") from None


def _redirect(request: HttpRequest, parts: SplitResult, target: str, *, local: bool) -> HttpRequest:
    """The next request. Another origin gets no header of the connector's: any of them may be a credential."""
    other = check_url(target, local=local)
    same = (other.scheme, other.hostname, other.port) == (parts.scheme, parts.hostname, parts.port)
    headers: Mapping[str, str] = request.headers if same else {}
    return replace(request, method="GET", url=target, headers=headers, query={}, json=None, form=None, upload=None)


def _check(answer: requests.Response, max_bytes: int) -> None:
    status = answer.status_code
    if status == 429 or status >= 500:
        given = answer.headers.get("Retry-After", "")
        raise Transient(f"the attachment cannot be fetched now (HTTP {status})", read_whole_number(given))
    if status in {401, 403}:
        raise MediaRefused(f"the attachment's address has expired or may not be read (HTTP {status})")
    if status != 200:
        raise MediaRefused(_GONE.format(status=status))
    length = answer.headers.get("Content-Length", "")
    if (read_whole_number(length) or 0) > max_bytes:
        raise _too_large(max_bytes)


def _too_large(max_bytes: int) -> MediaRefused:
    return MediaRefused(f"the attachment is larger than {max_bytes / 1_000_000:.0f} MB")
