"""The simulated Unblu: one account, its agents' desk, its API in two generations, and what it sends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from random import Random

from flask import Response
from werkzeug.exceptions import HTTPException

from playground.page_arguments import read_file, read_lines
from playground.services.unblu import demo
from playground.services.unblu.actions import Actions
from playground.services.unblu.auth import Auth
from playground.services.unblu.composer import Choice, Composer
from playground.services.unblu.conversations import ConversationRoutes
from playground.services.unblu.deliveries import CheckedAnswer, Deliveries, Outgoing
from playground.services.unblu.errors import ApiProblem, describe, describe_http
from playground.services.unblu.files import FileRoutes
from playground.services.unblu.messages import MessageRoutes
from playground.services.unblu.people import PeopleRoutes
from playground.services.unblu.receivers import ReceiverRoutes
from playground.services.unblu.records import Channel, Generation, Json
from playground.services.unblu.serializers import Serializers
from playground.services.unblu.view import show_desk
from playground.services.unblu.webhooks import Webhooks
from playground.simulator import DemoAccount, Post, Timeline, Webhook, WebhookAnswer

_VERSIONS: dict[Generation, str] = {"v4": "8.9.2", "v3": "7.52.0"}
_STARS: tuple[Choice, ...] = (("★", "1"), ("★★", "2"), ("★★★", "3"), ("★★★★", "4"), ("★★★★★", "5"))


class Unblu(Composer):
    """One account with its agents' desk."""

    def __init__(self, timeline: Timeline, post: Post, random: Random) -> None:
        super().__init__(timeline, post, random)
        self._fill()
        auth, serializers = Auth(self), Serializers(self)
        self.deliveries = Deliveries(self)
        self.webhooks = Webhooks(self, serializers)
        self.actions = Actions(self, self.webhooks)
        auth.add("GET", "/global/productVersion", self._show_version, admin=False)
        ReceiverRoutes(self, auth, serializers, self.webhooks, self.deliveries)
        PeopleRoutes(self, auth, serializers)
        ConversationRoutes(self, auth, serializers, self.actions)
        MessageRoutes(self, auth, self.actions)
        FileRoutes(self, auth)
        self.app.register_error_handler(ApiProblem, describe)
        self.app.register_error_handler(HTTPException, describe_http)

    def _fill(self) -> None:
        self.account = demo.ACCOUNT
        self.users = demo.make_users()
        self.teams = dict(demo.TEAMS)
        self.agents = demo.make_agents()
        self.system = demo.make_system_person()
        self.people = [*self.agents, self.system]

    def demo(self) -> DemoAccount:
        settings = {"base_url": self.base_url, "channel_name": "Messengers", "recipient_team_id": demo.DEMO_TEAM}
        return DemoAccount(settings=settings, secrets={"username": demo.ADMIN_USER, "password": demo.ADMIN_PASSWORD})

    # --- answers and webhooks ----------------------------------------------------------------------------------------

    def _show_version(self) -> Json:
        shown: Json = {
            "$_type": "ProductVersion",
            "productVersion": _VERSIONS[self.generation],
            "productGuid": "com.unblu.simulated",
        }
        return {**shown, "buildTimestamp": 1729728000000} if self.generation == "v4" else shown

    def describe_failure(self, status: int) -> Response:
        return describe(ApiProblem(status, "the simulator was asked to fail"))

    def call_webhook(self, webhook: Webhook) -> WebhookAnswer:
        if isinstance(webhook, Outgoing):
            return self.deliveries.call(webhook, super().call_webhook)
        return super().call_webhook(webhook)

    def is_accepted(self, answer: WebhookAnswer) -> bool:
        return not (isinstance(answer, CheckedAnswer) and answer.again)

    def repeat(self, webhook: Webhook, retry: int) -> Webhook:
        repeated = super().repeat(webhook, retry)
        return replace(repeated, retry=retry) if isinstance(repeated, Outgoing) else repeated

    def remove_channel(self, channel: Channel) -> None:
        """The account's admin deletes it."""
        with self.lock:
            self.actions.remove_channel(channel)

    # --- the page ----------------------------------------------------------------------------------------------------

    def view(self) -> dict[str, object]:
        with self.lock:
            return show_desk(self)

    def act(self, action: str, arguments: Mapping[str, str]) -> dict[str, object]:
        match action:
            case "generation":
                self.set_generation(arguments["value"])
                return {"connect_again": True}  # as its owner does after an upgrade
            case "online":
                self.set_online(arguments["agent"], arguments["value"].lower() == "true")
            case "start_chat":
                name, channel = arguments.get("name", ""), arguments.get("channel", "")
                identifier, text = arguments["identifier"], arguments["text"]
                return {
                    "conversation": self.start_chat(arguments["agent"], identifier, text, channel=channel, name=name)
                }
            case "resolve" | "assign" | "open" | "resend" | "abort_question" | "reopen":
                self._manage(action, arguments)
            case _:
                return {"message": self._write(action, arguments)}
        return {}

    def _manage(self, action: str, arguments: Mapping[str, str]) -> None:
        conversation, agent = arguments["conversation"], arguments.get("agent", "")
        match action:
            case "resolve":
                self.end(conversation, agent)
            case "assign":
                self.accept(conversation, agent)
            case "open":
                self.read(conversation)
            case "resend":
                self.resend(conversation, arguments["message"])
            case "abort_question":
                self.abort_question(conversation, arguments["message"])
            case _:
                self.find_open(conversation)  # an ended conversation stays ended

    def _write(self, action: str, arguments: Mapping[str, str]) -> str:
        conversation, agent, text = (arguments.get(name, "") for name in ("conversation", "agent", "text"))
        match action:
            case "reply":
                markdown, answers = arguments.get("markdown", "") == "true", arguments.get("answers", "")
                return self.reply(conversation, agent, text, markdown, answers)
            case "quick_replies":
                return self.quick_replies(conversation, agent, text, read_lines(arguments))
            case "private_note":
                return self.internal_note(conversation, agent, text)
            case "send_file":
                return self._send_chosen_file(conversation, agent, arguments)
            case _:
                return self._write_richly(action, arguments)

    def _write_richly(self, action: str, arguments: Mapping[str, str]) -> str:
        conversation, agent, text = (arguments.get(name, "") for name in ("conversation", "agent", "text"))
        match action:
            case "card":
                replies = [(label, label) for label in read_lines(arguments)]
                return self.card(conversation, agent, arguments["title"], text, replies=replies)
            case "multiple_choice":
                options = [(label, label.lower()) for label in read_lines(arguments)]
                return self.multiple_choice(conversation, agent, text, options)
            case "rating":
                return self.rating(conversation, agent, text, _STARS, arguments.get("decline", ""))
            case "text_question":
                return self.text_question(conversation, agent, text, decline=arguments.get("decline", ""))
            case _:
                raise KeyError(action)

    def _send_chosen_file(self, conversation: str, agent: str, arguments: Mapping[str, str]) -> str:
        file = read_file(arguments)
        return self.send_file(conversation, agent, file.name, file.content_type, file.data, file.caption)
