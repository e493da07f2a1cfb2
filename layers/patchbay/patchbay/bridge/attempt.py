"""One try at carrying one message: what every step of it reads and moves on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from patchbay.bridge.delivery_states import DeliveryProgress
from patchbay.bridge.ledger import Delivery
from patchbay.domain.accounts import Connection
from patchbay.domain.events import MessageReceived
from patchbay.domain.held_place import HeldPlace
from patchbay.domain.model import Conversation, Role, Session, Side
from patchbay.domain.references import ChangeKind

if TYPE_CHECKING:
    from patchbay.bridge.held import Held


@dataclass(slots=True, kw_only=True)
class Route:
    """Where a message goes. `session` moves on while it is carried (opened, reopened, offers added)."""

    source: Connection
    target: Connection
    session: Session

    @property
    def to_platform(self) -> bool:
        return self.target.side is Side.PLATFORM

    @property
    def source_conversation(self) -> Conversation:
        """The thread on the side where the message was written."""
        if self.to_platform or self.session.conversation is None:
            return self.session.thread
        return self.session.conversation

    @property
    def target_conversation(self) -> Conversation:
        """The thread on the side where the message must be heard."""
        return (self.session.conversation if self.to_platform else None) or self.session.thread


@dataclass(slots=True, kw_only=True)
class Attempt:
    """One try at one message. What it achieves is put into `progress` at once, so that no failure loses it."""

    event: MessageReceived
    source: Connection
    started_at: datetime
    queued_at: datetime
    progress: DeliveryProgress
    route: Route | None = None
    home: Conversation | None = None  #: where its author reads, of a message that has no route
    held: HeldPlace | None = None  #: where it is held until the customer writes
    said: Sequence[Held] = ()  #: the held messages that it says, as a template

    @property
    def is_from_elsewhere(self) -> bool:
        """Whether somebody of the owner's has answered in the messenger itself: on their phone, say."""
        return self.source.side is Side.MESSENGER and self.event.message.sender.role is not Role.CONTACT

    @property
    def leaves_nothing(self) -> bool:
        """Whether it is a reaction or a deletion: its author has no message on which its own state could be shown."""
        change = self.event.message.change
        return change is not None and change.kind is not ChangeKind.EDIT

    @property
    def delivery(self) -> Delivery:
        """The ledger's entry as it would be saved now."""
        return self.progress.record
