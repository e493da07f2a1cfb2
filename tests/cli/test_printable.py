"""What people and services write does nothing to the owner's terminal."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patchbay.domain.model import Contact
from patchbay_cli.deployment import Deployment
from patchbay_cli.printable import printable, printable_json, printable_text
from patchbay_cli.terminal import Terminal
from tests.cli.conftest import Cli
from tests.cli.dlq_harness import DlqHarness, write
from tests.cli.test_erase import know, talk

CLIPBOARD = "\x1b]52;c;Zm9v\x07"
EVIL = f"Ann{CLIPBOARD}\x1b[2K\r\x9b31m\u202egnp\u2066\nerror: paste your key"
BIDI = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


def is_harmful(character: str) -> bool:
    controls = unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}
    return controls or unicodedata.bidirectional(character) in BIDI or character in "\u200e\u200f\u061c"


@given(st.text(st.characters(codec=None)))
def test_nothing_harmful_is_left_and_nothing_else_is_touched(text: str) -> None:
    assert printable(text) == "".join("?" if is_harmful(one) else one for one in text)
    assert printable_text(text) == "".join("?" if is_harmful(one) and one not in "\t\n" else one for one in text)


@given(st.text(st.characters(codec=None)))
def test_json_says_the_same_without_harm(text: str) -> None:
    shown = printable_json(json.dumps([text], ensure_ascii=False, indent=2))
    assert json.loads(shown) == [text]
    assert not any(is_harmful(one) for one in shown if one != "\n")


def test_emoji_and_scripts_stay_as_they_are() -> None:
    for text in ("👩\u200d🚀 Ünïcødé", "مرحبا", "می\u200cخواهم", "日本語"):
        assert printable(text) == text


WAYS = {
    "show": lambda terminal: terminal.show(EVIL),
    "block": lambda terminal: terminal.show_block(EVIL, [EVIL]),
    "table": lambda terminal: terminal.show_table(["a"], [[EVIL]]),
    "note": lambda terminal: terminal.notify(EVIL),
    "warn": lambda terminal: terminal.warn(EVIL),
    "fail": lambda terminal: terminal.fail(EVIL),
    "report": lambda terminal: terminal.report({"name": EVIL}),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("as_json", [False, True])
def test_every_way_of_speaking_is_harmless(way: str, as_json: bool, capsys: pytest.CaptureFixture[str]) -> None:
    WAYS[way](Terminal(as_json=as_json))
    said = "".join(capsys.readouterr())
    assert not any(is_harmful(one) for one in said if one != "\n")


def test_a_name_cannot_replace_the_question_that_it_stands_in(
    connected: Cli, deployment: Deployment, interactive: None
) -> None:
    session = talk(deployment, "ann", "c-ann")
    deployment.sessions.save(replace(session, contact=Contact(external_id="ann", name=EVIL)))
    asked = connected.run("erase", "loft", "ann", typed="n\n")
    assert asked.exit_code == 1
    assert "Erase all stored data of Ann ]52;c;Zm9v [2K" in asked.stderr  # one line, as every name
    assert not any(is_harmful(one) for one in asked.output + asked.stderr if one != "\n")
    assert asked.stderr.count("\n") <= 2


def test_a_dead_letter_of_such_a_customer_is_harmless(
    connected: Cli, deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("patchbay_cli.dead_letters.queue._PATIENCE", 0)
    event = write("ann", 1, "a\x9b31m\u202eb")
    DlqHarness(deployment).add(replace(event, contact=Contact(external_id="ann", name=EVIL)))
    for words in (("list",), ("list", "--json"), ("show", event.id), ("show", event.id, "--show-content")):
        assert not any(is_harmful(one) for one in connected.succeed("dlq", *words) if one != "\n")


COMMANDS = (
    ("sessions",),
    ("sessions", "--connection", "loft"),
    ("connections",),
    ("doctor",),
    ("dlq", "list"),
    ("export", "loft", EVIL),
    ("erase", "loft", EVIL, "--yes"),
    ("erase", "loft", EVIL),
    ("disconnect", "loft", "--yes"),
)


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(words[:2]))
def test_no_command_shows_what_harms(
    connected: Cli,
    deployment: Deployment,
    words: tuple[str, ...],
    as_json: bool,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """Whatever a customer, an agent or a service can choose."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("patchbay_cli.dead_letters.queue._PATIENCE", 0)
    session = talk(deployment, EVIL, f"c-{EVIL}")
    evil = Contact(external_id=EVIL, name=EVIL, phone=EVIL, email=EVIL, language=EVIL, person=EVIL)
    deployment.sessions.save(replace(session, contact=evil))
    know(deployment, f"pigeon:loft:{EVIL}", EVIL)
    event = write(EVIL, 1, EVIL)
    DlqHarness(deployment).add(replace(event, contact=evil))
    deployment.configuration._update("loft", "status_reason", EVIL)
    deployment.configuration._update("help", "account", EVIL)
    result = connected.run(*words, *(["--json"] if as_json else []))
    assert not any(is_harmful(one) for one in result.output + result.stderr if one != "\n")


def test_a_traceback_is_harmless_too(connected: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError(EVIL)

    monkeypatch.setattr("patchbay_cli.commands.sessions.list_sessions", fail)
    result = connected.run("sessions")
    assert result.exit_code == 1
    assert "RuntimeError" in result.stderr
    assert not any(is_harmful(one) for one in result.stderr if one != "\n")
