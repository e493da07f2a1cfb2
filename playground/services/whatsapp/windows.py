"""Until when a business may write to a person as it likes.

Each message of a person opens 24 hours. Who came by an advertisement and was answered within 24 hours has 72 hours from
the answer on. https://developers.facebook.com/documentation/business-messaging/whatsapp/pricing
"""

from __future__ import annotations

from datetime import datetime, timedelta

from playground.services.whatsapp.records import Person

WINDOW = timedelta(hours=24)
ENTRY_POINT = timedelta(hours=72)


def note_message(person: Person, now: datetime, *, by_ad: bool) -> None:
    person.wrote_at = now
    if by_ad:
        person.came_by_ad_at = now


def note_answer(person: Person, now: datetime) -> None:
    """The first answer to who came by an advertisement opens the free entry point."""
    came, person.came_by_ad_at = person.came_by_ad_at, None
    if came is not None and now < came + WINDOW:
        person.entry_until = now + ENTRY_POINT


def ends_at(person: Person, *, with_entry: bool = True) -> datetime | None:
    """When the last of a person's windows ends; None if there never was one."""
    ends = [person.wrote_at + WINDOW] if person.wrote_at else []
    if with_entry and person.entry_until:
        ends.append(person.entry_until)
    return max(ends, default=None)


def is_open(person: Person, now: datetime, *, with_entry: bool = True) -> bool:
    end = ends_at(person, with_entry=with_entry)
    return end is not None and now < end


def is_free_entry(person: Person, now: datetime) -> bool:
    return person.entry_until is not None and now < person.entry_until
