"""How a message is fitted to a service, in the words that people read."""

from __future__ import annotations

from datetime import UTC, datetime

from patchbay.contract import Capabilities
from patchbay.degrade import render
from patchbay.model import Button, Card, Message, Role, Sender, Text

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
PLAIN = Capabilities(text_limit=1000)


def spelled(message: Message) -> list[str]:
    contents = [part.content for part in render(message, PLAIN, "m1", NOW).parts]
    return [content.text for content in contents if isinstance(content, Text)]


def said(*content: Text | Card, buttons: tuple[Button, ...] = ()) -> Message:
    return Message(external_id="1", sender=Sender(role=Role.BOT), content=content, sent_at=NOW, buttons=buttons)


def test_buttons_become_numbered_lines_links_and_telephone_numbers() -> None:
    buttons = (
        Button(label="Order", payload="order"),
        Button(label="Read more", url="https://shop.example/a"),
        Button(label="Call us", url="tel:+358401234567"),
        Button(label="Return", payload="return"),
    )
    [text] = spelled(said(Text(text="What next?"), buttons=buttons))
    assert text.split("\n") == [
        "What next?",
        "1. Order",
        "Read more: https://shop.example/a",
        "Call us: +358401234567",
        "2. Return",
    ]


def test_a_number_that_is_its_own_label_stands_there_once() -> None:
    card = Card(title="Shop", buttons=(Button(label="+358401234567", url="tel:+358401234567"),))
    assert spelled(said(card)) == ["Shop\n+358401234567"]
