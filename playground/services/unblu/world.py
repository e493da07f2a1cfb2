"""The account behind the API and the desk: what there is, who may call, and who is told."""

from __future__ import annotations

import string
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from random import Random

from flask import Response
from werkzeug.exceptions import HTTPException

from playground.served_files import write_name
from playground.services.unblu import demo
from playground.services.unblu.conversations import ConversationRoutes
from playground.services.unblu.errors import ApiProblem, describe
from playground.services.unblu.files import FileRoutes
from playground.services.unblu.gate import Gate
from playground.services.unblu.habits import Habits
from playground.services.unblu.happenings import Happenings
from playground.services.unblu.messages import MessageRoutes
from playground.services.unblu.outbox import Judged, Outbox, Outgoing
from playground.services.unblu.people import PeopleRoutes
from playground.services.unblu.receivers import ReceiverRoutes
from playground.services.unblu.records import (
    Channel,
    Contact,
    Conversation,
    Generation,
    Json,
    Person,
    Registration,
    StoredFile,
    find,
)
from playground.services.unblu.shapes import Shapes
from playground.services.unblu.teller import Teller
from playground.simulator import Fault, Post, Simulator, Timeline, Webhook, WebhookAnswer

_ID_LETTERS = string.ascii_letters + string.digits + "-_"
_VERSIONS: dict[Generation, str] = {"v4": "8.9.2", "v3": "7.52.0"}


class World(Simulator):
    """Follows Unblu's API descriptions, 8.9.2 for v4 and 7.52.0 for v3; where they are silent, `habits` choose.

    `generation` is the one API that is served: the paths of the other are unknown.
    """

    service = "unblu"
    webhook_retries = (1, 5, 30, 120, 600)  # Unblu repeats for long; how often it does not say

    def __init__(self, timeline: Timeline, post: Post, random: Random) -> None:
        super().__init__(timeline, post, random)
        self.habits = Habits()
        self.generation: Generation = "v4"
        self.account = demo.ACCOUNT
        self.users = demo.make_users()
        self.teams = dict(demo.TEAMS)
        self.agents = demo.make_agents()
        self.system = demo.make_system_person()
        self.people: list[Person] = [*self.agents, self.system]
        self.channels: list[Channel] = []
        self.registrations: list[Registration] = []
        self.contacts: list[Contact] = []
        self.conversations: list[Conversation] = []
        self.files: dict[str, StoredFile] = {}
        self.complaints: list[str] = []  #: what was wrong with our answers, in their order
        self.gate = Gate(self)
        self.shapes = Shapes(self)
        self.outbox = Outbox(self)
        self.teller = Teller(self)
        self.happenings = Happenings(self)
        self.app.register_error_handler(ApiProblem, describe)
        self.app.register_error_handler(HTTPException, _describe_http)
        self._add_global_routes()
        for routes in (ReceiverRoutes, PeopleRoutes, ConversationRoutes, MessageRoutes, FileRoutes):
            routes(self)

    def _add_global_routes(self) -> None:
        self.gate.add("GET", "/global/productVersion", self._show_version, admin=False)
        for generation in _VERSIONS:
            path = f"/app/rest/{generation}/global/ping"
            self.app.add_url_rule(path, path, self._show_health)

    def _show_version(self) -> Json:
        shown: Json = {
            "$_type": "ProductVersion",
            "productVersion": _VERSIONS[self.generation],
            "productGuid": "com.unblu.simulated",
        }
        return {**shown, "buildTimestamp": 1729728000000} if self.generation == "v4" else shown

    def _show_health(self) -> Json:
        return {"$_type": "GlobalPingResponse", "status": "READY"}

    # --- the base's --------------------------------------------------------------------------------------------------

    def refuse(self, fault: Fault) -> Response:
        answer = describe(ApiProblem(fault.status, "told to fail"))
        if fault.body:
            answer.data = fault.body
        if fault.retry_after is not None:
            answer.headers["Retry-After"] = str(fault.retry_after)
        return answer

    def call_webhook(self, webhook: Webhook) -> WebhookAnswer:
        if isinstance(webhook, Outgoing):
            return self.outbox.call(webhook, super().call_webhook)
        return super().call_webhook(webhook)

    def is_accepted(self, answer: WebhookAnswer) -> bool:
        return not (isinstance(answer, Judged) and answer.again)

    def repeat(self, webhook: Webhook, retry: int) -> Webhook:
        repeated = super().repeat(webhook, retry)
        return replace(repeated, retry=retry) if isinstance(repeated, Outgoing) else repeated

    def send_in_lane(self, outgoing: Outgoing, lane: str, on_judged: Callable[[Judged], None] | None) -> None:
        self.send_webhook(replace(outgoing, lane=lane, on_judged=on_judged))

    def ask(self, outgoing: Outgoing) -> Judged:
        """Sends at once, and waits for the answer. Not to be called under the lock."""
        return self.outbox.call(outgoing, super().call_webhook)

    # --- finding -----------------------------------------------------------------------------------------------------

    def virtual_person(self, source_id: str) -> Person | None:
        people = (one for one in self.people if one.source == "VIRTUAL" and one.source_id == source_id)
        return next(people, None)

    def remove_channel(self, channel: Channel) -> None:
        """Its conversations stay as they are until they are activated again, and take no more messages."""
        self.channels.remove(channel)
        if not self.habits.contacts_outlive_channel:
            self.contacts = [one for one in self.contacts if one.channel is not channel]

    def contact_of(self, channel: Channel, source_id: str) -> Contact | None:
        contacts = (one for one in self.contacts if one.channel is channel and one.source_id == source_id)
        return next(contacts, None)

    def api_conversation(self, uid: str) -> Conversation:
        """Raises ApiProblem."""
        found = find(self.conversations, uid)
        if found is None:
            raise ApiProblem(404, f"there is no conversation {uid}")
        return found

    # --- making ------------------------------------------------------------------------------------------------------

    def make_id(self) -> str:
        return "".join(self.random.choices(_ID_LETTERS, k=22))

    def make_visitor(self, source_id: str, **profile: str) -> Person:
        person = Person(id=self.make_id(), source="VIRTUAL", type="VISITOR", source_id=source_id, profile=dict(profile))
        self.people.append(person)
        return person

    def make_contact(
        self, channel: Channel, source_id: str, person: Person, *, name: str = "", description: str | None = None
    ) -> Contact:
        now = self.timeline.now()
        contact = Contact(
            id=self.make_id(),
            created_at=now,
            modified_at=now,
            channel=channel,
            source_id=source_id,
            person=person,
            name=name or person.name,
            description=description,
        )
        self.contacts.append(contact)
        return contact

    def store_file(self, name: str, content_type: str, data: bytes, owner: Person) -> StoredFile:
        """Agents' files are scanned before they are given out."""
        now = self.timeline.now()
        scan = self.habits.scan_seconds if owner.type == "AGENT" else 0.0
        file = StoredFile(
            key=self.make_id(),
            name=name,
            content_type=content_type,
            data=data,
            created_at=now,
            ready_at=now + timedelta(seconds=scan),
            owner=owner.id,
        )
        self.files[file.key] = file
        return file

    def download_url(self, file: StoredFile) -> str:
        return f"{self.base_url}/app/rest/{self.generation}/files/{file.key}/{write_name(file.name)}"


def _describe_http(error: HTTPException) -> Response:
    status = error.code or 500
    return describe(ApiProblem(status, HTTPStatus(status).phrase))
