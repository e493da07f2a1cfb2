"""What is in the simulated directory, and how to find it."""

from __future__ import annotations

import hashlib
import string
import uuid
from random import Random

from playground.served_files import write_name
from playground.services.vcita.quirks import Quirks
from playground.services.vcita.records import (
    App,
    Business,
    Channel,
    Client,
    Code,
    Line,
    SentWebhook,
    Session,
    Staff,
    StoredFile,
    Subscription,
    Token,
)
from playground.simulator import Post, Simulator, Timeline

_UID_LETTERS = string.ascii_lowercase + string.digits


class State(Simulator):
    """Follows vcita's own API description; where that and the communication app's guide differ, `quirks` choose."""

    service = "vcita"

    def __init__(self, timeline: Timeline, post: Post, random: Random) -> None:
        super().__init__(timeline, post, random)
        self.quirks = Quirks()
        self.api_prefix = "/business/communication"  #: one more place of the communication API (white label)
        self.next_message_fails = False  #: the next pushed message ends as "error" instead of "received"
        self.businesses: list[Business] = []
        self.apps: list[App] = []
        self.tokens: dict[str, Token] = {}
        self.codes: dict[str, Code] = {}
        self.channels: list[Channel] = []
        self.sessions: list[Session] = []
        self.subscriptions: list[Subscription] = []
        self.files: dict[str, StoredFile] = {}
        self.webhook_log: list[SentWebhook] = []

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
        """Without a name the newest that `business` has or is offered. Raises KeyError."""
        for found in reversed(self.apps):
            if code_name == found.code_name or (not code_name and business.uid in found.assigned | found.installed):
                return found
        raise KeyError(code_name or business.uid)

    def find_staff(self, business: Business, uid: str) -> Staff:
        """Raises KeyError for an unknown uid, ValueError for the staff of another business."""
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

    def store_file(self, name: str, content_type: str, data: bytes) -> str:
        """The file's address."""
        key = hashlib.sha256(self.make_uid().encode() + data).hexdigest()[:32]
        self.files[key] = StoredFile(name=name, content_type=content_type, data=data)
        return f"{self.base_url}/files/{key}/{write_name(name)}"
