"""A Telegram group becomes a supergroup: agents go on in the same conversation, and nobody notices."""

from __future__ import annotations

from typing import Any

import pytest

from playground.services.telegram import Telegram
from playground.services.telegram.records import Chat, Person
from tests.harness.pair_world import Talk
from tests.harness.world import World


class GroupTalk(Talk, World):
    """One group, and an agent at Freshchat."""

    def __init__(self) -> None:
        super().__init__("telegram", "freshchat")
        self.phone = self.telegram = self.simulators["telegram"]
        self.desk = self.simulators["freshchat"]
        self.connect("telegram", groups="yes")
        self.connect("freshchat")
        self.link("telegram-1", "freshchat-1")
        self.settle()
        assert isinstance(self.telegram, Telegram)
        self.person: Person = next(iter(self.telegram.people.values()))
        self.group: Chat = self.telegram.new_group("Street 7", self.person)
        self.telegram.promote_bot(self.group, self.person)
        self.settle()

    def members_see(self) -> list[str]:
        return [message.text.splitlines()[-1] for message in self.group.messages if message.text]

    def write(self, text: str) -> None:
        assert isinstance(self.telegram, Telegram)
        self.time.advance(3)
        self.telegram.write(self.person.id, text, chat=self.group.id)
        self.settle()

    def reply(self, text: str) -> None:
        self.time.advance(3)
        self.replies(text)
        self.settle()

    def migrate(self) -> None:
        assert isinstance(self.telegram, Telegram)
        self.time.advance(3)
        self.group = self.telegram.migrate(self.group, self.person)

    def refused(self) -> list[Any]:
        return [call for call in self.phone.calls if call.direction == "api" and call.status == 400]


@pytest.fixture
def talk() -> GroupTalk:
    talk = GroupTalk()
    talk.write("Are you open?")
    talk.reply("Yes")
    return talk


def check(talk: GroupTalk) -> None:
    [conversation] = talk.conversations
    words = [one["text"] for one in conversation["messages"] if one["author"] == "customer"]
    assert [text.rpartition(": ")[2] for text in words] == ["Are you open?", "Until when?", "Thank you"]
    assert talk.members_see() == ["Until when?", "Until six", "Thank you", "Welcome"]
    assert not talk.telemetry.logged("event failed unexpectedly")
    assert not talk.queue.parked


def test_one_conversation_goes_on(talk: GroupTalk) -> None:
    talk.migrate()
    for question, answer in (("Until when?", "Until six"), ("Thank you", "Welcome")):
        talk.write(question)
        talk.reply(answer)
    check(talk)
    assert talk.refused() == []


def test_it_goes_on_where_telegrams_refusal_is_the_first_that_says_so(
    talk: GroupTalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its news is lost, and the agent writes before the members do."""
    with monkeypatch.context() as lost:
        lost.setattr(talk.queue, "send", lambda _events: None)
        talk.migrate()
        talk.settle()
    for answer in ("Any more questions?", "We close at six"):
        talk.reply(answer)
    assert len(talk.refused()) == 1
    talk.write("Thank you")
    [conversation] = talk.conversations
    assert conversation["messages"][-1]["text"].endswith("Thank you")
    assert talk.members_see() == ["Any more questions?", "We close at six", "Thank you"]
