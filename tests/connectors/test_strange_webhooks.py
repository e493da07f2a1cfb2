"""What every connector makes of webhooks that are not quite as documented: a sign may be lost, a message never."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

import pytest

from patchbay.domain.events import Ignored, decode, encode
from patchbay.kit.contract import WebhookRequest
from tests.connectors.services import FORMS, Sample, samples
from tests.connectors.words import KEPT, is_optional, parse, parse_events, said, say, spoken
from tests.harness.strange import (
    LONGEST_ID,
    ODD,
    ODD_TEXTS,
    TAKEN_BY_THE_QUEUE,
    UNWANTED,
    Raw,
    Trail,
    at,
    drop,
    ids,
    leaves,
    places,
    put,
    texts,
    with_body,
    write,
)

FIRST_HALF, SECOND_HALF = chr(0xD83D), chr(0xDE00)  #: of an emoji, which is a pair of surrogates


@pytest.fixture(params=FORMS)
def service(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


# --- characters ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("odd", "sign"),
    [
        (FIRST_HALF, "\ufffd"),
        (SECOND_HALF, "\ufffd"),
        ("\ufffe", "\ufffd"),
        ("\uffff", "\ufffd"),
        ("\x00", "\ufffd"),
        ("\x1b", "\ufffd"),
        ("\x9b", "\ufffd"),
        ("\r\n", "\n"),
        ("\t", "\t"),
        ("\u200d", "\u200d"),
    ],
    ids=ascii,
)
@pytest.mark.parametrize("raw", [False, True], ids=["escaped", "raw"])
def test_an_odd_character_costs_a_sign_and_never_a_message(service: str, odd: str, sign: str, raw: bool) -> None:
    request, body = say(service, f"one{odd}two")
    if raw:
        request = replace(request, body=json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    assert said(parse(service, request)) == [f"one{sign}two"]


def test_half_an_emoji_in_a_field_that_nobody_reads_changes_nothing(service: str) -> None:
    request, body = say(service, "one 👍 two")
    parsed_events = parse(service, with_body(request, {**body, "mood": "half \ud83d", "\ud83d": ["\udc4d"]}))
    assert said(parsed_events) == ["one 👍 two"]


def test_bytes_that_are_no_text_cost_a_sign(service: str) -> None:
    request, body = say(service, "one#two")
    assert said(parse(service, with_body(request, write(body).replace(b"#", b"\xe9")))) == ["one\ufffdtwo"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_byte_order_mark_and_other_unicodes_are_read(service: str, encoding: str) -> None:
    request, body = say(service, "one 👍 två")
    content = json.dumps(body, ensure_ascii=False).encode(encoding)
    assert said(parse(service, with_body(request, content))) == ["one 👍 två"]


def test_a_line_end_that_json_wants_escaped_is_read_as_it_stands(service: str) -> None:
    request, body = say(service, "one#two")
    assert said(parse(service, with_body(request, write(body).replace(b"#", b"\n")))) == ["one\ntwo"]


@pytest.mark.parametrize(
    "odd", ["\ufffe", "\uffff", FIRST_HALF, "\x00", "\x0b", "\x85", "&#7;", "&#12;", "&#xFFFE;", "%00"], ids=ascii
)
def test_whatever_a_webhook_holds_the_queue_takes_it_and_no_service_gets_it(service: str, odd: str) -> None:
    """In one place after the other, names and captions and ids included."""
    for sample, _, _ in spoken(service):
        request = sample.request()
        body = json.loads(request.body)
        for trail, leaf in leaves(body):
            if isinstance(leaf, str):
                check_what_travels(service, with_body(request, put(body, trail, f"{leaf[:4]}{odd}{leaf[4:]}")))


def check_what_travels(service: str, request: WebhookRequest) -> None:
    for event in parse_events(service, request):
        encoded = encode(event)
        assert TAKEN_BY_THE_QUEUE.fullmatch(encoded)
        assert not [text for text in texts(json.loads(encoded)) if UNWANTED.search(text)]
        assert decode(encoded).id == event.id


# --- fields that do not matter ---------------------------------------------------------------------------------------


def test_what_a_message_can_do_without_never_refuses_it(service: str) -> None:
    """A field without which a message still says its words may hold anything."""
    for sample, words_at, words in spoken(service):
        request = sample.request()
        body = json.loads(request.body)
        usual = {each.reason for each in parse(service, request) if isinstance(each, Ignored)}
        for trail in places(body):
            if trail == words_at[: len(trail)] or not is_optional(service, request, drop(body, trail), words):
                continue
            for odd in (*ODD, *(() if isinstance(at(body, trail), str) else ODD_TEXTS)):
                parsed_events = parse(service, with_body(request, put(body, trail, odd)))
                kept = [each.reason for each in parsed_events if isinstance(each, Ignored) and each.reason not in usual]
                assert words in said(parsed_events) or (kept and KEPT.search(kept[0])), (sample, trail, odd, kept)


@pytest.mark.parametrize(
    "odd", ["perhaps", 7, [], {}, [False], {"value": False}, Raw("9" * 5000)], ids="{!r:.20}".format
)
def test_a_flag_that_keeps_a_message_from_customers_keeps_it_when_it_cannot_be_read(service: str, odd: object) -> None:
    for sample in samples(service):
        for trail in flags_that_keep(service, sample):
            body = json.loads(sample.request().body)
            parsed_events = parse(service, with_body(sample.request(), put(body, trail, odd)))
            assert all(isinstance(each, Ignored) for each in parsed_events), (sample, trail)


@cache
def flags_that_keep(service: str, sample: Sample) -> tuple[Trail, ...]:
    """Of a message that customers get, the places where true keeps it from them and false does not."""
    body = json.loads(sample.request().body)
    places_of_flags = {trail for trail, leaf in leaves(body) if isinstance(leaf, bool)}
    return tuple(
        trail
        for trail in places_of_flags
        if list(parse_events(service, with_body(sample.request(), put(body, trail, False))))
        and not list(parse_events(service, with_body(sample.request(), put(body, trail, True))))
        and "message" in str(sample)
    )


# --- ids and numbers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("long", ["9" * 3000, "ä" * 300, Raw("9" * 3000)], ids=["text", "bytes", "number"])
def test_an_id_that_no_table_can_hold_is_refused(service: str, long: str) -> None:
    for sample in samples(service):
        request = sample.request()
        body = json.loads(request.body)
        for trail, _ in leaves(body) if isinstance(body, dict) else ():
            check_ids(service, with_body(request, put(body, trail, long)))
        for step in range(len(request.tail)):
            check_ids(service, replace(request, tail=(*request.tail[:step], long, *request.tail[step + 1 :])))


def check_ids(service: str, request: WebhookRequest) -> None:
    for event in parse_events(service, request):
        assert all(len(id_.encode()) <= LONGEST_ID for id_ in ids(event)), event
