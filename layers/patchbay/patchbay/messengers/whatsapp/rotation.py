"""A person whose id changes: Meta gives everybody another one when they change their number, and says so in three ways.

Documentation: https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids
"""

from __future__ import annotations

from datetime import datetime

from patchbay.domain.events import Event, Ignored, Origin, ThreadMoved, make_event_id
from patchbay.messengers.whatsapp.people import Known, find_person
from patchbay.messengers.whatsapp.schemas import IdChange, IncomingMessage, Person

SYSTEM = frozenset({"user_changed_number", "user_changed_user_id"})


def read_system(message: IncomingMessage, before: Known, at: datetime, origin: Origin) -> Event | Ignored:
    """Such a message comes under the old id, without any other word about the person."""
    news = message.system
    if news is None or news.type not in SYSTEM:
        return Ignored(reason="news of WhatsApp's about a person")
    return _move(before, find_person(news.user_id, news.wa_id, ()), at, origin, message.id)


def read_update(change: IdChange, people: tuple[Person, ...], received_at: datetime, origin: Origin) -> Event | Ignored:
    before = Known(user_id=change.user_id.previous, parent_id=change.parent_user_id.previous)
    now = find_person(change.user_id.current, change.wa_id, people, change.parent_user_id.current)
    key = f"{change.user_id.previous}>{change.user_id.current}"
    return _move(before, now, change.when(received_at), origin, key)


def _move(before: Known, now: Known, at: datetime, origin: Origin, key: str) -> Event | Ignored:
    """Each of the three notices moves the conversation to the same place: what comes second changes nothing."""
    if not before.thread or not now.thread or before.thread == now.thread:
        return Ignored(reason="a change of a person's id that does not name both")
    others = dict.fromkeys((*before.aliases, *now.aliases))
    return ThreadMoved(
        id=make_event_id("move", origin, key),
        origin=origin,
        thread=before.thread,
        occurred_at=at,
        moved_to=now.thread,
        aliases=tuple(one for one in others if one not in {before.thread, now.thread}),
    )
