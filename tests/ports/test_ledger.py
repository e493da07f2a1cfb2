"""What every ledger does, in memory, in DynamoDB as moto plays it, and on the local AWS."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from patchbay.aws.stores.ledger import KEPT, DynamoLedger
from patchbay.aws.stores.table import Table
from patchbay.bridge.delivery_states import DeliveryProgress, reopen_entry
from patchbay.bridge.ledger import Carried, Cause, Copy, Delivery, Ledger, Outcome, Sent
from patchbay.domain.hazards import Hazard
from patchbay.domain.model import Delivered, ReceiptState
from tests.aws import aws
from tests.harness.fakes.limits import TTL_LAG
from tests.harness.fakes.stores import MemoryLedger
from tests.harness.virtual_time import VirtualTime

NOW = datetime(2026, 1, 5, 9, 0, 0, 123456, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
SENT = Sent(
    connection_id="viber-main",
    external_id="4912661846655238145",
    thread="01:Zoë=",
    source_connection="desk",
    source_thread="c1",
    source_message_id="m1",
    sent_at=NOW,
)


class OnAws(DynamoLedger):
    """Its time is the latest that a claim has named.

    Items are gone as soon as they have expired, as DynamoDB may delete them and as no emulator does.
    """

    def __init__(self, cloud: aws.Aws) -> None:
        self._time = VirtualTime(NOW)
        super().__init__(Table(cloud.tables, aws.TABLE), self._time)
        self._dynamodb = cloud.dynamodb

    def claim(self, event_id: str, now: datetime, *, counted: bool = True) -> tuple[Delivery, bool]:
        self._time.advance(max((now - self._time.now()).total_seconds(), 0.0))
        for item in self._dynamodb.scan(TableName=aws.TABLE)["Items"]:
            if int(item["expires_at"]["N"]) <= now.timestamp():
                self._dynamodb.delete_item(TableName=aws.TABLE, Key={name: item[name] for name in ("pk", "sk")})
        return super().claim(event_id, now, counted=counted)


@pytest.fixture(params=aws.PLACES)
def ledger(request: pytest.FixtureRequest) -> Iterator[Ledger]:
    if request.param == "memory":
        yield MemoryLedger()
        return
    with aws.provided(request) as cloud:
        yield OnAws(cloud)


def test_the_first_claim_is_new_and_in_flight(ledger: Ledger) -> None:
    delivery, left = ledger.claim("message-1", NOW)
    assert delivery == Delivery(event_id="message-1", first_attempt_at=NOW, claimed_at=NOW, in_flight=True, unended=1)
    assert not left


def test_the_longest_ids_that_services_may_use_are_kept_and_told_apart(ledger: Ledger) -> None:
    long = "🧵" * 511
    for end in ("a", "b"):
        ledger.claim(f"{long}{end}", NOW)
        ledger.index(replace(SENT, external_id=f"{long}{end}", thread=long))
        ledger.note_carried("desk", long, Carried(event_id=f"{long}{end}", platform_ids=(), messenger_ids=()))
    assert {sent.external_id[-1] for sent in ledger.sent_until("viber-main", long, LATER)} == {"a", "b"}
    sent = ledger.sent("viber-main", f"{long}a")
    assert sent is not None
    assert ledger.advance(sent, ReceiptState.READ)
    assert [one.external_id[-1] for one in ledger.sent_until("viber-main", long, LATER)] == ["b"]
    ledger.forget_carried("desk", long, f"{long}a")
    assert [one.event_id[-1] for one in ledger.carried("desk", long)] == ["b"]
    assert not ledger.is_repetition(f"desk#{long}", "1", NOW)


def test_a_claim_that_was_never_ended_is_seen_by_the_next(ledger: Ledger) -> None:
    ledger.claim("message-1", NOW)
    delivery, left = ledger.claim("message-1", LATER)
    assert left
    assert (delivery.first_attempt_at, delivery.last_attempt_at) == (NOW, LATER)
    stored = ledger.find("message-1")
    assert stored is not None
    assert stored.last_attempt_at == LATER


def test_the_entries_of_a_thread_are_found_by_its_group_and_no_others(ledger: Ledger) -> None:
    for key in ("desk:1#a", "desk:1#b", "desk:10#c"):
        delivery, _ = ledger.claim(key, NOW)
        ledger.save(replace(delivery, parts=(Delivered(external_id=key[-1]),), target="viber-1"))
    ledger.note_erased("desk:1", NOW)
    ledger.is_repetition("desk:1#again", "d", NOW)
    found = sorted(ledger.of_thread("desk:1"), key=lambda one: one.event_id)
    assert [(one.event_id, [part.external_id for part in one.parts], one.target) for one in found] == [
        ("desk:1#a", ["a"], "viber-1"),
        ("desk:1#b", ["b"], "viber-1"),
    ]
    assert list(ledger.of_thread("desk:2")) == []


def test_progress_is_kept_between_attempts(ledger: Ledger) -> None:
    delivery, _ = ledger.claim("message-1", NOW)
    ended = replace(
        delivery,
        in_flight=False,
        attempts=2,
        parts=(Delivered(external_id="p1", aliases=("1", "2")), Delivered(external_id="")),
        uncertain=True,
        resends=1,
        files=(
            Copy(token="token", stored=True, content_type="image/png", size=7),
            Copy(token="other", refused=True, hazard=Hazard.MACROS),
        ),
        target="viber-1",
        reason="429",
    )
    ledger.save(ended)
    again, left = ledger.claim("message-1", LATER)
    assert again == replace(ended, claimed_at=LATER, in_flight=True, unended=2)
    assert not left


def test_attempts_without_a_verdict_are_counted_until_one_has_a_verdict(ledger: Ledger) -> None:
    for lost in range(3):
        delivery, _ = ledger.claim("message-1", NOW)
        assert delivery.lost_attempts == lost
    ended = DeliveryProgress(delivery, was_in_flight=True)
    ended.settle()
    ended.defer("429")
    ledger.save(ended.record)
    assert ledger.claim("message-1", NOW)[0].lost_attempts == 2


def test_an_attempt_that_somebody_else_has_counted_is_not_counted_twice(ledger: Ledger) -> None:
    ledger.claim("message-1", NOW)
    ledger.claim("message-1", NOW)
    delivery, left = ledger.claim("message-1", NOW, counted=False)
    assert left
    assert delivery.lost_attempts == 1


@pytest.mark.parametrize("outcome", list(Outcome))
def test_an_event_with_an_outcome_is_not_claimed_again(ledger: Ledger, outcome: Outcome) -> None:
    delivery, _ = ledger.claim("message-1", NOW)
    done = replace(delivery, in_flight=False, outcome=outcome, reason="because")
    ledger.save(done)
    for _ in range(2):
        assert ledger.claim("message-1", LATER) == (done, False)


def test_a_dead_letter_that_is_redriven_on_its_thirteenth_day_repeats_no_part_that_is_out(ledger: Ledger) -> None:
    delivery, _ = ledger.claim("message-1", NOW)
    parts = (Delivered(external_id="p1"), Delivered(external_id="p2"))
    ledger.save(
        replace(delivery, in_flight=False, parts=parts, outcome=Outcome.DEAD_LETTERED, cause=Cause.RETRIES_EXHAUSTED)
    )
    late = NOW + timedelta(days=13)
    parked, _ = ledger.claim("message-1", late)
    assert parked.outcome is Outcome.DEAD_LETTERED
    ledger.save(reopen_entry(parked, late))
    assert ledger.claim("message-1", late)[0].parts == parts


def test_an_event_that_has_ended_is_forgotten_in_the_end(ledger: Ledger) -> None:
    for event_id, outcome in (("message-1", Outcome.DELIVERED), ("message-2", Outcome.DEAD_LETTERED)):
        delivery, _ = ledger.claim(event_id, NOW)
        ledger.save(replace(delivery, in_flight=False, outcome=outcome))
    for event_id in ("message-1", "message-2"):
        assert ledger.claim(event_id, NOW + KEPT + TTL_LAG)[0].outcome is None


def test_an_event_is_found_once_it_was_claimed(ledger: Ledger) -> None:
    assert ledger.find("desk:1#a") is None
    ledger.claim("desk:1#a", NOW)
    found = ledger.find("desk:1#a")
    assert found is not None
    assert found.event_id == "desk:1#a"
    assert ledger.find("desk:1#b") is None


def test_a_part_that_no_receipt_covers_with_others_is_not_found_by_its_thread(ledger: Ledger) -> None:
    ledger.index(SENT, by_thread=False)
    assert ledger.sent("viber-main", SENT.external_id) == SENT
    assert list(ledger.sent_until("viber-main", SENT.thread, LATER)) == []
    assert ledger.advance(SENT, ReceiptState.READ)


def test_a_part_is_found_by_its_id_on_its_connection(ledger: Ledger) -> None:
    ledger.index(SENT)
    assert ledger.sent("viber-main", SENT.external_id) == SENT
    assert ledger.sent("viber-main", "other") is None
    assert ledger.sent("viber-other", SENT.external_id) is None


def test_receipts_move_on_and_never_back(ledger: Ledger) -> None:
    ledger.index(SENT)
    assert ledger.advance(SENT, ReceiptState.DELIVERED)
    assert not ledger.advance(SENT, ReceiptState.DELIVERED)
    assert not ledger.advance(SENT, ReceiptState.SENT)
    assert not ledger.advance(SENT, ReceiptState.FAILED)
    assert ledger.advance(SENT, ReceiptState.READ)
    stored = ledger.sent("viber-main", SENT.external_id)
    assert stored == replace(SENT, state=ReceiptState.READ)


def test_a_failed_part_can_only_be_read_after_all(ledger: Ledger) -> None:
    ledger.index(SENT)
    assert ledger.advance(SENT, ReceiptState.FAILED)
    assert not ledger.advance(SENT, ReceiptState.DELIVERED)
    assert ledger.advance(SENT, ReceiptState.READ)


def test_a_receipt_covers_the_open_parts_that_went_before_it_in_its_thread(ledger: Ledger) -> None:
    def part(external_id: str, seconds: int, **changes: str) -> Sent:
        return replace(SENT, external_id=external_id, sent_at=NOW + timedelta(seconds=seconds), **changes)  # type: ignore[arg-type]

    first, delivered, read, failed = part("1", 1), part("2", 2), part("3", 3), part("4", 4)
    sibling, covering, after = part("9", 5), part("5", 5), part("6", 6)
    elsewhere = (part("7", 1, thread="02:Bob"), part("8", 1, connection_id="viber-other"))
    for one in (first, delivered, read, failed, sibling, covering, after, *elsewhere):
        ledger.index(one)
    assert ledger.advance(delivered, ReceiptState.DELIVERED)
    assert ledger.advance(read, ReceiptState.READ)
    assert ledger.advance(failed, ReceiptState.FAILED)
    assert list(ledger.sent_before(covering)) == [first, delivered, sibling]


def test_a_receipt_of_delivery_covers_what_came_after_the_last_that_was_delivered(ledger: Ledger) -> None:
    parts = [replace(SENT, external_id=str(number), sent_at=NOW + timedelta(seconds=number)) for number in range(6)]
    for one in parts:
        ledger.index(one)
    for one in parts[:3]:
        assert ledger.advance(one, ReceiptState.DELIVERED)
    assert ledger.advance(parts[1], ReceiptState.READ)
    assert list(ledger.sent_before(parts[5], ReceiptState.DELIVERED)) == parts[3:5]
    until = ledger.sent_until("viber-main", SENT.thread, NOW + timedelta(seconds=4), ReceiptState.DELIVERED)
    assert list(until) == parts[3:5]


def test_a_receipt_with_a_time_covers_the_open_parts_until_then(ledger: Ledger) -> None:
    for number in range(1, 4):
        ledger.index(replace(SENT, external_id=str(number), sent_at=NOW + timedelta(seconds=number)))
    until = ledger.sent_until("viber-main", "01:Zoë=", NOW + timedelta(seconds=2, microseconds=1))
    assert [sent.external_id for sent in until] == ["1", "2"]


def test_who_stops_after_some_of_many_unread_parts_goes_on_with_the_others(ledger: Ledger) -> None:
    for number in range(130):
        ledger.index(replace(SENT, external_id=str(number), sent_at=NOW + timedelta(seconds=number)))
    for expected in (["0", "1", "2"], ["3", "4", "5"]):
        found = list(islice(ledger.sent_until("viber-main", "01:Zoë=", NOW + timedelta(hours=1)), 3))
        assert [sent.external_id for sent in found] == expected
        for sent in found:
            assert ledger.advance(sent, ReceiptState.READ)
    last = replace(SENT, external_id="129", sent_at=NOW + timedelta(seconds=129))
    assert len(list(ledger.sent_before(last))) == 123


@pytest.mark.parametrize("length", [900, 1100, 2100, 5000])
def test_a_part_is_found_by_an_id_of_any_length(ledger: Ledger, length: int) -> None:
    long = replace(SENT, external_id="ö" * length, thread="t" * length)
    ledger.index(long)
    assert ledger.sent("viber-main", "ö" * length) == long
    assert list(ledger.sent_until("viber-main", "t" * length, LATER)) == [long]
    assert ledger.advance(long, ReceiptState.READ)
    assert list(ledger.sent_until("viber-main", "t" * length, LATER)) == []


def test_an_equal_happening_soon_after_another_is_a_repetition(ledger: Ledger) -> None:
    def heard(event_id: str, seconds: float) -> bool:
        return ledger.is_repetition("desk#hash", event_id, NOW + timedelta(seconds=seconds))

    assert not heard("first", 0)
    assert not heard("first", 0)  # the same event, tried again
    assert heard("second", 3)
    assert not heard("third", 3.5)
    assert heard("fourth", 5)
    assert not heard("first", 0)
    assert heard("fifth", 4)
    assert not ledger.is_repetition("desk#other hash", "sixth", NOW)


def test_an_event_that_is_forgotten_is_a_new_one(ledger: Ledger) -> None:
    ledger.claim("group#event", NOW)
    ledger.forget("group#event")
    delivery, was_in_flight = ledger.claim("group#event", LATER)
    assert (delivery.first_attempt_at, was_in_flight) == (LATER, False)


def test_an_erasure_is_known_in_its_own_thread(ledger: Ledger) -> None:
    assert ledger.erased_at("group") is None
    ledger.note_erased("group", NOW)
    ledger.note_erased("group", LATER)
    assert ledger.erased_at("group") == LATER
    assert ledger.erased_at("other") is None


def test_what_was_carried_is_listed_by_its_conversation_until_it_is_forgotten(ledger: Ledger) -> None:
    first = Carried(event_id="e1", platform_ids=("p1",), messenger_ids=("m1", "m2"), files=("token",))
    second = Carried(event_id="e2", platform_ids=("p2",), messenger_ids=("m3",))
    for carried in (first, second):
        ledger.note_carried("desk", "c1", carried)
    assert list(ledger.carried("desk", "c1")) == [first, second]
    assert list(ledger.carried("desk", "c2")) == []
    ledger.forget_carried("desk", "c1", "e1")
    assert list(ledger.carried("desk", "c1")) == [second]
