"""What people do on WhatsApp, as events."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from patchbay.domain.errors import UnknownAccount
from patchbay.domain.events import Ignored, MessageReceived, ReceiptReceived, make_event_id
from patchbay.domain.model import (
    Attachment,
    AttachmentKind,
    ContactCard,
    Location,
    Postback,
    ReceiptState,
    Role,
    Text,
    Unsupported,
)
from patchbay.domain.references import ChangeKind
from tests.connectors.whatsapp.scene import (
    ENDPOINT,
    MAYA,
    NUMBER,
    VECTORS,
    ignored,
    make_webhook,
    parse,
    read,
    read_message,
)

SENT = datetime(2026, 9, 5, 9, 20, 0, 999_000, tzinfo=UTC)


def test_a_text_is_a_message_of_its_writer_under_metas_own_id() -> None:
    [event] = parse(VECTORS["text"]["body"])
    assert isinstance(event, MessageReceived)
    contact = event.contact
    assert contact is not None
    assert (event.thread, event.aliases) == ("CH.13491208655302741918", ("41791234567",))
    assert (contact.external_id, contact.name, contact.phone) == (event.thread, "Zoë Keller", "+41791234567")
    assert event.origin.account == NUMBER
    assert event.message.content == (Text(text="Grüezi 😀 is 10:30 free?"),)
    assert (event.message.external_id, event.occurred_at) == ("wamid.HBgLNDE3OTEyMzQ1NjcVAgASGBQzQTAx", SENT)
    assert event.window_until == SENT + timedelta(hours=24)


def test_who_hides_their_number_is_written_to_all_the_same() -> None:
    [event] = parse(VECTORS["bsuid-only-text"]["body"])
    assert isinstance(event, MessageReceived)
    assert event.contact is not None
    assert (event.thread, event.aliases, event.contact.phone) == ("CH.13491208655302741918", (), "")


def test_who_has_no_id_of_metas_is_known_by_the_number() -> None:
    person = {"profile": {"name": "Bo"}, "wa_id": "41790000001"}
    message = {"from": "41790000001", "id": "wamid.1", "timestamp": "1788600000", "type": "text", "text": {"body": "x"}}
    [event] = parse(make_webhook(contacts=[person], messages=[message]))
    assert isinstance(event, MessageReceived)
    assert (event.thread, event.aliases) == ("41790000001", ())
    partner = {**message, "from": "CH.77", "id": "wamid.2"}
    [event] = parse(make_webhook(contacts=[{"user_id": "CH.77", "profile": {"username": "@bo"}}], messages=[partner]))
    assert isinstance(event, MessageReceived)
    assert event.contact is not None
    assert (event.thread, event.contact.name, event.contact.phone) == ("CH.77", "@bo", "")


def test_the_parents_id_is_another_name_of_the_same_person() -> None:
    event = read_message("text", {"body": "x"}, from_parent_user_id="CH.ENT.99")
    assert event.aliases == ("41791234567", "CH.ENT.99")


@pytest.mark.parametrize(
    ("kind", "file", "expected"),
    [
        ("image", {"mime_type": "image/png", "caption": "my car"}, (AttachmentKind.IMAGE, "photo-20260905-092000.png")),
        ("video", {"mime_type": "video/mp4"}, (AttachmentKind.VIDEO, "video-20260905-092000.mp4")),
        ("document", {"filename": "offer.pdf", "mime_type": "application/pdf"}, (AttachmentKind.FILE, "offer.pdf")),
        ("sticker", {"mime_type": "image/webp"}, (AttachmentKind.IMAGE, "sticker-20260905-092000.webp")),
        ("audio", {"mime_type": "audio/mpeg"}, (AttachmentKind.AUDIO, "audio-20260905-092000.mp3")),
    ],
)
def test_files_come_by_their_id(kind: str, file: dict[str, str], expected: tuple[AttachmentKind, str]) -> None:
    event = read_message(kind, {"id": "1003383421387256", "sha256": "x", **file})
    [found] = event.message.content
    assert isinstance(found, Attachment)
    assert (found.kind, found.name) == expected
    assert (found.external_id, found.url, found.protected, found.voice) == ("1003383421387256", None, True, False)
    assert found.caption == file.get("caption", "")
    assert event.message.incomplete


def test_a_voice_note_is_said_by_somebody() -> None:
    [event] = parse(VECTORS["audio-voice"]["body"])
    assert isinstance(event, MessageReceived)
    [note] = event.message.content
    assert isinstance(note, Attachment)
    assert (note.voice, note.content_type) == (True, "audio/ogg")


def test_places_and_contact_cards() -> None:
    place = {"latitude": 47.3769, "longitude": 8.5417, "name": "Main station", "address": "Bahnhofplatz 1"}
    assert read_message("location", place).message.content == (
        Location(latitude=47.3769, longitude=8.5417, label="Main station, Bahnhofplatz 1"),
    )
    card = {
        "name": {"formatted_name": "Ann Lee", "first_name": "Ann"},
        "phones": [{"phone": "+41 79 000 00 00"}, {"wa_id": "41790000002"}],
        "emails": [{"email": "a@example.com"}],
        "org": {"company": "Acme"},
    }
    assert read_message("contacts", [card]).message.content == (
        ContactCard(name="Ann Lee", phone="+41 79 000 00 00"),
        ContactCard(name="Ann Lee", phone="+41790000002"),
        Text(text="Acme\na@example.com"),
    )


@pytest.mark.parametrize(("origin", "phone"), [("contact_request", "+41790000009"), ("other", "")])
def test_a_number_that_a_person_was_asked_for_is_theirs(origin: str, phone: str) -> None:
    card = {"name": {"formatted_name": "Maya"}, "phones": [{"phone": "+41 79 000 00 09"}]}
    message = {"from_user_id": "CH.77", "id": "w", "timestamp": "1788600000", "type": "contacts", "contacts": [card]}
    [event] = parse(make_webhook(contacts=[{"user_id": "CH.77"}], messages=[{**message, "origin": origin}]))
    assert isinstance(event, MessageReceived)
    assert event.contact is not None
    assert (event.thread, event.contact.phone) == ("CH.77", phone)


@pytest.mark.parametrize(
    ("kind", "content", "tap"),
    [
        ("interactive", {"type": "button_reply", "button_reply": {"id": "s-1", "title": "10:30"}}, ("10:30", "s-1")),
        (
            "interactive",
            {"type": "list_reply", "list_reply": {"id": "r", "title": "Cut", "description": "45"}},
            ("Cut", "r"),
        ),
        ("button", {"payload": "YES_PAYLOAD", "text": "Yes"}, ("Yes", "YES_PAYLOAD")),
    ],
)
def test_a_choice_is_what_is_on_the_button(kind: str, content: dict[str, object], tap: tuple[str, str]) -> None:
    message = read_message(kind, content, context={"from": "15550783881", "id": "wamid.ORIG"}).message
    assert message.content == (Text(text=tap[0]),)
    assert message.tapped == Postback(label=tap[0], payload=tap[1])
    assert message.reply_to is None


def test_a_form_that_was_filled_in_is_read_line_by_line() -> None:
    answers = json.dumps(
        {"flow_token": "secret", "day": "Monday", "guests": 2, "news": True, "dishes": ["soup", "pie"]}
    )
    form = {"type": "nfm_reply", "nfm_reply": {"name": "flow", "body": "Sent", "response_json": answers}}
    [text] = read_message("interactive", form).message.content
    assert text == Text(text="day: Monday\nguests: 2\nnews: yes\ndishes: soup, pie")
    odd = {"type": "nfm_reply", "nfm_reply": {"body": "Sent", "response_json": "{"}}
    assert read_message("interactive", odd).message.content == (Text(text="Sent"),)


def test_an_order_names_what_is_wanted() -> None:
    item = {"product_retailer_id": "4711", "quantity": 2, "item_price": 9.9, "currency": "CHF"}
    content = read_message("order", {"text": "quickly, please", "product_items": [item]}).message.content
    assert content == (Text(text="Order:\n2 × 4711 (9.9 CHF)"), Text(text="quickly, please"))


def test_reactions_corrections_and_deletions_are_changes() -> None:
    reaction = read_message("reaction", {"message_id": "wamid.ORIG", "emoji": "👍"}).message
    assert reaction.change is not None
    assert (reaction.change.kind, reaction.change.emoji) == (ChangeKind.REACTION, "👍")
    origin = read_message("text", {"body": "x"}).origin
    assert reaction.change.target.message_id == "wamid.ORIG"
    assert reaction.change.target.event_id == make_event_id("message", origin, "wamid.ORIG")
    for removed in ({"message_id": "wamid.ORIG", "emoji": ""}, {"message_id": "wamid.ORIG"}):
        change = read_message("reaction", removed).message.change
        assert change is not None
        assert change.kind is ChangeKind.REACTION_REMOVED
    new = {"original_message_id": "wamid.ORIG", "message": {"type": "text", "text": {"body": "new text"}}}
    edit = read_message("edit", new).message
    assert (edit.external_id, edit.content) == ("wamid.ORIG", (Text(text="new text"),))
    assert edit.change is not None
    assert edit.change.kind is ChangeKind.EDIT
    deletion = read_message("revoke", {"original_message_id": "wamid.ORIG"}).message
    assert deletion.change is not None
    assert (deletion.change.kind, deletion.content) == (ChangeKind.DELETION, ())


def test_an_answer_names_what_it_answers() -> None:
    message = read_message("text", {"body": "yes"}, context={"from": "15550783881", "id": "wamid.ORIG"}).message
    assert message.reply_to is not None
    assert message.reply_to.message_id == "wamid.ORIG"


def test_who_comes_from_an_advertisement_is_introduced_and_may_be_answered_longer() -> None:
    ad = {"source_url": "https://fb.me/x", "source_type": "ad", "headline": "Spring cuts", "ctwa_clid": "c"}
    event = read_message("text", {"body": "hi"}, referral=ad)
    introduction, words = event.message.content
    assert introduction == Unsupported(
        description="The customer writes from an advertisement: Spring cuts: https://fb.me/x"
    )
    assert words == Text(text="hi")
    assert event.window_until == SENT + timedelta(hours=72)


def test_a_product_of_the_catalogue_is_named() -> None:
    context = {"from": "x", "id": "", "referred_product": {"catalog_id": "1", "product_retailer_id": "4711"}}
    first, _ = read_message("text", {"body": "hi"}, context=context).message.content
    assert first == Unsupported(description="The customer asks about the product '4711'")


def test_what_cannot_be_shown_is_named() -> None:
    unknown = {"code": 131051, "title": "Message type unknown"}
    poll = read_message("unsupported", {"type": "poll"}, errors=[unknown]).message
    assert poll.content == (Unsupported(description="WhatsApp message of type 'poll', which cannot be shown here"),)
    bare = read_message("unsupported", None, errors=[unknown]).message
    assert bare.content == (Unsupported(description="WhatsApp message, which cannot be shown here"),)
    new = read_message("hologram", {"id": "1"}).message
    assert new.content == (Unsupported(description="WhatsApp message of type 'hologram', which cannot be shown here"),)
    large = read_message("unsupported", None, errors=[{"code": 131052, "title": "x"}]).message
    assert "100 MB" in str(large.content)


@pytest.mark.parametrize("kind", ["image", "text", "location", "interactive", "button", "order", "contacts", "sticker"])
def test_a_message_that_lacks_what_it_holds_still_arrives(kind: str) -> None:
    odd: tuple[Any, ...] = ({}, None, [], "x", 7)
    for content in odd:
        [shown] = read_message(kind, content).message.content
        assert isinstance(shown, Unsupported | Text)


def test_what_says_nothing_about_its_writer_is_ignored() -> None:
    message = {"id": "wamid.1", "timestamp": "1788600000", "type": "text", "text": {"body": "x"}}
    assert "without its id or its writer" in ignored(make_webhook(messages=[message]))
    assert "without its id or its writer" in ignored(make_webhook(messages=[{"from": "41790000001", "type": "text"}]))


def test_groups_and_greetings_are_not_carried() -> None:
    assert isinstance(read("text", {"body": "x"}, group_id="g1"), Ignored)
    assert isinstance(read("request_welcome", None), Ignored)


# --- the business's own side -----------------------------------------------------------------------------------------


def test_what_the_owner_writes_on_the_phone_is_an_answer_from_elsewhere() -> None:
    [event] = parse(VECTORS["smb-echo"]["body"])
    assert isinstance(event, MessageReceived)
    assert (event.thread, event.message.sender.role) == ("41791234567", Role.AGENT)
    assert event.message.content == (Text(text="sent from the owner's phone"),)
    assert event.window_until is None
    echo = {"from": "15550783881", "to": "41791234567", "id": "wamid.E", "timestamp": "1788600600", "type": "text"}
    [named] = parse(
        make_webhook("smb_message_echoes", contacts=[MAYA], message_echoes=[{**echo, "text": {"body": "x"}}])
    )
    assert isinstance(named, MessageReceived)
    assert (named.thread, named.aliases) == (MAYA["user_id"], ("41791234567",))


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("sent", ReceiptState.SENT),
        ("delivered", ReceiptState.DELIVERED),
        ("read", ReceiptState.READ),
        ("played", ReceiptState.READ),
    ],
)
def test_a_status_is_a_receipt(word: str, state: ReceiptState) -> None:
    status = {"id": "wamid.OURS", "status": word, "timestamp": "1788600000", "recipient_user_id": MAYA["user_id"]}
    [event] = parse(make_webhook(contacts=[MAYA], statuses=[status]))
    assert isinstance(event, ReceiptReceived)
    assert (event.message_id, event.state, event.thread) == ("wamid.OURS", state, MAYA["user_id"])


def test_a_failure_says_why_in_our_words() -> None:
    [event] = parse(VECTORS["failed"]["body"])
    assert isinstance(event, ReceiptReceived)
    assert (event.state, event.thread) == (ReceiptState.FAILED, "41791234567")
    assert "24 hours" in event.reason
    status = {"id": "w", "status": "failed", "timestamp": "1788600000", "recipient_id": "41791234567"}
    for problems, words in (([{"code": 99999, "title": "x"}], "(code 99999)"), ([], "could not deliver it")):
        [event] = parse(make_webhook(statuses=[{**status, "errors": problems}]))
        assert isinstance(event, ReceiptReceived)
        assert words in event.reason


def test_what_a_message_costs_is_read() -> None:
    [event] = parse(VECTORS["status-delivered-pmp"]["body"])
    assert isinstance(event, ReceiptReceived)
    assert event.price is not None
    assert (event.price.category, event.price.model, event.price.billable, event.price.free_as) == (
        "utility",
        "pmp",
        True,
        "",
    )
    status = {"id": "w", "status": "read", "timestamp": "1788600000", "recipient_id": "41791234567"}
    free = {"pricing_model": "PMP", "type": "free_customer_service", "category": "utility"}
    for said in ({**status, "pricing": {**free, "category": "service"}}, {**status, "status": "sent", "pricing": free}):
        [event] = parse(make_webhook(statuses=[said]))
        assert isinstance(event, ReceiptReceived)
        assert event.price is None
    [event] = parse(make_webhook(statuses=[{**status, "pricing": free}]))
    assert isinstance(event, ReceiptReceived)
    assert event.price is not None
    assert (event.price.billable, event.price.free_as) == (False, "free_customer_service")


def test_statuses_that_say_nothing_are_ignored() -> None:
    status = {"id": "w", "status": "sent", "timestamp": "1788600000", "recipient_id": "41791234567"}
    assert "unknown kind: 'warning'" in ignored(make_webhook(statuses=[{**status, "status": "warning"}]))
    assert "groups" in ignored(make_webhook(statuses=[{**status, "recipient_type": "group"}]))
    assert "does not name" in ignored(make_webhook(statuses=[{**status, "id": ""}]))


# --- several things in one webhook, and several numbers --------------------------------------------------------------


def test_one_webhook_may_bring_several_things_in_their_order() -> None:
    first, second = (json.loads(VECTORS[name]["body"]) for name in ("text", "failed"))
    body = json.dumps({**first, "entry": [*first["entry"], *second["entry"]]})
    assert [type(event) for event in parse(body)] == [MessageReceived, ReceiptReceived]
    first["entry"][0]["changes"] += second["entry"][0]["changes"]
    assert [type(event) for event in parse(json.dumps(first))] == [MessageReceived, ReceiptReceived]


def test_a_number_is_looked_up_once_and_others_numbers_are_ignored() -> None:
    body = VECTORS["text"]["body"]
    other = replace(ENDPOINT, settings={"phone_number_id": "1"})
    with pytest.raises(UnknownAccount) as caught:
        parse(body, other)
    assert caught.value.accounts == (NUMBER,)
    [event] = parse(body, replace(other, accounts=frozenset({NUMBER})))
    assert isinstance(event, MessageReceived)
    assert "not connected" in ignored(body, settings={}, strangers=frozenset({NUMBER}))


def test_what_is_about_something_else_is_ignored() -> None:
    assert "something else" in ignored(b'{"object":"page","entry":[]}')
    assert "says nothing" in ignored(b'{"object":"whatsapp_business_account","entry":[]}')
    assert "of the kind 'flows'" in ignored(make_webhook("flows"))


@pytest.mark.parametrize("field", ["standby", "messaging_handovers"])
def test_what_another_app_answers_is_not_answered_here(field: str) -> None:
    message = {"from": "41791234567", "id": "w", "timestamp": "1788600000", "type": "text", "text": {"body": "x"}}
    assert "another app answers" in ignored(make_webhook(field, messages=[message]))
