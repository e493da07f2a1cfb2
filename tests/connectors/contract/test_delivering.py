"""What every connector promises, checked for each one that there is: new connectors inherit all of it: delivering."""

from __future__ import annotations

import json

import pytest

from patchbay.domain.accounts import REFERENCE_KEY
from patchbay.domain.errors import (
    AuthorizationNeeded,
    ConversationGone,
    DeliveryError,
    Rejected,
    Transient,
    Uncertain,
)
from patchbay.kit.contract import HttpResponse
from tests.connectors.contract.scene import PRIVATE, connection_of, deliver
from tests.connectors.services import SERVICES, load_connector


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Transient("refused"), Transient),
        (Uncertain("no answer"), Uncertain),
        (HttpResponse(status=429, headers={"retry-after": "7"}), Transient),
        (HttpResponse(status=429), Transient),
        (HttpResponse(status=401), AuthorizationNeeded),
        (HttpResponse(status=500), Uncertain),
        (HttpResponse(status=503), Transient),
        (HttpResponse(status=422, body=b'{"message":"no"}'), (Rejected, ConversationGone)),
    ],
    ids=str,
)
def test_failures_have_the_right_consequence(
    service: str, answer: HttpResponse | DeliveryError, expected: type[DeliveryError]
) -> None:
    if expected is Uncertain and load_connector(service).behavior.idempotent_sends:
        expected = Transient  # sent again, it is taken once
    failure = deliver(service, answer)
    assert isinstance(failure, expected)
    if isinstance(answer, HttpResponse) and answer.headers:
        assert isinstance(failure, Transient)
        assert failure.retry_after == 7


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 429, 500])
def test_failures_quote_neither_secrets_nor_messages(service: str, status: int) -> None:
    secrets = connection_of(service).secrets.values
    body = json.dumps({"message": f"bad {PRIVATE} {' '.join(secrets.values())}"}).encode()
    failure = deliver(service, HttpResponse(status=status, body=body))
    assert PRIVATE not in str(failure)
    assert not any(value in str(failure) for value in secrets.values())


@pytest.mark.parametrize("service", SERVICES)
def test_no_service_has_a_setting_of_the_name_that_is_ours(service: str) -> None:
    assert REFERENCE_KEY not in {setting.name for setting in load_connector(service).settings}
