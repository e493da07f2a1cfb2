"""How far agents' messages got, reported to Unblu."""

from __future__ import annotations

from dataclasses import replace

from patchbay.domain.model import Conversation, ReceiptState
from patchbay.domain.text import cut_text
from patchbay.kit.failures import Failure
from patchbay.platforms.unblu.api_versions import DELIVERED, READ, SENT, Call
from patchbay.platforms.unblu.channels import explain_refusal
from patchbay.platforms.unblu.client import Api
from patchbay.platforms.unblu.ids import read_said
from patchbay.platforms.unblu.spec import list_shown_states
from patchbay.platforms.unblu.thread import Thread, read_thread

#: Unblu: messageRead includes delivered.
_CALLS = {ReceiptState.SENT: SENT, ReceiptState.DELIVERED: DELIVERED, ReceiptState.READ: READ}
_LONGEST = 500  #: characters of a reason that an agent reads


def tell_state(api: Api, state: ReceiptState, message_id: str, conversation: Conversation) -> None:
    if state is ReceiptState.FAILED:
        tell_failure(api, Failure(reason="The messenger could not show this message"), message_id, conversation)
    elif state in list_shown_states(api.connection) and state in _CALLS:
        thread, message_id = _find_message(message_id, conversation)
        _tell(api, api.dialect.tell_state(_CALLS[state], thread, message_id))


def tell_failure(api: Api, failure: Failure, message_id: str, conversation: Conversation) -> None:
    """Unblu: RETRYABLE gives the agent a button to send it again."""
    state = "TERMINAL" if failure.final else "RETRYABLE"
    thread, message_id = _find_message(message_id, conversation)
    said = failure.sentence if failure.uncertain else failure.reason  # Unblu itself shows that it was not delivered
    _tell(api, api.dialect.tell_failure(thread, message_id, state, cut_text(said, _LONGEST)))


def _find_message(name: str, conversation: Conversation) -> tuple[Thread, str]:
    conversation_id, message_id = read_said(name)
    thread = read_thread(conversation)
    return replace(thread, conversation_id=conversation_id or thread.conversation_id), message_id


def _tell(api: Api, call: Call) -> None:
    path, body = call
    response = api.post(*path, json=body, repeatable=True)
    if not response.ok:
        raise explain_refusal(api, response, "accepting a message's state")
