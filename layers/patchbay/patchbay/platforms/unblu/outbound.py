"""A part as Unblu's message, in the customer's name."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import IO

from patchbay.domain.errors import ConversationGone, DeliveryError, Rejected
from patchbay.domain.model import Attachment, Conversation, Delivered, Part, Postback, Text
from patchbay.kit.contract import Base64File, HttpResponse
from patchbay.kit.references_in_words import quote
from patchbay.platforms.unblu.channels import ChannelMadeAnew, explain_refusal
from patchbay.platforms.unblu.client import Api
from patchbay.platforms.unblu.conversations import is_over
from patchbay.platforms.unblu.ids import name_message, read_payload
from patchbay.platforms.unblu.thread import Thread, read_thread

_FILE_SECONDS = 40.0  #: a batch of messages must be over within a minute
_LONGEST_NAME = 200
_ANSWERED_IS_GONE = {400, 404}  #: perhaps; whatever it was, the message goes on without it

Json = dict[str, object]


def send_text(api: Api, part: Part, conversation: Conversation) -> Delivered:
    """Raises ConversationGone when the conversation takes no more messages."""
    if not isinstance(part.content, Text):
        raise Rejected("Unblu does not support this kind of message", code="unsupported")
    thread = _find_thread(api, conversation)
    text = _say(part.content, part.tapped)
    if not api.dialect.shows_answered:
        text = quote(part.excerpt, text)
    reply = _write_reply(part)
    if reply is None:
        return _send(api, part, thread, _write_text(text))
    response = _post(api, part, thread, reply)
    if response.ok:
        return _describe(part)
    if response.status == 403 or is_over(api, thread.conversation_id):
        raise _judge(api, thread, response)
    # Unblu: a question is answered once, and no more when its time is over. What was said is still said.
    return _send(api, part, thread, _write_text(text))


def send_file(api: Api, part: Part, data: IO[bytes], conversation: Conversation) -> Delivered:
    """As a data URL inside the message: Unblu has no other way for files to come in."""
    file = part.content
    if not isinstance(file, Attachment):
        raise Rejected("not a file", code="unsupported")
    thread = _find_thread(api, conversation)
    body: Json = {
        "$_type": "FilePostMessageData",
        "type": "FILE",
        "fileName": (file.name or "file")[-_LONGEST_NAME:],
        "fileData": _inline(file, data),
    }
    caption = file.caption if api.dialect.shows_answered else quote(part.excerpt, file.caption)
    if caption:
        body |= {"caption": caption, "captionType": "SIMPLE_TEXT"}
    return _send(api, part, thread, body)


def _inline(file: Attachment, data: IO[bytes]) -> Base64File:
    """The length of a request is told before its body, so a file of unknown size has to be held whole."""
    prefix = f"data:{file.content_type or 'application/octet-stream'};base64,"
    if file.size is not None:
        return Base64File(prefix=prefix, size=file.size, stream=data)
    content = data.read()
    return Base64File(prefix=prefix, size=len(content), stream=BytesIO(content))


def _find_thread(api: Api, conversation: Conversation) -> Thread:
    """A conversation of the time before Unblu was upgraded names no contact: it is opened again."""
    thread = read_thread(conversation)
    customer = thread.contact_id if api.dialect.has_contacts else thread.person_id
    if not (thread.conversation_id and thread.channel_id and customer):
        raise ConversationGone("the conversation's customer is no longer known")
    return thread


def _say(content: Text, tapped: Postback | None) -> str:
    """Buttons may say another text than their label; the value of an answer is nothing to be read."""
    if tapped is None:
        return content.text
    answer = read_payload(tapped.payload, tapped.label)
    return tapped.label if answer.question_id else answer.value


def _write_text(text: str) -> Json:
    return {"$_type": "TextPostMessageData", "type": "TEXT", "text": text, "textType": "SIMPLE_TEXT"}


def _write_reply(part: Part) -> Json | None:
    if part.tapped is None:
        return None
    answer = read_payload(part.tapped.payload, part.tapped.label)
    if not answer.question_id:
        return None
    return {
        "$_type": "ReplyPostMessageData",
        "type": "REPLY",
        "questionMessageId": answer.question_id,
        "value": answer.value,
        "fallbackText": part.tapped.label or answer.value,
    }


def _send(api: Api, part: Part, thread: Thread, data: Json) -> Delivered:
    response = _post(api, part, thread, data)
    if part.reply_to and api.dialect.shows_answered and response.status in _ANSWERED_IS_GONE:
        words = {"text": quote(part.excerpt, str(data["text"]))} if "text" in data else {}
        response = _post(api, replace(part, reply_to=""), thread, {**data, **words})
    if not response.ok:
        raise _judge(api, thread, response)
    return _describe(part)


def _post(api: Api, part: Part, thread: Thread, data: Json) -> HttpResponse:
    path, body = api.dialect.send_message(thread, name_message(part.key), data, part.reply_to)
    return api.post(*path, json=body, repeatable=False, timeout=_FILE_SECONDS if data["type"] == "FILE" else 10.0)


def _describe(part: Part) -> Delivered:
    """Unblu's webhooks name the message by our id; what it returns is, in API v3, the id of something else."""
    return Delivered(external_id=name_message(part.key))


def _judge(api: Api, thread: Thread, response: HttpResponse) -> DeliveryError:
    """Unblu names no status for an ended conversation, nor for one whose channel was deleted, so it is asked."""
    if is_over(api, thread.conversation_id):
        return ConversationGone("the conversation has ended in Unblu")
    api.channel_id = thread.channel_id
    failure = explain_refusal(api, response, "sending a message")
    if isinstance(failure, ChannelMadeAnew):
        return ConversationGone("the conversation's channel was deleted in Unblu")
    if response.status == 403 and api.dialect.has_contacts and isinstance(failure, Rejected):
        return ConversationGone(
            "the customer is not a participant of the conversation"
        )  # opening it lets them in again
    return failure
