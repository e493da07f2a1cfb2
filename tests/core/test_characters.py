"""Characters and numbers that nobody can take, wherever text is read or goes out."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.requests import NewMessage, read_body
from patchbay.domain.characters import clean, clean_text, read_json, read_whole_number
from patchbay.domain.errors import Uncertain
from patchbay.domain.events import MessageReceived, Origin, encode
from patchbay.domain.model import Card, Message, Role, Sender, Text
from patchbay.kit.capabilities import Capabilities
from patchbay.kit.contract import HttpResponse, WebhookRequest
from patchbay.kit.fallbacks import render
from tests.harness.strange import TAKEN_BY_THE_QUEUE, UNWANTED, texts

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
HALF = chr(0xD83D)
ANYTHING = st.text(st.characters(exclude_categories=()))  # halves of surrogate pairs as well


@given(ANYTHING)
def test_clean_text_holds_nothing_unwanted_and_stays_as_it_is(text: str) -> None:
    cleaned = clean_text(text)
    assert not UNWANTED.search(cleaned)
    assert clean_text(cleaned) == cleaned
    assert len(cleaned) <= len(text)


@given(st.text(st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff")))
def test_ordinary_text_is_not_touched(text: str) -> None:
    assert clean_text(text) is text


def test_two_halves_that_belong_together_are_one_emoji() -> None:
    assert clean_text(HALF + chr(0xDE00)) == "\U0001f600"
    assert clean_text(chr(0xDE00) + HALF) == "\ufffd\ufffd"


def test_everything_inside_a_value_is_cleaned() -> None:
    message = make_message(Card(title="a\x00", text=f"b{HALF}"), name="c\ufffe")
    assert clean(message) == make_message(Card(title="a\ufffd", text="b\ufffd"), name="c\ufffd")


def make_message(*content: Text | Card, name: str = "Ana") -> Message:
    sender = Sender(role=Role.AGENT, name=name)
    return Message(external_id="m", sender=sender, content=content, sent_at=NOW)


@pytest.mark.parametrize("odd", [HALF, "\ufffe", "\uffff", "\x00", "\x1b", "\x7f", "\x80"], ids=ascii)
def test_an_event_that_was_made_of_anything_can_go_on_the_queue(odd: str) -> None:
    message = make_message(Text(text=f"one{odd}two"), name=f"A{odd}")
    origin = Origin(service="pigeon", endpoint="p")
    encoded = encode(MessageReceived(id="e", origin=origin, thread="t", occurred_at=NOW, message=message))
    assert TAKEN_BY_THE_QUEUE.fullmatch(encoded)
    assert not any(UNWANTED.search(text) for text in texts(json.loads(encoded)))
    assert "one\ufffdtwo" in encoded


def test_what_was_fetched_for_a_message_goes_out_clean() -> None:
    message = make_message(Text(text="one\x00two"), name=f"A{HALF}")
    [part] = render(message, Capabilities(text_limit=100, sender_name=True), "e", NOW).parts
    assert (part.content, part.sender.name) == (Text(text="one\ufffdtwo"), "A\ufffd")


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'\xef\xbb\xbf{"name":"Asa"}', {"name": "Asa"}),
        (b'{"name":"Asa \\ud83d"}', {"name": "Asa \ufffd"}),
        (b'{"name":"Asa \\ud83d\\ude00"}', {"name": "Asa \U0001f600"}),
        (b'{"name":"As\xe9"}', {"name": "As\ufffd"}),
        (b'["a\\u0000b\\r\\nc"]', ["a\ufffdb\nc"]),
        ('{"a":"å"}'.encode("utf-16"), {"a": "å"}),
        (b"[1, -2, 3.5, null]", [1, -2, 3.5, None]),
        (b"[" + b"9" * 5000 + b"]", ["9" * 5000]),
    ],
    ids="{!r:.20}".format,
)
def test_the_answer_of_a_service_is_read_whatever_stands_in_it(body: bytes, value: object) -> None:
    assert HttpResponse(status=200, body=body).read_json() == value
    assert read_json(body) == value


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, b"<html>"], ids="{!r:.10}".format)
def test_an_answer_that_is_no_json_may_have_worked(body: bytes) -> None:
    with pytest.raises(Uncertain):
        HttpResponse(status=200, body=body).read_json()


@pytest.mark.parametrize("odd", [HALF, "\ufffe", "\x00"], ids=ascii)
def test_a_visitor_who_sends_half_an_emoji_is_heard(odd: str) -> None:
    body = json.dumps({"id": "00000000-0000-0000-0000-000000000000", "text": f"hello {odd}"}).encode()
    request = WebhookRequest(method="POST", headers={"content-type": "application/json"}, body=body, received_at=NOW)
    assert read_body(NewMessage, request).text == "hello \ufffd"


@pytest.mark.parametrize(
    ("text", "number"),
    [("7", 7), ("007", 7), ("", None), ("²", None), ("٣", None), ("-1", None), ("1.5", None), ("1e3", None)],
)
def test_a_whole_number_is_plain_digits(text: str, number: int | None) -> None:
    assert read_whole_number(text) == number


def test_a_number_above_its_bound_is_none_however_long_it_is() -> None:
    assert read_whole_number("1000", most=1000) == 1000
    assert read_whole_number("1001", most=1000) is None
    assert read_whole_number("9" * 5000) is None
