"""Showing that somebody is typing, for as long as they do.

Some services show it for a few seconds and have no call that ends it, while others report only that it begins and ends.
So the report itself stays on the queue and comes again shortly before what it showed fades (`Behavior.typing_lasts`).
Reports have a queue group of their own: whatever follows in it (the end, a newer report, a message) is handed out
together with the one that waits, and takes its place. So nothing is stored, and nothing sleeps or holds up a receipt.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from patchbay.bridge import retry_policy
from patchbay.bridge.attempt import Attempt, Route
from patchbay.bridge.context import Context
from patchbay.bridge.outcomes import DONE, Defer, Disposition
from patchbay.bridge.ports import Envelope
from patchbay.bridge.reply_window import is_closed
from patchbay.bridge.service_calls import ServiceCalls
from patchbay.bridge.session_writer import find_own_session
from patchbay.bridge.skipped_events import record_skipped
from patchbay.domain.accounts import Connection
from patchbay.domain.errors import DeliveryError, NotYet, QueueRefused
from patchbay.domain.events import TypingChanged, make_event_id
from patchbay.domain.model import Conversation, Session, Side
from patchbay.kit.abilities import SendsTyping

_MOST_ENDED = 1000  #: conversations
_AHEAD = 1.0  #: seconds before it fades at which it is shown again


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where it is shown."""

    target: Connection
    session: Session
    conversation: Conversation
    connector: SendsTyping


class TypingIndicator:
    """Of one container, which remembers what it has ended: a report may be in its hands together with a message."""

    def __init__(self, context: Context, calls: ServiceCalls) -> None:
        self._context = context
        self._calls = calls
        self._ended: dict[str, datetime] = {}  #: by group

    def carry(self, event: TypingChanged, source: Connection, envelope: Envelope) -> Disposition:
        """Best effort: what is late is dropped, and no failure is worth a retry. What lasts comes again."""
        ended = self._ended.get(event.group)
        if ended is not None and event.occurred_at <= ended:
            return DONE
        age = (self._context.clock.now() - event.occurred_at).total_seconds()
        if age > (retry_policy.STALE_TYPING if envelope.receives <= 1 else retry_policy.TYPING_PATIENCE):
            record_skipped(self._context.telemetry, event, "typing, reported too late")
            return DONE
        place = self._find_place(event, source)
        if place is None:
            return DONE
        lasts = self._context.connector(place.target).behavior.typing_lasts
        if lasts is None and age > retry_policy.STALE_TYPING:
            record_skipped(self._context.telemetry, event, "typing, reported too late")
            return DONE
        if lasts is not None and not event.typing:
            return DONE  # it fades
        pause = self._show(event, place)
        if lasts is None or pause is None or envelope.group != event.group:  # an older version shares that of receipts
            return DONE
        pause = max(pause, lasts - _AHEAD)
        return Defer(pause) if age + pause <= retry_policy.TYPING_PATIENCE else DONE

    def end(self, attempt: Attempt, route: Route) -> None:
        """The message that is about to go out ends what is shown for as long as it is not ended.

        It is reported like any end, so that what waits on the queue gives way to it; what was typed since the message
        came stays. Platforms use several ids for one conversation, and each has a group.
        """
        event, here, connector = attempt.event, route.source_conversation, self._context.connector
        lasts = connector(route.target).behavior.typing_lasts
        if lasts is None or event.message.change or not connector(attempt.source).behavior.reports_typing:
            return
        ends = [
            TypingChanged(
                id=make_event_id("typing", event.origin, "end", thread, event.ledger_id),
                origin=event.origin,
                thread=thread,
                occurred_at=attempt.queued_at,
                typing=False,
            )
            for thread in dict.fromkeys((event.thread, *event.aliases, here.external_id, *here.aliases))
        ]
        if len(self._ended) >= _MOST_ENDED:
            self._ended.clear()
        self._ended.update((one.group, one.occurred_at) for one in ends)
        try:
            self._context.producer.send(ends)
        except QueueRefused as refusal:
            record_skipped(self._context.telemetry, ends[0], str(refusal))

    def _show(self, event: TypingChanged, place: _Place) -> float | None:
        """The seconds for which not to show it again; None when that is not worth a try."""
        try:
            self._calls.admit(place.target.id)
            with self._calls.reading(place.target, place.session) as http:
                place.connector.send_typing(event.typing, place.conversation, place.target, http)
        except NotYet as pause:
            record_skipped(self._context.telemetry, event, f"typing not shown: {pause}")
            return pause.after
        except DeliveryError as failure:
            record_skipped(self._context.telemetry, event, f"typing not shown: {failure}")
            return None
        return 0.0

    # --- where it is shown -------------------------------------------------------------------------------------------

    def _find_place(self, event: TypingChanged, source: Connection) -> _Place | None:
        session = self._find_session(event, source)
        target = self._find_target(session, source) if session else None
        if session is None or target is None:
            record_skipped(self._context.telemetry, event, "typing without a conversation")
            return None
        connector = self._context.connector(target)
        conversation = session.conversation if target.side is Side.PLATFORM else session.thread
        if conversation is None or not connector.capabilities.typing or not isinstance(connector, SendsTyping):
            return None
        if connector.behavior.reply_window is not None and is_closed(session, self._context.clock.now()):
            return None  # the messenger refuses it, as it refuses agents' messages
        return _Place(target=target, session=session, conversation=conversation, connector=connector)

    def _find_session(self, event: TypingChanged, source: Connection) -> Session | None:
        if source.side is Side.MESSENGER:
            return self._context.sessions.of_contact(source.id, event.thread)
        return find_own_session(self._context.sessions, source, event.thread, event.aliases)

    def _find_target(self, session: Session, source: Connection) -> Connection | None:
        to_platform = source.side is Side.MESSENGER
        return self._context.connections.connection(
            session.platform_connection if to_platform else session.messenger_connection
        )
