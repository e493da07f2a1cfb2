"""Carrying receipts back.

None is worth holding up a message for, so they travel in a queue group of their own.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import chain

from patchbay.bridge import retry_policy
from patchbay.bridge.context import Context
from patchbay.bridge.credential_retries import CHECK_AFTER
from patchbay.bridge.credentials import Credentials
from patchbay.bridge.ledger import Cause, Sent
from patchbay.bridge.outcomes import DONE, Defer, Disposition
from patchbay.bridge.reply_window import is_closed
from patchbay.bridge.service_calls import AccountRefused, ServiceCalls
from patchbay.bridge.skipped_events import record_skipped
from patchbay.bridge.time_budget import TimeBudget
from patchbay.bridge.unrecorded_failures import UnrecordedFailures
from patchbay.domain.accounts import Connection
from patchbay.domain.errors import DeliveryError, NotYet, Rejected
from patchbay.domain.events import ReceiptReceived
from patchbay.domain.model import Conversation, ReceiptState, Side
from patchbay.domain.receipts import advances
from patchbay.kit.abilities import ReportsFailures, SendsReceipts
from patchbay.kit.failures import Failure
from patchbay.kit.feedback import list_shown

#: By connection and thread, as looked up for one receipt; None for a conversation that is gone.
_Conversations = dict[tuple[str, str], Conversation | None]


class Feedback:
    def __init__(self, context: Context, budget: TimeBudget, calls: ServiceCalls, credentials: Credentials) -> None:
        self._context = context
        self._budget = budget
        self._calls = calls
        self._credentials = credentials
        self._unrecorded = UnrecordedFailures(context, calls)

    def carry_receipt(self, event: ReceiptReceived, connection: Connection, enqueued_at: datetime) -> Disposition:
        """Reports to the message's author how far it got. `connection` is where the message was delivered."""
        age = (self._context.clock.now() - enqueued_at).total_seconds()
        conversations: _Conversations = {}
        try:
            self._count_price(event, connection)
            covered = self._covered(event, connection)
            if covered is None:
                return self._carry_unrecorded(event, connection, age)
            for sent in covered:
                if self._budget.is_spent:  # what is recorded is not looked at again
                    return Defer(0, "the receipt covers more messages than the function has time for: the rest follows")
                self._advance(event, sent, conversations)
        except AccountRefused as refusal:
            return self._await_owner(event, refusal, age)
        except DeliveryError as failure:
            if isinstance(failure, Rejected) or age > retry_policy.GIVE_UP_AFTER:
                return self._give_up(event, str(failure))
            if isinstance(failure, NotYet):
                return Defer(retry_policy.unready_delay(failure.after, age), str(failure))
            return Defer(retry_policy.feedback_delay(age, self._context.random), str(failure))
        return DONE

    def _count_price(self, event: ReceiptReceived, connection: Connection) -> None:
        """What counts it is loaded with the first receipt of a messenger that charges."""
        if event.price is not None:
            from patchbay.bridge.price_reports import count_price

            count_price(self._context, event, connection)

    def _give_up(self, event: ReceiptReceived, reason: str) -> Disposition:
        """A late receipt is worth little, but a failed message must not go unseen."""
        if event.state is ReceiptState.FAILED:
            self._note_unreported(event, reason)
        else:
            record_skipped(self._context.telemetry, event, f"the receipt could not be forwarded: {reason}")
        return DONE

    def _note_unreported(self, event: ReceiptReceived, reason: str) -> None:
        service = event.origin.service
        self._context.telemetry.error("failure not reported", event=event.id, service=service, reason=reason)
        self._context.telemetry.count("UnreportedFailures", service)

    def _await_owner(self, event: ReceiptReceived, refusal: AccountRefused, age: float) -> Disposition:
        if age > retry_policy.GIVE_UP_AFTER:
            return self._give_up(event, str(refusal))
        if self._credentials.renew(refusal.connection):
            return Defer(1.0, str(refusal))
        if self._credentials.is_momentary(refusal.connection):
            return Defer(CHECK_AFTER, str(refusal), Cause.UNAUTHORIZED)
        self._credentials.mark_refused(refusal.connection, str(refusal))
        return Defer(retry_policy.authorization_delay(age), str(refusal))

    def _carry_unrecorded(self, event: ReceiptReceived, connection: Connection, age: float) -> Disposition:
        """A receipt can be faster than our own record of the message.

        Or it is for a message that is not ours: some services also report that a customer's own message arrived. So it
        is checked once more and no more, unless the ledger knows that message. A failure may also be of a message for
        which no record was made.
        """
        failed = event.state is ReceiptState.FAILED
        if event.own_key and self._context.ledger.find(event.own_key):
            record_skipped(self._context.telemetry, event, "a receipt for a message that came from there")
            return DONE
        problem = self._unrecorded.report(event, connection) if failed else None
        if problem is None and age < (retry_policy.UNKNOWN_FAILURE if failed else retry_policy.UNKNOWN_RECEIPT):
            return Defer(retry_policy.UNKNOWN_RECEIPT, "the message is not recorded yet")
        if problem is None and failed and self._unrecorded.is_possible(event, connection):
            problem = "the message is not one of the present conversation"
            self._context.telemetry.count("Failed", event.origin.service)
        if problem is None:
            self._confirm_part(event, connection)
            record_skipped(self._context.telemetry, event, "a receipt for a message that Patchbay did not deliver")
            return DONE
        if problem:
            self._note_unreported(event, problem)
        return DONE

    def _confirm_part(self, event: ReceiptReceived, connection: Connection) -> None:
        """Its answer was lost, so that it counts as uncertain: what looks for it finds it under its key."""
        if event.part_key and event.state is not ReceiptState.FAILED:
            confirmed = Sent(
                connection_id=connection.id,
                external_id=event.part_key,
                thread=event.thread,
                source_connection="",
                source_thread="",
                source_message_id=event.message_id,
                sent_at=event.occurred_at,
            )
            self._context.ledger.index(confirmed, by_thread=False)

    def _covered(self, event: ReceiptReceived, connection: Connection) -> Iterable[Sent] | None:
        """Oldest first, as the person read them; None when there is no record of the message (yet)."""
        if not event.message_id:
            return self._context.ledger.sent_until(connection.id, event.thread, event.occurred_at, event.state)
        sent = self._context.ledger.sent(connection.id, event.message_id)
        if sent is None:
            return None
        earlier = self._context.ledger.sent_before(sent, event.state) if event.covers_earlier else ()
        return chain(earlier, [sent])

    def _advance(self, event: ReceiptReceived, sent: Sent, conversations: _Conversations) -> None:
        """Passes it on first and records it afterwards: a receipt that comes twice is harmless, a lost one is not."""
        if not advances(sent.state, event.state):
            return
        author = self._context.connections.connection(sent.source_connection)
        if not self._is_of_use(event, author):
            return
        if author is not None and (sent.closing or event.state is ReceiptState.FAILED):
            self._notify_author(event, sent, author, conversations)
        self._context.ledger.advance(sent, event.state)
        failed = event.state is ReceiptState.FAILED
        log = self._context.telemetry.info if failed else self._context.telemetry.detail  # one may cover thousands
        log(
            "receipt forwarded",
            event=event.id,
            kind=event.kind,
            service=event.origin.service,
            connection=sent.source_connection,
            state=event.state.value,
            reason=event.reason or None,
        )
        if failed:
            self._context.telemetry.count("Failed", event.origin.service)

    def _is_of_use(self, event: ReceiptReceived, author: Connection | None) -> bool:
        """Whether the author sees such receipts. A failure is the owner's concern, too."""
        if event.state is ReceiptState.FAILED or author is None:
            return True
        return event.feedback in list_shown(self._context.connector(author), author)

    def _notify_author(
        self, event: ReceiptReceived, sent: Sent, author: Connection, conversations: _Conversations
    ) -> None:
        connector = self._context.connector(author)
        where = (author.id, sent.source_thread)
        if where not in conversations:  # one receipt may cover thousands of messages of one conversation
            conversations[where] = self._author_conversation(sent, author)
        conversation = conversations[where]
        failed = event.state is ReceiptState.FAILED
        if conversation is None:
            if failed:
                self._note_unreported(event, "the author's conversation was not found")
            return
        self._calls.admit(author.id)
        with self._calls.reading(author) as http:
            if failed and isinstance(connector, ReportsFailures):
                failure = Failure(reason=event.reason or "the messenger could not show the message")
                connector.report_failure(failure, sent.source_message_id, conversation, author, http)
            elif isinstance(connector, SendsReceipts):
                connector.send_receipt(event.state, sent.source_message_id, conversation, author, http)
            elif failed:
                self._note_unreported(event, f"{connector.title} cannot show that a message failed")

    def _author_conversation(self, sent: Sent, author: Connection) -> Conversation | None:
        if author.side is Side.MESSENGER:
            return self._find_thread(sent, author)
        session = self._context.sessions.of_conversation(author.id, sent.source_thread)
        if session is None:
            return None
        if session.platform_connection != author.id:  # what is known of the conversation by now is another platform's
            return Conversation(external_id=sent.source_thread)
        if session.conversation is None:
            raise NotYet("the author's conversation is being opened again")
        return session.conversation

    def _find_thread(self, sent: Sent, author: Connection) -> Conversation | None:
        """Where there is a reply window, the session knows more of the thread, and that it may be too late."""
        thread = Conversation(external_id=sent.source_thread)
        if self._context.connector(author).behavior.reply_window is None:
            return thread
        session = self._context.sessions.of_contact(author.id, sent.source_thread)
        if session is None:
            return thread
        return None if is_closed(session, self._context.clock.now()) else session.thread
