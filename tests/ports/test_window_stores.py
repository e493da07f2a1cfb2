"""What every store of held messages, templates and prices does: in memory, in DynamoDB as moto plays it, locally."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from patchbay.aws.stores.costs import DynamoCosts
from patchbay.aws.stores.held import DynamoHeldMessages
from patchbay.aws.stores.table import Table
from patchbay.aws.stores.templates import DynamoTemplates, write_list
from patchbay.bridge.costs import CostCounters
from patchbay.bridge.held import Choice, Held, HeldMessages, Offer
from patchbay.bridge.template_store import KnownTemplates, TemplateList, TemplateNews
from patchbay.domain.errors import Conflict
from patchbay.domain.events import MessageReceived, Origin
from patchbay.domain.held_place import HeldPlace
from patchbay.domain.model import Message, Role, Sender, Text
from patchbay.domain.template_status import TemplateStatus
from tests.aws import aws
from tests.harness.fakes.window_stores import MemoryCosts, MemoryHeldMessages, MemoryTemplates
from tests.harness.fakes.windowed import GREETING, OFFER, PENDING, REMINDER
from tests.harness.virtual_time import VirtualTime

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
DAY = date(2026, 1, 5)
Stores = tuple[DynamoHeldMessages | MemoryHeldMessages, KnownTemplates, CostCounters]


@pytest.fixture(params=aws.PLACES)
def stores(request: pytest.FixtureRequest) -> Iterator[Stores]:
    if request.param == "memory":
        yield MemoryHeldMessages(), MemoryTemplates(), MemoryCosts()
        return
    with aws.provided(request) as cloud:
        table = Table(cloud.tables, aws.TABLE)
        yield DynamoHeldMessages(table), DynamoTemplates(table), DynamoCosts(table, VirtualTime(NOW))


@pytest.fixture
def held(stores: Stores) -> DynamoHeldMessages | MemoryHeldMessages:
    return stores[0]


@pytest.fixture
def templates(stores: Stores) -> KnownTemplates:
    return stores[1]


@pytest.fixture
def costs(stores: Stores) -> CostCounters:
    return stores[2]


def make(position: int, text: str = "hello", contact: str = "CH.1") -> Held:
    origin = Origin(service="office", endpoint="desk")
    event = MessageReceived(
        id=f"e{position}",
        origin=origin,
        thread="c1",
        occurred_at=NOW,
        message=Message(
            external_id=f"m{position}",
            sender=Sender(role=Role.AGENT, name="Zoë"),
            content=(Text(text=text),),
            sent_at=NOW,
        ),
    )
    place = HeldPlace(messenger_connection="phone", contact=contact, position=position)
    return Held(place=place, event=event, held_at=NOW, until=NOW + timedelta(hours=min(position, 100)))


# --- held messages ---------------------------------------------------------------------------------------------------


def test_held_messages_are_read_in_their_order(held: HeldMessages) -> None:
    for position in (10, 9, 1_767_000_000_000):
        held.add(make(position))
    held.add(make(1, contact="CH.2"))
    assert held.of("phone", "CH.1") == [make(9), make(10), make(1_767_000_000_000)]
    assert held.find(make(10).place) == make(10)
    assert held.of("phone", "nobody") == []
    assert held.find(make(11).place) is None


def test_a_place_is_taken_once(held: HeldMessages) -> None:
    held.add(make(1))
    with pytest.raises(Conflict):
        held.add(make(1, "another"))
    assert held.of("phone", "CH.1") == [make(1)]


def test_a_held_message_changes_while_it_is_held(held: DynamoHeldMessages | MemoryHeldMessages) -> None:
    held.add(make(1))
    changed = replace(make(1, "corrected 😀"), queued=True, rounds=2, taken_by="g#e")
    held.change(changed)
    assert held.of("phone", "CH.1") == [changed]
    held.remove(changed)
    held.remove(changed)
    held.change(changed)
    assert held.of("phone", "CH.1") == []
    assert held.overdue(NOW + timedelta(days=9), 10) == []


def test_a_long_message_is_held(held: HeldMessages) -> None:
    held.add(make(1, "é" * 150_000))
    assert held.of("phone", "CH.1") == [make(1, "é" * 150_000)]


def test_what_is_overdue_is_found_oldest_first(held: DynamoHeldMessages | MemoryHeldMessages) -> None:
    for position in (3, 1, 2, 50):
        held.add(make(position))
    late = [make(1).place, make(2).place, make(3).place]
    assert held.overdue(NOW + timedelta(hours=3, seconds=1), 10) == late
    assert held.overdue(NOW + timedelta(hours=3, seconds=1), 2) == late[:2]
    assert held.overdue(NOW, 10) == []


def test_what_was_offered_last_counts(held: HeldMessages) -> None:
    assert held.offered("phone", "CH.1") == Offer()
    held.end_offer("phone", "CH.1", NOW)
    assert held.offered("phone", "CH.1") == Offer()
    held.offer("phone", "CH.1", [Choice(name="a", language="de")], NOW)
    held.offer("phone", "CH.1", [Choice(name="b", language="en"), Choice(name="a", language="de")], NOW)
    held.add(make(1))
    choices = (Choice(name="b", language="en"), Choice(name="a", language="de"))
    assert held.offered("phone", "CH.1") == Offer(choices=choices)
    held.end_offer("phone", "CH.1", NOW)
    held.end_offer("phone", "CH.1", NOW + timedelta(hours=1))
    assert held.offered("phone", "CH.1") == Offer(choices=choices, ended_at=NOW)
    assert held.of("phone", "CH.1") == [make(1)]


# --- templates -------------------------------------------------------------------------------------------------------


def test_a_list_is_read_as_it_was_saved(templates: KnownTemplates) -> None:
    assert templates.read("phone")[0] is None
    listed = TemplateList(templates=(GREETING, REMINDER), listed_at=NOW)
    templates.save("phone", listed)
    assert templates.read("phone")[0] == listed
    assert templates.read("other")[0] is None


def test_the_latest_news_of_each_template_count(templates: KnownTemplates) -> None:
    def news(status: TemplateStatus, minutes: int, language: str = "de") -> TemplateNews:
        return TemplateNews(name="a", language=language, status=status, at=NOW + timedelta(minutes=minutes))

    templates.note("phone", news(TemplateStatus.PAUSED, 2))
    templates.note("phone", news(TemplateStatus.APPROVED, 1))
    templates.note("phone", news(TemplateStatus.DISABLED, 0, "en"))
    noted = sorted(templates.read("phone")[1], key=lambda one: one.language)
    assert noted == [news(TemplateStatus.PAUSED, 2), news(TemplateStatus.DISABLED, 0, "en")]


def test_of_too_many_templates_those_are_kept_that_can_be_sent() -> None:
    many = [replace(PENDING, name=f"p{number}", body="x" * 1000) for number in range(600)]
    body = write_list(TemplateList(templates=(*many, OFFER), listed_at=NOW))
    assert len(body.encode()) < 390_000
    assert '"winter_sale"' in body


# --- prices ----------------------------------------------------------------------------------------------------------


def test_prices_are_counted_by_day_and_category_each_once(costs: CostCounters) -> None:
    for key in ("a", "b", "a"):
        costs.count("phone", DAY, "marketing", True, key)
    costs.count("phone", DAY, "marketing", False, "c")
    costs.count("phone", DAY, "service", None, "d")
    costs.count("phone", DAY - timedelta(days=1), "service", False, "e")
    costs.count("other", DAY, "service", True, "a")
    found = costs.list("phone", DAY)
    assert [(one.category, one.billable, one.free, one.unknown) for one in found] == [
        ("marketing", 2, 1, 0),
        ("service", 0, 0, 1),
    ]
    assert [one.day for one in costs.list("phone", DAY - timedelta(days=1))] == [DAY - timedelta(days=1), DAY, DAY]


def test_a_ceiling_lets_so_many_through_and_each_once(costs: CostCounters) -> None:
    assert costs.take("phone", DAY, "marketing", 2, "a")
    assert costs.take("phone", DAY, "marketing", 2, "a"), "the same message is tried again"
    assert costs.take("phone", DAY, "marketing", 2, "b")
    assert not costs.take("phone", DAY, "marketing", 2, "c")
    assert not costs.take("phone", DAY, "marketing", 0, "d")
    assert costs.take("phone", DAY, "marketing", 3, "c"), "the owner may raise it"
    assert costs.take("phone", DAY + timedelta(days=1), "marketing", 1, "d")
    assert [one.taken for one in costs.list("phone", DAY)] == [3, 1]
