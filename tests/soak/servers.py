"""The services of a soak as their own side sees them: what was shown to whom, whatever Patchbay believes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from patchbay.domain.errors import Transient, Uncertain
from patchbay.domain.model import ContactKey
from patchbay.kit.contract import HttpRequest, HttpResponse
from tests.harness.fakes.mortality import Died
from tests.soak.faults import Fault, Faults
from tests.soak.loop import Loop

type Json = dict[str, Any]
type Answer = tuple[int, Json]

CLOCK_DIFFERENCE = timedelta(seconds=4)  #: the services' clocks are late by that much


@dataclass(frozen=True, slots=True)
class Shown:
    """A text as a person saw it. `invocation` is the function that brought it."""

    at: datetime
    service: str
    account: str
    thread: str
    text: str
    invocation: int


@dataclass(slots=True)
class Room:
    """A conversation on a platform, or a customer's thread on a messenger."""

    id: str
    account: str
    reference: str = ""
    active: bool = True
    ended: bool = False
    posts: list[tuple[datetime, str, str]] = field(default_factory=list)  #: time, id, and what it says

    @property
    def customer(self) -> str:
        return read_customer(self.reference)


def read_customer(reference: str) -> str:
    """Whom a reference means, without Patchbay's signature under it."""
    key = ContactKey.decode(reference)
    return replace(key, signature="").encode() if key else reference


@dataclass(slots=True)
class Account:
    """One customer of the service. `trouble` is what every call meets, None when all is well."""

    token: str
    trouble: Fault | None = None


class Server:
    """One service. Calls are paths; `on_post` hears of each text that was accepted, `refuses` says which never are."""

    def __init__(self, service: str, loop: Loop, faults: Faults) -> None:
        self.service = service
        self.accounts: dict[str, Account] = {}
        self.rooms: dict[str, Room] = {}
        self.shown: list[Shown] = []
        self.reported_late: set[str] = set()  #: messages of which something was said after we had stopped waiting
        self.reports: dict[str, list[str]] = {}  #: what authors read about their messages, by message
        self.opens_active = True  #: whether new conversations take messages at once
        self.takes_keys_once = False
        self.on_post: Callable[[Room, str, str], None] = lambda room, post, text: None
        self.on_open: Callable[[Room], None] = lambda room: None
        self.on_activate: Callable[[Room], None] = lambda room: None
        self.refuses: Callable[[str], bool] = lambda text: False
        self.hides: Callable[[str], bool] = lambda text: False
        self._open: dict[tuple[str, str], Room] = {}  #: by account and customer
        self._keys: dict[tuple[str, str], str] = {}  #: what was posted under a key of ours
        self._loop = loop
        self._faults = faults
        self._ids = count(1)

    # --- what people do ----------------------------------------------------------------------------------------------

    def room_of(self, account: str, reference: str) -> Room | None:
        """The open conversation with that customer."""
        return self._open.get((account, read_customer(reference)))

    def end(self, room: Room) -> None:
        room.ended = True
        self._open.pop((room.account, room.customer), None)

    # --- the network -------------------------------------------------------------------------------------------------

    def handle(self, request: HttpRequest) -> HttpResponse:
        """A call, with the time that it takes and what goes wrong with it."""
        try:
            self._loop.pause(self._faults.random.uniform(0.02, 0.2))
        except Died:
            if self._faults.random.random() < 0.5:  # it was on its way already
                self._do(request)
            raise
        if self._faults.is_calm:
            return self._answer(*self._do(request))
        trouble = self._account(request).trouble
        if trouble:
            return self._meet(trouble, request)
        return self._go_wrong(request)

    def _meet(self, trouble: Fault, request: HttpRequest) -> HttpResponse:
        """What lasts. Nobody at the desk means a refusal of messages only."""
        match trouble:
            case Fault.SERVICE_SLOW:
                self._loop.pause(self._faults.random.uniform(5, 9))
                return self._answer(*self._do(request))
            case Fault.CLOSED:
                is_message = request.method == "POST" and request.url.endswith(("/messages", "/conversations"))
                return self._answer(423, {}) if is_message else self._answer(*self._do(request))
        return self._answer(503, {})

    def _go_wrong(self, request: HttpRequest) -> HttpResponse:
        fault = self._faults.strikes(
            Fault.LIMITED_WITH_DELAY, Fault.LIMITED, Fault.BROKEN, Fault.LOST_BEFORE, Fault.LOST_AFTER,
            Fault.DONE_LATE, Fault.SLOW, Fault.KILLED_BEFORE_CALL, Fault.KILLED_AFTER_CALL,
        )  # fmt: skip
        return self._refuse(fault) or self._do_somehow(fault, request)

    def _refuse(self, fault: Fault | None) -> HttpResponse | None:
        chance = self._faults.random
        match fault:
            case Fault.LIMITED_WITH_DELAY:
                return self._answer(429, {}, {"retry-after": str(chance.choice([1, 3, 30, 90]))})
            case Fault.LIMITED:
                return self._answer(429, {})
            case Fault.BROKEN:
                return self._answer(chance.choice([500, 502, 503, 504]), {})
        return None

    def _do_somehow(self, fault: Fault | None, request: HttpRequest) -> HttpResponse:
        match fault:
            case Fault.LOST_BEFORE:
                self._time_out(request)
            case Fault.DONE_LATE:
                self._loop.time.later(request.timeout + 1.0, lambda: self._do_late(request))
                self._time_out(request)
            case Fault.KILLED_BEFORE_CALL:
                self._loop.kill()
            case Fault.SLOW:
                self._loop.pause(self._faults.random.uniform(5, 9))
        answer = self._do(request)
        if fault is Fault.LOST_AFTER:
            self._time_out(request)
        if fault is Fault.KILLED_AFTER_CALL:
            self._loop.kill()
        return self._answer(*answer)

    def _do_late(self, request: HttpRequest) -> None:
        if isinstance(request.json, dict) and request.url.endswith("/reports"):
            self.reported_late.add(str(request.json["message"]))
        self._do(request)

    def _time_out(self, request: HttpRequest) -> None:
        self._loop.pause(request.timeout)
        if self._faults.random.random() < 0.3 and request.method == "GET":
            raise Transient("the connection was refused")
        raise Uncertain("no answer in time")

    def _answer(self, status: int, body: Json, headers: Mapping[str, str] | None = None) -> HttpResponse:
        self._loop.pause(self._faults.random.uniform(0.01, 0.1))
        return HttpResponse(status=status, headers=headers or {}, body=json.dumps(body).encode())

    # --- what calls do -----------------------------------------------------------------------------------------------

    def _account(self, request: HttpRequest) -> Account:
        return self.accounts[request.headers["account"]]

    def _do(self, request: HttpRequest) -> Answer:
        account = self._account(request)
        body: Json = request.json if isinstance(request.json, dict) else {}
        if request.headers["token"] != account.token:
            return 401, {}
        [_, _, _, *path] = request.url.split("/")
        return self._route(request, path, body)

    def _route(self, request: HttpRequest, path: list[str], body: Json) -> Answer:
        account = request.headers["account"]
        match request.method, path:
            case "POST", ["conversations"]:
                return self._begin(account, body)
            case "POST", ["people", thread, "messages"]:
                return self._post(self.rooms.setdefault(thread, Room(thread, account)), body)
            case _, ["conversations", thread, *action]:
                return self._in_room(self.rooms.get(thread), action, request, body)
        return 404, {}

    def _in_room(self, room: Room | None, action: list[str], request: HttpRequest, body: Json) -> Answer:
        if room is None:
            return 404, {}
        match request.method, action:
            case "GET", []:
                return 200, {"reference": room.reference}
            case "GET", ["messages"]:
                since = datetime.fromisoformat(str(request.query["since"]))
                posts = [one for one in reversed(room.posts) if one[0] >= since]
                return 200, {"messages": [{"id": post, "text": text} for _, post, text in posts]}
            case "POST", ["messages"]:
                return (410, {}) if room.ended else (409, {}) if not room.active else self._post(room, body)
            case "POST", ["reports"]:
                self.reports.setdefault(str(body["message"]), []).append(str(body["what"]))
            case "POST", ["activation"]:
                if room.ended:
                    return 410, {}
                self.on_activate(room)
        return 200, {"active": room.active}

    def _begin(self, account: str, body: Json) -> Answer:
        """Finds the customer's open conversation, or begins one, with the first text where there is one."""
        known = self.room_of(account, body["reference"])
        if known is not None:
            return 200, {"conversation": known.id, "active": known.active}
        text = str(body.get("text", ""))
        if text and self.refuses(text):
            return 422, {}
        room = Room(f"{self.service}-c{next(self._ids)}", account, body["reference"], active=self.opens_active)
        self.rooms[room.id] = self._open[account, room.customer] = room
        self.on_open(room)
        posted = self._post(room, body)[1] if text else {}
        return 200, {"conversation": room.id, "active": room.active, **posted}

    def _post(self, room: Room, body: Json) -> Answer:
        text, key = str(body["text"]), str(body["key"])
        if self.refuses(text):
            return 422, {}
        if self.takes_keys_once and (room.account, key) in self._keys:
            return 200, {"id": self._keys[room.account, key]}
        post = self._keys[room.account, key] = f"{self.service}-{next(self._ids)}"
        now = self._loop.time.now()
        room.posts.append((now - CLOCK_DIFFERENCE, post, text))
        if not self.hides(text):
            invocation = self._loop.task.life.number if self._loop.is_in_task else 0
            self.shown.append(Shown(now, self.service, room.account, room.id, text, invocation))
        self.on_post(room, post, text)
        return 200, {"id": post}


class Network:
    """The only way out of a function."""

    def __init__(self, servers: Mapping[str, Server]) -> None:
        self._servers = servers

    def send(self, request: HttpRequest) -> HttpResponse:
        [_, _, host, *_] = request.url.split("/")
        return self._servers[host].handle(request)


def tokens_of(text: str) -> Iterator[str]:
    """The words of a text that say which message they are of, and which of its words."""
    return (word for word in text.split() if ":" in word)
