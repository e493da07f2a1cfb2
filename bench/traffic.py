"""What every webhook, event and API call of a pair costs in AWS calls and units, in a warm system.

A customer and an agent write to each other, each reads what the other one wrote, and everything is counted where it
leaves for AWS.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bench.books import Cost
from bench.counted_world import CountedWorld, running
from playground.services.uchat import UChat
from playground.services.webchat import WebChatSimulator

MESSAGES = 5  #: in each direction
MESSENGERS = ("viber", "webchat")
PLATFORMS = ("freshchat", "giosg", "uchat", "unblu", "vcita")
PAIRS = tuple((messenger, platform) for messenger in MESSENGERS for platform in PLATFORMS)
QUESTION = "Is my parcel on its way? It should have been here on Monday."
ANSWER = "It left our house on Friday; you should have it tomorrow."


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What MESSAGES of a customer, read by the agent, and as many of an agent, read by the customer, cost."""

    to_agent: Mapping[str, Cost]
    to_customer: Mapping[str, Cost]


class Talk:
    """A customer, and the agent who answers."""

    def __init__(self, world: CountedWorld) -> None:
        self.world = world
        self.phone = world.simulators[world.messenger]
        self.desk = world.simulators[world.platform]
        if isinstance(self.desk, UChat):
            self.desk.quirks.bot = False  # people are what this is about
        self.person = str(self.phone.act("new_person", {"name": "Anna Berg"})["person"])
        world.settle()

    def write(self, text: str = QUESTION) -> None:
        self.phone.act("write", {"person": self.person, "text": text})
        self.world.settle()

    def read_question(self) -> None:
        """The agent looks at it, where the platform lets anybody know."""
        view: Any = self.desk.view()
        if view.get("reports_reading"):
            self.desk.act("open", self._where)
            self.world.settle()

    def reply(self, text: str = ANSWER) -> None:
        self.desk.act("reply", {**self._where, "text": text})
        self.world.settle()

    def read_answer(self) -> None:
        if isinstance(self.phone, WebChatSimulator):
            self.phone.read(self.person)
        else:
            self.phone.act("read", {"person": self.person})
        self.world.settle()

    @property
    def _where(self) -> dict[str, str]:
        view: Any = self.desk.view()
        return {"conversation": str(view["conversations"][0]["id"]), "agent": str(view["agents"][0]["id"])}


def measure(messenger: str = "viber", platform: str = "freshchat", messages: int = MESSAGES) -> Traffic:
    with running(messenger, platform) as world:
        talk = Talk(world)
        _warm_up(talk)
        world.books.take()
        for _ in range(messages):
            talk.write()
            talk.read_question()
        to_agent = world.books.take()
        for _ in range(messages):
            talk.reply()
            talk.read_answer()
        _check(talk, messages + 1)
        return Traffic(to_agent=to_agent, to_customer=world.books.take())


def _warm_up(talk: Talk) -> None:
    """The conversation is opened, and every container has read what it keeps."""
    talk.write()
    talk.read_question()
    talk.reply()
    talk.read_answer()


def _check(talk: Talk, wanted: int) -> None:
    """What did not arrive has cost too little."""
    for simulator, words in ((talk.desk, QUESTION), (talk.phone, ANSWER)):
        arrived = json.dumps(simulator.view(), ensure_ascii=False).count(words)
        if arrived != wanted:
            raise RuntimeError(f"{arrived} of {wanted} messages arrived on {simulator.service}")
