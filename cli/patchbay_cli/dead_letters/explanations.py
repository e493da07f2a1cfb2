"""Why messages are in the dead-letter queue, and what an owner can do about each cause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from patchbay.bridge.ledger import Cause

UNKNOWN = "unknown"  #: of a message that carries no cause


@dataclass(frozen=True, slots=True)
class Explanation:
    """What happened, what to do first, and what `redrive` would do with one of them."""

    meaning: str
    advice: str
    redrive: str = "sends the parts that were not delivered, with a new day of attempts"


_LIST = "run `patchbay dlq list` to find them"

_EXPLANATIONS: Mapping[Cause | None, Explanation] = {
    Cause.UNCERTAIN: Explanation(
        "may have been delivered",
        f"check each conversation ({_LIST}). If the message is there, run `patchbay dlq resolve ID`; if not, run "
        "`patchbay dlq redrive ID`",
        "sends it again; if it was delivered before, it arrives twice",
    ),
    Cause.REFUSED: Explanation(
        "rejected by the service",
        f"fix the reason for the rejection ({_LIST}), then run `patchbay dlq redrive ID`; or run "
        "`patchbay dlq discard ID`",
        "sends it again; the service rejects it again unless something has changed",
    ),
    Cause.RETRIES_EXHAUSTED: Explanation(
        "failed for a day",
        "when the service works again, run `patchbay dlq redrive --all`",
    ),
    Cause.UNAUTHORIZED: Explanation(
        "the credentials were rejected for too long",
        "run `patchbay connect SERVICE ID --secret ...` with new credentials, then `patchbay dlq redrive --all`",
    ),
    Cause.CLOSED: Explanation(
        "no agent was available",
        "when an agent is available, run `patchbay dlq redrive --all`",
    ),
    Cause.NO_CONNECTION: Explanation(
        "no connection, or one that is not linked",
        "connect and link the account again, then run `patchbay dlq redrive --all`",
        "sends it over the present connection",
    ),
    Cause.UNREADABLE: Explanation(
        "not readable by this version",
        "deploy the version that wrote them, then run `patchbay dlq redrive --all`; or run `patchbay dlq discard ID`",
        "gives it to the dispatcher, which moves it back here if it still cannot read it",
    ),
    Cause.CRASHED: Explanation(
        "repeated errors inside Patchbay",
        f"see the dispatcher's log, then run `patchbay dlq redrive ID` ({_LIST})",
    ),
    Cause.BEHIND: Explanation(
        "an earlier message of the conversation failed",
        "fix the earlier message first, then run `patchbay dlq redrive --all`",
    ),
    None: Explanation(
        "moved here by SQS without a reason",
        f"see the dispatcher's log, then run `patchbay dlq redrive ID` ({_LIST})",
    ),
}


def name_of(cause: Cause | None) -> str:
    return cause.value if cause else UNKNOWN


def explain_cause(cause: Cause | None) -> Explanation:
    return _EXPLANATIONS[cause]
