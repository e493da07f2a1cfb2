"""An audit trail in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from patchbay.bridge.audit import Auditor, AuditRecord, AuditTrail
from tests.harness.virtual_time import VirtualTime


@dataclass
class MemoryAuditTrail(AuditTrail):
    records: list[AuditRecord] = field(default_factory=list)

    def add(self, record: AuditRecord) -> None:
        self.records.append(record)

    def read(self, month: str) -> Iterator[AuditRecord]:
        yield from (record for record in self.records if record.at.startswith(month))

    @property
    def lines(self) -> list[tuple[str, str, str, tuple[str, ...]]]:
        return [(one.actor, one.action, one.outcome.value, one.targets) for one in self.records]


def auditor_of(trail: AuditTrail, actor: str = "function:test") -> Auditor:
    return Auditor(trail, VirtualTime(), lambda: actor)
