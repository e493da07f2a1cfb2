"""Sessions in the table: one item by contact, and under each id of each conversation a pointer to the contact.

A pointer is written once, before the first session that names the conversation, and never changes: so a save is one
small write whatever the contact has left behind, and an agent's late answer in an old conversation still finds the
customer. Below the session's key lies the list of the pointers, for erasing the contact. A contact's other ids on the
messenger lead to the session as well (`contact_ids`).

Three sparse indexes find sessions without reading the table: `messenger` (by the day of their last change), `platform`
and `pending`. Only keys lie in them, and most saves change none of these.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import batched, islice
from typing import Any

from patchbay.aws.clock import SystemClock
from patchbay.aws.stores import keys
from patchbay.aws.stores.contact_ids import ContactIds, list_ids
from patchbay.aws.stores.held import list_held_keys
from patchbay.aws.stores.retention import EVERY_DAY, Terms, is_expired
from patchbay.aws.stores.session_items import (
    list_conversation_keys,
    name_thread,
    read_pointer,
    read_session,
    write_session,
)
from patchbay.aws.stores.table import Item, Table
from patchbay.bridge.ports import Clock, Sessions
from patchbay.domain.model import Session

MESSENGER_INDEX = "messenger"
PLATFORM_INDEX = "platform"
PENDING_INDEX = "pending"
_PAGE = 100
_MOST_KNOWN = 4096  #: records beside the sessions that a container remembers to be there


class DynamoSessions(Sessions):
    def __init__(self, table: Table, clock: Clock | None = None, retention: timedelta | None = None) -> None:
        """`retention`: how long a contact is kept after the last message; for ever without one."""
        self._table = table
        self._clock = clock or SystemClock()
        self._terms = Terms(retention)
        self._pointers: dict[str, str] = {}  #: key of a conversation -> key of its contact's session, as stored
        self._threads: dict[str, str] = {}  #: key of a session -> the person it is listed under
        self._ids = ContactIds(table, self._clock, self._terms)

    def of_contact(self, messenger_connection: str, contact_id: str) -> Session | None:
        return self.find(messenger_connection, contact_id)[1]

    def find(self, messenger_connection: str, contact_id: str) -> tuple[str, Session | None]:
        """One read, also by another id where the container knows that it leads to the session."""
        known = self._ids.known(messenger_connection, contact_id)
        if known is not None:
            session = self._read(keys.session_key(messenger_connection, known))
            if session is not None and contact_id in list_ids(session):
                return known, session
        home, item = self._ids.follow(messenger_connection, contact_id)
        return home, self._take(keys.session_key(messenger_connection, home), item)

    def of_conversation(self, platform_connection: str, conversation_id: str) -> Session | None:
        """One read where the container knows the pointer and the session confirms it, else the pointer's besides."""
        conversation = keys.conversation_key(platform_connection, conversation_id)
        known = self._pointers.get(conversation)
        if known is not None:
            session = self._read(known)
            if session is not None and conversation in list_conversation_keys(session):
                return session
        pointer = read_pointer(self._table.get(conversation, consistent=True))
        home, session = self.find(*pointer) if pointer else ("", None)
        if pointer and session:
            self._remember(self._pointers, conversation, keys.session_key(pointer[0], home))
        return session

    def save(self, session: Session) -> Session:
        """What leads to the session is written before it, so that no stored session has a lost conversation."""
        primary = keys.session_key(session.messenger_connection, session.contact.external_id)
        now, version = self._clock.now(), session.version
        if self._terms.are_due(session.kept_since, now):
            session = replace(session, kept_since=now)
            self._forget(session, primary)
        self._point(session, primary)
        self._list_thread(session, primary)
        self._ids.point(session)
        saved = replace(session, version=version + 1)
        # What is out of date may still be there: DynamoDB takes it away within days.
        unknown = "attribute_not_exists(pk) OR expires_at <= :now"
        condition = "version = :version" if version else unknown
        values = {":version": version} if version else {":now": int(now.timestamp())}
        item = {**write_session(saved, primary), **self._terms.of_contact(now)}
        self._table.put(item, condition=condition, values=values)
        return saved

    def redirect(self, messenger_connection: str, contact_id: str, home: str, replaced: Session | None = None) -> None:
        self._ids.redirect(messenger_connection, contact_id, home, replaced.version if replaced else 0)

    def keep(self, session: Session, now: datetime) -> Session:
        if not self._terms.retention or now - session.updated_at < EVERY_DAY:
            return session
        return self.save(replace(session, updated_at=now))

    # --- for the command ---------------------------------------------------------------------------------------------

    def conversations(self, messenger_connection: str, *ids: str) -> Sequence[tuple[str, str]]:
        """Platform connection and id of every conversation that leads to the contact with these ids."""
        found: dict[tuple[str, str], None] = {}
        for own in ids:
            for item in self._table.partition(keys.session_key(messenger_connection, own), keys.LIST_PREFIX):
                found |= dict.fromkeys((str(item["platform"]), one) for one in sorted(item["ids"]))
        return tuple(found)

    def ids(self, messenger_connection: str, contact_id: str, session: Session | None) -> Sequence[str]:
        """All ids of the contact who is kept under this one, which is the first."""
        if session is not None and session.ids_since is None:
            return (contact_id,)
        return self._ids.list(messenger_connection, contact_id)

    def of_connection(self, connection_id: str) -> Iterator[Session]:
        """Every contact who talks over the connection, of whichever side, a hundred at a time."""
        for index in ((MESSENGER_INDEX, "on_messenger"), (PLATFORM_INDEX, "on_platform")):
            items = self._query(*index, connection_id, page=_PAGE)
            for batch in batched(items, _PAGE, strict=False):
                yield from self._read_all([str(item["pk"]) for item in batch])

    def newest(self, messengers: Sequence[str], most: int) -> Sequence[Session]:
        """At most `most` sessions of these messengers' connections, by the day of their last change, newest first."""
        by_messenger = [self._keys_of(one, min(most, 1000)) for one in messengers]
        merged = heapq.merge(*by_messenger, key=lambda pair: pair[0], reverse=True)
        found = self._read_all([pk for _, pk in islice(merged, most)])
        return sorted(found, key=lambda session: session.updated_at, reverse=True)

    def of_platform(self, platform_connection: str, most: int) -> Sequence[Session]:
        """At most `most` sessions of contacts who talk on this connection now, in no order."""
        items = self._query(PLATFORM_INDEX, "on_platform", platform_connection, page=min(most, 1000))
        return self._read_all([str(item["pk"]) for item in islice(items, most)])

    def has_any(self, connection_id: str) -> bool:
        """Whether any conversation runs over the connection, of whichever side."""
        indexes = ((MESSENGER_INDEX, "on_messenger"), (PLATFORM_INDEX, "on_platform"))
        return any(any(self._query(*index, connection_id, page=1)) for index in indexes)

    def pending_since(self, platform_connection: str) -> Iterator[datetime]:
        """Since when each conversation waits that the platform has not opened, the oldest first."""
        for item in self._query(PENDING_INDEX, "pending_on", platform_connection):
            yield datetime.fromisoformat(str(item["pending_since"]))

    def of_person(self, messenger_connection: str, person: str) -> Iterator[Session]:
        """The sessions of all threads that one person has."""
        for item in self._table.partition(keys.threads_key(messenger_connection, person)):
            session = self.of_contact(messenger_connection, str(item["contact"]))
            if session is not None and session.contact.person == person:
                yield session

    def records(self, messenger_connection: str, ids: Sequence[str], person: str) -> Iterator[Item]:
        """All that is kept of a contact here, in an order in which it may be deleted: the session itself last."""
        contact_id = ids[0]
        primary = keys.session_key(messenger_connection, contact_id)
        for own in reversed(ids):
            for listed in self._table.partition(keys.session_key(messenger_connection, own), keys.LIST_PREFIX):
                for one in listed["ids"]:
                    yield from self._there(keys.conversation_key(str(listed["platform"]), one), keys.SORT)
                yield listed
            if own != contact_id:
                yield from self._ids.records(messenger_connection, own, contact_id)
        yield from self._held(messenger_connection, contact_id)
        if person:
            yield from self._there(keys.threads_key(messenger_connection, person), keys.fit_sort(contact_id))
        if len(ids) > 1:
            yield from self._there(primary, keys.IDS_SORT)
        yield from self._there(primary, keys.SORT)

    def _held(self, messenger_connection: str, contact_id: str) -> Iterator[Item]:
        """What is held may lie under an id that the contact had before."""
        session = self._read(keys.session_key(messenger_connection, contact_id))
        for one in dict.fromkeys(filter(None, (contact_id, session.held_in if session else ""))):
            for pk, sk in list_held_keys(messenger_connection, one, self._table):
                yield from self._there(pk, sk)

    def _there(self, pk: str, sk: str) -> Iterator[Item]:
        item = self._table.get(pk, sk, consistent=True)
        if item is not None:
            yield item

    # --- what leads to sessions --------------------------------------------------------------------------------------

    def _point(self, session: Session, primary: str) -> None:
        """Pointers of one conversation are listed under its first id: ids that are learned later join the others."""
        conversation, platform = session.conversation, session.platform_connection
        missing = [one for one in list_conversation_keys(session) if self._lacks(self._pointers, one, primary, session)]
        if conversation is None or not missing:
            return
        ids = set(filter(None, (conversation.external_id, *conversation.aliases)))
        until = self._terms.of_records(self._clock.now())
        self._table.update(
            (primary, keys.list_sort(platform, conversation.external_id)),
            f"SET platform = :platform{', expires_at = :until' if until else ''} ADD ids :ids",
            values={":platform": platform, ":ids": ids, **({":until": until["expires_at"]} if until else {})},
        )
        pointer = {"messenger": session.messenger_connection, "contact": session.contact.external_id, **until}
        for one in missing:
            self._table.put({"pk": one, "sk": keys.SORT, **pointer})
            self._remember(self._pointers, one, primary)

    def _list_thread(self, session: Session, primary: str) -> None:
        person = session.contact.person
        if person and self._lacks(self._threads, primary, person, session):
            pk, sk = name_thread(session)
            until = self._terms.of_records(self._clock.now())
            self._table.put({"pk": pk, "sk": sk, "contact": session.contact.external_id, **until})
            self._remember(self._threads, primary, person)

    def _forget(self, session: Session, primary: str) -> None:
        """Writes the pointers to the session again, with a new expiry time."""
        for one in list_conversation_keys(session):
            self._pointers.pop(one, None)
        self._threads.pop(primary, None)
        self._ids.forget(session)

    def _lacks(self, known: dict[str, str], key: str, value: str, session: Session) -> bool:
        """Of a contact who is new, nothing that was remembered counts: they may have been erased in between."""
        return not session.version or known.get(key) != value

    def _remember(self, known: dict[str, str], key: str, value: str) -> None:
        if len(known) >= _MOST_KNOWN:
            known.clear()
        known[key] = value

    # --- reading -----------------------------------------------------------------------------------------------------

    def _read(self, primary: str) -> Session | None:
        """What the stored session names has been written before it, and is remembered to be there."""
        return self._take(primary, self._table.get(primary, consistent=True))

    def _take(self, primary: str, item: Item | None) -> Session | None:
        session = None if is_expired(item, self._clock.now()) else read_session(item)
        if session is not None:
            for one in list_conversation_keys(session):
                self._remember(self._pointers, one, primary)
            if session.contact.person:
                self._remember(self._threads, primary, session.contact.person)
            self._ids.remember(session)
        return session

    def _read_all(self, primaries: Sequence[str]) -> list[Session]:
        """Each once: an entry that moves while an index is read may be met in both places."""
        now = self._clock.now()
        items = self._table.get_all(tuple(dict.fromkeys(primaries)))
        found = (read_session(item) for item in items if not is_expired(item, now))
        return [session for session in found if session is not None]

    def _keys_of(self, messenger_connection: str, page: int) -> Iterator[tuple[str, str]]:
        items = self._query(MESSENGER_INDEX, "on_messenger", messenger_connection, page=page, newest_first=True)
        return ((str(item["changed_on"]), str(item["pk"])) for item in items)

    def _query(self, index: str, name: str, connection_id: str, **how: Any) -> Iterator[Item]:
        return self._table.query(index, f"{name} = :id", {":id": connection_id}, **how)
