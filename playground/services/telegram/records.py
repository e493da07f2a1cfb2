"""What the simulated Telegram keeps: bots, people, chats and their messages, updates, and files."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

_ALL_UPDATES_NAMES = (
    "message edited_message channel_post edited_channel_post business_connection business_message "
    "edited_business_message deleted_business_messages guest_message inline_query chosen_inline_result "
    "callback_query shipping_query pre_checkout_query purchased_paid_media poll poll_answer my_chat_member "
    "chat_member chat_join_request message_reaction message_reaction_count chat_boost removed_chat_boost "
    "managed_bot"
)
ALL_UPDATES = frozenset(_ALL_UPDATES_NAMES.split())
#: These come only if they are asked for by name.
UNASKED_UPDATES = ALL_UPDATES - {"chat_member", "message_reaction", "message_reaction_count"}

ChatType = Literal["private", "group", "supergroup"]
Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file in Telegram's own store."""

    id: str
    unique_id: str
    content: bytes = field(repr=False)
    content_type: str
    name: str = ""
    source: str = ""  #: the address that it was given by, if nobody here has read it
    size: int = 0


@dataclass(slots=True, kw_only=True)
class WebhookSettings:
    """Where a bot's updates go, and how that went."""

    url: str = ""
    secret_token: str = ""
    max_connections: int = 40
    ip_address: str = ""
    allowed_updates: frozenset[str] = UNASKED_UPDATES
    last_error_at: datetime | None = None
    last_error: str = ""
    gone_since: datetime | None = None  #: answers with HTTP 410 since then


@dataclass(slots=True, kw_only=True)
class Bot:
    token: str
    id: int
    name: str
    username: str
    webhook: WebhookSettings = field(default_factory=WebhookSettings)
    next_update: int
    next_message: int = 1  #: private chats and basic groups share the bot's counter
    business_mode: bool = True  #: business accounts may add it; @BotFather turns that on


@dataclass(slots=True, kw_only=True)
class Person:
    id: int
    first_name: str
    last_name: str = ""
    username: str = ""
    language: str = "en"
    phone: str
    avatar_file: str  #: id of a file that bots do not see
    deactivated: bool = False  #: deleted their account

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(slots=True, kw_only=True)
class Topic:
    """A topic of a forum; its id is that of the message that created it."""

    id: int
    name: str


@dataclass(slots=True, kw_only=True)
class Message:
    """A message as it is now. `content` has the API's own fields, from `text` to `venue`."""

    id: int
    chat_id: int
    sender: int  #: a person's id, or the bot's
    at: datetime
    content: Json
    edited_at: datetime | None = None
    thread: int = 0  #: the topic of a forum; in another supergroup, the first message of a chain of answers
    reply_to: int = 0
    quote: Json | None = None
    media_group: str = ""
    markup: Json | None = None
    reactions: dict[int, str] = field(default_factory=dict)  #: emoji by who reacted
    deleted: bool = False
    error: str = ""
    waiting: str = ""  #: the callback query that shows a spinner
    business_bot: int = 0  #: the bot that wrote it in a business account, in the name of its owner
    by_itself: bool = False  #: Telegram wrote it in the name of a business account's owner

    @property
    def text(self) -> str:
        return str(self.content.get("text") or self.content.get("caption") or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A line that only the phone shows, such as a bot's answer to a tap."""

    id: str
    at: datetime
    text: str
    after: int  #: the message it follows


@dataclass(slots=True, kw_only=True)
class Chat:
    """A private chat has the id of its person."""

    id: int
    type: ChatType
    bot: Bot
    title: str = ""
    members: list[Person] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    topics: list[Topic] = field(default_factory=list)
    is_forum: bool = False
    started: bool = False  #: the person has written to the bot
    bot_status: str = "member"  #: of the bot: member, administrator, left, kicked
    migrated_to: int = 0
    next_message: int = 1  #: of a supergroup, which counts its own messages
    keyboard: int = 0  #: the message whose reply keyboard is on the screen
    cleared_before: int = 0  #: the person deleted all up to this message on their own phone
    actions: dict[int, tuple[str, datetime]] = field(default_factory=dict)  #: what the bot does, by topic, until when
    notes: list[Note] = field(default_factory=list)
    business: BusinessAccount | None = None  #: whose chat with this person it is
    read_until: int = 0  #: of a business account's chat: the message that the owner's side has read

    def find(self, message_id: int) -> Message | None:
        """A message that is still there."""
        return next((each for each in self.messages if each.id == message_id and not each.deleted), None)

    def remember(self, message_id: int) -> Message:
        """A message that may be deleted. Raises KeyError when there never was one."""
        for message in self.messages:
            if message.id == message_id:
                return message
        raise KeyError(str(message_id))

    def add_note(self, at: datetime, text: str) -> None:
        after = self.messages[-1].id if self.messages else 0
        self.notes.append(Note(id=f"note-{len(self.notes) + 1}", at=at, text=text, after=after))

    def message(self, message_id: int) -> Message:
        """Raises KeyError when there is none."""
        found = self.find(message_id)
        if found is None:
            raise KeyError(str(message_id))
        return found


@dataclass(slots=True, kw_only=True)
class BusinessAccount:
    """A person's own account, in which a bot answers. It numbers its messages itself."""

    owner: Person
    bot: Bot
    id: str  #: of the connection with the bot
    at: datetime
    enabled: bool = False
    rights: set[str] = field(default_factory=set)
    earlier_ids: list[str] = field(default_factory=list)
    chats: dict[int, Chat] = field(default_factory=dict)  #: by the other person's id
    excluded: set[int] = field(default_factory=set)  #: of these, chats that are kept from the bot
    next_message: int = 5001


@dataclass(slots=True, kw_only=True)
class CallbackQuery:
    """A tap on a button of an inline keyboard; the button shows a spinner until it is answered."""

    id: str
    person: Person
    message: Message
    chat: Chat
    at: datetime
    answer: str | None = None
    is_alert: bool = False


@dataclass(slots=True, kw_only=True)
class Update:
    """An update on its way to the bot. Those of one `queue` wait for each other."""

    id: int
    kind: str
    body: bytes
    queue: str
    expires_at: datetime
    failures: int = 0
    delay: int = 1  #: seconds that the last wait took
