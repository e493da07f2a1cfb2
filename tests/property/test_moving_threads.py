"""However contacts' ids change, and in whatever order that is carried: one conversation each, everything in it once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.harness.fakes.bridge import Bridge
from tests.harness.fakes.movers import make_bridge, moves, writes

DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["asa", "bo"]),
        st.sampled_from(["write", "write", "late", "move", "back", "repeat", "say the move again", "work", "settle"]),
    ),
    min_size=2,
    max_size=14,
)


@dataclass
class Person:
    """`told`: the moves that the messenger has reported."""

    name: str
    ids: list[str] = field(default_factory=list)
    present: str = ""
    texts: list[str] = field(default_factory=list)
    said: list[tuple[str, datetime]] = field(default_factory=list)
    told: list[tuple[str, str, datetime]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.present = f"{self.name}-0"
        self.ids.append(self.present)

    def move(self, bridge: Bridge, to: str) -> None:
        at = bridge.time.now()
        moves(bridge, self.present, to, at=at)
        self.told.append((self.present, to, at))
        self.present = to

    def write(self, bridge: Bridge, thread: str) -> None:
        text = f"{self.name} {len(self.texts)}"
        writes(bridge, text, thread, at=bridge.time.now())
        self.texts.append(text)
        self.said.append((text, bridge.time.now()))

    def repeat(self, bridge: Bridge) -> None:
        """After so long, the queue does not recognise it."""
        bridge.time.advance(600)
        for text, at in self.said[-1:]:
            writes(bridge, text, self.present, at=at)

    def say_it_again(self, bridge: Bridge) -> None:
        bridge.time.advance(600)
        for old, new, at in self.told[-1:]:
            moves(bridge, old, new, at=at)

    def do(self, deed: str, bridge: Bridge) -> None:
        bridge.time.advance(1)
        match deed:
            case "write":
                self.write(bridge, self.present)
            case "late":  # it was on its way for longer than the news
                self.write(bridge, self.ids[0])
            case "move":
                self.ids.append(f"{self.name}-{len(self.ids)}")
                self.move(bridge, self.ids[-1])
            case "back" if len(self.ids) > 1 and self.present != self.ids[-2]:
                self.move(bridge, self.ids[-2])
            case "repeat":
                self.repeat(bridge)
            case "say the move again":
                self.say_it_again(bridge)


def of_asa(*deeds: str) -> list[tuple[str, str]]:
    return [("asa", deed) for deed in deeds]


@settings(max_examples=80)
@given(deeds=DEEDS)
@example(deeds=of_asa("write", "settle", "move", "repeat"))
@example(deeds=of_asa("write", "move", "repeat"))
@example(deeds=of_asa("move", "settle", "late", "settle", "write"))
@example(deeds=of_asa("move", "settle", "move", "settle", "back", "settle", "write"))
@example(deeds=of_asa("write", "settle", "move", "move", "settle", "say the move again", "write"))
def test_one_conversation_goes_on_and_nothing_is_said_twice(deeds: list[tuple[str, str]]) -> None:
    bridge = make_bridge()
    people = {name: Person(name) for name in ("asa", "bo")}
    for name, deed in deeds:
        if deed in {"work", "settle"}:
            bridge.work() if deed == "work" else bridge.settle()
        people[name].do(deed, bridge)
    bridge.settle(timedelta(hours=20))
    for person in people.values():
        theirs = {
            conversation: texts
            for conversation, texts in bridge.platform.threads.items()
            if texts[0].startswith(person.name)
        }
        assert len(theirs) == bool(person.texts)
        assert Counter(text for texts in theirs.values() for text in texts) == Counter(person.texts)
        for conversation in theirs:
            bridge.agent_writes("hello", conversation=conversation)
            bridge.settle()
            assert bridge.messenger.threads.pop(person.present) == ["hello"]
    assert not bridge.messenger.threads
    assert not bridge.queue.parked
