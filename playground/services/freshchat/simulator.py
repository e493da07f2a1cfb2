"""The simulated Freshchat: one account, its agents' desk, its API and its webhook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from random import Random

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from flask import Response

from playground.page_arguments import read_file, read_lines
from playground.services.freshchat import demo
from playground.services.freshchat.actions import Actions
from playground.services.freshchat.api import Routes
from playground.services.freshchat.auth import Auth
from playground.services.freshchat.desk import Desk
from playground.services.freshchat.errors import ApiError, describe, failure
from playground.services.freshchat.files import Files
from playground.services.freshchat.marketplace_app import MarketplaceApp, RelayedEvent, is_repeated
from playground.services.freshchat.product_events import ProductEvents
from playground.services.freshchat.serializers import Serializers
from playground.services.freshchat.view import show_desk
from playground.services.freshchat.webhooks import Webhooks, show_key
from playground.simulator import DemoAccount, Post, Timeline, Webhook, WebhookAnswer


class Freshchat(Desk):
    """One account with its agents' desk. Set `events` before it is connected."""

    def __init__(self, timeline: Timeline, post: Post, random: Random, key: RSAPrivateKey | None = None) -> None:
        super().__init__(timeline, post, random, key)
        self.token, self.app_id = demo.DEMO_TOKEN, demo.DEMO_APP
        self.agents, self.channels, self.groups = demo.make_agents(), demo.make_channels(), demo.make_groups()
        self.app_secret = demo.DEMO_APP_SECRET
        auth, serializers = Auth(self), Serializers(self)
        self.marketplace_app = MarketplaceApp(self, ProductEvents(self, serializers))
        self.actions = Actions(self, Webhooks(self, serializers), self.marketplace_app)
        self.app.register_error_handler(ApiError, describe)
        Routes(self, auth, serializers, self.actions)
        Files(self, auth)

    # --- being connected ---------------------------------------------------------------------------------------------

    @property
    def public_key_shown(self) -> str:
        """As Freshchat shows it to the admin: with the wrong label, on one line."""
        return show_key(self.private_key)

    @property
    def _has_webhook(self) -> bool:
        return self.events != "app"

    @property
    def _has_app(self) -> bool:
        return self.events != "webhook"

    def demo(self) -> DemoAccount:
        settings = {
            "base_url": f"{self.base_url}/v2",
            "channel_id": demo.DEMO_CHANNEL,
            "agent_id": demo.DEMO_AGENT,
        }
        secrets = {"api_token": self.token}
        if self._has_app:
            settings["events"], secrets["app_secret"] = self.events, self.app_secret
        later = {"webhook_public_key": self.public_key_shown} if self._has_webhook else {}
        return DemoAccount(settings=settings, secrets=secrets, later_secrets=later)

    def paste_webhooks(self, urls: Mapping[str, str]) -> None:
        """The admin pastes our address in Admin Settings > Webhooks, installs the Freshworks app with it, or does both.

        There is no API for either. Raises InstallationFailed.
        """
        url = next(iter(urls.values()))
        if self._has_webhook:
            self.webhook_url = url
        if self._has_app:
            self.marketplace_app.install(url, self.app_secret)

    def expire_token(self, new: str) -> None:
        """An account has one token: a new one ends the old one."""
        self.token = new

    def describe_failure(self, status: int) -> Response:
        return describe(failure(status))

    # --- what it sends -----------------------------------------------------------------------------------------------

    def call_webhook(self, webhook: Webhook) -> WebhookAnswer:
        """Freshworks' platform keeps back what the app sends beyond its limit."""
        if isinstance(webhook, RelayedEvent) and not self.marketplace_app.admit():
            self.record("webhook", webhook.method, "/freshchat/…", 429, 0, f"{webhook.note}: over the platform's limit")
            return WebhookAnswer(429)
        return super().call_webhook(webhook)

    def is_repeated(self, webhook: Webhook, answer: WebhookAnswer) -> bool:
        return is_repeated(answer) if isinstance(webhook, RelayedEvent) else super().is_repeated(webhook, answer)

    def repeat(self, webhook: Webhook, retry: int) -> Webhook:
        repeated = super().repeat(webhook, retry)
        if isinstance(webhook, RelayedEvent):
            return repeated
        return replace(repeated, headers={**repeated.headers, "X-Retry-Count": str(retry)})

    # --- the page ----------------------------------------------------------------------------------------------------

    def view(self) -> dict[str, object]:
        with self.lock:
            return show_desk(self)

    def act(self, action: str, arguments: Mapping[str, str]) -> dict[str, object]:
        conversation, agent = arguments["conversation"], arguments.get("agent", "")
        match action:
            case "resolve":
                self.resolve(conversation, agent)
            case "reopen":
                self.reopen(conversation, agent)
            case "assign":
                self.assign(conversation, agent)
            case _:
                return {"message": self._write(action, conversation, agent, arguments)}
        return {}

    def _write(self, action: str, conversation: str, agent: str, arguments: Mapping[str, str]) -> str:
        match action:
            case "reply":
                return self.reply(conversation, agent, arguments["text"])
            case "send_file":
                file = read_file(arguments)
                return self.send_file(conversation, agent, file.name, file.content_type, file.data, file.caption)
            case "quick_replies":
                return self.quick_replies(conversation, agent, arguments["text"], read_lines(arguments))
            case "private_note":
                return self.private_note(conversation, agent, arguments["text"])
            case _:
                raise KeyError(action)
