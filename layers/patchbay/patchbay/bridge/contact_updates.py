"""Changed profiles: what is known of a contact is shown to the platform's agents, and never holds up a message."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from patchbay.bridge.context import Context
from patchbay.bridge.optional_calls import PAUSE
from patchbay.bridge.service_calls import AccountRefused, ServiceCalls
from patchbay.bridge.skipped_events import record_skipped
from patchbay.domain.accounts import Connection
from patchbay.domain.errors import DeliveryError, NotYet, QueueRefused, Transient
from patchbay.domain.events import ContactChanged, MessageReceived, make_event_id
from patchbay.domain.model import Contact, Session
from patchbay.kit.abilities import UpdatesContacts


class ContactUpdates:
    """Of one container. Threads share it."""

    def __init__(self, context: Context, calls: ServiceCalls) -> None:
        self._context = context
        self._calls = calls
        self._paused_until: dict[str, datetime] = {}  #: by connection, after a profile could not be shown there

    def show(self, session: Session, target: Connection, *, briefly: bool = False) -> None:
        """Shows the agents who it is. Raises a DeliveryError when that is worth another try.

        `briefly`: a message is waiting meanwhile.
        """
        connector = self._context.connector(target)
        if session.conversation is None or not isinstance(connector, UpdatesContacts):
            return
        try:
            reading = self._calls.reading_briefly if briefly else self._calls.reading
            with reading(target, session) as http:
                connector.update_contact(session.contact, session.conversation, target, http)
        except (NotYet, Transient, AccountRefused):
            raise
        except DeliveryError as failure:
            self._record_not_shown(target, str(failure))

    def show_beside(self, event: MessageReceived, session: Session, target: Connection) -> bool:
        """Whether it was shown while its message waits. If not, it is tried again beside the messages."""
        now = self._context.clock.now()
        if now < self._paused_until.get(target.id, now):
            return False
        try:
            self.show(session, target, briefly=True)
        except DeliveryError as failure:
            self._paused_until[target.id] = now + timedelta(seconds=PAUSE)
            self.show_later(event, session.contact, target, str(failure))
            return False
        return True

    def show_later(self, event: MessageReceived, contact: Contact, target: Connection, reason: str) -> None:
        """The agents do not see yet who it is: that is tried again beside the messages."""
        self._record_not_shown(target, reason)
        self.retry_beside(
            ContactChanged(
                id=event.id, origin=event.origin, thread=event.thread, occurred_at=event.occurred_at, contact=contact
            )
        )

    def retry_beside(self, event: ContactChanged) -> bool:
        """Queues the change once more, beside the thread's messages. False when the queue does not take it."""
        try:
            again = replace(event, id=make_event_id("aside", event.origin, event.id), aside=True)
            self._context.producer.send([again])
        except QueueRefused as refusal:
            record_skipped(self._context.telemetry, event, str(refusal))
            return False
        return True

    def _record_not_shown(self, target: Connection, reason: str) -> None:
        self._context.telemetry.warning(
            "contact not updated", connection=target.id, service=target.service, reason=reason
        )


def merge_contact(known: Contact, reported: Contact) -> Contact:
    """What is reported replaces what is known; what is not reported stays."""
    return replace(
        known,
        name=reported.name or known.name,
        avatar_url=reported.avatar_url or known.avatar_url,
        phone=reported.phone or known.phone,
        email=reported.email or known.email,
        language=reported.language or known.language,
        person=reported.person or known.person,
        country=reported.country or known.country,
        reference=reported.reference or known.reference,
        reachable=reported.reachable,
        unreachable_reason=reported.unreachable_reason,
    )
