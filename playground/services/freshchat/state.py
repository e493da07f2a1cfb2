"""What is in the one account of the simulated Freshchat, and how to find it."""

from __future__ import annotations

import uuid
from functools import cache, cached_property
from itertools import cycle
from random import Random

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from playground.served_files import write_name
from playground.services.freshchat.quirks import Quirks
from playground.services.freshchat.records import (
    Agent,
    Channel,
    Conversation,
    Group,
    Installation,
    StoredFile,
    User,
    bare,
)
from playground.simulator import Post, Simulator, Timeline

_TURNS = cycle(range(4))


@cache
def _make_key(number: int) -> RSAPrivateKey:
    """One of four that the accounts in this process have in turn: to make one takes longer than most tests."""
    del number
    return generate_private_key(public_exponent=65537, key_size=2048)


class State(Simulator):
    """Follows the API's and the webhooks' documentation; where it is silent, what integrations have met."""

    service = "freshchat"

    def __init__(self, timeline: Timeline, post: Post, random: Random, key: RSAPrivateKey | None = None) -> None:
        super().__init__(timeline, post, random)
        self.token = ""
        self.app_id = ""
        self.events = "webhook"  #: how the admin lets us hear of what happens: by the webhook, by the "app" or "both"
        self.app_secret = ""
        self.webhook_url = ""
        self.installation: Installation | None = None
        self.quirks = Quirks()
        self.system_id = self.make_id()
        self.agents: list[Agent] = []
        self.channels: list[Channel] = []
        self.groups: list[Group] = []
        self.users: list[User] = []
        self.conversations: list[Conversation] = []
        self.files: dict[str, StoredFile] = {}
        self._given_key = key

    @cached_property
    def private_key(self) -> RSAPrivateKey:
        return self._given_key or _make_key(next(_TURNS))

    # --- finding -----------------------------------------------------------------------------------------------------

    def user(self, user_id: str) -> User | None:
        return next((user for user in self.users if user.id == user_id), None)

    def agent(self, agent_id: str) -> Agent | None:
        return next((agent for agent in self.agents if agent.id == agent_id), None)

    def channel(self, channel_id: str) -> Channel | None:
        return next((channel for channel in self.channels if bare(channel.id) == bare(channel_id)), None)

    def conversation(self, conversation_id: str) -> Conversation | None:
        return next((found for found in self.conversations if found.is_named(conversation_id)), None)

    def conversations_of(self, user: User) -> list[Conversation]:
        """The newest first."""
        return [found for found in reversed(self.conversations) if found.user is user]

    def is_latest(self, conversation: Conversation) -> bool:
        """Whether it is the user's newest one in its channel."""
        others = self.conversations_of(conversation.user)
        return next(found for found in others if found.channel is conversation.channel) is conversation

    # --- making ------------------------------------------------------------------------------------------------------

    def make_id(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def store_file(self, name: str, content_type: str, data: bytes) -> str:
        """The key of the file."""
        key = f"{self.random.getrandbits(128):032x}"
        self.files[key] = StoredFile(key=key, name=name, content_type=content_type, data=data)
        return key

    def file_url(self, key: str) -> str:
        return f"{self.base_url}/files/{key}/{write_name(self.files[key].name)}"
