"""What is in the simulated organization, and how to find it."""

from __future__ import annotations

import uuid
from collections import deque
from random import Random

from playground.services.giosg.quirks import Quirks
from playground.services.giosg.records import (
    Agent,
    App,
    Chat,
    LogEntry,
    Room,
    StoredFile,
    Variable,
    Visitor,
    VisitorToken,
)
from playground.simulator import Post, Simulator, Timeline, Webhook

_LOG_LENGTH = 500


class State(Simulator):
    """Follows Giosg's documentation and types; where they are silent, `quirks` choose."""

    service = "giosg"

    def __init__(self, timeline: Timeline, post: Post, random: Random) -> None:
        super().__init__(timeline, post, random)
        self.quirks = Quirks()
        self.organization = ""
        self.api_token = ""
        self.token_is_allowed = True  #: a token can do what its user can: without permissions, nothing
        self.agents: list[Agent] = []
        self.rooms: list[Room] = []
        self.visitors: dict[str, Visitor] = {}
        self.visitor_tokens: dict[str, VisitorToken] = {}
        self.chats: dict[str, Chat] = {}
        self.files: dict[str, StoredFile] = {}
        self.apps: list[App] = []
        self.webhook_log: deque[LogEntry] = deque(maxlen=_LOG_LENGTH)
        self.complaints: list[str] = []  #: what was wrong with our answers to webhooks, in their order

    def send_now(self, webhook: Webhook) -> None:
        """At once, and again later if it is not accepted."""
        self._attempt(webhook, 0)

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

    @property
    def online_agents(self) -> list[Agent]:
        return [agent for agent in self.agents if agent.online]

    @property
    def is_online(self) -> bool:
        """Whether the rooms are online. All users of the organization serve every room."""
        return bool(self.online_agents)

    # --- making ------------------------------------------------------------------------------------------------------

    def make_id(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def make_secret(self) -> str:
        return f"{self.random.getrandbits(200):050x}"

    def make_visitor(self) -> Visitor:
        visitor = Visitor(id=f"{self.random.getrandbits(128):032x}", secret=self.make_secret())
        self.visitors[visitor.id] = visitor
        return visitor

    def set_variable(self, room: Room, visitor_id: str, key: str, value: str | None) -> Variable:
        """Raises KeyError for a visitor who is not in the room."""
        now, variables = self.timeline.now(), room.visitors[visitor_id].variables
        created_at = variables[key].created_at if key in variables else now
        variables[key] = Variable(key=key, value=value, created_at=created_at, updated_at=now)
        return variables[key]
