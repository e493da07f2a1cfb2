"""A service is out for five minutes: every message arrives, in order, and nobody is told otherwise.

For every messenger, every platform and every way of being out that the simulators know.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest

from patchbay import connectors
from patchbay.abilities import LooksUpDeliveries
from patchbay.deliveries import Outcome
from patchbay.model import Side
from playground import world as simulated
from playground.services.uchat import UChat
from playground.services.unblu import Unblu
from playground.services.webchat import WebChatSimulator
from playground.simulator import OUTAGES, Simulator
from tests.support.webchat_world import platforms
from tests.support.world import World

OUTAGE = 300  #: seconds
SOON = timedelta(minutes=30)  #: when everything must have arrived, after the beginning

MESSENGERS = sorted(
    name for name in set(connectors.names()) & set(simulated.names()) if connectors.load(name).side is Side.MESSENGER
)
#: Unblu's two generations are two services as far as calls are concerned.
PLATFORMS = ["unblu v3" if name == "unblu" else name for name in platforms()] + ["unblu"]


_FILE = {
    "name": "plan.png",
    "content_type": "image/png",
    "data": base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(200)).decode(),
}


class Scene(World):
    """One customer on a messenger, whose conversations an agent answers on a platform."""

    def __init__(self, messenger: str, platform: str) -> None:
        name, _, generation = platform.partition(" ")
        super().__init__(messenger, name)
        self.phone, self.desk = self.simulators[messenger], self.simulators[name]
        if generation and isinstance(self.desk, Unblu):
            self.desk.generation = "v3"
        if isinstance(self.desk, UChat):
            self.desk.habits.bot = False  # people are what this is about
        if isinstance(self.phone, WebChatSimulator):
            self.phone.on_stored = self.media.files.__setitem__
        self.connect(messenger)
        self.connect(name)
        self.link(f"{messenger}-1", f"{name}-1")
        self.phone.act("new_person", {"name": "Ann"})
        self.settle()
        self.pass_time(60)
        self.started = self.time.now()

    # --- people ------------------------------------------------------------------------------------------------------

    @property
    def ann(self) -> dict[str, Any]:
        people: Any = self.phone.view()["people"]
        return next(person for person in people if person["name"] == "Ann")

    @property
    def conversations(self) -> list[dict[str, Any]]:
        found: Any = self.desk.view()["conversations"]
        return sorted(found, key=lambda one: str(one["messages"][0]["at"]) if one["messages"] else "")

    def says(self, text: str) -> None:
        self.phone.act("write", {"person": self.ann["id"], "text": text})

    def replies(self, text: str) -> None:
        agents: Any = self.desk.view()["agents"]
        self.desk.act("reply", {"conversation": self.conversations[-1]["id"], "agent": agents[0]["id"], "text": text})

    def says_with_file(self) -> None:
        self.phone.act("send_file", {"person": self.ann["id"], **_FILE})

    def replies_with_file(self) -> None:
        agents: Any = self.desk.view()["agents"]
        where = {"conversation": self.conversations[-1]["id"], "agent": agents[0]["id"]}
        self.desk.act("send_file", {**where, **_FILE})

    def agent_sees(self) -> list[str]:
        return [
            str(each["text"]) for one in self.conversations for each in one["messages"] if each["author"] == "customer"
        ]

    def customer_sees(self) -> list[str]:
        return [str(each["text"]) for each in self.ann["messages"] if each["author"] == "agent"]

    # --- what happens ------------------------------------------------------------------------------------------------

    def meet(self) -> None:
        self.says("hello")
        self.settle()
        self.replies("welcome")
        self.settle()
        self.pass_time(600)
        self.started = self.time.now()

    def break_down(self, service: Simulator, kind: str) -> None:
        service.break_down(OUTAGES[kind], OUTAGE)

    def pass_time(self, seconds: float) -> None:
        """Lets so much time pass and no more."""
        until = self.time.now() + timedelta(seconds=seconds)
        self.settle(timedelta(seconds=seconds))
        self.time.jump(until)

    def end(self) -> None:
        self.settle(self.started + SOON - self.time.now())

    # --- what must be so ---------------------------------------------------------------------------------------------

    def told_otherwise(self) -> list[str]:
        """What says anywhere that a message did not arrive."""
        lines = [line for line, _ in self.journal.lines]
        told = [
            line for line in lines if line in {"event failed", "event parked", "event crashed", "failure not reported"}
        ]
        told += [f"in the dead-letter queue: {reason}" for _, reason in self.queue.parked]
        given_up = {Outcome.FAILED, Outcome.PARKED}
        told += [each.reason for each in self.ledger.deliveries.values() if each.outcome in given_up]
        shown = [*self.ann["messages"], *(each for one in self.conversations for each in one["messages"])]
        return told + [str(each) for each in shown if each.get("error") or each.get("status") in {"failed", "error"}]


def must_be_exact(service: Simulator, kind: str) -> bool:
    """Whether nobody may see a message twice: nothing was done, or the service can be asked or takes it once."""
    connector = connectors.load(service.service)
    asked = isinstance(connector, LooksUpDeliveries) or connector.capabilities.repeatable
    return asked or not (OUTAGES[kind].done or OUTAGES[kind].lost)


def assert_arrived(seen: list[str], wanted: list[str], service: Simulator, kind: str) -> None:
    """In order; and once, or where it cannot be known whether it is there, again right away and nothing in between."""
    assert list(dict.fromkeys(seen)) == wanted
    assert seen == sorted(seen, key=wanted.index)
    if must_be_exact(service, kind):
        assert seen == wanted


@pytest.fixture(params=[f"{messenger} and {platform}" for messenger in MESSENGERS for platform in PLATFORMS])
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    messenger, _, platform = request.param.partition(" and ")
    scene = Scene(messenger, platform)
    yield scene
    assert scene.told_otherwise() == []


each_kind = pytest.mark.parametrize("kind", OUTAGES)
#: One of each that matters to us: not done and told so, not told, never begun, done and lost.
some_kinds = pytest.mark.parametrize(
    "kind", ["503", "502 of a proxy", "no connection", "broken connection after the work"]
)


@each_kind
def test_what_customers_write_arrives_after_an_outage_of_the_platform(scene: Scene, kind: str) -> None:
    scene.meet()
    scene.break_down(scene.desk, kind)
    scene.says("one")
    scene.pass_time(60)
    scene.says("two")
    scene.pass_time(140)
    scene.says("three")
    scene.end()
    assert_arrived(scene.agent_sees(), ["hello", "one", "two", "three"], scene.desk, kind)


@each_kind
def test_who_writes_first_during_an_outage_of_the_platform_is_heard_in_one_conversation(
    scene: Scene, kind: str
) -> None:
    scene.break_down(scene.desk, kind)
    scene.says("one")
    scene.pass_time(30)
    scene.says("two")
    scene.end()
    assert_arrived(scene.agent_sees(), ["one", "two"], scene.desk, kind)
    assert len([one for one in scene.conversations if one["messages"]]) == 1


@each_kind
def test_what_agents_write_arrives_after_an_outage_of_the_messenger(scene: Scene, kind: str) -> None:
    scene.meet()
    scene.break_down(scene.phone, kind)
    scene.replies("one")
    scene.pass_time(60)
    scene.replies("two")
    scene.pass_time(140)
    scene.replies("three")
    scene.end()
    assert_arrived(scene.customer_sees(), ["welcome", "one", "two", "three"], scene.phone, kind)


@some_kinds
def test_what_agents_write_does_not_wait_for_the_platforms_own_api(scene: Scene, kind: str) -> None:
    scene.meet()
    scene.pass_time(2 * 3600)  # what was looked up before is forgotten, an agent's name say
    scene.started = scene.time.now()
    scene.break_down(scene.desk, kind)
    scene.replies("one")
    scene.replies("two")
    scene.pass_time(60)
    assert scene.customer_sees() == ["welcome", "one", "two"]
    scene.end()
    assert scene.customer_sees() == ["welcome", "one", "two"]


@some_kinds
def test_files_arrive_after_an_outage_and_keep_their_place_among_the_texts(scene: Scene, kind: str) -> None:
    scene.meet()
    for service, say, send_file in (
        (scene.desk, scene.says, scene.says_with_file),
        (scene.phone, scene.replies, scene.replies_with_file),
    ):
        scene.break_down(service, kind)
        scene.started = scene.time.now()
        say("before")
        scene.pass_time(5)
        send_file()
        scene.pass_time(5)
        say("after")
        scene.end()
    written = [each for one in scene.conversations for each in one["messages"] if each["author"] == "customer"]
    shown = [each for each in scene.ann["messages"] if each["author"] == "agent"]
    assert_arrived(mark_files(written), ["hello", "before", "<file>", "after"], scene.desk, kind)
    assert_arrived(mark_files(shown), ["welcome", "before", "<file>", "after"], scene.phone, kind)


def mark_files(messages: Sequence[dict[str, Any]]) -> list[str]:
    """A file is shown, or is a link where the service takes none."""
    texts = (str(each["text"]) for each in messages)
    return [
        "<file>" if each["attachment"] or "plan.png" in text else text
        for each, text in zip(messages, texts, strict=True)
    ]
