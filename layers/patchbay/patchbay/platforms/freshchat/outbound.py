"""A part as Freshchat's message, posted as the customer; and finding it again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from html import unescape

from patchbay.domain.errors import ConversationGone, DeliveryError, Rejected, Untraceable
from patchbay.domain.model import Attachment, AttachmentKind, Conversation, Delivered, Part, Text
from patchbay.kit.contract import HttpResponse
from patchbay.kit.lookups import UncertainSend, find_unknown, look_back
from patchbay.kit.rest import read_answer, read_or
from patchbay.platforms.freshchat.client import Api, format_time, read_error, refusal
from patchbay.platforms.freshchat.responses import MessagesWire
from patchbay.platforms.freshchat.schemas import MessageWire, RawPart

_PAGES = 40  #: of 50 messages: so much may be written while a dead letter waits to be sent again
_BLOCK = re.compile(r"</?(?:p|div|br)\s*/?>", re.ASCII | re.IGNORECASE)

WirePart = dict[str, dict[str, object]]


def write_part(part: Part) -> Sequence[WirePart]:
    """The message parts that can carry `part`, the best first; the next is for when Freshchat refuses the one before.

    A choice goes as the words that it stands for, which is what Freshchat's bots wait for.
    """
    content = part.content
    if part.tapped and isinstance(content, Text):
        return [_write_text(part.tapped.payload or part.tapped.label)]
    if isinstance(content, Text):
        return [_write_text(content.text)]
    if isinstance(content, Attachment) and content.kind is AttachmentKind.IMAGE:
        image: WirePart = {"image": {"url": content.external_id or content.url or ""}}
        return [image, _write_linked_file(content)]
    if isinstance(content, Attachment):
        return [_write_file(content)]
    raise Rejected("Freshchat does not support this kind of message", code="unsupported")


def post_message(api: Api, part: Part, conversation: Conversation, user_id: str) -> Delivered:
    """Raises ConversationGone when the conversation takes no more messages."""
    for wire_part in write_part(part):
        response = _post(api, conversation, compose(wire_part, user_id))
        if response.ok:
            return Delivered(external_id=read_or(MessageWire, response, MessageWire()).id)
        if not is_picture_refused(response):
            break
    raise _judge(response)


def find_posted(
    api: Api, part: Part, uncertain: UncertainSend, conversation: Conversation, user_id: str
) -> Delivered | None:
    """The message of `user_id` that says what `part` says and that we do not know.

    Raises ConversationGone or Untraceable where it cannot be known any more, Transient where it cannot be known now.
    """
    if not user_id:
        raise ConversationGone("the conversation's customer is no longer known")
    forms = write_part(part)
    listed = list_messages(api, conversation, look_back(uncertain))
    for message in find_unknown(listed, uncertain, lambda one: one.id, lambda one: one.created_time):
        if message.actor_id != user_id or len(message.message_parts) != 1:
            continue
        if any(is_same_part(form, message.message_parts[0]) for form in forms):
            return Delivered(external_id=message.id)
    return None


def compose(wire_part: WirePart, user_id: str) -> dict[str, object]:
    return {"message_parts": [wire_part], "message_type": "normal", "actor_type": "user", "actor_id": user_id}


def is_picture_refused(response: HttpResponse) -> bool:
    """Freshchat now and then cannot fetch a picture that it has just taken: as a file it goes through."""
    if response.status != 400:
        return False
    error = read_error(response)
    return "IMAGE_EMPTY_CONTENT" in f"{error.status} {error.message}"


def call_ids(conversation: Conversation) -> tuple[str, ...]:
    """The ids to try in paths: Freshchat's own spelling, then its other names (some calls know only one of them)."""
    own = conversation.state.get("conversation_id") or conversation.external_id
    return tuple(dict.fromkeys((own, *conversation.aliases)))


def list_messages(api: Api, conversation: Conversation, since: datetime) -> Iterator[MessageWire]:
    """From the newest back to `since`.

    Raises ConversationGone for a conversation that is not there, Untraceable when Freshchat does not show all of them.
    """
    query = {"from_time": format_time(since), "items_per_page": "50"}
    for conversation_id in call_ids(conversation):
        response = api.get("conversations", conversation_id, "messages", query=query)
        if response.status != 404:
            break
    if response.status == 404:
        raise ConversationGone("Freshchat does not have this conversation")
    for _ in range(_PAGES):
        if not response.ok:
            raise refusal(response, "reading a conversation")
        page = read_answer(MessagesWire, response)
        yield from page.messages
        if page.link is None or not page.link.href:
            return
        following = api.follow(page.link.href)
        if following is None:
            break
        response = following
    raise Untraceable("Freshchat did not return the whole conversation")


def is_same_part(ours: WirePart, theirs: RawPart) -> bool:
    """Whether a message part that Freshchat shows is the one that we sent, whatever Freshchat has added to it."""
    [(kind, sent)] = ours.items()
    found = theirs.get(kind)
    if not isinstance(found, Mapping):
        return False
    if kind == "text":
        return _trim(str(sent["content"])) in _read_forms(str(found.get("content") or ""))
    return any(sent.get(name) and sent[name] == found.get(name) for name in ("file_hash", "url"))


def _read_forms(content: str) -> set[str]:
    """What may have been sent where Freshchat shows `content`: as it is, or with its signs escaped, or in paragraphs.

    No other markup is taken away: "a<b>c" is not what "a<i>c" says.
    """
    return {_trim(content), _trim(unescape(content)), _trim(unescape(_BLOCK.sub("\n", content)))}


def _trim(text: str) -> str:
    lines = text.replace("\xa0", " ").splitlines()
    return "\n".join(line for line in map(str.strip, lines) if line)


def _post(api: Api, conversation: Conversation, body: dict[str, object]) -> HttpResponse:
    for conversation_id in call_ids(conversation):
        response = api.post("conversations", conversation_id, "messages", json=body, repeatable=False)
        if response.status != 404:
            break
    return response


def _judge(response: HttpResponse) -> DeliveryError:
    if response.status == 404 or "not the latest conversation" in read_error(response).message.lower():
        return ConversationGone("Freshchat accepts no more messages in this conversation")
    if is_picture_refused(response):
        return Rejected("Freshchat could not read the image", code="image_empty_content")
    return refusal(response, "posting a message")


def _write_text(text: str) -> WirePart:
    return {"text": {"content": text}}


def _write_file(file: Attachment) -> WirePart:
    """By the upload's hash; an upload that gave only an address, or none at all, goes by address."""
    if not file.external_id or "://" in file.external_id:
        return _write_linked_file(file, file.external_id or file.url)
    return {"file": {"file_hash": file.external_id, **_describe(file)}}


def _write_linked_file(file: Attachment, url: str | None = None) -> WirePart:
    return {"file": {"url": url or file.url or "", **_describe(file)}}


def _describe(file: Attachment) -> dict[str, object]:
    fields = {"name": file.name or "file", "file_size_in_bytes": file.size, "content_type": file.content_type}
    return {name: value for name, value in fields.items() if value}
