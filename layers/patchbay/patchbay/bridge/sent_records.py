"""Whether a part that is out is recorded under its id on the other side. The record costs as much as the message does.

Four have use for it: the author who can be informed of what the other side reports, the report of a failure that
refers to the author's message, the answer that quotes it, and the webhook that may be an echo. Where none of them is, a
failure that the messenger reports is found without it (`unrecorded_failures`).
"""

from __future__ import annotations

from patchbay.bridge.context import Context
from patchbay.domain.accounts import Connection
from patchbay.domain.feedback import FeedbackKind
from patchbay.domain.model import ReceiptState, Side
from patchbay.kit.abilities import ReportsFailures
from patchbay.kit.capabilities import Capabilities
from patchbay.kit.feedback import list_shown


def is_recorded(context: Context, author: Connection, target: Connection) -> bool:
    """Of the parts that `author`'s people write and `target` delivers."""
    behavior = context.connector(target).behavior
    if behavior.echoes or shows_sent(context, author):
        return True
    if behavior.reports_references and _shows_references(context.connector(author).capabilities):
        return True
    shown = list_shown(context.connector(author), author) - {FeedbackKind.FAILED}
    if shown & {FeedbackKind(state.value) for state in behavior.receipt_states}:
        return True
    return ReceiptState.FAILED in behavior.receipt_states and _needs_record_of_failures(context, author, target)


def shows_sent(context: Context, author: Connection) -> bool:
    """Whether the author still has to hear that a part was sent; elsewhere that is its state already."""
    return FeedbackKind.SENT in list_shown(context.connector(author), author)


def covers_earlier(context: Context, target: Connection) -> bool:
    """Whether the record must be found by its thread, too."""
    return context.connector(target).behavior.receipts_cover_earlier


def _shows_references(can: Capabilities) -> bool:
    """Those to a message of the side's own: a customer's answer to it, or reaction."""
    return can.quotes or can.reactions is not None


def _needs_record_of_failures(context: Context, author: Connection, target: Connection) -> bool:
    """A platform's failures name no conversation that leads to the message, and a report may refer to the message."""
    if target.side is Side.PLATFORM:
        return True
    connector = context.connector(author)
    return isinstance(connector, ReportsFailures) and not connector.behavior.failures_as_notes
