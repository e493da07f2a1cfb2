"""Calling Viber's API. It answers HTTP 200 whatever happens: the number in `status` decides, its words vary."""

from __future__ import annotations

from collections.abc import Mapping

from patchbay.domain.accounts import Connection, Settings
from patchbay.domain.errors import (
    AuthorizationNeeded,
    DeliveryError,
    Rejected,
    Transient,
    Uncertain,
    Unreachable,
    Unreadable,
)
from patchbay.kit.addresses import check_base_url
from patchbay.kit.contract import Http, HttpResponse
from patchbay.kit.rest import RestClient, reading_settings
from patchbay.kit.schemas import Wire, read_wire_object
from patchbay.kit.statuses import Statuses
from patchbay.messengers.viber.spec import DEFAULT_BASE_URL

#: Viber itself always answers 200; anything else is said by what stands in front of it.
STATUSES = Statuses(title="Viber")

OK = 0
BAD_ADDRESS = 1
_BAD_TOKEN, _NO_WEBHOOK = 2, 10
TOO_NEW = frozenset({13, 14})  # the customer's app does not know what the message needs

_ACCOUNT = {
    7: "Viber has blocked the bot: ask Viber's support",
    8: "Viber cannot find the bot of this auth_token: check that the bot still exists",
    9: "Viber has suspended the bot: ask Viber's support",
    15: "Viber does not allow the bot to do this: check its commercial terms with Viber",
}
_MESSAGE = {
    1: "Viber does not accept a web address in this message",
    3: "Viber does not accept this message: a field in it has an invalid value",
    4: "Viber does not accept this message: a required field is missing",
    5: "this customer is no longer on Viber",
    6: "the customer has unsubscribed from the bot and must write first",
    11: "none of the customer's devices can receive messages of a bot",
    13: "the customer's Viber is too old for this message",
    14: "the customer's Viber is too old for this message",
    16: "Viber does not allow this message here",
    17: "Viber does not allow this message here",
    18: "the bot has no chat with its customers: it must be switched on in the bot's settings",
    19: "Viber does not allow the bot to send this message",
    20: "Viber does not allow the bot to send this message",
    21: "Viber does not carry bot messages in the customer's country",
    22: "Viber does not carry payments here",
    23: "the bot's free messages of this month are used up: the customer must write first",
    24: "the bot's balance at Viber is used up: it must be topped up",
}
_UNREACHABLE = frozenset({5, 6, 11, 21})
_LATER = {
    12: "the customer got 100 messages within the hour without an answer: Viber waits until they answer",
}


class Answer(Wire):
    """The fields that are read from any answer. `message_token` is a number, or a string of digits on failures."""

    status: int
    message_token: str | None = None
    id: str | None = None
    name: str | None = None
    webhook: str | None = None
    event_types: tuple[str, ...] | None = None


class Api(RestClient):
    """The API of one bot."""

    def __init__(self, connection: Connection, http: Http) -> None:
        def explain(response: HttpResponse) -> str:
            return f"Viber's API returned HTTP {response.status}: check base_url, and {self._renewal}"

        with reading_settings():
            base_url = read_base_url(connection.settings)
        headers = {"X-Viber-Auth-Token": connection.secrets.get("auth_token")}
        super().__init__(http, base_url, headers=headers, statuses=STATUSES, explain=explain)
        self._connect = f"patchbay connect viber {connection.id}"
        self._renewal = (
            "copy Your app key again (Viber Admin Panel, your bot, Edit info), then run "
            f"`{self._connect} --secret auth_token=@FILE`"
        )

    def call(self, method: str, payload: Mapping[str, object], *, repeatable: bool, timeout: float = 10.0) -> Answer:
        """Viber's answer, whatever its own status. Raises a DeliveryError if there is no answer."""
        response = self.post(method, json=dict(payload), repeatable=repeatable, timeout=timeout)
        if not response.ok:
            raise STATUSES.refuse(response, f"{method}: check the base_url")
        try:
            return read_wire_object(Answer, response.read_json())
        except Unreadable as problem:
            raise Uncertain(f"Viber's answer is {problem}") from None

    def make_failure(self, status: int) -> DeliveryError:
        """What a status other than OK means for a message."""
        if status in _ACCOUNT or status in {_BAD_TOKEN, _NO_WEBHOOK}:
            return AuthorizationNeeded(f"{self._explain_account(status)} (Viber status {status})")
        if status in _MESSAGE:
            kind = Unreachable if status in _UNREACHABLE else Rejected
            return kind(f"{_MESSAGE[status]} (Viber status {status})", code=f"viber-{status}")
        return Transient(f"{_LATER.get(status, 'Viber could not do this now')} (Viber status {status})")

    def _explain_account(self, status: int) -> str:
        if status == _BAD_TOKEN:
            return f"Viber does not accept the auth token: {self._renewal}"
        if status == _NO_WEBHOOK:
            return f"the bot has no webhook, and cannot send without one: run `{self._connect}` to register it"
        return _ACCOUNT[status]


def read_base_url(settings: Settings) -> str:
    """Viber's address without a slash at its end. Raises Misconfigured for one that cannot be used."""
    return check_base_url(settings, default=DEFAULT_BASE_URL)
