"""What the web chat's notes mean."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from patchbay.domain.accounts import Endpoint, Secrets
from patchbay.domain.errors import SignatureRejected, Unreadable
from patchbay.domain.events import (
    ContactChanged,
    Event,
    Ignored,
    MessageReceived,
    Origin,
    ReceiptReceived,
    TypingChanged,
    make_event_id,
)
from patchbay.domain.model import Attachment, AttachmentKind, Contact, Postback, ReceiptState, Role, Text
from patchbay.domain.references import Change, ChangeKind, Reference
from patchbay.kit.contract import WebhookRequest
from patchbay.messengers.webchat import CONNECTOR

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
AT = "2026-01-05T10:00:00.000+01:00"
ENDPOINT = Endpoint(
    id="e1", service="webchat", secrets=Secrets({"service_key": "key"}, previous={"service_key": "old"})
)
FIRST = make_event_id("message", Origin(service="webchat", endpoint=ENDPOINT.id), "chat-1", "m1")
CHAT = {"id": "chat-1", "name": "Ann", "person": "p1", "language": "de-AT"}


def make_request(note: object, key: str = "key", prefix: str = "sha256=") -> WebhookRequest:
    body = note if isinstance(note, bytes) else json.dumps(note).encode()
    signature = prefix + hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
    return WebhookRequest(method="POST", headers={"x-patchbay-signature": signature}, body=body, received_at=NOW)


def read(**note: Any) -> Event | Ignored:
    [parsed_event] = CONNECTOR.parse(make_request({"chat": CHAT, **note}), ENDPOINT)
    return parsed_event


def read_message(**message: Any) -> MessageReceived:
    parsed_event = read(kind="message", message={"id": "m1", "at": AT, **message})
    assert isinstance(parsed_event, MessageReceived)
    return parsed_event


# --- who sent it -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["key", "old"])
def test_the_key_and_the_one_before_it_verify(key: str) -> None:
    CONNECTOR.verify(make_request({}, key), ENDPOINT)


@pytest.mark.parametrize("prefix", ["sha1=", "sha512=", "SHA256 "])
def test_another_algorithm_is_refused(prefix: str) -> None:
    with pytest.raises(SignatureRejected):
        CONNECTOR.verify(make_request({}, prefix=prefix), ENDPOINT)


def test_who_knows_the_hook_alone_is_refused() -> None:
    """It stands in the pages of every site that has the widget."""
    with pytest.raises(SignatureRejected):
        CONNECTOR.verify(replace(make_request({}), headers={}), ENDPOINT)


# --- messages --------------------------------------------------------------------------------------------------------


def test_a_chat_is_a_contact_and_its_visitor_a_person() -> None:
    event = read_message(text="Hello")
    assert event.contact == Contact(external_id="chat-1", name="Ann", language="de-AT", person="p1")
    assert event.thread == "chat-1"
    assert (event.message.external_id, event.message.sent_at) == ("m1", NOW)
    assert event.message.sender.role is Role.CONTACT
    assert event.message.content == (Text(text="Hello"),)


def test_a_file_is_ours_already_and_its_words_are_the_caption() -> None:
    file = {"kind": "image", "url": "https://b.test/media/t/a.png", "name": "a.png", "type": "image/png", "size": 7}
    event = read_message(text="Look", attachment={**file, "hosted": True})
    assert event.message.content == (
        Attachment(
            kind=AttachmentKind.IMAGE,
            url="https://b.test/media/t/a.png",
            name="a.png",
            content_type="image/png",
            size=7,
            caption="Look",
            hosted=True,
        ),
    )


def test_a_tap_is_its_label_and_brings_the_payload() -> None:
    event = read_message(text="Yes", tap={"label": "Yes", "payload": "order:yes"})
    assert event.message.content == (Text(text="Yes"),)
    assert event.message.tapped == Postback(label="Yes", payload="order:yes")


def test_a_repeated_note_is_the_same_event_and_the_same_words_in_another_chat_are_not() -> None:
    first = read_message(text="Hello")
    assert read_message(text="Hello").id == first.id
    other = read(kind="message", chat={**CHAT, "id": "chat-2"}, message={"id": "m1", "at": AT, "text": "Hello"})
    assert isinstance(other, MessageReceived)
    assert other.id != first.id
    assert other.group != first.group


def test_a_message_that_says_nothing_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        read_message(text="", attachment=None, tap=None)


@pytest.mark.parametrize("at", ["yesterday", None, 17, "0001-01-01T00:00:00+10:00"])
def test_a_message_without_a_time_is_of_the_moment_it_came(at: object) -> None:
    assert read_message(text="Hello", at=at).message.sent_at == make_request(b"").received_at


@pytest.mark.parametrize("note", [b"", b"[]", b"{}", b"\xff"])
def test_what_is_no_note_is_unreadable(note: bytes) -> None:
    with pytest.raises(Unreadable):
        CONNECTOR.parse(make_request(note), ENDPOINT)


# --- everything else -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "state"), [("delivered", ReceiptState.DELIVERED), ("read", ReceiptState.READ)])
def test_a_receipt_covers_what_came_before_it(kind: str, state: ReceiptState) -> None:
    event = read(kind=kind, chat={"id": "chat-1"}, message={"id": "a9"}, at=AT)
    assert isinstance(event, ReceiptReceived)
    assert (event.message_id, event.state, event.covers_earlier) == ("a9", state, True)
    assert event.occurred_at == NOW


def test_typing_starts_and_stops() -> None:
    started, stopped = (read(kind="typing", typing=typing, at=AT) for typing in (True, False))
    assert isinstance(started, TypingChanged)
    assert isinstance(stopped, TypingChanged)
    assert (started.typing, stopped.typing) == (True, False)
    assert started.id != stopped.id


def test_who_erased_the_chat_cannot_be_reached_any_more() -> None:
    event = read(kind="left", chat={"id": "chat-1"}, at=AT)
    assert isinstance(event, ContactChanged)
    assert event.contact == Contact(
        external_id="chat-1", reachable=False, unreachable_reason="the customer has deleted the chat"
    )


def test_an_unknown_kind_is_ignored_without_repeating_it_whole() -> None:
    ignored = read(kind="<waved>" + "x" * 100)
    assert isinstance(ignored, Ignored)
    assert "?waved?" in ignored.reason
    assert len(ignored.reason) < 100


# --- changes ---------------------------------------------------------------------------------------------------------


def test_a_change_of_a_message_corrects_it() -> None:
    note = {"id": "m1", "at": AT, "text": "hello", "edits": 2}
    changed = read(kind="changed", message=note, at=AT)
    assert isinstance(changed, MessageReceived)
    assert changed.message.content == (Text(text="hello"),)
    assert changed.message.change == Change(kind=ChangeKind.EDIT, target=Reference(message_id="m1", event_id=FIRST))
    assert (changed.message.external_id, changed.thread) == ("m1", "chat-1")
    assert changed.contact == Contact(external_id="chat-1", name="Ann", person="p1", language="de-AT")
    again, next_one = (read(kind="changed", message={**note, "edits": edits}, at="") for edits in (2, 3))
    assert isinstance(again, MessageReceived)
    assert isinstance(next_one, MessageReceived)
    assert again.id == changed.id != next_one.id != read_message(id="m1", text="x").id


def test_a_corrected_caption_comes_with_its_file_and_the_files_name() -> None:
    file = {"kind": "image", "url": "https://b.test/media/t/a.png", "name": "a.png", "hosted": True}
    changed = read(kind="changed", message={"id": "m1", "text": "my cat", "attachment": file})
    assert isinstance(changed, MessageReceived)
    assert changed.message.content == read_message(text="my cat", attachment=file).message.content
    target = Reference(message_id="m1", event_id=FIRST, excerpt="a.png")
    assert changed.message.change == Change(kind=ChangeKind.EDIT, target=target, same_files=True)


def test_a_deletion_says_when_the_message_was_written() -> None:
    deleted = read(kind="deleted", message={"id": "m1", "at": AT}, at=AT)
    assert isinstance(deleted, MessageReceived)
    target = Reference(message_id="m1", event_id=FIRST)
    written = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
    assert deleted.message.change == Change(kind=ChangeKind.DELETION, target=target, written_at=written)
    assert (deleted.message.content, deleted.message.external_id) == ((), "")


@pytest.mark.parametrize("note", [{"kind": "changed", "message": {"id": "m1"}}, {"kind": "deleted"}])
def test_a_change_that_says_too_little_is_unreadable(note: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        read(**note)


def test_a_new_name_is_the_contacts() -> None:
    renamed = read(kind="renamed", at=AT)
    assert isinstance(renamed, ContactChanged)
    assert renamed.contact == Contact(external_id="chat-1", name="Ann", person="p1", language="de-AT")
    assert not renamed.for_good


# --- what else is about another message ------------------------------------------------------------------------------

THEIRS = {"id": "a9", "mine": False, "excerpt": "At ten?"}


def test_an_answer_names_the_message_that_it_quotes() -> None:
    theirs = read_message(text="Yes", reply_to=THEIRS).message
    assert theirs.reply_to == Reference(message_id="a9", excerpt="At ten?")
    mine = read_message(id="m2", text="Or later", reply_to={"id": "m1", "mine": True, "excerpt": "Yes"}).message
    assert mine.reply_to == Reference(message_id="m1", event_id=FIRST, excerpt="Yes")


@pytest.mark.parametrize(("added", "kind"), [(True, ChangeKind.REACTION), (False, ChangeKind.REACTION_REMOVED)])
def test_a_reaction_is_about_a_message_and_is_none_itself(added: bool, kind: ChangeKind) -> None:
    note = {"kind": "reaction", "message": THEIRS, "emoji": "❤️", "added": added, "at": AT}
    first, again, later = (read(**note, number=number) for number in (3, 3, 5))
    assert isinstance(first, MessageReceived)
    assert isinstance(later, MessageReceived)
    target = Reference(message_id="a9", excerpt="At ten?")
    assert first.message.change == Change(kind=kind, target=target, emoji="❤️")
    assert (first.message.content, first.message.external_id) == ((), "")
    assert first == again
    assert first.id != later.id


@pytest.mark.parametrize("missing", ["emoji", "added", "message"])
def test_a_reaction_that_says_too_little_is_unreadable(missing: str) -> None:
    note = {"kind": "reaction", "message": THEIRS, "emoji": "❤️", "added": True, "number": 1, "at": AT}
    with pytest.raises(Unreadable):
        read(**{name: value for name, value in note.items() if name != missing})
