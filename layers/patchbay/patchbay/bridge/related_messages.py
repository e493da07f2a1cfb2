"""The message that another one is about, by its ids on the other side. The ledger has them, and no words.

What came from there itself is in the ledger's entry of its event. What we delivered there is recorded under its id,
where that is of use (`sent_records`). So an ordinary message costs no call to the store for this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from patchbay.bridge import retry_policy
from patchbay.bridge.attempt import Attempt, Route
from patchbay.bridge.context import Context
from patchbay.bridge.ledger import Delivery
from patchbay.bridge.threads import list_ledger_keys
from patchbay.domain.errors import NotYet
from patchbay.domain.model import Delivered
from patchbay.domain.references import Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """All parts of the message, by the destination's ids."""

    parts: tuple[Delivered, ...]
    delivered_at: datetime

    @property
    def ids(self) -> tuple[str, ...]:
        """One for each part."""
        return tuple(part.external_id for part in self.parts)

    @property
    def all_ids(self) -> tuple[str, ...]:
        """With those of all files of albums."""
        return tuple(one for part in self.parts for one in (part.external_id, *part.aliases))


class RelatedMessages:
    def __init__(self, context: Context) -> None:
        self._context = context

    def find_quoted(self, attempt: Attempt, route: Route) -> str:
        """The destination's id of the message that this one answers or changes; "" for one that never went there.

        It is looked up once: every attempt has to show the quote in the same way. Raises NotYet for a moment in which
        our record of that message may still be on its way.
        """
        message = attempt.event.message
        answered = message.change.target if message.change else message.reply_to
        if answered is None:
            return ""
        if attempt.delivery.refers_to is None:
            related = self.find(answered, attempt, route)
            attempt.progress.keep_reference(related.ids[:1] if related else ())
            self._context.ledger.save(attempt.delivery)
        return "".join(attempt.delivery.refers_to or ())

    def find(self, reference: Reference, attempt: Attempt, route: Route) -> Related | None:
        """None for a message that never went to where this one goes. Raises NotYet as `find_quoted` does."""
        found = self._find_own(reference, attempt, route) or self._find_delivered(reference, route)
        if found is None:
            self._wait_a_moment(attempt)
        return found

    def _wait_a_moment(self, attempt: Attempt) -> None:
        waited = (self._context.clock.now() - attempt.delivery.first_attempt_at).total_seconds()
        if waited < retry_policy.UNKNOWN_RECEIPT:
            raise NotYet("the message that this one is about is not recorded yet", after=retry_policy.UNKNOWN_RECEIPT)

    def await_own(self, reference: Reference, attempt: Attempt) -> None:
        """Raises NotYet for a moment while a message that came from the same side has not been carried.

        Webhooks that were sent side by side may be queued the wrong way round. Together they are put right.
        """
        if reference.event_id and self._find_entry(reference, attempt) is None:
            self._wait_a_moment(attempt)

    def list_copies(self, reference: Reference, attempt: Attempt) -> Sequence[str]:
        """The tokens of our copies of the files of a message that came from the same side."""
        entry = self._find_entry(reference, attempt)
        return [copy.token for copy in entry.files] if entry else []

    def _find_own(self, reference: Reference, attempt: Attempt, route: Route) -> Related | None:
        """A message that came from the same side."""
        entry = self._find_entry(reference, attempt)
        if entry is None or entry.target != route.target.id:
            return None
        named = bool(entry.parts) and all(part.external_id for part in entry.parts)
        return Related(parts=entry.parts, delivered_at=entry.first_attempt_at) if named else None

    def _find_entry(self, reference: Reference, attempt: Attempt) -> Delivery | None:
        """Also what came under another id of the contact."""
        if not reference.event_id:
            return None
        keys: tuple[str, ...] = (f"{attempt.event.thread_group}#{reference.event_id}",)
        if attempt.route is not None and attempt.route.to_platform:
            keys = list_ledger_keys(attempt.event, attempt.route.session, reference.event_id)
        found = (self._context.ledger.find(key) for key in keys)
        return next(filter(None, found), None)

    def _find_delivered(self, reference: Reference, route: Route) -> Related | None:
        """A message of the other side, in the same conversation: a service may name any that it has."""
        sent = self._context.ledger.sent(route.source.id, reference.message_id) if reference.message_id else None
        if sent is None or sent.source_connection != route.target.id or not sent.source_message_id:
            return None
        there = route.target_conversation
        if sent.source_thread not in {there.external_id, *there.aliases}:
            return None
        return Related(parts=(Delivered(external_id=sent.source_message_id),), delivered_at=sent.sent_at)
