"""What people do besides writing, as each connector brings it: the same facts in the same fields, whichever service."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from patchbay.domain.model import AttachmentKind, Side
from patchbay.domain.references import ChangeKind
from tests.connectors.services import SERVICES, load_connector, samples
from tools.capability_rows import Service

#: What a service can bring besides words and files, as docs/capabilities.md has it.
NOUNS = ("quote", "edit", "reaction", "reaction removed", "deletion", "voice note", "sticker", "unreachable")


def events(service: str) -> Iterator[dict[str, Any]]:
    """The meaning of each sample that is a message."""
    for sample in samples(service):
        yield from (event for event in sample.expected if event.get("kind") == "message")


def changes(service: str) -> list[dict[str, Any]]:
    return [event for event in events(service) if event["message"]["change"]]


@pytest.mark.parametrize("service", SERVICES)
def test_a_change_names_its_message_and_has_an_id_of_its_own(service: str) -> None:
    messages = {event["id"] for event in events(service) if not event["message"]["change"]}
    for event in changes(service):
        target = event["message"]["change"]["target"]
        assert target["message_id"] or target["event_id"]
        assert event["id"] not in {target["event_id"], *messages}


@pytest.mark.parametrize("service", SERVICES)
def test_a_correction_brings_the_whole_message_and_the_others_bring_none(service: str) -> None:
    for event in changes(service):
        message = event["message"]
        change, content = message["change"], message["content"]
        if change["kind"] == ChangeKind.EDIT:
            assert content
            assert message["external_id"] == change["target"]["message_id"]
        else:
            assert (content, message["external_id"]) == ([], "")
        if change["kind"] != ChangeKind.REACTION_REMOVED:  # not every service says which it was
            assert bool(change["emoji"]) is (change["kind"] == ChangeKind.REACTION)
        assert not change["same_files"] or any(item["type"] == "attachment" for item in content)


@pytest.mark.parametrize("service", SERVICES)
def test_what_comes_can_go_and_what_goes_could_come(service: str) -> None:
    """Each reaction that is added is taken back somewhere in the samples, so that both are seen."""
    kinds = {event["message"]["change"]["kind"] for event in changes(service)}
    assert (ChangeKind.REACTION in kinds) is (ChangeKind.REACTION_REMOVED in kinds)


@pytest.mark.parametrize("service", SERVICES)
def test_a_voice_note_is_audio_and_a_sticker_an_image(service: str) -> None:
    for event in events(service):
        for item in event["message"]["content"]:
            if item["type"] == "attachment":
                assert not item["voice"] or item["kind"] == AttachmentKind.AUDIO
                assert not item["emoji"] or item["kind"] == AttachmentKind.IMAGE


@pytest.mark.parametrize("service", SERVICES)
def test_an_answer_names_a_message_other_than_itself(service: str) -> None:
    for event in events(service):
        answered = event["message"]["reply_to"]
        assert not answered or answered["message_id"] not in {"", event["message"]["external_id"]}


@pytest.mark.parametrize("service", SERVICES)
def test_only_messengers_bring_what_only_customers_do(service: str) -> None:
    connector = load_connector(service)
    brings = Service(connector).brings & {"unreachable", "elsewhere"}
    assert connector.side is Side.MESSENGER or not brings


def test_each_noun_is_brought_by_a_service() -> None:
    """Else these tests would pass by having nothing to read."""
    brought = frozenset[str]().union(*(Service(load_connector(name)).brings for name in SERVICES))
    assert set(NOUNS) <= brought
