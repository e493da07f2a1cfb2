"""How often a number may write: in all, and to one person.

https://developers.facebook.com/documentation/business-messaging/whatsapp/throughput
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta

from playground.services.whatsapp.errors import RefusedCall
from playground.services.whatsapp.records import Account, Number, Person
from playground.services.whatsapp.state import State

BURST = 45
SECONDS_EACH = 6
_ON_PHONE_TOO = 20
_SECOND, _DAY = timedelta(seconds=1), timedelta(days=1)
#: How many people a portfolio may write to first within a day, by its limit. None is any number.
PEOPLE_A_DAY: Mapping[str, int | None] = {
    "TIER_250": 250,
    "TIER_2K": 2000,
    "TIER_10K": 10_000,
    "TIER_100K": 100_000,
    "TIER_UNLIMITED": None,
}


class Limits:
    def __init__(self, state: State) -> None:
        self._state = state
        self._pairs: dict[tuple[str, str], tuple[float, datetime]] = {}  #: what is left of the burst, and when
        self._seconds: dict[str, deque[datetime]] = {}
        self._reached: dict[str, dict[str, datetime]] = {}  #: whom a portfolio has written to first, and when

    def admit(self, number: Number, person: Person | None) -> None:
        """Counts a message out. Raises RefusedCall when there are too many; what is refused does not count."""
        if not self._state.quirks.limits:
            return
        now = self._state.timeline.now()
        times = self.count(number, now)
        if len(times) >= (_ON_PHONE_TOO if number.is_on_phone else number.throughput):
            raise RefusedCall(130429, "Cloud API message throughput has been reached.")
        if person is not None:
            self._admit_pair(number, person, now)
        times.append(now)

    def admit_new(self, account: Account, person: Person) -> None:
        """Counts a person whom the business writes to first. Meta's pages name no code for it: this one is a guess."""
        if not self._state.quirks.limits:
            return
        now = self._state.timeline.now()
        reached = self._reached.setdefault(account.portfolio, {})
        for each, at in tuple(reached.items()):
            if now - at >= _DAY:
                del reached[each]
        most = PEOPLE_A_DAY.get(account.limit)
        if person.id not in reached and most is not None and len(reached) >= most:
            raise RefusedCall(131048, "The messaging limit of the business portfolio is reached.")
        reached.setdefault(person.id, now)

    def count(self, number: Number, now: datetime) -> deque[datetime]:
        """The number's messages of the last second, in and out together."""
        times = self._seconds.setdefault(number.id, deque())
        while times and now - times[0] >= _SECOND:
            times.popleft()
        return times

    def note_received(self, number: Number) -> None:
        """What comes in counts, too."""
        now = self._state.timeline.now()
        self.count(number, now).append(now)

    def _admit_pair(self, number: Number, person: Person, now: datetime) -> None:
        left, at = self._pairs.get((number.id, person.id), (float(BURST), now))
        left = min(BURST, left + (now - at).total_seconds() / SECONDS_EACH)
        if left < 1:
            details = "Message failed to send because there were too many messages sent from this phone number to the "
            raise RefusedCall(131056, details + "same phone number in a short period of time.")
        self._pairs[(number.id, person.id)] = (left - 1, now)
