"""How far agents' messages got, told to Unblu."""

from __future__ import annotations

from patchbay.model import Conversation, Failure, ReceiptState
from patchbay.platforms.unblu.api import Api, refusal
from patchbay.platforms.unblu.dialect import DELIVERED, READ, SENT, Call
from patchbay.platforms.unblu.thread import read_thread
from patchbay.platforms.unblu.traits import NO

#: Unblu: messageRead includes delivered.
_CALLS = {ReceiptState.SENT: SENT, ReceiptState.DELIVERED: DELIVERED, ReceiptState.READ: READ}
_SEEN = frozenset({ReceiptState.DELIVERED, ReceiptState.READ})
_LONGEST = 500  #: characters of a reason that an agent reads


def tell_state(api: Api, state: ReceiptState, message_id: str, conversation: Conversation) -> None:
    if state is ReceiptState.FAILED:
        tell_failure(api, Failure(reason="The messenger could not show it"), message_id, conversation)
    elif state in _SEEN and api.connection.setting("states_external") == NO:
        return  # Unblu says so itself
    elif state in _CALLS:
        _tell(api, api.dialect.tell_state(_CALLS[state], read_thread(conversation), message_id))


def tell_failure(api: Api, failure: Failure, message_id: str, conversation: Conversation) -> None:
    """Unblu: RETRYABLE gives the agent a button to send it again."""
    state = "TERMINAL" if failure.final else "RETRYABLE"
    _tell(api, api.dialect.tell_failure(read_thread(conversation), message_id, state, failure.reason[:_LONGEST]))


def _tell(api: Api, call: Call) -> None:
    path, body = call
    response = api.post(*path, json=body, repeatable=True)
    if not response.ok:
        raise refusal(response, "taking a message's state")
