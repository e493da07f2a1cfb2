"""What counts as AWS being away, and what as our asking for something impossible."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from patchbay.aws.outages import is_outage


def refused(code: str, status: int = 400) -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]
        "GetItem",
    )


@pytest.mark.parametrize(
    "problem",
    [
        refused("ProvisionedThroughputExceededException"),
        refused("ThrottlingException"),
        refused("RequestLimitExceeded"),
        refused("SlowDown", 503),
        refused("InternalServerError", 500),
        EndpointConnectionError(endpoint_url="https://dynamodb"),
        ReadTimeoutError(endpoint_url="https://dynamodb"),
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
