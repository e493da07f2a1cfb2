"""The ledger in the table: what became of each event, and each part that is out by its id on the other side.

A bridged message costs three writes: claim, index (where the destination reports back) and the outcome.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import takewhile

from pydantic import TypeAdapter

from patchbay.aws.stores import keys
from patchbay.aws.stores.table import ConditionFailed, Item, Table
from patchbay.bridge import retry_policy
from patchbay.bridge.delivery_states import claim_entry
from patchbay.bridge.ledger import Carried, Delivery, Ledger, Sent
from patchbay.bridge.ports import Clock
from patchbay.domain.model import ReceiptState
from patchbay.domain.receipts import advances

#: Services repeat a webhook for up to seven days. It may lie on the queue for two weeks, behind a message that waits
#: for the owner, and two more as a dead letter. Even then it must find what is out.
KEPT = timedelta(days=36)
_REPETITIONS_KEPT = timedelta(hours=1)
_CARRIED_KEPT = timedelta(days=400)  #: for as long at least; our copies of files may be kept for longer
THREAD_INDEX = "thread"
_PAGE = 100  #: earlier parts that are read at a time: a receipt may cover thousands, and time may run out
_OPEN = frozenset(state for state in ReceiptState if state not in {ReceiptState.READ, ReceiptState.FAILED})


class DynamoLedger(Ledger):
    def __init__(self, table: Table, clock: Clock, files_kept: timedelta = timedelta()) -> None:
        """`files_kept`: for how long copies of files are."""
        self._table = table
        self._clock = clock
        self._files_kept = files_kept

    def claim(self, event_id: str, now: datetime, *, counted: bool = True) -> tuple[Delivery, bool]:
        try:
            before = self._table.update(
                keys.delivery_keys(event_id),
                "SET in_flight = :true, event_id = :id, expires_at = :expires, claimed_at = :now,"
                " first_attempt_at = if_not_exists(first_attempt_at, :now) ADD unended :count",
                condition="attribute_not_exists(outcome)",
                values={
                    ":true": True,
                    ":id": event_id,
                    ":now": now.isoformat(),
                    ":expires": _expiry(now),
                    ":count": int(counted),
                },
            )
        except ConditionFailed as done:
            if done.item is None:
                raise
            return read_delivery(done.item), False
        found = read_delivery(before) if before else Delivery(event_id=event_id, first_attempt_at=now)
        return claim_entry(found, now, counted=counted), found.in_flight

    def find(self, event_key: str) -> Delivery | None:
        item = self._table.get(*keys.delivery_keys(event_key), consistent=True)
        return read_delivery(item) if item else None

    def save(self, delivery: Delivery) -> None:
        body: Item = _deliveries().dump_python(delivery, mode="json")
        if body["outcome"] is None:
            del body["outcome"]  # `claim` asks whether the attribute exists
        pk, sk = keys.delivery_keys(delivery.event_id)
        self._table.put({"pk": pk, "sk": sk, **body, "expires_at": self._expiry_of(delivery)})

    def forget(self, event_key: str) -> None:
        self._table.delete(*keys.delivery_keys(event_key))

    def of_thread(self, group: str) -> Iterator[Delivery]:
        items = self._table.partition(keys.ledger_key(group), keys.EVENT_PREFIX)
        return (read_delivery(item) for item in items)

    def _expiry_of(self, delivery: Delivery) -> int:
        """The entry is also what finds the copies of files: it lives as long as they do."""
        kept = max(KEPT, self._files_kept) if delivery.files else KEPT
        return int((self._clock.now() + kept).timestamp())

    def index(self, sent: Sent, *, by_thread: bool = True) -> None:
        item: Item = {
            "pk": keys.sent_key(sent.connection_id, sent.external_id),
            "sk": keys.SORT,
            **_sents().dump_python(sent, mode="json"),
            "expires_at": _expiry(sent.sent_at),
        }
        if by_thread and sent.state in _OPEN:
            item |= {"thread_pk": keys.thread_key(sent.connection_id, sent.thread), "thread_sk": _thread_sort(sent)}
        self._table.put(item)

    def sent(self, connection_id: str, external_id: str) -> Sent | None:
        item = self._table.get(keys.sent_key(connection_id, external_id), consistent=True)
        return _sents().validate_python(item) if item else None

    def sent_before(self, sent: Sent, state: ReceiptState = ReceiptState.READ) -> Iterator[Sent]:
        until = self.sent_until(sent.connection_id, sent.thread, sent.sent_at, state)
        return (one for one in until if one.external_id != sent.external_id)

    def sent_until(
        self, connection_id: str, thread: str, moment: datetime, state: ReceiptState = ReceiptState.READ
    ) -> Iterator[Sent]:
        """The index holds only open parts, and follows the table within milliseconds (it has no consistent reads).

        It does not hold how far they got: otherwise each step would be another write to it.
        """
        if state is ReceiptState.READ:
            return self._open_until(connection_id, thread, moment)
        newest_first = self._open_until(connection_id, thread, moment, newest_first=True)
        news = takewhile(lambda one: advances(one.state, state), self._with_states(newest_first))
        return reversed(list(news))

    def _open_until(
        self, connection_id: str, thread: str, moment: datetime, *, newest_first: bool = False
    ) -> Iterator[Sent]:
        values = {":thread": keys.thread_key(connection_id, thread), ":until": f"{_instant(moment)}$"}
        condition = "thread_pk = :thread AND thread_sk < :until"
        items = self._table.query(THREAD_INDEX, condition, values, page=_PAGE, newest_first=newest_first)
        return (_sents().validate_python(item) for item in items)

    def _with_states(self, known: Iterator[Sent]) -> Iterator[Sent]:
        found = (self.sent(one.connection_id, one.external_id) for one in known)
        return (one for one in found if one is not None)

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

    # --- repetitions -------------------------------------------------------------------------------------------------

    def is_repetition(self, key: str, event_id: str, at: datetime) -> bool:
        """One write. An older event that is tried again finds a later one stored, and is no repetition of it."""
        apart = timedelta(seconds=retry_policy.REPETITION)
        try:
            self._table.update(
                keys.repeat_keys(key),
                "SET event_id = :id, heard_at = :at, expires_at = :expires",
                condition="attribute_not_exists(pk) OR event_id = :id OR heard_at < :since",
                values={
                    ":id": event_id,
                    ":at": _instant(at),
                    ":since": _instant(at - apart),
                    ":expires": int((at + _REPETITIONS_KEPT).timestamp()),
                },
            )
        except ConditionFailed as known:
            return known.item is not None and str(known.item["heard_at"]) <= _instant(at + apart)
        return False

    # --- what was erased ---------------------------------------------------------------------------------------------

    def note_erased(self, group: str, at: datetime) -> None:
        """For as long as a message may wait on the queue, and after that as a dead letter."""
        key = {"pk": keys.ledger_key(group), "sk": keys.ERASED_SORT}
        self._table.put({**key, "erased_at": _instant(at), "expires_at": _expiry(at)})

    def erased_at(self, group: str) -> datetime | None:
        item = self._table.get(keys.ledger_key(group), keys.ERASED_SORT, consistent=True)
        return datetime.fromisoformat(str(item["erased_at"])) if item else None

    # --- what was carried --------------------------------------------------------------------------------------------

    def note_carried(self, platform_connection: str, conversation: str, carried: Carried) -> None:
        body: Item = _carried().dump_python(carried, mode="json")
        key = {"pk": keys.carried_key(platform_connection, conversation), "sk": keys.fit_sort(carried.event_id)}
        kept = max(_CARRIED_KEPT, self._files_kept)
        self._table.put({**key, **body, "expires_at": int((self._clock.now() + kept).timestamp())})

    def carried(self, platform_connection: str, conversation: str) -> Sequence[Carried]:
        items = self._table.partition(keys.carried_key(platform_connection, conversation))
        return [_carried().validate_python(item) for item in items]

    def forget_carried(self, platform_connection: str, conversation: str, event_id: str) -> None:
        self._table.delete(keys.carried_key(platform_connection, conversation), keys.fit_sort(event_id))


def read_delivery(item: Item) -> Delivery:
    return _deliveries().validate_python(item)


def _thread_sort(sent: Sent) -> str:
    return keys.fit_sort(f"{_instant(sent.sent_at)}#{sent.external_id}")


def _instant(at: datetime) -> str:
    """Of one zone and length, so that text order is time order."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _expiry(at: datetime) -> int:
    return int((at + KEPT).timestamp())


@cache
def _deliveries() -> TypeAdapter[Delivery]:
    return TypeAdapter(Delivery)


@cache
def _carried() -> TypeAdapter[Carried]:
    return TypeAdapter(Carried)


@cache
def _sents() -> TypeAdapter[Sent]:
    return TypeAdapter(Sent)
