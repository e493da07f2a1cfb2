"""Which message of a contact's is the newest: some messengers show typing, and that it was read, on a message only."""

from __future__ import annotations

from dataclasses import replace

from patchbay.domain.events import MessageReceived
from patchbay.domain.model import Role, Session
from patchbay.kit.behavior import NEWEST, Behavior


def note_newest(session: Session, event: MessageReceived, behavior: Behavior) -> Session:
    """The session with the event's message as the newest, where that is of use. Pure."""
    message = event.message
    if not behavior.notes_newest or not message.external_id or message.sender.role is not Role.CONTACT:
        return session
    return replace(session, thread=replace(session.thread, state={**session.thread.state, NEWEST: message.external_id}))
