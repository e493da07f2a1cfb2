"""Until when agents may answer freely: what the session knows of it. Pure.

Not each message of a customer is worth a write. So the session's time is renewed when it is some minutes behind, and
for as long after it the messenger itself is asked: by sending the message, which it may refuse. Where each message is
written down anyway, the time is exact: some messengers refuse a message only after they have taken it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from patchbay.domain.accounts import Connection
from patchbay.domain.events import MessageReceived
from patchbay.domain.model import Session
from patchbay.kit.template_settings import HOLD_HOURS

BEHIND = timedelta(minutes=10)  #: how far a session's time may be behind the messenger's
DEFAULT_HOURS = 72
MOST_HOURS = 14 * 24  #: copies of a message's files, and its entry in the ledger, are there for longer


def open_window(session: Session, event: MessageReceived, *, exact: bool = False) -> Session:
    """With the customer's latest message counted, where that makes enough of a difference; or always, if `exact`."""
    known, until = session.window_until, event.window_until
    if until is None:
        return session
    if exact:  # `is_closed` adds it again
        until -= BEHIND
    least = timedelta(0) if exact else BEHIND
    if known is not None and until - known < least:
        return session
    return replace(session, window_until=until)


def is_closed(session: Session, now: datetime) -> bool:
    """Whether it is certain that the messenger takes templates only."""
    return session.window_until is None or now >= session.window_until + BEHIND


def close_window(session: Session, believed: datetime | None, now: datetime) -> Session:
    """After the messenger has refused a message for it; unless the customer has written since `believed` was read."""
    if session.window_until != believed:
        return session
    return replace(session, window_until=min(believed, now - BEHIND) if believed else None)


def read_patience(messenger: Connection) -> timedelta:
    """How long messages are held on this connection."""
    given = messenger.setting(HOLD_HOURS)
    hours = int(given) if given.isascii() and given.isdecimal() and len(given) <= 4 else DEFAULT_HOURS
    return timedelta(hours=min(max(hours, 1), MOST_HOURS))
