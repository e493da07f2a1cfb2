"""Names of people are one visible line or none, whichever service tells of them and whichever reads them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from types import ModuleType

import pytest

from patchbay.domain import model
from patchbay.domain.events import Event, MessageReceived, decode, encode
from patchbay.domain.model import Contact, ContactCard, Role, Sender
from patchbay.domain.names import MOST_NAME, read_name
from patchbay.kit import account_setup
from tests.connectors.services import FORMS, Sample, samples
from tests.connectors.words import parse_events, said
from tests.harness.strange import Trail, leaves, put, with_body

PLAIN = "Xaver Quux"
#: services whose webhooks name people
NAMING = ["freshchat app", "giosg", "telegram", "unblu", "viber", "webchat", "whatsapp"]

#: Names that show nothing: no name at all.
INVISIBLE = (
    *("\u3164", " \u3164 ", "\u200b", "\u200d", "\u2060\ufeff", "\u0301\u0302", "\u202e\u202c", "\u2800", "\ufffd"),
    *("\U000e0067", " \n\t"),
)
ENGLAND = "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"

#: Names as they are sent, and the line that is left.
LINES = (
    ("Ana\nLind", "Ana Lind"),
    ("Ana\r\n\r\n  Lind", "Ana Lind"),
    ("Ana\u2028Lind\u2029", "Ana Lind"),
    ("\u202eAna\u202c \u2066Lind\u2069", "Ana Lind"),
    ("\u200fAna\u200e\u061c", "Ana"),
    ("A\u200bna\ufeff", "Ana"),
    ("\u3164Ana\u3164", "Ana"),
    ("علی\u200cرضا", "علی\u200cرضا"),
    (f"👩\u200d🚀 Zoë {ENGLAND}", f"👩\u200d🚀 Zoë {ENGLAND}"),
    ("क्षितिज", "क्षितिज"),
    ("\U0001fae9", "\U0001fae9"),  # younger than this Python's tables
)  # fmt: skip


@pytest.mark.parametrize("name", INVISIBLE, ids=ascii)
def test_what_shows_nothing_is_no_name(name: str) -> None:
    assert read_name(name) is None
    assert Sender(role=Role.AGENT, name=name).name is None
    assert Contact(external_id="c", name=name).name is None
    assert ContactCard(name=name).name == ""
    assert account_setup.Account(external_id="a", name=name).name == ""


@pytest.mark.parametrize(("name", "line"), LINES, ids=ascii)
def test_a_name_is_one_line(name: str, line: str) -> None:
    assert read_name(name) == line
    assert read_name(line) == line


@pytest.mark.parametrize("name", ["a" * 1000, "🇩🇪" * 300, "e\u0301\u0302" * 200, "a " * 200], ids=ascii)
def test_a_name_has_an_end_and_no_character_is_taken_apart(name: str) -> None:
    line = read_name(name) or ""
    assert len(line.encode("utf-16-le")) <= 2 * MOST_NAME
    assert name.startswith(line.removesuffix("…"))
    assert line.removesuffix("…")[-1] in {"a", "🇪", "\u0302"}


@pytest.mark.parametrize("module", [model, account_setup], ids=lambda module: str(module.__name__))
def test_every_noun_with_a_name_of_people_reads_it(module: ModuleType) -> None:
    """Files are named elsewhere, settings and abilities by us."""
    nouns = [noun for noun in vars(module).values() if is_dataclass(noun) and isinstance(noun, type)]
    named = {noun.__name__ for noun in nouns if "name" in {each.name for each in fields(noun)}}
    reading = {noun.__name__ for noun in nouns if hasattr(noun, "__post_init__")}
    assert named - reading <= {"Attachment", "Choice"}


# --- every connector -------------------------------------------------------------------------------------------------


def names_in(event: Event) -> Iterator[str | None]:
    if isinstance(event, MessageReceived):
        yield event.message.sender.name
        yield from (content.name for content in event.message.content if isinstance(content, ContactCard))
    contact = getattr(event, "contact", None)
    if contact is not None:
        yield contact.name


@cache
def places_of_names(service: str) -> tuple[tuple[Sample, Trail], ...]:
    """Where in the service's webhooks somebody's name stands."""
    found = []
    for sample in samples(service):
        body = json.loads(sample.request().body)
        for trail, leaf in leaves(body) if isinstance(body, dict) else ():
            if isinstance(leaf, str):
                events = parse_events(service, with_body(sample.request(), put(body, trail, PLAIN)))
                if any(PLAIN in (name or "") for event in events for name in names_in(event)):
                    found.append((sample, trail))
    return tuple(found)


def names_when(service: str, sample: Sample, trail: Trail, name: str) -> list[str | None]:
    body = put(json.loads(sample.request().body), trail, name)
    events = [decode(encode(event)) for event in parse_events(service, with_body(sample.request(), body))]
    for text in said(events):
        assert not text.startswith(("\u3164", " ", "\n", ":")), text
    return [each for event in events for each in names_in(event)]


@pytest.mark.parametrize("service", NAMING)
@pytest.mark.parametrize("name", INVISIBLE, ids=ascii)
def test_no_service_brings_a_name_that_shows_nothing(service: str, name: str) -> None:
    for sample, trail in places_of_names(service):
        for read in names_when(service, sample, trail, name):
            assert read is None or read_name(read) == (read or None), (sample, trail, read)


@pytest.mark.parametrize("service", NAMING)
@pytest.mark.parametrize(("name", "line"), LINES, ids=ascii)
def test_every_service_brings_names_of_one_line(service: str, name: str, line: str) -> None:
    for sample, trail in places_of_names(service):
        assert line in (names_when(service, sample, trail, name)), (sample, trail)


def test_names_are_found_where_services_send_some() -> None:
    assert [name for name in FORMS if places_of_names(name)] == NAMING
