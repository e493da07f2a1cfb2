"""The audit trail in the table: a partition for each month. Records are put, never changed and never deleted.

They have no end: what administration did is kept as long as the table is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from uuid import uuid4

from patchbay.aws.stores import keys
from patchbay.aws.stores.table import Item, Table
from patchbay.bridge.audit import Auditor, AuditOutcome, AuditRecord, AuditTrail
from patchbay.bridge.ports import Clock

_MOST_TARGETS = 1000  #: of one record; an item of the table holds 400 KB


class DynamoAuditTrail(AuditTrail):
    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, record: AuditRecord) -> None:
        """The table refuses a record whose key is taken, so that none replaces another."""
        fields = asdict(record)
        left_out = len(record.targets) - _MOST_TARGETS
        if left_out > 0:
            fields["targets"] = [*record.targets[:_MOST_TARGETS], f"and {left_out} more"]
        fields |= {"outcome": record.outcome.value, "targets": list(fields["targets"]), "details": list(record.details)}
        key = {"pk": keys.audit_key(record.at[:7]), "sk": f"{record.at}#{record.act}#{uuid4().hex[:8]}"}
        self._table.put({**key, **fields}, condition="attribute_not_exists(pk)")

    def read(self, month: str) -> Iterator[AuditRecord]:
        yield from map(_read, self._table.partition(keys.audit_key(month)))


def make_auditor(table: Table, clock: Clock, actor: str) -> Auditor:
    """For a function, which always acts in its own name."""
    return Auditor(DynamoAuditTrail(table), clock, lambda: actor)


def _read(item: Item) -> AuditRecord:
    return AuditRecord(
        act=str(item["act"]),
        at=str(item["at"]),
        actor=str(item["actor"]),
        action=str(item["action"]),
        outcome=AuditOutcome(str(item["outcome"])),
        targets=tuple(item["targets"]),
        details=tuple(item["details"]),
        reason=str(item["reason"]),
    )
