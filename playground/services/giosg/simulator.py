"""The simulated Giosg: one organization, its agents' console, its two APIs, and the webhooks of its apps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random

from flask import Response
from werkzeug.exceptions import HTTPException

from playground.page_arguments import read_file, read_lines
from playground.services.giosg import demo
from playground.services.giosg.actions import Actions
from playground.services.giosg.auth import Auth
from playground.services.giosg.chats import ChatRoutes
from playground.services.giosg.desk import Desk
from playground.services.giosg.errors import ApiError, describe, describe_http
from playground.services.giosg.files import FileRoutes
from playground.services.giosg.organization_api import OrganizationRoutes
from playground.services.giosg.records import Json, Outgoing
from playground.services.giosg.serializers import Serializers
from playground.services.giosg.view import show_desk
from playground.services.giosg.visitors import VisitorRoutes
from playground.services.giosg.webhooks import WebhookLog, Webhooks
from playground.simulator import DemoAccount, Post, Timeline, Webhook, WebhookAnswer


class Giosg(Desk):
    """One organization with two rooms: one for messengers, one for its website."""

    webhook_retries = (1, 5, 30, 120, 600)  # Giosg's log counts retries; how many and when it does not say

    def __init__(self, timeline: Timeline, post: Post, random: Random) -> None:
        super().__init__(timeline, post, random)
        self.organization, self.api_token = demo.DEMO_ORGANIZATION, demo.API_TOKEN
        self.agents, self.rooms = demo.make_agents(), demo.make_rooms()
        self.serializers, webhooks = Serializers(self), Webhooks(self)
        auth = Auth(self, webhooks)
        self.actions = Actions(self, self.serializers, webhooks)
        self._log = WebhookLog(self)
        self.app.register_error_handler(ApiError, describe)
        self.app.register_error_handler(HTTPException, describe_http)
        VisitorRoutes(self, auth, self.serializers)
        ChatRoutes(self, auth, self.serializers, self.actions)
        OrganizationRoutes(self, auth, self.serializers)
        FileRoutes(self, auth)

    # --- calls and webhooks ------------------------------------------------------------------------------------------

    def describe_failure(self, status: int) -> Response:
        return describe(ApiError(status))

    def is_exempt(self, call: str) -> bool:
        return call.split(" ")[1].startswith("/files/")  # people's browsers

    def call_webhook(self, webhook: Webhook) -> WebhookAnswer:
        if not isinstance(webhook, Outgoing):
            return super().call_webhook(webhook)
        entry = self._log.start(webhook)
        answer = super().call_webhook(webhook)
        self._log.complete(entry, webhook, answer, accepted=self.is_accepted(answer))
        return answer

    def repeat(self, webhook: Webhook, retry: int) -> Webhook:
        repeated = super().repeat(webhook, retry)
        if not isinstance(repeated, Outgoing):
            return repeated
        return replace(repeated, entry=self._log.add_retry(repeated.entry, retry))

    # --- being connected ---------------------------------------------------------------------------------------------

    def demo(self) -> DemoAccount:
        return DemoAccount(
            settings={
                "base_url": self.base_url,
                "organization_id": self.organization,
                "room_id": demo.DEMO_ROOM,
            },
            secrets={"api_token": self.api_token},
        )

    def paste_webhooks(self, urls: Mapping[str, str]) -> None:
        self.install_app(urls)

    def expire_token(self, new: str) -> None:
        """The token is deleted and another one is made."""
        self.api_token = new

    def expire_visitor_tokens(self) -> None:
        """All at once, before their time."""
        self.visitor_tokens.clear()

    # --- the page ----------------------------------------------------------------------------------------------------

    def view(self) -> dict[str, object]:
        with self.lock:
            return show_desk(self)

    def act(self, action: str, arguments: Mapping[str, str]) -> dict[str, object]:
        return self._actions_of_page()[action](arguments) or {}

    def _actions_of_page(self) -> dict[str, Callable[[Mapping[str, str]], Json | None]]:
        return {
            "online": lambda a: self.set_online(a["agent"], online=a["value"].lower() == "true"),
            "join": lambda a: self.join(a["conversation"], a["agent"]),
            "assign": lambda a: self.join(a["conversation"], a["agent"]),
            "leave": lambda a: self.leave(a["conversation"], a["agent"]),
            "open": lambda a: self.read(a["conversation"], a["agent"]),
            "typing": lambda a: self.type(a["conversation"], a["agent"], on=a["typing"].lower() == "true"),
            "resolve": lambda a: self.end(a["conversation"]),
            "end": lambda a: self.end(a["conversation"]),
            "purge": lambda a: self.purge_chat(a["conversation"]),
            "gdpr_purge": lambda a: self.gdpr_purge(a["conversation"]),
            "purge_message": lambda a: self.purge_message(a["conversation"], a["message"]),
            "reply": lambda a: {"message": self.reply(a["conversation"], a["agent"], a["text"])},
            "quick_replies": self._act_quick_replies,
            "card": self._act_card,
            "send_file": self._act_send_file,
        }

    def _act_quick_replies(self, arguments: Mapping[str, str]) -> Json:
        choices = [(label, label) for label in read_lines(arguments)]
        return {"message": self.send_buttons(arguments["conversation"], arguments["agent"], arguments["text"], choices)}

    def _act_card(self, arguments: Mapping[str, str]) -> Json:
        chat, agent, labels = arguments["conversation"], arguments["agent"], read_lines(arguments)
        return {"message": self.send_card(chat, agent, arguments["title"], arguments["text"], labels=labels)}

    def _act_send_file(self, arguments: Mapping[str, str]) -> Json:
        file = read_file(arguments)
        send = self.send_image if file.content_type.startswith("image/") else self.send_file
        chat, agent = arguments["conversation"], arguments["agent"]
        return {"message": send(chat, agent, file.name, file.content_type, file.data, file.caption)}
