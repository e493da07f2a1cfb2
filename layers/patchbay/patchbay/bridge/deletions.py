"""What was deleted on a platform is deleted with us: our copies of files, and what a messenger keeps for us."""

from __future__ import annotations

from collections.abc import Sequence

from patchbay.bridge import retry_policy
from patchbay.bridge.attempt import Attempt, Route
from patchbay.bridge.context import Context
from patchbay.bridge.ledger import Carried
from patchbay.bridge.outcomes import DONE, Defer, Disposition
from patchbay.bridge.service_calls import AccountRefused, ServiceCalls
from patchbay.bridge.session_writer import find_session
from patchbay.bridge.skipped_events import record_skipped
from patchbay.domain.accounts import Connection
from patchbay.domain.errors import DeliveryError, Rejected
from patchbay.domain.events import ContentErased
from patchbay.domain.model import Session
from patchbay.kit.abilities import DeletesMessages


class Deletions:
    def __init__(self, context: Context, calls: ServiceCalls) -> None:
        self._context = context
        self._calls = calls

    def note(self, attempt: Attempt, route: Route) -> None:
        """After a delivery: records which messages and files are copies, where the platform reports deletions."""
        platform = route.target if route.to_platform else route.source
        if attempt.leaves_nothing or not self._context.connector(platform).behavior.reports_deletions:
            return
        event, here = attempt.event, (attempt.event.message.external_id,)
        there = tuple(one for part in attempt.delivery.parts for one in (part.external_id, *part.aliases))
        carried = Carried(
            event_id=event.id,
            platform_ids=there if route.to_platform else here,
            messenger_ids=here if route.to_platform else there,
            files=tuple(copy.token for copy in attempt.delivery.files),
        )
        thread = route.target_conversation.external_id if route.to_platform else event.thread
        self._context.ledger.note_carried(platform.id, thread, carried)

    def erase(self, event: ContentErased, source: Connection) -> Disposition:
        """One message, or all that was carried into and out of the conversation."""
        carried = self._context.ledger.carried(source.id, event.thread)
        meant = [one for one in carried if not event.message_id or event.message_id in one.platform_ids]
        if not meant and (self._context.clock.now() - event.occurred_at).total_seconds() < retry_policy.UNKNOWN_NEWS:
            return Defer(retry_policy.UNKNOWN_NEWS, "the message is not recorded yet")
        if not meant:
            record_skipped(self._context.telemetry, event, "no delivered message is recorded for it")
            return DONE
        session = find_session(self._context.sessions, source, event.thread, event.aliases)
        try:
            if session is not None:
                self._erase_on_messenger(session, meant)
        except (AccountRefused, DeliveryError) as failure:
            age = (self._context.clock.now() - event.occurred_at).total_seconds()
            if age < retry_policy.GIVE_UP_AFTER and not isinstance(failure, Rejected):
                return Defer(retry_policy.feedback_delay(age, self._context.random), str(failure))
            self._context.telemetry.warning("content not erased", event=event.id, reason=str(failure))
            self._context.telemetry.count("DeletionFailed", source.service)
        for one in meant:
            self._erase_files(one)
            self._context.ledger.forget_carried(source.id, event.thread, one.event_id)
        self._context.telemetry.info("content erased", event=event.id, connection=source.id, messages=len(meant))
        return DONE

    def _erase_on_messenger(self, session: Session, meant: Sequence[Carried]) -> None:
        """Most messengers keep messages only on the customer's own phone, where they cannot be deleted."""
        messenger = self._context.connections.connection(session.messenger_connection)
        if messenger is None:
            return
        connector = self._context.connector(messenger)
        ids = [message_id for one in meant for message_id in one.messenger_ids if message_id]
        if ids and isinstance(connector, DeletesMessages):
            with self._calls.reading(messenger) as http:
                connector.delete_messages(ids, session.thread, messenger, http)

    def _erase_files(self, carried: Carried) -> None:
        for token in carried.files:
            self._context.media.erase(token)
