"""Calling Giosg: in the organization's name, with its token, or in the customer's; and what each refusal means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import quote, urlsplit

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import AuthorizationNeeded, Misconfigured, Rejected, Transient
from patchbay.kit.contract import Http, HttpRequest, HttpResponse
from patchbay.kit.rest import send_call
from patchbay.kit.schemas import Wire
from patchbay.kit.statuses import Meaning, Rule, Statuses
from patchbay.platforms.giosg.responses import read_list
from patchbay.platforms.giosg.spec import TOKENS
from patchbay.platforms.giosg.urls import read_entry

_MOST_PAGES = 50
TOO_LONG = "too_long"
_DONE_FOR = 120.0  #: seconds
_ASIDE = 3.0  #: seconds; after the first call that fails no other is made
_CLOSED = "Giosg does not let customers in: check organization_id and the feature Live"

#: Calls in the organization's name, with its token; in a customer's name; in nobody's.
STATUSES = Statuses(title="Giosg", calls="in the organization's name")
CUSTOMERS = Statuses(
    title="Giosg",
    calls="in a customer's name",
    exceptions=(
        Rule(
            (403,),
            Meaning.REFUSED,
            "no status is documented for a chat that has ended or is another visitor's, nor for a room where nobody "
            "is: the chat or the room is looked at, and a token that is refused is 401",
            "docs.giosg.com, Giosg Public HTTP API",
        ),
    ),
)
NOBODYS = STATUSES.anonymous

refusal = STATUSES.refuse


def authorize(connection: Connection) -> dict[str, str]:
    return {"Authorization": f"Token {connection.secrets.get('api_token')}"}


class Api:
    """The API of one organization. Raises what concerns every call alike; other refusals are the caller's to judge.

    `as_contact` calls are made in the customer's name, the others in the organization's. `repeatable` ones may be made
    twice without harm.
    """

    def __init__(self, connection: Connection, http: Http) -> None:
        try:
            self._entry = read_entry(connection.settings)
        except Misconfigured as problem:
            raise AuthorizationNeeded(str(problem)) from None
        self.connection = connection
        self.organization = connection.setting("organization_id").strip().lower()
        self.room = connection.setting("room_id").strip().lower()
        self._http = http

    def get(self, *path: str, as_contact: bool = False, query: Mapping[str, str] | None = None) -> HttpResponse:
        return self._get(self._url(path), as_contact=as_contact, query=query or {})

    def post(self, *path: str, json: object, repeatable: bool, as_contact: bool = False) -> HttpResponse:
        return self._change("POST", path, json, repeatable=repeatable, as_contact=as_contact)

    def post_once(self, *path: str, json: object, as_contact: bool = False, afresh: bool = False) -> HttpResponse:
        """What need not be done again a moment later: an opening that is tried again goes on where it stopped."""
        keep_for = 0.0 if afresh else _DONE_FOR
        return self._change("POST", path, json, repeatable=True, as_contact=as_contact, keep_for=keep_for)

    def post_aside(self, *path: str, json: object) -> HttpResponse:
        """What a message can do without, and waits for a moment only."""
        return self._change("POST", path, json, repeatable=True, as_contact=False, keep_for=_DONE_FOR, timeout=_ASIDE)

    def patch(self, *path: str, json: object, as_contact: bool = False) -> HttpResponse:
        return self._change("PATCH", path, json, repeatable=True, as_contact=as_contact)

    def post_openly(self, *path: str, json: object) -> HttpResponse:
        """In nobody's name."""
        request = HttpRequest(method="POST", url=self._url(path), headers=_headers(), json=json, repeatable=True)
        return self._call(request, NOBODYS)

    def get_with(self, authorization: str, *path: str) -> HttpResponse:
        """In the name of the visitor whose it is."""
        headers = _headers() | {"Authorization": authorization}
        return self._call(HttpRequest(method="GET", url=self._url(path), headers=headers), NOBODYS)

    def list_all[W: Wire](
        self,
        model: type[W],
        *path: str,
        as_contact: bool = False,
        query: Mapping[str, str] | None = None,
        whole: bool = False,
    ) -> Iterator[W]:
        """Everything, page by page as it is wanted. Raises `refusal` for a list that is not given.

        `whole`: raises Rejected with `TOO_LONG` where there is more than we read.
        """
        response = self.get(*path, as_contact=as_contact, query=query)
        for _ in range(_MOST_PAGES):
            if not response.ok:
                raise refusal(response, "reading a list")
            items, following = read_list(model, response)
            yield from items
            if not following:
                return
            response = self._get(self._localize(following), as_contact=as_contact, query={})
        if whole:
            raise Rejected("Giosg's list is longer than Patchbay reads", code=TOO_LONG)

    def _localize(self, following: str) -> str:
        """The next page at the address that we know: credentials go nowhere else, whatever the answer says."""
        try:
            address = urlsplit(following)
        except ValueError:
            raise Transient("Giosg's next page is at no address") from None
        origin = urlsplit(self._entry)
        return f"{origin.scheme}://{origin.netloc}{address.path}?{address.query}"

    def _get(self, url: str, *, as_contact: bool, query: Mapping[str, str]) -> HttpResponse:
        headers = self._headers(as_contact=as_contact)
        return self._call(HttpRequest(method="GET", url=url, headers=headers, query=query, as_contact=as_contact))

    def _change(
        self,
        method: str,
        path: tuple[str, ...],
        json: object,
        *,
        repeatable: bool,
        as_contact: bool,
        keep_for: float = 0.0,
        timeout: float = 10.0,
    ) -> HttpResponse:
        request = HttpRequest(
            method=method,
            url=self._url(path),
            headers=self._headers(as_contact=as_contact),
            json=json,
            as_contact=as_contact,
            repeatable=repeatable,
            keep_for=keep_for,
            timeout=timeout,
        )
        return self._call(request)

    def _call(self, request: HttpRequest, statuses: Statuses = STATUSES) -> HttpResponse:
        if request.as_contact:
            return send_call(self._http, request, CUSTOMERS, lambda _response: _CLOSED)
        return send_call(self._http, request, statuses, lambda _response: explain_token(self.connection))

    def _headers(self, *, as_contact: bool) -> dict[str, str]:
        """Who speaks as the customer is none of our business: the core puts their pass on."""
        return _headers() if as_contact else _headers() | authorize(self.connection)

    def _url(self, path: tuple[str, ...]) -> str:
        return f"{self._entry}/api/v5/{'/'.join(quote(step, safe='') for step in path)}"


def explain_token(connection: Connection) -> str:
    return (
        "Giosg does not accept api_token: it was taken back, its user is gone, or may not see the organization's "
        f"chats. Make one under {TOKENS}, then run `patchbay connect giosg {connection.id} --secret api_token=...`"
    )


def _headers() -> dict[str, str]:
    return {"Accept": "application/json"}
