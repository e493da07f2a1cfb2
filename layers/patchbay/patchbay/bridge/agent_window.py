"""An agent's message to a customer to whom the messenger takes only templates, because they wrote too long ago.

It is held: neither sent nor failed. The queue's message is completed, because behind one that waits for days nothing of
the conversation would go on. The agents read once that it is held, and what they can do about it. Loaded only for
messengers with a `Behavior.reply_window`, and there a message that meets an open window costs nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from patchbay.bridge.attempt import Attempt, Route
from patchbay.bridge.context import Context
from patchbay.bridge.desk_notices import DeskNotices
from patchbay.bridge.held import MOST_BYTES, Held, Kept
from patchbay.bridge.held_changes import HeldChanges
from patchbay.bridge.held_release import HeldRelease
from patchbay.bridge.ledger import Outcome
from patchbay.bridge.prepare import Preparer
from patchbay.bridge.reply_window import BEHIND, close_window, is_closed, read_patience
from patchbay.bridge.service_calls import ServiceCalls
from patchbay.bridge.session_writer import SessionWriter
from patchbay.bridge.template_desk import TemplateDesk
from patchbay.bridge.window_words import say_overdue
from patchbay.domain.errors import Rejected
from patchbay.domain.events import encode
from patchbay.domain.held_place import HeldPlace
from patchbay.domain.references import ChangeKind
from patchbay.kit.fallbacks import Rendering

_REACTIONS = {ChangeKind.REACTION, ChangeKind.REACTION_REMOVED}


class AgentWindow:
    def __init__(
        self, context: Context, calls: ServiceCalls, preparer: Preparer, writer: SessionWriter, release: HeldRelease
    ) -> None:
        self._context = context
        self._preparer = preparer
        self._writer = writer
        self._release = release
        self._changes = HeldChanges(context)
        self._desk = TemplateDesk(context, calls, DeskNotices(context, calls), self._changes, release)

    def meet(self, attempt: Attempt, route: Route) -> Rendering | Kept | None:
        """What becomes of the message. None: it goes on as it is; a Rendering: it goes on as that."""
        now, session = self._context.clock.now(), route.session
        closed = is_closed(session, now)
        if not closed and not session.held_in and attempt.event.held is None:
            return self._desk.obey(attempt, route, (), closed=False)
        held = self._list(route)
        own = next((one for one in held if one.event.ledger_id == attempt.event.ledger_id), None)
        if own is not None:
            return self._meet_again(attempt, route, own, held, now)
        if attempt.event.message.change is not None:
            ended = self._change(attempt, held, closed=closed)
            if ended is not None:
                return ended
        obeyed = self._desk.obey(attempt, route, held, closed=closed)
        if obeyed is not None:
            return obeyed
        return self.hold(attempt, route, held) if closed or held else None

    def hold_refused(self, attempt: Attempt, route: Route) -> Kept:
        """The messenger has refused it, although its window seemed open. What follows is not tried any more."""
        believed, now = route.session.window_until, self._context.clock.now()
        route.session = self._writer.revise(route.session, lambda session: close_window(session, believed, now))
        held = self._list(route)
        own = next((one for one in held if one.event.ledger_id == attempt.event.ledger_id), None)
        if own is not None:
            return self._keep(attempt, route, own, held)
        return self.hold(attempt, route, held)

    def end_said(self, attempt: Attempt) -> None:
        """After a template is out: the held messages that it has said are over."""
        if attempt.said:
            self._context.ledger.save(attempt.delivery)  # first of all: the template must not be sent again
            for one in attempt.said:
                self._changes.end(one, Outcome.DELIVERED, "a template has said it")

    def tidy(self, attempt: Attempt, route: Route) -> None:
        """After a message has ended: perhaps nothing is held any more."""
        if attempt.said or attempt.held is not None:
            route.session = self._release.tidy(route.session)

    # --- holding -----------------------------------------------------------------------------------------------------

    def hold(self, attempt: Attempt, route: Route, held: Sequence[Held]) -> Kept:
        """Its files are copied first: the service's own addresses of them do not last."""
        if attempt.event.message.change is None and not self._preparer.prepare(attempt, route).parts:
            return Kept(Outcome.SKIPPED, "nothing to show")
        now = self._context.clock.now()
        event = replace(attempt.event, held=None)
        if len(encode(event).encode()) > MOST_BYTES:
            raise Rejected("it is too long to be held until the customer writes: send it in several messages")
        contact = route.session.held_in or route.session.contact.external_id
        last = held[-1].place.position if held else 0
        place = HeldPlace(
            messenger_connection=route.target.id,
            contact=contact,
            position=max(last + 1, int(now.timestamp() * 1000)),  # rising, and never that of an earlier holding
        )
        own = Held(place=place, event=event, held_at=now, until=now + read_patience(route.target))
        self._context.held.add(own)
        route.session = self._writer.revise(route.session, lambda session: replace(session, held_in=contact))
        self._context.telemetry.info(
            "message held", event=event.id, service=route.target.service, connection=route.target.id
        )
        self._context.telemetry.count("Held", route.target.service)
        return self._keep(attempt, route, own, (*held, own))

    def _meet_again(
        self, attempt: Attempt, route: Route, own: Held, held: Sequence[Held], now: datetime
    ) -> Kept | None:
        """One that is held and has come from the queue: once more, or still, because an attempt was cut off."""
        attempt.held = own.place
        attempt.event = replace(attempt.event, message=own.event.message)  # it may have been corrected meanwhile
        if is_closed(route.session, now):
            if now >= own.until:
                raise Rejected(say_overdue(own.until - own.held_at))
            return self._keep(attempt, route, own, held)
        has_its_turn = attempt.event.held is not None or own.place == held[0].place
        return None if has_its_turn else self._keep(attempt, route, own, held)

    def _keep(self, attempt: Attempt, route: Route, own: Held, held: Sequence[Held]) -> Kept:
        """The attempt ends, and nothing of it is out that was not before."""
        attempt.held = own.place
        if not route.session.held_in:  # an attempt was cut off before it could say so
            contact = own.place.contact
            route.session = self._writer.revise(route.session, lambda session: replace(session, held_in=contact))
        closed = is_closed(route.session, self._context.clock.now())
        if closed and own.place == held[0].place and not attempt.delivery.noticed:
            self._desk.inform(attempt, route)
            attempt.progress.keep_notice()
        if own.queued:
            self._context.held.change(replace(own, queued=False))
        if attempt.progress.is_uncertain and _was_closed(attempt, route):
            attempt.progress.settle()
        attempt.progress.defer("held until the customer writes")
        self._context.ledger.save(attempt.delivery)
        if not closed:
            self._release.release(self._list(route))
        return Kept()

    def _change(self, attempt: Attempt, held: Sequence[Held], *, closed: bool) -> Kept | None:
        if self._changes.apply(attempt, held):
            return Kept(Outcome.DELIVERED)
        change = attempt.event.message.change
        if closed and change is not None and change.kind in _REACTIONS:
            return Kept(Outcome.SKIPPED, "the customer wrote too long ago for a reaction")
        return None

    def _list(self, route: Route) -> Sequence[Held]:
        contact = route.session.held_in or route.session.contact.external_id
        return self._context.held.of(route.target.id, contact)


def _was_closed(attempt: Attempt, route: Route) -> bool:
    """Whether the window was closed whenever the message was tried: then no attempt has sent any of it."""
    until = route.session.window_until
    return until is None or until + BEHIND <= attempt.delivery.first_attempt_at
