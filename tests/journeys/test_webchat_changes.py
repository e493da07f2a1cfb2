"""Reactions, answers, corrections and deletions between visitors of the web chat and agents."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from patchbay.domain.model import Text
from patchbay.domain.references import ChangeKind, Reference
from playground.services.unblu import Unblu
from tests.connectors.services import load_connector
from tests.harness.counter import Counter, make_counter
from tests.harness.webchat_world import PNG, Scene, make_scene, platforms


@pytest.fixture(params=["freshchat", "unblu"])
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    scene = make_scene(request.param)
    yield scene
    assert not scene.telemetry.logged("event failed unexpectedly")
    assert not scene.queue.parked


def said_to(unblu: Unblu) -> list[tuple[str, str]]:
    """Each message of the customer, and the words of the one that it answers."""
    [conversation] = unblu.conversations
    return [
        (message.fallback, message.answers.fallback if message.answers else "")
        for message in conversation.messages
        if message.contact
    ]


# --- what visitors do ------------------------------------------------------------------------------------------------


def test_agents_read_a_visitors_reaction_and_that_it_is_gone(scene: Scene) -> None:
    scene.says("hello")
    scene.reply("See you at ten?")
    [theirs] = scene.replies()
    for emoji in ("👍", "❤️", ""):
        scene.webchat.react(scene.ann.id, theirs["id"], emoji)
        scene.settle()
    lines = ['👍 to "See you at ten?"', '❤️ to "See you at ten?"', '❤️ removed from "See you at ten?"']
    if isinstance(scene.desk, Unblu):  # each is an answer to that message
        lines = ["👍", "❤️", "❤️ removed"]
        assert said_to(scene.desk)[-3:] == [(line, "See you at ten?") for line in lines]
    assert scene.agent_sees() == ["hello", *lines]
    assert len(scene.conversations()) == 1
    assert scene.visitor_sees() == ["See you at ten?"], "nobody answers a reaction"


def test_agents_see_what_a_visitor_answers(scene: Scene) -> None:
    """Unblu shows it on the message itself; elsewhere its first words stand above."""
    scene.says("hello")
    scene.reply("Tea or coffee?")
    [theirs] = scene.replies()
    scene.webchat.write(scene.ann.id, "Tea", reply_to=theirs["id"])
    scene.settle()
    if isinstance(scene.desk, Unblu):
        assert said_to(scene.desk)[-1] == ("Tea", "Tea or coffee?")
        assert scene.agent_sees() == ["hello", "Tea"]
    else:
        assert scene.agent_sees() == ["hello", "> Tea or coffee?\nTea"]


def test_agents_read_a_corrected_caption_and_keep_the_file(scene: Scene) -> None:
    scene.webchat.send_file(scene.ann.id, "lamp.png", "image/png", PNG, "my dog")
    scene.settle()
    before = scene.agent_sees()
    scene.webchat.change(scene.ann.id, scene.ann.mine()[0]["id"], "my lamp")
    scene.settle()
    [line] = scene.agent_sees()[len(before) :]
    assert line.removeprefix("> lamp.png\n") == "✎ Corrected: my lamp"


@pytest.mark.parametrize("scene", ["freshchat"], indirect=True)
def test_a_reaction_opens_no_conversation(scene: Scene) -> None:
    scene.says("hello")
    mine = scene.ann.mine()[0]["id"]
    scene.act("resolve")
    before = scene.agent_sees()
    scene.webchat.react(scene.ann.id, mine, "👍")
    scene.settle()
    assert scene.agent_sees() == before


@pytest.mark.parametrize("scene", [one for one in platforms() if one not in {"freshchat", "unblu"}], indirect=True)
def test_every_other_desk_reads_what_a_visitor_does(scene: Scene) -> None:
    """In words, each after the other; a bot would answer a line about a reaction."""
    scene.says("at ten")
    scene.reply("Tea or coffee?")
    [theirs], [mine] = scene.replies(), scene.ann.mine()
    scene.webchat.react(scene.ann.id, theirs["id"], "👍")
    scene.webchat.react(scene.ann.id, theirs["id"], "")
    scene.webchat.write(scene.ann.id, "Tea", reply_to=theirs["id"])
    scene.webchat.change(scene.ann.id, mine["id"], "at eleven")
    scene.webchat.delete(scene.ann.id, mine["id"])
    scene.settle()
    reactions = ['👍 to "Tea or coffee?"', '👍 removed from "Tea or coffee?"']
    said = [*reactions] if load_connector(scene.desk.service).capabilities.notices else []
    *before, deleted = scene.agent_sees()
    assert before == ["at ten", *said, "> Tea or coffee?\nTea", "✎ Corrected: at eleven"]
    assert "The customer has deleted their message" in deleted


# --- what agents do --------------------------------------------------------------------------------------------------


@pytest.fixture
def counter(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter]:
    counter = make_counter("webchat", "freshchat", monkeypatch)
    yield counter
    assert not counter.world.telemetry.logged("event failed unexpectedly")
    assert not counter.world.queue.parked


def test_an_agent_corrects_reacts_and_deletes_on_the_message_itself(counter: Counter) -> None:
    before = len(counter.sees())
    counter.asks("At ten")
    target = counter.asked
    counter.changes(ChangeKind.EDIT, target, Text(text="At eleven"))
    counter.changes(ChangeKind.REACTION, target, emoji="🦊")
    [line] = counter.sees()[before:]
    assert (line["text"], line["edited"], line["reactions"]) == ("At eleven", True, ["🦊"])
    counter.changes(ChangeKind.REACTION_REMOVED, target, emoji="🦊")
    [line] = counter.sees()[before:]
    assert line["reactions"] == []
    counter.changes(ChangeKind.DELETION, target)
    assert counter.sees()[before:] == []


def test_what_an_agent_changes_on_a_message_that_never_came_is_put_in_words(counter: Counter) -> None:
    before = len(counter.sees())
    never = Reference(message_id="m0", event_id="message-0", excerpt="At ten")
    counter.changes(ChangeKind.EDIT, never, Text(text="At eleven"))
    counter.changes(ChangeKind.REACTION, never, emoji="❤️")
    counter.changes(ChangeKind.DELETION, never)
    corrected, reacted, deleted = (line["text"] for line in counter.sees()[before:])
    assert (corrected, reacted) == ("> At ten\n✎ Corrected: At eleven", '❤️ to "At ten"')
    assert "has deleted a message" in deleted
