"""The page's types name the fields that the server sends, and its scripts import only what is served."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path
from random import Random
from urllib.parse import urljoin

import pytest

from playground.page_server import make_app
from playground.simulator import Switches, WebhookAnswer
from playground.trace import Trace, line_of_record
from playground.world import make_simulators
from tests.harness.links import FixedLinks
from tests.harness.type_declarations import find_differences, read_interfaces
from tests.harness.virtual_time import VirtualTime

ROOT = Path(__file__).parents[2]
PAGE, CHAT = ROOT / "playground/page", ROOT / "functions/webchat/static"
TYPES = read_interfaces(PAGE / "types.d.ts")
_IMPORT = re.compile(r"""(?:from |import\()["'`]([^"'`]+)["'`]|^import ["']([^"']+)["']""", re.MULTILINE)
SIMULATORS = make_simulators(VirtualTime(), lambda *_: WebhookAnswer(200), Random(1))


def imports_of(script: Path) -> set[str]:
    code = re.sub(r"/\*\*.*?\*/", "", script.read_text(encoding="utf-8"), flags=re.DOTALL)
    return {one or other for one, other in _IMPORT.findall(code)}


@pytest.mark.parametrize("service", [name for name, one in SIMULATORS.items() if not one.deployed])
def test_views_have_the_fields_of_their_type(service: str) -> None:
    view = SIMULATORS[service].view()
    expected = "DeskView" if view["side"] == "platform" else "PhoneView"
    assert list(find_differences(view, expected, TYPES)) == []


def test_messages_have_the_fields_of_their_type() -> None:
    viber = SIMULATORS["viber"]
    person = str(viber.act("new_person", {"name": "Ann Lee"})["person"])
    viber.act("write", {"person": person, "text": "Hello"})
    people = viber.view()["people"]
    assert isinstance(people, list)
    assert people[-1]["messages"]
    assert list(find_differences(people, "Person", TYPES)) == []


def test_answers_corrections_and_reactions_have_the_fields_of_their_types() -> None:
    telegram = SIMULATORS["telegram"]
    me = {"person": str(telegram.act("new_person", {"name": "Ann Lee"})["person"])}
    said = str(telegram.act("write_formatted", {**me, "text": "<b>Hello</b>"})["message"])
    telegram.act("edit", {**me, "message": said, "text": "Hello!"})
    telegram.act("react", {**me, "message": said, "emoji": "👍"})
    telegram.act("send_voice", {**me, "reply_to": said})
    telegram.act("send_sticker", {**me, "emoji": "😀"})
    telegram.act("new_group", {**me, "title": "Team"})
    view = telegram.view()
    assert view["groups"]
    assert list(find_differences(view, "PhoneView", TYPES)) == []


def test_the_page_begins_with_viber() -> None:
    messengers = [name for name, one in SIMULATORS.items() if one.view()["side"] == "messenger"]
    assert messengers[0] == "viber"


def test_a_field_without_a_type_and_a_missing_field_are_found() -> None:
    question = {"status": "pending", "reason": "none"}
    assert list(find_differences(question, "Question", TYPES)) == [
        "Question has no reason",
        "Question.answer is missing",
    ]


def test_switches_and_lines_have_the_fields_of_their_types() -> None:
    line = line_of_record({"message": "event delivered", "event": "e1"}, VirtualTime().now(), "dispatcher")
    assert list(find_differences(asdict(Switches()), "Switches", TYPES)) == []
    assert list(find_differences(line.as_json(), "TraceLine", TYPES)) == []


@pytest.mark.parametrize("script", sorted(PAGE.glob("*.js")), ids=lambda script: script.name)
def test_a_script_imports_only_what_is_served(script: Path) -> None:
    page = make_app({}, Trace(), FixedLinks()).test_client()
    for name in imports_of(script):
        with page.get(urljoin("/page/", name)) as found:
            assert found.status_code == 200, name


@pytest.mark.parametrize("script", sorted(CHAT.glob("*.js")), ids=lambda script: script.name)
def test_the_web_chat_imports_only_its_own_scripts(script: Path) -> None:
    known = {path.name for path in CHAT.glob("*.js")}
    own = {name.replace("${language}", "en").removeprefix("./") for name in imports_of(script)}
    assert own <= known
