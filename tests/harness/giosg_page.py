"""Visitors of the web chat, linked to Giosg: their page and its REST API here, the agents' console there."""

from __future__ import annotations

import json

from playground.services.giosg import DEMO_AGENT, Giosg
from playground.services.giosg.records import Chat
from playground.services.webchat import WebChatSimulator
from playground.services.webchat.records import Json, Screen
from tests.harness import webchat_world
from tests.harness.giosg_webhooks import envelope

GIOSG = "giosg-1"


class Scene(webchat_world.Scene):
    """The web chat linked to Giosg."""

    giosg: Giosg

    @property
    def chats(self) -> list[Chat]:
        return list(self.giosg.chats.values())

    @property
    def chat(self) -> Chat:
        return self.chats[-1]

    def texts(self, chat: Chat | None = None) -> list[str | None]:
        """What the visitor wrote."""
        return [message.text for message in (chat or self.chat).messages if message.sender_type == "visitor"]

    def calls(self, words: str) -> list[str]:
        """The calls of ours to Giosg that have the words in them."""
        calls = [f"{request.method} {request.url}" for request in self.http.sent if "giosg" in request.url]
        return [call for call in calls if words in call]

    def begin_chat(self) -> Chat:
        """An agent begins another chat with the visitor."""
        room, visitor, agent = self.chat.room, self.chat.visitor, self.giosg.find_agent(DEMO_AGENT)
        with self.giosg.lock:
            return self.giosg.actions.open_chat(room, visitor, "external", [agent])

    def reply_in(self, chat: Chat, text: str) -> None:
        self.giosg.reply(chat.id, DEMO_AGENT, text)
        self.settle()

    def list_chats(self) -> list[Json]:
        """What stands in Ann's list, the latest first."""
        return self.webchat.list_chats(self.ann.browser.visitor)

    def read_chat(self, chat: str) -> list[str]:
        """What a browser of Ann's shows of a chat, with the visitor's own words in angle brackets."""
        messages = self.ask("GET", f"chats/{chat}/messages", self.ann)[1]["messages"]
        return [f"<{one['text']}>" if one["mine"] else str(one["text"]) for one in messages]

    def ask(self, method: str, path: str, screen: Screen, body: Json | None = None) -> tuple[int, Json]:
        """The web chat's REST API, as a visitor's own program calls it."""
        answer = self.webchat.call(method, path, screen.browser, body)
        return answer.status, answer.body

    def tell(self, body: Json | bytes, kind: str = "messages", method: str = "POST") -> int:
        """A webhook of Giosg's; the status that we answer."""
        address = next(one.endpoint_url for one in self.giosg.apps[0].webhooks if f"/{kind}?" in one.endpoint_url)
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        status = self.post(method, address, {"Content-Type": "application/json"}, raw).status
        self.settle()
        return status

    def message_webhook(self, action: str, resource_id: str, resource: Json | None = None, chat: str = "") -> Json:
        channel = f"/api/v5/orgs/{self.giosg.organization}/owned_chats/{chat or self.chat.id}/messages"
        return envelope(channel, action, resource_id, resource)


def make_scene() -> Scene:
    """One visitor, Ann, who has opened a chat and not written yet."""
    scene = Scene("webchat", "giosg")
    webchat, giosg = scene.simulators["webchat"], scene.simulators["giosg"]
    assert isinstance(webchat, WebChatSimulator)
    assert isinstance(giosg, Giosg)
    scene.webchat, scene.desk, scene.giosg = webchat, giosg, giosg
    webchat.on_stored = scene.media.files.__setitem__
    for service in ("webchat", "giosg"):
        scene.connect(service)
    scene.link("webchat-1", GIOSG)
    scene.settle()
    scene.ann = webchat.start_chat("Ann")
    scene.http.sent.clear()
    return scene
