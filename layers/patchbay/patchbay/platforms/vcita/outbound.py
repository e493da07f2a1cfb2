"""A part as vcita's message, pushed in the customer's name."""

from __future__ import annotations

from datetime import UTC

from patchbay.domain.errors import ConversationGone, DeliveryError, Rejected
from patchbay.domain.model import Conversation, Delivered, Part, Text
from patchbay.kit.contract import HttpResponse
from patchbay.platforms.vcita.client import Api, read_data, refusal
from patchbay.platforms.vcita.ids import make_message_uid
from patchbay.platforms.vcita.problems import read_problem
from patchbay.platforms.vcita.threads import read_thread


def push_message(api: Api, part: Part, conversation: Conversation) -> Delivered:
    """Raises ConversationGone when the session does not take it: opening it again finds and wakes it.

    vcita: message_uid is unique per channel, so a second one is refused and does no harm.
    """
    thread = read_thread(conversation, api.channel_uid)
    message_uid = make_message_uid(part.key)
    body = {
        "channel_uid": api.channel_uid,
        "external_uid": thread.external_uid,
        "message": _write(part),
        "message_uid": message_uid,
        "created_at": f"{part.sent_at.astimezone(UTC):%Y-%m-%d %H:%M:%S}",  # vcita names no zone
    }
    response = api.communication.post("messages", json=body, repeatable=True)
    if response.ok:
        told = read_data(response).message.uid
        return Delivered(external_id=message_uid, aliases=(told,) if told not in {"", message_uid} else ())
    if response.status == 422 and read_problem(response).is_existing:
        return Delivered(external_id=message_uid)  # an earlier attempt's answer was lost
    raise _judge(response)


def _write(part: Part) -> str:
    """A choice goes as the words that the customer saw: nobody at vcita knows the numbers of another platform."""
    if not isinstance(part.content, Text):
        raise Rejected("vcita does not support this kind of message", code="unsupported")
    return part.tapped.label if part.tapped and part.tapped.label else part.content.text


def _judge(response: HttpResponse) -> DeliveryError:
    problem = read_problem(response)
    closed = response.status == 422 and any(map(problem.names, ("session", "contact", "channel")))
    if response.status == 404 or closed:
        return ConversationGone("vcita's session accepts no messages")
    return refusal(response, "sending a message")
