"""Agents at Giosg and a customer on Viber, on the deployed stack."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count

import pytest
import requests

from playground.accounts import Owner
from playground.run import Playground
from playground.services.giosg import DEMO_AGENT, DEMO_ROOM, Giosg
from playground.services.giosg.records import Chat
from playground.services.viber import Viber
from playground.services.viber.records import Line, Person
from playground.simulator import Call
from tests.e2e.test_many_conversations import await_until

pytestmark = pytest.mark.deployed

_NUMBERS = count(1)
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 200


@dataclass
class House:
    """Giosg's console, and a customer who is new."""

    giosg: Giosg
    viber: Viber
    owner: Owner
    person: Person

    @property
    def chats(self) -> list[Chat]:
        """The customer's, oldest first."""
        return [one for one in list(self.giosg.chats.values()) if self._is_ours(one)]

    def _is_ours(self, chat: Chat) -> bool:
        if chat.visitor is None:
            return False
        visitor = chat.room.visitors.get(chat.visitor.id)
        return visitor is not None and visitor.name == self.person.name

    def agents_see(self) -> list[str]:
        return [one.text for chat in self.chats for one in chat.messages if one.sender_type == "visitor" and one.text]

    def answers(self) -> list[Line]:
        return [line for line in list(self.person.lines) if line.author == "agent"]

    def says(self, text: str) -> bool:
        return any(text in line.text for line in self.answers())


@pytest.fixture(scope="module")
def building(deployed_world: Playground) -> Iterator[House]:
    """Giosg with somebody on Viber who is linked to it."""
    giosg, viber = deployed_world.simulators["giosg"], deployed_world.simulators["viber"]
    assert isinstance(giosg, Giosg)
    assert isinstance(viber, Viber)
    owner = Owner(deployed_world.aws.environment)
    owner.run("link", "viber-demo", "giosg-demo")
    yield House(giosg, viber, owner, viber.new_person(f"Uma {next(_NUMBERS)}"))
    owner.run("link", "viber-demo", "freshchat-demo")


@pytest.fixture
def house(building: House) -> Iterator[House]:
    building.giosg.go_online(DEMO_AGENT)
    yield replace(building, person=building.viber.new_person(f"Uma {next(_NUMBERS)}"))
    building.giosg.go_online(DEMO_AGENT)


def test_a_chat_with_everything_in_it(house: House) -> None:
    giosg, viber, person = house.giosg, house.viber, house.person
    viber.write(person.id, "Hello! 👋")
    await_until(lambda: house.agents_see() == ["Hello! 👋"], giosg, "the first message")
    [chat] = house.chats
    assert chat.type == "external"

    giosg.join(chat.id, DEMO_AGENT)
    giosg.reply(chat.id, DEMO_AGENT, "Good day, שלום")
    await_until(lambda: house.says("Good day, שלום"), viber, "the answer")
    assert "Customer Service" in house.answers()[-1].text or house.answers()[-1].name

    viber.send_file(person.id, "cat.png", "image/png", PNG, "my cat")
    await_until(lambda: any("cat.png" in text for text in house.agents_see()), giosg, "the picture as a link")
    link = next(text for text in house.agents_see() if "cat.png" in text).split(": ", 1)[1].split("\n")[0]
    assert requests.get(link, timeout=30).content == PNG

    giosg.send_image(chat.id, DEMO_AGENT, "map.png", "image/png", PNG)
    await_until(lambda: any(line.attachment for line in house.answers()), viber, "the agent's picture")

    giosg.end(chat.id)
    viber.write(person.id, "One more thing")
    await_until(lambda: house.agents_see()[-1] == "One more thing", giosg, "the new chat")
    assert len(house.chats) == 2
    assert house.chats[0].visitor == house.chats[1].visitor
    assert giosg.complaints == []


def test_messages_wait_until_somebody_is_there(house: House) -> None:
    giosg, viber, person = house.giosg, house.viber, house.person
    giosg.quirks.external_while_offline = False
    try:
        giosg.go_offline(DEMO_AGENT)
        viber.write(person.id, "Anybody there?")
        await_until(lambda: any(_is_refused_chat(call) for call in list(giosg.calls)), giosg, "the refusal")
        giosg.go_online(DEMO_AGENT)
        await_until(lambda: house.agents_see() == ["Anybody there?"], giosg, "the message that waited")
    finally:
        giosg.quirks.external_while_offline = True


def test_talk_of_the_web_site_is_none_of_ours(house: House) -> None:
    giosg, viber, person = house.giosg, house.viber, house.person
    chat = giosg.web_visitor_writes("where are my shoes?", name="Stranger", room=DEMO_ROOM)

    def looks() -> int:
        return len([call for call in list(giosg.calls) if f"/owned_chats/{chat}/memberships" in call.path])

    for number in range(3):
        giosg.reply(chat, DEMO_AGENT, f"answer {number} to a stranger")
    viber.write(person.id, "Hello")
    await_until(lambda: house.agents_see() == ["Hello"], giosg, "our own customer")
    giosg.reply(house.chats[0].id, DEMO_AGENT, "to you")
    await_until(lambda: house.says("to you"), viber, "the answer to our customer")
    await_until(lambda: looks() > 0, giosg, "the look at whose chat it is")
    giosg.reply(chat, DEMO_AGENT, "one more answer to a stranger")
    giosg.reply(house.chats[0].id, DEMO_AGENT, "goodbye")
    await_until(lambda: house.says("goodbye"), viber, "the last word")
    assert looks() == 1
    everybody = [line.text for one in viber.people.values() for line in list(one.lines)]
    assert not [text for text in everybody if "to a stranger" in text]


def _is_refused_chat(call: Call) -> bool:
    return call.method == "POST" and call.path.endswith("/chats") and call.status == 403
