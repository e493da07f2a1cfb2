"""How a message is fitted to a service, in the words that people read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from patchbay.domain.model import Attachment, AttachmentKind, Button, Card, Cards, Message, Role, Sender, Text
from patchbay.kit.capabilities import ButtonRule, Capabilities, CardRule
from patchbay.kit.fallbacks import render

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


# --- what a button can open ------------------------------------------------------------------------------------------

WEB_BUTTONS = Capabilities(text_limit=1000, buttons=ButtonRule(max_count=3, max_label=20))
APP = Button(label="Open the app", url="myapp://order/1")
SHOP = Button(label="Shop", url="shop.example")
YES = Button(label="Yes", payload="yes")


def test_links_that_cannot_be_opened_are_said_and_the_other_buttons_stay() -> None:
    rendering = render(said(Text(text="And now?"), buttons=(YES, APP, SHOP)), WEB_BUTTONS, "m1", NOW)
    [part] = rendering.parts
    assert part.content == Text(text="And now?\nOpen the app: myapp://order/1")
    assert part.buttons == (YES, Button(label="Shop", url="https://shop.example"))
    assert [(offer.label, offer.number) for offer in rendering.quick_replies] == [("Yes", 0)]


def test_what_cannot_be_opened_does_not_count_among_the_buttons_that_fit() -> None:
    others = tuple(Button(label=word, payload=word) for word in ("No", "Maybe"))
    [part] = render(said(Text(text="?"), buttons=(YES, APP, *others)), WEB_BUTTONS, "m1", NOW).parts
    assert part.buttons == (YES, *others)


# --- cards -----------------------------------------------------------------------------------------------------------

CARDS = Capabilities(text_limit=1000, cards=CardRule(max_cards=2, max_title=10, max_text=10, max_buttons=1))


def test_one_card_keeps_what_fits_and_a_text_follows_with_the_rest() -> None:
    card = Card(title="A trip to the sea", text="Sun", buttons=(YES, Button(label="No", payload="no"), SHOP, APP))
    rendering = render(said(card), CARDS, "m1", NOW)
    shown, rest = (part.content for part in rendering.parts)
    assert shown == Cards(cards=(Card(title="A trip to…", text="Sun", buttons=(YES,)),))
    assert rest == Text(text="A trip to the sea\n1. No\nShop: https://shop.example\nOpen the app: myapp://order/1")
    assert [(offer.label, offer.number, offer.lasting) for offer in rendering.quick_replies] == [
        ("Yes", 0, True),
        ("No", 1, False),
    ]


def test_several_cards_are_named_in_the_text_after_them() -> None:
    first = Card(title="Sea", text="Sun and more sun", buttons=(YES,))
    second = Card(title="Hills", buttons=(APP,))
    third = Card(title="Home", buttons=(YES,))
    contents = [part.content for part in render(said(first, second, third), CARDS, "m1", NOW).parts]
    assert contents == [
        Cards(cards=(replace(first, text="Sun and m…"), Card(title="Hills"))),
        Text(text="Sea\nSun and more sun\n\nHills\nOpen the app: myapp://order/1"),
        Cards(cards=(third,)),
    ]


def test_a_cards_image_that_nobody_can_load_is_said() -> None:
    image = Attachment(kind=AttachmentKind.IMAGE, url="data:image/png;base64,AAAA", name="sea.png")
    lost = replace(image, url=None)
    found = replace(image, url="www.example.com/sea.png")
    for one, rest in ((image, "sea.png: data:image/png;base64,AAAA"), (lost, "[sea.png: could not be downloaded]")):
        parts = render(said(Card(title="Sea", image=one)), CARDS, "m1", NOW).parts
        assert [part.content for part in parts] == [Cards(cards=(Card(title="Sea"),)), Text(text=rest)]
    [part] = render(said(Card(title="Sea", image=found)), CARDS, "m1", NOW).parts
    shown = Card(title="Sea", image=replace(image, url="https://www.example.com/sea.png"))
    assert part.content == Cards(cards=(shown,))
