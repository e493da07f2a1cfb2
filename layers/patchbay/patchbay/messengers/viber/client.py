"""Calling Viber's API. It answers HTTP 200 whatever happens: the number in `status` decides, its words vary."""

from __future__ import annotations

from collections.abc import Mapping

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import (
    AuthorizationNeeded,
    DeliveryError,
    Rejected,
    Transient,
    Uncertain,
    Unreachable,
    Unreadable,
)
from patchbay.kit.contract import Http, HttpRequest, HttpResponse
from patchbay.kit.rest import send_call
from patchbay.kit.schemas import Wire, read_wire_object
from patchbay.kit.statuses import Statuses
from patchbay.messengers.viber.spec import DEFAULT_BASE_URL

#: Viber itself always answers 200; anything else is said by what stands in front of it.
STATUSES = Statuses(title="Viber")

OK = 0
BAD_ADDRESS = 1
TOO_NEW = frozenset({13, 14})  # the customer's app does not know what the message needs

_ACCOUNT = {
    2: "Viber refuses the auth token: copy it again from the bot's settings and run `patchbay connect`",
    7: "Viber has blocked the bot: ask Viber's support",
    8: "Viber does not find the bot of this auth token: check that it still exists",
    9: "Viber has suspended the bot: ask Viber's support",
    10: "the bot has no webhook, and sends nothing without: run `patchbay connect` again to register it",
    15: "Viber does not allow the bot to do this: check its commercial terms with Viber",
}
_MESSAGE = {
    1: "Viber does not accept a web address in this message",
    3: "Viber does not accept this message: something in it is not as Viber wants it",
    4: "Viber does not accept this message: something is missing in it",
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


def call(
    method: str,
    payload: Mapping[str, object],
    connection: Connection,
    http: Http,
    *,
    repeatable: bool,
    timeout: float = 10.0,
) -> Answer:
    """Viber's answer, whatever its own status. Raises a DeliveryError when there is none."""
    base = connection.setting("base_url", DEFAULT_BASE_URL).rstrip("/")
    request = HttpRequest(
        method="POST",
        url=f"{base}/{method}",
        headers={"X-Viber-Auth-Token": connection.secrets.get("auth_token")},
        json=dict(payload),
        timeout=timeout,
        repeatable=repeatable,
    )
    response = send_call(http, request, STATUSES, _explain_credentials)
    if not response.ok:
        raise STATUSES.refuse(response, f"{method}: check the base_url")
    return _read(response)


def make_failure(status: int) -> DeliveryError:
    """What a status other than OK means for a message."""
    if status in _ACCOUNT:
        return AuthorizationNeeded(f"{_ACCOUNT[status]} (Viber status {status})")
    if status in _MESSAGE:
        kind = Unreachable if status in _UNREACHABLE else Rejected
        return kind(f"{_MESSAGE[status]} (Viber status {status})", code=f"viber-{status}")
    return Transient(f"{_LATER.get(status, 'Viber could not do it now')} (Viber status {status})")


def _explain_credentials(response: HttpResponse) -> str:
    return f"Viber's API answers HTTP {response.status}: check the auth token and the base_url"


def _read(response: HttpResponse) -> Answer:
    try:
        return read_wire_object(Answer, response.read_json())
    except Unreadable as problem:
        raise Uncertain(f"Viber's answer is {problem}") from None
