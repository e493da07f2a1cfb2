"""What agents send, on a customer's phone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from patchbay.domain.errors import (
    AuthorizationNeeded,
    MarketingRefused,
    Rejected,
    Transient,
    Uncertain,
    Unreachable,
    WindowClosed,
)
from patchbay.domain.model import (
    Attachment,
    AttachmentKind,
    Button,
    Card,
    Cards,
    ContactCard,
    Conversation,
    Location,
    ReceiptState,
    Role,
    Sender,
    Text,
)
from patchbay.messengers.whatsapp import CONNECTOR, spec
from patchbay.messengers.whatsapp.outbound import address
from tests.harness.whatsapp_aws_bridge import WhatsAppAwsHarness
from tests.harness.whatsapp_bridge import UNNAMED, WhatsAppHarness

REPLIES = tuple(Button(label=f"Slot {number}", payload=f"slot-{number}") for number in range(1, 11))
SHOP = Button(label="Shop", url="https://shop.test/a?b=c")


@pytest.fixture(params=[WhatsAppHarness, WhatsAppAwsHarness], ids=["meta", "aws"])
def harness(request: pytest.FixtureRequest) -> WhatsAppHarness:
    door: type[WhatsAppHarness] = request.param
    return door.connected()


def file_of(kind: AttachmentKind, name: str, content_type: str, **more: Any) -> Attachment:
    url = f"https://bridge.test/media/t/{name}"
    return Attachment(kind=kind, url=url, name=name, content_type=content_type, **{"size": 64, "hosted": True, **more})


def test_a_text_stands_below_its_authors_name(harness: WhatsAppHarness) -> None:
    person = harness.meet()
    delivered = harness.deliver(person, Text(text="See you at *noon*"))
    shown = harness.last(person)
    assert (shown.id, shown.type) == (delivered.external_id, "text")
    assert shown.content["body"] == "*Ana <3:*\nSee you at *\u2060noon*\u2060"
    assert not shown.content["preview_url"]
    assert shown.tracker == f"k:0 {person.user_id}"
    harness.deliver(person, Text(text="hi"), sender=UNNAMED)
    assert harness.last(person).content["body"] == "hi"


def test_a_message_goes_to_metas_id_where_there_is_one_and_else_to_the_number() -> None:
    assert address("CH.77")["recipient"] == "CH.77"
    assert address("41791234567")["to"] == "+41791234567"


def test_who_hides_the_number_gets_it_too(harness: WhatsAppHarness) -> None:
    hidden = harness.meet("Tomás Oliveira")
    harness.deliver(hidden, Text(text="hello"))
    assert "hello" in str(harness.last(hidden).content)


def test_an_answer_quotes_what_it_answers(harness: WhatsAppHarness) -> None:
    person = harness.meet()
    question = harness.people.write(person, "When?")
    harness.deliver(person, Text(text="At ten"), reply_to=question.id)
    assert harness.last(person).answers == question.id


# --- buttons ---------------------------------------------------------------------------------------------------------


def test_up_to_three_answers_are_buttons_and_more_of_them_a_list(harness: WhatsAppHarness) -> None:
    person = harness.meet()
    harness.deliver(person, Text(text="When?"), *REPLIES[:3])
    shown = harness.last(person).content
    assert shown["type"] == "button"
    assert [each["reply"]["id"] for each in shown["action"]["buttons"]] == ["slot-1", "slot-2", "slot-3"]
    harness.deliver(person, Text(text="When?"), *REPLIES)
    shown = harness.last(person).content
    assert shown["type"] == "list"
    assert [row["title"] for row in shown["action"]["sections"][0]["rows"]] == [one.label for one in REPLIES]
    harness.deliver(person, Text(text="x" * 2000), *REPLIES[:2])
    assert harness.last(person).content["type"] == "list", "only a list takes so long a text"
    harness.deliver(person, Text(text="Which?"), Button(label="With a long label 24 xyz", payload="a"))
    assert harness.last(person).content["type"] == "list"


def test_one_link_is_a_button_and_others_are_said(harness: WhatsAppHarness) -> None:
    person = harness.meet()
    harness.deliver(person, Text(text="Look"), SHOP)
    shown = harness.last(person).content
    assert (shown["type"], shown["action"]["parameters"]["url"]) == ("cta_url", SHOP.url)
    harness.deliver(person, Text(text="Look"), REPLIES[0], SHOP)
    shown = harness.last(person).content
    assert shown["type"] == "button"
    assert shown["body"]["text"].endswith("Look\nShop: https://shop.test/a?b=c")
    harness.deliver(person, Text(text="Look"), SHOP, replace(SHOP, label="Blog"))
    assert [each.type for each in harness.sent(person)][-2:] == ["text", "text"]
    assert "Blog: https://shop.test/a?b=c" in harness.last(person).content["body"]


def test_a_text_that_leaves_no_room_goes_before_its_buttons(harness: WhatsAppHarness) -> None:
    person = harness.meet()
    long = "x" * CONNECTOR.capabilities.text_limit
    shop = Button(label="Shop", url=f"https://shop.test/{'a' * 200}")
    delivered = harness.deliver(person, Text(text=long), REPLIES[0], shop)
    first, second = harness.sent(person)
    assert (first.type, second.type) == ("text", "interactive")
    assert (delivered.external_id, delivered.aliases) == (second.id, (first.id,))
    assert (first.tracker, second.tracker) == ("", f"k:0 {person.user_id}")


def test_buttons_that_whatsapp_would_refuse_are_said(harness: WhatsAppHarness) -> None:
    person = harness.meet()
    harness.deliver(person, Text(text="Which?"), Button(label="A", payload="1"), Button(label="B", payload="1"))
    assert "• A\n• B" in harness.last(person).content["body"]


def test_a_choice_comes_back_with_its_payload(harness: WhatsAppHarness) -> None:
    person = harness.meet()
    harness.deliver(person, Text(text="Which?"), Button(label="No payload"))
    [button] = harness.last(person).content["action"]["buttons"]
    assert button["reply"]["id"] == "No payload"


def test_cards_are_an_image_with_words_and_buttons(harness: WhatsAppHarness) -> None:
    person = harness.meet()
    image = file_of(AttachmentKind.IMAGE, "shoe.jpg", "image/jpeg")
    card = Card(title="Shoe", text="Red _and_ blue", image=image, buttons=REPLIES[:2])
    harness.deliver(person, Cards(cards=(card,)))
    shown = harness.last(person).content
    assert shown["header"] == {"type": "image", "image": {"link": image.url}}
    assert shown["body"]["text"] == "*Ana <3:*\n*Shoe*\nRed _\u2060and_\u2060 blue"
    harness.deliver(person, Cards(cards=(replace(card, buttons=()),)))
    assert (harness.last(person).type, harness.last(person).content["link"]) == ("image", image.url)
    drawn = replace(card, image=replace(image, content_type="image/gif"), buttons=(SHOP,))
    harness.deliver(person, Cards(cards=(drawn,)))
    shown = harness.last(person).content
    assert "header" not in shown
    assert f"shoe.jpg: {image.url}" in shown["body"]["text"]


# --- files, places, people -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "content_type", "shown_as"),
    [
        (AttachmentKind.IMAGE, "image/png", "image"),
        (AttachmentKind.VIDEO, "video/mp4", "video"),
        (AttachmentKind.AUDIO, "audio/mpeg", "audio"),
        (AttachmentKind.FILE, "application/pdf", "document"),
    ],
)
def test_a_file_is_uploaded_and_shown(
    harness: WhatsAppHarness, kind: AttachmentKind, content_type: str, shown_as: str
) -> None:
    person = harness.meet()
    captioned = kind is not AttachmentKind.AUDIO
    harness.deliver(person, file_of(kind, "offer.bin", content_type, caption="look" if captioned else ""))
    shown = harness.last(person)
    assert shown.type == shown_as
    assert shown.content.get("caption") == ("*Ana <3:*\nlook" if captioned else None)
    assert shown.content.get("filename") == ("offer.bin" if shown_as == "document" else None)
    assert harness.core.state.media[shown.content["id"]].content_type.startswith(content_type)


def test_a_voice_note_is_played_at_once(harness: WhatsAppHarness) -> None:
    person = harness.meet()
    harness.deliver(person, file_of(AttachmentKind.AUDIO, "said.ogg", "audio/ogg", voice=True))
    shown = harness.last(person)
    assert shown.content["voice"] is True
    assert harness.core.state.media[shown.content["id"]].content_type == "audio/ogg; codecs=opus"


def test_a_sticker_stays_one(harness: WhatsAppHarness) -> None:
    person = harness.meet()
    harness.deliver(person, file_of(AttachmentKind.IMAGE, "wave.webp", "image/webp", emoji="👋"))
    assert harness.last(person).type == "sticker"


def test_an_image_stands_above_its_buttons(harness: WhatsAppHarness) -> None:
    person = harness.meet()
    image = file_of(AttachmentKind.IMAGE, "a.jpg", "image/jpeg", caption="Which?")
    harness.deliver(person, image, *REPLIES[:2])
    shown = harness.last(person).content
    assert shown["header"]["type"] == "image"
    assert shown["body"]["text"] == "*Ana <3:*\nWhich?"
    harness.deliver(person, image, *REPLIES[:5])
    assert [each.type for each in harness.sent(person)][-2:] == ["image", "interactive"]


def test_a_file_that_whatsapp_does_not_take_goes_as_a_link(harness: WhatsAppHarness) -> None:
    person = harness.meet()
    harness.deliver(person, file_of(AttachmentKind.FILE, "a.zip", "application/zip", caption="all of it"))
    assert harness.last(person).content["body"] == "*Ana <3:*\nall of it\na.zip: https://bridge.test/media/t/a.zip"
    with pytest.raises(Rejected, match="could not be downloaded"):
        harness.deliver(person, Attachment(kind=AttachmentKind.FILE, url=None, name="gone"))


def test_places_and_contact_cards(harness: WhatsAppHarness) -> None:
    person = harness.meet()
    harness.deliver(person, Location(latitude=47.3, longitude=8.5, label="Main station, Bahnhofplatz 1"))
    assert harness.last(person).content == {
        "latitude": 47.3,
        "longitude": 8.5,
        "name": "Main station",
        "address": "Bahnhofplatz 1",
    }
    harness.deliver(person, ContactCard(name="Bo", phone="0041 79 000 00 00"), REPLIES[0])
    card, buttons = harness.sent(person)[-2:]
    assert card.content[0]["phones"][0]["phone"] == "+41790000000"
    assert buttons.content["body"]["text"] == "Please choose:"
    harness.deliver(person, ContactCard(name="Bo", phone="12"))
    assert harness.last(person).content["body"].endswith("Bo: 12")


# --- what WhatsApp refuses -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (4, Transient),
        (80007, Transient),
        (130429, Transient),
        (131048, Transient),
        (131056, Transient),
        (131057, Transient),
        (2, Transient),
        (1, Transient),
        (131000, Uncertain),
        (131016, Uncertain),
        (131047, WindowClosed),
        (131026, Unreachable),
        (131021, Unreachable),
        (130497, Unreachable),
        (131050, MarketingRefused),
        (131051, Rejected),
        (999999, Rejected),
        (0, AuthorizationNeeded),
        (190, AuthorizationNeeded),
        (10, AuthorizationNeeded),
        (200, AuthorizationNeeded),
        (368, AuthorizationNeeded),
        (3, AuthorizationNeeded),
        (131031, AuthorizationNeeded),
        (131042, AuthorizationNeeded),
        (131045, AuthorizationNeeded),
        (133010, AuthorizationNeeded),
    ],
)
def test_a_refusal_means_what_its_code_says(harness: WhatsAppHarness, code: int, error: type[Exception]) -> None:
    person = harness.meet()
    harness.core.quirks.refusals.append(code)
    with pytest.raises(error) as caught:
        harness.deliver(person, Text(text="private words"))
    assert type(caught.value) is error
    assert "private" not in str(caught.value)
    assert harness.token not in str(caught.value)
    if code in {131056, 131048}:
        assert getattr(caught.value, "retry_after", None)


def test_more_messages_to_one_person_than_whatsapp_takes_wait(harness: WhatsAppHarness) -> None:
    person = harness.meet()
    for number in range(45):
        harness.deliver(person, Text(text=str(number)))
        harness.time.advance(0.1)
    with pytest.raises(Transient) as caught:
        harness.deliver(person, Text(text="one too many"))
    assert caught.value.retry_after == 6.0
    harness.time.advance(6)
    harness.deliver(person, Text(text="now"))


def test_a_form_that_is_refused_is_said_in_words(harness: WhatsAppHarness) -> None:
    person = harness.meet()
    harness.core.quirks.refusals.append(131009)
    harness.deliver(person, Text(text="Which?"), *REPLIES[:2])
    assert harness.last(person).content["body"] == "*Ana <3:*\nWhich?\n• Slot 1\n• Slot 2"
    harness.core.quirks.refusals.append(131009)
    with pytest.raises(Rejected):
        harness.deliver(person, Text(text="words"))


# --- feedback and reactions ------------------------------------------------------------------------------------------


def typed(harness: WhatsAppHarness, message_id: str, *, typing: bool = True) -> bool:
    person = harness.person()
    state = {"newest_message": message_id} if message_id else {}
    conversation = Conversation(external_id=person.user_id, state=state)
    CONNECTOR.send_typing(typing, conversation, harness.connection, harness.http)
    return harness.people.chat(person).typing_until is not None


def test_typing_is_shown_below_the_newest_message() -> None:
    harness = WhatsAppHarness.connected()
    harness.meet()
    question = harness.people.write(harness.person(), "When?")
    assert not typed(harness, "")
    assert not typed(harness, question.id, typing=False)
    assert typed(harness, question.id)
    quiet = WhatsAppHarness.connected(read_receipts=spec.NEVER)
    quiet.meet()
    question = quiet.people.write(quiet.person(), "When?")
    assert not typed(quiet, question.id)
    assert not question.seen


@pytest.mark.parametrize(("policy", "seen"), [(spec.ON_REPLY, True), (spec.ON_OPEN, False), (spec.NEVER, False)])
def test_an_agents_answer_marks_what_it_answers_as_read(policy: str, seen: bool) -> None:
    harness = WhatsAppHarness.connected(read_receipts=policy)
    person = harness.meet()
    question = harness.people.write(person, "When?")
    harness.deliver(person, Text(text="An automatic line"), sender=UNNAMED, newest=question.id)
    assert not question.seen
    harness.deliver(person, Text(text="At ten"), newest=question.id)
    assert question.seen is seen


def test_an_answer_is_out_whatever_becomes_of_the_mark(harness: WhatsAppHarness) -> None:
    person = harness.meet()
    assert harness.deliver(person, Text(text="At ten"), newest="wamid.UNKNOWN").external_id


def test_opening_a_message_marks_it_where_the_owner_wants_that() -> None:
    harness = WhatsAppHarness.connected(read_receipts=spec.ON_OPEN)
    person = harness.meet()
    question = harness.people.write(person, "When?")
    conversation = Conversation(external_id=person.user_id)
    connection = harness.connection
    assert CONNECTOR.list_shown_states(connection) == {ReceiptState.READ}
    for state in (ReceiptState.DELIVERED, ReceiptState.READ):
        CONNECTOR.send_receipt(state, question.id, conversation, connection, harness.http)
        assert question.seen is (state is ReceiptState.READ)
    other = replace(connection, settings={**connection.settings, "read_receipts": spec.ON_REPLY})
    assert CONNECTOR.list_shown_states(other) == frozenset()


ANN = Sender(role=Role.AGENT, name="Ann")


def test_our_side_has_one_reaction_on_a_message(harness: WhatsAppHarness) -> None:
    person = harness.meet()
    question = harness.people.write(person, "When?")
    conversation = Conversation(external_id=person.user_id)
    for emoji, shown in (("👍", {"": "👍"}), ("❤️", {"": "❤️"}), ("", {})):
        CONNECTOR.show_reaction(emoji, ANN, question.id, conversation, harness.connection, harness.http)
        assert question.reactions == shown
    with pytest.raises(Rejected):
        CONNECTOR.show_reaction("👍", ANN, "", conversation, harness.connection, harness.http)
