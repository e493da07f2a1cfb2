"""Calling a service's REST API: what every connector does in the same way, whatever its service answers.

A connector's own client holds facts only: addresses, headers, and what the service's refusals mean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypedDict, Unpack

from patchbay.domain.accounts import Connection, Settings
from patchbay.domain.errors import AuthorizationNeeded, Misconfigured, Rejected, Transient, Uncertain, Unreadable
from patchbay.domain.model import Attachment
from patchbay.kit.addresses import is_own, resolve_link, write_url
from patchbay.kit.contract import Http, HttpRequest, HttpResponse, Upload
from patchbay.kit.schemas import Wire, read_wire
from patchbay.kit.statuses import Statuses


class Options(TypedDict, total=False):
    """What a call may say besides where it goes: see `HttpRequest`."""

    json: object
    form: Mapping[str, str]
    upload: Upload
    uploads: Sequence[Upload]
    timeout: float
    keep_for: float


class RestClient:
    """One API of a service, called with one set of credentials.

    Each call returns a success, or a refusal that the caller must look at. Raises Transient, Uncertain or
    AuthorizationNeeded.
    """

    def __init__(
        self,
        http: Http,
        base_url: str,
        *,
        headers: Mapping[str, str],
        statuses: Statuses,
        explain: Callable[[HttpResponse], str],
        as_contact: bool = False,
    ) -> None:
        """`headers` hold the credentials; `explain` says what the owner must do when they are refused.

        `as_contact`: the core adds the token of the contact.
        """
        self.base_url = base_url
        self._http = http
        # Without Accept some services answer failures with pages and redirects.
        self._headers = {"Accept": "application/json", **headers}
        self._statuses = statuses
        self._explain = explain
        self._as_contact = as_contact

    def get(self, *path: str, query: Mapping[str, str] | None = None, **options: Unpack[Options]) -> HttpResponse:
        return self._call("GET", write_url(self.base_url, *path, query=query), **options)

    def follow(self, link: str) -> HttpResponse | None:
        """The next page, whose address is in an answer. None for a link to another server."""
        url = resolve_link(link, self.base_url)
        return None if url is None else self._call("GET", url)

    def post(
        self, *path: str, repeatable: bool, query: Mapping[str, str] | None = None, **options: Unpack[Options]
    ) -> HttpResponse:
        url = write_url(self.base_url, *path, query=query)
        return self._call("POST", url, repeatable=repeatable, **options)

    def put(self, *path: str, **options: Unpack[Options]) -> HttpResponse:
        return self._call("PUT", write_url(self.base_url, *path), **options)

    def patch(self, *path: str, repeatable: bool, **options: Unpack[Options]) -> HttpResponse:
        return self._call("PATCH", write_url(self.base_url, *path), repeatable=repeatable, **options)

    def delete(self, *path: str, query: Mapping[str, str] | None = None) -> HttpResponse:
        return self._call("DELETE", write_url(self.base_url, *path, query=query))

    def _call(self, method: str, url: str, *, repeatable: bool = False, **options: Unpack[Options]) -> HttpResponse:
        request = HttpRequest(
            method=method,
            url=url,
            headers=self._headers,
            as_contact=self._as_contact,
            repeatable=repeatable,
            **options,
        )
        return self.send(request)

    def send(self, request: HttpRequest) -> HttpResponse:
        """Where a second call does no harm, one that may have been done is just tried again."""
        try:
            response = self._http.send(request)
        except Uncertain as failure:
            if request.may_repeat:
                raise as_transient(failure) from None
            raise
        return self._statuses.check(request, response, self._explain)


def request_file(
    attachment: Attachment,
    connection: Connection,
    read_base_url: Callable[[Settings], str],
    authorize: Callable[[Connection], Mapping[str, str]],
) -> HttpRequest:
    """The request for a file. Only the service's own server gets the credentials: files also lie on storage hosts."""
    url = attachment.url or ""
    own = is_own(url, connection.settings, read_base_url)
    return HttpRequest(method="GET", url=url, headers=authorize(connection) if own else {})


@contextmanager
def reading_settings() -> Iterator[None]:
    """Around the settings that a call needs: messages wait until the owner has corrected them."""
    try:
        yield
    except Misconfigured as problem:
        raise AuthorizationNeeded(str(problem)) from None


def as_transient(failure: Uncertain) -> Transient:
    """The same failure of a call that may be made once more."""
    return Transient(str(failure), failure.retry_after)


@contextmanager
def looking_up() -> Iterator[None]:
    """Around the calls that find out whether a message has arrived: whatever goes wrong with them is no answer.

    A refusal of the question must not be taken for a refusal of the message, which may have arrived.
    """
    try:
        yield
    except Uncertain as failure:
        raise as_transient(failure) from None
    except Rejected as refusal:
        raise Transient(f"could not find out whether the message arrived: {refusal}") from None


def read_answer[W: Wire](model: type[W], response: HttpResponse) -> W:
    """The answer of a call that may be repeated. Raises Transient when it cannot be read."""
    try:
        return read_wire(model, response.body)
    except Unreadable as problem:
        raise Transient(f"the service's response is {problem}") from None


def read_or[W: Wire](model: type[W], response: HttpResponse, otherwise: W) -> W:
    """The answer of a call that has worked already, so that an empty or odd body changes nothing."""
    try:
        return read_wire(model, response.body)
    except Unreadable:
        return otherwise
