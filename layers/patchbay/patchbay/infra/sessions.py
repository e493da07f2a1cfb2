"""Sessions in the table: one item by contact, and a full copy under each id of the conversation.

Each direction reads one item. All of them change together or not at all, decided by the version of the first. A
conversation that a session has left keeps its copy, so that an agent's late answer there still finds the customer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from pydantic import TypeAdapter

from patchbay.errors import Conflict
from patchbay.infra import keys
from patchbay.infra.table import Item, Table
from patchbay.model import Session
from patchbay.ports import Sessions

_MOST_COPIES = 40  #: ids under which one session is found; the oldest conversations are forgotten beyond it


class DynamoSessions(Sessions):
    def __init__(self, table: Table) -> None:
        self._table = table

    def of_contact(self, messenger_connection: str, contact_id: str) -> Session | None:
        return read_session(self._table.get(keys.session_key(messenger_connection, contact_id), consistent=True))

    def of_conversation(self, platform_connection: str, conversation_id: str) -> Session | None:
        key = keys.conversation_key(platform_connection, conversation_id)
        return read_session(self._table.get(key, consistent=True))

    def save(self, session: Session) -> Session:
        """Copies need to be known to be kept in step: a session that was saved before costs a read here."""
        primary = keys.session_key(session.messenger_connection, session.contact.external_id)
        known = self._known_copies(primary, session.version) if session.version else ()
        saved = replace(session, version=session.version + 1)
        every = tuple(dict.fromkeys((*_current_copies(session), *known)))
        copies, gone = every[:_MOST_COPIES], every[_MOST_COPIES:]
        self._write(_write_session(saved, primary, copies), gone, session.version)
        return saved

    def conversations(self, session: Session) -> Sequence[tuple[str, str]]:
        """Platform connection and id of every conversation that leads to the stored session, the newest first."""
        return tuple(keys.read_conversation_key(copy) for copy in self._list_copies(session))

    def erase(self, session: Session) -> None:
        """Takes it away under all its ids, the one by contact last: an interrupted run can be repeated."""
        for copy in self._list_copies(session):
            self._table.delete(copy)
        self._table.delete(keys.session_key(session.messenger_connection, session.contact.external_id))

    def _list_copies(self, session: Session) -> Sequence[str]:
        primary = keys.session_key(session.messenger_connection, session.contact.external_id)
        stored = self._table.get(primary, consistent=True)
        return tuple(stored["copies"]) if stored else ()

    def _known_copies(self, primary: str, version: int) -> Sequence[str]:
        stored = self._table.get(primary, consistent=True)
        if stored is None or stored["version"] != version:
            raise Conflict("another writer was faster")
        return tuple(stored["copies"])

    def _write(self, items: Sequence[Item], gone: Sequence[str], version: int) -> None:
        if version:
            condition, values = "version = :version", {":version": version}
        else:
            condition, values = "attribute_not_exists(pk)", {}
        if len(items) == 1:
            self._table.put(items[0], condition=condition, values=values)  # half the price of a transaction
        else:
            self._table.put_all(items, gone, condition=condition, values=values)


def read_session(item: Item | None) -> Session | None:
    """The session in an item of either kind."""
    return _adapter().validate_python(item["session"]) if item else None


def _write_session(session: Session, primary: str, copies: Sequence[str]) -> list[Item]:
    """Its items, the one by contact first; `copies` are the keys of the others, newest conversation first."""
    body = {"sk": keys.SORT, "session": _adapter().dump_python(session, mode="json"), "version": session.version}
    return [{"pk": primary, **body, "copies": list(copies)}, *({"pk": copy, **body} for copy in copies)]


def _current_copies(session: Session) -> tuple[str, ...]:
    conversation = session.conversation
    if conversation is None:
        return ()
    ids = (conversation.external_id, *conversation.aliases)
    return tuple(keys.conversation_key(session.platform_connection, one) for one in ids)


@cache
def _adapter() -> TypeAdapter[Session]:
    return TypeAdapter(Session)
