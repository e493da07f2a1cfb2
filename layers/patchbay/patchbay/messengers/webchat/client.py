"""Calling the web chat: its address, the key, and what its refusals mean."""

from __future__ import annotations

from urllib.parse import quote

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import AuthorizationNeeded, DeliveryError, Rejected, Unreachable
from patchbay.kit.contract import Http, HttpRequest, HttpResponse
from patchbay.kit.rest import read_or, send_call
from patchbay.kit.statuses import Statuses
from patchbay.messengers.webchat import spec
from patchbay.messengers.webchat.schemas import Refusal

STATUSES = Statuses(title="the web chat")

_UNKNOWN_CHAT, _UNKNOWN_MESSAGE = "unknown_chat", "unknown_message"


class Api:
    """The bridge's half of the web chat's API. Raises a DeliveryError for every answer that is no success."""

    def __init__(self, connection: Connection, http: Http, address: str = "") -> None:
        """At the connection's address unless another one is given."""
        self._connection = connection
        self._http = http
        self._address = (address or connection.setting(spec.ADDRESS)).rstrip("/")
        if not self._address:
            raise AuthorizationNeeded(f"the web chat's address is not known: {self._advice}")

    @property
    def _advice(self) -> str:
        return f"run `patchbay connect webchat {self._connection.id}` again"

    def get(self, *path: str) -> HttpResponse:
        return self._call("GET", path)

    def put(self, *path: str, json: object) -> HttpResponse:
        return self._call("PUT", path, json)

    def delete(self, *path: str) -> HttpResponse:
        return self._call("DELETE", path)

    def post(self, *path: str, json: object) -> HttpResponse:
        """What is posted has a key, under which it is taken once."""
        return self._call("POST", path, json)

    def _call(self, method: str, path: tuple[str, ...], json: object = None) -> HttpResponse:
        steps = "/".join(quote(step, safe="") for step in path)
        request = HttpRequest(
            method=method,
            url=f"{self._address}/bridge/{steps}",
            headers={"Authorization": f"Bearer {self._connection.secrets.get('service_key')}"},
            json=json,
            repeatable=True,
        )
        response = send_call(self._http, request, STATUSES, self._explain_key)
        if response.status == 404:
            raise self._miss(response)
        if not response.ok:
            raise STATUSES.refuse(response, "a call of the bridge")
        return response

    def _explain_key(self, response: HttpResponse) -> str:
        return f"the web chat does not know our key (HTTP {response.status}): {self._advice}"

    def _miss(self, response: HttpResponse) -> DeliveryError:
        """A chat that is gone is its visitor's wish; where nothing answers at all, the stack has moved."""
        code = read_or(Refusal, response, Refusal()).error.code
        if code == _UNKNOWN_CHAT:
            return Unreachable("the customer has erased the chat, or it is too old", code="gone")
        if code == _UNKNOWN_MESSAGE:
            return Rejected("the web chat has no such message", code="http_404")
        return AuthorizationNeeded(f"the web chat is not at the address that is known: {self._advice}")
