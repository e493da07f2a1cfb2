"""What every store of consents does, in memory, in DynamoDB as moto plays it, and on the local AWS."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from patchbay.aws.stores.consents import DynamoConsents
from patchbay.bridge.configuration import Consent, Consents
from tests.aws import aws
from tests.harness.fakes.consents import MemoryConsents

UNTIL = datetime(2026, 1, 5, 9, 10, 0, 250, tzinfo=UTC)
ONE = Consent(state="state-1", browser="browser-1", app_id="app", until=UNTIL)
OTHER = Consent(state="state-2", browser="browser-2", app_id="app", until=UNTIL)


@pytest.fixture(params=aws.PLACES)
def consents(request: pytest.FixtureRequest) -> Iterator[Consents]:
    if request.param == "memory":
        yield MemoryConsents()
        return
    with aws.provided(request):
        yield DynamoConsents(aws.table())


def test_a_consent_comes_back_as_it_was_begun(consents: Consents) -> None:
    consents.begin(ONE)
    assert consents.take("state-1") == ONE


def test_a_consent_is_taken_once(consents: Consents) -> None:
    consents.begin(ONE)
    consents.take("state-1")
    assert consents.take("state-1") is None


def test_a_consent_that_was_never_begun_is_not_there(consents: Consents) -> None:
    consents.begin(ONE)
    assert consents.take("state-3") is None
    assert consents.take("") is None


def test_consents_of_two_tabs_do_not_disturb_each_other(consents: Consents) -> None:
    consents.begin(ONE)
    consents.begin(OTHER)
    assert consents.take("state-1") == ONE
    assert consents.take("state-2") == OTHER


def test_the_table_holds_no_state_and_forgets_by_itself() -> None:
    with aws.running() as cloud:
        DynamoConsents(aws.table()).begin(ONE)
        (item,) = cloud.dynamodb.scan(TableName=aws.TABLE)["Items"]
        assert "state-1" not in str(item)
        assert item["expires_at"] == {"N": str(int(UNTIL.timestamp()))}
