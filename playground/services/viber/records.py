"""What the simulated Viber keeps: bots, people, and the lines of their chats."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

MANDATORY_EVENTS = frozenset({"message", "subscribed", "unsubscribed"})
OPTIONAL_EVENTS = frozenset({"delivered", "seen", "failed", "conversation_started"})
#: Without a filter Viber confirms these too.
UNFILTERED_EVENTS = frozenset({"webhook", "client_status", "action"})

Author = Literal["customer", "agent", "system"]
Json = dict[str, object]


@dataclass(slots=True, kw_only=True)
class Bot:
    token: str
    id: str
    name: str
    webhook: str = ""
    event_types: frozenset[str] = MANDATORY_EVENTS | OPTIONAL_EVENTS | UNFILTERED_EVENTS
    send_name: bool = False
    send_photo: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A button as the phone knows it."""

    label: str
    action: str = "reply"
    body: str = ""
    silent: bool = False

    def as_json(self) -> Json:
        return {"label": self.label, "url": self.body if self.action == "open-url" else None}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCard:
    title: str
    text: str
    image: str | None
    buttons: tuple[Button, ...]

    def as_json(self) -> Json:
        return {
            "title": self.title,
            "text": self.text,
            "image": self.image,
            "buttons": [button.as_json() for button in self.buttons],
        }


@dataclass(slots=True, kw_only=True)
class Line:
    """One line of a chat. `status` is what is known of it: sent, delivered, read, failed."""

    id: str
    author: Author
    at: datetime
    name: str = ""
    avatar: str | None = None
    text: str = ""
    attachment: Json | None = None
    buttons: tuple[Button, ...] = ()
    cards: tuple[ShownCard, ...] = ()
    location: Json | None = None
    status: str = ""
    error: str = ""

    def as_json(self, *, keyboard: bool) -> Json:
        """For the page. Only the last keyboard that came is on the phone's screen."""
        return {
            "id": self.id,
            "author": self.author,
            "name": self.name,
            "avatar": self.avatar,
            "at": self.at.isoformat(),
            "text": self.text,
            "attachment": self.attachment,
            "buttons": [button.as_json() for button in self.buttons] if keyboard else [],
            "cards": [card.as_json() for card in self.cards],
            "location": self.location,
            "status": self.status,
            "error": self.error,
        }


@dataclass(slots=True, kw_only=True)
class Person:
    """A customer in the chat with one bot. Their id is for this bot only."""

    id: str
    name: str
    bot: Bot
    phone: str = "+46701234567"
    avatar_file: str = ""  #: path below the simulator's address
    language: str = "en-GB"
    country: str = "GB"
    api_version: int = 10  #: what their app understands
    devices: int = 2  #: `delivered` comes once from each
    shares_profile: bool = True  #: "content personalization"; without it bots see a stand-in name
    subscribed: bool = False
    lines: list[Line] = field(default_factory=list)
    keyboard_line: str = ""
    unread: list[str] = field(default_factory=list)
    unanswered: list[datetime] = field(default_factory=list)
    looked_up: list[datetime] = field(default_factory=list)

    def line(self, line_id: str) -> Line:
        """Raises KeyError when there is none."""
        for line in self.lines:
            if line.id == line_id:
                return line
        raise KeyError(line_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file in Viber's own store; the address of what people send is good for an hour."""

    content: bytes = field(repr=False)
    content_type: str
    expires_at: datetime | None = None
