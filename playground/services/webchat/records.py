"""What is on a visitor's screen, and what their browser remembers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from chat.model import name_chat

Json = dict[str, Any]

SITE = "webchat-demo"  #: the one site of the simulator


class CallRefused(Exception):
    """The web chat refused a call of a browser: the status and the code of its answer."""

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
    """One visitor. Only the token makes them the same person when they come back."""

    visitor: str
    token: str = field(repr=False)


@dataclass(slots=True, kw_only=True)
class Screen:
    """One chat in its visitor's browser.

    `outbox` holds messages that the web chat has not accepted yet, in order; `refused` those that it never will, with
    the reason. An open screen polls; `poll_is_due` says that it is about to.
    """

    id: str
    name: str
    browser: Browser
    is_open: bool = True
    poll_is_due: bool = False
    cursor: str = ""
    typing: str | None = None  #: the name of the agent who is typing, "" if it is not known
    messages: dict[str, Json] = field(default_factory=dict)
    outbox: list[Json] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)

    @property
    def contact(self) -> str:
        """What the bridge calls the chat."""
        return name_chat(SITE, self.browser.visitor, self.id)

    def show(self, answer: Json) -> None:
        """Takes over an answer with the new and changed messages, or with all of them."""
        if answer.get("reset") or not self.cursor:
            self.messages.clear()
        for message in answer["messages"]:
            self.messages[message["id"]] = message
        self.cursor = str(answer["cursor"])
        self.typing = answer["typing"]["name"] if answer["typing"] else None

    def lines(self) -> list[Json]:
        """All messages in the order of the transcript."""
        return sorted(self.messages.values(), key=lambda message: int(message["position"]))

    def theirs(self) -> list[Json]:
        return [message for message in self.lines() if not message["mine"]]

    def mine(self) -> list[Json]:
        return [message for message in self.lines() if message["mine"]]
