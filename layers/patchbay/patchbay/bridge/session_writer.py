"""Sessions: found by any id of their conversation, and written so that no other writer's change is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from patchbay.bridge.ports import Clock, Sessions
from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Conflict, Transient
from patchbay.domain.model import Contact, Conversation, ConversationStatus, Session

_REVISIONS = 4  #: more writers than that never meet on one contact


class SessionWriter:
    def __init__(self, sessions: Sessions, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock

    def save(self, session: Session) -> Session:
        """Raises Conflict when another writer was faster."""
        now = self._clock.now()
        pending = session.conversation is not None and session.conversation.status is ConversationStatus.PENDING
        since = (session.pending_since or now) if pending else None
        return self._sessions.save(replace(session, updated_at=now, pending_since=since))

    def revise(self, session: Session, change: Callable[[Session], Session]) -> Session:
        """Saves a change that must not get lost: when another writer was faster, it is made to what they wrote."""
        for _ in range(_REVISIONS):
            try:
                return self.save(change(session))
            except Conflict:
                stored = self._sessions.of_contact(session.messenger_connection, session.contact.external_id)
                if stored is None or stored.contact.external_id != session.contact.external_id:
                    raise Transient("the contact's session is gone: the message starts over") from None
                session = stored
        return self.save(change(session))

    def keep(self, session: Session) -> bool:
        """Renews the time for which the session is kept. False, and usually no write, when that was done today."""
        try:
            kept = self._sessions.keep(session, self._clock.now())
        except Conflict:
            return False  # another writer has just renewed it
        return kept.kept_since != session.kept_since


def find_session(sessions: Sessions, source: Connection, thread: str, aliases: tuple[str, ...]) -> Session | None:
    """The session of a platform's conversation, under any of the ids that the service uses for it.

    The conversation was opened with this platform; the contact may talk with another one by now.
    """
    for conversation_id in dict.fromkeys((thread, *aliases)):
        session = sessions.of_conversation(source.id, conversation_id)
        if session is not None:
            return session
    return None


def find_own_session(sessions: Sessions, source: Connection, thread: str, aliases: tuple[str, ...]) -> Session | None:
    """`find_session`, unless the contact talks with another platform by now, which is no business of this one."""
    session = find_session(sessions, source, thread, aliases)
    return session if session is not None and session.platform_connection == source.id else None


def begin_session(
    messenger: Connection,
    platform: Connection | None,
    contact: Contact,
    now: datetime,
    erased_at: datetime | None,
    *,
    thread: str = "",
    aliases: tuple[str, ...] = (),
) -> Session:
    """Of a contact who is new, or was erased. They are reached as `thread`, and have the `aliases` besides.

    Without a `platform` it gets one with the contact's first message.
    """
    reached = thread or contact.external_id
    others = tuple(one for one in dict.fromkeys((contact.external_id, *aliases)) if one != reached)
    return Session(
        messenger_connection=messenger.id,
        contact=contact,
        platform_connection=platform.id if platform else "",
        thread=Conversation(external_id=reached, aliases=others),
        updated_at=now,
        erased_at=erased_at,
        ids_since=now if others else None,
    )
