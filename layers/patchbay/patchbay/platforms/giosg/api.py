"""Calling Giosg: in the organization's name, with its token, or in the customer's; and what each refusal means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import quote, urlsplit

from patchbay.accounts import Connection
from patchbay.calls import send_call
from patchbay.contract import Http, HttpRequest, HttpResponse
from patchbay.errors import AuthorizationNeeded, DeliveryError, Misconfigured, Rejected, Transient, Uncertain
from patchbay.platforms.giosg.answers import read_list
from patchbay.platforms.giosg.places import read_entry
from patchbay.platforms.giosg.traits import TOKENS
from patchbay.wire import Wire

_NO_ANSWER = frozenset({408, 502, 504})  #: whether the call was done behind them is not known
_MOST_PAGES = 50


def authorize(connection: Connection) -> dict[str, str]:
    return {"Authorization": f"Token {connection.secrets.get('api_token')}"}


class Api:
    """The API of one organization. Raises what concerns every call alike; other refusals are the caller's to judge.

    `as_contact` calls are made in the customer's name, the others in the organization's. `repeatable` ones may be made
    twice without harm, so a lost answer is only Transient.
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

    def patch(self, *path: str, json: object, as_contact: bool = False) -> HttpResponse:
        return self._change("PATCH", path, json, repeatable=True, as_contact=as_contact)

    def post_openly(self, *path: str, json: object) -> HttpResponse:
        """In nobody's name."""
        request = HttpRequest(method="POST", url=self._url(path), headers=_headers(), json=json)
        response = send_call(self._http, request, repeatable=True)
        _await_calm(response, repeatable=True)
        return response

    def get_with(self, authorization: str, *path: str) -> HttpResponse:
        """In the name of the visitor whose it is."""
        headers = _headers() | {"Authorization": authorization}
        response = send_call(
            self._http, HttpRequest(method="GET", url=self._url(path), headers=headers), repeatable=True
        )
        _await_calm(response, repeatable=True)
        return response

    def list_all[W: Wire](
        self, model: type[W], *path: str, as_contact: bool = False, query: Mapping[str, str] | None = None
    ) -> Iterator[W]:
        """Everything, page by page as it is wanted. Raises `refusal` for a list that is not given."""
        response = self.get(*path, as_contact=as_contact, query=query)
        for _ in range(_MOST_PAGES):
            if not response.ok:
                raise refusal(response, "reading a list")
            items, following = read_list(model, response)
            yield from items
            if not following:
                return
            response = self._get(self._localize(following), as_contact=as_contact, query={})

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
        request = HttpRequest(method="GET", url=url, headers=headers, query=query, as_contact=as_contact)
        return self._call(request, repeatable=True)

    def _change(
        self, method: str, path: tuple[str, ...], json: object, *, repeatable: bool, as_contact: bool
    ) -> HttpResponse:
        headers = self._headers(as_contact=as_contact)
        request = HttpRequest(method=method, url=self._url(path), headers=headers, json=json, as_contact=as_contact)
        return self._call(request, repeatable=repeatable)

    def _call(self, request: HttpRequest, *, repeatable: bool) -> HttpResponse:
        response = send_call(self._http, request, repeatable=repeatable)
        if response.status == 401 and request.as_contact:
            raise AuthorizationNeeded("Giosg does not let customers in: check organization_id and the feature Live")
        if response.status in {401, 403} and not request.as_contact:
            raise AuthorizationNeeded(explain_token(self.connection))
        _await_calm(response, repeatable=repeatable)
        return response

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


def refusal(response: HttpResponse, what: str) -> DeliveryError:
    """The failure behind an answer that is no success. `what` did not work, in words.

    Giosg's own words are not told: they may quote what was sent.
    """
    return Rejected(f"Giosg refused: {what} (HTTP {response.status})", code=f"http_{response.status}")


def _headers() -> dict[str, str]:
    return {"Accept": "application/json"}


def _await_calm(response: HttpResponse, *, repeatable: bool) -> None:
    if response.status in {429, 503}:
        raise Transient(f"Giosg cannot take it now (HTTP {response.status})", retry_after=response.retry_after)
    if response.status >= 500 or response.status in _NO_ANSWER:
        failure = Transient if repeatable else Uncertain
        raise failure(f"Giosg has trouble (HTTP {response.status})")
