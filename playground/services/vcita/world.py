"""The directory behind the APIs, the pages and the desk: what there is, who may call, and who is told."""

from __future__ import annotations

import hashlib
import string
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from flask import Response, request

from playground.served_files import write_name
from playground.services.vcita import demo
from playground.services.vcita.apps import AppRoutes
from playground.services.vcita.clients import ClientRoutes
from playground.services.vcita.communication import CommunicationRoutes
from playground.services.vcita.envelopes import ApiProblem, describe, problem_of
from playground.services.vcita.files import FileRoutes
from playground.services.vcita.gate import Gate
from playground.services.vcita.habits import Habits
from playground.services.vcita.happenings import Happenings
from playground.services.vcita.oauth import OAuthRoutes
from playground.services.vcita.pages import PageRoutes
from playground.services.vcita.records import (
    App,
    Business,
    Channel,
    ChannelStatus,
    Client,
    Code,
    Json,
    Line,
    Session,
    Staff,
    StoredFile,
    Subscription,
    Token,
)
from playground.services.vcita.webhooks import Teller
from playground.simulator import Fault, Post, Simulator, Timeline, Webhook, WebhookAnswer

_UID_LETTERS = string.ascii_lowercase + string.digits


@dataclass(frozen=True, slots=True)
class SentWebhook:
    """A line of the webhook log. `status` is our side's answer; 0 when nobody answered."""

    at: datetime
    webhook: Webhook
    status: int


class World(Simulator):
    """Follows vcita's own API description; where that and the communication app's guide differ, `habits` choose."""

    service = "vcita"
    webhook_retries = (1, 5, 30)  # vcita says nothing about repeating

    def __init__(self, timeline: Timeline, post: Post, random: Random) -> None:
        super().__init__(timeline, post, random)
        self.habits = Habits()
        self.api_prefix = "/business/communication"  #: one more place of the communication API (white label)
        self.next_channel_status: ChannelStatus = "active"  #: what the validation of the next channel ends with
        self.next_message_fails = False  #: the next pushed message ends as "error" instead of "received"
        self.businesses = demo.make_businesses()
        self.apps = [demo.make_app()]
        self.tokens: dict[str, Token] = {}
        self.codes: dict[str, Code] = {}
        self.channels: list[Channel] = []
        self.sessions: list[Session] = []
        self.subscriptions: list[Subscription] = []
        self.files: dict[str, StoredFile] = {}
        self.webhook_log: list[SentWebhook] = []
        self.gate = Gate(self)
        self.teller = Teller(self)
        self.happenings = Happenings(self)
        self._issue_demo_tokens()
        self.app.register_error_handler(ApiProblem, self._describe_problem)
        for routes in (CommunicationRoutes, ClientRoutes, AppRoutes, OAuthRoutes, PageRoutes, FileRoutes):
            routes(self)

    def _issue_demo_tokens(self) -> None:
        business = self.businesses[0]
        for token in (
            Token(value=demo.DEMO_TOKEN, app=self.apps[0], business=business, staff=business.staff[0]),
            Token(value=demo.DEMO_DIRECTORY_TOKEN, directory=True),
        ):
            self.tokens[token.value] = token

    # --- the base's --------------------------------------------------------------------------------------------------

    def is_exempt(self, call: str) -> bool:
        return call.split(" ")[1].startswith(("/files/", "/app/"))  # people's browsers

    def call_webhook(self, webhook: Webhook) -> WebhookAnswer:
        answer = super().call_webhook(webhook)
        self.webhook_log.append(SentWebhook(self.timeline.now(), webhook, answer.status))
        return answer

    def is_accepted(self, answer: WebhookAnswer) -> bool:
        """vcita: 204 is the only code for "received"."""
        return answer.status == 204

    def redeliver(self, number: int) -> None:
        """Sends a webhook of the log once more."""
        self.send_webhook(self.webhook_log[number].webhook)

    def refuse(self, fault: Fault) -> Response:
        answer = self._describe_problem(problem_of(fault.status))
        if fault.body:
            answer.data = fault.body
        if fault.retry_after is not None:
            answer.headers["Retry-After"] = str(fault.retry_after)
        return answer

    def _describe_problem(self, problem: ApiProblem) -> Response:
        answer = describe(problem, request.path, self.habits.envelope)
        if problem.status == 429 and self.habits.retry_after is not None:
            answer.headers["Retry-After"] = str(self.habits.retry_after)
        return answer

    # --- finding -----------------------------------------------------------------------------------------------------

    def business(self, uid: str) -> Business | None:
        return next((found for found in self.businesses if found.uid == uid), None)

    def find_business(self, name: str) -> Business:
        """By uid or name. Raises KeyError."""
        for found in self.businesses:
            if name in {found.uid, found.name}:
                return found
        raise KeyError(name)

    def app_named(self, code_name: str) -> App | None:
        return next((found for found in self.apps if found.code_name == code_name), None)

    def find_app(self, code_name: str, business: Business) -> App:
        """The newest that is for `business` when there is no name. Raises KeyError."""
        for found in reversed(self.apps):
            if code_name == found.code_name or (not code_name and business.uid in found.assigned | found.installed):
                return found
        raise KeyError(code_name or business.uid)

    def find_staff(self, business: Business, uid: str) -> Staff:
        """Raises KeyError for nobody, ValueError for the staff of another business."""
        for staff in business.staff:
            if staff.uid == uid:
                return staff
        if any(staff.uid == uid for other in self.businesses for staff in other.staff):
            raise ValueError(f"that person does not work at {business.name}")
        raise KeyError(uid)

    def client(self, uid: str, business: Business | None = None) -> Client | None:
        """By uid or by a matter's uid; of `business` or of any."""
        clients = business.clients if business else [one for each in self.businesses for one in each.clients]
        return next((found for found in clients if uid in {found.uid, found.matter_uid}), None)

    def find_client(self, uid: str) -> Client:
        """Raises KeyError."""
        found = self.client(uid)
        if found is None:
            raise KeyError(uid)
        return found

    def channel(self, uid: str) -> Channel | None:
        return next((found for found in self.channels if found.uid == uid), None)

    def sessions_of(self, client: Client) -> list[Session]:
        return [session for session in self.sessions if session.client is client]

    def active_session(self, client: Client) -> Session | None:
        """Through which the staff writes now: the newest that is active on an active channel."""
        for session in reversed(self.sessions):
            if session.client is client and session.status == session.channel.status == "active":
                return session
        return None

    def find_line(self, channel: Channel, message_uid: str, *, pushed: bool) -> Line | None:
        """Message ids are unique per channel, those of apps and those of vcita apart."""
        for client in channel.business.clients:
            for line in client.lines:
                known_as = line.pushed_uid if pushed else line.message_uid
                if line.channel is channel and line.pushed is pushed and known_as == message_uid:
                    return line
        return None

    # --- making ------------------------------------------------------------------------------------------------------

    def make_uid(self) -> str:
        return "".join(self.random.choices(_UID_LETTERS, k=16))

    def make_uuid(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def make_secret(self) -> str:
        return f"{self.random.getrandbits(256):064x}"

    def make_client(self, business: Business, profile: Json) -> Client:
        client = Client(
            uid=self.make_uid(),
            matter_uid=self.make_uid(),
            business=business,
            created_at=self.timeline.now(),
            profile=profile,
        )
        business.clients.append(client)
        return client

    def issue_token(
        self,
        *,
        app: App | None = None,
        business: Business | None = None,
        staff: Staff | None = None,
        directory: bool = False,
        lifetime: timedelta | None = None,
    ) -> Token:
        token = Token(
            value=self.make_secret(),
            app=app,
            business=business,
            staff=staff or (business.staff[0] if business else None),
            directory=directory,
            expires_at=self.timeline.now() + lifetime if lifetime else None,
        )
        self.tokens[token.value] = token
        return token

    def subscribe(self, event: str, target_url: str, business: str = "") -> Subscription:
        """The one that is there already, if it is."""
        for known in self.subscriptions:
            if (known.event, known.target_url, known.business) == (event, target_url, business):
                return known
        made = Subscription(id=self.make_uid(), event=event, target_url=target_url, business=business)
        self.subscriptions.append(made)
        return made

    def store_file(self, name: str, content_type: str, data: bytes) -> str:
        """The file's address."""
        key = hashlib.sha256(self.make_uid().encode() + data).hexdigest()[:32]
        self.files[key] = StoredFile(name=name, content_type=content_type, data=data)
        return f"{self.base_url}/files/{key}/{write_name(name)}"
