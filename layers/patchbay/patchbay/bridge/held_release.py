"""Held messages go on the queue once more, in order, when the customer writes or their time is over.

Each takes the way of any message from there: its entry in the ledger is the one that it had when it was held, so
nothing is sent twice. It stays held until that entry has an outcome: so later messages of the agents wait behind it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from patchbay.bridge.context import Context
from patchbay.bridge.delivery_states import reopen_entry
from patchbay.bridge.held import Held
from patchbay.bridge.reply_window import is_closed
from patchbay.bridge.session_writer import SessionWriter
from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Conflict, QueueRefused, Transient
from patchbay.domain.events import HeldOverdue, MessageReceived
from patchbay.domain.held_place import HeldPlace
from patchbay.domain.model import Session

_LOST = timedelta(hours=2)  #: what is on the queue for so long after its time is put there again


class HeldRelease:
    def __init__(self, context: Context, writer: SessionWriter) -> None:
        self._context = context
        self._writer = writer

    def release_after_message(self, session: Session, written_at: datetime) -> None:
        """When the customer has written; nothing where that was long ago."""
        if not session.held_in or is_closed(session, self._context.clock.now()):
            return
        held = self._context.held.of(session.messenger_connection, session.held_in)
        if held:
            self._context.held.end_offer(session.messenger_connection, session.held_in, written_at)
            self.release(held)
        else:
            self.tidy(session)

    def release_overdue(self, event: HeldOverdue, messenger: Connection) -> None:
        """Those whose time is over: on the queue it is found out what becomes of each."""
        now = self._context.clock.now()
        held = self._context.held.of(messenger.id, event.thread)
        self.release([one for one in held if now >= one.until], now - _LOST)

    def release(self, held: Iterable[Held], lost_since: datetime | None = None) -> None:
        """Raises Transient when the queue does not take them: some may be on it then, which does no harm.

        `lost_since`: what was to wait until then has been on the queue for too long.
        """
        for one in held:
            if one.queued and (lost_since is None or one.until > lost_since):
                continue
            event = one.event
            entry = self._context.ledger.find(event.ledger_key)
            if entry is not None and entry.outcome is not None:
                self._context.held.remove(one)
                continue
            if entry is not None:
                self._context.ledger.save(reopen_entry(entry, self._context.clock.now()))
            self._put_on_queue(_mark(one))
            self._context.held.change(replace(one, queued=True, rounds=one.rounds + 1))
            self._context.telemetry.info(
                "message released", event=event.id, service=event.origin.service, connection=event.origin.endpoint
            )

    def forget(self, place: HeldPlace) -> None:
        """What was held in this place has ended. It may be gone already."""
        held = self._context.held.find(place)
        if held is not None:
            self._context.held.remove(held)

    def tidy(self, session: Session) -> Session:
        """Without the note that something is held, if nothing is. Another writer may just be holding something."""
        stored = self._context.sessions.of_contact(session.messenger_connection, session.contact.external_id)
        if stored is None or not stored.held_in:
            return session
        if self._context.held.of(stored.messenger_connection, stored.held_in):
            return session
        try:
            return self._writer.save(replace(stored, held_in=""))
        except Conflict:
            return session  # it is tidied up with the next message

    def _put_on_queue(self, event: MessageReceived) -> None:
        try:
            self._context.producer.send([event])
        except QueueRefused as refusal:
            raise Transient(f"a held message was not put on the queue: {refusal}") from None


def _mark(held: Held) -> MessageReceived:
    """Under an id of its own each time: the queue takes no event twice within minutes. It repeats no webhook."""
    event = held.event
    name = f"{event.id}-held-{held.place.position}-{held.rounds + 1}"
    return replace(event, id=name, message_key=event.ledger_id, repeat_key="", held=held.place)
