"""What the bridge has no use for is not reported: how far a message got, and that a visitor types."""

from __future__ import annotations

from pathlib import Path

import pytest

from patchbay.domain.feedback import ALWAYS_WANTED, FeedbackKind
from tests.harness.fakes.chats import SITE, WebChat, write_static

SIGNALS = ("delivered", "read", "typing")


def show(tmp_path: Path, feedback: frozenset[FeedbackKind] | None) -> WebChat:
    """A visitor gets an agent's message, reads it, and types."""
    web = WebChat(write_static(tmp_path))
    web.connections.change(SITE.id, feedback=feedback)
    browser = web.browser()
    chat = browser.start()
    reply = web.reply(chat, "Good morning")
    browser.poll(chat)
    assert browser.call("POST", f"chats/{chat}/read", {"up_to": reply}).status == 204
    assert browser.call("POST", f"chats/{chat}/typing", {"typing": True}).status == 204
    [shown] = browser.call("GET", "chats").json["chats"]
    assert shown["unread"] == 0
    return web


@pytest.mark.parametrize(
    ("feedback", "reported"),
    [
        (None, SIGNALS),
        (frozenset(FeedbackKind), SIGNALS),
        (ALWAYS_WANTED, ()),
        (ALWAYS_WANTED | {FeedbackKind.READ}, ("read",)),
        (ALWAYS_WANTED | {FeedbackKind.TYPING}, ("typing",)),
    ],
)
def test_only_what_can_be_shown_is_reported(
    tmp_path: Path, feedback: frozenset[FeedbackKind] | None, reported: tuple[str, ...]
) -> None:
    web = show(tmp_path, feedback)
    assert tuple(note["kind"] for note in web.bridge.notes) == reported


def test_what_was_delivered_before_is_reported_with_the_next_look_once_it_can_be_shown(tmp_path: Path) -> None:
    web = WebChat(write_static(tmp_path))
    web.connections.change(SITE.id, feedback=ALWAYS_WANTED)
    browser = web.browser()
    chat = browser.start()
    web.reply(chat, "Good morning")
    browser.poll(chat)
    web.connections.change(SITE.id, feedback=frozenset(FeedbackKind))
    browser.poll(chat)
    assert len(web.bridge.of_kind("delivered")) == 1
