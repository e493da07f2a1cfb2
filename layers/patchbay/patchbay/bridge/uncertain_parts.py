"""Parts that may have arrived: found at the service, sent again and marked, or left to the owner."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from patchbay.bridge.attempt import Attempt, Route
from patchbay.bridge.context import Context
from patchbay.bridge.ledger import Delivery
from patchbay.bridge.outcomes import OutOfResends
from patchbay.bridge.service_calls import ServiceCalls
from patchbay.domain.errors import DeliveryError, Untraceable
from patchbay.domain.model import Conversation, Delivered, Part
from patchbay.kit.abilities import LooksUpDeliveries
from patchbay.kit.lookups import UncertainSend

UNCONFIRMED = "the service did not confirm the message, not even after a second attempt; it may have arrived"


class UncertainParts:
    def __init__(self, context: Context, calls: ServiceCalls) -> None:
        self._context = context
        self._calls = calls

    def resolve(self, attempt: Attempt, route: Route, part: Part, conversation: Conversation) -> Delivered | None:
        """The delivery of a part that has arrived in `conversation`; None when it is to be sent, if need be again.

        The service is asked where that is possible. Elsewhere the part is marked, and sent again as often as the
        service allows. Raises OutOfResends after that.
        """
        connector = self._context.connector(route.target)
        if connector.behavior.idempotent_sends:
            attempt.progress.settle()
            return None
        if isinstance(connector, LooksUpDeliveries):
            with suppress(Untraceable):
                return self._look_up(attempt, route, part, conversation, connector)
        confirmed = self._context.ledger.sent(route.target.id, part.key)  # its receipt was faster than its answer
        if confirmed is not None and confirmed.source_message_id:
            attempt.progress.settle()
            return Delivered(external_id=confirmed.source_message_id)
        if attempt.delivery.resends >= connector.behavior.max_uncertain_resends:
            attempt.progress.exhaust()
            raise OutOfResends(UNCONFIRMED)
        attempt.progress.resend()
        self._context.ledger.save(attempt.delivery)
        return None

    def stop_looking(self, attempt: Attempt, route: Route) -> None:
        """The part goes to another conversation: whether it is in the one before cannot be found out any more."""
        if not attempt.progress.is_uncertain:
            return
        if self._context.connector(route.target).behavior.idempotent_sends:
            attempt.progress.settle()
        else:
            attempt.progress.mark()

    def learn_id(self, attempt: Attempt, route: Route, part: Part, delivered: Delivered) -> Delivered:
        """The service took the part and gave no id. Without one, the next equal part would be taken for it."""
        connector = self._context.connector(route.target)
        if delivered.external_id or not isinstance(connector, LooksUpDeliveries):
            return delivered
        with suppress(DeliveryError):  # it is out all the same
            uncertain = self._describe(attempt, route)
            with self._calls.reading(route.target, route.session) as http:
                found = connector.look_up_delivery(part, uncertain, route.target_conversation, route.target, http)
            return found or delivered
        return delivered

    def _look_up(
        self, attempt: Attempt, route: Route, part: Part, conversation: Conversation, connector: LooksUpDeliveries
    ) -> Delivered | None:
        uncertain = self._describe(attempt, route)
        with self._calls.reading(route.target, route.session) as http:
            found = connector.look_up_delivery(part, uncertain, conversation, route.target, http)
        if found is None and _has_moved(attempt, route):
            attempt.progress.mark()
        else:
            attempt.progress.settle()
        return found

    def _describe(self, attempt: Attempt, route: Route) -> UncertainSend:
        """What the ledger knows of the thread's other messages. Only uncertain parts cost this read."""
        since = attempt.delivery.uncertain_since
        before, after = set(_ids_of(attempt.delivery)), set[str]()
        for other in self._context.ledger.of_thread(attempt.event.thread_group):
            if other.event_id != attempt.delivery.event_id and other.target == route.target.id:
                # Its first attempt proves nothing: it may have waited, and gone out after this one.
                (before if other.last_attempt_at <= since else after).update(_ids_of(other))
        return UncertainSend(since=since, before=frozenset(before), after=frozenset(after))


def _ids_of(delivery: Delivery) -> Iterator[str]:
    for part in delivery.parts:
        yield from filter(None, (part.external_id, *part.aliases))


def _has_moved(attempt: Attempt, route: Route) -> bool:
    """Whether the part may have gone to an earlier conversation than the one in which it was looked for."""
    opened_at = route.session.opened_at
    return route.to_platform and opened_at is not None and opened_at > attempt.delivery.uncertain_since
