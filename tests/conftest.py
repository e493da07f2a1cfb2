"""Fixtures of all tests."""

from __future__ import annotations

import gc
import os
import re
import shutil
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from playground.run import Playground


#: A busy machine is no failure. Examples are the same in every run: what fails here fails wherever it is run again.
#: `HYPOTHESIS_PROFILE=explore` looks at new examples instead.
_PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("patchbay", _PATIENT, derandomize=True, database=None)
settings.register_profile("explore", _PATIENT, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "patchbay"))

ROOT = Path(__file__).parents[1]


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Twenty thousand tests stay until the end: nothing is gained by looking for garbage among them, which is slow."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(tryfirst=True)  # before any is deselected
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    _check_folders(items)
    for item in items:
        if "deployed_world" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.stack)
    # What takes a minute starts first: at the end one process would work on it while the others wait.
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def _check_folders(items: list[pytest.Item]) -> None:
    """`make test` looks for deployed and browser tests in the folders of the Makefile: others would never run."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    folders = {
        name: [ROOT / one for one in named.split()] for name, named in re.findall(r"(\w+) := (tests/.*)", makefile)
    }
    lost = set()
    for item in items:
        marker = next((name for name in ("deployed", "browser") if item.get_closest_marker(name)), None)
        if marker and not any(item.path.is_relative_to(folder) for folder in folders[marker.upper()]):
            lost.add(
                f"{item.path.relative_to(ROOT)} has {marker} tests: name its folder in the Makefile's {marker.upper()}"
            )
    if lost:
        raise pytest.UsageError("\n".join(sorted(lost)))


_ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync"
)


@pytest.fixture(scope="session")
def deployed_world() -> Iterator[Playground]:
    """The stack in a local AWS of its own, the simulators connected to it, and the page, on free ports."""
    from playground.run import running_playground

    steps: list[str] = []
    with running_playground(steps.append, port=0) as playground:
        yield playground


@pytest.fixture(scope="session")
def empty_aws() -> Iterator[Mapping[str, str]]:
    """The variables that lead to a local AWS of its own in which nothing is deployed. It is there within seconds."""
    from playground.emulator import free_port, running_ministack
    from playground.local_aws import addressed

    with running_ministack(free_port()) as emulator:
        yield addressed(emulator.endpoint_url)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, without a window. The one that was built for that needs half the time of the whole one."""
    from playwright.sync_api import sync_playwright

    names = ("chromium-headless-shell", "chromium", "chromium-browser")
    chromium = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if chromium is None:
        pytest.skip(f"no Chromium: `apt-get install {names[0]}`, or set CHROMIUM to where one is")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=_ARGUMENTS.split())
        yield browser
        browser.close()
