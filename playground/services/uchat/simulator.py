"""The simulated UChat: a partner with its workspaces, their live chat, their bot, the API and the webhook."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from random import Random
from typing import cast

from flask import Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from playground.page_arguments import read_file, read_lines
from playground.served_files import serve
from playground.services.uchat import demo
from playground.services.uchat.actions import Actions
from playground.services.uchat.auth import Auth
from playground.services.uchat.bot import Bot
from playground.services.uchat.desk import Desk
from playground.services.uchat.errors import ApiProblem, describe, describe_to_browser, missing
from playground.services.uchat.messages import MessageRoutes
from playground.services.uchat.partner import PartnerRoutes
from playground.services.uchat.records import ChatStatus, Kind
from playground.services.uchat.samples import read_samples
from playground.services.uchat.templates import Button, Card
from playground.services.uchat.view import show_desk
from playground.services.uchat.webhooks import Webhooks
from playground.simulator import DemoAccount, Post, Timeline, Webhook, WebhookAnswer


class UChat(Desk):
    """The demo workspace with its agents and its bot."""

    def __init__(self, timeline: Timeline, post: Post, random: Random) -> None:
        super().__init__(timeline, post, random)
        self.partner_key = demo.DEMO_PARTNER_KEY
        self.workspaces = demo.make_workspaces()
        self.files = read_samples()
        self.auth = Auth(self)
        self.webhooks = Webhooks(self)
        self.actions = Actions(self, self.webhooks)
        PartnerRoutes(self, self.auth, self.webhooks)
        self.bot = Bot(self, self.actions)
        MessageRoutes(self, self.auth, self.actions, self.bot)
        self.app.add_url_rule("/files/<key>/<path:name>", "file", self._serve_file)
        self.app.register_error_handler(ApiProblem, self._describe_problem)
        self.app.register_error_handler(HTTPException, self._describe_http)

    def demo(self) -> DemoAccount:
        return DemoAccount(
            settings={"base_url": self.base_url, "workspace_id": self.workspace.id},
            secrets={"partner_api_key": self.partner_key, "flow_api_key": self.flow_key},
        )

    # --- answers and webhooks ----------------------------------------------------------------------------------------

    def describe_failure(self, status: int) -> Response:
        return describe(ApiProblem(status))

    def call_webhook(self, webhook: Webhook) -> WebhookAnswer:
        answer = super().call_webhook(webhook)
        if "x-action" not in webhook.headers or not self.quirks.lost_answers:
            return answer
        self.quirks.lost_answers -= 1
        return WebhookAnswer(0)

    def _describe_problem(self, problem: ApiProblem) -> BaseResponse:
        if not _wants_json():
            return describe_to_browser(problem)
        return describe(problem)

    def _describe_http(self, error: HTTPException) -> BaseResponse:
        status = error.code or 500
        return self._describe_problem(ApiProblem(status, HTTPStatus(status).phrase))

    def _serve_file(self, key: str, name: str) -> Response:  # noqa: ARG002  (the name is for people)
        file = self.files.get(key)
        if file is None:
            raise missing("File")
        return serve(file.data, file.content_type)

    # --- the page ----------------------------------------------------------------------------------------------------

    def view(self) -> dict[str, object]:
        with self.lock:
            return show_desk(self)

    def act(self, action: str, arguments: Mapping[str, str]) -> dict[str, object]:
        match action:
            case "scripted_bot":
                self.quirks.bot = arguments["value"] == "on"
            case "online":
                self.set_online(int(arguments["agent"]), online=arguments["value"].lower() == "true")
            case "resolve" | "reopen" | "assign" | "unassign" | "bot" | "move_chat":
                self._manage(action, arguments)
            case _:
                return {"message": str(self._write(action, arguments))}
        return {}

    def _manage(self, action: str, arguments: Mapping[str, str]) -> None:
        chat = arguments["conversation"]
        match action:
            case "resolve":
                self.move_chat(chat, "done")
            case "reopen":
                self.move_chat(chat, "open")
            case "move_chat":
                self.move_chat(chat, cast(ChatStatus, arguments["status"]))
            case "assign":
                self.assign(chat, int(arguments["agent"]))
            case "unassign":
                self.assign(chat, None)
            case "bot" if arguments["value"] == "on":
                self.resume_bot(chat)
            case _:
                self.pause_bot(chat)

    def _write(self, action: str, arguments: Mapping[str, str]) -> int:
        chat, agent, text = arguments["conversation"], int(arguments["agent"]), arguments.get("text", "")
        match action:
            case "reply":
                return self.reply(chat, agent, text)
            case "private_note":
                return self.private_note(chat, agent, text)
            case "quick_replies":
                return self.send_buttons(chat, agent, text, _read_buttons(arguments))
            case "card":
                card = Card(title=arguments["title"], subtitle=text, buttons=_read_buttons(arguments))
                return self.send_cards(chat, agent, arguments["title"], [card])
            case "carousel":
                titles = read_lines(arguments, "titles")
                cards = [Card(title=title, buttons=_read_buttons(arguments, title)) for title in titles]
                return self.send_cards(chat, agent, text, cards)
            case "send_file":
                return self._send_file(chat, agent, arguments)
            case _:
                raise KeyError(action)

    def _send_file(self, chat: str, agent: int, arguments: Mapping[str, str]) -> int:
        """Api Chat has no captions: the caption follows as a message of its own."""
        file = read_file(arguments)
        family = file.content_type.partition("/")[0]
        kind: Kind = cast(Kind, family) if family in {"image", "audio", "video"} else "file"
        message = self.send_media(chat, agent, kind, file.data, name=file.name, content_type=file.content_type)
        if file.caption.strip():
            self.reply(chat, agent, file.caption)
        return message


def _wants_json() -> bool:
    """As Laravel sees it: the first type that the caller names decides."""
    first = request.headers.get("Accept", "").split(",")[0]
    return "/json" in first or "+json" in first


def _read_buttons(arguments: Mapping[str, str], about: str = "") -> list[Button]:
    """Each label is a button; its payload names its card."""
    where = f"{about}:" if about else ""
    return [Button(title=label, payload=f"desk:{where}{label}") for label in read_lines(arguments)]
