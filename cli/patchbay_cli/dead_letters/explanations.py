"""Why messages are in the dead-letter queue, in words, and what an owner can do about each cause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from patchbay.deliveries import Cause

UNKNOWN = "unknown"  #: of a message that carries no cause


@dataclass(frozen=True, slots=True)
class Explanation:
    """What happened, what to do first, and what `redrive` would do with one of them."""

    meaning: str
    advice: str
    redrive: str = "sends what is not out yet, with a new day of attempts"


_LIST = "`patchbay dlq list` says which"

_EXPLANATIONS: Mapping[Cause | None, Explanation] = {
    Cause.UNCERTAIN: Explanation(
        "may have arrived",
        f"look at each conversation ({_LIST}): `patchbay dlq resolve ID` if the message is there, "
        "`patchbay dlq redrive ID` if it is not",
        "sends it once more: if it did arrive, it is there twice then",
    ),
    Cause.REFUSED: Explanation(
        "refused by the service",
        f"change what the service refuses ({_LIST}), then `patchbay dlq redrive ID`; or `patchbay dlq discard ID`",
        "sends it again: it is refused again unless something was changed",
    ),
    Cause.GAVE_UP: Explanation(
        "given up after a day of failures",
        "when the service works again: `patchbay dlq redrive --all`",
    ),
    Cause.UNAUTHORIZED: Explanation(
        "given up because nobody renewed the credentials",
        "give new credentials with `patchbay connect`, then `patchbay dlq redrive --all`",
    ),
    Cause.CLOSED: Explanation(
        "given up because nobody was there to take it",
        "when somebody is there: `patchbay dlq redrive --all`",
    ),
    Cause.NO_CONNECTION: Explanation(
        "without a connection, or with one that is linked to nothing",
        "connect and link the account again, then `patchbay dlq redrive --all`",
        "sends it over the connection that there is then",
    ),
    Cause.UNREADABLE: Explanation(
        "not readable by this version",
        "deploy the version that wrote them, then `patchbay dlq redrive --all`; or `patchbay dlq discard ID`",
        "gives it to the dispatcher, which puts it back here unless it can read it now",
    ),
    Cause.CRASHED: Explanation(
        "failed inside Patchbay again and again",
        f"see the dispatcher's log, then `patchbay dlq redrive ID` ({_LIST})",
    ),
    Cause.BEHIND: Explanation(
        "given up together with an earlier message of the conversation",
        "see to the earlier message first, then `patchbay dlq redrive --all`",
    ),
    None: Explanation(
        "moved here by SQS, without a reason",
        f"see the dispatcher's log, then `patchbay dlq redrive ID` ({_LIST})",
    ),
}


def name_of(cause: Cause | None) -> str:
    return cause.value if cause else UNKNOWN


def explain_cause(cause: Cause | None) -> Explanation:
    return _EXPLANATIONS[cause]
