"""Delivering the parts of a message that are not out yet, opening the conversation when there is none."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from patchbay import schedule
from patchbay.abilities import LooksUpDeliveries, Opened, OpensConversations, UploadsAttachments
from patchbay.attempt import Attempt, Route
from patchbay.choices import keep_offers
from patchbay.contract import Connector
from patchbay.degrade import Rendering
from patchbay.errors import Conflict, ConversationGone, DeliveryError, NotYet, Rejected, Transient
from patchbay.model import Attachment, Conversation, ConversationStatus, Delivered, Part, ReceiptState
from patchbay.ports import Sent
from patchbay.routing import contact_key
from patchbay.verdicts import OutOfResends
from patchbay.workbench import Workbench

#: How far a clock of a service may be from ours. Short, or an equal text of a moment ago is taken for this one.
_CLOCK_DIFFERENCE = timedelta(seconds=2)


class Courier:
    def __init__(self, bench: Workbench) -> None:
        self._bench = bench

    def deliver(self, attempt: Attempt, route: Route, rendering: Rendering) -> None:
        """Sends every part after the last recorded one and records each: a retry never repeats the first half."""
        remaining = rendering.parts[len(attempt.delivery.parts) :]
        if rendering.offers:
            self._remember_offers(route, rendering)
        for index, part in enumerate(remaining):
            delivered = self._deliver_once(attempt, route, part)
            attempt.doubt = False
            attempt.delivery = replace(attempt.delivery, parts=(*attempt.delivery.parts, delivered), in_flight=True)
            self._index(attempt, route, delivered)
            if index + 1 < len(remaining):
                self._bench.ledger.save(attempt.delivery)

    def _remember_offers(self, route: Route, rendering: Rendering) -> None:
        """Before they are shown: a customer may tap faster than we could write afterwards."""
        now = self._bench.clock.now()
        route.session = self._bench.revise_session(
            route.session, lambda session: replace(session, offers=keep_offers(session.offers, rendering.offers, now))
        )

    # --- one part ----------------------------------------------------------------------------------------------------

    def _deliver_once(self, attempt: Attempt, route: Route, part: Part) -> Delivered:
        """One part into the conversation; into a new one when the old has ended, once."""
        part = self._upload(attempt, route, part)
        conversation, delivered = self._conversation(route, part)
        try:
            return delivered or self._send(attempt, route, part, conversation)
        except ConversationGone as gone:
            if not route.to_platform:
                raise Rejected(str(gone)) from None
            route.session = replace(route.session, conversation=None)
            if attempt.doubt:  # the old conversation cannot be asked any more
                attempt.delivery = replace(attempt.delivery, uncertain=True)
                attempt.doubt = False
        conversation, delivered = self._conversation(route, part)
        try:
            return delivered or self._send(attempt, route, part, conversation)
        except ConversationGone as gone:
            raise Transient(f"the conversation was gone again: {gone}") from None

    def _upload(self, attempt: Attempt, route: Route, part: Part) -> Part:
        """Once per part: a second upload has another id, by which an uncertain delivery could not be found again."""
        connector = self._bench.connector(route.target)
        if not isinstance(part.content, Attachment) or not isinstance(connector, UploadsAttachments):
            return part
        uploaded = attempt.delivery.uploaded.get(part.key)
        if uploaded is None:
            with self._bench.reading(route.target):
                uploaded = connector.upload(part.content, self._bench.media, route.target, self._bench.http)
            known = {**attempt.delivery.uploaded, part.key: uploaded}
            attempt.delivery = replace(attempt.delivery, uploaded=known, in_flight=True)
            self._bench.ledger.save(attempt.delivery)
        return replace(part, content=uploaded)

    def _send(self, attempt: Attempt, route: Route, part: Part, conversation: Conversation) -> Delivered:
        connector = self._bench.connector(route.target)
        if attempt.doubt:
            found = self._resolve_doubt(attempt, route, part, conversation, connector)
            if found is not None:
                return found
        with self._bench.calling(route.target):
            return connector.deliver(part, conversation, route.target, self._bench.http)

    def _resolve_doubt(
        self, attempt: Attempt, route: Route, part: Part, conversation: Conversation, connector: Connector
    ) -> Delivered | None:
        """The part may be out: ask the service where that is possible; else send again, marked, as often as allowed."""
        if isinstance(connector, LooksUpDeliveries):
            since = attempt.delivery.first_attempt_at - _CLOCK_DIFFERENCE
            with self._bench.reading(route.target):
                found = connector.look_up(part, since, conversation, route.target, self._bench.http)
            attempt.doubt = False
            return found
        delivery = replace(attempt.delivery, uncertain=True)
        if delivery.resends >= connector.capabilities.uncertain_resends:
            attempt.delivery = delivery
            raise OutOfResends("the service did not confirm it, not even when it was sent again; it may have arrived")
        attempt.delivery = replace(delivery, resends=delivery.resends + 1, in_flight=True)
        self._bench.ledger.save(attempt.delivery)
        attempt.doubt = False
        return None

    def _index(self, attempt: Attempt, route: Route, delivered: Delivered) -> None:
        """Findable by its id on the other side, where receipts or echoes will name it."""
        capabilities = self._bench.connector(route.target).capabilities
        if not (capabilities.reports or capabilities.echoes):
            return
        session = route.session
        target = session.conversation if route.to_platform and session.conversation else session.thread
        for external_id in filter(None, (delivered.external_id, *delivered.aliases)):
            self._bench.ledger.index(
                Sent(
                    connection_id=route.target.id,
                    external_id=external_id,
                    thread=target.external_id,
                    source_connection=attempt.source.id,
                    source_thread=route.source_conversation.external_id,
                    source_message_id=attempt.event.message.external_id,
                    sent_at=self._bench.clock.now(),
                    state=ReceiptState.SENT,
                )
            )

    # --- the conversation --------------------------------------------------------------------------------------------

    def _conversation(self, route: Route, part: Part) -> tuple[Conversation, Delivered | None]:
        """The conversation to deliver to; with the delivery when opening it carried the part along."""
        if not route.to_platform:
            return route.session.thread, None
        conversation = route.session.conversation
        if conversation is not None and self._is_usable(conversation, route):
            return conversation, None
        opened = self._open(route, part)
        return opened.conversation, opened.delivered

    def _is_usable(self, conversation: Conversation, route: Route) -> bool:
        if conversation.status is ConversationStatus.PENDING:
            raise NotYet("the conversation is not active yet")
        reopens = self._bench.connector(route.target).capabilities.reopens
        return conversation.status is ConversationStatus.ACTIVE or reopens

    def _open(self, route: Route, part: Part) -> Opened:
        """Exactly one conversation, even in a race: a conditional write decides who opens it, the others wait."""
        connector = self._bench.connector(route.target)
        if not isinstance(connector, OpensConversations):
            raise Rejected(f"{connector.title} has no conversation to answer in")
        self._claim_opening(route)
        key = contact_key(route.session, route.source)
        try:
            with self._bench.calling(route.target):
                opened = connector.open(key, route.session.contact, part, route.target, self._bench.http)
        except DeliveryError:
            route.session = self._bench.revise_session(
                route.session, lambda session: replace(session, opening_until=None)
            )
            raise
        route.session = self._bench.revise_session(
            route.session,
            lambda session: replace(session, conversation=opened.conversation, opening_until=None),
        )
        if opened.delivered is None and opened.conversation.status is ConversationStatus.PENDING:
            raise NotYet("the conversation is not active yet")
        return opened

    def _claim_opening(self, route: Route) -> None:
        now = self._bench.clock.now()
        until = route.session.opening_until
        if until is not None and until > now:
            raise NotYet("another message is opening the conversation", after=1.0)
        try:
            route.session = self._bench.save_session(
                replace(route.session, conversation=None, opening_until=now + timedelta(seconds=schedule.OPENING))
            )
        except Conflict:
            raise NotYet("another message is opening the conversation", after=1.0) from None
