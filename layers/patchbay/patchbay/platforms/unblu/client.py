"""Calling Unblu: the address, the user, and what each refusal means."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from urllib.parse import quote

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import AuthorizationNeeded, DeliveryError, Misconfigured, Transient, Uncertain
from patchbay.kit.contract import Http, HttpRequest, HttpResponse
from patchbay.kit.rest import as_transient, read_or, send_call
from patchbay.kit.statuses import Meaning, Rule, Statuses
from patchbay.platforms.unblu.api_versions import DIALECTS, Dialect
from patchbay.platforms.unblu.responses import ErrorWire
from patchbay.platforms.unblu.urls import read_entry, read_generation


def is_own_error(response: HttpResponse) -> bool:
    """Whether Unblu itself has answered, and not a proxy before it."""
    return read_or(ErrorWire, response, ErrorWire()).model == "Error"


STATUSES = Statuses(
    title="Unblu",
    exceptions=(
        Rule(
            (403,),
            Meaning.REFUSED,
            "a user without the role gets it, which concerns the account, and whoever wants what nobody may do: "
            "another call tells which",
            "Unblu Web API, operations of externalmessengers",
        ),
        Rule(
            (408, *range(500, 600)),
            Meaning.LATER,
            "an `Error` of Unblu's own says that the operation was not done",
            "Unblu Web API, schema Error",
            when=is_own_error,
        ),
    ),
)


def authorize(connection: Connection) -> dict[str, str]:
    secrets = connection.secrets
    pair = f"{secrets.get('username')}:{secrets.get('password')}".encode()
    return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}


class Api:
    """The API of one account. Raises what concerns every call alike; other refusals are the caller's to judge.

    `repeatable` calls may be made twice without harm.
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
        self.channel_id = ""  #: as it was found for this call, "" when it was not needed
        self._http = http

    def get(self, *path: str, query: Mapping[str, str] | None = None, keep_for: float = 0.0) -> HttpResponse:
        url = self._url(path, query)
        return self._call(HttpRequest(method="GET", url=url, headers=self._headers(), keep_for=keep_for))

    def post(
        self,
        *path: str,
        json: object,
        repeatable: bool,
        query: Mapping[str, str] | None = None,
        timeout: float = 10.0,
        keep_for: float = 0.0,
    ) -> HttpResponse:
        request = HttpRequest(
            method="POST",
            url=self._url(path, query),
            headers=self._headers(),
            json=json,
            timeout=timeout,
            repeatable=repeatable,
            keep_for=keep_for,
        )
        return self._call(request)

    def delete(self, *path: str, query: Mapping[str, str] | None = None) -> HttpResponse:
        return self._call(HttpRequest(method="DELETE", url=self._url(path, query), headers=self._headers()))

    def _headers(self) -> dict[str, str]:
        return authorize(self.connection) | {"Accept": "application/json"}

    def _call(self, request: HttpRequest) -> HttpResponse:
        return send_call(self._http, request, STATUSES, self._explain_user)

    def _explain_user(self, response: HttpResponse) -> str:
        return (
            f"Unblu does not accept username and password (HTTP {response.status}): check that the user is active, "
            f"then run `patchbay connect unblu {self.connection.id} --secret username=... --secret password=...`"
        )

    def _url(self, path: tuple[str, ...], query: Mapping[str, str] | None) -> str:
        # A blank in a query is %20 and a plus %2B: contact ids hold both, and a bare plus would read as a blank.
        words = "&".join(f"{name}={quote(value, safe='')}" for name, value in (query or {}).items())
        steps = "/".join(quote(step, safe="") for step in path)
        return f"{self.entry}/rest/{self.generation}/{steps}" + (f"?{words}" if words else "")


def refusal(response: HttpResponse, what: str) -> DeliveryError:
    """The failure behind an answer that is no success. `what` did not work, in words."""
    if response.status == 403:
        return AuthorizationNeeded(f"Unblu does not allow it ({what}): the user needs the role ADMIN")
    return STATUSES.refuse(response, what)


def read_fields(response: HttpResponse) -> dict[str, object]:
    """A whole object, to be sent back with what has changed. Raises Transient when it cannot be read."""
    try:
        fields = response.read_json()
    except Uncertain as failure:
        raise as_transient(failure) from None
    if not isinstance(fields, dict):
        raise Transient("Unblu's answer is no object")
    return fields
