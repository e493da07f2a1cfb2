"""What Patchbay keeps of one contact: found in all its stores, and taken away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from itertools import chain

from patchbay import connectors
from patchbay.abilities import ErasesContacts
from patchbay.accounts import Connection
from patchbay.errors import Misconfigured, PatchbayError
from patchbay.model import Contact, ContactKey, Session, Side
from patchbay.ports import Person
from patchbay_cli.bridge import Bridge
from patchbay_cli.cases import find_connection
from patchbay_cli.failures import explain
from patchbay_cli.parked_queue import Holding, Parked
from patchbay_cli.sweeping import sweep


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """`conversations` are those on platforms, as connection and id. `shared` are people that other contacts are too."""

    messenger: Connection
    contact: Contact
    session: Session | None
    conversations: tuple[tuple[str, str], ...] = ()
    people: tuple[Person, ...] = ()
    shared: tuple[Person, ...] = ()

    @property
    def platforms(self) -> tuple[str, ...]:
        """The connections to platforms that know the contact."""
        known = chain((one for one, _ in self.conversations), (one.platform_connection for one in self.people))
        return tuple(dict.fromkeys(known))


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """`at_messenger` says whether the messenger's service was told, which keeps what was said for us."""

    at_messenger: bool
    conversations: int
    people: int
    files: int
    dead_letters: int


def find_traces(bridge: Bridge, messenger: Connection, contact_id: str) -> Traces:
    """Raises Misconfigured when nothing is known of the contact."""
    session = bridge.sessions.of_contact(messenger.id, contact_id)
    contact = session.contact if session else Contact(external_id=contact_id)
    people = _find_people(bridge, messenger, contact)
    if session is None and not people:
        raise Misconfigured(
            f"nothing is kept of a contact {contact_id!r} of {messenger.id}: `patchbay sessions` lists those that are "
            "known, by their ids"
        )
    shared = _is_shared(bridge, messenger, contact)
    own = tuple(one for one in people if one.key == _encode(messenger, contact_id) or not shared)
    return Traces(
        messenger=messenger,
        contact=contact,
        session=session,
        conversations=tuple(bridge.sessions.conversations(session)) if session else (),
        people=own,
        shared=tuple(one for one in people if one not in own),
    )


def erase_traces(bridge: Bridge, traces: Traces) -> Erased:
    """The session last: by it the rest is found again, should the command break off.

    Raises Misconfigured, with nothing erased, when the messenger's service cannot be told.
    """
    at_messenger = _erase_at_messenger(bridge, traces)
    dead_letters = _discard(bridge, traces)
    files = sum(_erase_carried(bridge, *conversation) for conversation in traces.conversations)
    for person in traces.people:
        bridge.people.forget(person)
    if traces.session is not None:
        bridge.sessions.erase(traces.session)
    return Erased(
        at_messenger=at_messenger,
        conversations=len(traces.conversations),
        people=len(traces.people),
        files=files,
        dead_letters=dead_letters,
    )


# --- who it is -------------------------------------------------------------------------------------------------------


def _encode(messenger: Connection, contact_id: str) -> str:
    return ContactKey(service=messenger.service, connection_id=messenger.id, contact_id=contact_id).encode()


def _find_people(bridge: Bridge, messenger: Connection, contact: Contact) -> tuple[Person, ...]:
    """On every platform: the contact may have been linked to others before."""
    keys = dict.fromkeys(_encode(messenger, one) for one in (contact.external_id, contact.person) if one)
    platforms = [one.id for one in bridge.administration.connections() if one.side is Side.PLATFORM]
    found = (bridge.people.find(platform, key) for platform in platforms for key in keys)
    return tuple(person for person in found if person is not None)


def _is_shared(bridge: Bridge, messenger: Connection, contact: Contact) -> bool:
    """Whether the same human has other threads, which go on."""
    if not contact.person:
        return False
    threads = bridge.sessions.of_person(messenger.id, contact.person)
    return any(one.contact.external_id != contact.external_id for one in threads)


# --- what is taken away ----------------------------------------------------------------------------------------------


def _erase_at_messenger(bridge: Bridge, traces: Traces) -> bool:
    messenger = traces.messenger
    connector = connectors.load(messenger.service)
    if not isinstance(connector, ErasesContacts):
        return False
    try:
        with bridge.terminal.working(f"Telling {connector.title}"):
            connector.erase_contact(traces.contact.external_id, messenger, bridge.http)
    except PatchbayError as error:
        raise Misconfigured(f"nothing is erased yet, for {connector.title} did not do it: {explain(error)}") from None
    return True


def _erase_carried(bridge: Bridge, platform: str, conversation: str) -> int:
    """The copied files of one conversation, where there is a list of them: how many there were."""
    files = 0
    for carried in bridge.ledger.carried(platform, conversation):
        for token in carried.files:
            bridge.media.erase(token)
        bridge.ledger.forget_carried(platform, conversation, carried.event_id)
        files += len(carried.files)
    return files


def _discard(bridge: Bridge, traces: Traces) -> int:
    """What the contact and the agents wrote to each other and was given up: how many there were."""
    threads = {(traces.messenger.id, traces.contact.external_id), *traces.conversations}
    connections = bridge.administration.connections()
    dropped: list[Parked] = []

    def handle(holding: Holding, messages: Sequence[Parked]) -> None:
        meant = _pick(messages, threads, connections)
        holding.remove(meant)
        dropped.extend(meant)

    sweep(bridge.parked_queue, handle)
    return len(dropped)


def _pick(messages: Iterable[Parked], threads: Set[tuple[str, str]], connections: Sequence[Connection]) -> list[Parked]:
    return [
        message
        for message in messages
        if message.event is not None and (find_connection(message, connections), message.event.thread) in threads
    ]
