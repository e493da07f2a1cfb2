"""Addresses as agents and bot builders paste them, from every platform that has buttons to every messenger."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from patchbay.domain.model import Button, Content, Message, Part, Role, Sender, Text
from patchbay.kit.fallbacks import render
from patchbay.platforms.freshchat import contents as freshchat
from patchbay.platforms.freshchat.schemas import MessageWire as FreshchatMessage
from patchbay.platforms.giosg import contents as giosg
from patchbay.platforms.giosg.schemas import MessageWire as GiosgMessage
from patchbay.platforms.uchat import contents as uchat
from patchbay.platforms.uchat.schemas import MessageWire as UChatMessage
from patchbay.platforms.unblu import contents as unblu
from patchbay.platforms.unblu.schemas import MessageWire as UnbluMessage
from tests.connectors.services import load_connector
from tests.harness.counter import MESSENGERS

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)

Said = tuple[tuple[Content, ...], tuple[Button, ...]]


def freshchat_says(url: str) -> Said:
    parts = [{"text": {"content": "Look"}}, {"url_button": {"label": "Open", "url": url}}]
    read = freshchat.read_contents(FreshchatMessage.model_validate({"message_parts": parts}))
    return read.content, read.buttons


def unblu_says(url: str) -> Said:
    action = {"actionType": "LINK_EXTERNAL", "label": "Open", "value": url}
    fields = {"id": "m", "conversationId": "c", "type": "CARD", "title": "Look", "actions": [action]}
    read = unblu.read_contents(UnbluMessage.model_validate(fields), "")
    return read.content, read.buttons


def uchat_says(url: str) -> Said:
    button = {"type": "web_url", "title": "Open", "url": url}
    attributes = {"text": "Look", "buttons": [button]}
    fields = {
        "sender_id": "a",
        "type": "text",
        "text": "Look",
        "content_type": "button_template",
        "content_attributes": attributes,
    }
    read = uchat.read_contents(UChatMessage.model_validate(fields))
    return read.content, read.buttons


def uchat_shows(url: str) -> Said:
    """A card that opens an address when it is tapped."""
    attributes = {"items": [{"title": "Look", "item_url": url}]}
    fields = {
        "sender_id": "a",
        "type": "text",
        "text": "Look",
        "content_type": "generic_template",
        "content_attributes": attributes,
    }
    read = uchat.read_contents(UChatMessage.model_validate(fields))
    return read.content, read.buttons


def giosg_says(url: str) -> Said:
    action = {"id": "b", "text": "Open", "type": "link_button", "value": url}
    fields = {"message": "Look", "attachments": [{"id": "a", "actions": [action]}]}
    read = giosg.read_contents(GiosgMessage.model_validate(fields), "m", {})
    return read.content, read.buttons


PLATFORMS = [freshchat_says, unblu_says, uchat_says, uchat_shows, giosg_says]


@pytest.mark.parametrize("messenger", MESSENGERS)
@pytest.mark.parametrize("says", PLATFORMS)
@pytest.mark.parametrize(
    ("url", "opened", "spelled"),
    [
        ("www.example.com", "https://www.example.com", ""),
        ("example.com/x", "https://example.com/x", ""),
        ("https://e.example/a b", "https://e.example/a%20b", ""),
        ("myapp://order/1", "", "Open: myapp://order/1"),
        ("mailto:help@example.com", "", "Open: help@example.com"),
        ("javascript:alert(1)", "", "Open: javascript:alert(1)"),
        ("data:text/html,x", "", "Open: data:text/html,x"),
    ],
)
def test_a_pasted_address_is_a_button_or_is_said(
    messenger: str, says: Callable[[str], Said], url: str, opened: str, spelled: str
) -> None:
    content, buttons = says(url)
    sender = Sender(role=Role.BOT)
    message = Message(external_id="m", sender=sender, content=content, sent_at=NOW, buttons=buttons)
    parts = render(message, load_connector(messenger).capabilities, "m", NOW).parts
    assert [button.url for button in links(parts)] == ([opened] if opened else [])
    assert spelled in words(parts)
    assert "Look" in words(parts)


def links(parts: tuple[Part, ...]) -> list[Button]:
    on_cards = [button for part in parts for card in getattr(part.content, "cards", ()) for button in card.buttons]
    return [*on_cards, *(button for part in parts for button in part.buttons)]


def words(parts: tuple[Part, ...]) -> str:
    texts = [part.content.text for part in parts if isinstance(part.content, Text)]
    return "\n".join([*texts, *(card.title for part in parts for card in getattr(part.content, "cards", ()))])
