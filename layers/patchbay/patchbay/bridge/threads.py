"""Contacts whom their messenger knows by several ids, or gives another one: they stay the same contact.

A session stays under the id by which the contact was first known, and every other id leads to it: what has been given
the first one, a platform as its reference above all, never has to hear of the others. What changes is where the contact
is reached, the session's `thread`. Services whose contacts have one id each pay nothing for this.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime

from patchbay.bridge.attempt import Attempt
from patchbay.bridge.contact_updates import merge_contact
from patchbay.bridge.context import Context
from patchbay.bridge.service_calls import AccountRefused, ServiceCalls
from patchbay.bridge.session_writer import SessionWriter, begin_session
from patchbay.domain.accounts import Connection
from patchbay.domain.errors import DeliveryError
from patchbay.domain.events import MessageReceived, group_thread
from patchbay.domain.model import Contact, Conversation, ConversationStatus, Session
from patchbay.kit.abilities import EndsConversations
from patchbay.kit.behavior import ContactIdentity

_MOST_ALIASES = 20  #: on a session, the newest; earlier ones lead to it all the same
_GOES_ON = "The customer's messages go on in another conversation"


@dataclass(frozen=True, slots=True)
class Found:
    """A contact by one of their ids. `home`: where they are kept, or are to be with `aliases`, if they are new."""

    home: str
    session: Session | None
    aliases: tuple[str, ...] = ()


class Threads:
    """Of one container. Threads share it."""

    def __init__(self, context: Context, calls: ServiceCalls, writer: SessionWriter) -> None:
        self._context = context
        self._calls = calls
        self._writer = writer

    def find(self, event: MessageReceived, messenger: Connection) -> Found:
        """Who has written. Ids that are news are noted, which costs once what it costs. Raises Conflict."""
        home, session = self._context.sessions.find(messenger.id, event.thread)
        known = {home, *(_list_ids(session) if session else ())}
        news = [one for one in dict.fromkeys((event.thread, *event.aliases)) if one not in known]
        moves = session is not None and session.thread.external_id in event.aliases
        if not (news or moves) or _is_of_before(event.occurred_at, session):
            return Found(home, session)
        session, ids = self._gather(session, news, set(event.aliases), messenger, event.occurred_at)
        if session is None:
            return Found(home, None, tuple(ids))
        return Found(session.contact.external_id, self._learn(session, event, (home, *ids)))

    def move(
        self,
        thread: str,
        moved_to: str,
        messenger: Connection,
        at: datetime,
        aliases: tuple[str, ...] = (),
    ) -> Session | None:
        """The session of the contact of `thread`, reached by `moved_to` since `at`. To say it twice changes nothing.

        It begins where there is none: their first message may be on its way, under the old id. None for a contact who
        was erased since. Raises Conflict.
        """
        sessions = self._context.sessions
        known, other = sessions.of_contact(messenger.id, thread), sessions.of_contact(messenger.id, moved_to)
        session = known or other or self._begin(messenger, (thread, moved_to), at)
        if session is None:
            return None
        if _is_of_before(at, known) or _is_of_before(at, other):
            return session
        present = moved_to
        if other is not None and known is None:
            present = other.thread.external_id  # it may have moved further, which has come first
        elif other is not None and not _are_same(known, other):
            session, present = self._merge(session, other, messenger), other.thread.external_id
            at = max(at, other.thread.status_at or at)
        news = [one for one in dict.fromkeys(aliases) if one not in {thread, moved_to, *_list_ids(session)}]
        gathered, more = self._gather(session, news, set(aliases), messenger, at)
        session, ids = gathered or session, (thread, moved_to, present, *more)
        if _move(session, present, ids, at) == session:
            return session
        now = self._context.clock.now()
        if not session.version:
            return self._writer.save(replace(_move(session, present, ids, at), ids_since=now))
        return self._writer.revise(session, lambda one: replace(_move(one, present, ids, at), ids_since=now))

    def is_carried(self, attempt: Attempt, session: Session) -> bool:
        """Whether the same message has come under another id of the contact: before that was known to be theirs.

        Of two that look at each other, the one that came first goes on.
        """
        event = attempt.event
        if session.ids_since is None or event.occurred_at > session.ids_since:
            return False
        for key in list_ledger_keys(event, session, event.ledger_id)[1:]:
            entry = self._context.ledger.find(key)
            mine = (attempt.delivery.first_attempt_at, event.ledger_key)
            if entry is not None and (entry.first_attempt_at, key) < mine:
                return True
        return False

    # --- ids that belong together ------------------------------------------------------------------------------------

    def _gather(
        self, session: Session | None, news: Sequence[str], named: Set[str], messenger: Connection, at: datetime
    ) -> tuple[Session | None, list[str]]:
        """The contact's session, joined with those of contacts who turn out to be the same; the ids that are theirs.

        Who is reached by an id that is not `named` is another contact, who had one of the others before: a number, say.
        """
        ids = []
        for one in news:
            other = self._context.sessions.of_contact(messenger.id, one)
            if other is not None and not _are_same(session, other):
                if other.thread.external_id in named and not _is_of_before(at, other):
                    session = other if session is None else self._join(session, other, messenger)
                elif not self._take_away(other, one):
                    continue
            ids.append(one)
        return session, ids

    def _take_away(self, other: Session, alias: str) -> bool:
        """An id that another contact had before: a phone number. False where that contact was first known by it."""
        if other.contact.external_id == alias:
            return False
        self._writer.revise(other, lambda one: replace(one, thread=_without(one.thread, alias)))
        return True

    def _join(self, one: Session, other: Session, messenger: Connection) -> Session:
        """The older one goes on."""
        older, newer = sorted((one, other), key=lambda session: session.opened_at or session.updated_at)
        return self._merge(older, newer, messenger)

    def _learn(self, session: Session, event: MessageReceived, ids: Iterable[str]) -> Session:
        """An id by which the contact writes takes the place of one that stands beside it only."""

        def change(session: Session) -> Session:
            thread = session.thread
            present = event.thread if thread.external_id in event.aliases else thread.external_id
            return replace(session, thread=_reach(thread, present, ids), ids_since=self._context.clock.now())

        return self._writer.revise(session, change)

    def _merge(self, session: Session, other: Session, messenger: Connection) -> Session:
        """Both are one contact: the first goes on, with what is known of the other, whose conversation ends.

        What an agent still writes there reaches the contact. Where only the other's conversation is open, that goes on.
        """
        takes_over = self._can_take_over(session, other)
        if not takes_over:
            self._end(other)
        self._context.sessions.redirect(messenger.id, other.contact.external_id, session.contact.external_id, other)
        self._context.telemetry.info(
            "contacts joined", connection=messenger.id, service=messenger.service, group=_name_group(messenger, session)
        )
        now = self._context.clock.now()
        return self._writer.revise(
            session, lambda session: replace(_add(session, other, takes_over=takes_over), ids_since=now)
        )

    def _can_take_over(self, session: Session, other: Session) -> bool:
        """Not where calls are made in the name of the other contact."""
        platform = self._context.connections.connection(session.platform_connection)
        if platform is None or other.platform_connection != platform.id or _is_open(session) or not _is_open(other):
            return False
        identity = self._context.connector(platform).behavior.contact_identity
        return identity is not ContactIdentity.AUTHENTICATED

    def _end(self, session: Session) -> None:
        """Best effort: what is worth more is that the contact's next message finds one conversation."""
        conversation = session.conversation
        platform = self._context.connections.connection(session.platform_connection)
        if conversation is None or platform is None or not _is_open(session):
            return
        connector = self._context.connector(platform)
        if not isinstance(connector, EndsConversations):
            return
        try:
            with self._calls.reading(platform, session) as http:
                connector.end_conversation(_GOES_ON, conversation, platform, http)
        except (AccountRefused, DeliveryError) as failure:
            self._context.telemetry.warning(
                "conversation not ended", connection=platform.id, service=platform.service, reason=str(failure)
            )

    def _begin(self, messenger: Connection, threads: tuple[str, str], at: datetime) -> Session | None:
        """Not yet with a platform: the first message goes where the owner links to by then."""
        if self._is_erased(messenger, threads, at):
            return None
        thread, moved_to = threads
        now = self._context.clock.now()
        return replace(
            begin_session(messenger, None, Contact(external_id=thread), now, None, thread=moved_to, aliases=(thread,)),
            ids_since=None,
        )

    def _is_erased(self, messenger: Connection, threads: Iterable[str], at: datetime) -> bool:
        """Whether the contact was erased since: nothing of what waited is stored again."""
        groups = (group_thread(messenger.endpoint_id, messenger.account, one) for one in threads)
        marks = (self._context.ledger.erased_at(group) for group in groups)
        return any(mark is not None and at <= mark for mark in marks)


def list_ledger_keys(event: MessageReceived, session: Session, ledger_id: str) -> tuple[str, ...]:
    """Where the ledger may have an entry of the contact's: beside the event, and under their other ids."""
    origin = event.origin
    ids = dict.fromkeys((event.thread, *_list_ids(session)))
    return tuple(f"{group_thread(origin.endpoint, origin.account, one)}#{ledger_id}" for one in ids)


def _list_ids(session: Session) -> tuple[str, ...]:
    thread = session.thread
    return tuple(dict.fromkeys((session.contact.external_id, thread.external_id, *thread.aliases)))


def _add(session: Session, other: Session, *, takes_over: bool) -> Session:
    """The session with all that is known of the other one's contact."""
    own, both = session.contact, merge_contact(other.contact, session.contact)
    mute = next((one for one in (own, other.contact) if not one.reachable), own)
    contact = replace(
        both,
        external_id=own.external_id,
        platform_id=own.platform_id,
        reachable=mute.reachable,
        unreachable_reason=mute.unreachable_reason,
    )
    thread = _reach(session.thread, session.thread.external_id, _list_ids(other))
    joined = replace(_choose_latest(session, other), contact=contact, thread=thread)
    if not takes_over or _is_open(session):
        return joined
    return replace(
        joined,
        contact=replace(contact, platform_id=other.contact.platform_id),
        conversation=other.conversation,
        quick_replies=other.quick_replies,
        opened_at=other.opened_at,
    )


def _choose_latest(session: Session, other: Session) -> Session:
    """`session` with the later choice of two sessions of the same contact."""
    if other.marketing_at is None or (session.marketing_at is not None and session.marketing_at >= other.marketing_at):
        return session
    return replace(session, no_marketing=other.no_marketing, marketing_at=other.marketing_at)


def _is_open(session: Session) -> bool:
    return session.conversation is not None and session.conversation.status is not ConversationStatus.ENDED


def _move(session: Session, present: str, ids: Iterable[str], at: datetime) -> Session:
    """A move that is reported late changes nothing but what leads to the contact."""
    thread = session.thread
    if thread.status_at is not None and at < thread.status_at:
        return replace(session, thread=_reach(thread, thread.external_id, ids))
    return replace(session, thread=replace(_reach(thread, present, ids), status_at=at))


def _reach(thread: Conversation, present: str, ids: Iterable[str]) -> Conversation:
    """The thread of a contact who is reached as `present`, and has these ids besides."""
    others = dict.fromkeys((*thread.aliases, thread.external_id, *ids))
    aliases = tuple(one for one in others if one and one != present)
    return replace(thread, external_id=present, aliases=aliases[-_MOST_ALIASES:])


def _without(thread: Conversation, alias: str) -> Conversation:
    return replace(thread, aliases=tuple(one for one in thread.aliases if one != alias))


def _are_same(one: Session | None, other: Session) -> bool:
    return one is not None and one.contact.external_id == other.contact.external_id


def _is_of_before(at: datetime, session: Session | None) -> bool:
    return session is not None and session.erased_at is not None and at <= session.erased_at


def _name_group(messenger: Connection, session: Session) -> str:
    return group_thread(messenger.endpoint_id, messenger.account, session.contact.external_id)
