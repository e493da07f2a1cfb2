"""One dead letter as its owner needs to see it: from whom to whom, what happened, and the options."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from patchbay.bridge.ledger import Cause, Delivery, Outcome
from patchbay.domain.accounts import Connection
from patchbay.domain.events import Event, MessageReceived, encode
from patchbay.domain.model import Attachment, Contact, Content, Role, Session, Side, Text
from patchbay_cli.checks.results import describe_time
from patchbay_cli.dead_letters.explanations import explain_cause, name_of
from patchbay_cli.dead_letters.queue import DeadLetter
from patchbay_cli.deployment import Deployment

#: Causes that leave open whether an attempt died while it was sending.
_OPEN = frozenset({None, Cause.CRASHED})


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetterReport:
    """A dead letter with its ledger entry (None when there is none) and the connection that it came in by."""

    message: DeadLetter
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
        """Whether it may have been delivered, so that sending it again may deliver it twice."""
        died = self.entry is not None and self.entry.in_flight and self.entry.outcome in {None, Outcome.DEAD_LETTERED}
        return self.cause is Cause.UNCERTAIN or (self.cause in _OPEN and died)


def may_be_uncertain(message: DeadLetter) -> bool:
    """As far as the message itself shows; the ledger decides."""
    return message.cause is Cause.UNCERTAIN or message.cause in _OPEN


def load_reports(deployment: Deployment, messages: Sequence[DeadLetter]) -> list[DeadLetterReport]:
    """In the same order."""
    connections = deployment.configuration.connections()
    entries = deployment.ledger_entries.read(message.event.ledger_key for message in messages if message.event)
    return [
        DeadLetterReport(
            message=message,
            entry=entries.get(message.event.ledger_key) if message.event else None,
            source=_find_source(message, connections),
        )
        for message in messages
    ]


def find_connection(message: DeadLetter, connections: Sequence[Connection]) -> str:
    """The id of the connection that the message came in by; "" when there is none, or it cannot be read."""
    source = _find_source(message, connections)
    return source.id if source else ""


def _find_source(message: DeadLetter, connections: Sequence[Connection]) -> Connection | None:
    if message.event is None:
        return None
    origin = message.event.origin
    users = [connection for connection in connections if connection.endpoint_id == origin.endpoint]
    named = [connection for connection in users if origin.account and connection.account == origin.account]
    owner = [connection for connection in users if not origin.account and connection.id == origin.endpoint]
    return next(iter(named or owner), None)


# --- in a list -------------------------------------------------------------------------------------------------------


def describe(report: DeadLetterReport) -> dict[str, Any]:
    """For JSON. Without names, and without what people wrote."""
    message, event = report.message, report.event
    return {
        "id": message.id,
        "group": message.group,
        "cause": name_of(report.cause),
        "uncertain": report.is_uncertain,
        "kind": event.kind if event else "",
        "service": event.origin.service if event else "",
        "connection": report.source.id if report.source else "",
        "written_by": _writer(report),
        "content": describe_content(event),
        "attempts": report.entry.attempts if report.entry else 0,
        "written_at": message.written_at.isoformat(timespec="seconds"),
        "dead_lettered_at": message.dead_lettered_at.isoformat(timespec="seconds"),
        "reason": message.reason,
    }


def describe_row(report: DeadLetterReport) -> list[str]:
    facts = describe(report)
    place = f"{facts['written_by']} on {facts['connection'] or 'a former connection'}"
    writer = place if report.event else ""
    return [
        facts["id"],
        facts["cause"],
        describe_age(report),
        writer,
        facts["content"],
        str(facts["attempts"]),
        facts["reason"],
    ]


ROW = ("id", "cause", "age", "from", "content", "attempts", "reason")


def describe_age(report: DeadLetterReport) -> str:
    return describe_time(datetime.now(UTC) - report.message.written_at)


def describe_content(event: Event | None) -> str:
    """The kinds and sizes of what a message contains: "text, 24 characters"."""
    if event is None:
        return ""
    if not isinstance(event, MessageReceived):
        return event.kind
    change = event.message.change
    parts = [change.kind.value] if change else []
    return "; ".join([*parts, *map(_describe_part, event.message.content)]) or "empty"


def _describe_part(content: Content) -> str:
    if isinstance(content, Text):
        return f"text, {len(content.text)} character{'' if len(content.text) == 1 else 's'}"
    if isinstance(content, Attachment):
        return content.kind.value + (f", {content.size} bytes" if content.size is not None else "")
    return content.type.replace("_", " ")


def _writer(report: DeadLetterReport) -> str:
    if isinstance(report.event, MessageReceived):
        by_customer = report.event.message.sender.role is Role.CONTACT
        return "customer" if by_customer else report.event.message.sender.role.value
    if report.source is None:
        return ""
    return "customer" if report.source.side is Side.MESSENGER else "agent"


# --- one message -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class People:
    """Who wrote to whom, and the customer, each with their connection."""

    writer: str
    reader: str
    customer: str


def find_people(deployment: Deployment, report: DeadLetterReport) -> People:
    """Costs a read: the other side of the conversation is in its session."""
    event, source = report.event, report.source
    if event is None or source is None:
        return People("an unknown sender", "an unknown recipient", "an unknown customer")
    if source.side is Side.MESSENGER:
        session = deployment.sessions.of_contact(source.id, event.thread)
        given = event.contact if isinstance(event, MessageReceived) else None
        customer = f"{_name(given or (session.contact if session else None), event.thread)} ({source.id})"
        target = session.platform_connection if session else source.link
        return People(customer, f"agents on {target or 'no platform'}", customer)
    session = deployment.sessions.of_conversation(source.id, event.thread)
    customer = _describe_customer(session)
    return People(f"{_sender(event)} ({source.id})", customer, customer)


def _describe_customer(session: Session | None) -> str:
    if session is None:
        return "an unknown customer"
    return f"{_name(session.contact, session.contact.external_id)} ({session.messenger_connection})"


def _name(contact: Contact | None, otherwise: str) -> str:
    return (contact.name if contact else None) or otherwise


def _sender(event: Event) -> str:
    sender = event.message.sender if isinstance(event, MessageReceived) else None
    return (sender.name if sender else None) or ("the bot" if sender and sender.role is Role.BOT else "an agent")


def describe_uncertain(deployment: Deployment, reports: Iterable[DeadLetterReport]) -> list[str]:
    """What an owner needs to know about messages that may have been delivered, before they are sent again."""
    return [
        f"{find_people(deployment, report).customer}: {describe_content(report.event)}, "
        f"written {describe_age(report)} ago by the {_writer(report) or 'sender'} ({report.message.id})"
        for report in reports
    ]


def describe_in_full(deployment: Deployment, report: DeadLetterReport) -> dict[str, Any]:
    """Everything, for JSON."""
    people, entry = find_people(deployment, report), report.entry
    return {
        **describe(report),
        "from": people.writer,
        "to": people.reader,
        "meaning": explain_cause(report.cause).meaning,
        "last_answer": (entry.reason if entry else "") or report.message.reason,
        "parts_out": len(entry.parts) if entry else 0,
        "may_be_out": report.is_uncertain or bool(entry and entry.in_flight),
        "commands": commands_for(report),
    }


def commands_for(report: DeadLetterReport) -> Mapping[str, str]:
    """What each command would do with the message."""
    commands = {f"patchbay dlq redrive {report.message.id}": explain_cause(report.cause).redrive}
    if report.event is not None:
        commands[f"patchbay dlq resolve {report.message.id}"] = (
            "records that it was delivered, and removes it from the queue"
        )
    commands[f"patchbay dlq discard {report.message.id}"] = "deletes it; parts that were not delivered never will be"
    return commands


def describe_lines(facts: Mapping[str, Any], age: str) -> list[str]:
    """The same as text."""
    parts = f"{facts['parts_out']} part{'' if facts['parts_out'] == 1 else 's'} sent"
    uncertain = ", and the next one may have been sent" if facts["may_be_out"] else ""
    return [
        f"{facts['from']} → {facts['to']}: {facts['content'] or 'not readable'}, written {age} ago",
        f"cause: {facts['cause']} ({facts['meaning']})",
        f"last response: {facts['last_answer']}",
        f"attempts: {facts['attempts']}; {parts}{uncertain}; failed at {facts['dead_lettered_at']}",
        "",
        *(f"{command}: {does}" for command, does in facts["commands"].items()),
    ]


def event_json(report: DeadLetterReport) -> object:
    """With everything that people wrote."""
    return json.loads(encode(report.event))["event"] if report.event else None
