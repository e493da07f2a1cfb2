"""Calling vcita: the token, and what each refusal means."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from patchbay.accounts import Connection
from patchbay.calls import send_call
from patchbay.contract import Http, HttpRequest, HttpResponse
from patchbay.errors import AuthorizationNeeded, Misconfigured, Rejected, Transient, Uncertain, Unreadable
from patchbay.platforms.vcita.answers import AnswerWire, DataWire
from patchbay.platforms.vcita.places import read_places
from patchbay.platforms.vcita.problems import Problem, read_problem
from patchbay.wire import read_wire

_NO_ANSWER = frozenset({408, 504})  #: whether the call was done behind them is not known


class Api:
    """vcita's APIs with one token. Raises what concerns every call alike; other refusals are the caller's to judge.

    `repeatable` calls may be made twice without harm, so a lost answer is only Transient.
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
        return self._call(request, repeatable=True)

    def post(self, base: str, *steps: str, json: object, repeatable: bool) -> HttpResponse:
        request = HttpRequest(method="POST", url=_join(base, steps), headers=self._headers(), json=json)
        return self._call(request, repeatable=repeatable)

    def put(self, base: str, *steps: str, json: object) -> HttpResponse:
        request = HttpRequest(method="PUT", url=_join(base, steps), headers=self._headers(), json=json)
        return self._call(request, repeatable=True)

    def _headers(self) -> dict[str, str]:
        accept = {"Accept": "application/json"}
        return accept | {"Authorization": f"Bearer {self._token}"} if self._token else accept

    def _call(self, request: HttpRequest, *, repeatable: bool) -> HttpResponse:
        response = send_call(self._http, request, repeatable=repeatable)
        self._refuse(response, repeatable=repeatable)
        return response

    def _refuse(self, response: HttpResponse, *, repeatable: bool) -> None:
        if response.status in {401, 403} and not self._anonymous:
            raise AuthorizationNeeded(_explain_refused_token(read_problem(response)))
        if response.status == 429:
            raise Transient("vcita asks for fewer calls", retry_after=response.retry_after)
        if response.status in _NO_ANSWER and not repeatable:
            raise Uncertain(f"vcita did not answer in time (HTTP {response.status})")
        if response.status >= 500 or response.status in _NO_ANSWER:
            raise Transient(f"vcita has trouble (HTTP {response.status})", retry_after=response.retry_after)


def refusal(response: HttpResponse, what: str) -> Rejected:
    """The failure behind an answer that is no success. `what` did not work, in words."""
    problem = read_problem(response)
    details = ", ".join(filter(None, (f"HTTP {response.status}", problem.describe())))
    return Rejected(f"vcita refused: {what} ({details})", code=next(iter(problem.codes), f"http_{response.status}"))


def read_data(response: HttpResponse) -> DataWire:
    """What is inside the envelope; nothing for an empty or odd answer of a call that has worked."""
    try:
        return read_wire(AnswerWire, response.body).data
    except Unreadable:
        return DataWire()


def _explain_refused_token(problem: Problem) -> str:
    if problem.says("Unauthorized"):
        # vcita: without the number the token is fine, and is another business's or of the wrong kind.
        return (
            "vcita's token is for another business, or of a kind that may not do this: "
            "check business_uid, and that the token was made for the communication app"
        )
    return "vcita does not accept the token: the business must give its consent again, or connect with a new token"


def _join(base: str, steps: tuple[str, ...]) -> str:
    return "/".join((base, *(quote(step, safe="") for step in steps)))
