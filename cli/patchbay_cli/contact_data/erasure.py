"""Erases the stored data of one contact, or of all contacts of a connection. It can be repeated when interrupted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import batched

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Misconfigured, PatchbayError
from patchbay.domain.model import Session, Side
from patchbay.kit import registry
from patchbay.kit.abilities import ErasesContacts
from patchbay_cli.contact_data.inventory import (
    ContactProfile,
    File,
    Record,
    list_stored_items,
    list_threads,
    read_profile,
)
from patchbay_cli.dead_letters.queue import DeadLetter, Holding
from patchbay_cli.dead_letters.scan import scan_queue
from patchbay_cli.deployment import Deployment
from patchbay_cli.error_messages import explain

_AT_ONCE = 8  #: contacts side by side; each takes tens of calls, one after the other
_BATCH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """Counts. `at_messenger`: the messenger's service, which stores the conversation for us, has deleted it."""

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


def erase_profile(deployment: Deployment, profile: ContactProfile) -> Erased:
    """All data of one contact. Raises Misconfigured, with nothing erased, when the messenger's service refuses."""
    at_messenger = _erase_at_messenger(deployment, profile)
    erased = _erase_stored_items(deployment, profile)
    return replace(erased, at_messenger=at_messenger, dead_letters=discard_erased(deployment))


def erase_contacts(deployment: Deployment, connection: Connection) -> Erased:
    """Of all contacts of the connection, a few side by side, in batches.

    What a messenger's service stores for us is deleted with the messenger's connection, not with a platform's.
    """
    erased, contacts = Erased(), 0
    own = connection.side is Side.MESSENGER

    def erase(session: Session) -> Erased:
        messenger = deployment.known_connections.get(session.messenger_connection)
        if messenger is None:
            return Erased()
        messenger = connection if own else messenger
        profile = read_profile(deployment, messenger, session.contact.external_id, session)
        at_messenger = own and _try_at_messenger(deployment, profile)
        return replace(_erase_stored_items(deployment, profile, chats=own), at_messenger=at_messenger)

    with deployment.terminal.progress() as show, ThreadPoolExecutor(_AT_ONCE) as pool:
        for batch in batched(deployment.sessions.of_connection(connection.id), _BATCH, strict=False):
            for one in pool.map(erase, batch):
                erased, contacts = erased + one, contacts + 1
                show(f"Erasing the contacts of {connection.id}: {contacts} done")
    return erased + Erased(dead_letters=discard_erased(deployment) if contacts else 0)


def discard_erased(deployment: Deployment) -> int:
    """Discards dead letters whose contact was erased after they were written: how many there were."""
    dropped: list[DeadLetter] = []

    def handle(holding: Holding, messages: Sequence[DeadLetter]) -> None:
        meant = list(_pick(deployment, messages))
        holding.remove(meant)
        dropped.extend(meant)

    scan_queue(deployment.dead_letter_queue, handle)
    return len(dropped)


def _pick(deployment: Deployment, messages: Sequence[DeadLetter]) -> Iterator[DeadLetter]:
    known: dict[str, datetime | None] = {}
    for message in messages:
        group = message.event.thread_group if message.event else message.group
        if group not in known:
            known[group] = deployment.ledger.erased_at(group)
        erased_at = known[group]
        if erased_at is not None and message.written_at <= erased_at:
            yield message


def _erase_at_messenger(deployment: Deployment, profile: ContactProfile) -> bool:
    messenger = profile.messenger
    if deployment.configuration.listed(messenger.id) is None:
        return False  # it was disconnected, and its service does not accept calls of ours any more
    connector = registry.load(messenger.service)
    if not isinstance(connector, ErasesContacts):
        return False
    try:
        with deployment.terminal.working(f"Erasing the contact at {connector.title}"):
            connector.erase_contact(profile.contact.external_id, messenger, deployment.http)
    except PatchbayError as error:
        raise Misconfigured(
            f"nothing was erased, because {connector.title} did not delete its copy: {explain(error)}"
        ) from None
    return True


def _try_at_messenger(deployment: Deployment, profile: ContactProfile) -> bool:
    """A contact that the service refuses to erase does not stop the others."""
    try:
        return _erase_at_messenger(deployment, profile)
    except Misconfigured as problem:
        deployment.terminal.warn(f"{profile.contact.external_id}: {problem}")
        return False


def _erase_stored_items(deployment: Deployment, profile: ContactProfile, *, chats: bool = True) -> Erased:
    """Sets the markers first: from now on the dispatcher discards queued messages of the contact."""
    now = deployment.clock.now()
    for thread in list_threads(deployment, profile):
        deployment.ledger.note_erased(thread.group, now)
    records = files = 0
    for item in list_stored_items(deployment, profile, chats=chats):
        match item:
            case Record():
                deployment.records.delete(*item.key)
                records += 1
            case File():
                deployment.session.client("s3").delete_object(Bucket=deployment.stack.bucket, Key=item.key)
                files += 1
    return Erased(records=records, files=files)
