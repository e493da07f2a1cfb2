"""Typing is seen for as long as somebody types, where the messenger forgets it after seconds, and no longer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

import pytest

from patchbay.bridge import retry_policy
from patchbay.domain.accounts import Connection
from patchbay.domain.events import Event, Origin, ReceiptReceived, TypingChanged, encode, group_feedback
from patchbay.domain.model import Conversation, ReceiptState
from patchbay.kit.abilities import SendsTyping
from patchbay.kit.contract import Http
from tests.harness.fakes.bridge import Bridge
from tests.harness.fakes.services import Fault, Office, Pigeon, message_event
from tests.harness.fakes.telemetry import MemoryTelemetry

LASTS = 5.0


class Screen(Pigeon, SendsTyping):
    """Shows typing for five seconds, or until the next message. `calls` says when it was asked to."""

    capabilities = replace(Pigeon.capabilities, typing=True)
    behavior = replace(Pigeon.behavior, typing_lasts=LASTS)

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[datetime] = []
        self.now = datetime.now  #: the bridge's clock, once there is one

    def send_typing(self, typing: bool, conversation: Conversation, connection: Connection, http: Http) -> None:
        self.raise_before(self.next_fault())
        self.typing.append(typing)
        self.asked.append(self.now())


class Desk(Office):
    """Reports typing."""

    behavior = replace(Office.behavior, reports_typing=True)


class ClearedScreen(Screen):
    """Shows typing until it hears of the end."""

    behavior = replace(Pigeon.behavior, typing_lasts=None)


@dataclass
class Scene:
    screen: Screen = field(default_factory=Screen)
    desk: Office = field(default_factory=Desk)
    reports: int = 0

    def __post_init__(self) -> None:
        self.bridge = Bridge(self.screen, self.desk)
        self.screen.now = self.bridge.time.now  # type: ignore[assignment]
        self.bridge.customer_writes("hello")
        self.bridge.settle()
        self.began = self.bridge.time.now()

    def types(self, on: bool = True, thread: str = "conversation-1", late: float = 0.0) -> None:
        self.reports += 1
        event = TypingChanged(
            id=f"typing-{self.reports}",
            origin=Origin(service="office", endpoint="office-1"),
            thread=thread,
            occurred_at=self.bridge.time.now() - timedelta(seconds=late),
            typing=on,
        )
        self.bridge.queue.send([event])

    def writes(self, text: str, *aliases: str) -> None:
        event = message_event(self.desk, "conversation-1", text, text, "office-1", self.bridge.time.now())
        self.bridge.queue.send([replace(event, aliases=aliases)])

    def wait(self, seconds: float) -> None:
        """Lets everything happen that happens within the time."""
        until = self.bridge.time.now() + timedelta(seconds=seconds)
        while True:
            if self.bridge.work():
                continue
            due = self.bridge.queue.next_visible()
            if due is None or due > until:
                break
            self.bridge.time.jump(due)
        self.bridge.time.jump(until)

    @property
    def seconds(self) -> list[float]:
        """When typing was shown, since the scene began."""
        return [(moment - self.began).total_seconds() for moment in self.screen.asked]


@pytest.fixture
def scene() -> Scene:
    return Scene()


# --- for as long as it lasts -----------------------------------------------------------------------------------------


def test_typing_is_shown_again_before_it_fades(scene: Scene) -> None:
    scene.types()
    scene.wait(23)
    scene.types(on=False)
    scene.wait(600)
    assert scene.seconds == [0, 4, 8, 12, 16, 20]
    assert len(scene.bridge.queue) == 0


def test_a_message_ends_it_although_nobody_reports_the_end(scene: Scene) -> None:
    scene.types()
    scene.wait(10)
    scene.writes("here you are")
    scene.wait(600)
    assert scene.seconds == [0, 4, 8]
    assert scene.screen.everything() == ["here you are"]


def test_a_message_ends_it_under_each_id_of_the_conversation(scene: Scene) -> None:
    [session] = scene.bridge.sessions.all()
    assert session.conversation
    renamed = replace(session.conversation, aliases=("session-9",))
    scene.bridge.sessions.save(replace(session, conversation=renamed))
    scene.types(thread="session-9")
    scene.wait(3)
    scene.writes("here you are", "session-9")
    scene.wait(600)
    assert scene.seconds == [0]


def test_typing_whose_end_is_lost_ends_after_a_minute(scene: Scene) -> None:
    scene.types()
    scene.wait(600)
    assert scene.seconds == [4.0 * number for number in range(16)]
    assert scene.seconds[-1] <= retry_policy.TYPING_PATIENCE
    assert len(scene.bridge.queue) == 0


def test_reports_that_come_close_together_are_one_call(scene: Scene) -> None:
    for _ in range(6):
        scene.types()
        scene.wait(0.5)
    scene.wait(5)
    assert scene.seconds == [0, 4, 8]


def test_a_report_that_comes_late_is_not_shown(scene: Scene) -> None:
    scene.types(late=retry_policy.STALE_TYPING + 1)
    scene.wait(600)
    assert scene.seconds == []


def test_a_messenger_that_hears_of_the_end_is_called_once_for_each_report() -> None:
    scene = Scene(ClearedScreen())
    scene.types()
    scene.wait(20)
    scene.types(on=False)
    scene.wait(600)
    assert scene.screen.typing == [True, False]
    assert scene.seconds == [0, 20]


# --- what it holds up and what it costs ------------------------------------------------------------------------------


def test_nothing_waits_for_it(scene: Scene) -> None:
    scene.types()
    scene.wait(2)
    scene.bridge.queue.send(
        [
            ReceiptReceived(
                id="receipt-1",
                origin=Origin(service="office", endpoint="office-1"),
                thread="conversation-1",
                occurred_at=scene.bridge.time.now(),
                message_id="",
                state=ReceiptState.READ,
            )
        ]
    )
    scene.writes("here you are")
    scene.bridge.customer_writes("thanks")
    scene.wait(0)
    assert scene.screen.everything() == ["here you are"]
    assert scene.desk.everything() == ["hello", "thanks"]
    assert len(scene.bridge.queue) == 2, "the typing, and its end"


def test_a_report_that_an_older_version_has_queued_beside_receipts_does_not_wait_there(scene: Scene) -> None:
    event = TypingChanged(
        id="typing-1",
        origin=Origin(service="office", endpoint="office-1"),
        thread="conversation-1",
        occurred_at=scene.bridge.time.now(),
        typing=True,
    )
    scene.bridge.queue.put(group_feedback("office-1", "", "conversation-1"), event.id, encode(event))
    scene.wait(600)
    assert scene.seconds == [0]


def test_it_leaves_nothing_in_the_ledger_and_no_line_in_the_log(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = len(scene.bridge.ledger.deliveries)
    monkeypatch.setattr(MemoryTelemetry, "detail", lambda *_, **__: None)  # not written by default
    lines = list(scene.bridge.telemetry.lines)
    scene.types()
    scene.wait(600)
    assert len(scene.seconds) > retry_policy.SUSPICIOUS_RECEIVES
    assert len(scene.bridge.ledger.deliveries) == entries
    assert scene.bridge.telemetry.lines == lines


@pytest.mark.parametrize("desk", [Office(), Desk()])
@pytest.mark.parametrize("screen", [Screen(), ClearedScreen()])
def test_only_a_pair_that_needs_it_has_one_more_event_for_a_message(
    screen: Screen, desk: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = Scene(screen, desk)
    sent: list[Event] = []
    send = scene.bridge.queue.send

    def note(events: Sequence[Event]) -> None:
        sent.extend(events)
        send(events)

    monkeypatch.setattr(scene.bridge.queue, "send", note)
    scene.writes("here you are")
    scene.wait(600)
    needs_it = isinstance(desk, Desk) and not isinstance(screen, ClearedScreen)
    assert [event.kind for event in sent] == ["message", *["typing"] * needs_it]


# --- what goes wrong -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [Fault.BUSY, Fault.LOST_BEFORE, Fault.REFUSED, Fault.UNAUTHORIZED, Fault.DIED_BEFORE])
def test_no_failure_of_it_is_worth_a_retry(scene: Scene, fault: Fault) -> None:
    scene.screen.faults.extend([None, fault])
    scene.types()
    scene.wait(3600)
    assert scene.seconds == [0]
    assert len(scene.bridge.queue) == 0
    assert scene.bridge.queue.parked == []


def test_it_comes_again_when_there_is_room_for_the_call(scene: Scene) -> None:
    scene.screen.faults.append(Fault.PENDING)
    scene.types()
    scene.wait(7)
    assert scene.seconds == [4]


# --- whatever happens ------------------------------------------------------------------------------------------------


@dataclass
class Story:
    """What an agent does in a while, and whether the customer sees it as it is."""

    scene: Scene
    random: Random
    done: list[tuple[float, str]] = field(default_factory=list)

    def tell(self) -> None:
        for number in range(12):
            what = self.random.choice(["types", "types", "stops", "writes"])
            self.done.append(((self.scene.bridge.time.now() - self.scene.began).total_seconds(), what))
            match what:
                case "types":
                    self.scene.types()
                case "stops":
                    self.scene.types(on=False)
                case _:
                    self.scene.writes(f"message {number}")
            self.scene.wait(self.random.choice([0.0, 0.3, 2.0, 4.0, 7.5, 30.0, 90.0]))
        self.scene.wait(600)

    def is_typing(self, moment: float) -> bool:
        """As far as anybody has reported: at most a minute after the last report."""
        before = [(at, what) for at, what in self.done if at < moment][-1:]
        last = before + [(at, what) for at, what in self.done if at == moment]
        return any(what == "types" and moment - at <= retry_policy.TYPING_PATIENCE for at, what in last)

    def is_shown(self, moment: float) -> bool:
        cleared = max((at for at, what in self.done if what == "writes" and at <= moment), default=-1.0)
        return any(cleared <= shown and 0 <= moment - shown <= LASTS for shown in self.scene.seconds)


@pytest.mark.parametrize("seed", range(12))
def test_it_is_shown_while_it_lasts_and_never_after_the_end_or_the_message(seed: int) -> None:
    story = Story(Scene(), Random(seed))
    story.tell()
    assert all(map(story.is_typing, story.scene.seconds))
    for number, (at, what) in enumerate(story.done):
        ended = next((end for end, other in story.done[number + 1 :] if other != "types"), float("inf"))
        for later in (4.05, 5.55, 11.05, 31.05, 55.05):  # no action is at such a moment
            assert what != "types" or at + later > ended or story.is_shown(at + later), (at, later)
    assert len(story.scene.bridge.queue) == 0


def test_a_message_in_the_same_batch_ends_it(scene: Scene) -> None:
    """Messages go first, and what is typed came before."""
    scene.types()
    scene.wait(3.5)
    scene.bridge.time.jump(scene.bridge.time.now() + timedelta(seconds=0.5))
    scene.writes("here you are")
    scene.wait(600)
    assert scene.seconds == [0]
    assert scene.screen.everything() == ["here you are"]


def test_what_is_typed_while_the_message_waits_is_of_the_next_one(scene: Scene) -> None:
    scene.types()
    scene.wait(1)
    scene.screen.faults.append(Fault.BUSY)  # the message: it is tried again after seconds
    scene.writes("here you are")
    scene.wait(2)
    scene.types()
    scene.wait(12)
    scene.types(on=False)
    scene.wait(600)
    assert scene.screen.everything() == ["here you are"]
    assert scene.seconds == [0, 4, 8, 12]
