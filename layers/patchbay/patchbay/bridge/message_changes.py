"""What is no new message of the other side's: a correction, a reaction, a deletion, and the owner's own words.

All of it takes the way of a message, and ends as one. Where the other side can, a change is shown on its message: to do
that again changes nothing, so nothing of it is ever in doubt. Else it goes on as a message of its own, in words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from patchbay.bridge.attempt import Attempt, Route
from patchbay.bridge.context import Context
from patchbay.bridge.prepare import Preparer
from patchbay.bridge.related_messages import Related, RelatedMessages
from patchbay.bridge.service_calls import ServiceCalls
from patchbay.domain.albums import Album
from patchbay.domain.errors import ConversationGone, Rejected
from patchbay.domain.model import Conversation, ConversationStatus, Part
from patchbay.domain.references import Change, ChangeKind
from patchbay.kit.abilities import DeletesMessages, EditsMessages, ShowsReactions
from patchbay.kit.contract import Connector

_REACTIONS = {ChangeKind.REACTION, ChangeKind.REACTION_REMOVED}


@dataclass(frozen=True, slots=True)
class Settled:
    """How a change ended, if it is not to be put in words. `reason` says why nobody sees it, "" where it is shown."""

    reason: str = ""


class MessageChanges:
    def __init__(self, context: Context, calls: ServiceCalls, preparer: Preparer) -> None:
        self._context = context
        self._calls = calls
        self._preparer = preparer
        self._related = RelatedMessages(context)

    def settle(self, attempt: Attempt, route: Route) -> Settled | None:
        """Shows a change in place. None for what goes on as a message, in words."""
        message = attempt.event.message
        change, from_elsewhere = message.change, attempt.is_from_elsewhere
        if change and change.kind not in _REACTIONS:
            self._related.await_own(change.target, attempt)
        if change and change.kind is ChangeKind.DELETION:
            self._erase_copies(attempt, change)
        says_something = change is None or change.kind is ChangeKind.EDIT
        is_open = not route.to_platform or _is_open(route.session.conversation)
        if not is_open and (from_elsewhere or not says_something):
            return Settled("it would open a conversation only to say so")
        if change and not attempt.delivery.parts and self._show_in_place(attempt, route, change):
            return Settled()
        is_notice = from_elsewhere or (change is not None and change.kind in _REACTIONS)
        if is_notice and not self._context.connector(route.target).capabilities.notices:
            return Settled("a bot would answer the line about it")
        return None

    def _erase_copies(self, attempt: Attempt, change: Change) -> None:
        """First of all: whatever becomes of the rest, our copies of its files are gone."""
        for token in self._related.list_copies(change.target, attempt):
            self._context.media.erase(token)

    def _show_in_place(self, attempt: Attempt, route: Route, change: Change) -> bool:
        """Whether the other side has taken it. What it refuses is put in words."""
        connector = self._context.connector(route.target)
        if not _can_show(connector, change):
            return False
        related = self._related.find(change.target, attempt, route)
        if related is None or not self._is_in_time(related, connector, change):
            return False
        try:
            return self._show(attempt, route, change, related)
        except (Rejected, ConversationGone) as refusal:
            self._context.telemetry.warning(
                "change not shown in place", event=attempt.event.id, service=route.target.service, reason=str(refusal)
            )
            return False

    def _is_in_time(self, related: Related, connector: Connector, change: Change) -> bool:
        can = connector.capabilities
        rule = {ChangeKind.EDIT: can.edits, ChangeKind.DELETION: can.deletions}.get(change.kind)
        if rule is None or rule.within is None:
            return True
        return (self._context.clock.now() - related.delivered_at).total_seconds() < rule.within

    def _show(self, attempt: Attempt, route: Route, change: Change, related: Related) -> bool:
        connector = self._context.connector(route.target)
        editing = change.kind is ChangeKind.EDIT
        parts = self._preparer.prepare(attempt, route, in_place=True).parts if editing else ()
        if editing and not _fits_in(parts, related, connector):
            return False  # some of the message would stay as it was, or have no place
        where, target = route.target_conversation, route.target
        sender = self._preparer.describe(attempt.event.message.sender, attempt)
        with self._calls.reading(target, route.session) as http:
            if isinstance(connector, EditsMessages) and editing:
                for message_id, part in zip(related.ids, parts, strict=True):
                    connector.edit_message(message_id, part, where, target, http)
            elif isinstance(connector, DeletesMessages) and change.kind is ChangeKind.DELETION:
                connector.delete_messages(related.all_ids, where, target, http)
            elif isinstance(connector, ShowsReactions):
                emoji = change.emoji if change.kind is ChangeKind.REACTION else ""
                connector.show_reaction(emoji, sender, related.ids[0], where, target, http)
        return True


def _fits_in(parts: Sequence[Part], related: Related, connector: Connector) -> bool:
    """Whether there is a message for each part, and a file of an album for each file."""
    if len(parts) != len(related.parts) or connector.capabilities.albums is None:
        return len(parts) == len(related.parts)
    sizes = (len(part.content.files) if isinstance(part.content, Album) else 1 for part in parts)
    return all(size == 1 + len(there.aliases) for size, there in zip(sizes, related.parts, strict=True))


def _can_show(connector: Connector, change: Change) -> bool:
    can = connector.capabilities
    match change.kind:
        case ChangeKind.EDIT:
            return can.edits is not None and isinstance(connector, EditsMessages)
        case ChangeKind.DELETION:
            return can.deletions is not None and isinstance(connector, DeletesMessages)
    takes = can.reactions is not None and (change.emoji in can.reactions.emojis or not can.reactions.emojis)
    return takes and isinstance(connector, ShowsReactions)


def _is_open(conversation: Conversation | None) -> bool:
    return conversation is not None and conversation.status is not ConversationStatus.ENDED
