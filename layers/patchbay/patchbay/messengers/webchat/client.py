"""Calling the web chat: its address, the key, and what its refusals mean."""

from __future__ import annotations

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import AuthorizationNeeded, DeliveryError, Rejected, Unreachable
from patchbay.kit.contract import Http, HttpRequest, HttpResponse
from patchbay.kit.rest import RestClient, read_or
from patchbay.kit.statuses import Statuses
from patchbay.messengers.webchat import spec
from patchbay.messengers.webchat.schemas import Refusal

STATUSES = Statuses(title="the web chat")

_UNKNOWN_CHAT, _UNKNOWN_MESSAGE = "unknown_chat", "unknown_message"


class Api(RestClient):
    """The bridge's half of the web chat's API. Raises a DeliveryError for every answer that is no success."""

    def __init__(self, connection: Connection, http: Http, address: str = "") -> None:
        """At the connection's address unless another one is given."""
        self._advice = f"run `patchbay connect webchat {connection.id}` again"
        address = (address or connection.setting(spec.ADDRESS)).rstrip("/")
        if not address:
            raise AuthorizationNeeded(f"the web chat's URL is missing: {self._advice}")

        def explain(response: HttpResponse) -> str:
            return f"the web chat does not accept the service_key (HTTP {response.status}): {self._advice}"

        headers = {"Authorization": f"Bearer {connection.secrets.get('service_key')}"}
        super().__init__(http, f"{address}/bridge", headers=headers, statuses=STATUSES, explain=explain)

    def send(self, request: HttpRequest) -> HttpResponse:
        """What is posted has a key, under which it is taken once."""
        response = super().send(request)
        if response.status == 404:
            raise self._miss(response)
        if not response.ok:
            raise STATUSES.refuse(response, "a call of the bridge")
        return response

    def _miss(self, response: HttpResponse) -> DeliveryError:
        """A chat that is gone is its visitor's wish; where nothing answers at all, the stack has moved."""
        code = read_or(Refusal, response, Refusal()).error.code
        if code == _UNKNOWN_CHAT:
            return Unreachable("the customer has deleted the chat, or it has expired", code="gone")
        if code == _UNKNOWN_MESSAGE:
            return Rejected("the web chat has no such message", code="http_404")
        return AuthorizationNeeded(f"there is no web chat at the stored address: {self._advice}")
