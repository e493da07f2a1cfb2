"""Every service has a page that knows all of its settings, how to connect it, and where its facts are from."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from patchbay.kit import registry
from patchbay.kit.contract import Setting

ROOT = Path(__file__).parents[2]
SERVICES = registry.names()
SECTIONS = ("Connect", "Settings", "Limits", "Troubleshooting", "Sources")
KINDS = {"secret", "secret, required", "setting", "setting, required"}


def page(service: str) -> str:
    return (ROOT / "docs" / "services" / f"{service}.md").read_text(encoding="utf-8")


def section(service: str, title: str) -> str:
    return page(service).partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def kind_of(setting: Setting) -> str:
    return ("secret" if setting.secret else "setting") + (", required" if setting.required else "")


@pytest.mark.parametrize("service", SERVICES)
def test_the_page_has_every_section(service: str) -> None:
    assert [title for title in SECTIONS if not section(service, title).strip()] == []
    assert page(service).startswith(f"# {registry.load(service).title}\n")


@pytest.mark.parametrize("service", SERVICES)
def test_every_setting_and_secret_is_listed_with_its_kind(service: str) -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+?) \|", section(service, "Settings"), re.MULTILINE)
    assert {kind for _, kind in rows} <= KINDS
    assert dict(rows) == {setting.name: kind_of(setting) for setting in registry.load(service).settings}


@pytest.mark.parametrize("service", SERVICES)
def test_defaults_are_those_of_the_connector(service: str) -> None:
    """Where the page says a value, it is the connector's."""
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| `([^`|]+)` \|", section(service, "Settings"), re.MULTILINE)
    defaults = {setting.name: setting.default for setting in registry.load(service).settings}
    assert {name: value for name, value in rows if defaults[name] != value} == {}


@pytest.mark.parametrize("service", SERVICES)
def test_the_page_shows_how_to_connect_and_link(service: str) -> None:
    steps = section(service, "Connect")
    assert f"patchbay connect {service} " in steps
    assert "patchbay link " in steps


@pytest.mark.parametrize("service", [name for name in SERVICES if name != "webchat"])
def test_sources_are_links_with_a_date(service: str) -> None:
    sources = section(service, "Sources")
    assert len(re.findall(r"\]\(https://", sources)) >= 4
    assert re.search(r"Read in \w+ 20\d\d", sources)


@pytest.mark.parametrize("service", SERVICES)
def test_the_connector_names_its_page(service: str) -> None:
    module = importlib.import_module(type(registry.load(service)).__module__)
    assert f"Documentation: docs/services/{service}.md" in (module.__doc__ or "")


def test_the_index_links_every_page_and_there_is_no_other() -> None:
    pages = {path.name for path in (ROOT / "docs" / "services").glob("*.md")} - {"index.md"}
    assert pages == {f"{service}.md" for service in SERVICES}
    assert pages <= set(re.findall(r"\]\((\w+\.md)\)", page("index")))


def test_the_sizes_of_connectors_and_simulators_are_about_right() -> None:
    """What docs/adding-a-service.md says of each service is not a third wrong."""
    text = (ROOT / "docs" / "adding-a-service.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| ([A-Za-z ]+?)(?: \([^)]*\))? \| ([\d,]+)[^|]* \| ([\d,]+)[^|]* \| \d+ \|$", text, re.MULTILINE
    )
    said = {title: (int(one.replace(",", "")), int(other.replace(",", ""))) for title, one, other in rows}
    assert set(said) == {registry.load(service).title for service in SERVICES}
    for service in SERVICES:
        connector = registry.load(service)
        folder = ROOT / "layers" / "patchbay" / "patchbay" / f"{connector.side.value}s" / service
        found = count_lines(folder), count_lines(ROOT / "playground" / "services" / service)
        for claim, real in zip(said[connector.title], found, strict=True):
            assert 2 / 3 < claim / real < 1.5, f"{connector.title}: {claim} lines on the page, {real} in the code"


def count_lines(folder: Path) -> int:
    return sum(len(path.read_text(encoding="utf-8").splitlines()) for path in folder.rglob("*.py"))
