from __future__ import annotations

import json
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from random import Random

import pytest

from playground import accounts
from playground.accounts import CommandFailed, Owner, connect_all
from playground.simulator import DemoAccount
from tests.support.tiny import Counter, Pigeon, make_tiny_world
from tests.support.virtual_time import VirtualTime

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
print(json.dumps({"registered": "pigeon" in arguments, "webhooks": {"events": "https://bridge.test/hook"}}))
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
