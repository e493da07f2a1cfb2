"""Erasing what is kept of contacts, one by one or all of a connection. Whatever breaks off can be repeated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import batched

from patchbay import connectors
from patchbay.abilities import ErasesContacts
from patchbay.accounts import Connection
from patchbay.errors import Misconfigured, PatchbayError
from patchbay.model import Session, Side
from patchbay_cli.contact_data.inventory import File, Record, Subject, list_threads, list_traces, read_subject
from patchbay_cli.dead_letters.queue import Holding, Parked
from patchbay_cli.dead_letters.scan import sweep
from patchbay_cli.deployment import Bridge
from patchbay_cli.error_messages import explain

_AT_ONCE = 8  #: contacts; each takes some tens of calls, one after the other
_BATCH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """How much. `at_messenger` says whether the messenger's service was told, which keeps what was said for us."""

    at_messenger: bool = False
    records: int = 0
    files: int = 0
    dead_letters: int = 0

    def __add__(self, other: Erased) -> Erased:
        return Erased(
            at_messenger=self.at_messenger or other.at_messenger,
            records=self.records + other.records,
            files=self.files + other.files,
            dead_letters=self.dead_letters + other.dead_letters,
        )


def erase_subject(bridge: Bridge, subject: Subject) -> Erased:
    """Everything of one contact. Raises Misconfigured, with nothing erased, when the messenger's service refuses."""
    at_messenger = _erase_at_messenger(bridge, subject)
    erased = _erase_traces(bridge, subject)
    return replace(erased, at_messenger=at_messenger, dead_letters=discard_erased(bridge))


def erase_contacts(bridge: Bridge, connection: Connection) -> Erased:
    """Of everybody who talks over the connection, a few side by side, as many in memory as are read at once.

    What a messenger's service keeps for us goes with its own connection; who only loses a platform keeps it there.
    """
    erased, contacts = Erased(), 0
    own = connection.side is Side.MESSENGER

    def erase(session: Session) -> Erased:
        messenger = bridge.known_connections.get(session.messenger_connection)
        if messenger is None:
            return Erased()
        messenger = connection if own else messenger
        subject = read_subject(bridge, messenger, session.contact.external_id, session)
        told = own and _try_at_messenger(bridge, subject)
        return replace(_erase_traces(bridge, subject, chats=own), at_messenger=told)

    with bridge.terminal.watching() as show, ThreadPoolExecutor(_AT_ONCE) as pool:
        for batch in batched(bridge.sessions.of_connection(connection.id), _BATCH, strict=False):
            for one in pool.map(erase, batch):
                erased, contacts = erased + one, contacts + 1
                show(f"Erasing contacts of {connection.id}: {contacts} done")
    return erased + Erased(dead_letters=discard_erased(bridge) if contacts else 0)


def discard_erased(bridge: Bridge) -> int:
    """Takes dead letters off the queue whose contact was erased after they were written: how many there were."""
    dropped: list[Parked] = []

    def handle(holding: Holding, messages: Sequence[Parked]) -> None:
        meant = list(_pick(bridge, messages))
        holding.remove(meant)
        dropped.extend(meant)

    sweep(bridge.parked_queue, handle)
    return len(dropped)


def _pick(bridge: Bridge, messages: Sequence[Parked]) -> Iterator[Parked]:
    known: dict[str, datetime | None] = {}
    for message in messages:
        group = message.event.thread_group if message.event else message.group
        if group not in known:
            known[group] = bridge.ledger.erased_at(group)
        erased_at = known[group]
        if erased_at is not None and message.written_at <= erased_at:
            yield message


def _erase_at_messenger(bridge: Bridge, subject: Subject) -> bool:
    messenger = subject.messenger
    if bridge.administration.listed(messenger.id) is None:
        return False  # it was disconnected, so its service does not know us any more
    connector = connectors.load(messenger.service)
    if not isinstance(connector, ErasesContacts):
        return False
    try:
        with bridge.terminal.working(f"Telling {connector.title}"):
            connector.erase_contact(subject.contact.external_id, messenger, bridge.http)
    except PatchbayError as error:
        raise Misconfigured(f"nothing is erased yet, for {connector.title} did not do it: {explain(error)}") from None
    return True


def _try_at_messenger(bridge: Bridge, subject: Subject) -> bool:
    """Of many, one that is refused does not keep the others."""
    try:
        return _erase_at_messenger(bridge, subject)
    except Misconfigured as problem:
        bridge.terminal.warn(f"{subject.contact.external_id}: {problem}")
        return False


def _erase_traces(bridge: Bridge, subject: Subject, *, chats: bool = True) -> Erased:
    """The marks first: from now on the dispatcher carries nothing that has waited."""
    now = bridge.clock.now()
    for thread in list_threads(bridge, subject):
        bridge.ledger.note_erased(thread.group, now)
    records = files = 0
    for trace in list_traces(bridge, subject, chats=chats):
        match trace:
            case Record():
                bridge.records.delete(*trace.key)
                records += 1
            case File():
                bridge.session.client("s3").delete_object(Bucket=bridge.stack.bucket, Key=trace.key)
                files += 1
    return Erased(records=records, files=files)
