"""One dead letter as its owner needs to see it: who wrote to whom, what became of it, what can be done."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from patchbay.accounts import Connection
from patchbay.deliveries import Cause, Delivery, Outcome
from patchbay.events import Event, MessageReceived, encode
from patchbay.model import Attachment, Contact, Content, Role, Session, Side, Text
from patchbay_cli.checks.results import describe_time
from patchbay_cli.dead_letters.explanations import explain_cause, name_of
from patchbay_cli.dead_letters.queue import Parked
from patchbay_cli.deployment import Bridge

#: Causes that leave open whether an attempt died while it was sending.
_OPEN = frozenset({None, Cause.CRASHED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A dead letter beside its ledger entry (None when there is none) and the connection that it came in by."""

    message: Parked
    entry: Delivery | None
    source: Connection | None

    @property
    def event(self) -> Event | None:
        return self.message.event

    @property
    def cause(self) -> Cause | None:
        return self.message.cause or (self.entry.cause if self.entry else None)

    @property
    def is_uncertain(self) -> bool:
        """Whether it may have arrived, so that sending it again may send it twice."""
        died = self.entry is not None and self.entry.in_flight and self.entry.outcome in {None, Outcome.PARKED}
        return self.cause is Cause.UNCERTAIN or (self.cause in _OPEN and died)


def may_be_uncertain(message: Parked) -> bool:
    """As far as the message itself tells; what the ledger knows decides."""
    return message.cause is Cause.UNCERTAIN or message.cause in _OPEN


def open_cases(bridge: Bridge, messages: Sequence[Parked]) -> list[Case]:
    """In the same order."""
    connections = bridge.administration.connections()
    entries = bridge.entries.read(message.event.ledger_key for message in messages if message.event)
    return [
        Case(
            message=message,
            entry=entries.get(message.event.ledger_key) if message.event else None,
            source=_find_source(message, connections),
        )
        for message in messages
    ]


def find_connection(message: Parked, connections: Sequence[Connection]) -> str:
    """The id of the connection that the message came in by; "" when it is gone, or the message cannot be read."""
    source = _find_source(message, connections)
    return source.id if source else ""


def _find_source(message: Parked, connections: Sequence[Connection]) -> Connection | None:
    if message.event is None:
        return None
    origin = message.event.origin
    users = [connection for connection in connections if connection.endpoint_id == origin.endpoint]
    named = [connection for connection in users if origin.account and connection.account == origin.account]
    owner = [connection for connection in users if not origin.account and connection.id == origin.endpoint]
    return next(iter(named or owner), None)


# --- in a list -------------------------------------------------------------------------------------------------------


def describe(case: Case) -> dict[str, Any]:
    """For programs. Neither a name nor a word of what people wrote."""
    message, event = case.message, case.event
    return {
        "id": message.id,
        "group": message.group,
        "cause": name_of(case.cause),
        "uncertain": case.is_uncertain,
        "kind": event.kind if event else "",
        "service": event.origin.service if event else "",
        "connection": case.source.id if case.source else "",
        "written_by": _writer(case),
        "content": describe_content(event),
        "attempts": case.entry.attempts if case.entry else 0,
        "written_at": message.written_at.isoformat(timespec="seconds"),
        "given_up_at": message.parked_at.isoformat(timespec="seconds"),
        "reason": message.reason,
    }


def describe_row(case: Case) -> list[str]:
    facts = describe(case)
    place = f"{facts['written_by']} on {facts['connection'] or 'a connection that is gone'}"
    writer = place if case.event else ""
    return [
        facts["id"],
        facts["cause"],
        describe_age(case),
        writer,
        facts["content"],
        str(facts["attempts"]),
        facts["reason"],
    ]


ROW = ("id", "cause", "age", "written by", "content", "attempts", "reason")


def describe_age(case: Case) -> str:
    return describe_time(datetime.now(UTC) - case.message.written_at)


def describe_content(event: Event | None) -> str:
    """The kinds and sizes of what a message holds, and nothing of it: "text, 24 characters"."""
    if event is None:
        return ""
    if not isinstance(event, MessageReceived):
        return event.kind
    return "; ".join(map(_describe_part, event.message.content)) or "nothing"


def _describe_part(content: Content) -> str:
    if isinstance(content, Text):
        return f"text, {len(content.text)} character{'' if len(content.text) == 1 else 's'}"
    if isinstance(content, Attachment):
        return content.kind.value + (f", {content.size} bytes" if content.size is not None else "")
    return content.type.replace("_", " ")


def _writer(case: Case) -> str:
    if isinstance(case.event, MessageReceived):
        by_customer = case.event.message.sender.role is Role.CONTACT
        return "customer" if by_customer else case.event.message.sender.role.value
    if case.source is None:
        return ""
    return "customer" if case.source.side is Side.MESSENGER else "agent"


# --- by itself -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class People:
    """Who wrote, to whom, and which customer it is about, each with the connection they are on."""

    writer: str
    reader: str
    customer: str


def find_people(bridge: Bridge, case: Case) -> People:
    """Costs a read: the other side of the conversation is in its session."""
    event, source = case.event, case.source
    if event is None or source is None:
        return People("somebody", "somebody", "a customer")
    if source.side is Side.MESSENGER:
        session = bridge.sessions.of_contact(source.id, event.thread)
        given = event.contact if isinstance(event, MessageReceived) else None
        customer = f"{_name(given or (session.contact if session else None), event.thread)} ({source.id})"
        target = session.platform_connection if session else source.link
        return People(customer, f"the agents on {target or 'no platform'}", customer)
    session = bridge.sessions.of_conversation(source.id, event.thread)
    customer = _describe_customer(session)
    return People(f"{_sender(event)} ({source.id})", customer, customer)


def _describe_customer(session: Session | None) -> str:
    if session is None:
        return "a customer who is not known"
    return f"{_name(session.contact, session.contact.external_id)} ({session.messenger_connection})"


def _name(contact: Contact | None, otherwise: str) -> str:
    return (contact.name if contact else None) or otherwise


def _sender(event: Event) -> str:
    sender = event.message.sender if isinstance(event, MessageReceived) else None
    return (sender.name if sender else None) or ("the bot" if sender and sender.role is Role.BOT else "an agent")


def describe_doubt(bridge: Bridge, cases: Iterable[Case]) -> list[str]:
    """What an owner needs to know of messages that may have arrived, before they are sent again."""
    return [
        f"{find_people(bridge, case).customer}: {describe_content(case.event)}, "
        f"written {describe_age(case)} ago by the {_writer(case) or 'sender'} ({case.message.id})"
        for case in cases
    ]


def describe_case(bridge: Bridge, case: Case) -> dict[str, Any]:
    """All of it, for programs."""
    people, entry = find_people(bridge, case), case.entry
    return {
        **describe(case),
        "from": people.writer,
        "to": people.reader,
        "meaning": explain_cause(case.cause).meaning,
        "last_answer": (entry.reason if entry else "") or case.message.reason,
        "parts_out": len(entry.parts) if entry else 0,
        "may_be_out": case.is_uncertain or bool(entry and entry.in_flight),
        "commands": commands_for(case),
    }


def commands_for(case: Case) -> Mapping[str, str]:
    """What each command would do with it."""
    commands = {f"patchbay dlq redrive {case.message.id}": explain_cause(case.cause).redrive}
    if case.event is not None:
        commands[f"patchbay dlq resolve {case.message.id}"] = "notes that it arrived, and takes it off the queue"
    commands[f"patchbay dlq discard {case.message.id}"] = "takes it off the queue: nobody will get what is not out yet"
    return commands


def describe_lines(facts: Mapping[str, Any], age: str) -> list[str]:
    """The same for people."""
    parts = f"{facts['parts_out']} part{'' if facts['parts_out'] == 1 else 's'} out"
    doubt = ", and the next one may be out" if facts["may_be_out"] else ""
    return [
        f"{facts['from']} → {facts['to']}: {facts['content'] or 'not readable'}, written {age} ago",
        f"cause: {facts['cause']} ({facts['meaning']})",
        f"last answer: {facts['last_answer']}",
        f"attempts: {facts['attempts']}; {parts}{doubt}; given up at {facts['given_up_at']}",
        "",
        *(f"{command}: {does}" for command, does in facts["commands"].items()),
    ]


def event_json(case: Case) -> object:
    """With all that people wrote."""
    return json.loads(encode(case.event))["event"] if case.event else None
