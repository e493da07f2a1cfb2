"""Visitors of the web chat, linked to any platform, across both simulators."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta
from typing import Any

from patchbay.domain.accounts import Endpoint, Secrets
from patchbay.domain.model import Side
from patchbay.kit import registry
from playground import world as simulated
from playground.services.webchat import WebChatSimulator
from playground.services.webchat.records import Json, Screen
from playground.simulator import Simulator
from tests.harness.forms import name_service, set_form
from tests.harness.world import World

#: Where agents end conversations and the platform says so: their action.
ENDS = {"freshchat": "resolve", "unblu": "resolve", "giosg": "end"}

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 200


def platforms() -> tuple[str, ...]:
    """Every platform that has both a connector and a simulator."""
    both = set(registry.names()) & set(simulated.names())
    return tuple(sorted(name for name in both if registry.load(name).side is Side.PLATFORM))


class Scene(World):
    """The web chat linked to one platform, with one visitor who has opened a chat and not written yet."""

    HOUR = timedelta(hours=1)

    webchat: WebChatSimulator
    desk: Simulator
    ann: Screen

    # --- what the agents see and do ----------------------------------------------------------------------------------

    def conversations(self) -> list[Json]:
        found: Any = self.desk.view()["conversations"]
        return list(found)

    def conversation(self, name: str = "Ann") -> Json:
        """The latest of the customer of that name."""
        return [one for one in self._oldest_first() if str(one["contact"]["name"]).strip() == name][-1]

    def _oldest_first(self) -> list[Json]:
        return sorted(self.conversations(), key=lambda one: str(one["messages"][0]["at"]) if one["messages"] else "")

    def agent_sees(self, name: str = "Ann") -> list[str]:
        """What the customer wrote, over all their conversations; a file is its name in angle brackets."""
        return [
            _describe(message)
            for one in self._oldest_first()
            if str(one["contact"]["name"]).strip() == name
            for message in one["messages"]
            if message["author"] == "customer"
        ]

    @property
    def agent(self) -> Json:
        agents: Any = self.desk.view()["agents"]
        first: Json = agents[0]
        return first

    def start(self, action: str, customer: str = "Ann", **arguments: str) -> None:
        """An agent does something in the customer's conversation, and nothing has come of it yet."""
        where = {"conversation": str(self.conversation(customer)["id"]), "agent": str(self.agent["id"])}
        self.desk.act(action, {**where, **arguments})

    def act(self, action: str, customer: str = "Ann", **arguments: str) -> None:
        self.start(action, customer, **arguments)
        self.settle()

    def reply(self, text: str, customer: str = "Ann") -> None:
        self.act("reply", customer, text=text)

    def reply_with_file(self, name: str, content_type: str, content: bytes) -> None:
        data = base64.b64encode(content).decode()
        self.act("send_file", name=name, content_type=content_type, data=data)

    def settle_for(self, seconds: float) -> None:
        """Lets so much time pass and no more."""
        until = self.time.now() + timedelta(seconds=seconds)
        self.settle(timedelta(seconds=seconds))
        self.time.jump(until)

    # --- what visitors see and do ------------------------------------------------------------------------------------

    def says(self, *texts: str, screen: Screen | None = None) -> None:
        for text in texts:
            self.webchat.write((screen or self.ann).id, text)
        self.settle()

    def visitor_sees(self, screen: Screen | None = None) -> list[str]:
        """What agents wrote, as it stands on the screen; a file is its name in angle brackets."""
        return [_describe(message) for message in self.replies(screen)]

    def replies(self, screen: Screen | None = None) -> list[Json]:
        """The messages of people: what a platform's bot says by itself is left out."""
        lines = [message for one in self.conversations() for message in one["messages"]]
        automatic = {_describe(message) for message in lines if message["author"] == "bot"}
        return [message for message in (screen or self.ann).theirs() if _describe(message) not in automatic]

    def endpoint_with(self, key: str, previous: str) -> Endpoint:
        """The web chat's endpoint as it is stored after its key was replaced."""
        [endpoint] = [one for (service, _), one in self.connections.endpoints.items() if service == "webchat"]
        return replace(endpoint, secrets=Secrets({"service_key": key}, previous={"service_key": previous}))

    def receipts(self) -> list[str]:
        """How far each message of an agent or a bot got, as the bridge was told."""
        return [sent.state.value for sent in self.ledger.all_sent() if sent.connection_id == "webchat-1"]

    def states(self) -> list[str]:
        """How far each of the visitor's messages got, as the screen shows it."""
        return [str(message["state"]) for message in self.ann.mine()]


def _describe(message: Json) -> str:
    if message["cards"]:
        return " | ".join(str(card["title"]) for card in message["cards"])
    name = f"<{message['attachment']['name']}>" if message["attachment"] else ""
    return " ".join(filter(None, (name, str(message["text"]))))


def make_scene(form: str) -> Scene:
    """`form`: a platform, in one of its forms."""
    platform = name_service(form)
    scene = Scene("webchat", platform)
    webchat, scene.desk = scene.simulators["webchat"], scene.simulators[platform]
    assert isinstance(webchat, WebChatSimulator)
    scene.webchat = webchat
    set_form(scene.desk, form)
    webchat.on_stored = scene.media.files.__setitem__
    scene.connect("webchat")
    scene.connect(platform)
    scene.link("webchat-1", f"{platform}-1")
    scene.settle()
    scene.time.advance(2)  # connecting has taken some of this second's calls
    scene.ann = webchat.start_chat("Ann")
    return scene
