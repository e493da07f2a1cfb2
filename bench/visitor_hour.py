"""What an open page of the web chat costs its owner in an hour: questions every second or two, or a live connection.

A page that asks pays for its questions whether anything has happened or not. A live connection pays for its minutes,
for how it is made and kept, and for each update.
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
#: Seconds between two questions, as conversation.js has them: while people write, and from a minute later on.
ASKS_EVERY, ASKS_QUIETLY_EVERY = 1.2, 4.0
LIVE_ASKS_EVERY, LIVE_ASKS_QUIETLY_EVERY = 60.0, 180.0  #: with a live connection, in case that an update got lost
SAMPLES = 10
PINGS_EVERY = 480  #: seconds, by live.js: API Gateway closes a connection after ten minutes without a word
LONGEST = 7200  #: seconds after which API Gateway closes any connection, and the page makes another
#: A ticket is asked for, and the function that is called for $connect writes the connection down.
CONNECTING = Cost(invocations=2, read_units=2.0, write_units=2)

QUESTION = "webchat: GET chats/*/messages"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """Of a page that asks, and of one with a live connection: while people write, and from a minute later on.

    `update` is what each message costs more for each page with a live connection.
    """

    asking: Usage
    asking_quietly: Usage
    live: Usage
    live_quietly: Usage
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
    connecting = money.received("webchat: connect", CONNECTING, load).times(HOUR / LONGEST)
    kept = connecting + Usage(live_minutes=HOUR / 60, live_messages=HOUR / PINGS_EVERY)
    sending = money.AWS_CALL * money.memory_gb("webchat")
    return Hour(
        asking=one.times(HOUR / ASKS_EVERY),
        asking_quietly=one.times(HOUR / ASKS_QUIETLY_EVERY),
        live=kept + one.times(HOUR / LIVE_ASKS_EVERY),
        live_quietly=kept + one.times(HOUR / LIVE_ASKS_QUIETLY_EVERY),
        update=Usage(live_messages=1, lambda_gb_seconds=sending),
    )
