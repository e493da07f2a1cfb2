"""The customers and agents of a soak: who writes when, and what their services report of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from patchbay.domain.events import ConversationChanged, Origin, make_event_id
from patchbay.domain.model import ConversationStatus, ReceiptState, Side
from tests.soak.books import Books, Pair, Written, words_of
from tests.soak.connectors import Json
from tests.soak.faults import Fault, Faults
from tests.soak.loop import Loop
from tests.soak.queues import SoakQueue
from tests.soak.servers import Room, Server
from tests.soak.webhooks import Webhooks

_LOOK_AGAIN = 45.0  #: seconds until an agent looks again whether a customer's conversation is there
_LOOKS = 100
_KINDS = (
    Fault.REFUSED, Fault.UNDELIVERABLE, Fault.CRASHING, Fault.KILLING, Fault.HANGING, Fault.ODD, Fault.LARGE,
    Fault.LONG,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scene:
    """What people act upon."""

    loop: Loop
    faults: Faults
    servers: Mapping[str, Server]
    webhooks: Webhooks
    queue: SoakQueue
    books: Books


class People:
    """`begin` plans a conversation; the rest happens as time passes."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._random = scene.faults.random
        self._numbers = count(1)
        self._names: dict[int, int] = {}
        pigeons = scene.servers["pigeon"]
        pigeons.on_post = self._report_receipts
        for server in scene.servers.values():
            if server is not pigeons:
                server.on_activate = self._activate

    def begin(self, pair: Pair, messages: int, seconds: float) -> None:
        """`messages` in bursts that take turns, spread over `seconds`; the customer is the first."""
        sizes = self._bursts(messages)
        times = sorted(self._random.uniform(0, seconds) for _ in sizes)
        races = self._scene.faults.strikes(Fault.FIRST_RACE) is not None
        for number, (size, at) in enumerate(zip(sizes, times, strict=True)):
            if number % 2:
                self._scene.loop.time.later(at, lambda size=size: self._answer(pair, size, _LOOKS))  # type: ignore[misc]
            else:
                hurry = races and number == 0
                self._scene.loop.time.later(at, lambda size=size, hurry=hurry: self._ask(pair, size, hurry=hurry))  # type: ignore[misc]

    def _bursts(self, messages: int) -> list[int]:
        sizes: list[int] = []
        while messages > 0:
            sizes.append(min(messages, self._random.choice([1, 1, 2, 2, 3, 4, 6])))
            messages -= sizes[-1]
        return sizes

    # --- writing -----------------------------------------------------------------------------------------------------

    def _ask(self, pair: Pair, size: int, *, hurry: bool) -> None:
        if self._scene.faults.strikes(Fault.TWO_WRITERS):
            self._names[pair.number] = self._names.get(pair.number, 0) + 1
        if self._scene.faults.strikes(Fault.UNREADABLE):
            self._put_unreadable(pair)
        self._write_burst(pair, Side.MESSENGER, pair.messenger, pair.contact, size, longest=0.05 if hurry else 4.0)

    def _answer(self, pair: Pair, size: int, looks: int) -> None:
        """In the customer's open conversation, once there is one. If there never is, the customer writes again."""
        server = self._scene.servers[pair.platform.partition("-")[0]]
        room = server.room_of(pair.platform, pair.reference)
        if room is None or not room.active:
            if looks:
                self._scene.loop.time.later(_LOOK_AGAIN, lambda: self._answer(pair, size, looks - 1))
            else:
                self._ask(pair, size, hurry=False)
            return
        duration = self._write_burst(pair, Side.PLATFORM, pair.platform, room.id, size, longest=4.0)
        if self._scene.faults.strikes(Fault.ENDED):
            self._scene.loop.time.later(duration + self._random.uniform(0, 5), lambda: self._end(server, room))

    def _write_burst(self, pair: Pair, side: Side, endpoint: str, thread: str, size: int, longest: float) -> float:
        """How long it takes."""
        moment = 0.0
        for left in reversed(range(size)):
            gap = self._random.uniform(0.02, longest)
            swapped = left > 0 and self._scene.faults.strikes(Fault.SWAPPED) is not None
            delay = gap + self._random.uniform(0.3, 1.5) if swapped else 0.0

            def write(delay: float = delay) -> None:
                self._write(pair, side, endpoint, thread, delay)

            self._scene.loop.time.later(moment, write)
            moment += gap
        return moment

    def _write(self, pair: Pair, side: Side, endpoint: str, thread: str, delay: float) -> None:
        now = self._scene.loop.time.now()
        service = endpoint.partition("-")[0]
        message_id = f"{side.value[0]}{pair.number}.{next(self._numbers)}"
        kind = self._scene.faults.strikes(*_KINDS if side is Side.PLATFORM else _KINDS[:1] + _KINDS[2:])
        words = self._random.randint(60, 100) if kind is Fault.LONG else 1
        event = make_event_id("message", Origin(service=service, endpoint=endpoint), message_id)
        message = Written(message_id, pair, side, service, thread, now, words, kind, event)
        self._scene.books.add(message)
        if not delay and self._scene.faults.strikes(Fault.DELAYED):
            delay = self._random.uniform(5, 600)
        body: Json = {"kind": "message", "id": message_id, "thread": thread, "at": now.isoformat()}
        name = f"Asa {self._names.get(pair.number, 0)}"
        body |= {"text": message.text, "name": name, "large": kind is Fault.LARGE}
        self._scene.webhooks.send(endpoint, body, delay)

    def _put_unreadable(self, pair: Pair) -> None:
        """A message of another version, in the customer's conversation."""
        number = self._scene.books.unreadable = self._scene.books.unreadable + 1
        neighbour = ConversationChanged(
            id="",
            origin=Origin(service="pigeon", endpoint=pair.messenger),
            thread=pair.contact,
            occurred_at=self._scene.loop.time.now(),
            status=ConversationStatus.ACTIVE,
        )
        self._scene.queue.main.send(neighbour.group, f"unreadable-{number}", '{"version":99,"event":{}}')

    # --- what services report ----------------------------------------------------------------------------------------

    def _end(self, server: Server, room: Room) -> None:
        server.end(room)
        self._report_status(room, "ended")

    def _activate(self, room: Room) -> None:
        def activate() -> None:
            if not room.active:
                room.active = True
                self._report_status(room, "active")

        self._scene.loop.time.later(self._random.uniform(0.2, 3), activate)

    def _report_status(self, room: Room, status: str) -> None:
        if self._scene.faults.strikes(Fault.REPORT_LOST):
            return
        at = self._scene.loop.time.now().isoformat()
        self._scene.webhooks.send(room.account, {"kind": "conversation", "thread": room.id, "status": status, "at": at})

    def _report_receipts(self, room: Room, post: str, text: str) -> None:
        message_id, _ = next(words_of(text))
        if self._scene.books.written[message_id].kind is Fault.UNDELIVERABLE:
            origin = Origin(service="pigeon", endpoint=room.account)
            receipt = make_event_id("receipt", origin, post, ReceiptState.FAILED.value)
            self._scene.books.failures.setdefault(message_id, set()).add(receipt)
            self._report_receipt(room, post, ReceiptState.FAILED, self._random.uniform(0.5, 5))
            return
        self._report_receipt(room, post, ReceiptState.DELIVERED, self._random.uniform(0.1, 3))
        if self._random.random() < 0.6:
            self._report_receipt(room, post, ReceiptState.READ, self._random.uniform(3, 120))

    def _report_receipt(self, room: Room, post: str, state: ReceiptState, delay: float) -> None:
        def report() -> None:
            at = self._scene.loop.time.now().isoformat()
            body: Json = {"kind": "receipt", "thread": room.id, "message": post, "state": state.value, "at": at}
            self._scene.webhooks.send(room.account, body)

        self._scene.loop.time.later(delay, report)


def plan_pairs(conversations: int, shares: Sequence[tuple[str, str, float]]) -> list[Pair]:
    """So many customers, shared out to the messengers by `shares` (messenger, platform, share)."""
    pairs: list[Pair] = []
    for messenger, platform, share in shares:
        for _ in range(max(1, round(conversations * share))):
            number = len(pairs) + 1
            pairs.append(Pair(number, messenger, platform, f"contact{number}"))
    return pairs
