"""What stands on a visitor's screen, and what their browser remembers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from chat.model import name_chat

Json = dict[str, Any]

SITE = "webchat-demo"  #: the one site of the simulator


class CallRefused(Exception):
    """The web chat refused a call of a browser: its status, and the code in its words."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"HTTP {status} {code}")
        self.status = status
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`retry_after` is in seconds, 0 when the answer names no time."""

    status: int
    body: Json = field(default_factory=dict)
    retry_after: float = 0

    @property
    def code(self) -> str:
        return str(self.body.get("error", {}).get("code", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Browser:
    """One visitor. The token is all that makes them the same person when they come back."""

    visitor: str
    token: str = field(repr=False)


@dataclass(slots=True, kw_only=True)
class Screen:
    """One chat in its visitor's browser.

    `outbox` holds what was written and not taken yet, in order; `refused` what never will be, with the reason. An open
    screen looks for news; `looks_again` says that it is about to.
    """

    id: str
    name: str
    browser: Browser
    is_open: bool = True
    looks_again: bool = False
    cursor: str = ""
    typing: str | None = None  #: the name of who is typing, "" for nobody in particular
    messages: dict[str, Json] = field(default_factory=dict)
    outbox: list[Json] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)

    @property
    def contact(self) -> str:
        """What the bridge calls the chat."""
        return name_chat(SITE, self.browser.visitor, self.id)

    def show(self, news: Json) -> None:
        """Takes over an answer with what is new or changed, or with everything."""
        if news.get("reset") or not self.cursor:
            self.messages.clear()
        for message in news["messages"]:
            self.messages[message["id"]] = message
        self.cursor = str(news["cursor"])
        self.typing = news["typing"]["name"] if news["typing"] else None

    def lines(self) -> list[Json]:
        """All messages in the order of the transcript."""
        return sorted(self.messages.values(), key=lambda message: int(message["position"]))

    def theirs(self) -> list[Json]:
        return [message for message in self.lines() if not message["mine"]]

    def mine(self) -> list[Json]:
        return [message for message in self.lines() if message["mine"]]


def draw_bubble(message: Json, name: str) -> Json:
    """A message as every simulator shows it; `name` is the visitor's."""
    sender = message["sender"] or {"name": name if message["mine"] else ""}
    return {
        "id": message["id"],
        "author": "customer" if message["mine"] else "agent",
        "name": sender["name"],
        "avatar": None,
        "at": message["at"],
        "text": message["text"],
        "attachment": message["attachment"],
        "buttons": [_draw_button(button) for button in message["buttons"]],
        "cards": [
            {**card, "buttons": [_draw_button(button) for button in card["buttons"]]} for card in message["cards"]
        ],
        "location": message["location"],
        "status": message["state"] if message["mine"] else "",
        "error": message["reason"],
    }


def draw_waiting(message: Json, name: str, status: str, error: str = "") -> Json:
    """What was written and has not been taken."""
    bare: Json = {"attachment": None, "buttons": [], "cards": [], "location": None}
    author = {"author": "customer", "name": name, "avatar": None, "at": ""}
    text = message.get("text", "")
    return {"id": message["id"], **author, "text": text, **bare, "status": status, "error": error}


def _draw_button(button: Json) -> Json:
    return {"label": button["label"], "url": button["url"]}
