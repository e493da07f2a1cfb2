"""Connecting the simulators' demo accounts, as an owner would: through the `patchbay` command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

from playground.simulator import Simulator
from playground.world import side

TIMEOUT = 120  #: seconds for one command; the first webhook after a deploy waits for a cold start

_ROOT = Path(__file__).parents[1]
_SOURCES = os.pathsep.join(str(_ROOT / folder) for folder in ("cli", "layers/patchbay"))

Say = Callable[[str], None]


class CommandFailed(Exception):
    """The `patchbay` command did not do what it was asked. The message holds what it printed."""


class Owner:
    """Someone at a terminal with the `patchbay` command and credentials for the stack in `environment`."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def run(self, *arguments: str, secrets: Mapping[str, str] | None = None) -> Mapping[str, object]:
        """Runs `patchbay ... --json` and returns its answer. `secrets` are variables for this one command."""
        environment = {**self._environment, "PYTHONPATH": _SOURCES, **(secrets or {})}
        done = subprocess.run(
            [*_command(), *arguments, "--json"],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
        if done.returncode:
            said = (done.stderr.strip() or done.stdout.strip())[-2000:]
            raise CommandFailed(f"`patchbay {' '.join(arguments)}` failed:\n{said}")
        answer: Mapping[str, object] = json.loads(done.stdout)
        return answer

    def connect(self, simulator: Simulator) -> str:
        """Connects the demo account of `simulator`; the id of the connection."""
        connection = f"{simulator.service}-demo"
        account = simulator.demo()
        settings = [f"--set={name}={value}" for name, value in account.settings.items()]
        names = {name: f"PLAYGROUND_{simulator.service}_{name}".upper() for name in account.secrets}
        secrets = [f"--secret={name}=env:{variable}" for name, variable in names.items()]
        values = {variable: account.secrets[name] for name, variable in names.items()}
        answer = self.run("connect", simulator.service, connection, *settings, *secrets, secrets=values)
        if not answer["registered"]:
            simulator.paste_webhooks(_addresses(answer["webhooks"]))
        if account.later_secrets:
            with _files(account.later_secrets) as files:
                later = [f"--secret={name}=@{path}" for name, path in files.items()]
                self.run("connect", simulator.service, connection, *later)
        return connection


def connect_all(simulators: Mapping[str, Simulator], environment: Mapping[str, str], say: Say) -> None:
    """Connects every simulator and links each messenger to a platform, in turn when there are several."""
    owner = Owner(environment)
    connections = {"messenger": list[str](), "platform": list[str]()}
    for simulator in sorted(simulators.values(), key=side, reverse=True):
        connections[side(simulator)].append(owner.connect(simulator))
        say(f"patchbay connect {simulator.service} {simulator.service}-demo")
    for messenger, platform in zip(connections["messenger"], cycle(connections["platform"]), strict=False):
        owner.run("link", messenger, platform)
        say(f"patchbay link {messenger} {platform}")


def _command() -> Sequence[str]:
    """The command of this virtual environment; in a checkout where it is not installed, its entry point."""
    installed = Path(sys.executable).with_name("patchbay")
    if installed.exists():
        return [str(installed)]
    return [sys.executable, "-c", "from patchbay_cli.main import main; main()"]


def _addresses(webhooks: object) -> Mapping[str, str]:
    if not isinstance(webhooks, dict):
        raise CommandFailed("`patchbay connect --json` did not answer with the webhooks' addresses")
    return {str(name): str(url) for name, url in webhooks.items()}


@contextmanager
def _files(secrets: Mapping[str, str]) -> Iterator[Mapping[str, Path]]:
    """Files that only we can read, gone after the block."""
    with TemporaryDirectory(prefix="patchbay-") as folder:
        paths = {name: Path(folder, name) for name in secrets}
        for name, path in paths.items():
            path.touch(mode=0o600)
            path.write_text(secrets[name])
        yield paths
