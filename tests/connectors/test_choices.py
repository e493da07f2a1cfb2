"""A choice answers its own question, from every messenger to every platform: new connectors inherit all of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from patchbay.domain.events import MessageReceived, decode
from patchbay.domain.model import Button, Card, Postback, Text
from tests.connectors.services import load_connector
from tests.harness.counter import MESSENGERS, PLATFORMS, Counter, make_counter
from tests.harness.pairs import choose_pairs

CANCEL = Button(label="Yes", payload="CANCEL ORDER 4711")
SHIRTS = tuple(Button(label=f"Shirt {number}", payload=f"shirt-{number}") for number in range(1, 31))  # no one shows 30


@pytest.fixture(params=choose_pairs(MESSENGERS, PLATFORMS), ids="-".join)
def counter(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter]:
    messenger, platform = request.param
    counter = make_counter(messenger, platform, monkeypatch)
    yield counter
    assert not counter.world.telemetry.logged("event failed unexpectedly")
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
    assert counter.says("3").tapped == Postback(label="Shirt 3", payload="shirt-3")
    counter.asks("How many do you want?")
    part = counter.says("2")
    assert part.tapped is None
    assert part.content == Text(text="2")


def test_a_choice_is_made_once(counter: Counter) -> None:
    """Nothing was asked since: what is written then is not the answer to a question that has one."""
    counter.asks("Cancel your order?", buttons=(CANCEL,))
    assert counter.says("yes").tapped == Postback(label="Yes", payload="CANCEL ORDER 4711")
    assert counter.says("yes").tapped is None
    counter.asks("Which one?", buttons=SHIRTS)
    assert counter.says("3").tapped
    assert counter.says("3").tapped is None


def test_words_in_between_leave_the_question_open(counter: Counter) -> None:
    counter.asks("Which one?", buttons=SHIRTS)
    assert counter.says("I take 2 of the red ones").tapped is None
    assert counter.says("2").tapped == Postback(label="Shirt 2", payload="shirt-2")


def test_a_number_counts_for_the_list_that_was_shown_last(counter: Counter) -> None:
    counter.asks("Which one?", buttons=SHIRTS)
    counter.asks("Which size?", buttons=tuple(Button(label=f"Size {n}", payload=f"size-{n}") for n in range(40, 65)))
    assert counter.says("2").tapped == Postback(label="Size 41", payload="size-41")
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
    assert [part.tapped for part in counter.heard] == [Postback(label="Shirt 3", payload="shirt-3")]
    assert counter.says("3").tapped is None


def test_a_question_for_words_takes_one_answer_and_none_of_a_later_question(counter: Counter) -> None:
    counter.asks("What is your order's number?", question="q-1")
    assert counter.says("4711, I think").tapped == Postback(label="4711, I think", payload="q-1")
    assert counter.says("or 4712").tapped is None
    counter.asks("What is your order's number?", question="q-2")
    counter.asks("And when did it arrive?")
    assert counter.says("on Monday").tapped is None


def test_cards_stay_on_the_screen_and_match_their_exact_labels_only(counter: Counter) -> None:
    buy = Button(label="Buy the red one", payload="buy-red")
    counter.asks(Card(title="Red", buttons=(buy,)))
    counter.asks("Anything else?")
    assert counter.says("buy the red one!").tapped is None
    assert counter.taps(0, card=0).tapped == Postback(label=buy.label, payload=buy.payload)
    assert counter.taps(0, card=0).tapped == Postback(label=buy.label, payload=buy.payload)


def test_a_tap_is_right_however_old_the_button_is_where_the_messenger_says_which_one_it_was(counter: Counter) -> None:
    counter.asks("Cancel your order?", buttons=(CANCEL,))
    counter.asks("Shall we deliver on Monday?", buttons=(Button(label="Yes", payload="monday"),))
    if counter.tells_taps:
        assert counter.taps(0, message=0).tapped == Postback(label="Yes", payload="CANCEL ORDER 4711")
    assert counter.says("yes").tapped == Postback(label="Yes", payload="monday")


def test_what_a_late_tap_says_is_an_ordinary_message_where_it_comes_as_the_buttons_label(counter: Counter) -> None:
    counter.asks("Cancel your order?", buttons=(CANCEL,))
    counter.asks("Shall we deliver on Monday?")
    if counter.tells_taps:
        assert counter.taps(0, message=0).tapped == Postback(label="Yes", payload="CANCEL ORDER 4711")
    part = counter.says("Yes")
    assert part.tapped is None
    assert part.content == Text(text="Yes")


def test_a_button_of_the_platform_before_is_its_label_to_the_next_one(counter: Counter) -> None:
    counter.asks("Cancel your order?", buttons=(CANCEL,))
    counter.world.time.advance(60)
    counter.world.connect(counter.platform, f"{counter.platform}-2")
    counter.world.settle()
    counter.world.link(f"{counter.messenger}-1", f"{counter.platform}-2")
    counter.writes("hello again")  # which opens a conversation
    counter.world.settle()
    part = counter.taps(0, message=0)
    assert part.tapped is None
    assert part.content == Text(text="Yes")


def test_choices_cost_a_write_when_they_begin_and_when_they_end(counter: Counter) -> None:
    """All other messages leave the session as it is; but for a customer's where the newest one is noted."""
    noted = int(load_connector(counter.messenger).behavior.notes_newest)

    def count(act: Callable[[], object]) -> int:
        [before] = counter.world.sessions.all()
        act()
        [after] = counter.world.sessions.all()
        return int(after.version - before.version)

    counter.asks("Good morning")
    assert count(lambda: counter.asks("How are you?")) == 0
    assert count(lambda: counter.says("fine")) == noted
    assert count(lambda: counter.asks("Cancel your order?", buttons=(CANCEL,))) == 1
    assert count(lambda: counter.says("no")) == noted
    assert count(lambda: counter.asks("Shall we deliver on Monday?")) == 1
    assert count(lambda: counter.asks("Or on Tuesday?")) == 0
    assert count(lambda: counter.asks("Cancel your order?", buttons=(CANCEL,))) == 1
    assert count(lambda: counter.says("yes")) == 1 + noted
    assert count(lambda: counter.asks("Done")) == 0
