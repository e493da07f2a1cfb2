"""The stores in memory are as strict as the table."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from patchbay.bridge.ledger import Delivery, Outcome
from patchbay.bridge.people import Person
from patchbay.domain.model import Contact, Conversation, Session
from tests.harness.fakes.limits import ValidationException, check_item
from tests.harness.fakes.stores import MemoryLedger, MemoryPeople, MemorySessions

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
DAY = timedelta(days=1)
SESSION = Session(
    messenger_connection="viber-main",
    contact=Contact(external_id="ann"),
    platform_connection="desk",
    thread=Conversation(external_id="ann"),
    updated_at=NOW,
)


@pytest.mark.parametrize(
    ("pk", "sk", "taken"),
    [("p" * 2048, "s" * 1024, True), ("p" * 2049, "s", False), ("ö" * 1025, "s", False), ("p", "s" * 1025, False)],
)
def test_keys_have_the_lengths_that_the_table_takes(pk: str, sk: str, *, taken: bool) -> None:
    if taken:
        check_item("value", pk, sk)
        return
    with pytest.raises(ValidationException):
        check_item("value", pk, sk)


def test_items_have_400_kilobytes_at_most() -> None:
    name = "n" * 400 * 1024
    with pytest.raises(ValidationException):
        MemorySessions().save(replace(SESSION, contact=Contact(external_id="ann", email=name)))
    with pytest.raises(ValidationException):
        MemoryPeople().add(Person(platform_connection="desk", key="k", platform_id="p", secret=name, contact="k"))
    with pytest.raises(ValidationException):
        MemoryLedger().save(Delivery(event_id="e", first_attempt_at=NOW, reason=name))


def test_what_has_expired_is_there_for_days_and_then_gone() -> None:
    ledger = MemoryLedger()
    delivery, _ = ledger.claim("event", NOW)
    ledger.save(replace(delivery, in_flight=False, outcome=Outcome.DELIVERED))
    for days in (35.9, 37.9):
        known, _ = ledger.claim("event", NOW + days * DAY)
        assert known.outcome is Outcome.DELIVERED
    assert ledger.claim("event", NOW + 38 * DAY)[0].outcome is None
