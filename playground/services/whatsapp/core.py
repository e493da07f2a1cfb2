"""WhatsApp without a door: accounts and people, what businesses send, and news of what happens.

Meta's own door (`simulator`) and that of AWS are both in front of it. `send` takes the body of a message and gives
Meta's answer; `sinks` get the news, each with one `entry`.
"""

from __future__ import annotations

import threading
from random import Random

from playground.services.whatsapp import demo
from playground.services.whatsapp.actions import Actions
from playground.services.whatsapp.business import Business
from playground.services.whatsapp.contents import Contents
from playground.services.whatsapp.delivery import Delivery
from playground.services.whatsapp.errors import no_object
from playground.services.whatsapp.events import Events, Sink
from playground.services.whatsapp.limits import Limits
from playground.services.whatsapp.media_api import MediaApi
from playground.services.whatsapp.people import People
from playground.services.whatsapp.quirks import Quirks
from playground.services.whatsapp.records import Account, App, Callback, Json, Number, Token
from playground.services.whatsapp.routing import Routing
from playground.services.whatsapp.sending import Sending
from playground.services.whatsapp.state import State
from playground.services.whatsapp.template_messages import TemplateMessages
from playground.services.whatsapp.templates import Templates
from playground.services.whatsapp.templates_api import TemplatesApi
from playground.simulator_types import Timeline


class Core:
    def __init__(self, timeline: Timeline, random: Random, lock: threading.RLock | None = None) -> None:
        self.state = State(timeline, random, lock)
        self.events = Events(self.state)
        self.media = MediaApi(self.state)
        self.delivery = Delivery(self.state, self.events)
        self.routing = Routing(self.state, self.events)
        limits = Limits(self.state)
        actions = Actions(self.state, self.events, self.delivery, self.media, self.routing, limits)
        self.people = People(self.state, actions)
        self.business = Business(self.state, self.events, self.routing)
        self.templates = Templates(self.state, self.events)
        self.templates_api = TemplatesApi(self.state, self.templates)
        contents = Contents(self.state)
        self._sending = Sending(
            self.state,
            contents,
            TemplateMessages(self.state, self.templates, contents),
            limits,
            self.delivery,
            self.routing,
        )
        self.number = self._open_business()

    @property
    def quirks(self) -> Quirks:
        return self.state.quirks

    @property
    def sinks(self) -> list[Sink]:
        """Called for each piece of news, under the lock."""
        return self.events.sinks

    def send(self, number_id: str, body: Json) -> Json:
        """Meta's answer to the body of a message, or of a read mark. Raises RefusedCall, which `show_error` words."""
        with self.state.lock:
            number = self.state.numbers.get(number_id)
            if number is None:
                raise no_object(number_id, "post")
            return self._sending.send(number, body)

    # --- businesses --------------------------------------------------------------------------------------------------

    def _open_business(self) -> Number:
        """The business that is there from the start: an app, a token for it, an account and its number."""
        state = self.state
        state.apps[demo.APP_ID] = App(id=demo.APP_ID, name=demo.BUSINESS_NAME, secret=demo.APP_SECRET)
        account = Account(id=demo.WABA_ID, name=demo.BUSINESS_NAME, portfolio=demo.PORTFOLIO_ID)
        state.accounts[account.id] = account
        self.add_token(demo.DEMO_TOKEN)
        return self.add_number(demo.DISPLAY_NUMBER, demo.BUSINESS_NAME, number_id=demo.PHONE_NUMBER_ID)

    def add_app(self, app_id: str, name: str, secret: str, account: str = demo.WABA_ID) -> App:
        """Another app that is subscribed to an account. Its webhooks go nowhere until it has a callback and fields."""
        app = App(id=app_id, name=name, secret=secret)
        self.state.apps[app_id] = app
        self.state.accounts[account].subscriptions[app_id] = Callback()
        return app

    def add_number(
        self, display: str, name: str, account: str = demo.WABA_ID, number_id: str = "", country_code: str = "41"
    ) -> Number:
        """A number that may write at once."""
        number = Number(
            id=number_id or self.state.make_id(),
            account=account,
            display=display,
            name=name,
            country_code=country_code,
            pin=demo.DEMO_PIN,
        )
        self.state.numbers[number.id] = number
        return number

    def add_token(self, value: str, app: str = demo.APP_ID, accounts: set[str] | None = None) -> Token:
        """A token without an end, which reaches all accounts that there are."""
        reached = set(self.state.accounts) if accounts is None else accounts
        token = Token(value=value, app=app, accounts=reached, issued_at=self.state.timeline.now())
        self.state.tokens[value] = token
        return token
