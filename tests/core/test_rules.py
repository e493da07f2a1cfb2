"""The small pure rules: receipts, the retry schedule, texts, signatures, events."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from itertools import pairwise
from random import Random

import pytest

from patchbay.bridge import retry_policy
from patchbay.domain.errors import Misconfigured, SignatureRejected, Unreadable
from patchbay.domain.events import Origin, TypingChanged, decode, encode, make_event_id
from patchbay.domain.model import ContactKey, ReceiptState
from patchbay.domain.receipts import advances
from patchbay.domain.text import shorten, split_text
from patchbay.kit.signatures import load_rsa_public_key, verify_hmac, verify_secret
from tests.harness.fakes.services import Pigeon, message_event

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
QUEUED, SENT, DELIVERED, READ, FAILED = ReceiptState


@pytest.mark.parametrize(
    ("current", "reported", "is_news"),
    [
        (QUEUED, SENT, True),
        (SENT, DELIVERED, True),
        (SENT, READ, True),
        (DELIVERED, READ, True),
        (DELIVERED, DELIVERED, False),
        (READ, DELIVERED, False),
        (READ, FAILED, False),
        (DELIVERED, FAILED, False),
        (SENT, FAILED, True),
        (FAILED, DELIVERED, False),
        (FAILED, READ, True),
    ],
)
def test_receipts_only_move_forward(current: ReceiptState, reported: ReceiptState, is_news: bool) -> None:
    assert advances(current, reported) is is_news


def test_pauses_grow_from_seconds_to_an_hour_with_some_jitter() -> None:
    pauses = [retry_policy.retry_delay(attempt, Random(7)) for attempt in range(1, 12)]
    planned = [2, 5, 15, 60, 300, 900, 1800, 3600, 3600, 3600, 3600]
    assert all(0.8 * plan <= pause <= 1.2 * plan for pause, plan in zip(pauses, planned, strict=True))
    assert len(set(pauses)) > 7


def test_a_service_that_asks_for_more_time_gets_it_within_reason() -> None:
    assert retry_policy.retry_delay(1, Random(1), retry_after=90) == 90
    assert retry_policy.retry_delay(4, Random(1), retry_after=1) >= 48
    assert retry_policy.retry_delay(1, Random(1), retry_after=1_000_000) <= 1.2 * 3600


def test_waiting_for_the_owner_stays_within_the_receive_limit_of_the_queue() -> None:
    waited, receives = 0.0, 0
    while waited < 14 * 24 * 3600:
        waited += retry_policy.authorization_delay(waited)
        receives += 1
    assert receives > 10
    assert receives < 1400  # 14 days is the queue's retention; its receive limit is 1000 and parks what is left
    assert all(a <= b for a, b in pairwise([retry_policy.authorization_delay(age) for age in (0, 60, 600, 6000)]))


@pytest.mark.parametrize(
    ("text", "limit", "pieces"),
    [
        ("short", 10, ["short"]),
        ("one two three", 8, ["one two", "three"]),
        ("First part.\n\nSecond part.", 16, ["First part.", "Second part."]),
        ("abcdefghij", 4, ["abcd", "efgh", "ij"]),
        ("👍👍👍", 4, ["👍👍", "👍"]),
        ("👩‍🚀👩‍🚀", 6, ["👩‍🚀", "👩‍🚀"]),
        ("🇸🇪🇫🇮", 5, ["🇸🇪", "🇫🇮"]),
        ("שלום עולם", 5, ["שלום", "עולם"]),
        ("   ", 5, []),
    ],
)
def test_long_texts_are_cut_where_people_would_cut_them(text: str, limit: int, pieces: list[str]) -> None:
    assert split_text(text, limit) == pieces


def test_shortened_texts_say_so() -> None:
    assert shorten("Anna-Maria Svensson", 28) == "Anna-Maria Svensson"
    assert shorten("Anna-Maria Svensson", 11) == "Anna-Maria…"
    assert shorten("👩‍🚀👩‍🚀", 6) == "👩‍🚀…"


BODY = b'{"text":"Gr\xc3\xbc\xc3\x9fe"}'


def test_an_hmac_of_any_accepted_secret_verifies() -> None:
    good = hmac.new(b"old", BODY, hashlib.sha256).hexdigest()
    verify_hmac(BODY, good, ["new", "old"])
    verify_hmac(BODY, good.upper(), ["old"])
    for bad in (None, "", "0" * 64, good[:-1], "é" * 64):
        with pytest.raises(SignatureRejected):
            verify_hmac(BODY, bad, ["new", "old"])
    with pytest.raises(SignatureRejected):
        verify_hmac(BODY + b" ", good, ["old"])
    with pytest.raises(SignatureRejected):
        verify_hmac(BODY, good, [])


def test_a_shared_secret_is_compared_whole() -> None:
    verify_secret("key", ["old", "key"])
    for bad in (None, "", "ke", "key "):
        with pytest.raises(SignatureRejected):
            verify_secret(bad, ["old", "key", ""])


@pytest.mark.parametrize("text", ["", "hello", base64.b64encode(b"hello").decode(), "-----BEGIN PUBLIC KEY-----"])
def test_a_public_key_that_is_none_is_explained(text: str) -> None:
    with pytest.raises(Misconfigured, match="RSA"):
        load_rsa_public_key(text)


def test_an_event_comes_back_from_the_queue_as_it_was() -> None:
    origin = Origin(service="pigeon", endpoint="p", account="a")
    event = TypingChanged(id="t", origin=origin, thread="asa", occurred_at=NOW, typing=True)
    assert decode(encode(event)) == event


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version":2,"event":{}}', '{"version":1,"event":{"kind":"spell"}}'])
def test_what_is_no_event_of_this_version_is_not_guessed_at(text: str) -> None:
    with pytest.raises(Unreadable):
        decode(text)


def test_event_ids_keep_the_words_apart() -> None:
    origin = Origin(service="pigeon", endpoint="p")
    ids = {make_event_id("message", origin, *words) for words in (("a", "bc"), ("ab", "c"), ("abc",), ("abc", ""))}
    assert len(ids) == 4
    assert make_event_id("message", origin, "a") == make_event_id("message", origin, "a")


def test_feedback_never_shares_a_queue_group_with_messages() -> None:
    origin = Origin(service="pigeon", endpoint="p")
    typing = TypingChanged(id="t", origin=origin, thread="asa", occurred_at=NOW, typing=True)
    message = message_event(Pigeon(), "asa", "1", "hello", "p", NOW)
    assert message.origin == origin
    assert typing.group != message.group


def test_a_contact_key_survives_ids_with_colons() -> None:
    key = ContactKey(service="pigeon", connection_id="p-1", contact_id="a:b:c==")
    assert ContactKey.decode(key.encode()) == key
    assert ContactKey.decode("somebody@example.com") is None
