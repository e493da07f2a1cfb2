"""The simulated vcita: one directory, its businesses' inboxes, its APIs, its pages and its webhooks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

from flask import Response, request

from playground.page_arguments import read_file
from playground.services.vcita import demo
from playground.services.vcita.actions import Actions
from playground.services.vcita.apps import AppRoutes
from playground.services.vcita.auth import Auth
from playground.services.vcita.clients import ClientRoutes
from playground.services.vcita.communication import CommunicationRoutes
from playground.services.vcita.desk import Desk
from playground.services.vcita.errors import ApiError, describe, error_of
from playground.services.vcita.files import FileRoutes
from playground.services.vcita.oauth import OAuthRoutes
from playground.services.vcita.pages import PageRoutes
from playground.services.vcita.records import Json, SentWebhook
from playground.services.vcita.view import show_desk
from playground.services.vcita.webhooks import Webhooks
from playground.simulator import DemoAccount, Post, Timeline, Webhook, WebhookAnswer


class Vcita(Desk):
    """The directory that is there from the start: two businesses, one app that the first has installed."""

    webhook_retries = (1, 5, 30)  # vcita says nothing about repeating

    def __init__(self, timeline: Timeline, post: Post, random: Random) -> None:
        super().__init__(timeline, post, random)
        self.businesses, self.apps = demo.make_businesses(), [demo.make_app()]
        self.tokens = {token.value: token for token in demo.make_tokens(self.apps[0], self.businesses[0])}
        self.webhooks = Webhooks(self)
        self.actions = Actions(self, self.webhooks)
        self._auth = Auth(self)
        self.app.register_error_handler(ApiError, self._describe)
        for routes in (CommunicationRoutes, ClientRoutes, AppRoutes, OAuthRoutes):
            routes(self, self._auth, self.actions)
        PageRoutes(self, self.actions)
        FileRoutes(self)

    # --- calls and webhooks ------------------------------------------------------------------------------------------

    def busiest(self, token: str) -> int:
        """The most calls that came with a token within one second."""
        return self._auth.busiest(token)

    def is_exempt(self, call: str) -> bool:
        return call.split(" ")[1].startswith(("/files/", "/app/"))  # people's browsers

    def call_webhook(self, webhook: Webhook) -> WebhookAnswer:
        answer = super().call_webhook(webhook)
        self.webhook_log.append(SentWebhook(self.timeline.now(), webhook, answer.status))
        return answer

    def is_accepted(self, answer: WebhookAnswer) -> bool:
        """vcita: 204 is the only code for "received"."""
        return answer.status == 204

    def redeliver(self, number: int) -> None:
        """Sends a webhook of the log once more."""
        self.send_webhook(self.webhook_log[number].webhook)

    def describe_failure(self, status: int) -> Response:
        return self._describe(error_of(status))

    def _describe(self, error: ApiError) -> Response:
        return describe(error, request.path, self.quirks.envelope)

    # --- being connected ---------------------------------------------------------------------------------------------

    def demo(self) -> DemoAccount:
        settings = {**self._hosts(), "business_uid": demo.DEMO_BUSINESS}
        return DemoAccount(settings=settings, secrets={"access_token": demo.DEMO_TOKEN})

    def demo_app(self) -> DemoAccount:
        settings = {**self._hosts(), "app_name": "Patchbay demo"}
        return DemoAccount(settings=settings, secrets={"directory_token": demo.DEMO_DIRECTORY_TOKEN})

    def _hosts(self) -> dict[str, str]:
        """In real life two hosts: api.vcita.biz and app.vcita.com."""
        return {"base_url": self.base_url, "app_url": self.base_url}

    def paste_webhooks(self, urls: Mapping[str, str]) -> None:
        """The addresses of the app that is there from the start; other apps bring theirs by API."""
        self.apps[0].api_uri = urls.get("api_uri") or next(iter(urls.values()))
        if target := urls.get("app_subscription"):
            for event in ("app_subscription/installed", "app_subscription/uninstalled"):
                self.actions.subscribe(event, target)

    # --- the page ----------------------------------------------------------------------------------------------------

    def view(self) -> dict[str, object]:
        with self.lock:
            return show_desk(self)

    def act(self, action: str, arguments: Mapping[str, str]) -> dict[str, object]:
        return self._actions_of_page()[action](arguments) or {}

    def _actions_of_page(self) -> dict[str, Callable[[Mapping[str, str]], Json | None]]:
        return {
            "reply": lambda a: {"message": self.reply(a["conversation"], a["agent"], a["text"])},
            "send_file": self._act_send_file,
            "typing": lambda a: self.staff_typing(a["conversation"], a["typing"].lower() == "true"),
            "open": lambda a: self.open_conversation(a["conversation"]),
            "switch_channel": lambda a: self.switch_channel(a["conversation"], a["channel"]),
            "uninstall": lambda a: self.uninstall(a["business"], a.get("app", "")),
        }

    def _act_send_file(self, arguments: Mapping[str, str]) -> Json:
        file = read_file(arguments)
        conversation, staff = arguments["conversation"], arguments["agent"]
        return {"message": self.send_file(conversation, staff, file.name, file.content_type, file.data, file.caption)}
