"""Groups: declined unless the owner wants them, topics kept apart, and supergroups under their new id."""

from __future__ import annotations

import pytest

from patchbay.domain.errors import Moved, Rejected
from patchbay.domain.events import MessageReceived, ThreadMoved
from patchbay.domain.model import Attachment, AttachmentKind, Conversation, Location, Text
from patchbay.messengers.telegram import CONNECTOR
from playground.page_arguments import ChosenFile
from playground.services.telegram.records import Chat, Person
from tests.harness.telegram import TelegramHarness

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
PHOTO = ChosenFile(name="a.png", content_type="image/png", data=PNG)


def settle(harness: TelegramHarness) -> list[MessageReceived]:
    harness.settle()
    found = harness.messages()
    harness.events.clear()
    return found


@pytest.fixture
def harness() -> TelegramHarness:
    return TelegramHarness.connected(groups="yes")


@pytest.fixture
def people(harness: TelegramHarness) -> tuple[Person, Person]:
    one, other = harness.telegram.people.values()
    return one, other


def bring_together(harness: TelegramHarness, people: tuple[Person, Person], *, forum: bool = False) -> Chat:
    """A group that shows the bot every message."""
    group = harness.telegram.new_group("Street 7", *people, forum=forum)
    harness.telegram.promote_bot(group, people[0])
    settle(harness)
    return group


def test_a_group_reads_once_that_it_is_not_answered_and_nothing_of_it_is_carried() -> None:
    harness = TelegramHarness.connected()
    one, other = harness.telegram.people.values()
    group = harness.telegram.new_group("Street 7", one, other)
    harness.telegram.write(one.id, f"@{harness.telegram.bot.username} are you open?", chat=group.id)
    harness.settle()
    assert [(call["method"], call["chat_id"]) for call in harness.answers] == [("sendMessage", group.id)]
    assert [message.text for message in group.messages if message.text][-1] == harness.answers[0]["text"]
    assert (harness.messages(), harness.changes()) == ([], [])


def test_in_a_group_agents_read_who_writes(harness: TelegramHarness, people: tuple[Person, Person]) -> None:
    one, other = people
    group = bring_together(harness, people)
    harness.telegram.write(one.id, "Are you open?", chat=group.id)
    harness.telegram.write(other.id, "Yes, are you?", chat=group.id)
    harness.telegram.send_file(one.id, PHOTO, chat=group.id)
    harness.telegram.send_location(other.id, 1.0, 2.0, chat=group.id)
    events = settle(harness)
    assert {event.thread for event in events} == {str(group.id)}
    assert {event.contact and event.contact.name for event in events} == {"Street 7"}
    assert [event.message.sender.name for event in events] == ["Maya Chen", "Tomás Oliveira"] * 2
    contents = [event.message.content for event in events]
    assert contents[:2] == [(Text(text="Maya Chen: Are you open?"),), (Text(text="Tomás Oliveira: Yes, are you?"),)]
    assert contents[2][0] == Text(text="Maya Chen:")
    assert isinstance(contents[2][1], Attachment)
    assert contents[3] == (Text(text="Tomás Oliveira:"), Location(latitude=1.0, longitude=2.0))


def test_each_topic_is_a_conversation_and_is_answered_there(
    harness: TelegramHarness, people: tuple[Person, Person]
) -> None:
    forum = bring_together(harness, people, forum=True)
    topics = [harness.telegram.new_topic(forum, people[0], name) for name in ("Roof", "Cellar")]
    for topic in topics:
        harness.telegram.write(people[0].id, f"About the {topic.name}", chat=forum.id, thread=topic.id)
    harness.telegram.write(people[1].id, "About all", chat=forum.id)
    events = settle(harness)
    threads = [event.thread for event in events]
    assert threads == [f"{forum.id}/{topics[0].id}", f"{forum.id}/{topics[1].id}", str(forum.id)]
    for thread in threads:
        harness.deliver(thread, Text(text=f"answer in {thread}"))
    assert [message.thread for message in forum.messages[-3:]] == [topics[0].id, topics[1].id, 0]


def test_a_group_that_became_a_supergroup_moves_and_that_is_no_message(
    harness: TelegramHarness, people: tuple[Person, Person]
) -> None:
    """Telegram says so in both chats: that is one event."""
    group = bring_together(harness, people)
    supergroup = harness.telegram.migrate(group, people[0])
    harness.settle()
    moves = [event for event in harness.events if isinstance(event, ThreadMoved)]
    assert len(harness.events) == len(moves) == 2
    assert len({move.id for move in moves}) == 1
    assert {(move.thread, move.moved_to) for move in moves} == {(str(group.id), str(supergroup.id))}


@pytest.mark.parametrize(
    "content",
    [
        Text(text="We are open"),
        Attachment(
            kind=AttachmentKind.IMAGE,
            url="https://bridge.test/media/t/a.png",
            name="a.png",
            content_type="image/png",
            size=9,
            hosted=True,
        ),
    ],
)
def test_a_message_to_the_group_as_it_was_is_refused_with_where_it_is_now(
    harness: TelegramHarness, people: tuple[Person, Person], content: Text | Attachment
) -> None:
    group = bring_together(harness, people)
    supergroup = harness.telegram.migrate(group, people[0])
    with pytest.raises(Moved) as refusal:
        harness.deliver(str(group.id), content)
    assert refusal.value.moved_to == str(supergroup.id)


def test_what_was_in_the_group_is_not_taken_for_what_has_its_number_in_the_supergroup(
    harness: TelegramHarness, people: tuple[Person, Person]
) -> None:
    group = bring_together(harness, people)
    before = harness.deliver(str(group.id), Text(text="We are open"))
    supergroup = harness.telegram.migrate(group, people[0])
    there = Conversation(external_id=str(supergroup.id))
    harness.deliver(str(supergroup.id), Text(text="Until six"), reply_to=before.external_id)
    assert not supergroup.messages[-1].reply_to
    with pytest.raises(Rejected):
        CONNECTOR.delete_messages([before.external_id], there, harness.connection, harness.http)
    assert "Until six" in supergroup.messages[-1].text


def test_a_group_that_removed_the_bot_cannot_be_reached(
    harness: TelegramHarness, people: tuple[Person, Person]
) -> None:
    group = bring_together(harness, people)
    harness.telegram.remove_bot(group, people[0])
    harness.settle()
    assert [(change.thread, change.contact.reachable) for change in harness.changes()] == [(str(group.id), False)]
