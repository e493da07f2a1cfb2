"""What the HTTP status of a service's answer means: decided once, for every connector.

Two questions decide what becomes of a message: may the service have done what it was asked for, and who can help? A
connector adds, as `Rule`s with their reasons, only what its own service documents otherwise; the table of all of them
is in docs/statuses.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum

from patchbay.domain.errors import AuthorizationNeeded, DeliveryError, Rejected, Transient, Uncertain
from patchbay.kit.contract import HttpRequest, HttpResponse


class Meaning(Enum):
    """What a status says about a call. The value is what the documents say."""

    LATER = "not processed: retried later"
    DOUBTFUL = "may have been processed: retried if a second call does no harm, else looked up or marked"
    OWNER = "the credentials or the account were refused: waits for the owner"
    REFUSED = "refused: the connector looks at what was asked"


@dataclass(frozen=True, slots=True)
class Rule:
    """`source` is the document that says so. `when` looks at the answer itself, where the status is not all."""

    statuses: Collection[int]
    meaning: Meaning
    because: str
    source: str
    when: Callable[[HttpResponse], bool] | None = None

    def covers(self, response: HttpResponse) -> bool:
        return response.status in self.statuses and (self.when is None or self.when(response))


#: The first rule that covers an answer counts.
TABLE = (
    Rule(
        (401, 403),
        Meaning.OWNER,
        "the service does not recognize the credentials, or does not allow the call",
        "RFC 9110, 15.5.2 and 15.5.4",
    ),
    Rule(
        (408,),
        Meaning.DOUBTFUL,
        (
            "it should mean that the request did not arrive completely, but proxies also send it "
            "when the service behind them is too slow"
        ),
        "RFC 9110, 15.5.9",
    ),
    Rule((425, 429), Meaning.LATER, "the request was not processed", "RFC 8470, 5.2; RFC 6585, 4"),
    Rule(range(300, 500), Meaning.REFUSED, "the request cannot be processed as it is", "RFC 9110, 15.4 and 15.5"),
    Rule((503,), Meaning.LATER, "the service accepts no requests at the moment", "RFC 9110, 15.6.4"),
    Rule(
        range(500, 600),
        Meaning.DOUBTFUL,
        "an error occurred while the request was processed, or a gateway lost the service that processed it",
        "RFC 9110, 15.6",
    ),
)

_ANONYMOUS = Rule(
    (401, 403),
    Meaning.REFUSED,
    "the request had no credentials, so they are not what was refused",
    "RFC 9110, 15.5.2 and 15.5.4",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a service refused a call, as far as it may be repeated. Its own words are left out: they may quote a text."""

    code: str = ""
    details: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statuses:
    """The table as one service follows it. `title` is its name for people; `calls` says for which of its calls.

    `forbidden` is what the owner must do about a 403 that an exception leaves to the caller.
    """

    title: str
    calls: str = "all"
    exceptions: tuple[Rule, ...] = ()
    forbidden: str = ""
    read_reason: Callable[[HttpResponse], Reason] | None = None

    @property
    def anonymous(self) -> Statuses:
        """For calls that carry none of our credentials."""
        return replace(self, calls="without credentials", exceptions=(_ANONYMOUS, *self.exceptions))

    def judge(self, response: HttpResponse) -> Meaning:
        """Of an answer that is no success. What no rule covers may have been done."""
        rules = (*self.exceptions, *TABLE)
        return next((rule.meaning for rule in rules if rule.covers(response)), Meaning.DOUBTFUL)

    def check(
        self, request: HttpRequest, response: HttpResponse, explain: Callable[[HttpResponse], str]
    ) -> HttpResponse:
        """The answer when the call has worked, or was refused in a way that the caller must look at.

        Raises AuthorizationNeeded with what `explain` says that the owner must do; Transient; and, for a call
        that must not be made twice and may have worked, Uncertain.
        """
        if response.ok:
            return response
        status, wait = f"HTTP {response.status}", read_retry_after(response)
        match self.judge(response):
            case Meaning.LATER:
                raise Transient(f"{self.title} is not taking requests at the moment ({status})", wait)
            case Meaning.DOUBTFUL:
                failure = Transient if request.may_repeat else Uncertain
                problem = "did not answer in time" if response.status == 408 else "returned a server error"
                raise failure(f"{self.title} {problem} ({status}) and may have processed the request", wait)
            case Meaning.OWNER:
                raise AuthorizationNeeded(explain(response))
            case Meaning.REFUSED:
                return response

    def refuse(self, response: HttpResponse, what: str, *details: str) -> DeliveryError:
        """The failure behind a refusal that nothing else explains. `what` was asked for, in words."""
        if response.status == 403 and self.forbidden:
            return AuthorizationNeeded(f"{self.title} does not allow this ({what}): {self.forbidden}")
        reason = self.read_reason(response) if self.read_reason else Reason()
        known = ", ".join(filter(None, (f"HTTP {response.status}", reason.details or reason.code, *details)))
        code = reason.code or f"http_{response.status}"
        return Rejected(f"{self.title} refused the request: {what} ({known})", code=code)


# --- how long to wait ------------------------------------------------------------------------------------------------

_LONGEST_WAIT = 24 * 3600.0  #: seconds; a service that asks for a longer wait is called earlier
_LONGEST_DATE = 64  #: characters
_SECONDS = re.compile(r"[0-9]+(?:\.[0-9]+)?")


def read_retry_after(response: HttpResponse) -> float | None:
    """The seconds from a Retry-After header, in either of its forms; None for none, and for what cannot be read.

    A date is compared with the service's own clock, which is the answer's Date header, else with ours.
    """
    value = response.headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(value):
        return min(float(value), _LONGEST_WAIT)
    until, now = _read_date(value), _read_date(response.headers.get("date", "")) or response.received_at
    if until is None or now is None:
        return None
    return min(max((until - now).total_seconds(), 0.0), _LONGEST_WAIT)


def _read_date(text: str) -> datetime | None:
    from email.utils import parsedate_to_datetime  # only needed when a service asks us to wait

    if len(text) > _LONGEST_DATE:
        return None
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
