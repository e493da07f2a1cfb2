"""The examples in the documentation of the web chat's API are what the web chat answers."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from chat import errors
from chat.model import name_chat
from tests.harness.fakes.chats import HOOK, KEY, PUSHING, SITE, WebChat, write_static

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/webchat-api.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```http\n(.*?)\n\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)
ANYTHING = "…"
CHAT = re.findall(r'^POST api/chats\n\{"id": "([^"]+)"', TEXT, re.MULTILINE)[0]


class Reader:
    """Somebody who tries the examples one after another."""

    def __init__(self, web: WebChat) -> None:
        self.web = web
        visitor = web.browser()
        self.visitor, self.token = visitor.visitor, visitor.token
        self.known: dict[str, Any] = {}  #: the latest values that the document leaves out, by name

    def follow(self, asked: str, answered: str) -> None:
        line, _, sent = asked.partition("\n")
        method, path = line.split(" ")
        path = re.sub(r"^bridge/chats/([^/]+)", lambda named: f"bridge/chats/{self._contact(named[1])}", path)
        body = {name: self._fill_in(name, value) for name, value in json.loads(sent).items()} if sent else None
        token = KEY if path.startswith("bridge/") else self.token
        answer = self.web.call(method, path, body, headers={"authorization": f"Bearer {token}"})
        status, _, shown = answered.partition("\n")
        assert answer.status == int(status), (line, answer.body)
        if not shown.strip():
            assert answer.body == b""
            return
        assert agrees(json.loads(shown), answer.json), (line, answer.json)
        self._remember(answer.json)

    def _contact(self, chat: str) -> str:
        """The bridge has its own name for a chat, which nobody else needs to know."""
        assert chat == ANYTHING
        return name_chat(SITE.id, self.known.get("visitor", self.visitor), CHAT)

    def _fill_in(self, name: str, value: object) -> object:
        return self.known[name] if value == ANYTHING else value

    def _remember(self, answer: dict[str, Any]) -> None:
        self.known |= answer
        self.token = answer.get("token", self.token)
        if "fields" in answer:
            assert self.web.files.take(answer["fields"], b"\x89PNG\r\n\x1a\n")


def agrees(shown: object, answered: object) -> bool:
    """Whether an answer is what the document shows, where it shows something."""
    if shown == ANYTHING:
        return True
    if isinstance(shown, dict) and isinstance(answered, dict):
        return shown.keys() == answered.keys() and all(agrees(shown[name], answered[name]) for name in shown)
    if isinstance(shown, list) and isinstance(answered, list):
        return len(shown) == len(answered) and all(map(agrees, shown, answered))
    return shown == answered


def test_every_example_is_answered_as_shown(tmp_path: Path) -> None:
    web = WebChat(write_static(tmp_path))
    web.connections.add(PUSHING, HOOK)
    reader = Reader(web)
    assert len(EXAMPLES) >= 10
    for asked, answered in EXAMPLES:
        reader.follow(asked, answered)


def codes() -> list[str]:
    sources = [path.read_text(encoding="utf-8") for path in Path(errors.__file__).parent.glob("*.py")]
    return sorted({code for source in sources for code in re.findall(r'Refused\(\s*[^,]+, "([a-z_]+)"', source)})


@pytest.mark.parametrize("code", [code for code in codes() if code != "wrong_key"])
def test_every_code_is_explained(code: str) -> None:
    assert f"`{code}`" in TEXT


def test_the_codes_are_found() -> None:
    assert {"unreadable", "unknown_chat", "wrong_key", "too_many", "erased"} <= set(codes())
