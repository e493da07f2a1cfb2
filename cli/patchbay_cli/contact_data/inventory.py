"""Everything that Patchbay stores about one contact: one list, which both `erase` and `export` read.

It is read piece by piece, in an order in which it may be deleted meanwhile: what leads to other items comes after them,
and the session, which leads to all of them, comes last. So an interrupted command can be repeated.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from chat.aws.leftovers import list_leftovers
from chat.model import SERVICE as WEBCHAT
from patchbay.aws.stores import keys
from patchbay.aws.stores.ledger import read_delivery
from patchbay.aws.stores.media import FOLDER
from patchbay.aws.stores.queue import EVENTS
from patchbay.aws.stores.table import Item
from patchbay.bridge.people import Person
from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Misconfigured
from patchbay.domain.events import group_feedback, group_thread, group_typing
from patchbay.domain.model import Contact, ContactKey, Session, Side
from patchbay_cli.deployment import Deployment


@dataclass(frozen=True, slots=True)
class Record:
    """An item of the table."""

    item: Item

    @property
    def key(self) -> tuple[str, str]:
        return str(self.item["pk"]), str(self.item["sk"])

    @property
    def kind(self) -> str:
        """The parts of its keys before the ids."""
        pk, sk = self.key
        return "/".join(key.partition("#")[0] for key in (pk, sk) if key != keys.SORT)


@dataclass(frozen=True, slots=True)
class File:
    """An object in the bucket."""

    key: str


StoredItem = Record | File


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactProfile:
    """Whose data it is. `conversations` are those on platforms, as connection and id.

    `ids` are those by which the messenger knows the contact, or knew them: the one under which they are kept is first.
    `people` are who they are on platforms; those in `shared` are other contacts of the messenger too, and stay.
    """

    messenger: Connection
    contact: Contact
    session: Session | None
    ids: tuple[str, ...]
    conversations: tuple[tuple[str, str], ...] = ()
    people: tuple[Person, ...] = ()
    shared: tuple[Person, ...] = ()

    @property
    def platforms(self) -> tuple[str, ...]:
        """The connections to platforms that know the contact."""
        known = [one for one, _ in self.conversations]
        known += [one.platform_connection for one in (*self.people, *self.shared)]
        return tuple(dict.fromkeys(known))


@dataclass(frozen=True, slots=True)
class Thread:
    """A contact's thread on the messenger, or a conversation on a platform."""

    connection: Connection
    id: str

    @property
    def group(self) -> str:
        return group_thread(self.connection.endpoint_id, self.connection.account, self.id)

    @property
    def groups(self) -> tuple[str, ...]:
        where = (self.connection.endpoint_id, self.connection.account, self.id)
        return self.group, group_feedback(*where), group_typing(*where)


def find_messenger(deployment: Deployment, connection_id: str) -> Connection:
    """A present or former messenger connection. Raises Misconfigured."""
    former = None if deployment.configuration.listed(connection_id) else deployment.configuration.former(connection_id)
    messenger = former or deployment.connection(connection_id)
    if messenger.side is not Side.MESSENGER:
        raise Misconfigured(
            f"{messenger.id} is a platform ({messenger.service}): use the id of the customer's messenger"
        )
    return messenger


def find_known_profile(deployment: Deployment, connection_id: str, contact_id: str) -> ContactProfile:
    """Raises Misconfigured when nothing is stored of the contact, or the connection is no messenger."""
    messenger = find_messenger(deployment, connection_id)
    profile = find_profile(deployment, messenger, contact_id)
    if not is_known(deployment, profile):
        raise Misconfigured(
            f"no data is stored about a contact {contact_id!r} on {messenger.id}. To list the known contacts, run "
            "`patchbay sessions`"
        )
    return profile


def find_profile(deployment: Deployment, messenger: Connection, contact_id: str) -> ContactProfile:
    """By any id of the contact, and also of an unknown one: `is_known` says whether anything is stored."""
    home, session = deployment.sessions.find(messenger.id, contact_id)
    return read_profile(deployment, messenger, home, session)


def read_profile(
    deployment: Deployment, messenger: Connection, contact_id: str, session: Session | None
) -> ContactProfile:
    contact = session.contact if session else Contact(external_id=contact_id)
    ids = tuple(deployment.sessions.ids(messenger.id, contact_id, session))
    people = _find_people(deployment, messenger, (*ids, contact.person))
    shared = bool(contact.person) and _has_other_threads(deployment, messenger, contact)
    keys_of_contact = {_encode(messenger, one) for one in ids}
    own = tuple(one for one in people if one.key in keys_of_contact or not shared)
    return ContactProfile(
        messenger=messenger,
        contact=contact,
        session=session,
        ids=ids,
        conversations=tuple(deployment.sessions.conversations(messenger.id, *ids)),
        people=own,
        shared=tuple(one for one in people if one not in own),
    )


def list_threads(deployment: Deployment, profile: ContactProfile) -> Iterator[Thread]:
    for contact_id in profile.ids:
        yield Thread(profile.messenger, contact_id)
    for platform_id, conversation_id in profile.conversations:
        platform = deployment.known_connections.get(platform_id)
        if platform is not None:
            yield Thread(platform, conversation_id)


def list_stored_items(deployment: Deployment, profile: ContactProfile, *, chats: bool = True) -> Iterator[StoredItem]:
    """In an order in which they may be deleted. `chats`: with the chats that our own messenger stores."""
    for thread in list_threads(deployment, profile):
        yield from _list_ledger(deployment, profile, thread)
        yield from _list_thread(deployment, thread)
    for platform_id, conversation_id in profile.conversations:
        yield from _list_carried(deployment, platform_id, conversation_id)
    if chats and profile.messenger.service == WEBCHAT:
        yield from _list_webchat(deployment, profile)
    for person in profile.people:
        yield from _read(deployment, keys.person_key(person.platform_connection, person.key))
        yield from _read(deployment, keys.person_id_key(person.platform_connection, person.platform_id))
    records = deployment.sessions.records(profile.messenger.id, profile.ids, profile.contact.person)
    yield from map(Record, records)


def is_known(deployment: Deployment, profile: ContactProfile) -> bool:
    """Whether anything is stored, even if only a dead letter."""
    if profile.session is not None or next(list_stored_items(deployment, profile), None) is not None:
        return True
    groups = {thread.group for thread in list_threads(deployment, profile)}
    with deployment.dead_letter_queue.look() as holding:
        return any(message.event and message.event.thread_group in groups for message in holding.messages)


# --- of each thread --------------------------------------------------------------------------------------------------


def _list_ledger(deployment: Deployment, profile: ContactProfile, thread: Thread) -> Iterator[StoredItem]:
    """The record of each message, its sent parts, and copies of its files. The marker of an erasure stays."""
    for item in deployment.records.partition(keys.ledger_key(thread.group)):
        if item["sk"] == keys.ERASED_SORT:
            continue
        if str(item["sk"]).startswith(keys.EVENT_PREFIX):
            delivery = read_delivery(item)
            for copy in delivery.files:
                yield from _list_files(deployment, f"{FOLDER}{copy.token}/")
            names = [one for part in delivery.parts for one in (part.external_id, *part.aliases)]
            for name in filter(None, (*names, keys.event_of(delivery.event_id))):
                yield from _list_sent(deployment, profile, delivery.target, name)
        yield Record(item)


def _list_sent(deployment: Deployment, profile: ContactProfile, target: str, name: str) -> Iterator[Record]:
    known = dict.fromkeys((target, profile.messenger.id, *profile.platforms)) if not target else (target,)
    for connection_id in known:
        yield from _read(deployment, keys.sent_key(connection_id, name))


def _list_thread(deployment: Deployment, thread: Thread) -> Iterator[StoredItem]:
    """Parts that were sent and not read yet, bodies too large for the queue, and whose conversation it is."""
    for sent in deployment.ledger.sent_until(thread.connection.id, thread.id, deployment.clock.now()):
        yield from _read(deployment, keys.sent_key(sent.connection_id, sent.external_id))
    for group in thread.groups:
        yield from _list_files(deployment, f"{EVENTS}{group}/")
    yield from _read(deployment, keys.owner_key(thread.connection.endpoint_id, thread.id))


def _list_carried(deployment: Deployment, platform_id: str, conversation_id: str) -> Iterator[StoredItem]:
    for item in deployment.records.partition(keys.carried_key(platform_id, conversation_id)):
        for token in item.get("files", ()):
            yield from _list_files(deployment, f"{FOLDER}{token}/")
        yield Record(item)


# --- of the contact --------------------------------------------------------------------------------------------------


def _list_webchat(deployment: Deployment, profile: ContactProfile) -> Iterator[StoredItem]:
    """Our own messenger stores its chats in our table."""
    for found in list_leftovers(deployment.records, profile.messenger.id, profile.contact.external_id):
        if isinstance(found, str):
            yield from _list_files(deployment, found)
        else:
            yield Record(found)


def _find_people(deployment: Deployment, messenger: Connection, ids: tuple[str, ...]) -> tuple[Person, ...]:
    """On every platform: the messenger may have been linked to others before."""
    wanted = dict.fromkeys(_encode(messenger, one) for one in ids if one)
    platforms = [one.id for one in deployment.known_connections.values() if one.side is Side.PLATFORM]
    places = {keys.person_key(platform, key): (platform, key) for platform in platforms for key in wanted}
    there = [places[str(item["pk"])] for item in deployment.records.get_all(tuple(places))]
    found = (deployment.people.find(*place) for place in there)
    return tuple(person for person in found if person is not None)


def _has_other_threads(deployment: Deployment, messenger: Connection, contact: Contact) -> bool:
    """Whether the same person has other threads, which go on."""
    threads = deployment.sessions.of_person(messenger.id, contact.person)
    return any(one.contact.external_id != contact.external_id for one in threads)


def _encode(messenger: Connection, contact_id: str) -> str:
    return ContactKey(service=messenger.service, connection_id=messenger.id, contact_id=contact_id).encode()


# --- the stores ------------------------------------------------------------------------------------------------------


def _read(deployment: Deployment, pk: str, sk: str = keys.SORT) -> Iterator[Record]:
    item = deployment.records.get(pk, sk, consistent=True)
    if item is not None:
        yield Record(item)


def _list_files(deployment: Deployment, prefix: str) -> Iterator[File]:
    pages = deployment.session.client("s3").get_paginator("list_objects_v2")
    for page in pages.paginate(Bucket=deployment.stack.bucket, Prefix=prefix):
        yield from (File(item["Key"]) for item in page.get("Contents", []))
