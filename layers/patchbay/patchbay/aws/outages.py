"""Which exceptions mean that AWS does not answer just now, rather than that we asked for something impossible."""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError

_TRY_AGAIN = frozenset(
    {
        "InternalServerError",
        "InternalFailure",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestTimeout",
        "ServiceUnavailable",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)


def is_outage(problem: Exception) -> bool:
    """Whether the same call may work later, whatever it was for."""
    if isinstance(problem, ClientError):
        status = problem.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return status >= 500 or problem.response["Error"].get("Code", "") in _TRY_AGAIN
    return isinstance(problem, BotoCoreError | OSError)
