"""The documentation site holds every page, and a link that leads nowhere stops its build."""

from __future__ import annotations

import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools import site

CONFIG = tomllib.loads((site.ROOT / "zensical.toml").read_text(encoding="utf-8"))["project"]


def in_navigation(entries: object) -> Iterator[str]:
    if isinstance(entries, str):
        yield entries
    elif isinstance(entries, dict | list):
        for entry in entries.values() if isinstance(entries, dict) else entries:
            yield from in_navigation(entry)


def test_every_page_is_in_the_navigation_once() -> None:
    listed = list(in_navigation(CONFIG["nav"]))
    assert sorted(listed) == sorted(str(target) for target in site.pages().values() if target.suffix == ".md")


def test_two_pages_never_get_one_place() -> None:
    targets = [str(target).lower() for target in site.pages().values()]
    assert len(targets) == len(set(targets))


def rewritten(tmp_path: Path, name: str, text: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(site, "ROOT", tmp_path)
    for other in ("README.md", "docs/security.md", "docs/services/viber.md", "docs/a.svg", name):
        (tmp_path / other).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / other).write_text(text if other == name else "# Page\n", encoding="utf-8")
    return site.rewrite(tmp_path / name, site.pages())


@pytest.mark.parametrize(
    ("name", "link", "on_the_site"),
    [
        ("README.md", "[s](docs/security.md#files)", "[s](security.md#files)"),
        ("README.md", "![p](docs/a.svg)", "![p](a.svg)"),
        ("README.md", "[code](template.yaml)", "code"),
        ("README.md", "[out](https://example.com/a#b) and [here](#x)", "[out](https://example.com/a#b) and [here](#x)"),
        ("docs/services/viber.md", "[r](../../README.md#cost)", "[r](../index.md#cost)"),
        ("docs/services/viber.md", "[`run` [x]](../security.md)", "[`run` [x]](../security.md)"),
        ("docs/security.md", "[test](../tests/a.py) and [x](services/viber.md)", "test and [x](services/viber.md)"),
        ("docs/security.md", "```sh\n[s](../README.md)\n```", "```sh\n[s](../README.md)\n```"),
    ],
)
def test_links_are_rewritten_for_the_site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, link: str, on_the_site: str
) -> None:
    assert rewritten(tmp_path, name, link, monkeypatch) == on_the_site


@pytest.mark.parametrize(
    ("text", "indented"),
    [
        ("1. One:\n\n   ```sh\n   ls\n   ```\n2. Two", "1. One:\n\n    ```sh\n    ls\n    ```\n2. Two"),
        ("- One\n  goes on\n  - inner\n- Two", "- One\n    goes on\n    - inner\n- Two"),
        ("1. One\n\nText\n   three columns in", "1. One\n\nText\n   three columns in"),
        ("- One\n\n```\n  code\n```", "- One\n\n```\n  code\n```"),
    ],
)
def test_what_belongs_to_an_item_of_a_list_stays_in_it(text: str, indented: str) -> None:
    assert site.indent(text) == indented


@pytest.mark.parametrize(
    ("link", "accepted"),
    [("b.md#there", True), ("#title", True), ("c.md", False), ("b.md#here", False), ("#there", False)],
)
def test_the_generator_refuses_a_link_that_leads_nowhere(tmp_path: Path, link: str, accepted: bool) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text(f"# Title\n\n[link]({link})\n", encoding="utf-8")
    (tmp_path / "docs" / "b.md").write_text("# B\n\n## There\n", encoding="utf-8")
    config = tmp_path / "zensical.toml"
    config.write_text('[project]\nsite_name = "x"\ndocs_dir = "docs"\nsite_dir = "site"\n', encoding="utf-8")
    command = [str(site.GENERATOR), "build", "--strict", "--config-file", str(config)]
    assert (subprocess.run(command, capture_output=True, check=False).returncode == 0) is accepted
