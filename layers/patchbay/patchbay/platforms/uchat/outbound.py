"""What a customer writes, as posts to the bot; and the conversation that they belong to, which needs no call."""

from __future__ import annotations

from patchbay.domain.characters import read_whole_number
from patchbay.domain.errors import ConversationGone, Rejected
from patchbay.domain.model import Attachment, Contact, ContactKey, Conversation, Delivered, Part, Postback, Text
from patchbay.domain.text import shorten
from patchbay.platforms.uchat.client import Api
from patchbay.platforms.uchat.ids import name_sender, read_choice

_NAMELESS = "Customer"
_LONGEST_NAME = 100
_LARGEST_NUMBER = 2**31 - 1

Json = dict[str, object]


def describe_conversation(key: ContactKey, contact: Contact) -> Conversation:
    """UChat creates a contact from the first message of a new sender, with what each message says about them."""
    facts = {
        "number": contact.platform_id,
        "name": shorten(contact.name or "", _LONGEST_NAME),
        "phone": contact.phone,
        "email": contact.email,
    }
    return Conversation(external_id=name_sender(key), state={name: value for name, value in facts.items() if value})


def post_part(api: Api, part: Part, conversation: Conversation) -> Delivered:
    """Raises ConversationGone for a conversation whose number is not known: it is given one when it is opened."""
    number = _read_number(conversation)
    api.post_message(
        {
            "message_type": "incoming",
            "sender": _describe_sender(part, conversation),
            "conversation_id": number,
            **_describe_content(part),
        }
    )
    return Delivered(external_id="")


def _read_number(conversation: Conversation) -> int:
    text = conversation.state.get("number", "")
    number = read_whole_number(text, _LARGEST_NUMBER)
    if not number:
        raise ConversationGone("UChat's id of this conversation is not known")
    return number


def _describe_sender(part: Part, conversation: Conversation) -> Json:
    """Every field with each message. The name is the one they have now."""
    state = conversation.state
    return {
        "id": conversation.external_id,
        "name": shorten(part.sender.name or "", _LONGEST_NAME) or state.get("name") or _NAMELESS,
        "email": state.get("email", ""),
        "phone_number": state.get("phone", ""),
        "type": "contact",
    }


def _describe_content(part: Part) -> Json:
    """UChat: an attachment is a message of its own."""
    match part.content:
        case Text() if part.tapped and part.tapped.payload:
            return _describe_postback(part.tapped)
        case Text():
            return {"content": part.content.text, "event": "message_created"}
        case Attachment() if part.content.url:
            file = {"file_type": part.content.kind.value, "data_url": part.content.url}
            return {"content": "", "event": "message_created", "attachments": [file]}
        case _:
            raise Rejected("UChat does not support this kind of message", code="unsupported")


def _describe_postback(tap: Postback) -> Json:
    title, payload = read_choice(tap.label, tap.payload)
    submitted = {"title": title, "payload": payload}
    return {"content": title, "event": "message_postback", "submitted_values": [submitted]}
