"""What an open page of the web chat costs its owner in an hour: questions every second or two, or a live connection.

A page that asks pays for its questions whether anything has happened or not. A live connection pays for its minutes, for
how it is made and kept, and for each update.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bench import money
from bench.books import Cost
from bench.counted_world import running
from bench.prices import Usage
from bench.traffic import Talk
from playground.services.webchat import WebChatSimulator

HOUR = 3600
ASKS_EVERY, ASKS_QUIETLY_EVERY = 1.2, 4.0  #: seconds; conversation.js: while people write, and a minute later
SAMPLES = 10
PINGS_EVERY = 300  #: seconds: API Gateway closes a connection after ten minutes without a word
LONGEST = 7200  #: seconds after which API Gateway closes any connection, and the page makes another
#: To make a connection: a ticket is asked for, and the function that is called for $connect writes the connection down.
CONNECTING = Cost(invocations=2, read_units=2.0, write_units=2)
_UPDATE_CALLS = 1  #: requests of the function that stores a message to API Gateway, for each open page

QUESTION = "webchat: GET chats/*/messages"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """`asking` without anything new, `quiet` the same a minute after the last message, `live` with a connection.

    `update` is what an agent's message costs more, with a live connection.
    """

    asking: Usage
    quiet: Usage
    live: Usage
    update: Usage


def measure() -> Cost:
    """SAMPLES questions of a page on which nothing is new."""
    with running("webchat", "freshchat") as world:
        talk = Talk(world)
        talk.write()
        talk.reply()
        talk.read_answer()
        webchat = world.simulators["webchat"]
        if not isinstance(webchat, WebChatSimulator):
            raise TypeError("the web chat's simulator is another playground's")
        world.settle(timedelta(seconds=5))  # what was read is reported
        world.books.take()
        for _ in range(SAMPLES):
            webchat.poll(talk.person)
        cost = world.books.take()[QUESTION]
    if cost.invocations != SAMPLES:
        raise RuntimeError(f"{cost.invocations} of {SAMPLES} questions reached the function")
    return cost


def price_hour(question: Cost, load: money.Load) -> Hour:
    """`question` is what SAMPLES of them cost."""
    one = money.received(QUESTION, question, load).times(1 / SAMPLES)
    connecting = money.received("webchat: connect", CONNECTING, load)
    kept = Usage(live_minutes=HOUR / 60, live_messages=HOUR / PINGS_EVERY)
    sending = money.AWS_CALL * money.memory_gb("webchat") * _UPDATE_CALLS
    return Hour(
        asking=one.times(HOUR / ASKS_EVERY),
        quiet=one.times(HOUR / ASKS_QUIETLY_EVERY),
        live=connecting.times(HOUR / LONGEST) + kept,
        update=Usage(live_messages=_UPDATE_CALLS, lambda_gb_seconds=sending, read_units=0.5),
    )
