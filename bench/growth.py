"""(h) Whether a message costs more when there is more of everything, and what is linear or has an end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from bench import connections_growth, measured, pairs, wire
from bench.books import Cost
from bench.counted_world import CountedWorld, running
from bench.part import Cpu, Part, Say, ratio
from bench.prices import total
from bench.traffic import Talk
from patchbay.aws import clients
from patchbay.aws.clock import SystemClock
from patchbay.aws.stores.ledger import DynamoLedger
from patchbay.aws.stores.sessions import DynamoSessions
from patchbay.aws.stores.table import Table
from patchbay.bridge.ledger import Sent
from patchbay.bridge.quick_replies import keep_quick_replies
from patchbay.domain.model import (
    Conversation,
    Session,
)
from patchbay.domain.quick_reply import QuickReply
from tests.aws import aws as mocked

LETTERS = "h"
CONNECTIONS = (1, 10, 100, 1000)
AIM = 1.3
CONTAINERS = 2  #: of the webhook functions, and of the dispatcher: as many as a message a second keeps warm
HOURS = 24  #: of simulated traffic, after as many in which containers learn
MANY = 1000
UNREAD = (1, 40)
BUTTONS, PAYLOAD, OLD = 40, 1000, 40  #: the most that may be offered; conversations that were left

_METHOD = f"""\
- **(h)** is simulated: one message a second in all, at random connections, {HOURS} hours of it, through the product's
  own caches in {CONTAINERS} containers of the webhook functions and as many of the dispatcher. To the price of a busy
  message between Viber and Freshchat it adds what depends on the connections: reads of their records, of their secrets,
  and the notes of when a webhook came. See [What grows](#what-grows)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`before` and `after` are what one message, or one step, costs with little and with much of it."""

    what: str
    grows: str
    before: str
    after: str
    verdict: str


def measure(say: Say, cpu: Cpu) -> Part:
    del cpu
    prices = _connections()
    say("connections")
    rows = [*_message_rows(), *_unread_rows(), *_session_rows()]
    say("what grows")
    base = float(total(pairs.usages(measured.load(), pairs.COMPARED)["busy", True].times(1e6)))
    costs = [base + price for price in prices]
    name = f"(h) Cost of a message, {CONNECTIONS[-1]:,} connections with traffic"
    detail = f"${costs[-1]:.2f} ÷ ${costs[0]:.2f} per million"
    figure = ratio(name, "one connection", AIM, costs[-1] / costs[0], detail)
    return Part(figures=[figure], method=_METHOD, section="\n".join(_section(costs, rows)))


def _connections() -> list[float]:
    """Dollars per million messages that depend on the number of connections."""
    found = (connections_growth.Traffic(number, CONTAINERS).run(HOURS).usage for number in CONNECTIONS)
    return [float(total(usage.times(1e6))) for usage in found]


# --- one message -----------------------------------------------------------------------------------------------------


def _message_rows() -> Iterator[Row]:
    with running("viber", "unblu") as world:
        talk = Talk(world)
        talk.write()
        talk.reply()
        first = _exchange(talk)
        steps: Sequence[tuple[str, str, Callable[[CountedWorld], None]]] = (
            ("messages in a conversation, all unread", f"1 → {MANY:,}", _add_unread),
            ("contacts", f"1 → {MANY:,}", lambda world: _copy(world, "SESSION#")),
            ("connections in the table", f"2 → {MANY:,}", lambda world: _copy(world, "CONNECTION")),
        )
        for what, grows, add in steps:
            with wire.unwatched():
                add(world)
            now = _exchange(talk)
            verdict = "flat" if now == first else "grows"
            yield Row(what=what, grows=grows, before=first, after=now, verdict=verdict)


def _exchange(talk: Talk) -> str:
    """What a message each way costs, until it is delivered."""
    talk.world.books.take()
    talk.write()
    talk.reply()
    return _describe([cost for cost in talk.world.books.take().values() if cost.carries])


def _describe(costs: Sequence[Cost]) -> str:
    calls = sum(cost.calls.total() for cost in costs)
    return (
        f"{calls} calls, {sum(cost.write_units for cost in costs):g} + {sum(cost.read_units for cost in costs):g} units"
    )


def _add_unread(world: CountedWorld) -> None:
    ledger = DynamoLedger(Table(clients.dynamodb(), mocked.TABLE), SystemClock())
    sent = _find_sent(world)
    for number in range(MANY):
        ledger.index(replace(sent, external_id=f"{number}", sent_at=sent.sent_at + timedelta(milliseconds=number)))


def _find_sent(world: CountedWorld) -> Sent:
    person = str(next(iter(world.simulators[world.messenger].view()["people"]))["id"])  # type: ignore[call-overload]
    return Sent(
        connection_id=f"{world.messenger}-1",
        external_id="",
        thread=person,
        source_connection=f"{world.platform}-1",
        source_thread="c1",
        source_message_id="m1",
        sent_at=world.time.now(),
    )


def _copy(world: CountedWorld, prefix: str) -> None:
    """Many items like the first of its kind."""
    table = world.aws.dynamodb
    items = table.scan(TableName=mocked.TABLE)["Items"]
    item: Any = next(one for one in items if one["pk"]["S"].startswith(prefix))
    name = "sk" if prefix == "CONNECTION" else "pk"
    for number in range(MANY):
        table.put_item(TableName=mocked.TABLE, Item={**item, name: {"S": f"{item[name]['S']}-{number}"}})


# --- one step --------------------------------------------------------------------------------------------------------


def _unread_rows() -> Iterator[Row]:
    costs = []
    for unread in UNREAD:
        with running("viber", "unblu") as world:
            talk = Talk(world)
            talk.write()
            talk.reply()
            talk.read_answer()
            for number in range(unread):
                talk.reply(f"Answer {number}")
            world.books.take()
            talk.read_answer()
            cost = world.books.take()["dispatcher: receipt"]
            costs.append(f"{cost.calls.total()} calls to AWS, {cost.api_calls} to the platform")
    verdict = "linear; a run stops after 20 s and goes on where it was"
    grows = f"{UNREAD[0]} → {UNREAD[-1]} unread"
    yield Row(what="one “seen” of a customer", grows=grows, before=costs[0], after=costs[-1], verdict=verdict)


def _session_rows() -> Iterator[Row]:
    few, many = _save(old=0, buttons=0), _save(old=OLD, buttons=BUTTONS)
    grows = f"no buttons → {BUTTONS} of {PAYLOAD} bytes, 0 → {OLD} conversations that were left"
    verdict = "at most 6 units, whatever was offered and left"
    yield Row(what="a session is saved", grows=grows, before=f"{few} units", after=f"{many} units", verdict=verdict)


def _save(*, old: int, buttons: int) -> int:
    """Write units of the dearest of some saves."""
    with running("viber", "unblu") as world:
        Talk(world).write()
        store = DynamoSessions(Table(clients.dynamodb(), mocked.TABLE), SystemClock())
        session = _only_session(world, store)
        at, units = world.time.now(), []
        for number in range(old):
            saved = replace(session, conversation=Conversation(external_id=f"old-{number}"), updated_at=at)
            session = store.save(saved)
        for number in range(3):
            offered = tuple(
                QuickReply(number=one, label=f"{number}.{one}", payload=f"{number}:{one}".ljust(PAYLOAD), offered_at=at)
                for one in range(1, buttons + 1)
            )
            at += timedelta(minutes=1)
            kept = keep_quick_replies(session.quick_replies, offered, at)
            with world.books.on("save") as cost:
                session = store.save(replace(session, quick_replies=kept, updated_at=at))
            units.append(cost.write_units)
            world.books.take()
    return max(units)


def _only_session(world: CountedWorld, store: DynamoSessions) -> Session:
    people: Any = world.simulators[world.messenger].view()["people"]
    for person in people:
        found = store.of_contact(f"{world.messenger}-1", str(person["id"]))
        if found is not None:
            return found
    raise RuntimeError("the customer has no session")


# --- the section -----------------------------------------------------------------------------------------------------


def _section(costs: Sequence[float], rows: Sequence[Row]) -> Iterator[str]:
    yield "## What grows\n"
    yield "Dollars per million messages between Viber and Freshchat, busy, without receipts, at one message a second in"
    yield "all:\n"
    yield "| Connections with traffic | " + " | ".join(f"{number:,}" for number in CONNECTIONS) + " |"
    yield "| --- |" + " ---: |" * len(costs)
    yield "| $ per million | " + " | ".join(f"{cost:.2f}" for cost in costs) + " |"
    yield "| ÷ one connection | " + " | ".join(f"{cost / costs[0]:.2f}" for cost in costs) + " |"
    yield "\nUnits are write + read units of DynamoDB; a message is one each way, between Viber and Unblu.\n"
    yield "| What grows | From → to | Before | After | |"
    yield "| --- | --- | --- | --- | --- |"
    for row in rows:
        yield f"| {row.what} | {row.grows} | {row.before} | {row.after} | {row.verdict} |"


def main() -> None:
    """`python -m bench.growth`: measures, and prints the section."""
    from bench.part import TYPICAL

    print(measure(print, TYPICAL).section)


if __name__ == "__main__":
    main()
