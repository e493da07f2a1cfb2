"""How often a number may write: in all, and to one person.

https://developers.facebook.com/documentation/business-messaging/whatsapp/throughput
"""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

from playground.services.whatsapp.errors import RefusedCall
from playground.services.whatsapp.records import Number, Person
from playground.services.whatsapp.state import State

BURST = 45
SECONDS_EACH = 6
_ON_PHONE_TOO = 20
_SECOND = timedelta(seconds=1)


class Limits:
    def __init__(self, state: State) -> None:
        self._state = state
        self._pairs: dict[tuple[str, str], tuple[float, datetime]] = {}  #: what is left of the burst, and when
        self._seconds: dict[str, deque[datetime]] = {}

    def admit(self, number: Number, person: Person | None) -> None:
        """Counts a message. Raises RefusedCall when there are too many; what is refused does not count."""
        if not self._state.quirks.limits:
            return
        now = self._state.timeline.now()
        times = self.count(number, now)
        if len(times) >= (_ON_PHONE_TOO if number.is_on_phone else number.throughput):
            raise RefusedCall(130429, "Cloud API message throughput has been reached.")
        if person is not None:
            self._admit_pair(number, person, now)
        times.append(now)

    def count(self, number: Number, now: datetime) -> deque[datetime]:
        """The number's messages of the last second, in and out together."""
        times = self._seconds.setdefault(number.id, deque())
        while times and now - times[0] >= _SECOND:
            times.popleft()
        return times

    def _admit_pair(self, number: Number, person: Person, now: datetime) -> None:
        left, at = self._pairs.get((number.id, person.id), (float(BURST), now))
        left = min(BURST, left + (now - at).total_seconds() / SECONDS_EACH)
        if left < 1:
            details = "Message failed to send because there were too many messages sent from this phone number to the "
            raise RefusedCall(131056, details + "same phone number in a short period of time.")
        self._pairs[(number.id, person.id)] = (left - 1, now)
