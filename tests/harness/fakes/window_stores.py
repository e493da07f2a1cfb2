"""What is kept about reply windows, templates and prices, in memory."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from patchbay.aws.stores import keys
from patchbay.bridge.costs import DayCount
from patchbay.bridge.held import Choice, Held
from patchbay.bridge.held_overdue import HeldOverdues
from patchbay.bridge.ports import Clock, QueueProducer, Telemetry
from patchbay.bridge.template_store import TemplateList, TemplateNews
from patchbay.domain.errors import Conflict
from patchbay.domain.held_place import HeldPlace
from patchbay.kit import registry
from patchbay.kit.contract import Connector
from tests.harness.fakes.limits import check_item


@dataclass(slots=True)
class MemoryHeldMessages:
    messages: dict[HeldPlace, Held] = field(default_factory=dict)
    choices: dict[tuple[str, str], tuple[Choice, ...]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, messenger_connection: str, contact: str) -> Sequence[Held]:
        mine = [
            held
            for place, held in self.messages.items()
            if (place.messenger_connection, place.contact) == (messenger_connection, contact)
        ]
        return sorted(mine, key=lambda held: held.place.position)

    def find(self, place: HeldPlace) -> Held | None:
        return self.messages.get(place)

    def add(self, held: Held) -> None:
        place = held.place
        check_item(held, keys.held_key(place.messenger_connection, place.contact), keys.held_sort(place.position))
        with self._lock:
            if place in self.messages:
                raise Conflict("another writer was faster")
            self.messages[place] = held

    def change(self, held: Held) -> None:
        with self._lock:
            if held.place in self.messages:
                self.messages[held.place] = held

    def remove(self, held: Held) -> None:
        with self._lock:
            self.messages.pop(held.place, None)

    def offer(self, messenger_connection: str, contact: str, choices: Sequence[Choice], until: datetime) -> None:
        self.choices[messenger_connection, contact] = tuple(choices)

    def offered(self, messenger_connection: str, contact: str) -> Sequence[Choice]:
        return self.choices.get((messenger_connection, contact), ())

    def overdue(self, now: datetime, most: int) -> Sequence[HeldPlace]:
        late = sorted((held for held in self.messages.values() if held.until <= now), key=lambda held: held.until)
        return [held.place for held in late[:most]]


def watch_overdue(
    clock: Clock,
    telemetry: Telemetry,
    producer: QueueProducer,
    held: MemoryHeldMessages | None = None,
    connector_of: Callable[[str], Connector] = registry.load,
) -> HeldOverdues:
    """The monitor's look at held messages; without `held`, of which there are none."""
    return HeldOverdues(
        connector_of=connector_of,
        held=held or MemoryHeldMessages(),
        producer=producer,
        clock=clock,
        telemetry=telemetry,
    )


@dataclass(slots=True)
class MemoryTemplates:
    lists: dict[str, TemplateList] = field(default_factory=dict)
    news: dict[str, dict[tuple[str, str], TemplateNews]] = field(default_factory=dict)

    def read(self, connection_id: str) -> tuple[TemplateList | None, Sequence[TemplateNews]]:
        return self.lists.get(connection_id), tuple(self.news.get(connection_id, {}).values())

    def save(self, connection_id: str, listed: TemplateList) -> None:
        self.lists[connection_id] = listed

    def note(self, connection_id: str, news: TemplateNews) -> None:
        known = self.news.setdefault(connection_id, {})
        before = known.get((news.name, news.language))
        if before is None or before.at <= news.at:
            known[news.name, news.language] = news


@dataclass(slots=True)
class MemoryCosts:
    days: dict[tuple[str, date, str], DayCount] = field(default_factory=dict)
    _seen: set[tuple[str, str]] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, connection_id: str, day: date, category: str, billable: bool | None, key: str) -> None:
        with self._lock:
            if (connection_id, key) in self._seen:
                return
            self._seen.add((connection_id, key))
            known = self._day(connection_id, day, category)
            name = {True: "billable", False: "free", None: "unknown"}[billable]
            self.days[connection_id, day, category] = replace(known, **{name: getattr(known, name) + 1})

    def take(self, connection_id: str, day: date, category: str, most: int, key: str) -> bool:
        with self._lock:
            if (connection_id, f"{key}#taken") in self._seen:
                return True
            known = self._day(connection_id, day, category)
            if known.taken >= most:
                return False
            self._seen.add((connection_id, f"{key}#taken"))
            self.days[connection_id, day, category] = replace(known, taken=known.taken + 1)
            return True

    def list(self, connection_id: str, since: date) -> Sequence[DayCount]:
        mine = [one for (connection, _, _), one in self.days.items() if connection == connection_id]
        return sorted((one for one in mine if one.day >= since), key=lambda one: (one.day, one.category))

    def _day(self, connection_id: str, day: date, category: str) -> DayCount:
        return self.days.get((connection_id, day, category)) or DayCount(day=day, category=category)
