"""Which receipts and typing a service can show, and which are therefore wanted from the other side."""

from __future__ import annotations

from patchbay.domain.accounts import Connection
from patchbay.domain.feedback import FeedbackKind
from patchbay.kit.abilities import ReportsFailures, SendsReceipts, SendsTyping
from patchbay.kit.contract import Connector


def list_shown(connector: Connector, connection: Connection) -> frozenset[FeedbackKind]:
    """What the service shows its own people of the other side: of their messages, and that somebody is typing."""
    shown: set[FeedbackKind] = set()
    if isinstance(connector, SendsReceipts):
        shown |= {FeedbackKind(state.value) for state in connector.list_shown_states(connection)}
    if isinstance(connector, SendsReceipts | ReportsFailures):
        shown.add(FeedbackKind.FAILED)
    if isinstance(connector, SendsTyping) and connector.capabilities.typing:
        shown.add(FeedbackKind.TYPING)
    return frozenset(shown)
