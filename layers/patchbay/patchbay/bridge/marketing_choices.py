"""Who has asked for no more marketing messages: one state per contact and connection. The latest choice counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from patchbay.bridge.context import Context
from patchbay.bridge.outcomes import DONE, Defer, Disposition
from patchbay.bridge.session_writer import SessionWriter
from patchbay.bridge.skipped_events import record_skipped
from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Conflict, DeliveryError
from patchbay.domain.events import MarketingChosen
from patchbay.domain.model import Session

_CONFLICT_RETRY = 0.5


class MarketingChoices:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._writer = SessionWriter(context.sessions, context.clock)

    def heed(self, event: MarketingChosen, source: Connection) -> Disposition:
        """Of a contact who has no session nothing is kept: the messenger itself refuses what they do not want."""
        sessions = (self._context.sessions.of_contact(source.id, one) for one in (event.thread, *event.aliases))
        session = next((one for one in sessions if one is not None), None)
        if session is None or (session.erased_at is not None and event.occurred_at <= session.erased_at):
            record_skipped(self._context.telemetry, event, "not a contact whom Patchbay has")
            return DONE
        try:
            self._note(session, event.occurred_at, wanted=event.wanted)
        except Conflict as conflict:
            return Defer(_CONFLICT_RETRY, str(conflict))
        return DONE

    def note_refused(self, session: Session, at: datetime) -> None:
        """The messenger has refused a message for it, tried since `at`. Best effort: it would refuse the next, too."""
        try:
            self._note(session, at, wanted=False)
        except (Conflict, DeliveryError) as problem:
            self._context.telemetry.warning(
                "marketing choice not kept", connection=session.messenger_connection, reason=str(problem)
            )

    def _note(self, session: Session, at: datetime, *, wanted: bool) -> None:
        def change(session: Session) -> Session:
            if session.marketing_at is not None and at < session.marketing_at:
                return session
            return replace(session, no_marketing=not wanted, marketing_at=at)

        if change(session) != session:
            self._writer.revise(session, change)
