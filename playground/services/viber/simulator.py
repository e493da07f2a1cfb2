"""The simulated Viber: the bot API for our side, a phone for each customer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import override

from flask import Response

from playground.page_arguments import read_file
from playground.served_files import serve
from playground.services.viber.actions import Actions
from playground.services.viber.api import BotRoutes
from playground.services.viber.auth import Auth
from playground.services.viber.customers import Customers
from playground.services.viber.demo import BOT_NAME, DEMO_TOKEN, WELCOME
from playground.services.viber.records import Json
from playground.services.viber.serializers import make_answer
from playground.services.viber.view import show_phones
from playground.services.viber.webhooks import Webhooks
from playground.simulator import DemoAccount, Post, Timeline, WebhookAnswer


class Viber(Customers):
    """One bot and its customers."""

    def __init__(self, timeline: Timeline, post: Post, random: Random) -> None:
        super().__init__(timeline, post, random)
        self.bot = self.add_bot(DEMO_TOKEN, BOT_NAME)
        self.webhooks = Webhooks(self)
        self.actions = Actions(self, self.webhooks)
        BotRoutes(self, Auth(self), self.webhooks, self.actions)
        self.app.add_url_rule("/files/<file_id>/<path:name>", "file", self._serve_file)
        self.new_person("Maya Chen")
        self.new_person("Tomás Oliveira", language="pt-PT", country="PT")

    @override
    def demo(self) -> DemoAccount:
        settings = {"base_url": f"{self.base_url}/pa", "welcome_message": WELCOME}
        return DemoAccount(settings=settings, secrets={"auth_token": DEMO_TOKEN})

    @override
    def is_accepted(self, answer: WebhookAnswer) -> bool:
        return answer.status == 200

    @override
    def describe_failure(self, status: int) -> Response:
        """A token that is no longer valid is a status of Viber's, not of HTTP."""
        if status == 401:
            return make_answer({"status": 2, "status_message": "invalidAuthToken"})
        return super().describe_failure(status)

    def _serve_file(self, file_id: str, name: str) -> Response:
        del name
        file = self.files.get(file_id)
        if file is None:
            return Response("not found", 404)
        if file.expires_at and self.timeline.now() >= file.expires_at:
            return Response("this address has expired", 403)
        return serve(file.content, file.content_type)

    # --- the page ----------------------------------------------------------------------------------------------------

    @override
    def view(self) -> Json:
        with self.lock:
            return show_phones(self)

    @override
    def act(self, action: str, arguments: Mapping[str, str]) -> Json:
        return self._actions()[action](arguments) or {}

    def _actions(self) -> dict[str, Callable[[Mapping[str, str]], Json | None]]:
        return {
            "new_person": lambda a: {"person": self.new_person(a["name"]).id},
            "write": lambda a: {"message": self.write(a["person"], a["text"]).id},
            "send_file": self._act_send_file,
            "send_location": lambda a: {
                "message": self.send_location(a["person"], float(a["latitude"]), float(a["longitude"])).id
            },
            "send_contact": lambda a: {"message": self.send_contact(a["person"], a["name"], a["phone"]).id},
            "tap": self._act_tap,
            "open": lambda a: self.open(a["person"], a.get("context", "")),
            "subscribe": lambda a: self.subscribe(a["person"]),
            "unsubscribe": lambda a: self.unsubscribe(a["person"]),
            "read": lambda a: self.read(a["person"]),
        }

    def _act_send_file(self, arguments: Mapping[str, str]) -> Json:
        file = read_file(arguments)
        return {
            "message": self.send_file(arguments["person"], file.name, file.content_type, file.data, file.caption).id
        }

    def _act_tap(self, arguments: Mapping[str, str]) -> None:
        card = arguments.get("card", "")
        chosen = int(card) if str(card) else None
        self.tap(arguments["person"], arguments["message"], int(arguments["button"]), chosen)
