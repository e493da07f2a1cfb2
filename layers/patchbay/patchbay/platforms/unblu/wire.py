"""Unblu's JSON objects in webhooks, as far as the bridge needs them.

Unblu says "nothing" as null and by leaving the field out: both read as "". Field names are Unblu's own, by alias.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from patchbay.wire import String, Wire, no_null_list


def _no_null_flag(value: object) -> object:
    return False if value is None else value


def _read_millis(value: object) -> datetime | None:
    """Milliseconds since 1970; None for what is no time."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None


Flag = Annotated[bool, BeforeValidator(_no_null_flag)]
Time = Annotated[datetime | None, BeforeValidator(_read_millis)]


class UnbluWire(Wire):
    model_config = ConfigDict(alias_generator=to_camel)


class PersonWire(UnbluWire):
    id: String = ""
    person_type: String = ""
    source_id: String = ""
    first_name: String = ""
    last_name: String = ""
    username: String = ""
    nickname: String = ""
    display_name: String = ""

    @property
    def name(self) -> str:
        full = f"{self.first_name} {self.last_name}".strip()
        return self.display_name.strip() or full or self.nickname or self.username


class ContactWire(UnbluWire):
    """An external messenger contact: a person's address on one channel."""

    id: String = ""
    source_id: String = ""
    person_id: String = ""


class ActionWire(UnbluWire):
    action_type: String = ""
    label: String = ""
    value: String = ""


class OptionWire(UnbluWire):
    label: String = ""
    value: String = ""


class QuickReplyWire(UnbluWire):
    text: String = ""


class LinkWire(UnbluWire):
    type: String = ""
    url: String = ""


class CardWire(UnbluWire):
    """The header of a list, an item of a list; a card message has the same fields."""

    image_url: String = ""
    image_alt_text: String = ""
    title: String = ""
    body: String = ""
    body_text_type: String = ""
    action: ActionWire | None = None


Actions = Annotated[tuple[ActionWire, ...], BeforeValidator(no_null_list)]
Cards = Annotated[tuple[CardWire, ...], BeforeValidator(no_null_list)]
Contacts = Annotated[tuple[ContactWire, ...], BeforeValidator(no_null_list)]
Links = Annotated[tuple[LinkWire, ...], BeforeValidator(no_null_list)]
Options = Annotated[tuple[OptionWire, ...], BeforeValidator(no_null_list)]
QuickReplies = Annotated[tuple[QuickReplyWire, ...], BeforeValidator(no_null_list)]


class MessageWire(CardWire):
    """A message of any type: the fields of all types, of which each has its own."""

    type: String = ""
    id: String
    conversation_id: String
    external_messenger_channel_id: String = ""
    sender_person: PersonWire | None = None
    server_timestamp: Time = None
    fallback_text: String = ""
    source_id: String = ""
    internal: Flag = False
    reply_to_message_id: String = ""
    quick_replies: QuickReplies = ()
    actions: Actions = ()

    # texts and questions
    text: String = ""
    text_type: String = ""
    options: Options = ()
    answer_status: String = ""
    hint: String = ""
    declinable: Flag = False
    decline_label: String = ""
    decline_value: String = ""

    # lists
    header: CardWire | None = None
    items: Cards = ()

    # files
    file_name: String = ""
    caption: String = ""
    caption_type: String = ""
    mime_type: String = ""
    file_status: String = ""
    total_size: int | None = None
    download_links: Links = ()
    download_link: String = ""  #: API v3


class NewMessageWire(UnbluWire):
    """API v4 says who must get it; API v3 does not."""

    conversation_message: MessageWire
    receiving_contacts: Contacts = ()


class MessageStateWire(UnbluWire):
    message_id: String = ""
    source_id: String = ""
    state: String
    conversation_id: String = ""
    timestamp: Time = None


class ParticipantWire(UnbluWire):
    """A contact in a conversation. `state` is not there before the conversation is."""

    external_messenger_contact_id: String = ""
    state: String = ""


Participants = Annotated[tuple[ParticipantWire, ...], BeforeValidator(no_null_list)]


class ConversationWire(UnbluWire):
    """In events, and in the API's answers."""

    id: String = ""
    state: String = ""
    source_id: String = ""
    external_messenger_channel_id: String = ""
    external_participants: Participants = ()


class ConversationEndedWire(UnbluWire):
    conversation: ConversationWire
    timestamp: Time = None


# --- what wants an answer --------------------------------------------------------------------------------------------


class PingWire(UnbluWire):
    model: String = Field(default="", alias="$_type")
    ping_id: String = ""


class CreateContactWire(UnbluWire):
    contact_identifier: String = ""
    person_data: PersonWire | None = None


class CreationDataWire(UnbluWire):
    source_id: String = ""
    external_participants: Participants = ()


class CreateConversationWire(UnbluWire):
    creation_data: CreationDataWire
