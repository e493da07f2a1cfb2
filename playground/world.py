"""Every simulator there is, found by file name, and all of them served together."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from random import Random

from playground import services
from playground.live import HttpPost, LiveTimeline, Server
from playground.simulator import Post, Simulator, Timeline


def names() -> tuple[str, ...]:
    """Every simulated service, in alphabetical order: a file in `services/` is a simulator."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(services.__path__) if module.name[0] != "_"))


def make_simulators(timeline: Timeline, post: Post, random: Random) -> dict[str, Simulator]:
    found = sorted(((name, _find(name)) for name in names()), key=lambda each: each[1].place)
    return {name: simulator(timeline, post, random) for name, simulator in found}


def side(simulator: Simulator) -> str:
    """ "messenger" or "platform"."""
    return str(simulator.view()["side"])


def deployed() -> Mapping[str, type[Simulator]]:
    """The services that the stack is itself."""
    return {name: simulator for name in names() if (simulator := _find(name)).deployed}


def _find(name: str) -> type[Simulator]:
    simulator: type[Simulator] = importlib.import_module(f"{services.__name__}.{name}").SIMULATOR
    return simulator


@contextmanager
def running(seed: int | None = None) -> Iterator[Mapping[str, Simulator]]:
    """All simulators, each on a free port of its own and on the real clock, until the block ends.

    Services that the stack is itself are none of them: the deployed one is there.
    """
    timeline = LiveTimeline()
    with ExitStack() as cleanup:
        cleanup.callback(timeline.close)
        made = make_simulators(timeline, HttpPost(), Random(seed))
        simulators = {name: simulator for name, simulator in made.items() if not simulator.deployed}
        for simulator in simulators.values():
            simulator.base_url = cleanup.enter_context(Server(simulator.app)).url
        yield simulators
