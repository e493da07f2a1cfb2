"""What counts as AWS being away, and what as our asking for something impossible."""

from __future__ import annotations

import pytest

from patchbay.aws.api.contract import AwsError, AwsUnreachable
from patchbay.aws.outages import is_outage


def refused(code: str, status: int = 400) -> AwsError:
    return AwsError("GetItem", code, status)


@pytest.mark.parametrize(
    "problem",
    [
        refused("ProvisionedThroughputExceededException"),
        refused("ThrottlingException"),
        refused("RequestLimitExceeded"),
        refused("SlowDown", 503),
        refused("InternalServerError", 500),
        AwsUnreachable("GetItem", "ConnectionRefusedError"),
        AwsUnreachable("GetItem", "TimeoutError"),
        TimeoutError(),
        ConnectionResetError(),
    ],
    ids=repr,
)
def test_what_may_work_later_is_an_outage(problem: Exception) -> None:
    assert is_outage(problem)


@pytest.mark.parametrize(
    "problem",
    [refused("ValidationException"), refused("AccessDeniedException"), ValueError(), KeyError("x"), MemoryError()],
    ids=repr,
)
def test_what_can_never_work_is_counted_as_a_crash(problem: Exception) -> None:
    assert not is_outage(problem)
