"""Calling Unblu: the address, the user, and what each refusal means."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from urllib.parse import quote

from patchbay.accounts import Connection
from patchbay.calls import send_call
from patchbay.contract import Http, HttpRequest, HttpResponse
from patchbay.errors import (
    AuthorizationNeeded,
    DeliveryError,
    Misconfigured,
    Rejected,
    Transient,
    Uncertain,
)
from patchbay.platforms.unblu.dialect import DIALECTS, Dialect
from patchbay.platforms.unblu.places import read_entry, read_generation

_NO_ANSWER = frozenset({408, 502, 504})  #: whether the call was done behind them is not known


def authorize(connection: Connection) -> dict[str, str]:
    secrets = connection.secrets
    pair = f"{secrets.get('username')}:{secrets.get('password')}".encode()
    return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}


class Api:
    """The API of one account. Raises what concerns every call alike; other refusals are the caller's to judge.

    `repeatable` calls may be made twice without harm, so a lost answer is only Transient.
    """

    def __init__(self, connection: Connection, http: Http, generation: str = "") -> None:
        """In the account's own generation unless another one is given."""
        try:
            self.entry = read_entry(connection.settings)
            self.generation = generation or read_generation(connection.settings)
        except Misconfigured as problem:
            raise AuthorizationNeeded(str(problem)) from None
        self.dialect: Dialect = DIALECTS[self.generation]
        self.connection = connection
        self._http = http

    def get(self, *path: str, query: Mapping[str, str] | None = None) -> HttpResponse:
        url = self._url(path, query)
        return self._call(HttpRequest(method="GET", url=url, headers=self._headers()), repeatable=True)

    def post(
        self,
        *path: str,
        json: object,
        repeatable: bool,
        query: Mapping[str, str] | None = None,
        timeout: float = 10.0,
    ) -> HttpResponse:
        url = self._url(path, query)
        request = HttpRequest(method="POST", url=url, headers=self._headers(), json=json, timeout=timeout)
        return self._call(request, repeatable=repeatable)

    def delete(self, *path: str, query: Mapping[str, str] | None = None) -> HttpResponse:
        url = self._url(path, query)
        return self._call(HttpRequest(method="DELETE", url=url, headers=self._headers()), repeatable=True)

    def _headers(self) -> dict[str, str]:
        return authorize(self.connection) | {"Accept": "application/json"}

    def _call(self, request: HttpRequest, *, repeatable: bool) -> HttpResponse:
        response = send_call(self._http, request, repeatable=repeatable)
        self._refuse(response, repeatable=repeatable)
        return response

    def _refuse(self, response: HttpResponse, *, repeatable: bool) -> None:
        if response.status == 401:
            raise AuthorizationNeeded(
                "Unblu does not accept username and password: check that the user is active, then run "
                f"`patchbay connect unblu {self.connection.id} --secret username=... --secret password=...`"
            )
        if response.status in {429, 503}:
            raise Transient(f"Unblu cannot take it now (HTTP {response.status})", retry_after=response.retry_after)
        if response.status >= 500 or response.status in _NO_ANSWER:
            failure = Transient if repeatable else Uncertain
            raise failure(f"Unblu has trouble (HTTP {response.status})")

    def _url(self, path: tuple[str, ...], query: Mapping[str, str] | None) -> str:
        # A blank in a query is %20 and a plus %2B: contact ids hold both, and a bare plus would read as a blank.
        words = "&".join(f"{name}={quote(value, safe='')}" for name, value in (query or {}).items())
        steps = "/".join(quote(step, safe="") for step in path)
        return f"{self.entry}/rest/{self.generation}/{steps}" + (f"?{words}" if words else "")


def refusal(response: HttpResponse, what: str) -> DeliveryError:
    """The failure behind an answer that is no success. `what` did not work, in words.

    Unblu's own words are not told: they may quote what was sent.
    """
    if response.status == 403:
        return AuthorizationNeeded(f"Unblu does not allow it ({what}): the user needs the role ADMIN")
    return Rejected(f"Unblu refused: {what} (HTTP {response.status})", code=f"http_{response.status}")


def read_fields(response: HttpResponse) -> dict[str, object]:
    """A whole object, to be sent back with what has changed. Raises Transient when it cannot be read."""
    try:
        fields = response.read_json()
    except Uncertain as problem:
        raise Transient(str(problem)) from None
    if not isinstance(fields, dict):
        raise Transient("Unblu's answer is no object")
    return fields
