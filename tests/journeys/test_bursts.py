"""Sixty new customers at the same moment, on every platform, with one container and with several."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from urllib.parse import urlsplit

import pytest

from patchbay.kit import registry
from patchbay.kit.behavior import Rate
from playground.services.uchat import UChat
from playground.services.unblu import Unblu
from playground.services.viber import Viber
from playground.services.viber.records import Person
from playground.simulator import Simulator
from tests.harness.fleet import Fleet
from tests.harness.forms import set_form
from tests.harness.webchat_world import platforms

NEWCOMERS = 60
FIRST = "I was here before"
MEANWHILE = (0.5, 3.5, 8.5)  #: seconds after which a known customer writes, who must not wait for the newcomers
LONGEST_IN_VAIN = 300.0  #: seconds; a single opening can be more than such a service takes at once
FEW_SECONDS = 8.0  #: in which all must be heard where a service has no rate: the calls themselves take that long


@dataclass
class Place:
    """A platform with whatever of it must be prepared before anybody connects."""

    service: str
    prepare: Callable[[Simulator], None] = lambda simulator: None


def _set_generation(generation: str) -> Callable[[Simulator], None]:
    def prepare(simulator: Simulator) -> None:
        assert isinstance(simulator, Unblu)
        simulator.generation = generation  # type: ignore[assignment]

    return prepare


PLACES = {
    **{name: Place(name) for name in platforms() if name != "unblu"},
    "freshchat app": Place("freshchat", partial(set_form, form="freshchat app")),
    **{f"unblu {each}": Place("unblu", _set_generation(each)) for each in ("v3", "v4")},
}


class Scene(Fleet):
    """Viber linked to one platform, where one customer is known already."""

    viber: Viber
    desk: Simulator
    known: Person

    @property
    def rate(self) -> Rate | None:
        return registry.load(self.desk.service).behavior.rate

    def calls(self) -> int:
        return sum(call.direction == "api" for call in self.desk.calls)

    def refused(self) -> int:
        return sum(call.direction == "api" and call.status == 429 for call in self.desk.calls)

    def put_off(self) -> int:
        return len(self.telemetry.logged("event deferred"))

    def writes(self, person: Person, text: str) -> None:
        self.viber.write(person.id, text)

    def writes_later(self, seconds: float, person: Person, text: str) -> None:
        self.time.later(seconds, lambda: self.writes(person, text))

    def heard(self) -> list[str]:
        """Everything that the agents read of customers."""
        conversations = self.desk.view()["conversations"]
        assert isinstance(conversations, list)
        return [
            str(message["text"])
            for one in conversations
            for message in one["messages"]
            if message["author"] == "customer"
        ]

    def delivered(self) -> list[tuple[str, float]]:
        """Of each message that the agents have: its conversation, and the seconds from writing to delivery."""
        lines = [line for line in self.telemetry.logged("event delivered") if line["service"] == self.desk.service]
        return [(str(line["group"]), round(float(str(line["age"])) / 1000, 2)) for line in lines]

    def settle_for(self, seconds: float) -> None:
        until = self.time.now() + timedelta(seconds=seconds)
        self.settle(timedelta(seconds=seconds))
        self.time.jump(until)


def make_scene(place: Place, containers: int) -> Scene:
    scene = Scene("viber", place.service, containers=containers)
    viber, scene.desk = scene.simulators["viber"], scene.simulators[place.service]
    assert isinstance(viber, Viber)
    scene.viber = viber
    place.prepare(scene.desk)
    if isinstance(scene.desk, UChat):
        scene.desk.quirks.bot = False
    scene.connect("viber")
    scene.connect(place.service)
    scene.link("viber-1", f"{place.service}-1")
    scene.settle()
    scene.time.advance(2)  # connecting has taken some of this second's calls
    scene.known = scene.viber.new_person("A known customer")
    scene.writes(scene.known, FIRST)
    scene.settle_for(60)
    return scene


def calls_of_one(place: Place) -> int:
    """How many calls a newcomer's first message takes who is alone."""
    scene = make_scene(place, 1)
    before = scene.calls()
    scene.writes(scene.viber.new_person("Newcomer"), "hello")
    scene.settle_for(60)
    assert "hello" in scene.heard()
    return scene.calls() - before


@pytest.fixture(params=PLACES, scope="module")
def place(request: pytest.FixtureRequest) -> Place:
    return PLACES[request.param]


@pytest.fixture(scope="module")
def needed(place: Place) -> int:
    return calls_of_one(place) * NEWCOMERS


@pytest.fixture(params=[1, 4], ids=["one container", "four containers"])
def scene(place: Place, request: pytest.FixtureRequest) -> Iterator[Scene]:
    scene = make_scene(place, request.param)
    yield scene
    assert not scene.telemetry.logged("event failed unexpectedly")
    assert not scene.queue.parked


def test_a_newcomer_takes_no_more_calls_than_are_set_aside_for_them(place: Place, needed: int) -> None:
    assert needed <= registry.load(place.service).behavior.first_message_calls * NEWCOMERS


def test_sixty_newcomers_are_heard_soon_and_nobody_else_waits_for_them(scene: Scene, needed: int) -> None:
    [(known, _)] = scene.delivered()
    before = scene.calls()
    texts = [f"I am newcomer {number}" for number in range(NEWCOMERS)]
    for number, text in enumerate(texts):
        scene.writes_later(number / NEWCOMERS, scene.viber.new_person(f"Newcomer {number}"), text)
    again = {f"me again, after {seconds} s": seconds for seconds in MEANWHILE}
    for text, seconds in again.items():
        scene.writes_later(seconds, scene.known, text)
    scene.settle(timedelta(minutes=30))

    assert sorted(scene.heard()) == sorted([FIRST, *texts, *again])
    calls = scene.calls() - before - len(again)
    waits = [seconds for group, seconds in scene.delivered()[1:] if group != known]
    of_known = [seconds for group, seconds in scene.delivered()[1:] if group == known]
    ideal = needed / scene.rate.requests * scene.rate.seconds if scene.rate else 0.0
    assert (len(waits), len(of_known)) == (NEWCOMERS, len(again))
    assert calls <= 2 * needed
    assert max(waits) <= (3 * ideal if scene.rate else FEW_SECONDS)
    assert max(of_known) <= 2.0


def test_a_service_that_allows_less_than_we_thought_is_not_called_in_vain(place: Place, needed: int) -> None:
    """Four calls a second, which several containers must find out: a refusal with Retry-After stops a container."""
    few = 20
    scene = make_scene(place, 2)
    scene.network.limits[urlsplit(scene.desk.base_url).netloc] = 4
    before = scene.calls()
    texts = [f"I am newcomer {number}" for number in range(few)]
    for text in texts:
        scene.writes(scene.viber.new_person(text.removeprefix("I am ")), text)
    scene.settle(timedelta(minutes=30))
    assert sorted(scene.heard()) == sorted([FIRST, *texts])
    assert scene.network.refused > 0
    done = scene.calls() - before + scene.network.refused
    assert done <= 2 * needed * few / NEWCOMERS
    assert max(seconds for _, seconds in scene.delivered()[1:]) <= LONGEST_IN_VAIN
    assert not scene.telemetry.logged("event failed unexpectedly")
    assert not scene.queue.parked
