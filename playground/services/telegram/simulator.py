"""The simulated Telegram: the Bot API for our side, a phone for each customer."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import override

from flask import Response

from playground.misbehaviour import Fault
from playground.services.telegram.account_api import AccountApi
from playground.services.telegram.actions import Actions
from playground.services.telegram.api import BotRoutes
from playground.services.telegram.auth import Auth
from playground.services.telegram.business import Business
from playground.services.telegram.business_api import BusinessApi
from playground.services.telegram.chats import Chats
from playground.services.telegram.contents import Contents
from playground.services.telegram.demo import BOT_NAME, BOT_USERNAME, DEMO_OWNERS, DEMO_TOKEN
from playground.services.telegram.editing import Editing
from playground.services.telegram.errors import RefusedCall, describe, too_many_requests
from playground.services.telegram.files import Files
from playground.services.telegram.page_actions import PageActions
from playground.services.telegram.records import Json
from playground.services.telegram.sending import Sending
from playground.services.telegram.view import show_phones
from playground.services.telegram.webhooks import Webhooks
from playground.simulator import DemoAccount, Post, Timeline

_USUAL_WAIT = 5  #: seconds, of a fault that names none


class Telegram(Business):
    """One bot and its customers."""

    place = 1  # behind Viber, with which the page begins

    def __init__(self, timeline: Timeline, post: Post, random: Random) -> None:
        super().__init__(timeline, post, random)
        self.bot = self.add_bot(DEMO_TOKEN, BOT_NAME, BOT_USERNAME)
        self.webhooks = Webhooks(self)
        self.actions = Actions(self, self.webhooks)
        auth, business, contents = Auth(self), BusinessApi(self), Contents(self, Files(self))
        chats = Chats(self, business)
        routes = BotRoutes(
            self,
            auth,
            AccountApi(self, self.webhooks, chats, self.actions),
            Sending(self, auth, chats, contents, self.actions),
            Editing(self, chats, contents),
            business,
        )
        self.webhooks.perform = routes.perform
        self._page = PageActions(self)
        self.new_person("Maya Chen", username="maya_chen")
        self.new_person("Tomás Oliveira", username="tomas_oliveira", language="pt")

    def send_unknown_update(self, kind: str = "guest_message") -> None:
        """An update of a kind that a bot may not know."""
        with self.lock:
            self.webhooks.send(self.bot, kind, {"id": str(self.random.getrandbits(40))}, kind)

    @override
    def demo(self) -> DemoAccount:
        settings = {"base_url": self.base_url, "business": DEMO_OWNERS}
        return DemoAccount(settings=settings, secrets={"bot_token": DEMO_TOKEN})

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
        return self._page.act(action, arguments)
