"""Which exceptions mean that AWS does not answer just now, rather than that we asked for something impossible."""

from __future__ import annotations

from patchbay.aws.api.contract import AwsError
from patchbay.aws.api.retries import may_try_again

# Beside what is worth trying again at once.
_TRY_AGAIN = frozenset({"InternalServerError", "InternalFailure", "ServiceUnavailable", "TransactionConflictException"})


def is_outage(problem: Exception) -> bool:
    """Whether the same call may work later, whatever it was for."""
    if isinstance(problem, AwsError):
        return problem.status >= 500 or problem.code in _TRY_AGAIN or may_try_again(problem)
    return isinstance(problem, OSError)
