"""Unblu's JSON objects in webhooks, as far as the bridge needs them.

Unblu says "nothing" as null and by leaving the field out: both read as "". Field names are Unblu's own, by alias.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from patchbay.kit.schemas import Address, Id, Items, Private, Size, Wire


def _read_millis(value: object) -> datetime | None:
    """Milliseconds since 1970; None for what is no time."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None


Time = Annotated[datetime | None, BeforeValidator(_read_millis)]


class UnbluWire(Wire):
    model_config = ConfigDict(alias_generator=to_camel)


class PersonWire(UnbluWire):
    id: Id = ""
    person_type: str = ""
    source_id: Id = ""
    first_name: str = ""
    last_name: str = ""
    username: str = ""
    nickname: str = ""
    display_name: str = ""

    @property
    def name(self) -> str:
        full = f"{self.first_name} {self.last_name}".strip()
        return self.display_name.strip() or full or self.nickname or self.username


class ContactWire(UnbluWire):
    """An external messenger contact: a person's address on one channel."""

    id: Id = ""
    source_id: Id = ""
    person_id: Id = ""
    external_messenger_channel_id: Id = ""


class ActionWire(UnbluWire):
    action_type: str = ""
    label: str = ""
    value: str = ""


class OptionWire(UnbluWire):
    label: str = ""
    value: str = ""


class QuickReplyWire(UnbluWire):
    text: str = ""


class LinkWire(UnbluWire):
    type: str = ""
    url: Address = ""


class CardWire(UnbluWire):
    """The header of a list, an item of a list; a card message has the same fields."""

    image_url: Address = ""
    image_alt_text: str = ""
    title: str = ""
    body: str = ""
    body_text_type: str = ""
    action: ActionWire | None = None


class MessageWire(CardWire):
    """A message of any type: the fields of all types, of which each has its own."""

    type: str = ""
    id: Id
    conversation_id: Id
    external_messenger_channel_id: Id = ""
    sender_person: PersonWire | None = None
    server_timestamp: Time = None
    fallback_text: str = ""
    source_id: Id = ""
    internal: Private = False
    reply_to_message_id: Id = ""
    reply_to_external_message_id: Id = ""
    quick_replies: Items[QuickReplyWire] = ()
    actions: Items[ActionWire] = ()

    # texts and questions
    text: str = ""
    text_type: str = ""
    options: Items[OptionWire] = ()
    answer_status: str = ""
    hint: str = ""
    declinable: bool = False
    decline_label: str = ""
    decline_value: str = ""

    # lists
    header: CardWire | None = None
    items: Items[CardWire] = ()

    # files
    file_name: str = ""
    caption: str = ""
    caption_type: str = ""
    mime_type: str = ""
    file_status: str = ""
    total_size: Size = None
    download_links: Items[LinkWire] = ()
    download_link: Address = ""  #: API v3


class NewMessageWire(UnbluWire):
    """API v4 says who must get it; API v3 does not."""

    conversation_message: MessageWire
    receiving_contacts: Items[ContactWire] = ()


class MessageStateWire(UnbluWire):
    message_id: Id = ""
    source_id: Id = ""
    state: str
    conversation_id: Id = ""
    timestamp: Time = None


class _WrittenWire(UnbluWire):
    server_timestamp: Time = None


class StampWire(UnbluWire):
    """When it was: events say so themselves, requests say when the message was written that they are about."""

    timestamp: Time = None
    conversation_message: _WrittenWire = _WrittenWire()

    @property
    def at(self) -> datetime | None:
        return self.timestamp or self.conversation_message.server_timestamp


class ParticipantWire(UnbluWire):
    """A contact in a conversation. `state` is not there before the conversation is."""

    external_messenger_contact_id: Id = ""
    state: str = ""


class ConversationWire(UnbluWire):
    """In events, and in the API's answers."""

    id: Id = ""
    state: str = ""
    source_id: Id = ""
    external_messenger_channel_id: Id = ""
    external_participants: Items[ParticipantWire] = ()


class ConversationEndedWire(UnbluWire):
    conversation: ConversationWire
    timestamp: Time = None


# --- what wants an answer --------------------------------------------------------------------------------------------


class PingWire(UnbluWire):
    model: str = Field(default="", alias="$_type")
    ping_id: str = ""


class CreateContactWire(UnbluWire):
    contact_identifier: str = ""
    person_data: PersonWire | None = None


class CreationDataWire(UnbluWire):
    source_id: Id = ""
    external_participants: Items[ParticipantWire] = ()


class CreateConversationWire(UnbluWire):
    creation_data: CreationDataWire
