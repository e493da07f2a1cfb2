"""Calling vcita: the token, and what each refusal means."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import AuthorizationNeeded, Misconfigured, Rejected, Unreadable
from patchbay.kit.contract import Http, HttpRequest, HttpResponse
from patchbay.kit.rest import send_call
from patchbay.kit.schemas import read_wire
from patchbay.kit.statuses import Statuses
from patchbay.platforms.vcita.problems import read_problem
from patchbay.platforms.vcita.responses import AnswerWire, DataWire
from patchbay.platforms.vcita.urls import read_places

STATUSES = Statuses(title="vcita", calls="with a token")
ANONYMOUS = STATUSES.anonymous


class Api:
    """vcita's APIs with one token. Raises what concerns every call alike; other refusals are the caller's to judge.

    `repeatable` calls may be made twice without harm.
    """

    def __init__(self, connection: Connection, http: Http, token: str | None = None) -> None:
        """`token` is the business's own unless another is given; "" calls without any."""
        try:
            self.places = read_places(connection)
        except Misconfigured as problem:
            raise AuthorizationNeeded(str(problem)) from None
        self._connection = connection
        self._token = connection.secrets.get("access_token") if token is None else token
        self._anonymous = token == ""
        self._http = http

    @property
    def business_uid(self) -> str:
        return self._connection.setting("business_uid")

    @property
    def channel_uid(self) -> str:
        return self._connection.setting("channel_uid")

    def get(self, base: str, *steps: str, query: Mapping[str, str] | None = None) -> HttpResponse:
        request = HttpRequest(
            method="GET", url=_join(base, steps), headers=self._headers(), query=query or {}, timeout=8.0
        )
        return self._call(request)

    def post(self, base: str, *steps: str, json: object, repeatable: bool) -> HttpResponse:
        url, headers = _join(base, steps), self._headers()
        return self._call(HttpRequest(method="POST", url=url, headers=headers, json=json, repeatable=repeatable))

    def put(self, base: str, *steps: str, json: object) -> HttpResponse:
        return self._call(HttpRequest(method="PUT", url=_join(base, steps), headers=self._headers(), json=json))

    def _headers(self) -> dict[str, str]:
        accept = {"Accept": "application/json"}
        return accept | {"Authorization": f"Bearer {self._token}"} if self._token else accept

    def _call(self, request: HttpRequest) -> HttpResponse:
        return send_call(self._http, request, ANONYMOUS if self._anonymous else STATUSES, _explain_refused_token)


def refusal(response: HttpResponse, what: str) -> Rejected:
    """The failure behind an answer that is no success. `what` did not work, in words."""
    problem = read_problem(response)
    return STATUSES.refuse(response, what, problem.describe(), code=next(iter(problem.codes), ""))


def read_data(response: HttpResponse) -> DataWire:
    """What is inside the envelope; nothing for an empty or odd answer of a call that has worked."""
    try:
        return read_wire(AnswerWire, response.body).data
    except Unreadable:
        return DataWire()


def _explain_refused_token(response: HttpResponse) -> str:
    if read_problem(response).says("Unauthorized"):
        # vcita: without the number the token is fine, and is another business's or of the wrong kind.
        return (
            "vcita's token is for another business, or of a kind that may not do this: "
            "check business_uid, and that the token was made for the communication app"
        )
    return "vcita does not accept the token: the business must give its consent again, or connect with a new token"


def _join(base: str, steps: tuple[str, ...]) -> str:
    return "/".join((base, *(quote(step, safe="") for step in steps)))
