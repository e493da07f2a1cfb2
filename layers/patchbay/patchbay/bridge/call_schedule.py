"""When calls were made and are meant to be made, so that no more than so many fall into any stretch of time.

Plain arithmetic on seconds: no clock, no chance, no lock.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

_HAIR = 1e-6  #: seconds; sums of fractions are not exact


@dataclass(slots=True)
class Timetable:
    """The calls of one account. A booking is a call that an attempt under way will make; `whose` says whose."""

    _made: list[float] = field(default_factory=list)
    _booked: dict[Hashable, list[float]] = field(default_factory=dict)

    def forget_before(self, moment: float) -> None:
        """Calls and bookings of earlier count for nothing any more."""
        self._made = [at for at in self._made if at > moment]
        kept = {whose: [at for at in times if at > moment] for whose, times in self._booked.items()}
        self._booked = {whose: times for whose, times in kept.items() if times}

    @property
    def is_empty(self) -> bool:
        return not (self._made or self._booked)

    def has_booked(self, whose: Hashable) -> bool:
        return whose in self._booked

    def book(self, whose: Hashable, times: Sequence[float]) -> None:
        self._booked[whose] = list(times)

    def drop(self, whose: Hashable) -> None:
        """Whatever `whose` has booked is not going to be made."""
        self._booked.pop(whose, None)

    def make(self, at: float, whose: Hashable) -> None:
        """A call is made now: the first that `whose` has booked, else one that nobody has booked."""
        booked = self._booked.get(whose)
        if booked:
            booked.pop(0)
            if not booked:
                del self._booked[whose]
        insort(self._made, at)

    def earliest(self, times: Sequence[float], most: int, window: float) -> float:
        """From when on calls fit whose distances are those of `times`, with at most `most` in any `window` seconds.

        `times[0]` when they fit as they are.
        """
        known = sorted([*self._made, *(at for booked in self._booked.values() for at in booked)])
        starts = [times[0], *(at + window for at in known if at + window > times[0])]
        return next((start for start in starts if _fit(known, times, start, most, window)), starts[-1])


def _fit(known: Sequence[float], times: Sequence[float], start: float, most: int, window: float) -> bool:
    near = [at for at in known if at > start - window + _HAIR]
    every = sorted([*near, *(at - times[0] + start for at in times)])
    return all(later - earlier >= window - _HAIR for earlier, later in zip(every, every[most:], strict=False))
