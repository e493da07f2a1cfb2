"""Everything that the connector claims to carry is shown on a simulated phone."""

from __future__ import annotations

from typing import Any

import pytest

from patchbay.domain.errors import AuthorizationNeeded, Transient, Uncertain
from patchbay.domain.model import (
    Attachment,
    AttachmentKind,
    Button,
    Card,
    Cards,
    ContactCard,
    Location,
    ReceiptState,
    Text,
)
from playground.services.viber.records import Person
from playground.simulator import Fault
from tests.harness.viber import AGENT, HOSTED, ViberHarness, last_line, text_for


@pytest.fixture
def harness() -> ViberHarness:
    return ViberHarness.connected()


@pytest.fixture
def maya(harness: ViberHarness) -> Person:
    return harness.meet()


def test_a_text_shows_the_agent_and_is_delivered_to_both_devices_and_read_at_once(
    harness: ViberHarness, maya: Person
) -> None:
    first = harness.deliver(maya, Text(text="one"))
    second = harness.deliver(maya, Text(text="two"))
    harness.time.settle()
    line = last_line(maya)
    assert (line.text, line.name, line.avatar, line.status) == ("two", "Ana", AGENT.avatar_url, "delivered")
    assert harness.receipts().count((first.external_id, ReceiptState.DELIVERED)) == 2
    harness.viber.read(maya.id)
    harness.viber.read(maya.id)
    harness.time.settle()
    assert [each for each in harness.receipts() if each[1] is ReceiptState.READ] == [
        (second.external_id, ReceiptState.READ)
    ]
    assert all(each.status == "read" for each in maya.lines if each.author == "agent")


def test_delivered_also_comes_for_what_the_customer_wrote(harness: ViberHarness, maya: Person) -> None:
    line = harness.viber.write(maya.id, "mine")
    harness.time.settle()
    assert (line.id, ReceiptState.DELIVERED) in harness.receipts()


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (
            Attachment(
                kind=AttachmentKind.IMAGE, url=f"{HOSTED}/a.jpg", content_type="image/jpeg", size=9, caption="look"
            ),
            {"text": "look", "kind": "image"},
        ),
        (
            Attachment(kind=AttachmentKind.VIDEO, url=f"{HOSTED}/a.mp4", content_type="video/mp4", size=9),
            {"text": "", "kind": "video"},
        ),
        (
            Attachment(kind=AttachmentKind.FILE, url=f"{HOSTED}/a.pdf", name="Größe.pdf", size=9),
            {"text": "", "kind": "file"},
        ),
        (
            Attachment(kind=AttachmentKind.FILE, url=f"{HOSTED}/a.pdf", name="a.pdf", size=90_000_000),
            {"text": f"{HOSTED}/a.pdf"},
        ),
        (ContactCard(name="Bo", phone="+46 70 1"), {"text": "Bo: +46701"}),
        (Location(latitude=1.5, longitude=-2.5), {"text": "", "location": {"latitude": 1.5, "longitude": -2.5}}),
        (Text(text="語" * 7000), {"text": "語" * 7000}),
        (Text(text="👩‍👩‍👧" * 875), {"text": "👩‍👩‍👧" * 875}),
    ],
)
def test_each_capability_reaches_the_phone(
    harness: ViberHarness, maya: Person, content: Any, shown: dict[str, Any]
) -> None:
    delivered = harness.deliver(maya, content)
    harness.time.settle()
    line = last_line(maya)
    assert (line.id, line.status, line.error) == (delivered.external_id, "delivered", "")
    assert line.text == shown["text"]
    assert (line.attachment or {}).get("kind") == shown.get("kind")
    assert line.location == shown.get("location")


def test_a_tapped_button_comes_back_as_its_label(harness: ViberHarness, maya: Person) -> None:
    buttons = (Button(label="Yes & <no>", payload="p1"), Button(label="FAQ", url="https://faq.test/?a=1&b=2"))
    first = harness.deliver(maya, Text(text="Well?"), *buttons)
    assert last_line(maya).as_json(keyboard=True)["buttons"] == [
        {"label": "Yes & <no>", "url": None},
        {"label": "FAQ", "url": "https://faq.test/?a=1&b=2"},
    ]
    harness.viber.tap(maya.id, first.external_id, 0)
    harness.viber.tap(maya.id, first.external_id, 1)  # opens a browser, and tells nobody
    harness.time.settle()
    assert [message.message.content for message in harness.messages()] == [(Text(text="Yes & <no>"),)]
    harness.deliver(maya, Text(text="And now?"), *buttons)
    with pytest.raises(KeyError, match="another keyboard"):
        harness.viber.tap(maya.id, first.external_id, 0)


PICTURE = Attachment(kind=AttachmentKind.IMAGE, url=None, size=1000)
CARDS = Cards(
    cards=tuple(
        Card(
            title=f"Bike <{number}> & more",
            text="Fast.\nVery.",
            image=Attachment(kind=AttachmentKind.IMAGE, url=f"{HOSTED}/{number}.png", size=1000)
            if number % 2
            else None,
            buttons=tuple(Button(label=f"Buy {number}.{n}", payload="x") for n in range(number % 3)),
        )
        for number in range(6)
    )
)


def test_cards_are_shown_side_by_side_and_can_be_tapped(harness: ViberHarness, maya: Person) -> None:
    delivered = harness.deliver(maya, CARDS)
    harness.time.settle()
    cards = last_line(maya).cards
    assert [(card.title, card.text) for card in cards] == [(f"Bike <{n}> & more", "Fast.\nVery.") for n in range(6)]
    assert [card.image for card in cards] == [None, f"{HOSTED}/1.png", None, f"{HOSTED}/3.png", None, f"{HOSTED}/5.png"]
    assert [[press.label for press in card.buttons] for card in cards][2] == ["Buy 2.0", "Buy 2.1"]
    assert last_line(maya).status == "delivered"
    harness.viber.tap(maya.id, delivered.external_id, 1, card=2)
    harness.time.settle()
    assert harness.messages()[-1].message.content == (Text(text="Buy 2.1"),)


def test_cards_without_pictures_or_buttons_are_fine_too(harness: ViberHarness, maya: Person) -> None:
    harness.deliver(maya, Cards(cards=(Card(title="Only a title"),)))
    harness.time.settle()
    assert last_line(maya).status == "delivered"
    assert last_line(maya).cards[0].title == "Only a title"


def test_an_old_app_gets_cards_in_words(harness: ViberHarness, maya: Person) -> None:
    maya.api_version = 1
    harness.deliver(maya, CARDS)
    assert last_line(maya).cards == ()
    assert "• Buy 2.1" in last_line(maya).text


def test_many_buttons_of_any_length_pass_the_phones_checks(harness: ViberHarness, maya: Person) -> None:
    for label in ("ok", "a label that is quite a bit longer than the line", "<&>" * 33):
        harness.deliver(maya, Text(text="?"), *(Button(label=label, payload=str(n)) for n in range(12)))
    harness.time.settle()
    assert [line.status for line in maya.lines[-3:]] == ["delivered"] * 3


def test_a_hundred_messages_an_hour_without_an_answer_are_enough(harness: ViberHarness, maya: Person) -> None:
    for _ in range(100):
        harness.deliver(maya, Text(text="spam"))
    with pytest.raises(Transient, match="status 12"):
        harness.deliver(maya, Text(text="spam"))
    refusal = harness.call("send_message", text_for(maya))
    assert isinstance(refusal["message_token"], str)
    harness.viber.write(maya.id, "stop")
    harness.deliver(maya, Text(text="sorry"))


@pytest.mark.parametrize(
    ("fault", "failure", "done"),
    [
        (Fault(status=429, retry_after=9), Transient, False),
        (Fault(status=500), Uncertain, False),
        (Fault(status=503), Transient, False),
        (Fault(status=401), AuthorizationNeeded, False),
        (Fault(refused=True), Transient, False),
        (Fault(lost=True), Uncertain, True),
    ],
)
def test_faults_mean_what_they_should(
    harness: ViberHarness, maya: Person, fault: Fault, failure: type[Exception], done: bool
) -> None:
    before = len(maya.lines)
    harness.viber.fail_next(fault)
    with pytest.raises(failure):
        harness.deliver(maya, Text(text="x"))
    assert (len(maya.lines) > before) == done
