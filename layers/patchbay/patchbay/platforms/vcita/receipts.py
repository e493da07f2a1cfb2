"""Telling vcita how far a staff member's message got, and that the customer is typing."""

from __future__ import annotations

from patchbay.domain.model import Conversation, ReceiptState
from patchbay.kit.failures import Failure
from patchbay.platforms.vcita.client import Api, refusal
from patchbay.platforms.vcita.spec import FULL
from patchbay.platforms.vcita.threads import read_thread

#: vcita knows these since 2026 ...
_FULL = {
    ReceiptState.QUEUED: "channel_pending",
    ReceiptState.SENT: "sent",
    ReceiptState.DELIVERED: "received",
    ReceiptState.READ: "read",
    ReceiptState.FAILED: "error",
}
#: ... and the guide for communication apps only these: earlier statuses are not reported.
_BASIC = {
    ReceiptState.DELIVERED: "received",
    ReceiptState.READ: "read",
    ReceiptState.FAILED: "error",
}


def list_shown_states(status_set: str) -> frozenset[ReceiptState]:
    return frozenset(_FULL if status_set == FULL else _BASIC) - {ReceiptState.QUEUED}


def tell_status(api: Api, message_id: str, state: ReceiptState, status_set: str) -> None:
    """Where vcita does not know the exact status, the next best."""
    basic = _BASIC.get(state, "")
    _tell(api, message_id, (_FULL[state], basic) if status_set == FULL else (basic,))


def tell_failure(api: Api, message_id: str, failure: Failure, status_set: str) -> None:
    """vcita: error means that a person must check it, unavailable that the customer cannot be reached."""
    exact = "unavailable" if failure.unreachable and status_set == FULL else "error"
    _tell(api, message_id, (exact, "error"))


def tell_typing(api: Api, conversation: Conversation, *, typing: bool) -> None:
    """Nothing for a conversation whose session is not known: typing names no person."""
    session_uid = read_thread(conversation, api.channel_uid).session_uid
    if not session_uid:
        return
    body = {"session_uid": session_uid, "typing": typing}
    response = api.typing.post("sessions", "typing", json=body, repeatable=True)
    if not response.ok:
        raise refusal(response, "showing that the customer is typing")


def _tell(api: Api, message_id: str, words: tuple[str, ...]) -> None:
    """The first of `words` that vcita takes; "" is told by saying nothing."""
    for word in dict.fromkeys(words):
        if not word:
            return
        body = {"status": word, "channel_uid": api.channel_uid}
        response = api.communication.put("messages", message_id, json=body)
        if response.ok:
            return
        if response.status != 422:
            break
    raise refusal(response, "accepting a message's status")
