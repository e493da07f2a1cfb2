"""The organization behind the API and the console: what there is, and who is told."""

from __future__ import annotations

import base64
import json
import uuid
from collections import deque
from dataclasses import replace
from datetime import timedelta
from random import Random
from threading import RLock

from flask import Response
from werkzeug.exceptions import HTTPException

from playground.services.giosg import demo
from playground.services.giosg.chats import ChatRoutes
from playground.services.giosg.files import FileRoutes
from playground.services.giosg.gate import Gate
from playground.services.giosg.habits import Habits
from playground.services.giosg.happenings import Happenings
from playground.services.giosg.office import OfficeRoutes
from playground.services.giosg.problems import ApiProblem, describe, describe_http
from playground.services.giosg.records import (
    Agent,
    App,
    Chat,
    Json,
    LogEntry,
    Outgoing,
    Room,
    StoredFile,
    Variable,
    Visitor,
    VisitorToken,
)
from playground.services.giosg.shapes import Shapes
from playground.services.giosg.teller import Teller
from playground.services.giosg.visitors import VisitorRoutes
from playground.simulator import Fault, Post, Simulator, Timeline, Webhook, WebhookAnswer

_LOG_LENGTH = 500


class World(Simulator):
    """Follows Giosg's documentation and types; where they are silent, `habits` choose."""

    service = "giosg"
    webhook_retries = (1, 5, 30, 120, 600)  # Giosg's log counts retries; how many and when it does not say

    def __init__(self, timeline: Timeline, post: Post, random: Random) -> None:
        super().__init__(timeline, post, random)
        self.lock = RLock()
        self.habits = Habits()
        self.organization = demo.DEMO_ORGANIZATION
        self.api_token = demo.API_TOKEN
        self.token_is_allowed = True  #: a token can do what its user can: without permissions, nothing
        self.agents = demo.make_agents()
        self.rooms = demo.make_rooms()
        self.visitors: dict[str, Visitor] = {}
        self.visitor_tokens: dict[str, VisitorToken] = {}
        self.chats: dict[str, Chat] = {}
        self.changing_chats: list[Chat] = []
        self.files: dict[str, StoredFile] = {}
        self.apps: list[App] = []
        self.webhook_log: deque[LogEntry] = deque(maxlen=_LOG_LENGTH)
        self.complaints: list[str] = []  #: what was wrong with our answers to webhooks, in their order
        self.gate = Gate(self)
        self.shapes = Shapes(self)
        self.teller = Teller(self)
        self.happenings = Happenings(self)
        self.app.register_error_handler(ApiProblem, describe)
        self.app.register_error_handler(HTTPException, describe_http)
        for routes in (VisitorRoutes, ChatRoutes, OfficeRoutes, FileRoutes):
            routes(self)

    # --- the base's --------------------------------------------------------------------------------------------------

    def refuse(self, fault: Fault) -> Response:
        answer = describe(ApiProblem(fault.status))
        if fault.body:
            answer.data = fault.body
        if fault.retry_after is not None:
            answer.headers["Retry-After"] = str(fault.retry_after)
        return answer

    def is_exempt(self, call: str) -> bool:
        return call.split(" ")[1].startswith(("/files/", "/uploads/"))  # people's browsers, and a store of its own

    def send_now(self, webhook: Webhook) -> None:
        """At once, and again later if it is not accepted."""
        self._attempt(webhook, 0)

    def call_webhook(self, webhook: Webhook) -> WebhookAnswer:
        if not isinstance(webhook, Outgoing):
            return super().call_webhook(webhook)
        entry = webhook.entry
        if entry.status != "pending":  # the same webhook a second time
            entry = self._log_again(entry, entry.retry_index)
        entry.status, entry.started_at = "started", self.timeline.now()
        answer = super().call_webhook(webhook)
        self._complete(entry, webhook, answer)
        return answer

    def repeat(self, webhook: Webhook, retry: int) -> Webhook:
        repeated = super().repeat(webhook, retry)
        if not isinstance(repeated, Outgoing):
            return repeated
        return replace(repeated, entry=self._log_again(repeated.entry, retry))

    def _log_again(self, entry: LogEntry, retry: int) -> LogEntry:
        with self.lock:
            again = entry.again(self.timeline.now(), retry)
            self.webhook_log.append(again)
            return again

    def _complete(self, entry: LogEntry, webhook: Outgoing, answer: WebhookAnswer) -> None:
        accepted = self.is_accepted(answer)
        body = answer.body.decode(errors="replace")
        entry.status = "successful" if accepted else "failed"
        entry.completed_at = self.timeline.now()
        entry.milliseconds = round((entry.completed_at - entry.started_at).total_seconds() * 1000, 1)
        entry.response_status_code = answer.status or None
        entry.response_body = body
        if not accepted:
            entry.reason = f"HTTP {answer.status}" if answer.status else "no answer"
            self.complaints.append(f"{webhook.note}: {entry.reason}")
        if any(secret and secret in body for secret in webhook.secrets):
            self.complaints.append(f"{webhook.note}: the answer repeats a secret, and the webhook log keeps it")

    # --- finding -----------------------------------------------------------------------------------------------------

    def find_agent(self, agent_id: str) -> Agent:
        """Raises KeyError."""
        for agent in self.agents:
            if agent.id == agent_id:
                return agent
        raise KeyError(agent_id)

    def find_room(self, room_id: str) -> Room:
        """Raises KeyError."""
        for room in self.rooms:
            if room.id == room_id:
                return room
        raise KeyError(room_id)

    def api_room(self, room_id: str) -> Room:
        """Raises ApiProblem."""
        try:
            return self.find_room(room_id)
        except KeyError:
            raise ApiProblem(404) from None

    def online_agents(self, room: Room) -> list[Agent]:
        serving = room.served_by
        return [agent for agent in self.agents if agent.online and (serving is None or agent.id in serving)]

    def is_room_online(self, room: Room) -> bool:
        return room.is_open and bool(self.online_agents(room))

    # --- making ------------------------------------------------------------------------------------------------------

    def make_id(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def make_secret(self) -> str:
        return f"{self.random.getrandbits(200):050x}"

    def make_visitor(self) -> Visitor:
        visitor = Visitor(id=f"{self.random.getrandbits(128):032x}", secret=self.make_secret())
        self.visitors[visitor.id] = visitor
        return visitor

    def make_token(self, visitor: Visitor) -> str:
        """It looks like the JWT that visitors get; nobody but Giosg can read anything in it."""
        expires_at = self.timeline.now() + timedelta(seconds=self.habits.token_life)
        claims = {"sub": visitor.id, "exp": int(expires_at.timestamp())}
        signature = self.random.randbytes(32)
        token = ".".join(_encode(part) for part in (b'{"alg":"HS256","typ":"JWT"}', _dump(claims), signature))
        self.visitor_tokens[token] = VisitorToken(visitor=visitor, expires_at=expires_at)
        return token

    def set_variable(self, room: Room, visitor_id: str, key: str, value: str | None) -> Variable:
        """Raises KeyError for a visitor who is not in the room."""
        now, variables = self.timeline.now(), room.visitors[visitor_id].variables
        created_at = variables[key].created_at if key in variables else now
        variables[key] = Variable(key=key, value=value, created_at=created_at, updated_at=now)
        return variables[key]


def _dump(claims: Json) -> bytes:
    return json.dumps(claims, separators=(",", ":")).encode()


def _encode(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()
