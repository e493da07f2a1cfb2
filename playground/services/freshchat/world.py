"""The account behind the API and the desk: what happens to users, conversations and messages, and who is told."""

from __future__ import annotations

import hmac
import uuid
from datetime import timedelta
from functools import cached_property
from random import Random
from threading import RLock
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from flask import request

from playground.served_files import write_name
from playground.services.freshchat import demo
from playground.services.freshchat.api import Routes
from playground.services.freshchat.bodies import ApiProblem
from playground.services.freshchat.records import Agent, Channel, Conversation, Message, StoredFile, User, WireParts
from playground.services.freshchat.webhooks import Teller, WebhookHabits, generate_key
from playground.simulator import Post, Simulator, Timeline


class World(Simulator):
    """Follows the API's and the webhooks' documentation; where it is silent, what integrations have met.

    The attributes below `habits` are switches for what accounts differ in.
    """

    service = "freshchat"

    def __init__(self, timeline: Timeline, post: Post, random: Random, key: RSAPrivateKey | None = None) -> None:
        super().__init__(timeline, post, random)
        self.lock = RLock()
        self.token = demo.DEMO_TOKEN
        self.app_id = demo.DEMO_APP
        self.webhook_url = ""
        self.habits = WebhookHabits()
        self.resolved_refuses = True  #: a customer's post to a resolved conversation: refused, or opens it again
        self.oldest_first = False  #: the order of a user's conversations
        self.late_numbers = True  #: the answer of POST /conversations lacks the numeric id
        self.answers_202 = False  #: POST messages answers before the message has an id
        self.protect_files = False  #: files want the token
        self.nested_uploads = False
        self.image_field = "image"  #: the field's name in an upload of an image
        self.known_properties: frozenset[str] | None = None  #: None: any property may be set
        self.mute_actors: frozenset[str] = frozenset()  #: actor types that the plan does not let write by API
        self.racing_users = 0  #: so many POST /users lose against another request
        self.unreadable_images = 0  #: so many image parts cannot be fetched
        self.system_id = self.make_id()
        self.account = demo.make_account()
        self.teller = Teller(self)
        self._given_key = key
        Routes(self)

    @cached_property
    def private_key(self) -> RSAPrivateKey:
        return self._given_key or generate_key()

    def authenticate(self) -> None:
        """Raises ApiProblem unless the request holds the account's token."""
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if kind != "Bearer" or not hmac.compare_digest(token.encode(), self.token.encode()):
            raise ApiProblem(401, "UNAUTHENTICATED", "the access token is missing, expired or deleted")

    # --- conversations -----------------------------------------------------------------------------------------------

    def resolve(self, conversation: str, agent: str) -> None:
        with self.lock:
            found = self.find_conversation(conversation)
            if found.status != "resolved":
                found.status = "resolved"
                self.teller.tell_resolution(found, agent)

    def reopen(self, conversation: str, agent: str) -> None:
        with self.lock:
            self.reopen_conversation(self.find_conversation(conversation), "agent", agent)

    def assign(self, conversation: str, agent: str) -> None:
        """To an agent, or with "" to nobody."""
        with self.lock:
            found = self.find_conversation(conversation)
            before = (found.agent, found.group)
            found.agent = self.find_agent(agent).id if agent else ""
            found.status = "assigned" if agent else "new"
            self.teller.tell_assignment(found, agent or before[0], before)

    def reopen_conversation(self, conversation: Conversation, reopener: str, by: str) -> None:
        if conversation.status == "resolved":
            conversation.status = "assigned" if conversation.agent else "new"
            conversation.interaction = self._make_interaction(conversation.number)
            self.teller.tell_reopening(conversation, reopener, by)

    def find_conversation(self, conversation: str) -> Conversation:
        found = self.account.conversation(conversation)
        if found is None:
            raise KeyError(conversation)
        return found

    def find_agent(self, agent_id: str) -> Agent:
        agent = self.account.agent(agent_id)
        if agent is None:
            raise KeyError(agent_id)
        return agent

    # --- what the API does -------------------------------------------------------------------------------------------

    def make_user(self, profile: dict[str, Any]) -> User:
        now = self.timeline.now()
        user = User(id=self.make_id(), created_at=now, updated_at=now, profile=profile)
        self.account.users.append(user)
        return user

    def make_conversation(self, user: User, channel: Channel, group: str = "") -> Conversation:
        number = f"1019{self.random.randrange(10**12):012d}"
        conversation = Conversation(
            id=self.make_id(),
            number=number,
            channel=channel,
            user=user,
            created_at=self.timeline.now(),
            group=group,
            interaction=self._make_interaction(number),
        )
        self.account.conversations.append(conversation)
        return conversation

    def make_message(
        self,
        conversation: Conversation,
        *,
        actor_type: str,
        actor_id: str,
        parts: WireParts,
        message_type: str,
        source: str,
        reply_parts: WireParts | None = None,
        late: float = 0.0,
    ) -> Message:
        now = self.timeline.now()
        message = Message(
            id=self.make_id(),
            actor_type=actor_type,
            actor_id=actor_id,
            message_type=message_type,
            message_parts=parts,
            reply_parts=reply_parts or [],
            created_at=now,
            source=source,
            complete_at=now + timedelta(seconds=late) if late else None,
        )
        conversation.messages.append(message)
        self.teller.tell_message(conversation, message, first=self.habits.echo_first and source == "api")
        return message

    def accept_customer(self, conversation: Conversation) -> None:
        """Raises ApiProblem when the customer cannot write there any more."""
        resolved = conversation.status == "resolved"
        if not self.account.is_latest(conversation) or (resolved and self.resolved_refuses):
            raise ApiProblem(400, "INVALID_VALUE", "the conversation is not the latest conversation of the user")
        self.reopen_conversation(conversation, "user", conversation.user.id)

    def adopt(self, part: dict[str, Any]) -> dict[str, Any]:
        """A part as Freshchat keeps it: an uploaded file gets its address."""
        file = part.get("file")
        if not file or not file.get("file_hash"):
            return part
        return {"file": {**file, "url": self.file_url(file["file_hash"])}}

    def take_race(self) -> bool:
        racing, self.racing_users = self.racing_users > 0, max(0, self.racing_users - 1)
        return racing

    def take_unreadable_image(self) -> bool:
        unreadable, self.unreadable_images = self.unreadable_images > 0, max(0, self.unreadable_images - 1)
        return unreadable

    def store_file(self, name: str, content_type: str, data: bytes) -> str:
        key = f"{self.random.getrandbits(128):032x}"
        self.account.files[key] = StoredFile(key=key, name=name, content_type=content_type, data=data)
        return key

    def file_url(self, key: str) -> str:
        return f"{self.base_url}/files/{key}/{write_name(self.account.files[key].name)}"

    def make_id(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def _make_interaction(self, number: str) -> str:
        return f"{number}-{int(self.timeline.now().timestamp() * 1000)}"
