"""A customer at any messenger, and the agents' side of any platform, which says what a test gives it to say."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from patchbay.domain.events import MessageReceived, decode
from patchbay.domain.model import Button, Content, Conversation, Delivered, Part, Side, Text
from patchbay.domain.references import Change, ChangeKind, Reference
from patchbay.kit.contract import Connector
from tests.connectors.services import SERVICES, load_connector, samples
from tests.harness.world import World

MESSENGERS = [service for service in SERVICES if load_connector(service).side is Side.MESSENGER]
PLATFORMS = [service for service in SERVICES if load_connector(service).side is Side.PLATFORM]


@dataclass
class Counter:
    """A customer at a messenger, and the agents' side of a platform, whose buttons are put into its messages."""

    world: World
    messenger: str
    platform: str
    customer: str
    template: MessageReceived
    heard: list[Part] = field(default_factory=list)
    number: int = 0

    def asks(self, *content: Content | str, buttons: tuple[Button, ...] = (), question: str = "") -> None:
        """The agents' side says something, as an event of the platform's connector brings it."""
        self.number += 1
        self.world.time.advance(3)
        said = tuple(Text(text=item) if isinstance(item, str) else item for item in content)
        sent_at = self.world.time.now()
        message = replace(
            self.template.message,
            external_id=f"asked-{self.number}",
            content=said,
            buttons=buttons,
            question=question,
            sent_at=sent_at,
            incomplete=False,
        )
        named = f"{self.template.id}-{self.number}"
        key = f"{self.template.message_key}-{self.number}" if self.template.message_key else ""
        event = replace(self.template, id=named, message_key=key, repeat_key="", occurred_at=sent_at, message=message)
        self.world.queue.send([event])
        self.world.settle()

    @property
    def asked(self) -> Reference:
        """The agents' latest message, as they would refer to it."""
        key = self.template.message_key or self.template.id
        return Reference(message_id=f"asked-{self.number}", event_id=f"{key}-{self.number}")

    def changes(self, kind: ChangeKind, target: Reference, *content: Text, emoji: str = "") -> None:
        """An agent does something to a message."""
        self.number += 1
        now = self.world.time.now()
        message = replace(
            self.template.message,
            external_id="",
            content=content,
            sent_at=now,
            change=Change(kind=kind, target=target, emoji=emoji),
        )
        event = replace(self.template, id=f"change-{self.number}", message_key="", occurred_at=now, message=message)
        self.world.queue.send([event])
        self.world.settle()

    def writes(self, text: str) -> None:
        """The customer writes; what comes of it is looked at later."""
        self.world.time.advance(3)
        self.world.simulators[self.messenger].act("write", {"person": self.customer, "text": text})

    def says(self, text: str) -> Part:
        """What the platform is sent for the customer's words."""
        before = len(self.heard)
        self.writes(text)
        self.world.settle()
        [part] = self.heard[before:]
        return part

    def taps(self, button: int, *, message: int = -1, card: int | None = None) -> Part:
        """The customer taps a button of the last message that has some, or of an earlier one."""
        self.world.time.advance(3)
        [person] = [one for one in self._people() if one["id"] == self.customer]
        quick_replies = [one for one in person["messages"] if one["buttons"] or one["cards"]]
        where = {} if card is None else {"card": str(card)}
        before = len(self.heard)
        arguments = {"person": self.customer, "message": quick_replies[message]["id"], "button": str(button), **where}
        self.world.simulators[self.messenger].act("tap", arguments)
        self.world.settle()
        [part] = self.heard[before:]
        return part

    def sees(self) -> list[dict[str, Any]]:
        """The messages of the agents' side on the customer's screen, but for the messenger's own."""
        [person] = [one for one in self._people() if one["id"] == self.customer]
        return [one for one in person["messages"] if one["author"] not in {"customer", "system"}]

    def _people(self) -> list[dict[str, Any]]:
        people: Any = self.world.simulators[self.messenger].view()["people"]
        return list(people)

    @property
    def tells_taps(self) -> bool:
        """Whether the messenger says which button was tapped. Others send its label, like words that were typed."""
        meanings = [meaning for sample in samples(self.messenger) for meaning in sample.expected]
        return any(meaning.get("message", {}).get("tapped") for meaning in meanings)


def make_counter(messenger: str, platform: str, monkeypatch: pytest.MonkeyPatch) -> Counter:
    world = World(messenger, platform)
    world.connect(messenger)
    world.connect(platform)
    world.link(f"{messenger}-1", f"{platform}-1")
    world.settle()
    world.time.advance(5)
    world.simulators[messenger].act("new_person", {"name": "Åsa"})
    people: Any = world.simulators[messenger].view()["people"]
    customer = people[-1]["id"]
    world.simulators[messenger].act("write", {"person": customer, "text": "hello"})
    world.settle()
    counter = Counter(world, messenger, platform, customer, _hear_answer(world, platform))
    _listen(counter, load_connector(platform), monkeypatch)
    return counter


def _hear_answer(world: World, platform: str) -> MessageReceived:
    """An agent's first answer, as it waits in the queue: the pattern of all that the agents' side says."""
    world.time.advance(3)
    view: Any = world.simulators[platform].view()
    where = {"conversation": view["conversations"][-1]["id"], "agent": view["agents"][0]["id"]}
    world.simulators[platform].act("reply", {**where, "text": "Good morning"})
    while world.time.run_due():
        pass
    batch = world.queue.receive()
    world.queue.complete(batch, ())
    events = [event for event in (decode(envelope.body) for envelope in batch) if isinstance(event, MessageReceived)]
    [event] = [one for one in events if "Good morning" in str(one.message.content)]
    return event


def _listen(counter: Counter, connector: Connector, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver = connector.deliver

    def heard(part: Part, conversation: Conversation, *rest: Any) -> Delivered:
        counter.heard.append(part)
        return deliver(part, conversation, *rest)

    monkeypatch.setattr(connector, "deliver", heard)
