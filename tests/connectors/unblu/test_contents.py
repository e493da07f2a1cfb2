"""What agents' messages hold: texts, files, cards, lists, questions, and kinds that nobody knows."""

from __future__ import annotations

from typing import Any

import pytest

from patchbay.domain.model import Attachment, AttachmentKind, Button, Card, Message, Text, Unsupported
from tests.harness.unblu_calls import TENANT, parse_message, parse_older

LINK = f"{TENANT}/app/rest/v4/files/1/plan.pdf"
LINKS = [{"type": "AGENT_DESK", "url": f"{TENANT}/desk/1"}, {"type": "WEB_API", "url": LINK}]


def read(kind: str, **fields: Any) -> Message:
    return parse_message(**{"type": kind, "text": ..., "textType": ..., **fields}).message


# --- texts -----------------------------------------------------------------------------------------------------------


def test_markdown_becomes_plain_text_and_a_plain_text_stays() -> None:
    assert parse_message(text="**Hi** [you](https://a.example)", textType="MARKDOWN").message.content == (
        Text(text="Hi you (https://a.example)"),
    )
    assert parse_message(text="**Hi**").message.content == (Text(text="**Hi**"),)


def test_quick_replies_say_their_text() -> None:
    message = parse_message(quickReplies=[{"text": "Yes: now"}, {"text": ""}]).message
    assert message.buttons == (Button(label="Yes: now", payload="say:Yes: now"),)


@pytest.mark.parametrize("kind", ["WHATSAPP_TEMPLATE", "REPLY", "HOLOGRAM", ""])
def test_an_unknown_kind_is_shown_by_the_text_that_is_made_for_that(kind: str) -> None:
    assert read(kind, fallbackText="Come **soon**").content == (Text(text="Come **soon**"),)
    [lost] = read(kind, fallbackText=None).content
    assert isinstance(lost, Unsupported)


# --- files -----------------------------------------------------------------------------------------------------------


def read_file(**fields: Any) -> Message:
    return read("FILE", **{"fileName": "Plan.pdf", "mimeType": "application/pdf", "downloadLinks": LINKS, **fields})


def test_a_file_is_fetched_by_the_api_and_not_by_the_desk() -> None:
    message = read_file(totalSize=2048, caption="Your **plan**", captionType="MARKDOWN", fileStatus="COMPLETED")
    assert message.content == (
        Attachment(
            kind=AttachmentKind.FILE,
            url=LINK,
            name="Plan.pdf",
            content_type="application/pdf",
            size=2048,
            caption="Your plan",
            protected=True,
        ),
    )


def test_the_older_generation_has_one_link() -> None:
    fields = {"type": "FILE", "fileName": "Plan.pdf", "downloadLink": LINK, "agentDeskDownloadLink": f"{TENANT}/desk"}
    [file] = parse_older(**fields, text=...).message.content
    assert isinstance(file, Attachment)
    assert file.url == LINK


@pytest.mark.parametrize(
    ("mime_type", "kind"),
    [
        ("image/png", AttachmentKind.IMAGE),
        ("audio/mpeg", AttachmentKind.AUDIO),
        ("video/mp4", AttachmentKind.VIDEO),
        ("IMAGE/JPEG", AttachmentKind.IMAGE),
        ("text/plain", AttachmentKind.FILE),
        (None, AttachmentKind.FILE),
    ],
)
def test_the_kind_of_a_file_is_that_of_its_type(mime_type: str | None, kind: AttachmentKind) -> None:
    [file] = read_file(mimeType=mime_type).content
    assert isinstance(file, Attachment)
    assert file.kind is kind


@pytest.mark.parametrize("status", ["REJECTED", "DELETED", "FAILED", "CANCELED"])
def test_a_file_that_will_never_come_is_told_of(status: str) -> None:
    message = read_file(fileStatus=status, caption="Look")
    assert isinstance(message.content[0], Unsupported)
    assert "Plan.pdf" in message.content[0].description
    assert message.content[1] == Text(text="Look")
    assert not message.incomplete


def test_a_file_without_a_link_for_us_cannot_be_fetched() -> None:
    message = read_file(downloadLinks=LINKS[:1])
    assert isinstance(message.content[0], Attachment)
    assert message.content[0].url is None
    assert not message.incomplete


# --- cards and lists -------------------------------------------------------------------------------------------------

ACTIONS = [
    {"actionType": "LINK_EXTERNAL", "label": "Read", "value": "https://a.example"},
    {"actionType": "REPLY_MESSAGE", "label": "Call me", "value": "Please call"},
    {"actionType": "REPLY_MESSAGE_WITH_TECHNICAL_VALUE", "label": "Take it", "value": "offer:17"},
    {"actionType": "REPLY_MESSAGE", "label": "", "value": "nothing to tap"},
]


def test_a_card_has_its_picture_its_words_and_its_buttons() -> None:
    url = "https://images.example/house.png"
    message = read("CARD", title="House", body="*Big*", bodyTextType="MARKDOWN", imageUrl=url, actions=ACTIONS)
    assert message.content == (
        Card(
            title="House",
            text="Big",
            image=Attachment(kind=AttachmentKind.IMAGE, url=url),
            buttons=(
                Button(label="Read", url="https://a.example"),
                Button(label="Call me", payload="say:Please call"),
                Button(label="Take it", payload="reply:m1:offer:17"),
            ),
        ),
    )


@pytest.mark.parametrize(
    ("url", "protected"),
    [(f"{TENANT}/images/1.png", True), ("https://acme.unblu.example.evil.example/1.png", False)],
)
def test_pictures_on_the_tenants_own_host_want_our_password(url: str, protected: bool) -> None:
    [card] = read("CARD", title="House", imageUrl=url).content
    assert isinstance(card, Card)
    assert card.image
    assert card.image.protected is protected


def test_a_picture_that_is_no_address_is_left_out() -> None:
    [card] = read("CARD", title="House", imageUrl="data:image/png;base64,AAAA").content
    assert isinstance(card, Card)
    assert card.image is None


def test_a_card_without_a_title_has_its_first_line_for_one() -> None:
    assert read("CARD", title=None, body="One\ntwo").content == (Card(title="One", text="two"),)
    assert read("CARD", title="", body="", fallbackText="A card").content == (Text(text="A card"),)


def test_a_list_is_its_header_and_its_items() -> None:
    items = [{"title": "Bern", "action": ACTIONS[0]}, {"title": "Basel", "body": "Until 18:00", "action": None}]
    message = read("LIST", header={"title": "Branches"}, items=items, actions=ACTIONS[1:2], quickReplies=None)
    assert message.content == (
        Card(title="Branches"),
        Card(title="Bern", buttons=(Button(label="Read", url="https://a.example"),)),
        Card(title="Basel", text="Until 18:00"),
    )
    assert message.buttons == (Button(label="Call me", payload="say:Please call"),)


# --- questions -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["MULTICHOICE_QUESTION", "APPROVAL_REQUEST", "RATING_QUESTION"])
def test_choices_are_buttons_that_answer_that_question(kind: str) -> None:
    options = [{"label": "Monday", "value": "mon"}, {"label": "", "value": "tue"}, {"label": "", "value": ""}]
    decline = {"declinable": True, "declineLabel": "Not now", "declineValue": "no"}
    message = read(kind, text="Which day?", options=options, answerStatus="PENDING", **decline)
    assert message.content == (Text(text="Which day?"),)
    assert message.buttons == (
        Button(label="Monday", payload="reply:m1:mon"),
        Button(label="tue", payload="reply:m1:tue"),
        Button(label="Not now", payload="reply:m1:no"),
    )
    assert message.question == ""


def test_a_question_for_words_takes_what_is_written_next_for_its_answer() -> None:
    message = read("TEXT_QUESTION", text="Your **number**?", textType="MARKDOWN", hint="Eight digits")
    assert message.content == (Text(text="Your number?\n(Eight digits)"),)
    assert message.question == "reply:m1:"
    assert message.buttons == ()


@pytest.mark.parametrize("status", ["ANSWERED", "TIMEDOUT", "CANCELED"])
def test_a_question_that_is_closed_offers_nothing(status: str) -> None:
    options = [{"label": "Monday", "value": "mon"}]
    assert read("MULTICHOICE_QUESTION", text="Which?", options=options, answerStatus=status).buttons == ()
    assert read("TEXT_QUESTION", text="Which?", answerStatus=status).question == ""
