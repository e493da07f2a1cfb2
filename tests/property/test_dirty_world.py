"""The world as it is: any text, odd fields, odd bytes, odd answers, at every connector, both ways.

Nothing crashes, nothing that holds words is lost, and what goes out is text that anybody can take.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from patchbay.domain.errors import DeliveryError, WebhookRefused
from patchbay.domain.events import Event, Ignored, decode, encode
from patchbay.domain.model import (
    Attachment,
    AttachmentKind,
    Button,
    Card,
    ContactCard,
    Content,
    Conversation,
    Location,
    Message,
    Postback,
    Role,
    Sender,
    Text,
)
from patchbay.kit.contract import HttpRequest, HttpResponse
from patchbay.kit.fallbacks import render
from tests.connectors.contract.scene import connection_of
from tests.connectors.services import FORMS, SERVICES, Sample, load_connector, sample_endpoint, samples
from tests.connectors.words import KEPT, parse, said, spoken
from tests.harness.strange import (
    LONGEST_ID,
    ODD,
    TAKEN_BY_THE_QUEUE,
    UNWANTED,
    Raw,
    Trail,
    drop,
    ids,
    leaves,
    places,
    put,
    texts,
    with_body,
    write,
)

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
WORDS = "hello"  #: what must arrive, whatever stands behind it
DIRTY = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

characters = st.characters(exclude_categories=())  # all that there are, halves of surrogate pairs as well
dirt = st.one_of(
    st.text(characters, max_size=12),
    st.sampled_from(
        [
            "\u202e",
            "\x00",
            "\ufffe",
            "\uffff",
            chr(0xD83D),
            chr(0xDE00),
            "\x1b[2K",
            "\r",
            "\u2028",
            "&#xD800;",
            "<p",
            "**",
        ]
    ),
    st.sampled_from("ab\x00\n👍").map(lambda sign: sign * 9000),
)
odd_values = st.one_of(
    st.sampled_from(ODD),
    st.integers(-(10**30), 10**30),
    st.floats().map(lambda number: Raw(json.dumps(number))),
    dirt,
    st.sampled_from(["9" * 5000, "²", "https://[", "\ud7ff"]),
    st.lists(dirt, max_size=2),
    st.dictionaries(dirt, dirt, max_size=2),
)
encodings = st.sampled_from(["", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1"])


def write_as(encoding: str, body: object) -> bytes:
    """JSON as a careless service may send it."""
    if encoding == "latin-1":
        return write(body).replace(b"hello", b"hello\xe4")
    return write(body, encoding)


# --- in --------------------------------------------------------------------------------------------------------------


def is_told(parsed_events: object) -> bool:
    return any(WORDS in text for text in said(parsed_events))  # type: ignore[arg-type]


@pytest.mark.parametrize("service", FORMS)
@DIRTY
@given(data=st.data())
def test_a_message_arrives_whatever_its_words_and_its_other_fields_are_made_of(
    service: str, data: st.DataObject
) -> None:
    sample, words_at, words = data.draw(st.sampled_from(spoken(service)))
    body, said_now = json.loads(sample.request().body), WORDS + data.draw(dirt)
    for trail in [trail for trail, leaf in leaves(body) if leaf == words]:  # some services say it twice
        body = put(body, trail, said_now)
    others = [trail for trail in places(body) if trail != words_at[: len(trail)]]
    for trail in data.draw(st.lists(st.sampled_from(others), max_size=3, unique=True)):
        if can_do_without(service, sample, body, trail):
            body = put(body, trail, data.draw(st.sampled_from(ODD)))
    request = with_body(sample.request(), write_as(data.draw(encodings), body))
    parsed_events = parse(service, request)
    assert is_told(parsed_events) or all(
        isinstance(each, Ignored) and KEPT.search(each.reason) for each in parsed_events
    )
    check_events(parsed_events)


def can_do_without(service: str, sample: Sample, body: Any, trail: Trail) -> bool:
    """Whether the words arrive without what stands there; an earlier change may have taken the place away."""
    try:
        return is_told(parse(service, with_body(sample.request(), drop(body, trail))))
    except (KeyError, IndexError, TypeError, WebhookRefused):
        return False


def check_events(parsed_events: object) -> None:
    for each in parsed_events:  # type: ignore[attr-defined]
        if not isinstance(each, get_args(Event)):
            assert each.reason
            continue
        encoded = encode(each)
        assert TAKEN_BY_THE_QUEUE.fullmatch(encoded)
        assert not [text for text in texts(json.loads(encoded)) if UNWANTED.search(text)]
        assert all(len(id_.encode()) <= LONGEST_ID for id_ in ids(decode(encoded)))


@pytest.mark.parametrize("service", FORMS)
@DIRTY
@given(data=st.data())
def test_any_webhook_at_all_becomes_events_that_travel_or_is_refused_as_one(service: str, data: st.DataObject) -> None:
    sample: Sample = data.draw(st.sampled_from(samples(service)))
    request = sample.request()
    body = json.loads(request.body)
    for _ in range(data.draw(st.integers(1, 3))):
        trails = list(places(body))
        if trails:
            body = put(body, data.draw(st.sampled_from(trails)), data.draw(odd_values))
    tail = tuple(data.draw(st.just(step) | dirt) for step in request.tail)
    dirty = replace(with_body(request, write_as(data.draw(encodings), body)), tail=tail)
    try:
        parsed_events = load_connector(service).parse(dirty, sample_endpoint(service))
    except WebhookRefused:
        return
    assert parsed_events
    check_events(parsed_events)


# --- out -------------------------------------------------------------------------------------------------------------


@dataclass
class Careless:
    """A service that answers anything, and remembers what it was sent."""

    answer: HttpResponse
    requests: list[HttpRequest] = field(default_factory=list)

    def send(self, request: HttpRequest) -> HttpResponse:
        self.requests.append(request)
        if request.upload:
            request.upload.stream.read()
        return self.answer


answers = st.one_of(
    st.sampled_from(
        [
            b"",
            b"[]",
            b"null",
            b"<html>",
            b"\xef\xbb\xbf{}",
            b'{"status":0,"message_token":' + b"9" * 5000 + b"}",
            b'{"status":"0","message_token":"1","id":"\\ud83d"}',
            b'{"data":{"message":{"uid":"\\u0000"},"session":[]},"id":{},"message_id":[1]}',
            b'{"status":1e999,"id":NaN}',
            b"[" * 5000,
        ]
    ),
    st.dictionaries(
        st.sampled_from(["id", "status", "message_token", "data", "message", "message_id", "errors", "items", "code"]),
        odd_values,
    ).map(write),
)
contents = st.one_of(
    dirt.map(lambda text: Text(text=WORDS + text)),
    st.builds(
        Card, title=dirt.map(WORDS.__add__), text=dirt, buttons=st.just((Button(label="\x00a", payload="\ufffe"),))
    ),
    st.builds(ContactCard, name=dirt, phone=dirt),
    st.builds(Location, latitude=st.floats(-90, 90), longitude=st.floats(-180, 180), label=dirt),
    st.builds(
        Attachment,
        kind=st.sampled_from(AttachmentKind),
        url=st.just("https://bridge.test/media/t/a.png") | dirt.map("https://bridge.test/".__add__),
        name=dirt,
        caption=dirt,
        content_type=dirt | st.just("image/png"),
        size=st.none() | st.integers(0, 10**12),
        hosted=st.booleans(),
    ),
)


@pytest.mark.parametrize("service", SERVICES)
@DIRTY
@given(
    content=st.lists(contents, min_size=1, max_size=3),
    name=st.none() | dirt,
    tapped=st.none() | st.builds(Postback, label=dirt, payload=dirt),
    status=st.sampled_from([200, 201, 204, 302, 400, 404, 422, 429, 500, 503]),
    retry_after=st.sampled_from(["", "7", "soon", "-1", "9" * 400]),
    answer=answers,
)
def test_whatever_is_said_goes_out_as_text_or_fails_as_a_delivery(
    service: str,
    content: list[Content],
    name: str | None,
    tapped: Postback | None,
    status: int,
    retry_after: str,
    answer: bytes,
) -> None:
    connector = load_connector(service)
    sender = Sender(role=Role.AGENT, external_id="a", name=name)
    message = Message(external_id="m", sender=sender, content=tuple(content), sent_at=NOW, tapped=tapped)
    http = Careless(HttpResponse(status=status, headers={"retry-after": retry_after}, body=answer))
    names = ("user_id", "person_id", "contact_id", "channel_id", "conversation_id")
    conversation = Conversation(external_id="conversation", state={**dict.fromkeys(names, "some-id"), "number": "7"})
    for part in render(message, connector.capabilities, "event", NOW).parts:
        try:
            delivered = connector.deliver(part, conversation, connection_of(service), http)
        except DeliveryError:
            continue  # with a reason, which every one of them has
        assert not UNWANTED.search(delivered.external_id)
    for request in http.requests:
        check_request(request)


def check_request(request: HttpRequest) -> None:
    """It can be written to a socket, and nothing in it would make a database choke."""
    written = json.dumps(request.json, ensure_ascii=False)
    assert written.encode()
    assert not [text for text in texts(json.loads(written)) if UNWANTED.search(text)]
    request.url.encode()
    fields: Mapping[str, str] = {**request.query, **(request.form or {})}
    assert not [value for value in fields.values() if UNWANTED.search(value)]
    assert all("\n" not in value and value.encode("latin-1") for value in request.headers.values() if value)
