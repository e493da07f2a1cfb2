"""What Telegram posts to a webhook, as far as the bridge reads it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import Field

from patchbay.kit.schemas import Id, Items, Private, Size, Wire

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_LATE = timedelta(milliseconds=999)  #: within a second

PRIVATE = "private"

Seconds = Annotated[int, Field(ge=0, le=253_402_300_799)]  # up to the year 9999, the last that Python knows
Number = Annotated[int, Field(gt=-(2**63), lt=2**63)]


class User(Wire):
    id: Id
    is_bot: Private = False
    first_name: str = ""
    last_name: str = ""
    username: str = ""
    language_code: str = ""

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class Chat(Wire):
    id: Number
    type: str = ""
    title: str = ""

    @property
    def is_private(self) -> bool:
        return self.type == PRIVATE

    @property
    def is_group(self) -> bool:
        return self.type in {"group", "supergroup"}


class Entity(Wire):
    """A stretch of a text that is more than its words. Offsets count UTF-16 units."""

    type: str
    offset: Annotated[int, Field(ge=0, le=1_000_000)]
    length: Annotated[int, Field(gt=0, le=1_000_000)]
    url: str = ""


class File(Wire):
    """A file of any kind; which fields are set depends on it."""

    file_id: Id
    file_name: str = ""
    mime_type: str = ""
    file_size: Size = None
    duration: Annotated[float, Field(gt=0)] | None = None
    emoji: str = ""
    is_animated: bool = False
    is_video: bool = False


class Point(Wire):
    latitude: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
    longitude: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]


class Venue(Wire):
    location: Point
    title: str = ""
    address: str = ""


class SharedContact(Wire):
    phone_number: str = ""
    first_name: str = ""
    last_name: str = ""
    user_id: str = ""

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class KeyboardButton(Wire):
    text: str = ""
    callback_data: str = ""


class Keyboard(Wire):
    inline_keyboard: Items[Items[KeyboardButton]] = ()

    def __iter__(self) -> Iterator[KeyboardButton]:  # type: ignore[override]  # of its buttons, not of its fields
        return (button for row in self.inline_keyboard for button in row)


class _Dated(Wire):
    date: Seconds | None = None

    def when(self, received_at: datetime) -> datetime:
        """When it happened. Telegram says the second: it is taken to be as late in it as it can have been.

        So it is not taken for something before what the person has answered.
        """
        return _find_moment(self.date, received_at) if self.date else received_at


def _find_moment(second: int, received_at: datetime) -> datetime:
    begin = _EPOCH + timedelta(seconds=second)
    return min(max(begin, received_at), begin + _LATE)


class Author(Wire):
    is_bot: bool = False


class OtherMessage(Wire):
    """A message that another one answers."""

    message_id: Id
    sender: Author = Field(default=Author(), alias="from")
    sender_business_bot: User | None = None
    text: str = ""
    entities: Items[Entity] = ()
    caption: str = ""
    caption_entities: Items[Entity] = ()


class Quote(Wire):
    """Those of its words that the answer is about."""

    text: str = ""


class IncomingMessage(_Dated):
    """One message; which fields are set depends on what it holds."""

    message_id: Id
    chat: Chat
    sender: User | None = Field(default=None, alias="from")
    sender_chat: Chat | None = None  #: who wrote in place of a person: a group's own administrator, a channel
    message_thread_id: Number | None = None
    is_topic_message: bool = False
    edit_date: Seconds | None = None
    reply_to_message: OtherMessage | None = None
    quote: Quote = Quote()
    reply_markup: Keyboard = Keyboard()
    migrate_to_chat_id: Number | None = None
    migrate_from_chat_id: Number | None = None
    business_connection_id: Id = ""
    sender_business_bot: User | None = None  #: which bot wrote it in the name of a business account's owner
    is_from_offline: bool = False  #: Telegram sent it by itself: a greeting, say

    text: str = ""
    entities: Items[Entity] = ()
    caption: str = ""
    caption_entities: Items[Entity] = ()
    photo: Items[File] = ()
    animation: File | None = None
    video: File | None = None
    video_note: File | None = None
    audio: File | None = None
    voice: File | None = None
    document: File | None = None
    sticker: File | None = None
    venue: Venue | None = None
    location: Point | None = None
    contact: SharedContact | None = None

    def edited_when(self, received_at: datetime) -> datetime:
        return _find_moment(self.edit_date, received_at) if self.edit_date else received_at


class CallbackQuery(Wire):
    """A pressed button. `message` lacks its keyboard when Telegram shows it to bots no more."""

    id: Id
    sender: User = Field(alias="from")
    message: IncomingMessage | None = None
    data: str = ""


class Reaction(Wire):
    type: str = ""
    emoji: str = ""  #: of the type "emoji"; others are images of Telegram's own


class ReactionChange(_Dated):
    """All reactions of one person to a message, before and now."""

    chat: Chat
    message_id: Id
    sender: User | None = Field(default=None, alias="user")
    old_reaction: Items[Reaction] = ()
    new_reaction: Items[Reaction] = ()


class Member(Wire):
    status: str = ""


_OUT = frozenset({"left", "kicked"})  #: the status of who is no member


class Membership(_Dated):
    """What became of the bot in a chat. In a private one it is `kicked` while the person blocks it."""

    chat: Chat
    sender: User | None = Field(default=None, alias="from")
    old_chat_member: Member = Member()
    new_chat_member: Member = Member()

    @property
    def is_out(self) -> bool:
        """Whether the bot may not write there any more."""
        return self.new_chat_member.status in _OUT

    @property
    def was_out(self) -> bool:
        return self.old_chat_member.status in _OUT


class BusinessRights(Wire):
    """What the bot may do in a business account."""

    can_reply: bool = False
    can_read_messages: bool = False
    can_delete_sent_messages: bool = False


class BusinessConnection(Wire):
    """That somebody lets the bot answer in their account, or does not any more. Each time it has another id."""

    id: Id
    user: User
    is_enabled: bool = False
    rights: BusinessRights = BusinessRights()


class DeletedMessages(Wire):
    """Deleted for everybody. Telegram does not say by whom, or when."""

    business_connection_id: Id
    chat: Chat
    message_ids: Items[Id] = ()


class Update(Wire):
    update_id: Id
    message: IncomingMessage | None = None
    edited_message: IncomingMessage | None = None
    message_reaction: ReactionChange | None = None
    callback_query: CallbackQuery | None = None
    my_chat_member: Membership | None = None
    business_connection: BusinessConnection | None = None
    business_message: IncomingMessage | None = None
    edited_business_message: IncomingMessage | None = None
    deleted_business_messages: DeletedMessages | None = None
