"""Other ids of contacts in the table: under each lies where the session is, and below the session's key their list.

A session stays under the id by which the contact was first known. So a contact who gets another id costs one item, and
whatever names the first one goes on leading to them: conversations, people, what platforms keep as their reference.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from patchbay.aws.stores import keys
from patchbay.aws.stores.retention import Terms, is_expired
from patchbay.aws.stores.table import Item, Table
from patchbay.bridge.ports import Clock
from patchbay.domain.errors import Conflict
from patchbay.domain.model import Session

_MOST_KNOWN = 4096  #: ids that a container remembers to lead to a session
_MOST_STEPS = 64  #: from an id to the session; more are a circle, which is never written
_NO_SESSION = "attribute_not_exists(version) OR expires_at <= :now"


def list_ids(session: Session) -> tuple[str, ...]:
    """All ids that lead to the session, its own first."""
    ids = (session.contact.external_id, session.thread.external_id, *session.thread.aliases)
    return tuple(dict.fromkeys(filter(None, ids)))


class ContactIds:
    def __init__(self, table: Table, clock: Clock, terms: Terms) -> None:
        self._table = table
        self._clock = clock
        self._terms = terms
        self._known: dict[tuple[str, str], str] = {}  #: messenger's connection and another id -> the session's own

    def known(self, messenger_connection: str, contact_id: str) -> str | None:
        """Where the container believes the session to be."""
        return self._known.get((messenger_connection, contact_id))

    def follow(self, messenger_connection: str, contact_id: str) -> tuple[str, Item | None]:
        """The id at which an id ends, and the item there. One read, and one more for each step."""
        for _ in range(_MOST_STEPS):
            item = self._table.get(keys.session_key(messenger_connection, contact_id), consistent=True)
            if item is None or "moved_to" not in item or is_expired(item, self._clock.now()):
                return contact_id, item
            contact_id = str(item["moved_to"])
        raise Conflict("the contact's ids lead in a circle just now")

    def point(self, session: Session) -> None:
        """Has all ids of the contact's thread lead to the session, each once. Raises Conflict for another's."""
        connection, own = session.messenger_connection, session.contact.external_id
        missing = [one for one in list_ids(session)[1:] if self._lacks(session, one)]
        if not missing:
            return
        self._list(connection, own, missing)
        for one in missing:
            self._lead(connection, one, own)

    def redirect(self, messenger_connection: str, contact_id: str, home: str, version: int) -> None:
        """`version`: of the session that the pointer replaces, 0 for none."""
        self._list(messenger_connection, home, [contact_id])
        self._lead(messenger_connection, contact_id, home, version)

    def list(self, messenger_connection: str, contact_id: str) -> Sequence[str]:
        """The id, and all that lead to it, also by way of others."""
        found = [contact_id]
        for one in found:
            item = self._table.get(keys.session_key(messenger_connection, one), keys.IDS_SORT, consistent=True)
            found += [other for other in sorted(item["ids"] if item else ()) if other not in found]
        return found

    def records(self, messenger_connection: str, contact_id: str, home: str) -> Iterator[Item]:
        """What there is of an id, unless it is somebody else's by now."""
        primary = keys.session_key(messenger_connection, contact_id)
        if self.follow(messenger_connection, contact_id)[0] == home:
            yield from filter(None, (self._table.get(primary, sort, consistent=True) for sort in _SORTS))

    def remember(self, session: Session) -> None:
        """What a stored session names has been written before it."""
        for one in list_ids(session)[1:]:
            self._remember(session.messenger_connection, one, session.contact.external_id)

    def forget(self, session: Session) -> None:
        """They are written again with the next save, with a new expiry time."""
        for one in list_ids(session)[1:]:
            self._known.pop((session.messenger_connection, one), None)

    def _lacks(self, session: Session, contact_id: str) -> bool:
        """Of a contact who is new, nothing that was remembered counts: they may have been erased in between."""
        known = self._known.get((session.messenger_connection, contact_id))
        return not session.version or known != session.contact.external_id

    def _list(self, messenger_connection: str, home: str, ids: Sequence[str]) -> None:
        until = self._terms.of_records(self._clock.now())
        self._table.update(
            (keys.session_key(messenger_connection, home), keys.IDS_SORT),
            f"{'SET expires_at = :until ' if until else ''}ADD ids :ids",
            values={":ids": set(ids), **({":until": until["expires_at"]} if until else {})},
        )

    def _lead(self, messenger_connection: str, contact_id: str, home: str, version: int = 0) -> None:
        now = self._clock.now()
        primary = keys.session_key(messenger_connection, contact_id)
        pointer = {"pk": primary, "sk": keys.SORT, "moved_to": home, **self._terms.of_records(now)}
        condition = "version = :version" if version else _NO_SESSION
        values = {":version": version} if version else {":now": int(now.timestamp())}
        self._table.put(pointer, condition=condition, values=values)
        self._remember(messenger_connection, contact_id, home)

    def _remember(self, messenger_connection: str, contact_id: str, home: str) -> None:
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[messenger_connection, contact_id] = home


_SORTS = (keys.IDS_SORT, keys.SORT)
