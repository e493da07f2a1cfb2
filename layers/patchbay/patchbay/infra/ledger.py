"""The ledger in the table: what became of each event, and each part that is out by its id on the other side.

A bridged message costs three writes: claim, index (where the destination reports back) and the outcome.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

from pydantic import TypeAdapter

from patchbay.infra import keys
from patchbay.infra.table import ConditionFailed, Item, Table
from patchbay.model import ReceiptState
from patchbay.ports import Clock, Delivery, Ledger, Sent
from patchbay.receipts import advances

KEPT = timedelta(days=8)  #: services repeat a webhook for up to seven days
THREAD_INDEX = "thread"
_OPEN = frozenset(state for state in ReceiptState if state not in {ReceiptState.READ, ReceiptState.FAILED})


class DynamoLedger(Ledger):
    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def claim(self, event_id: str, now: datetime) -> tuple[Delivery, bool]:
        try:
            before = self._table.update(
                (keys.delivery_key(event_id), keys.SORT),
                "SET in_flight = :true, event_id = :id, expires_at = :expires,"
                " first_attempt_at = if_not_exists(first_attempt_at, :now)",
                condition="attribute_not_exists(outcome)",
                values={":true": True, ":id": event_id, ":now": now.isoformat(), ":expires": _expiry(now)},
            )
        except ConditionFailed as done:
            if done.item is None:
                raise
            return read_delivery(done.item), False
        if before is None:
            return Delivery(event_id=event_id, first_attempt_at=now, in_flight=True), False
        left = read_delivery(before)
        return replace(left, in_flight=True), left.in_flight

    def save(self, delivery: Delivery) -> None:
        body: Item = _deliveries().dump_python(delivery, mode="json")
        if body["outcome"] is None:
            del body["outcome"]  # `claim` asks whether the attribute exists
        key = {"pk": keys.delivery_key(delivery.event_id), "sk": keys.SORT}
        self._table.put({**key, **body, "expires_at": _expiry(self._clock.now())})

    def index(self, sent: Sent) -> None:
        item: Item = {
            "pk": keys.sent_key(sent.connection_id, sent.external_id),
            "sk": keys.SORT,
            **_sents().dump_python(sent, mode="json"),
            "expires_at": _expiry(sent.sent_at),
        }
        if sent.state in _OPEN:
            item |= {"thread_pk": keys.thread_key(sent.connection_id, sent.thread), "thread_sk": _thread_sort(sent)}
        self._table.put(item)

    def sent(self, connection_id: str, external_id: str) -> Sent | None:
        item = self._table.get(keys.sent_key(connection_id, external_id), consistent=True)
        return _sents().validate_python(item) if item else None

    def sent_before(self, sent: Sent) -> Sequence[Sent]:
        """The index holds open parts alone, and follows the table within milliseconds (it has no consistent reads)."""
        values = {":thread": keys.thread_key(sent.connection_id, sent.thread), ":until": f"{_instant(sent.sent_at)}$"}
        items = self._table.query(THREAD_INDEX, "thread_pk = :thread AND thread_sk < :until", values)
        found = [_sents().validate_python(item) for item in items]
        return [one for one in found if one.external_id != sent.external_id and one.state in _OPEN]

    def advance(self, sent: Sent, state: ReceiptState) -> bool:
        earlier = {f":s{number}": str(old) for number, old in enumerate(ReceiptState) if advances(old, state)}
        if not earlier:
            return False
        try:
            self._table.update(
                (keys.sent_key(sent.connection_id, sent.external_id), keys.SORT),
                "SET #state = :state" + ("" if state in _OPEN else " REMOVE thread_pk, thread_sk"),
                condition=f"#state IN ({', '.join(earlier)})",
                names={"#state": "state"},
                values={":state": str(state), **earlier},
            )
        except ConditionFailed:
            return False
        return True


def read_delivery(item: Item) -> Delivery:
    return _deliveries().validate_python(item)


def _thread_sort(sent: Sent) -> str:
    return f"{_instant(sent.sent_at)}#{sent.external_id}"


def _instant(at: datetime) -> str:
    """Of one zone and length, so that text order is time order."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _expiry(at: datetime) -> int:
    return int((at + KEPT).timestamp())


@cache
def _deliveries() -> TypeAdapter[Delivery]:
    return TypeAdapter(Delivery)


@cache
def _sents() -> TypeAdapter[Sent]:
    return TypeAdapter(Sent)
