"""A messenger reports that a message failed which was not recorded under its id: it is looked for in the ledger.

That happens where the platform's agents see failures as notes, or not at all (`sent_records`). Failures are rare, so it
is cheaper to look through a conversation then than to record every message.
"""

from __future__ import annotations

from patchbay.bridge.context import Context
from patchbay.bridge.delivery_states import DeliveryProgress
from patchbay.bridge.ledger import Outcome
from patchbay.bridge.sent_records import is_recorded
from patchbay.bridge.service_calls import ServiceCalls
from patchbay.domain.accounts import Connection
from patchbay.domain.errors import NotYet
from patchbay.domain.events import ReceiptReceived, group_thread
from patchbay.domain.model import Conversation, Session, Side
from patchbay.kit.abilities import ReportsFailures
from patchbay.kit.failures import Failure


class UnrecordedFailures:
    def __init__(self, context: Context, calls: ServiceCalls) -> None:
        self._context = context
        self._calls = calls

    def report(self, event: ReceiptReceived, messenger: Connection) -> str | None:
        """Reports it once. The answer is why it could not be shown, "" when it was; None when it is another message's.

        Raises a DeliveryError.
        """
        found = self._find_author(event, messenger)
        if found is None:
            return None
        session, author = found
        if session.conversation is None:
            raise NotYet("the author's conversation is being opened again")
        if not self._was_sent(event.message_id, author, session.conversation):
            return None
        delivery, in_flight = self._context.ledger.claim(event.ledger_key, self._context.clock.now(), counted=False)
        if delivery.outcome is not None:
            return ""
        progress = DeliveryProgress(delivery, was_in_flight=in_flight)
        problem = self._show(event, author, session.conversation)
        progress.end(Outcome.DELIVERED)
        self._context.ledger.save(progress.record)
        self._context.telemetry.count("Failed", event.origin.service)
        return problem

    def is_possible(self, event: ReceiptReceived, messenger: Connection) -> bool:
        """Whether such a message may be one of ours that is not found: of an earlier conversation, say."""
        return self._find_author(event, messenger) is not None

    def _find_author(self, event: ReceiptReceived, messenger: Connection) -> tuple[Session, Connection] | None:
        if messenger.side is not Side.MESSENGER or not event.message_id:
            return None
        session = self._context.sessions.of_contact(messenger.id, event.thread)
        author = self._context.connections.connection(session.platform_connection) if session else None
        if session is None or author is None or is_recorded(self._context, author, messenger):
            return None
        return session, author

    def _was_sent(self, message_id: str, author: Connection, conversation: Conversation) -> bool:
        """Whether a message of the conversation has such a part."""
        for thread in dict.fromkeys((conversation.external_id, *conversation.aliases)):
            group = group_thread(author.endpoint_id, author.account, thread)
            for delivery in self._context.ledger.of_thread(group):
                if any(message_id in {part.external_id, *part.aliases} for part in delivery.parts):
                    return True
        return False

    def _show(self, event: ReceiptReceived, author: Connection, conversation: Conversation) -> str:
        connector = self._context.connector(author)
        if not isinstance(connector, ReportsFailures):
            return f"{connector.title} cannot show that a message failed"
        failure = Failure(reason=event.reason or "the messenger could not show the message")
        self._calls.admit(author.id)
        with self._calls.reading(author) as http:
            connector.report_failure(failure, "", conversation, author, http)
        return ""
