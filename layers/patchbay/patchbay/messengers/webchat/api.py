"""Calling the web chat: its address, the key, and what its refusals mean."""

from __future__ import annotations

from urllib.parse import quote

from patchbay.accounts import Connection
from patchbay.calls import read_or, send_call
from patchbay.contract import Http, HttpRequest, HttpResponse
from patchbay.errors import AuthorizationNeeded, DeliveryError, Rejected, Transient, Uncertain, Unreachable
from patchbay.messengers.webchat import traits
from patchbay.messengers.webchat.wire import Refusal

_UNKNOWN_CHAT, _UNKNOWN_MESSAGE = "unknown_chat", "unknown_message"


class Api:
    """The bridge's half of the web chat's API. Raises a DeliveryError for every answer that is no success."""

    def __init__(self, connection: Connection, http: Http, address: str = "") -> None:
        """At the connection's address unless another one is given."""
        self._connection = connection
        self._http = http
        self._address = (address or connection.setting(traits.ADDRESS)).rstrip("/")
        if not self._address:
            raise AuthorizationNeeded(f"the web chat's address is not known: {self._advice}")

    @property
    def _advice(self) -> str:
        return f"run `patchbay connect webchat {self._connection.id}` again"

    def get(self, *path: str) -> HttpResponse:
        return self._call(self._request("GET", path))

    def put(self, *path: str, json: object) -> HttpResponse:
        return self._call(self._request("PUT", path, json))

    def delete(self, *path: str) -> HttpResponse:
        return self._call(self._request("DELETE", path))

    def post(self, *path: str, json: object) -> HttpResponse:
        """Raises Uncertain, too, when there is no answer; a second call under the same key does no harm."""
        return self._check(self._http.send(self._request("POST", path, json)))

    def _request(self, method: str, path: tuple[str, ...], json: object = None) -> HttpRequest:
        steps = "/".join(quote(step, safe="") for step in path)
        key = self._connection.secrets.get("service_key")
        return HttpRequest(
            method=method,
            url=f"{self._address}/bridge/{steps}",
            headers={"Authorization": f"Bearer {key}"},
            json=json,
        )

    def _call(self, request: HttpRequest) -> HttpResponse:
        return self._check(send_call(self._http, request, repeatable=True))

    def _check(self, response: HttpResponse) -> HttpResponse:
        if response.ok:
            return response
        told = f"HTTP {response.status}"
        if response.status in {401, 403}:
            raise AuthorizationNeeded(f"the web chat does not know our key ({told}): {self._advice}")
        if response.status == 404:
            raise self._miss(response)
        if response.status == 504:
            raise Uncertain(f"nobody waited for the web chat's answer ({told})")
        if response.status == 429 or response.status >= 500:
            raise Transient(f"the web chat cannot take it now ({told})", retry_after=response.retry_after)
        raise Rejected(f"the web chat does not take it ({told})", code=f"http-{response.status}")

    def _miss(self, response: HttpResponse) -> DeliveryError:
        """A chat that is gone is its visitor's wish; where nothing answers at all, the stack has moved."""
        code = read_or(Refusal, response, Refusal()).error.code
        if code == _UNKNOWN_CHAT:
            return Unreachable("the customer has erased the chat, or it is too old", code="gone")
        if code == _UNKNOWN_MESSAGE:
            return Rejected("the web chat has no such message", code="http-404")
        return AuthorizationNeeded(f"the web chat is not at the address that is known: {self._advice}")
