"""Customers and agents of any messenger and platform who send each other files, and what the other one gets."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

from patchbay.aws.net.download import check_answer
from patchbay.domain.model import Side
from patchbay.kit import registry
from patchbay.kit.contract import HttpRequest, HttpResponse
from playground import world as simulated
from tests.harness.fakes.media import PUBLIC
from tests.harness.forms import name_service, set_form
from tests.harness.pairs import choose_pairs
from tests.harness.phones import read_words
from tests.harness.world import World

LINK = "link"  #: as what a file is shown that arrives as a line of words with its address


@dataclass(frozen=True)
class Shown:
    """What the receiver sees: a file with its name, the type that it is served with, and as what it is drawn."""

    name: str
    content_type: str
    shown_as: str
    content: bytes = b""


class FileServer:
    """The network as our store of files sees it: what a sender's service serves may be replaced."""

    def __init__(self, world: World) -> None:
        self.asked: list[datetime] = []  #: when
        self.answers: list[HttpResponse] = []  #: in place of the file, in turn; the last one for good
        self._http, self._time = world.http, world.time

    def send(self, request: HttpRequest) -> HttpResponse:
        self.asked.append(self._time.now())
        if not self.answers:
            return self._http.send(request)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class Exchange(World):
    """One messenger linked to one platform, and a customer whose conversation is open."""

    def __init__(self, messenger: str, form: str) -> None:
        """`form`: a platform, in one of its forms."""
        platform = name_service(form)
        super().__init__(messenger, platform)
        self.messenger, self.platform = messenger, platform
        set_form(self.simulators[platform], form)
        self.server = self.media.http = FileServer(self)
        phone = self.simulators[messenger]
        if hasattr(phone, "on_stored"):
            phone.on_stored = self._keep_upload
        self.connect(messenger)
        self.connect(platform)
        self.link(f"{messenger}-1", f"{platform}-1")
        self.settle()
        self.time.advance(2)  # connecting has taken some of this second's calls
        phone.act("new_person", {"name": "Ann"})
        self.person = str(self._entries(messenger, "people")[-1]["id"])
        phone.act("write", {"person": self.person, "text": "hello"})
        self.settle()
        self._met = {side: len(self._lines(side)) for side in Side}

    def send_file(self, receiver: Side, name: str, declared: str, content: bytes, caption: str = "") -> None:
        """To whoever is on that side, by whoever is on the other."""
        side = Side.PLATFORM if receiver is Side.MESSENGER else Side.MESSENGER
        file = {"name": name, "content_type": declared, "data": base64.b64encode(content).decode(), "caption": caption}
        file["as"] = "document"  # on Telegram, where photos and voice notes have no names
        self.simulators[self.service(side)].act("send_file", {**self._place(side), **file})
        self.settle()

    def news(self, side: Side) -> list[Shown | str]:
        """What whoever is on that side got since this was asked last: files, and lines of text."""
        author = "agent" if side is Side.MESSENGER else "customer"
        lines = self._lines(side)
        new = [line for line in lines[self._met[side] :] if line["author"] == author]
        self._met[side] = len(lines)
        return [seen for line in new for seen in self._look(line)]

    def fetched_after(self, moment: datetime) -> timedelta:
        """How long after that moment a file was asked for last."""
        return self.server.asked[-1] - moment

    # --- who is who --------------------------------------------------------------------------------------------------

    def service(self, side: Side) -> str:
        return self.messenger if side is Side.MESSENGER else self.platform

    def _place(self, side: Side) -> dict[str, str]:
        if side is Side.MESSENGER:
            return {"person": self.person}
        agent = self._entries(self.platform, "agents")[0]
        return {"conversation": str(self._entries(self.platform, "conversations")[-1]["id"]), "agent": str(agent["id"])}

    def _lines(self, side: Side) -> list[dict[str, Any]]:
        if side is Side.PLATFORM:
            return list(self._entries(self.platform, "conversations")[-1]["messages"])
        return next(
            list(one["messages"]) for one in self._entries(self.messenger, "people") if one["id"] == self.person
        )

    def _entries(self, service: str, kind: str) -> list[dict[str, Any]]:
        found: Any = self.simulators[service].view()[kind]
        return list(found)

    # --- what a line shows -------------------------------------------------------------------------------------------

    def _look(self, line: dict[str, Any]) -> list[Shown | str]:
        file, text = line["attachment"], read_words(line)
        if file:
            shown = self._open(str(file["url"]), str(file["kind"]), str(file["name"]))
            return [shown, *([text] if text else [])]
        link = re.fullmatch(rf"(?:(?P<name>.+): )?(?P<url>{PUBLIC}/media/\S+)", text)
        return [self._open(link["url"], LINK, link["name"] or "")] if link else [text]

    def _open(self, url: str, kind: str, name: str) -> Shown:
        """As a browser opens it."""
        answer = self.http.send(HttpRequest(method="GET", url=url))
        check_answer(answer.status, answer.headers, 10**9)
        return Shown(name, answer.headers["content-type"].partition("; codecs=")[0], kind, answer.body)

    def _keep_upload(self, address: str, content: bytes) -> None:
        """A visitor's file: the web chat's own store has put it where the bridge serves its copies."""
        self.media.files[address] = content
        published: Any = self.simulators[self.messenger]
        key = unquote(address.removeprefix(f"{published.base_url}/"))
        self.media.types[address] = published.files.served(key).content_type


def pairs() -> list[tuple[str, str]]:
    """Messengers and platforms that have both a connector and a simulator.

    Freshchat's messages look the same in all its forms, so that one of each is enough.
    """
    names = sorted(set(registry.names()) & set(simulated.names()))
    sides = {name: registry.load(name).side for name in names}
    messengers = [name for name in names if sides[name] is Side.MESSENGER]
    every = choose_pairs(messengers, [name for name in names if sides[name] is Side.PLATFORM])
    return [*every, ("viber", "freshchat app"), ("webchat", "freshchat both")]
