"""What goes back as the answer to an update: a call that Telegram makes at once, and reports no result of."""

from __future__ import annotations

import json

from patchbay.domain.accounts import Endpoint
from patchbay.domain.text import shorten
from patchbay.kit.contract import WebhookRequest, WebhookResponse
from patchbay.messengers.telegram import spec
from patchbay.messengers.telegram.inbound import find_label, find_refusal, read_start, read_update
from patchbay.messengers.telegram.schemas import CallbackQuery, IncomingMessage, Membership

NOT_IN_GROUPS = "I answer in private chats only. Please open a chat with me and write there."
BUTTON_IS_GONE = "This button does not work any more. Please write your answer."

_Call = dict[str, object]


def answer(request: WebhookRequest, endpoint: Endpoint) -> WebhookResponse | None:
    """None where there is nothing to say."""
    update = read_update(request)
    call: _Call | None = None
    if update and update.callback_query:
        call = _release_button(update.callback_query)
    elif update and update.message:
        call = _welcome(update.message, endpoint)
    elif update and update.my_chat_member:
        call = _decline(update.my_chat_member, endpoint)
    if call is None:
        return None
    body = json.dumps(call, ensure_ascii=False).encode()
    return WebhookResponse(status=200, body=body, headers={"content-type": "application/json; charset=utf-8"})


def _release_button(query: CallbackQuery) -> _Call:
    """Every one, or its button shows for a while that it is waiting."""
    words = {} if find_label(query) else {"text": shorten(BUTTON_IS_GONE, spec.CALLBACK_TEXT)}
    return {"method": "answerCallbackQuery", "callback_query_id": query.id, **words}


def _welcome(message: IncomingMessage, endpoint: Endpoint) -> _Call | None:
    words = endpoint.settings.get("welcome_message", "").strip()
    if not words or read_start(message) is None:
        return None
    topic = {"message_thread_id": message.message_thread_id} if message.is_topic_message else {}
    return {"method": "sendMessage", "chat_id": message.chat.id, "text": shorten(words, spec.TEXT), **topic}


def _decline(change: Membership, endpoint: Endpoint) -> _Call | None:
    """To a group that the bot was added to a moment ago, and never again."""
    joined = change.was_out and not change.is_out
    if not (change.chat.is_group and joined and find_refusal(change.chat, endpoint)):
        return None
    return {"method": "sendMessage", "chat_id": change.chat.id, "text": NOT_IN_GROUPS}
