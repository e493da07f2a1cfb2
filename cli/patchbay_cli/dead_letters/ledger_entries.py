"""The ledger's entries of dead letters, a hundred in one write: reopened for a redrive, or closed by the owner.

Every write is conditional on what was read, so it cannot interfere with a dispatcher that works on the same event.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import batched
from typing import TYPE_CHECKING, Any

from patchbay.aws.stores import keys
from patchbay.aws.stores.ledger import KEPT, read_delivery
from patchbay.aws.stores.table import read_item
from patchbay.bridge.ledger import Delivery, Outcome
from patchbay.domain.errors import PatchbayError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

ENTRIES = 100  # DynamoDB: in one read, and in one transaction
FINISHED = frozenset({Outcome.DELIVERED, Outcome.FAILED, Outcome.SKIPPED})
_TRIES = 5


@dataclass(frozen=True, slots=True)
class _Change:
    update: str
    condition: str
    values: Mapping[str, Any]


#: From the entry as it was found, None when it was not read or is not there, to what is to do; None for nothing.
_Decide = Callable[[Delivery | None], _Change | None]


class LedgerEntries:
    def __init__(self, table: Table) -> None:
        self._table = table
        self._client = table.meta.client

    def read(self, ids: Iterable[str]) -> dict[str, Delivery]:
        """Those that there are, by the ledger's id of the event."""
        found: dict[str, Delivery] = {}
        for batch in batched(dict.fromkeys(ids), ENTRIES, strict=False):
            wanted: Any = {self._table.name: {"Keys": [_key(one) for one in batch], "ConsistentRead": True}}
            while wanted:
                answer = self._client.batch_get_item(RequestItems=wanted)
                for item in answer["Responses"].get(self._table.name, []):
                    entry = read_delivery(dict(item))
                    found[entry.event_id] = entry
                wanted = answer.get("UnprocessedKeys")
        return found

    def reopen(self, ids: Iterable[str], now: datetime) -> set[str]:
        """Gives the events new attempts, and keeps the record of sent parts. Returns those already settled."""

        def decide(found: Delivery | None) -> _Change | None:
            return _reopen(found, now)

        return self._change(ids, decide)

    def close(self, ids: Iterable[str], outcome: Outcome, reason: str, now: datetime) -> set[str]:
        """Ends the events with `outcome`. Returns those that were settled already, which keep theirs."""

        def decide(found: Delivery | None) -> _Change | None:
            if isinstance(found, Delivery) and found.outcome in FINISHED:
                return None
            return _Change(
                "SET event_id = :id, outcome = :outcome, reason = :reason, in_flight = :false,"
                " expires_at = if_not_exists(expires_at, :expires),"  # it may be kept for as long as its files
                " first_attempt_at = if_not_exists(first_attempt_at, :now) REMOVE cause",
                "attribute_not_exists(outcome) OR outcome = :ended",
                {**_common(now), ":outcome": outcome.value, ":reason": reason, ":ended": Outcome.DEAD_LETTERED.value},
            )

        return self._change(ids, decide)

    def _change(self, ids: Iterable[str], decide: _Decide) -> set[str]:
        """Writes a batch at a time, all of it or nothing; what was found otherwise is decided again.

        Raises PatchbayError when others keep changing the same entries.
        """
        ended: set[str] = set()
        for batch in batched(dict.fromkeys(ids), ENTRIES, strict=False):
            known: dict[str, Delivery | None] = dict.fromkeys(batch, None)
            for _ in range(_TRIES):
                changes = {one: change for one in batch if (change := decide(known[one]))}
                refused = self._write(changes)
                known |= refused
                if not refused:
                    break
            else:
                raise PatchbayError(
                    "the ledger entries are being changed by another process: run the command again in a minute"
                )
            ended |= {one for one, entry in known.items() if isinstance(entry, Delivery) and entry.outcome in FINISHED}
        return ended

    def _write(self, changes: Mapping[str, _Change]) -> dict[str, Delivery | None]:
        """One transaction. When it is refused nothing is written, and the answer is what stood in the way."""
        if not changes:
            return {}
        writes: Any = [{"Update": self._update(one, change)} for one, change in changes.items()]
        try:
            self._client.transact_write_items(TransactItems=writes)
        except self._client.exceptions.TransactionCanceledException as error:
            reasons: Any = error.response.get("CancellationReasons", [])
            refused: dict[str, Delivery | None] = {}
            for one, reason in zip(changes, reasons, strict=False):
                if reason.get("Code") == "ConditionalCheckFailed":
                    item = read_item(reason.get("Item"))  # boto3 translates answers, and no errors
                    refused[one] = read_delivery(item) if item else None
                elif reason.get("Code") == "TransactionConflict":
                    refused[one] = None
            if not refused:
                raise
            return refused
        return {}

    def _update(self, ledger_id: str, change: _Change) -> dict[str, Any]:
        used = set(re.findall(r":\w+", f"{change.update} {change.condition}"))
        values = {name: value for name, value in {**change.values, ":id": ledger_id}.items() if name in used}
        return {
            "TableName": self._table.name,
            "Key": _key(ledger_id),
            "UpdateExpression": change.update,
            "ConditionExpression": change.condition,
            "ExpressionAttributeValues": values,
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }


def _reopen(found: Delivery | None, now: datetime) -> _Change | None:
    values = {**_common(now), ":ended": Outcome.DEAD_LETTERED.value}
    fresh = (
        "SET event_id = :id, attempts = :zero, unended = :zero, resends = :zero, reason = :none, expires_at = :expires"
    )
    if found is None:
        begun = f"{fresh}, first_attempt_at = :now, in_flight = :false REMOVE outcome, cause"
        return _Change(begun, "attribute_not_exists(pk) OR (outcome = :ended AND in_flight = :false)", values)
    if found.outcome in FINISHED:
        return None
    if found.outcome is None:
        if found.in_flight:  # an attempt died, or still runs: it stays uncertain
            return _Change(fresh, "attribute_not_exists(outcome) AND in_flight = :true", values)
        again = f"{fresh}, first_attempt_at = :now"
        return _Change(again, "attribute_not_exists(outcome) AND in_flight = :false", values)
    if found.in_flight:  # the look-up at the service starts at the first attempt
        return _Change(f"{fresh} REMOVE outcome, cause", "outcome = :ended AND in_flight = :true", values)
    return _reopen(None, now)


def _common(now: datetime) -> dict[str, Any]:
    return {
        ":now": now.isoformat(),
        # The dead letter may still be there, should the command break off now.
        ":expires": int((now + KEPT).timestamp()),
        ":zero": 0,
        ":none": "",
        ":true": True,
        ":false": False,
    }


def _key(ledger_id: str) -> dict[str, str]:
    pk, sk = keys.delivery_keys(ledger_id)
    return {"pk": pk, "sk": sk}
