"""`patchbay parked`: the messages that were given up, and what becomes of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import click

from patchbay.accounts import Connection
from patchbay.deliveries import Outcome
from patchbay.errors import Misconfigured
from patchbay.events import encode
from patchbay.ports import Ledger
from patchbay_cli.bridge import Bridge
from patchbay_cli.options import pass_bridge, with_json, yes_option
from patchbay_cli.parked_queue import Parked

_NOTHING = "Nothing is parked."
_FINISHED = {Outcome.DELIVERED, Outcome.FAILED, Outcome.DROPPED}


@click.group()
def parked() -> None:
    """Messages that were given up: list them, look at them, send them again or drop them."""


@parked.command("list")
@with_json
@pass_bridge
def list_parked(bridge: Bridge) -> None:
    """List what is parked, in order within each conversation."""
    with bridge.parked_queue.look() as messages:
        hidden = max(0, bridge.parked_queue.count_parked() - len(messages))
    connections = bridge.administration.connections()
    if bridge.terminal.as_json:
        bridge.terminal.report({"parked": [_describe(item, connections) for item in messages], "hidden": hidden})
        return
    if not messages:
        bridge.terminal.show(_NOTHING, style="green")
        return
    columns = ["id", "kind", "service", "connection", "parked_at", "reason"]
    facts = [_describe(item, connections) for item in messages]
    bridge.terminal.show_table(columns, [[fact[column] for column in columns] for fact in facts])
    if hidden:
        bridge.terminal.show(f"About {hidden} more wait behind these, in the same conversations.")
    bridge.terminal.show("Send them again with: patchbay parked retry ID... (or --all)")


@parked.command("show")
@click.argument("id")
@click.option("--show-content", is_flag=True, help="With what the customer or the agent wrote.")
@with_json
@pass_bridge
def show_parked(bridge: Bridge, id: str, show_content: bool) -> None:  # noqa: A002 - the word in the help
    """Show one parked message. What people wrote stays hidden unless asked for."""
    with bridge.parked_queue.look() as messages:
        message = _find(messages, [id])[0]
    facts: dict[str, object] = {**_describe(message, bridge.administration.connections())}
    facts["event"] = _event_json(message, with_content=show_content)
    if bridge.terminal.as_json:
        bridge.terminal.report(facts)
        return
    event = json.dumps(facts.pop("event"), ensure_ascii=False, indent=2)
    lines = [f"{name}: {value}" for name, value in facts.items()]
    bridge.terminal.show_block(message.id, [*lines, "", *event.splitlines()], style="yellow")


@parked.command("retry")
@click.argument("ids", nargs=-1, metavar="ID...")
@click.option("--all", "everything", is_flag=True, help="All that is parked now.")
@with_json
@pass_bridge
def retry_parked(bridge: Bridge, ids: tuple[str, ...], everything: bool) -> None:
    """Send parked messages again, in their order. What had gone out before is not sent twice.

    Messages of the same conversation that were parked before the one you name go first.
    """
    _check_choice(ids, everything)
    result = _Retried()
    if everything and _is_empty(bridge, result.describe()):
        return
    started_at = datetime.now(UTC)
    while _retry_round(bridge, ids, started_at, result) and everything:
        bridge.terminal.note(f"{len(result.sent)} sent ...")
    if bridge.terminal.as_json:
        bridge.terminal.report(result.describe())
        return
    bridge.terminal.show(f"{len(result.sent)} messages are on their way again.", style="green")
    if result.earlier:
        bridge.terminal.show(f"{len(result.earlier)} of them stood before yours in the same conversation.")
    if result.done_before:
        bridge.terminal.show(f"{len(result.done_before)} had an outcome already: they were only taken off the list.")


@parked.command("drop")
@click.argument("ids", nargs=-1, metavar="ID...")
@click.option("--all", "everything", is_flag=True, help="All that is parked now.")
@yes_option
@with_json
@pass_bridge
def drop_parked(bridge: Bridge, ids: tuple[str, ...], everything: bool, yes: bool) -> None:
    """Give parked messages up for good."""
    _check_choice(ids, everything)
    if everything and _is_empty(bridge, {"dropped": []}):
        return
    what = f"all {bridge.parked_queue.count_parked()} parked messages" if everything else f"{len(ids)} parked messages"
    bridge.terminal.confirm(f"Nobody will ever get {what}. Drop them?", yes=yes)
    dropped: list[str] = []
    started_at = datetime.now(UTC)
    while _drop_round(bridge, ids, started_at, dropped) and everything:
        pass
    if bridge.terminal.as_json:
        bridge.terminal.report({"dropped": dropped})
        return
    bridge.terminal.show(f"{len(dropped)} messages are dropped.", style="green")


# --- the way back ----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Retried:
    sent: list[str] = field(default_factory=list)
    earlier: list[str] = field(default_factory=list)
    done_before: list[str] = field(default_factory=list)

    def describe(self) -> dict[str, list[str]]:
        return {"retried": self.sent, "earlier": self.earlier, "done_before": self.done_before}


def _retry_round(bridge: Bridge, ids: Sequence[str], before: datetime, result: _Retried) -> bool:
    """Sends what a look brings; False when it brought nothing that was parked `before`."""
    with bridge.parked_queue.look() as messages:
        chosen = _with_earlier(messages, _find(messages, ids)) if ids else _parked_before(messages, before)
        for message in chosen:
            # The ledger first: the dispatcher would pass over an event whose outcome is still there.
            if _reopen(bridge.ledger, message):
                bridge.parked_queue.send_back(message)
                result.sent.append(message.id)
            else:
                result.done_before.append(message.id)
            bridge.parked_queue.remove([message])
    result.earlier += [item.id for item in chosen if ids and not _named(item, ids)]
    return bool(chosen)


def _reopen(ledger: Ledger, message: Parked) -> bool:
    """Gives the event fresh attempts and keeps what is out already; False when it came to an end meanwhile."""
    if message.event is None:
        return True
    now = datetime.now(UTC)
    entry, left_in_flight = ledger.claim(message.event.ledger_id, now)
    if entry.outcome in _FINISHED:
        return False
    if entry.outcome is Outcome.PARKED or not left_in_flight:
        uncertain = entry.outcome is Outcome.PARKED and entry.in_flight
        since = entry.first_attempt_at if uncertain else now  # a look for what may be out reaches back to its beginning
        ledger.save(replace(entry, outcome=None, reason="", attempts=0, first_attempt_at=since, in_flight=uncertain))
    # Otherwise an attempt died on it, or is at work after a retry that was interrupted: it stays uncertain.
    return True


def _drop_round(bridge: Bridge, ids: Sequence[str], before: datetime, dropped: list[str]) -> bool:
    with bridge.parked_queue.look() as messages:
        chosen = _find(messages, ids) if ids else _parked_before(messages, before)
        for message in chosen:
            _close(bridge.ledger, message)
        bridge.parked_queue.remove(chosen)
    dropped += [message.id for message in chosen]
    return bool(chosen)


def _close(ledger: Ledger, message: Parked) -> None:
    if message.event is None:
        return
    entry, _ = ledger.claim(message.event.ledger_id, datetime.now(UTC))
    if entry.outcome not in _FINISHED:
        reason = "dropped from the parked queue"
        ledger.save(replace(entry, outcome=Outcome.DROPPED, reason=reason, in_flight=False))


# --- choosing --------------------------------------------------------------------------------------------------------


def _check_choice(ids: Sequence[str], everything: bool) -> None:
    if bool(ids) == everything:
        raise click.UsageError("Name the messages by their ids, or say --all.")


def _is_empty(bridge: Bridge, answer: object) -> bool:
    """Whether nothing is parked, which is then said, with `answer` for programs."""
    if bridge.parked_queue.count_parked():
        return False
    with bridge.parked_queue.look() as messages:  # SQS counts about: what came just now may be left out
        if messages:
            return False
    if bridge.terminal.as_json:
        bridge.terminal.report(answer)
    else:
        bridge.terminal.show(_NOTHING, style="green")
    return True


def _find(messages: Sequence[Parked], ids: Sequence[str]) -> list[Parked]:
    missing = [id_ for id_ in ids if not any(_named(message, [id_]) for message in messages)]
    if missing:
        raise Misconfigured(
            f"not parked, or behind others of its conversation: {', '.join(missing)}. See `patchbay parked list`"
        )
    return [message for message in messages if _named(message, ids)]


def _named(message: Parked, ids: Iterable[str]) -> bool:
    return message.id in ids or message.message_id in ids


def _with_earlier(messages: Sequence[Parked], wanted: Sequence[Parked]) -> list[Parked]:
    """The wanted ones and all that stand before them in their conversations, in order."""
    last = {message.group: message.message_id for message in wanted}
    chosen: list[Parked] = []
    for message in messages:
        if message.group in last:
            chosen.append(message)
            if last[message.group] == message.message_id:
                del last[message.group]
    return chosen


def _parked_before(messages: Sequence[Parked], moment: datetime) -> list[Parked]:
    """Without what has been given up again since the command began, or it would never end."""
    return [message for message in messages if message.parked_at <= moment]


# --- describing ------------------------------------------------------------------------------------------------------


def _describe(message: Parked, connections: Sequence[Connection]) -> dict[str, str]:
    event = message.event
    return {
        "id": message.id,
        "group": message.group,
        "kind": event.kind if event else "",
        "service": event.origin.service if event else "",
        "connection": find_connection(message, connections),
        "parked_at": message.parked_at.isoformat(timespec="seconds"),
        "reason": message.reason,
    }


def find_connection(message: Parked, connections: Sequence[Connection]) -> str:
    """The id of the connection that the message came in by; "" when it is gone, or the message cannot be read."""
    if message.event is None:
        return ""
    origin = message.event.origin
    users = [connection for connection in connections if connection.endpoint_id == origin.endpoint]
    named = [connection.id for connection in users if origin.account and connection.account == origin.account]
    owner = [connection.id for connection in users if not origin.account and connection.id == origin.endpoint]
    return next(iter(named or owner), "")


def _event_json(message: Parked, *, with_content: bool) -> object:
    if message.event is None:
        return None
    event: dict[str, Any] = json.loads(encode(message.event))["event"]
    if with_content:
        return event
    if "message" in event:
        event["message"] = _outline(event["message"])
    if event.get("contact"):
        event["contact"] = {"external_id": event["contact"]["external_id"]}
    return event


def _outline(message: dict[str, Any]) -> dict[str, Any]:
    """What kind of message it is, without what it says."""
    told = ("type", "kind", "content_type", "size")
    return {
        "external_id": message["external_id"],
        "sent_at": message["sent_at"],
        "sender": {"role": message["sender"]["role"]},
        "content": [{name: part[name] for name in told if name in part} for part in message["content"]],
        "buttons": len(message["buttons"]),
    }
