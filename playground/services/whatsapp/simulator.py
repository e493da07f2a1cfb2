"""The simulated WhatsApp behind Meta's own door: the Graph API for our side, a phone for each customer."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import TYPE_CHECKING, override

from flask import Response, request

from playground.services.whatsapp import aws_api, aws_errors, demo
from playground.services.whatsapp.account_api import AccountApi
from playground.services.whatsapp.api import Routes
from playground.services.whatsapp.auth import Auth
from playground.services.whatsapp.aws_api import SocialMessaging
from playground.services.whatsapp.aws_bucket import LocalOwnersAws
from playground.services.whatsapp.aws_events import Names
from playground.services.whatsapp.core import Core
from playground.services.whatsapp.errors import describe_status
from playground.services.whatsapp.number_api import NumberApi
from playground.services.whatsapp.page_actions import PageActions
from playground.services.whatsapp.people import People
from playground.services.whatsapp.quirks import Quirks
from playground.services.whatsapp.records import FIELDS, Callback, Json
from playground.services.whatsapp.templates_api import TemplatesApi
from playground.services.whatsapp.view import show_phones
from playground.services.whatsapp.webhooks import RETRIES, Webhooks
from playground.simulator import DemoAccount, Post, Simulator, Timeline, Webhook, WebhookAnswer

if TYPE_CHECKING:
    import boto3


class WhatsApp(Simulator):
    """One business and its customers."""

    service = "whatsapp"
    place = 2
    webhook_retries = RETRIES

    def __init__(self, timeline: Timeline, post: Post, random: Random) -> None:
        super().__init__(timeline, post, random)
        self.core = Core(timeline, random, self.lock)
        self.core.state.find_base_url = lambda: self.base_url
        self.webhooks = Webhooks(self, self.core.state)
        self.core.sinks.append(self.webhooks.take)
        self.social = SocialMessaging(self, self.core)
        Routes(self, self.core, Auth(self.core.state), self._make_account_api())
        self._page = PageActions(self.core)
        self.people.new_person("Maya Chen")
        self.people.new_person("Tomás Oliveira", visibility="hidden")

    def _make_account_api(self) -> AccountApi:
        state = self.core.state
        templates, numbers = (
            TemplatesApi(state, self.core.templates),
            NumberApi(state, self.webhooks, self.core.routing),
        )
        return AccountApi(state, self.webhooks, templates, numbers)

    @property
    def people(self) -> People:
        return self.core.people

    @property
    def quirks(self) -> Quirks:
        return self.core.quirks

    @override
    def demo(self) -> DemoAccount:
        settings = {
            "base_url": self.base_url,
            "phone_number_id": demo.PHONE_NUMBER_ID,
            "waba_id": demo.WABA_ID,
        }
        return DemoAccount(settings=settings, secrets={"access_token": demo.DEMO_TOKEN, "app_secret": demo.APP_SECRET})

    def configure_webhook(self, url: str, verify_token: str, fields: frozenset[str] = FIELDS) -> None:
        """What the owner does in Meta's App Dashboard. Raises RefusedCall if the address does not answer."""
        callback = Callback(url=url, verify_token=verify_token)
        self.webhooks.verify(callback)
        with self.lock:
            app = self.core.state.apps[demo.APP_ID]
            app.callback, app.fields = callback, set(fields)

    @override
    def join_aws(self, session: boto3.Session, endpoint_url: str) -> Mapping[str, str]:
        s3 = session.client("s3", endpoint_url=endpoint_url)
        self.social.aws = LocalOwnersAws(s3, session.client("sns", endpoint_url=endpoint_url))
        owner = session.client("sts", endpoint_url=endpoint_url).get_caller_identity()["Account"]
        self.social.names = Names(owner=owner, region=session.region_name)
        return {"AWS_ENDPOINT_URL_SOCIALMESSAGING": self.base_url}

    @override
    def call_webhook(self, webhook: Webhook) -> WebhookAnswer:
        """News for AWS's door are published to the owner's topic, and not sent to an address."""
        if not webhook.url.startswith("arn:"):
            return super().call_webhook(webhook)
        published = self.social.aws.publish(webhook.url, webhook.body.decode())
        answer = WebhookAnswer(200 if published else 403)
        self.record("webhook", webhook.method, webhook.url.rpartition(":")[2], answer.status, 0, webhook.note)
        return answer

    @override
    def describe_failure(self, status: int) -> Response:
        if request.path.startswith(aws_api.PATH):
            return aws_errors.describe_status(status)
        return describe_status(status)

    # --- the page ----------------------------------------------------------------------------------------------------

    @override
    def view(self) -> Json:
        with self.lock:
            return show_phones(self.core)

    @override
    def act(self, action: str, arguments: Mapping[str, str]) -> Json:
        return self._page.act(action, arguments)
