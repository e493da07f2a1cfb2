"""How much a site takes from the outside: by visitor, by where calls come from, and in total.

What costs a write is counted in the table, over all containers, for the source first and then for the site: a source
that is refused takes nothing from the others. Reads cost a fraction of that and are counted in each container, of which
the API's throttle of these routes allows only a few.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta

from chat.errors import too_many
from chat.model import SERVICE, Site
from patchbay.bridge.ports import Telemetry
from patchbay.bridge.quotas import Limits
from patchbay.domain.characters import read_whole_number

SHARE = 4  #: one source may use a quarter of what its site takes
_MOST_SETTING = 1_000_000
MEGABYTE = 1024**2
LEAST_UPLOAD = 64 * 1024  #: bytes that a file counts at least, or there would be any number of small ones
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SIGNALS = 2  #: typing and read receipts, for each message that a site takes
_VISITORS_AN_HOUR = 30  #: from one source
_MOST_CALLS = 3000  #: a minute from one source, in each container: a house full of people with the chat open
_MOST_MISSES = 60  #: a minute from one source: calls with a token or an id that is not known
_MOST_REMARKS = 10  #: lines about refusals of one kind, a minute


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceiling:
    """`setting` is what the owner calls it, `unit` how many there are of what is counted in one of the setting's.

    `what` is counted where several ceilings rise with one setting. One source may use `least` of it in any case.
    """

    setting: str
    what: str = ""
    default: int
    window: timedelta
    unit: int = 1
    least: int = 1

    @property
    def name(self) -> str:
        return self.what or self.setting

    def share(self, site: Site) -> int:
        """What one source may use."""
        most = self.most(site)
        return min(most, max(most // SHARE, self.least))

    def most(self, site: Site) -> int:
        return (read_whole_number(site.setting(self.setting), _MOST_SETTING) or self.default) * self.unit


VISITORS = Ceiling(setting="visitors_a_day", default=1000, window=_DAY)
MESSAGES = Ceiling(setting="messages_a_minute", default=300, window=_MINUTE)
READING = Ceiling(setting="messages_a_minute", what="messages read", default=300, window=_MINUTE, unit=20, least=400)
# A connection costs its owner as much as some questions for news, and may stay open for two hours.
LIVE = Ceiling(setting="messages_a_minute", what="connections", default=300, window=_MINUTE)
UPLOADS = Ceiling(setting="uploads_mb_a_day", default=500, window=_DAY, unit=MEGABYTE, least=20 * MEGABYTE)
CEILINGS = (VISITORS, MESSAGES, UPLOADS)


class Admission:
    """Each method counts a call, and raises Refused with 429 and how long to wait when there were too many."""

    def __init__(self, limits: Limits, local: Limits, telemetry: Telemetry) -> None:
        """`limits` count over all containers, `local` in this one."""
        self._limits = limits
        self._local = local
        self._telemetry = telemetry

    def admit(self, site: Site, source: str, ceiling: Ceiling, amount: int = 1) -> None:
        """What a site takes a day or a minute."""
        most, hidden = ceiling.most(site), _hide(site, source)
        if ceiling is VISITORS:
            self.limit(site, hidden, "visitors", _VISITORS_AN_HOUR, _HOUR)
        wait = self._limits.take(f"{site.id}#{hidden}#{ceiling.name}", ceiling.share(site), ceiling.window, amount)
        if wait:
            self._telemetry.count("SourceRefused", SERVICE)
            raise too_many(wait)
        wait = self._limits.take(f"{site.id}#{ceiling.name}", most, ceiling.window, amount)
        if wait:
            self._report(site, ceiling, wait)
            raise too_many(wait)

    def admit_signal(self, site: Site) -> None:
        """Typing and read receipts."""
        wait = self._limits.take(f"{site.id}#signals", SIGNALS * MESSAGES.most(site), _MINUTE)
        if wait:
            raise too_many(wait)

    def limit(self, site: Site, who: str, what: str, most: int, window: timedelta) -> None:
        """What one visitor or source may do, over all containers."""
        wait = self._limits.take(f"{site.id}#{who}#{what}", most, window)
        if wait:
            raise too_many(wait)

    def limit_here(self, site: Site, who: str, what: str, most: int, window: timedelta, amount: int = 1) -> None:
        """The same in this container."""
        wait = self._local.take(f"{site.id}#{who}#{what}", most, window, amount)
        if wait:
            raise too_many(wait)

    def admit_call(self, source: str) -> None:
        """Any call, before anything is looked up for it."""
        wait = self._local.take(f"calls#{source}", _MOST_CALLS, _MINUTE)
        if wait:
            raise too_many(wait)

    def is_guessing(self, source: str) -> float:
        """How long a source must wait that asked for too much that is not there; 0 when it may go on."""
        return self._local.take(f"misses#{source}", _MOST_MISSES - 1, _MINUTE, 0)

    def note_miss(self, source: str) -> None:
        self._local.take(f"misses#{source}", _MOST_MISSES, _MINUTE)

    def may_remark(self, site: Site, code: str) -> bool:
        """Whether a refusal is still worth a line: strangers must not write our log."""
        return not self._local.take(f"remarks#{site.id}#{code}", _MOST_REMARKS, _MINUTE)

    def _report(self, site: Site, ceiling: Ceiling, wait: float) -> None:
        """Once in a while, not for each that is refused."""
        if self._local.take(f"reached#{site.id}#{ceiling.name}", 1, _MINUTE):
            return
        self._telemetry.warning(
            "webchat limit reached",
            service=SERVICE,
            endpoint=site.id,
            ceiling=ceiling.name,
            setting=ceiling.setting,
            most=ceiling.most(site) // ceiling.unit,
            seconds=round(wait),
        )
        self._telemetry.count("LimitReached", SERVICE)


def _hide(site: Site, source: str) -> str:
    """A network address as a fingerprint that only we can make: no address is ever stored."""
    key = site.secrets.get("service_key").encode()
    return hmac.new(key, source.encode(), hashlib.sha256).hexdigest()[:32]
