"""A Viber customer and an agent on every platform: odd names, words that look like markup, and very long texts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import regex

from patchbay.kit.contract import HttpRequest, HttpResponse
from playground.services.viber import Viber
from playground.simulator import Simulator
from tests.harness.forms import list_forms, name_service, set_form
from tests.harness.webchat_world import platforms
from tests.harness.world import World

ODD_MARKS = "\u3164\u202e\u202c\u200b\u2028"


class Scene(World):
    """Viber linked to one platform; every call to the platform is kept."""

    viber: Viber
    desk: Simulator

    def keep_calls(self) -> None:
        self.sent: list[str] = []
        send = self.http.send

        def keep(request: HttpRequest) -> HttpResponse:
            if not request.url.startswith(self.viber.base_url) and request.json is not None:
                self.sent.append(str(request.json))
            return send(request)

        self.http.send = keep  # type: ignore[method-assign]

    def customer_writes(self, text: str, name: str) -> None:
        person = next(iter(self.viber.people.values()))
        person.name = name
        self.viber.write(person.id, text)
        self.settle()

    def lines(self, author: str) -> list[str]:
        found = self.desk.view()["conversations"]
        return [str(one["text"]) for each in found for one in each["messages"] if one["author"] == author]  # type: ignore[attr-defined]

    def reply(self, text: str) -> None:
        view = self.desk.view()
        where = {"conversation": str(view["conversations"][0]["id"]), "agent": str(view["agents"][0]["id"])}  # type: ignore[index]
        self.desk.act("reply", {**where, "text": text})
        self.settle()

    def customer_reads(self) -> list[str]:
        """What agents wrote; bots greet by themselves."""
        person = next(iter(self.viber.people.values()))
        said = self.lines("bot")
        return [line.text for line in person.lines if line.author == "agent" and line.text not in said]


@pytest.fixture(params=list_forms(platforms()))
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    platform = name_service(request.param)
    scene = Scene("viber", platform)
    viber, scene.desk = scene.simulators["viber"], scene.simulators[platform]
    assert isinstance(viber, Viber)
    scene.viber = viber
    set_form(scene.desk, request.param)
    scene.connect("viber")
    scene.connect(platform)
    scene.link("viber-1", f"{platform}-1")
    scene.settle()
    scene.time.advance(2)
    scene.keep_calls()
    yield scene
    assert not scene.telemetry.logged("event failed unexpectedly")
    assert not scene.queue.parked


@pytest.mark.parametrize("name", ["\u3164", "\u200b\u202e", " \u2028 ", "\u0301"], ids=ascii)
def test_a_customer_whose_name_shows_nothing_is_somebody(scene: Scene, name: str) -> None:
    scene.customer_writes("Hello", name)
    assert scene.lines("customer") == ["Hello"]
    assert not [call for call in scene.sent if any(mark in call for mark in name.strip())]


def test_agents_read_a_name_of_one_line(scene: Scene) -> None:
    scene.customer_writes("Hello", f"{ODD_MARKS}Ana\n\u202eLind\u2069")
    assert scene.lines("customer") == ["Hello"]
    assert not [call for call in scene.sent if any(mark in call for mark in ODD_MARKS) or "Ana\\n" in call]
    names = {each["contact"]["name"] for each in scene.desk.view()["conversations"]}  # type: ignore[attr-defined]
    assert all(name.startswith("Ana Lind") for name in names)


def test_a_long_row_of_flags_arrives_in_whole_flags_both_ways(scene: Scene) -> None:
    flags = "a" + "🇩🇪" * 2500
    scene.customer_writes(flags, "Ana")
    assert "".join(scene.lines("customer")) == flags
    assert all(regex.fullmatch("a?(🇩🇪)+", line) for line in scene.lines("customer"))
    scene.reply(flags)
    assert "".join(scene.customer_reads()) == flags
    assert all(regex.fullmatch("a?(🇩🇪)+", line) for line in scene.customer_reads())


def test_words_that_look_like_markup_arrive_both_ways(scene: Scene) -> None:
    words = [
        "List<a> or std::vector<b>",
        "if a<b and c>d then",
        "paste <script src='a.js'> before </head>, then reload",
    ]
    scene.customer_writes("\n".join(words), "Ana")
    assert "\n".join(scene.lines("customer")) == "\n".join(words)
    for text in words:
        scene.reply(text)
    assert scene.customer_reads() == words
