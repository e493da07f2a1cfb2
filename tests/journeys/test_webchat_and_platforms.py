"""A visitor of the web chat, an agent on every platform that there is: what holds for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from patchbay.kit import registry
from patchbay.kit.abilities import SendsReceipts, UpdatesContacts
from playground.simulator import Fault
from tests.harness.fakes.scanner import GuardDuty
from tests.harness.forms import FRESHCHAT, list_forms
from tests.harness.hostile_files import EXE
from tests.harness.webchat_world import PNG, Scene, make_scene, platforms


@pytest.fixture(params=list_forms(platforms()))
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    scene = make_scene(request.param)
    yield scene
    assert not scene.telemetry.logged("event failed unexpectedly")
    assert not scene.queue.parked


# --- messages --------------------------------------------------------------------------------------------------------


def test_the_first_message_opens_a_conversation_and_the_reply_arrives(scene: Scene) -> None:
    assert not scene.conversations()
    scene.says("Hello! 👋")
    scene.reply("Hi Ann, how can I help?")
    assert scene.agent_sees() == ["Hello! 👋"]
    assert scene.visitor_sees() == ["Hi Ann, how can I help?"]
    assert len(scene.conversations()) == 1


@pytest.mark.parametrize("scene", [*FRESHCHAT, "unblu"], indirect=True)
def test_where_the_platform_tells_who_writes_the_visitor_sees_the_name(scene: Scene) -> None:
    scene.says("hello")
    scene.reply("Hi")
    [message] = scene.replies()
    assert message["sender"]["name"].startswith(scene.agent["name"].split()[0])
    assert not message["sender"]["bot"]


def test_many_scripts_arrive_as_they_were_written(scene: Scene) -> None:
    texts = ["שלום, מה שלומך?", "مرحبا", "👩‍👩‍👧‍👦🇸🇪", "Ελλάδα 🏳️‍🌈", "日本語テキスト"]
    scene.says(*texts)
    for text in texts:
        scene.reply(text)
    assert scene.agent_sees() == texts
    assert scene.visitor_sees() == texts


def test_pictures_cross_both_ways(scene: Scene) -> None:
    scene.says("look at this")
    scene.webchat.send_file(scene.ann.id, "cat.png", "image/png", PNG, "my cat")
    scene.settle()
    seen = " ".join(scene.agent_sees())
    assert "cat.png" in seen or "<image>" in seen
    assert "my cat" in seen
    scene.reply_with_file("plan.png", "image/png", PNG)
    [message] = scene.replies()
    assert message["attachment"]["kind"] == "image"
    assert scene.media.files[message["attachment"]["url"]] == PNG


def test_agents_read_that_words_were_changed_and_that_a_message_was_deleted(scene: Scene) -> None:
    scene.says("helo", "my secret")
    first, second = scene.ann.mine()
    scene.webchat.change(scene.ann.id, first["id"], "hello")
    scene.webchat.delete(scene.ann.id, second["id"])
    scene.says("and one thing more")
    *seen, deleted, last = scene.agent_sees()
    assert [*seen, last] == ["helo", "my secret", "✎ Corrected: hello", "and one thing more"]
    assert deleted.startswith("[The customer has deleted their message of ")
    shown = scene.webchat.poll(scene.ann.id).mine()
    assert [(one["text"], one["state"]) for one in shown] == [("hello", "delivered"), (last, "delivered")]
    assert len(scene.conversations()) == 1


def test_a_change_that_the_platform_refuses_shows_as_not_delivered(scene: Scene) -> None:
    scene.says("helo")
    scene.desk.fail_next(Fault(status=422, where="POST .*"))
    scene.webchat.change(scene.ann.id, scene.ann.mine()[0]["id"], "hello")
    scene.settle()
    [message] = scene.webchat.poll(scene.ann.id).mine()
    assert (message["text"], message["state"], message["reason"]) == ("hello", "failed", "refused")


def test_a_visitor_with_another_name_is_the_same_person_in_the_same_conversation(scene: Scene) -> None:
    scene.says("hello")
    scene.webchat.rename(scene.ann.id, "Ann Lind")
    scene.settle()
    if isinstance(registry.load(scene.desk.service), UpdatesContacts):  # at once
        assert "Ann Lind" in repr(scene.conversations())
    scene.says("again")
    [conversation] = scene.conversations()
    assert [one["text"] for one in conversation["messages"] if one["author"] == "customer"] == ["hello", "again"]
    assert len({session.contact.person for session in scene.sessions.all()}) == 1
    assert [session.contact.name for session in scene.sessions.all()] == ["Ann Lind"]


def test_a_refused_upload_reaches_nobody_and_the_next_message_does(scene: Scene) -> None:
    scene.says("hello")
    refused = scene.webchat.send_file(scene.ann.id, "cat.png", "image/png", EXE)
    scene.says("well then")
    assert "unsafe_file" in scene.ann.refused[refused]
    assert scene.agent_sees() == ["hello", "well then"]


def test_a_visitors_file_with_malware_is_deleted_and_both_sides_read_so(scene: Scene) -> None:
    scene.media.scanner = GuardDuty(scene.time, says=lambda _: "THREATS_FOUND")
    scene.says("look at this")
    scene.webchat.send_file(scene.ann.id, "cat.png", "image/png", PNG)
    scene.says("please")
    line = "[cat.png: this file was refused because malware was found in it]"
    assert scene.agent_sees() == ["look at this", line, "please"]
    assert [message["text"] for message in scene.ann.theirs()].count(line) == 1
    assert scene.media.files == {}


def test_the_same_post_twice_is_one_message(scene: Scene) -> None:
    """The answer to a browser was lost, and it sends again what was taken already."""
    scene.webchat.fail_next(Fault(lost=True, where="POST .*/api/chats/.*/messages"))
    scene.says("only once")
    assert scene.agent_sees() == ["only once"]
    assert len(scene.ann.mine()) == 1
    assert not scene.ann.outbox


def test_notes_that_come_twice_and_late_are_one_message_each_and_in_order(scene: Scene) -> None:
    scene.says("hello")
    scene.webchat.switches.webhook_duplicates = True
    scene.webchat.switches.webhook_delay = 3
    scene.says("one", "two", "three")
    assert scene.agent_sees() == ["hello", "one", "two", "three"]


def test_a_visitors_message_is_kept_until_the_queue_takes_it(scene: Scene) -> None:
    scene.queue.refuse = 3
    scene.webchat.write(scene.ann.id, "one")
    scene.webchat.write(scene.ann.id, "two")
    assert [message["text"] for message in scene.ann.outbox] == ["one", "two"]
    scene.settle()
    assert scene.agent_sees() == ["one", "two"]
    assert not scene.ann.outbox


@pytest.mark.parametrize(
    "fault", [Fault(lost=True), Fault(status=503), Fault(status=429, retry_after=20), Fault(refused=True)], ids=repr
)
def test_a_reply_that_meets_trouble_on_its_way_arrives_once(scene: Scene, fault: Fault) -> None:
    scene.says("hello")
    scene.webchat.fail_next(replace(fault, where="POST .*/bridge/chats/.*/messages", times=2))
    scene.reply("one")
    scene.reply("two")
    assert scene.visitor_sees() == ["one", "two"]
    assert not any(delivery.uncertain for delivery in scene.ledger.deliveries.values())


# --- visitors --------------------------------------------------------------------------------------------------------


def test_two_visitors_are_apart(scene: Scene) -> None:
    ben = scene.webchat.start_chat("Ben")
    scene.says("I am Ann")
    scene.says("I am Ben", screen=ben)
    scene.reply("for Ann", "Ann")
    scene.reply("for Ben", "Ben")
    assert (scene.agent_sees("Ann"), scene.agent_sees("Ben")) == (["I am Ann"], ["I am Ben"])
    assert (scene.visitor_sees(), scene.visitor_sees(ben)) == (["for Ann"], ["for Ben"])
    assert scene.webchat.call("GET", f"chats/{scene.ann.id}/messages", ben.browser).status == 404


def test_two_chats_of_one_visitor_are_two_threads_of_one_person(scene: Scene) -> None:
    second = scene.webchat.start_chat("Ann", scene.ann.browser.visitor)
    other = scene.webchat.start_chat("Somebody else", scene.ann.browser.visitor)
    scene.says("first")
    scene.says("second", screen=second)
    scene.says("third", screen=other)
    people = {session.contact.external_id: session.contact.person for session in scene.sessions.all()}
    assert people[scene.ann.contact] == people[second.contact] != people[other.contact]
    assert len(people) == 3


# --- how far it got --------------------------------------------------------------------------------------------------


def test_what_was_handed_to_the_platform_is_delivered_for_the_visitor(scene: Scene) -> None:
    scene.webchat.write(scene.ann.id, "Hello")
    assert scene.states() == ["sent"]
    scene.settle()
    assert scene.states() in (["delivered"], ["read"])


def test_the_agents_platform_hears_that_a_reply_was_read_where_it_wants_to(scene: Scene) -> None:
    scene.says("hello")
    scene.webchat.look_away(scene.ann.id)
    scene.reply("are you there?")
    assert scene.visitor_sees() == []
    shows = isinstance(registry.load(scene.desk.service), SendsReceipts)
    assert scene.receipts()[-1:] == (["sent"] if shows else [])
    scene.webchat.look(scene.ann.id)
    scene.webchat.read(scene.ann.id)
    scene.settle()
    assert scene.visitor_sees() == ["are you there?"]
    assert set(scene.receipts()) == ({"read"} if shows else set())
    if shows:
        assert scene.telemetry.logged("receipt forwarded")


# --- leaving ---------------------------------------------------------------------------------------------------------


def test_an_erased_chat_is_gone_for_everybody_and_its_visitor_cannot_be_reached(scene: Scene) -> None:
    scene.says("forget me")
    scene.time.advance(60)
    scene.webchat.erase(scene.ann.id)
    scene.settle()
    [session] = scene.sessions.all()
    assert not session.contact.reachable
    assert scene.webchat.list_chats(scene.ann.browser.visitor) == []
    assert scene.webchat.call("GET", f"chats/{scene.ann.id}/messages", scene.ann.browser).status == 404


def test_who_erased_a_chat_starts_anew_in_a_conversation_of_its_own(scene: Scene) -> None:
    scene.says("forget me")
    scene.time.advance(60)
    scene.webchat.erase(scene.ann.id)
    scene.settle()
    scene.ann = scene.webchat.start_chat("Ann", scene.ann.browser.visitor)
    scene.says("me again")
    scene.reply("Welcome back")
    assert scene.visitor_sees() == ["Welcome back"]
    assert len(scene.sessions.all()) == 2
