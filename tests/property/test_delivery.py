"""For any schedule of faults: nothing lost, nothing out of order, nothing twice except deliveries marked uncertain."""

from __future__ import annotations

from collections import Counter, deque
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patchbay.bridge.ledger import Cause, Delivery, Outcome
from patchbay.bridge.retry_policy import MOST_LOST_ATTEMPTS
from tests.harness.fakes.bridge import Bridge
from tests.harness.fakes.mortality import Died
from tests.harness.fakes.services import Fault, Office
from tests.harness.fakes.stores import MemoryLedger

PASSING = [Fault.BUSY, Fault.LOST_BEFORE, Fault.LOST_AFTER, Fault.PENDING, Fault.DIED_BEFORE, Fault.DIED_AFTER]
SCHEDULES = st.lists(st.one_of(st.none(), st.sampled_from(PASSING)), max_size=12)
DEATHS = st.lists(st.sampled_from(["", "before", "after"]), max_size=8)
TEXTS = st.lists(st.sampled_from(["asa", "bo", "carl"]), min_size=1, max_size=8)  #: who writes, in order


class MortalLedger(MemoryLedger):
    """Kills the function at a write, before or after it is stored."""

    def __init__(self) -> None:
        super().__init__()
        self.deaths: deque[str] = deque()

    def save(self, delivery: Delivery) -> None:
        death = self.deaths.popleft() if self.deaths else ""
        if death == "before":
            raise Died
        super().save(delivery)
        if death == "after":
            raise Died


def make_bridge(deaths: list[str]) -> Bridge:
    ledger = MortalLedger()
    bridge = Bridge(ledger=ledger)
    ledger.deaths = deque(deaths)
    return bridge


def count_deaths(faults: list[Fault | None], deaths: list[str]) -> int:
    return sum(fault in (Fault.DIED_BEFORE, Fault.DIED_AFTER) for fault in faults) + sum(map(bool, deaths))


def first_appearances(texts: list[str]) -> list[str]:
    return list(dict.fromkeys(texts))


@settings(max_examples=150)
@given(writers=TEXTS, faults=SCHEDULES, deaths=DEATHS, twice=st.booleans())
def test_towards_a_service_that_can_be_asked_every_message_arrives_once_and_in_order(
    writers: list[str], faults: list[Fault | None], deaths: list[str], twice: bool
) -> None:
    bridge = make_bridge(deaths)
    bridge.platform.faults.extend(faults)
    expected: dict[str, list[str]] = {}
    for number, contact in enumerate(writers):
        expected.setdefault(contact, []).append(f"{contact} {number}")
        for _ in range(2 if twice else 1):
            bridge.customer_writes(f"{contact} {number}", contact=contact)
    bridge.settle(timedelta(hours=20))
    assert isinstance(bridge.platform, Office)
    if count_deaths(faults, deaths) < MOST_LOST_ATTEMPTS:
        assert sorted(bridge.platform.threads.values()) == sorted(expected.values())
        assert not bridge.queue.parked
    assert set(bridge.queue.causes) <= {Cause.CRASHED}
    assert isinstance(bridge.ledger, MortalLedger)
    bridge.ledger.deaths.clear()
    bridge.redrive()  # what the function died on three times waits for the owner, and nothing of it is lost
    bridge.settle(timedelta(hours=20))
    assert sorted(map(sorted, bridge.platform.threads.values())) == sorted(map(sorted, expected.values()))
    assert len(bridge.platform.opened) == len(expected)
    assert not bridge.queue.redriven
    assert all(delivery.outcome is Outcome.DELIVERED for delivery in bridge.ledger.deliveries.values())


@settings(max_examples=150)
@given(words=st.lists(st.sampled_from(["ok", "ok", "no"]), min_size=1, max_size=8), faults=SCHEDULES, deaths=DEATHS)
def test_the_same_words_arrive_as_often_as_they_were_said(
    words: list[str], faults: list[Fault | None], deaths: list[str]
) -> None:
    """Towards a service that can be asked, and knows messages by nothing but their words and its own ids."""
    bridge = make_bridge(deaths)
    bridge.platform.faults.extend(faults)
    for number, word in enumerate(words):
        bridge.customer_writes(word, external_id=str(number))
    bridge.settle(timedelta(hours=20))
    if count_deaths(faults, deaths) < MOST_LOST_ATTEMPTS:
        assert bridge.platform.threads == {"conversation-1": words}
        assert not bridge.queue.parked
    assert isinstance(bridge.ledger, MortalLedger)
    bridge.ledger.deaths.clear()
    bridge.redrive()
    bridge.settle(timedelta(hours=20))
    said, heard = Counter(words), Counter(bridge.platform.everything())
    assert not said - heard or count_deaths(faults, deaths) >= MOST_LOST_ATTEMPTS
    assert all(delivery.outcome is Outcome.DELIVERED for delivery in bridge.ledger.deliveries.values())


@settings(max_examples=150)
@given(count=st.integers(1, 6), faults=SCHEDULES, deaths=DEATHS)
def test_towards_a_service_that_cannot_be_asked_doubles_are_marked_and_nothing_is_lost(
    count: int, faults: list[Fault | None], deaths: list[str]
) -> None:
    bridge = make_bridge([])
    bridge.customer_writes("hello")
    bridge.settle()
    assert isinstance(bridge.ledger, MortalLedger)
    bridge.ledger.deaths = deque(deaths)
    bridge.messenger.faults.extend(faults)
    texts = [f"answer {number}" for number in range(count)]
    for text in texts:
        bridge.agent_writes(text)
    bridge.settle(timedelta(hours=20))

    shown = bridge.messenger.threads.get("asa", [])
    assert first_appearances(shown) == sorted(first_appearances(shown))
    parked = [envelope.body for envelope, _ in bridge.queue.parked]
    for text in texts:
        assert text in shown or any(f'"text":"{text}"' in body for body in parked)
    marked = sum(delivery.uncertain for delivery in bridge.ledger.deliveries.values())
    doubled = [text for text, times in Counter(shown).items() if times > 1]
    assert len(doubled) <= marked
    assert len(parked) == sum(
        delivery.outcome is Outcome.DEAD_LETTERED for delivery in bridge.ledger.deliveries.values()
    )
    assert len(bridge.queue) == 0


@settings(max_examples=60)
@given(faults=SCHEDULES, lengths=st.lists(st.integers(1, 700), min_size=1, max_size=4))
def test_a_retry_never_repeats_the_parts_that_are_out(faults: list[Fault | None], lengths: list[int]) -> None:
    bridge = Bridge()
    bridge.customer_writes("hello")
    bridge.settle()
    certain = [fault for fault in faults if fault in (None, Fault.BUSY, Fault.PENDING)]
    bridge.messenger.faults.extend(certain)
    texts = [" ".join(f"{index}.{word}" for word in range(length // 4 + 1)) for index, length in enumerate(lengths)]
    for text in texts:
        bridge.agent_writes(text)
    bridge.settle(timedelta(hours=20))
    assert " ".join(bridge.messenger.threads["asa"]) == " ".join(texts)


def test_the_properties_would_notice_a_bridge_that_forgets(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check of the check: without the ledger's memory of an unfinished attempt, doubles go unmarked."""
    bridge = make_bridge([])
    original = bridge.ledger.claim
    monkeypatch.setattr(MemoryLedger, "claim", lambda self, *claim, **more: (original(*claim, **more)[0], False))
    bridge.customer_writes("hello")
    bridge.settle()
    bridge.messenger.faults.append(Fault.DIED_AFTER)
    bridge.agent_writes("answer")
    bridge.settle()
    assert bridge.messenger.threads["asa"] == ["answer", "answer"]
    assert not any(delivery.uncertain for delivery in bridge.ledger.deliveries.values())
