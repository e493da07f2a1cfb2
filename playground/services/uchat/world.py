"""The partner's workspaces, and what happens in their chats whoever caused it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from http import HTTPStatus
from random import Random

from flask import Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from playground.served_files import serve, write_name
from playground.services.uchat import demo
from playground.services.uchat.bot import Bot
from playground.services.uchat.errors import ApiProblem, describe, describe_to_browser, missing
from playground.services.uchat.gate import Gate
from playground.services.uchat.habits import Habits
from playground.services.uchat.partner import PartnerRoutes
from playground.services.uchat.posts import PostRoutes
from playground.services.uchat.records import Agent, Author, Contact, Draft, Message, StoredFile, Workspace
from playground.services.uchat.samples import make_samples
from playground.services.uchat.subscribers import SubscriberRoutes
from playground.services.uchat.team import TeamRoutes
from playground.services.uchat.teller import Teller
from playground.services.uchat.templates import buttons_of
from playground.simulator import Fault, Post, Simulator, Timeline, Webhook, WebhookAnswer

FOREVER = datetime.max.replace(tzinfo=UTC)


class World(Simulator):
    """Follows UChat's page on Api Chat and its OpenAPI description; where they are silent, `habits` choose."""

    service = "uchat"
    webhook_retries: tuple[float, ...] = (1, 5, 30)

    def __init__(self, timeline: Timeline, post: Post, random: Random) -> None:
        super().__init__(timeline, post, random)
        self.habits = Habits()
        self.partner_key = demo.DEMO_PARTNER_KEY
        self.workspaces = demo.make_workspaces()
        self.contacts: list[Contact] = []
        self.files: dict[str, StoredFile] = make_samples()
        self.complaints: list[str] = []  #: what was taken and should not have been sent, in its order
        self._last_number = 1000
        self.gate = Gate(self)
        self.teller = Teller(self)
        self.bot = Bot(self)
        self.app.register_error_handler(ApiProblem, self._answer_problem)
        self.app.register_error_handler(HTTPException, self._answer_http)
        self.partner = PartnerRoutes(self)
        for routes in (PostRoutes, TeamRoutes, SubscriberRoutes):
            routes(self)
        self.app.add_url_rule("/files/<key>/<path:name>", "file", self._serve_file)

    def refuse(self, fault: Fault) -> Response:
        headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        answer = describe(ApiProblem(fault.status, headers=headers))
        if fault.body:
            answer.data = fault.body
        return answer

    def call_webhook(self, webhook: Webhook) -> WebhookAnswer:
        answer = super().call_webhook(webhook)
        if "x-action" not in webhook.headers or not self.habits.unheard_answers:
            return answer
        self.habits.unheard_answers -= 1
        return WebhookAnswer(0)

    def _answer_problem(self, problem: ApiProblem) -> BaseResponse:
        if self.habits.pages_for_errors and not _wants_json():
            return describe_to_browser(problem)
        return describe(problem)

    def _answer_http(self, error: HTTPException) -> BaseResponse:
        status = error.code or 500
        return self._answer_problem(ApiProblem(status, HTTPStatus(status).phrase))

    # --- finding -----------------------------------------------------------------------------------------------------

    @property
    def workspace(self) -> Workspace:
        """The one that the desk shows."""
        return self.workspaces[demo.DEMO_WORKSPACE]

    def bot_url(self, workspace: Workspace) -> str:
        return f"{self.base_url}/api/apichat/{workspace.code}"

    def find_sender(self, workspace: Workspace, user_id: str) -> Contact | None:
        found = (one for one in self.contacts if one.workspace is workspace and one.user_id == user_id)
        return next(found, None)

    def find_contact(self, contact: str) -> Contact:
        """By UChat's id or by ours. Raises KeyError."""
        found = next((one for one in self.contacts if contact in {one.user_ns, one.user_id}), None)
        if found is None:
            raise KeyError(contact)
        return found

    def find_agent(self, agent: int) -> Agent:
        """Raises KeyError."""
        found = next((one for one in self.workspace.agents if one.id == agent), None)
        if found is None:
            raise KeyError(agent)
        return found

    # --- what happens ------------------------------------------------------------------------------------------------

    def make_contact(self, workspace: Workspace, user_id: str, conversation_id: int) -> Contact:
        contact = Contact(
            user_ns=f"{workspace.flow_ns}u{self.make_number()}",
            user_id=user_id,
            conversation_id=conversation_id,
            workspace=workspace,
            created_at=self.timeline.now(),
            profile={},
        )
        self.contacts.append(contact)
        return contact

    def hear(self, contact: Contact, content: Draft, *, payload: str, postback: bool) -> None:
        """A contact has written, or pressed a button. A chat that was done is open again."""
        first = not contact.messages
        self.write(contact, "customer", content, payload=payload)
        if contact.status == "done":
            contact.status = "open"
        self.bot.hear(contact, content, payload=payload if postback else None, first=first)

    def say(self, contact: Contact, author: Author, content: Draft, agent: Agent | None = None) -> Message:
        """Somebody writes to a contact: our side is told."""
        message = self.write(contact, author, content, agent=agent)
        contact.offered.update(button["payload"] for button in buttons_of(content) if button["type"] == "postback")
        self.teller.tell(contact, message)
        return message

    def say_later(self, contact: Contact, steps: Sequence[tuple[float, Draft]]) -> None:
        """The bot says these, each so many seconds after the one before."""
        after = 0.0
        for pause, content in steps:
            after += pause
            self.later(after, partial(self.say, contact, "bot", content))

    def write(
        self, contact: Contact, author: Author, content: Draft, *, agent: Agent | None = None, payload: str = ""
    ) -> Message:
        message = Message(
            id=self.make_number(),
            author=author,
            at=self.timeline.now(),
            content=content,
            agent=agent,
            payload=payload,
        )
        contact.messages.append(message)
        return message

    def note(self, contact: Contact, text: str) -> None:
        """A line in the chat that nobody said."""
        self.write(contact, "system", Draft(text=text))

    def pause(self, contact: Contact, minutes: int | None = None) -> None:
        """The bot is silent: for so many minutes, or until it is resumed."""
        now = self.timeline.now()
        contact.paused_until = FOREVER if minutes is None else now + timedelta(minutes=minutes)

    def make_number(self) -> int:
        self._last_number += 1
        return self._last_number

    # --- files -------------------------------------------------------------------------------------------------------

    def store_file(self, name: str, content_type: str, data: bytes) -> str:
        """The file's address, good for everybody."""
        key = f"{self.random.getrandbits(128):032x}"
        self.files[key] = StoredFile(key=key, name=name, content_type=content_type, data=data)
        return self.file_url(key)

    def file_url(self, key: str) -> str:
        return f"{self.base_url}/files/{key}/{write_name(self.files[key].name)}"

    def find_file(self, url: str) -> StoredFile | None:
        """The file behind an address, if it is one of ours."""
        key = url.removeprefix(f"{self.base_url}/files/").partition("/")[0]
        return self.files.get(key)

    def _serve_file(self, key: str, name: str) -> Response:  # noqa: ARG002  (the name is for people)
        file = self.files.get(key)
        if file is None:
            raise missing("File")
        return serve(file.data, file.content_type)


def _wants_json() -> bool:
    """As Laravel sees it: the first type that the caller names decides."""
    first = request.headers.get("Accept", "").split(",")[0]
    return "/json" in first or "+json" in first
