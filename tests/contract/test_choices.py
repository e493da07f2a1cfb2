"""A choice answers its own question, from every messenger to every platform: new connectors inherit all of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import pytest

from patchbay.contract import Connector
from patchbay.events import MessageReceived, decode
from patchbay.model import Button, Card, Content, Conversation, Delivered, Part, Side, Tap, Text
from tests.contract.rooms import SERVICES, load_connector, samples
from tests.support.world import World

MESSENGERS = [service for service in SERVICES if load_connector(service).side is Side.MESSENGER]
PLATFORMS = [service for service in SERVICES if load_connector(service).side is Side.PLATFORM]
CANCEL = Button(label="Yes", payload="CANCEL ORDER 4711")
SHIRTS = tuple(Button(label=f"Shirt {number}", payload=f"shirt-{number}") for number in range(1, 31))  # no one shows 30


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
        offers = [one for one in person["messages"] if one["buttons"] or one["cards"]]
        where = {} if card is None else {"card": str(card)}
        before = len(self.heard)
        arguments = {"person": self.customer, "message": offers[message]["id"], "button": str(button), **where}
        self.world.simulators[self.messenger].act("tap", arguments)
        self.world.settle()
        [part] = self.heard[before:]
        return part

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


@pytest.fixture(params=list(product(MESSENGERS, PLATFORMS)), ids="-".join)
def counter(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter]:
    messenger, platform = request.param
    counter = make_counter(messenger, platform, monkeypatch)
    yield counter
    assert not counter.world.journal.said("event crashed")
    assert not counter.world.queue.parked


# --- a question and its answer ---------------------------------------------------------------------------------------


def test_stale_button(counter: Counter) -> None:
    """The smallest input: "yes" to the second question must not cancel the order of the first."""
    counter.asks("Cancel your order?", buttons=(CANCEL,))
    assert counter.says("no thanks").tapped is None
    counter.asks("Shall we deliver on Monday?")
    part = counter.says("yes")
    assert part.tapped is None
    assert part.content == Text(text="yes")


def test_stale_number(counter: Counter) -> None:
    counter.asks("Which one?", buttons=SHIRTS)
    assert counter.says("3").tapped == Tap(label="Shirt 3", payload="shirt-3")
    counter.asks("How many do you want?")
    part = counter.says("2")
    assert part.tapped is None
    assert part.content == Text(text="2")


def test_a_choice_is_made_once(counter: Counter) -> None:
    """Nothing was asked since: what is written then is not the answer to a question that has one."""
    counter.asks("Cancel your order?", buttons=(CANCEL,))
    assert counter.says("yes").tapped == Tap(label="Yes", payload="CANCEL ORDER 4711")
    assert counter.says("yes").tapped is None
    counter.asks("Which one?", buttons=SHIRTS)
    assert counter.says("3").tapped
    assert counter.says("3").tapped is None


def test_words_in_between_leave_the_question_open(counter: Counter) -> None:
    counter.asks("Which one?", buttons=SHIRTS)
    assert counter.says("I take 2 of the red ones").tapped is None
    assert counter.says("2").tapped == Tap(label="Shirt 2", payload="shirt-2")


def test_a_number_counts_for_the_list_that_was_shown_last(counter: Counter) -> None:
    counter.asks("Which one?", buttons=SHIRTS)
    counter.asks("Which size?", buttons=tuple(Button(label=f"Size {n}", payload=f"size-{n}") for n in range(40, 65)))
    assert counter.says("2").tapped == Tap(label="Size 41", payload="size-41")
    assert counter.says("Shirt 2").tapped is None


def test_an_answer_that_was_written_before_the_next_message_and_is_carried_after_it_is_a_choice(
    counter: Counter,
) -> None:
    """Customers and agents are carried side by side: what counts is when it was written."""
    counter.asks("Which one?", buttons=SHIRTS)
    counter.writes("3")
    while counter.world.time.run_due():
        pass
    waiting = counter.world.queue.receive()
    counter.world.queue.complete(waiting, ())
    counter.asks("Are you still there?")
    assert not counter.heard
    late = [event for event in (decode(envelope.body) for envelope in waiting) if isinstance(event, MessageReceived)]
    counter.world.queue.send([replace(event, id=f"{event.id}-late") for event in late])
    counter.world.settle()
    assert [part.tapped for part in counter.heard] == [Tap(label="Shirt 3", payload="shirt-3")]
    assert counter.says("3").tapped is None


def test_a_question_for_words_takes_one_answer_and_none_of_a_later_question(counter: Counter) -> None:
    counter.asks("What is your order's number?", question="q-1")
    assert counter.says("4711, I think").tapped == Tap(label="4711, I think", payload="q-1")
    assert counter.says("or 4712").tapped is None
    counter.asks("What is your order's number?", question="q-2")
    counter.asks("And when did it arrive?")
    assert counter.says("on Monday").tapped is None


def test_cards_stay_on_the_screen_and_match_their_exact_labels_only(counter: Counter) -> None:
    buy = Button(label="Buy the red one", payload="buy-red")
    counter.asks(Card(title="Red", buttons=(buy,)))
    counter.asks("Anything else?")
    assert counter.says("buy the red one!").tapped is None
    assert counter.taps(0, card=0).tapped == Tap(label=buy.label, payload=buy.payload)
    assert counter.taps(0, card=0).tapped == Tap(label=buy.label, payload=buy.payload)


def test_a_tap_is_right_however_old_the_button_is_where_the_messenger_says_which_one_it_was(counter: Counter) -> None:
    counter.asks("Cancel your order?", buttons=(CANCEL,))
    counter.asks("Shall we deliver on Monday?", buttons=(Button(label="Yes", payload="monday"),))
    if counter.tells_taps:
        assert counter.taps(0, message=0).tapped == Tap(label="Yes", payload="CANCEL ORDER 4711")
    assert counter.says("yes").tapped == Tap(label="Yes", payload="monday")


def test_what_a_late_tap_says_is_an_ordinary_message_where_it_comes_as_the_buttons_label(counter: Counter) -> None:
    counter.asks("Cancel your order?", buttons=(CANCEL,))
    counter.asks("Shall we deliver on Monday?")
    if counter.tells_taps:
        assert counter.taps(0, message=0).tapped == Tap(label="Yes", payload="CANCEL ORDER 4711")
    part = counter.says("Yes")
    assert part.tapped is None
    assert part.content == Text(text="Yes")
