"""Delivering the parts of a message that are not out yet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import datetime

from patchbay.bridge.attempt import Attempt, Route
from patchbay.bridge.context import Workbench
from patchbay.bridge.conversations import Opener
from patchbay.bridge.ledger import Delivery, Sent
from patchbay.bridge.outcomes import OutOfResends
from patchbay.bridge.quick_replies import keep_offers, spend_choice
from patchbay.bridge.routing import change_of
from patchbay.domain.errors import (
    ConversationGone,
    DeliveryError,
    MediaRefused,
    OutOfTime,
    Rejected,
    Transient,
    Untraceable,
)
from patchbay.domain.model import (
    Attachment,
    Contact,
    Conversation,
    Delivered,
    Part,
    ReceiptState,
    Role,
    Sender,
    Session,
    Tap,
    Text,
)
from patchbay.kit.abilities import InlinesAttachments, LooksUpDeliveries, SendsReceipts, UploadsAttachments
from patchbay.kit.contract import Connector
from patchbay.kit.failures import FailureCode
from patchbay.kit.fallbacks import Rendering
from patchbay.kit.lookups import UncertainSend

UNCONFIRMED = "the service did not confirm it, not even when it was sent again; it may have arrived"


class Courier:
    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self._opener = Opener(bench)

    def deliver(self, attempt: Attempt, route: Route, rendering: Rendering) -> None:
        """Sends every part after the last recorded one and records each: a retry never repeats the first half."""
        remaining = rendering.parts[len(attempt.delivery.parts) :]
        if remaining and not route.to_platform:
            self._remember_offers(route, rendering)
        for index, part in enumerate(remaining):
            if index and self._bench.budget.is_spent:
                raise OutOfTime("the function's time is over: the rest of the message follows")
            delivered = self._deliver_once(attempt, route, part)
            delivered = delivered if delivered.external_id else self._learn_id(attempt, route, part, delivered)
            attempt.doubt = False
            attempt.delivery = replace(attempt.delivery, parts=(*attempt.delivery.parts, delivered), in_flight=True)
            self._index(attempt, route, delivered, closing=index + 1 == len(remaining))
            if index + 1 < len(remaining):
                self._bench.ledger.save(attempt.delivery)
        if route.to_platform and rendering.parts and rendering.parts[0].tapped:
            self._spend_choice(route, rendering.parts[0].tapped, rendering.parts[0].sent_at)

    def notify(self, attempt: Attempt, route: Route, text: str) -> None:
        """A line of our own for whoever wrote. Best effort: it must not hold up the message that it is about."""
        source = route.source
        part = Part(
            key=f"{attempt.event.ledger_id}:notice",
            content=Text(text=text),
            sender=Sender(role=Role.BOT),
            sent_at=self._bench.clock.now(),
        )
        try:
            with self._bench.calling(source) as http:
                self._bench.connector(source).deliver(part, route.source_conversation, source, http)
        except DeliveryError as failure:
            self._bench.journal.warn(
                "notice not shown", event=attempt.event.id, service=source.service, reason=str(failure)
            )

    def _spend_choice(self, route: Route, tap: Tap, said_at: datetime) -> None:
        if spend_choice(route.session.offers, tap, said_at) != route.session.offers:
            route.session = self._bench.revise_session(
                route.session, lambda session: replace(session, offers=spend_choice(session.offers, tap, said_at))
            )

    def _remember_offers(self, route: Route, rendering: Rendering) -> None:
        """Before they are shown: a customer may tap faster than we could write afterwards.

        It ends what was open, so a message without offers costs a write when it is the first after one that had some.
        """
        now = self._bench.clock.now()
        if keep_offers(route.session.offers, rendering.offers, now) != route.session.offers:
            route.session = self._bench.revise_session(
                route.session,
                lambda session: replace(session, offers=keep_offers(session.offers, rendering.offers, now)),
            )

    # --- one part ----------------------------------------------------------------------------------------------------

    def _deliver_once(self, attempt: Attempt, route: Route, part: Part) -> Delivered:
        """One part into the conversation; into a new one when the old has ended, once."""
        part = self._upload(attempt, route, part)
        try:
            return self._send_or_open(attempt, route, part)
        except ConversationGone as gone:
            if not route.to_platform:
                raise Rejected(str(gone)) from None
            self._forget_conversation(route)
            if attempt.doubt:  # the old conversation cannot be asked any more
                repeatable = self._bench.connector(route.target).behavior.idempotent_sends
                attempt.delivery = replace(attempt.delivery, uncertain=attempt.delivery.uncertain or not repeatable)
                attempt.doubt = False
        try:
            return self._send_or_open(attempt, route, part)
        except ConversationGone as gone:
            raise Transient(f"the conversation was gone again: {gone}") from None

    def _forget_conversation(self, route: Route) -> None:
        """Noted at once: were there no room for an opening just now, the next attempt would ask the old one again."""
        gone = route.session.conversation
        if gone is None:
            return
        route.session = self._bench.revise_session(
            route.session,
            lambda session: replace(session, conversation=None) if _is_in(session, gone) else session,
        )

    def _send_or_open(self, attempt: Attempt, route: Route, part: Part) -> Delivered:
        """Opening a conversation carries the part along on some platforms."""
        if not route.to_platform:
            return self._send(attempt, route, part, route.session.thread)
        known = route.session.conversation
        if attempt.doubt and known is not None and not self._opener.can_go_on(known, route):
            connector = self._bench.connector(route.target)
            found = self._resolve_doubt(attempt, route, part, known, connector)  # the next one does not know of it
            if found is not None:
                return found
        contact = route.session.contact
        opened = self._opener.find(route, part)
        if opened.profile_error:
            self._show_later(attempt, route, contact, opened.profile_error)
        if opened.delivered is None:
            return self._send(attempt, route, part, opened.conversation)
        if attempt.doubt:  # the attempt that was cut off may have opened another one, which has ended since
            repeatable = self._bench.connector(route.target).behavior.idempotent_sends
            attempt.delivery = replace(attempt.delivery, uncertain=attempt.delivery.uncertain or not repeatable)
        return opened.delivered

    def _show_later(self, attempt: Attempt, route: Route, contact: Contact, reason: str) -> None:
        """The agents do not see yet who it is: that is tried again beside the messages."""
        target = route.target
        self._bench.journal.warn("contact not updated", connection=target.id, service=target.service, reason=reason)
        self._bench.set_aside(change_of(attempt.event, contact))

    def _upload(self, attempt: Attempt, route: Route, part: Part) -> Part:
        """Once per part: a second upload has another id, by which an uncertain delivery could not be found again."""
        connector = self._bench.connector(route.target)
        if not isinstance(part.content, Attachment) or not isinstance(connector, UploadsAttachments):
            return part
        uploaded = attempt.delivery.uploaded.get(part.key)
        if uploaded is None:
            with _needing_file(), self._bench.reading(route.target) as http:
                uploaded = connector.upload_attachment(part.content, self._bench.media, route.target, http)
            known = {**attempt.delivery.uploaded, part.key: replace(uploaded, name="", caption="")}
            attempt.delivery = replace(attempt.delivery, uploaded=known, in_flight=True)
            self._bench.ledger.save(attempt.delivery)
        return replace(part, content=replace(uploaded, name=part.content.name, caption=part.content.caption))

    def _send(self, attempt: Attempt, route: Route, part: Part, conversation: Conversation) -> Delivered:
        connector = self._bench.connector(route.target)
        if attempt.doubt:
            found = self._resolve_doubt(attempt, route, part, conversation, connector)
            if found is not None:
                return found
        if isinstance(part.content, Attachment) and isinstance(connector, InlinesAttachments):
            return self._send_file(route, part, part.content, conversation, connector)
        with self._bench.calling(route.target, route.session) as http:
            return connector.deliver(part, conversation, route.target, http)

    def _send_file(
        self, route: Route, part: Part, file: Attachment, conversation: Conversation, connector: InlinesAttachments
    ) -> Delivered:
        with _needing_file():
            data = self._bench.media.open(file)
        with closing(data), self._bench.calling(route.target, route.session) as http:
            return connector.deliver_file(part, data, conversation, route.target, http)

    def _resolve_doubt(
        self, attempt: Attempt, route: Route, part: Part, conversation: Conversation, connector: Connector
    ) -> Delivered | None:
        """The part may be out: ask the service where that is possible; else send again, marked, as often as allowed."""
        if connector.behavior.idempotent_sends:
            attempt.doubt = False
            return None
        if isinstance(connector, LooksUpDeliveries):
            with suppress(Untraceable):
                return self._look_up(attempt, route, part, conversation, connector)
        delivery = replace(attempt.delivery, uncertain=True)
        if delivery.resends >= connector.behavior.max_uncertain_resends:
            attempt.delivery = delivery
            raise OutOfResends(UNCONFIRMED)
        attempt.delivery = replace(delivery, resends=delivery.resends + 1, in_flight=True)
        self._bench.ledger.save(attempt.delivery)
        attempt.doubt = False
        return None

    def _look_up(
        self, attempt: Attempt, route: Route, part: Part, conversation: Conversation, connector: LooksUpDeliveries
    ) -> Delivered | None:
        uncertain = self._describe_uncertain(attempt, route)
        with self._bench.reading(route.target, route.session) as http:
            found = connector.look_up_delivery(part, uncertain, conversation, route.target, http)
        attempt.doubt = False
        if found is None and _has_moved(attempt, route):
            attempt.delivery = replace(attempt.delivery, uncertain=True)
        return found

    def _learn_id(self, attempt: Attempt, route: Route, part: Part, delivered: Delivered) -> Delivered:
        """The service took it and did not say under which id: without it, the next equal part would be taken for it."""
        connector = self._bench.connector(route.target)
        if not isinstance(connector, LooksUpDeliveries):
            return delivered
        with suppress(DeliveryError):  # it is out all the same
            uncertain = self._describe_uncertain(attempt, route)
            with self._bench.reading(route.target, route.session) as http:
                found = connector.look_up_delivery(part, uncertain, route.target_conversation, route.target, http)
            return found or delivered
        return delivered

    def _describe_uncertain(self, attempt: Attempt, route: Route) -> UncertainSend:
        """What the ledger knows of the thread's other messages. It is read for this only, so that no message pays."""
        since = attempt.delivery.doubted_since
        before, after = set(_ids_of(attempt.delivery)), set[str]()
        for other in self._bench.ledger.of_thread(attempt.event.thread_group):
            if other.event_id != attempt.delivery.event_id and other.target == route.target.id:
                (before if other.first_attempt_at <= since else after).update(_ids_of(other))
        return UncertainSend(since=since, before=frozenset(before), after=frozenset(after))

    def _index(self, attempt: Attempt, route: Route, delivered: Delivered, *, closing: bool) -> None:
        """Findable by its id on the other side, where receipts or echoes will name it.

        On a service without ids the closing part is found by our own id of the message.
        """
        behavior = self._bench.connector(route.target).behavior
        told = isinstance(self._bench.connector(attempt.source), SendsReceipts)
        if not (behavior.receipt_states or behavior.echoes or told):
            return
        names = (delivered.external_id or (attempt.event.ledger_id if closing else ""), *delivered.aliases)
        for external_id in filter(None, names):
            self._bench.ledger.index(
                Sent(
                    connection_id=route.target.id,
                    external_id=external_id,
                    thread=route.target_conversation.external_id,
                    source_connection=attempt.source.id,
                    source_thread=route.source_conversation.external_id,
                    source_message_id=attempt.event.message.external_id,
                    sent_at=self._bench.clock.now(),
                    state=ReceiptState.QUEUED if told else ReceiptState.SENT,  # `told` when the author has heard of it
                    closing=closing,
                )
            )


def _is_in(session: Session, conversation: Conversation) -> bool:
    return session.conversation is not None and session.conversation.external_id == conversation.external_id


def _ids_of(delivery: Delivery) -> Iterator[str]:
    for part in delivery.parts:
        yield from filter(None, (part.external_id, *part.aliases))


@contextmanager
def _needing_file() -> Iterator[None]:
    """Where our copy of a file is opened: a message may wait for longer than files are kept."""
    try:
        yield
    except MediaRefused as refusal:
        raise Rejected(f"the file is not there any more: {refusal}", code=FailureCode.FILE_GONE) from None


def _has_moved(attempt: Attempt, route: Route) -> bool:
    """Whether the part may have gone to an earlier conversation, which is not the one that is asked for it."""
    opened_at = route.session.opened_at
    return route.to_platform and opened_at is not None and opened_at > attempt.delivery.doubted_since
