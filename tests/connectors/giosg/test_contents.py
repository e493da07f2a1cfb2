"""Attachments of Giosg's messages: pictures, files, cards, links, buttons."""

from __future__ import annotations

from typing import Any

import pytest

from patchbay.domain.events import MessageReceived
from patchbay.domain.model import Attachment, AttachmentKind, Button, Card, Message, Text, Unsupported
from patchbay.platforms.giosg.ids import Action, read_action, write_action
from tests.harness.giosg_webhooks import MESSAGE, TENANT, added, attachment, button, parse

PICTURE = "https://pictures.example/sea.jpg"
PLAN = f"{TENANT}/downloads/1/Plan.pdf"


def read(*attachments: dict[str, Any], text: str | None = None, **fields: Any) -> Message:
    [event] = parse(added(message=text, attachments=list(attachments), **fields))
    assert isinstance(event, MessageReceived)
    return event.message


# --- pictures and files ----------------------------------------------------------------------------------------------


def test_a_picture_is_copied_with_its_title_as_caption_or_as_name() -> None:
    [sea] = read(attachment(title="The sea", image_url=PICTURE)).content
    assert isinstance(sea, Attachment)
    assert (sea.kind, sea.url, sea.caption, sea.name) == (AttachmentKind.IMAGE, PICTURE, "The sea", "sea.jpg")
    assert sea.protected
    [named] = read(attachment(title="Baltic.jpg", image_url=PICTURE)).content
    assert isinstance(named, Attachment)
    assert (named.caption, named.name) == ("", "Baltic.jpg")


@pytest.mark.parametrize("title", ["Version 2.0 of our plan", "see shop.example", "100%", "https://[", ".png?"])
def test_a_title_that_is_no_pictures_name_is_its_caption(title: str) -> None:
    [picture] = read(attachment(title=title, image_url="https://pictures.example/a%20b.png?w=1.5")).content
    assert isinstance(picture, Attachment)
    assert (picture.caption, picture.name) == (title, "a b.png")


@pytest.mark.parametrize("url", ["https://[", "https://[::1", "https://x:y/a.png", "https:///a.png"])
def test_an_address_that_is_none_loses_no_message(url: str) -> None:
    message = read(attachment(title="a.pdf", image_url=url, title_link_url=url), text="Hi")
    assert message.content[0] == Text(text="Hi")


def test_what_is_said_stands_before_the_picture() -> None:
    text, picture = read(attachment(image_url=PICTURE), text="Look").content
    assert text == Text(text="Look")
    assert isinstance(picture, Attachment)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Plan.pdf", AttachmentKind.FILE),
        ("song.mp3", AttachmentKind.AUDIO),
        ("film.mp4", AttachmentKind.VIDEO),
        ("notes.unheardof", AttachmentKind.FILE),
    ],
)
def test_an_upload_is_a_file_because_customers_cannot_open_its_address(name: str, kind: AttachmentKind) -> None:
    message = read(attachment(title=name, title_link_url=PLAN))
    assert message.content == (Attachment(kind=kind, url=PLAN, name=name, protected=True),)
    assert not message.incomplete


def test_a_file_elsewhere_stays_a_link() -> None:
    message = read(attachment(title="Plan.pdf", title_link_url="https://shop.example/Plan.pdf"))
    assert message.content == (Text(text="Plan.pdf\nhttps://shop.example/Plan.pdf"),)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:image/png;base64,AA", "/relative.png", "file:///etc/passwd"]
)
def test_what_is_no_web_address_is_neither_fetched_nor_linked(url: str) -> None:
    message = read(attachment(title="Look", image_url=url, title_link_url=url, attachment_url=url), text="Hi")
    assert message.content == (Text(text="Hi"), Text(text="Look"))


# --- cards, texts, links ---------------------------------------------------------------------------------------------


def test_a_title_with_a_picture_and_words_is_a_card() -> None:
    message = read(
        attachment(title="House", text="**Big**", image_url=PICTURE, actions=[button("Buy", "1")]),
    )
    [card] = message.content
    assert isinstance(card, Card)
    assert (card.title, card.text) == ("House", "Big")
    assert card.image is not None
    assert (card.image.url, card.image.protected, card.image.caption) == (PICTURE, True, "")
    assert [each.label for each in card.buttons] == ["Buy"]
    assert message.buttons == ()


def test_words_alone_are_a_text() -> None:
    message = read(attachment(title="Hours", text="# Week\n* Mon `9-12`\n* see [our page](https://shop.example)"))
    assert message.content == (Text(text="Hours\nWeek\n- Mon 9-12\n- see our page (https://shop.example)"),)


def test_each_address_is_told_once() -> None:
    link = "https://shop.example/a"
    message = read(
        attachment(text="Go", title_link_url=link, image_link_url=link, attachment_url="https://shop.example/b")
    )
    assert message.content == (Text(text="Go\nhttps://shop.example/a\nhttps://shop.example/b"),)


def test_several_attachments_keep_their_order() -> None:
    first, second = read(attachment(text="one"), attachment(text="two")).content
    assert (first, second) == (Text(text="one"), Text(text="two"))


@pytest.mark.parametrize("kind", ["interaction_submit", "call_request"])
def test_what_works_on_giosgs_own_chat_alone_says_so(kind: str) -> None:
    lost, link = read(attachment(attachment_url="https://forms.example/1"), type=kind).content
    assert isinstance(lost, Unsupported)
    assert link == Text(text="https://forms.example/1")


# --- buttons ---------------------------------------------------------------------------------------------------------


def test_buttons_know_what_they_answer() -> None:
    message = read(attachment(actions=[button("Monday", "mon:1")]), text="Which day?")
    assert message.content == (Text(text="Which day?"),)
    [monday] = message.buttons
    action = read_action(monday.payload)
    assert action is not None
    assert (monday.label, action.message_id, action.value) == ("Monday", MESSAGE, "mon:1")


def test_buttons_that_open_a_page_open_it() -> None:
    message = read(attachment(actions=[button("More", "https://shop.example", "link_button")]))
    assert message.buttons == (Button(label="More", url="https://shop.example"),)


@pytest.mark.parametrize("address", ["tel:+4670", "www.example.com", "myapp://order/1", "javascript:alert(1)"])
def test_a_link_is_one_wherever_it_leads(address: str) -> None:
    """What the messenger can open is not Giosg's matter."""
    message = read(attachment(actions=[button("Call", address, "link_button")]), text="Hi")
    assert message.buttons == (Button(label="Call", url=address),)


def test_a_link_without_an_address_is_a_line() -> None:
    message = read(attachment(actions=[button("Call", " ", "link_button")]), text="Hi")
    assert message.buttons == ()


def test_a_button_that_cannot_be_answered_is_a_line() -> None:
    message = read({**attachment(actions=[{**button("Yes", ""), "id": None}]), "text": "Sure?"})
    assert (message.buttons, message.content) == ((), (Text(text="Sure?\nYes"),))


@pytest.mark.parametrize("value", ["", "a:b:c", "ä 👍", "action:x"])
def test_a_buttons_payload_is_read_as_it_was_written(value: str) -> None:
    action = Action("m", "a", "b", value)
    assert read_action(write_action(action)) == action


@pytest.mark.parametrize("payload", ["", "buy", "action:", "action:m:a", "action:::x:v", "reply:m:a:b:v"])
def test_other_services_payloads_are_not_taken_for_ours(payload: str) -> None:
    assert read_action(payload) is None
