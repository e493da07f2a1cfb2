"""A known vulnerability of a locked package fails `make audit`; a database that is out of reach is no vulnerability."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from tests.aws.servers import reply, serving
from tests.tools.test_locks import LOCKS, pins
from tools import audit
from tools.audit import Finding, Ignored, judge, main

TODAY = date(2026, 11, 29)
FOUND = Finding(package="urllib3", version="2.0.0", ids=("PYSEC-1", "GHSA-1"), fixed_in="2.0.1")
Asked = list[dict[str, str]]


@contextmanager
def osv(*vulnerable: str, asked: Asked) -> Iterator[str]:
    """A database that knows one vulnerability of each of `vulnerable`, asked as OSV is; the value is its address."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        question = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        package = question["package"]["name"]
        asked.append({"package": package, "version": question["version"]})
        known = {"id": f"PYSEC-{package}", "aliases": [f"GHSA-{package}"], "summary": "It breaks.", "affected": []}
        body = json.dumps({"vulns": [known]} if package in vulnerable else {}).encode()
        _reply(handler, body)

    with serving(answer) as port:
        yield f"http://127.0.0.1:{port}/v1/query"


def _reply(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


@pytest.fixture(autouse=True)
def npm(monkeypatch: pytest.MonkeyPatch) -> Callable[[list[Finding] | None], None]:
    """What npm's registry answers: nothing is known, unless a test says otherwise."""

    def say(answer: list[Finding] | None) -> None:
        monkeypatch.setattr(audit, "ask_npm", lambda: answer)

    say([])
    return say


def test_every_locked_package_is_asked_about_and_nothing_known_is_a_success(capsys: pytest.CaptureFixture[str]) -> None:
    asked: Asked = []
    with osv("jinja2", asked=asked) as url:
        # jinja2 is the old release that a working database knows; the locked one is then reported as well.
        assert main(["--osv-url", url]) == 1
    assert capsys.readouterr().out.count("jinja2 3") == 1
    locked = {(name, version) for lock in LOCKS for name, version in pins(lock).items()}
    missing = locked - {(one["package"], one["version"]) for one in asked}
    assert {name for name, _ in missing} <= {"colorama", "pywin32"}  # those of another operating system
    assert {"package": "jinja2", "version": "2.4.1"} in asked


@pytest.fixture
def small_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    lock = tmp_path / "lock.txt"
    lock.write_text(f"left-behind==1.0.0 --hash=sha256:{'0' * 64}\n", encoding="utf-8")
    monkeypatch.setattr(audit.ask_about_python, "__defaults__", ((lock,),))
    return lock


@pytest.mark.usefixtures("small_lock")
def test_a_known_vulnerability_fails_with_its_names(capsys: pytest.CaptureFixture[str]) -> None:
    with osv("jinja2", "left-behind", asked=[]) as url:
        assert main(["--osv-url", url]) == 1
    assert (
        "left-behind 1.0.0 has PYSEC-left-behind / GHSA-left-behind, no fixed version is known"
        in capsys.readouterr().out
    )


@pytest.mark.usefixtures("small_lock")
def test_nothing_known_is_a_success(capsys: pytest.CaptureFixture[str]) -> None:
    with osv("jinja2", asked=[]) as url:
        assert main(["--required", "--osv-url", url]) == 0
    assert "SKIPPED" not in capsys.readouterr().out


@pytest.mark.usefixtures("small_lock")
@pytest.mark.parametrize(("status", "body"), [(200, b"{}"), (404, b""), (503, b""), (200, b"<html>")])
def test_a_mirror_that_knows_nothing_is_no_database(
    status: int, body: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(reply(body, status)) as port:
        assert main(["--required", "--osv-url", f"http://127.0.0.1:{port}/"]) == 1
    assert "Python packages: SKIPPED" in capsys.readouterr().out


def test_npm_is_asked_too(
    npm: Callable[[list[Finding] | None], None], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(audit, "ask_about_python", lambda _: [])
    npm(None)
    assert main([]) == 0
    assert "npm packages: SKIPPED" in capsys.readouterr().out
    npm([FOUND])
    assert main([]) == 1


def test_what_npm_says_is_read() -> None:
    advisory = {"source": 1, "url": "https://github.com/advisories/GHSA-2", "title": "It breaks."}
    said: dict[str, dict[str, Any]] = {"a": {"range": "<2", "via": [advisory]}, "b": {"range": "*", "via": ["a"]}}
    assert [str(one) for one in audit._read_npm(said)] == ["a <2 has GHSA-2, no fixed version is known"]


def _ignored(until: date, package: str = "urllib3", name: str = "GHSA-1") -> Ignored:
    return Ignored(id=name, package=package, reason="The code is not reached.", until=until)


def test_what_is_ignored_is_so_until_its_day() -> None:
    assert judge([FOUND], [_ignored(TODAY)], TODAY) == []
    past, found = judge([FOUND], [_ignored(TODAY - timedelta(days=1))], TODAY)
    assert "GHSA-1 of urllib3 is ignored until 2026-11-28" in past
    assert found == str(FOUND)


@pytest.mark.parametrize("entry", [_ignored(TODAY, package="requests"), _ignored(TODAY, name="GHSA-2")])
def test_nothing_else_is_ignored(entry: Ignored) -> None:
    assert judge([FOUND], [entry], TODAY) == [str(FOUND)]


def test_nothing_is_ignored_for_ever() -> None:
    assert len(judge([FOUND], [_ignored(TODAY + timedelta(days=93))], TODAY)) == 2


def test_the_list_of_what_is_ignored_is_read(tmp_path: Path) -> None:
    example = audit.IGNORED.read_text(encoding="utf-8")
    assert audit.read_ignored() == []  # remove this line with the first entry
    written = tmp_path / "ignored.toml"
    written.write_text("\n".join(line.removeprefix("#   ") for line in example.splitlines() if "#   " in line))
    assert [entry.id for entry in audit.read_ignored(written)] == ["GHSA-xxxx-xxxx-xxxx"]
