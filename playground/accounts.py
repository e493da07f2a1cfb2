"""Connecting the simulators' demo accounts, as an owner would: through the `patchbay` command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playground.simulator import Simulator
from playground.sites import Site, other_name
from playground.world import side

TIMEOUT = 120  #: seconds for one command; the first webhook after a deploy waits for a cold start
FRESH = 1.0  #: seconds for which all pages share what the command said of the connections

_ROOT = Path(__file__).parents[1]
_SOURCES = os.pathsep.join(str(_ROOT / folder) for folder in ("cli", "layers/patchbay", "functions/webchat"))

Say = Callable[[str], None]


class CommandFailed(Exception):
    """The `patchbay` command did not do what it was asked. The message holds what it printed."""


@dataclass(frozen=True, slots=True)
class Connected:
    """A connection that was made. Messages do not go to an app: its accounts join it later, and carry them."""

    id: str
    is_app: bool


class Owner:
    """Someone at a terminal with the `patchbay` command and credentials for the stack in `environment`."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def run(self, *arguments: str, secrets: Mapping[str, str] | None = None) -> Mapping[str, object]:
        """Runs `patchbay ... --json` and returns its answer. `secrets` are variables for this one command."""
        answer: Mapping[str, object] = self._ask(*arguments, secrets=secrets)
        return answer

    def connections(self) -> Sequence[Mapping[str, object]]:
        """What `patchbay connections --json` lists."""
        answer: Sequence[Mapping[str, object]] = self._ask("connections")
        return answer

    def _ask(self, *arguments: str, secrets: Mapping[str, str] | None = None) -> Any:
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
        return json.loads(done.stdout)

    def connect(self, simulator: Simulator) -> Connected:
        """Connects the demo app of `simulator` where businesses join one, else its demo account."""
        connection = demo_id(simulator.service)
        app = simulator.demo_app()
        account = app or simulator.demo()
        settings = [f"--set={name}={value}" for name, value in account.settings.items()]
        names = {name: f"PLAYGROUND_{simulator.service}_{name}".upper() for name in account.secrets}
        secrets = [f"--secret={name}=env:{variable}" for name, variable in names.items()]
        values = {variable: account.secrets[name] for name, variable in names.items()}
        words = ["connect", simulator.service, connection, *settings, *secrets, "--show-secrets"]
        answer = self.run(*words, secrets=values)
        if app is None and not answer["registered"]:  # an app was made by API, with our addresses in it
            simulator.paste_webhooks(addresses_in(answer))
        if account.later_secrets:
            with _files(account.later_secrets) as files:
                later = [f"--secret={name}=@{path}" for name, path in files.items()]
                self.run("connect", simulator.service, connection, *later)
        return Connected(connection, _is_app(answer))


def demo_id(service: str) -> str:
    """What the playground calls the connection to the demo account of a service."""
    return f"{service}-demo"


def connect_all(simulators: Mapping[str, Simulator], environment: Mapping[str, str], say: Say) -> Iterator[str]:
    """Connects every simulator and links all messengers to one platform, whose agents answer on each of them.

    A platform that businesses join later is linked to by whoever tries that, once one has joined. The answer are the
    platforms whose turn it is next, without end, or none where there are none.
    """
    owner = Owner(environment)
    connections = {"messenger": list[str](), "platform": list[str]()}
    for simulator in sorted(simulators.values(), key=side, reverse=True):
        connected = owner.connect(simulator)
        say(f"patchbay connect {simulator.service} {connected.id}")
        if not connected.is_app:
            connections[side(simulator)].append(connected.id)
    platforms = cycle(connections["platform"])
    for platform in islice(platforms, 1):
        for messenger in connections["messenger"]:
            _link(owner, messenger, platform, say)
    return platforms


def connect_sites(
    services: Mapping[str, type[Simulator]], url: str, platforms: Iterator[str], owner: Owner, say: Say
) -> Iterator[Site]:
    """Connects the services that the stack is itself for the shop whose page is at `url`, and links each."""
    for name, service in services.items():
        account = service.demo_site([url, other_name(url)])
        if account is None:
            continue
        connection = demo_id(name)
        settings = [f"--set={key}={value}" for key, value in account.settings.items()]
        answer = owner.run("connect", name, connection, *settings)
        say(f"patchbay connect {name} {connection}")
        for platform in islice(platforms, 1):
            _link(owner, connection, platform, say)
        (address,) = addresses_in(answer).values()
        yield Site(service=name, title=service.title, address=address)


def _link(owner: Owner, messenger: str, platform: str, say: Say) -> None:
    owner.run("link", messenger, platform)
    say(f"patchbay link {messenger} {platform}")


class Links:
    """Which platform each messenger's new conversations go to, as the `patchbay` command tells and changes it.

    Pages may ask as often as they like, from several threads: they share one reading while it is fresh.
    """

    def __init__(self, owner: Owner, clock: Callable[[], float] = time.monotonic) -> None:
        self._owner = owner
        self._clock = clock
        self._lock = threading.Lock()
        self._rows: Sequence[Mapping[str, object]] = ()
        self._stale_at = -FRESH

    def show(self) -> dict[str, object]:
        """As JSON: "messengers" with their "link" (a platform's id or None), "platforms" that can be linked.

        Raises CommandFailed.
        """
        rows = self._read()
        return {
            "messengers": [_pick(row, "link") for row in rows if row["side"] == "messenger"],
            "platforms": [_pick(row) for row in rows if row["side"] == "platform" and not _is_app(row)],
        }

    def link(self, messenger: str, platform: str) -> None:
        """Raises KeyError for ids that are not to be linked, CommandFailed when the command refuses."""
        rows = {str(row["id"]): row for row in self._read()}
        for wanted, its_side in ((messenger, "messenger"), (platform, "platform")):
            if wanted not in rows or rows[wanted]["side"] != its_side or _is_app(rows[wanted]):
                raise KeyError(f"no {its_side} {wanted!r} that can be linked")
        try:
            self._owner.run("link", messenger, platform)
        finally:
            self._forget()

    def connect_again(self, service: str) -> None:
        """Repeats the command for the demo account, as an owner does after the service was upgraded."""
        self._owner.run("connect", service, demo_id(service))

    def _read(self) -> Sequence[Mapping[str, object]]:
        with self._lock:
            if self._clock() >= self._stale_at:
                self._rows = sorted(self._owner.connections(), key=_demo_first)
                self._stale_at = self._clock() + FRESH
            return self._rows

    def _forget(self) -> None:
        with self._lock:
            self._stale_at = self._clock()


def _demo_first(row: Mapping[str, object]) -> tuple[bool, str]:
    return row["id"] != demo_id(str(row["service"])), str(row["id"])


def _pick(row: Mapping[str, object], *more: str) -> dict[str, object]:
    return {name: row[name] for name in ("id", "service", "status", *more)}


def _is_app(answer: Mapping[str, object]) -> bool:
    return answer.get("app") is True


def _command() -> Sequence[str]:
    """The command of this virtual environment; in a checkout where it is not installed, its entry point."""
    installed = Path(sys.executable).with_name("patchbay")
    if installed.exists():
        return [str(installed)]
    return [sys.executable, "-c", "from patchbay_cli.main import main; main()"]


def addresses_in(answer: Mapping[str, object]) -> Mapping[str, str]:
    """Our addresses by name, in the answer of `patchbay connect`. Raises CommandFailed."""
    webhooks = answer.get("webhooks")
    if not isinstance(webhooks, dict):
        raise CommandFailed("`patchbay connect` did not return the webhook URLs")
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
