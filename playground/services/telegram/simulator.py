"""The simulated Telegram: the Bot API for our side, a phone for each customer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import override

from flask import Response

from playground.misbehaviour import Fault
from playground.page_arguments import read_file
from playground.services.telegram.account_api import AccountApi
from playground.services.telegram.actions import Actions
from playground.services.telegram.api import BotRoutes
from playground.services.telegram.auth import Auth
from playground.services.telegram.chats import Chats
from playground.services.telegram.contents import Contents
from playground.services.telegram.demo import BOT_NAME, BOT_USERNAME, DEMO_TOKEN, STICKER
from playground.services.telegram.editing import Editing
from playground.services.telegram.errors import RefusedCall, describe, too_many_requests
from playground.services.telegram.files import Files
from playground.services.telegram.groups import Groups
from playground.services.telegram.records import Json, Message
from playground.services.telegram.sending import Sending
from playground.services.telegram.view import show_phones
from playground.services.telegram.webhooks import Webhooks
from playground.simulator import DemoAccount, Post, Timeline

Act = Callable[[Mapping[str, str]], Json | Message | None]
_USUAL_WAIT = 5  #: seconds, of a fault that names none


class Telegram(Groups):
    """One bot and its customers."""

    def __init__(self, timeline: Timeline, post: Post, random: Random) -> None:
        super().__init__(timeline, post, random)
        self.bot = self.add_bot(DEMO_TOKEN, BOT_NAME, BOT_USERNAME)
        self.webhooks = Webhooks(self)
        self.actions = Actions(self, self.webhooks)
        auth, chats, contents = Auth(self), Chats(self), Contents(self, Files(self))
        routes = BotRoutes(
            self,
            auth,
            AccountApi(self, self.webhooks, chats),
            Sending(self, auth, chats, contents, self.actions),
            Editing(self, chats, contents),
        )
        self.webhooks.perform = routes.perform
        self.new_person("Maya Chen", username="maya_chen")
        self.new_person("Tomás Oliveira", language="pt")

    @override
    def demo(self) -> DemoAccount:
        return DemoAccount(settings={"base_url": self.base_url}, secrets={"bot_token": DEMO_TOKEN})

    @override
    def refuse(self, fault: Fault) -> Response:
        if fault.status == 429 and not fault.body:
            wait = _USUAL_WAIT if fault.retry_after is None else fault.retry_after
            return describe(too_many_requests(wait))
        return super().refuse(fault)

    @override
    def describe_failure(self, status: int) -> Response:
        return describe(RefusedCall(status))

    # --- the page ----------------------------------------------------------------------------------------------------

    @override
    def view(self) -> Json:
        with self.lock:
            return show_phones(self)

    @override
    def act(self, action: str, arguments: Mapping[str, str]) -> Json:
        done = self._actions()[action](arguments)
        return {"message": str(done.id)} if isinstance(done, Message) else done or {}

    def _actions(self) -> dict[str, Act]:
        return {
            "new_person": lambda a: {"person": str(self.new_person(a["name"]).id)},
            "open": lambda a: self.start(a["person"], a.get("context", "")),
            "write": self._act_write,
            "send_file": lambda a: self.send_file(a["person"], read_file(a), a.get("as", ""), None, **_place(a)),
            "send_sticker": lambda a: self.send_sticker(a["person"], a["emoji"], STICKER, **_place(a)),
            "send_location": lambda a: self.send_location(
                a["person"], float(a["latitude"]), float(a["longitude"]), **_place(a)
            ),
            "send_venue": lambda a: self.send_venue(
                a["person"], float(a["latitude"]), float(a["longitude"]), a["title"], a["address"], **_place(a)
            ),
            "send_contact": lambda a: self.send_contact(a["person"], a["name"], a["phone"], **_place(a)),
            "edit": lambda a: self.edit(a["person"], a["message"], a["text"], _chat(a)),
            "delete": lambda a: self.delete(a["person"], a["message"]),
            "react": lambda a: self.react(a["person"], a["message"], a.get("emoji", ""), _chat(a)),
            "tap": lambda a: self.tap(a["person"], a["message"], int(a["button"]), _chat(a)),
            "subscribe": lambda a: self.unblock(a["person"]),
            "unsubscribe": lambda a: self.block(a["person"]),
            "clear": lambda a: self.clear_chat(a["person"]),
            "read": lambda _: None,  # bots are not told
        }

    def _act_write(self, arguments: Mapping[str, str]) -> Message:
        return self.write(arguments["person"], arguments["text"], quote=arguments.get("quote", ""), **_place(arguments))


def _place(arguments: Mapping[str, str]) -> dict[str, int]:
    return {name: int(arguments[name]) for name in ("chat", "thread", "reply_to") if arguments.get(name)}


def _chat(arguments: Mapping[str, str]) -> int:
    return _place(arguments).get("chat", 0)
