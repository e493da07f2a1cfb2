"""Fetching an attachment piece by piece from an address that a stranger gave us."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import SplitResult, quote, urljoin

import requests

from patchbay.aws.deadline import NoDeadline
from patchbay.aws.net.http import NETWORK_FAILURES, allowed_seconds, classify, make_session, start_request
from patchbay.aws.net.sockets import Call
from patchbay.aws.net.ssrf import GuardedAdapter, check_url
from patchbay.bridge.ports import Deadline
from patchbay.domain.characters import read_whole_number
from patchbay.domain.errors import MediaMissing, MediaRefused, Misconfigured, Transient
from patchbay.kit.contract import HttpRequest, HttpResponse
from patchbay.kit.statuses import read_retry_after

MOST_REDIRECTS = 3
MOST_SECONDS = 40.0  #: for one file: well within the time of the function that waits for it
_LONGEST_ADDRESS = 8000  #: characters; what presigned addresses need at most, several times over
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SPACE = "".join(map(chr, range(0x21)))  #: what browsers drop around an address
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))


class Download:
    """An attachment that is coming in. `read` gives exactly what was asked for until the end, as uploads in parts want.

    Raises MediaRefused beyond `max_bytes`, whatever the service said about the size, and Transient when it breaks off
    or takes too long.
    """

    def __init__(self, answer: requests.Response, call: Call, max_bytes: int) -> None:
        self._answer = answer
        self._call = call
        self._max_bytes = max_bytes
        self._ahead = b""
        self.url = answer.url or ""  #: where redirects led to
        self.content_type = answer.headers.get("Content-Type", "")
        self.disposition = answer.headers.get("Content-Disposition", "")
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
            raise too_large(self._max_bytes)
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
        try:
            with self._call.running():
                self._call.seconds_left()
                return self._answer.raw.read(amount, decode_content=True)
        except NETWORK_FAILURES:
            raise Transient(_describe_break(self._call)) from None


class Downloader:
    """No file takes longer than `deadline` leaves."""

    def __init__(self, *, local: bool, deadline: Deadline | None = None) -> None:
        self._local = local
        self._deadline = deadline or NoDeadline()
        self._session = make_session()
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, GuardedAdapter(local=local))
        # As it is: a decompressed size cannot be told before, and files are compressed already.
        self._session.headers["Accept-Encoding"] = "identity"

    @contextmanager
    def open(self, request: HttpRequest, max_bytes: int) -> Iterator[Download]:
        """Raises MediaRefused (forbidden address, too large, gone) or Transient: asking again does no harm.

        `request.timeout` is the most seconds until an answer begins; a whole file may take MOST_SECONDS.
        """
        call = Call(allowed_seconds(MOST_SECONDS, self._deadline))
        answer = self._follow(replace(request, url=request.url.strip(_SPACE)), call)
        try:
            check_answer(answer.status_code, answer.headers, max_bytes)
            yield Download(answer, call, max_bytes)
        finally:
            answer.close()

    def _follow(self, request: HttpRequest, call: Call) -> requests.Response:
        for _ in range(MOST_REDIRECTS + 1):
            # A connector adds headers for its own service's server only, which the owner named together with its port.
            own_port = check_url(request.url, local=True).port if request.headers else None
            parts = check_url(request.url, local=self._local, own_port=own_port)
            answer = self._get(request, call)
            target = _read_location(answer)
            if answer.status_code not in _REDIRECTS or not target:
                return answer
            answer.close()
            request = _redirect(request, parts, target)
        raise MediaRefused("the attachment's URL redirects too many times")

    def _get(self, request: HttpRequest, call: Call) -> requests.Response:
        if len(request.url) > _LONGEST_ADDRESS:
            raise MediaRefused("the attachment's URL is too long")
        attempt = Call(request.timeout, within=call)
        try:
            with attempt.running():
                return start_request(self._session, request)
        except NETWORK_FAILURES as error:
            problem = classify(error, sent=attempt.sent)
            if isinstance(problem, Misconfigured):
                raise MediaRefused("the attachment's URL is not valid") from None
            raise Transient(f"the attachment cannot be downloaded: {problem}") from None


def _describe_break(call: Call) -> str:
    try:
        call.seconds_left()
    except TimeoutError:
        return "the download of the attachment was too slow"
    return "the connection broke while the attachment was downloaded"


def _read_location(answer: requests.Response) -> str:
    """Where a redirect leads, "" for nowhere. As browsers do, UTF-8 is taken for what it is and other bytes as such."""
    said = answer.headers.get("Location", "").strip(_SPACE)
    if said.isascii():
        return said
    raw = said.encode("latin-1", "replace")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return quote(raw, safe=_PRINTABLE)


def _redirect(request: HttpRequest, parts: SplitResult, target: str) -> HttpRequest:
    """The next request. Another origin gets no header of the connector's: any of them may be a credential."""
    try:
        url = urljoin(request.url, target)
    except ValueError:
        raise MediaRefused("the attachment's URL redirects to an invalid URL") from None
    other = check_url(url, local=True)  # the caller judges it
    same = (other.scheme, other.hostname, other.port) == (parts.scheme, parts.hostname, parts.port)
    headers: Mapping[str, str] = request.headers if same else {}
    return replace(
        request, method="GET", url=url, headers=headers, query={}, json=None, form=None, upload=None, uploads=()
    )


def check_answer(status: int, headers: Mapping[str, str], max_bytes: int) -> None:
    """Raises MediaRefused or Transient unless the file comes, as far as the head of the answer says.

    Header names in lower case, or in a mapping that does not mind.
    """
    if status == 429 or status >= 500:
        said = HttpResponse(status=status, headers={name: headers.get(name, "") for name in ("retry-after", "date")})
        raise Transient(f"the attachment cannot be downloaded now (HTTP {status})", read_retry_after(said))
    if status in {401, 403}:
        raise MediaRefused(f"the attachment's URL has expired or is not accessible (HTTP {status})", status)
    if status == 404:
        raise MediaMissing("the attachment was not found (HTTP 404)", status)
    if status != 200:
        raise MediaRefused(f"the attachment is no longer available (HTTP {status})", status)
    if (read_whole_number(headers.get("content-length", "")) or 0) > max_bytes:
        raise too_large(max_bytes)


def too_large(max_bytes: int) -> MediaRefused:
    return MediaRefused(f"the attachment is larger than {max_bytes / 1_000_000:.0f} MB")
