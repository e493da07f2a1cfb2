from __future__ import annotations

import json
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from random import Random

import pytest

from playground import accounts
from playground.accounts import FRESH, CommandFailed, Links, Owner, connect_all
from playground.simulator import DemoAccount
from tests.harness.tiny import Counter, Pigeon, make_tiny_world
from tests.harness.virtual_time import VirtualTime

# Stands in for the command: writes down what it was given, and answers as `patchbay connect --json` does.
COMMAND = """
import json, os, stat, sys
arguments = sys.argv[1:]
given = {"arguments": arguments, "variables": {k: v for k, v in os.environ.items() if k.startswith("PLAYGROUND_")}}
for argument in arguments:
    if "=@" in argument:
        path = argument.partition("=@")[2]
        given["file"] = [open(path).read(), stat.S_IMODE(os.stat(path).st_mode)]
with open(os.environ["NOTES"], "a") as notes:
    notes.write(json.dumps(given) + "\\n")
if "refused" in os.environ:
    sys.exit("the token is not accepted")
if arguments[0] == "connections":
    print(os.environ["ROWS"])
else:
    webhooks = {"events": "https://bridge.test/hook"}
    print(json.dumps({"registered": "pigeon" in arguments, "webhooks": webhooks, "app": "APP" in os.environ}))
"""


class Pasting(Counter):
    """A platform that wants our address pasted and shows its key afterwards."""

    pasted: Mapping[str, str] = {}

    def demo(self) -> DemoAccount:
        return DemoAccount(
            settings={"base_url": self.base_url}, secrets={"api_token": "s3cret"}, later_secrets={"key": "K\nEY"}
        )

    def paste_webhooks(self, urls: Mapping[str, str]) -> None:
        self.pasted = urls


@pytest.fixture
def world() -> tuple[Pigeon, Pasting]:
    pigeon, counter = make_tiny_world(VirtualTime(), Random(1))
    return pigeon, Pasting(counter.timeline, counter.post, counter.random)


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setattr(accounts, "_command", lambda: [sys.executable, "-c", COMMAND])
    return {"NOTES": str(tmp_path / "notes")}


def test_accounts_are_connected_as_an_owner_would(world: tuple[Pigeon, Pasting], environment: dict[str, str]) -> None:
    pigeon, desk = world
    steps: list[str] = []
    connect_all({"pigeon": pigeon, "counter": desk}, environment, steps.append)
    first, second, third, last = map(json.loads, Path(environment["NOTES"]).read_text().splitlines())
    assert first["arguments"][:3] == ["connect", "counter", "counter-demo"]
    assert "--secret=api_token=env:PLAYGROUND_COUNTER_API_TOKEN" in first["arguments"]
    assert first["variables"] == {"PLAYGROUND_COUNTER_API_TOKEN": "s3cret"}
    assert "s3cret" not in str(first["arguments"])
    assert second["file"] == ["K\nEY", stat.S_IRUSR | stat.S_IWUSR]
    assert third["arguments"][1] == "pigeon"
    assert last["arguments"] == ["link", "pigeon-demo", "counter-demo", "--json"]
    assert desk.pasted == {"events": "https://bridge.test/hook"}
    assert len(steps) == 3


def test_a_command_that_fails_is_quoted_without_its_secrets(
    world: tuple[Pigeon, Pasting], environment: dict[str, str]
) -> None:
    with pytest.raises(CommandFailed, match="the token is not accepted") as failure:
        Owner({**environment, "refused": "1"}).connect(world[1])
    assert "s3cret" not in str(failure.value)


# --- apps ------------------------------------------------------------------------------------------------------------


class Joined(Pasting):
    """A platform whose businesses join an app, which the connector makes by API."""

    def demo_app(self) -> DemoAccount | None:
        return DemoAccount(settings={"app_name": "Demo"}, secrets={"directory_token": "t0ken"})


def test_an_app_is_connected_and_waits_for_businesses(
    world: tuple[Pigeon, Pasting], environment: dict[str, str]
) -> None:
    app = Joined(world[1].timeline, world[1].post, world[1].random)
    connect_all({"pigeon": world[0], "counter": app}, {**environment, "APP": "1"}, lambda _: None)
    given = [json.loads(line) for line in Path(environment["NOTES"]).read_text().splitlines()]
    assert [one["arguments"][0] for one in given] == ["connect", "connect"]
    assert given[0]["variables"] == {"PLAYGROUND_COUNTER_DIRECTORY_TOKEN": "t0ken"}
    assert "--set=app_name=Demo" in given[0]["arguments"]
    assert app.pasted == {}


# --- links -----------------------------------------------------------------------------------------------------------

ROWS: list[dict[str, object]] = [
    {"id": "a-pigeon", "service": "pigeon", "side": "messenger", "status": "active", "link": None, "settings": {}},
    {"id": "pigeon-demo", "service": "pigeon", "side": "messenger", "status": "active", "link": "shop"},
    {"id": "shop", "service": "counter", "side": "platform", "status": "active", "link": None, "app": True},
    {"id": "shop-anna", "service": "counter", "side": "platform", "status": "pending", "link": None, "app": False},
    {"id": "desk", "service": "counter", "side": "platform", "status": "active", "link": None},
]


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def links(environment: dict[str, str], clock: Clock) -> Links:
    return Links(Owner({**environment, "ROWS": json.dumps(ROWS)}), clock)


def commands(environment: dict[str, str]) -> list[list[str]]:
    return [json.loads(line)["arguments"] for line in Path(environment["NOTES"]).read_text().splitlines()]


def test_links_show_what_can_be_linked_and_no_apps(links: Links) -> None:
    shown = links.show()
    assert shown["messengers"] == [
        {"id": "pigeon-demo", "service": "pigeon", "status": "active", "link": "shop"},
        {"id": "a-pigeon", "service": "pigeon", "status": "active", "link": None},
    ]
    assert shown["platforms"] == [
        {"id": "desk", "service": "counter", "status": "active"},
        {"id": "shop-anna", "service": "counter", "status": "pending"},
    ]


def test_pages_that_ask_at_once_share_one_reading(links: Links, environment: dict[str, str], clock: Clock) -> None:
    links.show()
    links.show()
    assert len(commands(environment)) == 1
    clock.now += FRESH
    links.show()
    assert len(commands(environment)) == 2


def test_a_link_is_made_by_the_command_and_read_again(links: Links, environment: dict[str, str]) -> None:
    links.show()
    links.link("pigeon-demo", "shop-anna")
    links.show()
    assert commands(environment) == [
        ["connections", "--json"],
        ["link", "pigeon-demo", "shop-anna", "--json"],
        ["connections", "--json"],
    ]


@pytest.mark.parametrize(
    ("messenger", "platform"),
    [("pigeon-demo", "shop"), ("--help", "desk"), ("desk", "desk"), ("pigeon-demo", "pigeon-demo"), ("", "")],
)
def test_only_connections_that_carry_messages_are_linked(
    links: Links, environment: dict[str, str], messenger: str, platform: str
) -> None:
    with pytest.raises(KeyError, match="that can be linked"):
        links.link(messenger, platform)
    assert ["link"] not in [command[:1] for command in commands(environment)]


def test_a_refused_reading_is_told_in_the_commands_words(environment: dict[str, str]) -> None:
    with pytest.raises(CommandFailed, match="the token is not accepted"):
        Links(Owner({**environment, "refused": "1"})).show()
