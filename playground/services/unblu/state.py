"""One Unblu account: its people, channels, conversations and files, and where to find them."""

from __future__ import annotations

import string
from datetime import timedelta
from random import Random

from playground.served_files import write_name
from playground.services.unblu.quirks import Quirks
from playground.services.unblu.records import (
    Channel,
    Contact,
    Conversation,
    Generation,
    Person,
    Registration,
    StoredFile,
    User,
)
from playground.simulator import Post, Simulator, Timeline

_ID_LETTERS = string.ascii_letters + string.digits + "-_"


class State(Simulator):
    """Follows Unblu's API descriptions, 8.9.2 for v4 and 7.52.0 for v3; where they are silent, `quirks` choose.

    `generation` is the one API that is served: the paths of the other are unknown. The simulator sets `system`, the
    person that Unblu itself writes as.
    """

    service = "unblu"
    webhook_retries = (1, 5, 30, 120, 600)  # Unblu repeats for a long time; how often is not documented
    system: Person

    def __init__(self, timeline: Timeline, post: Post, random: Random) -> None:
        super().__init__(timeline, post, random)
        self.quirks = Quirks()
        self.generation: Generation = "v4"
        self.account = ""
        self.users: list[User] = []
        self.teams: dict[str, str] = {}  #: names by id
        self.agents: list[Person] = []
        self.people: list[Person] = []
        self.channels: list[Channel] = []
        self.registrations: list[Registration] = []
        self.contacts: list[Contact] = []
        self.conversations: list[Conversation] = []
        self.files: dict[str, StoredFile] = {}
        self.complaints: list[str] = []  #: what was wrong with our answers, in their order

    # --- finding -----------------------------------------------------------------------------------------------------

    def virtual_person(self, source_id: str) -> Person | None:
        people = (one for one in self.people if one.source == "VIRTUAL" and one.source_id == source_id)
        return next(people, None)

    def contact_of(self, channel: Channel, source_id: str) -> Contact | None:
        contacts = (one for one in self.contacts if one.channel is channel and one.source_id == source_id)
        return next(contacts, None)

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
        scan = self.quirks.scan_seconds if owner.type == "AGENT" else 0.0
        file = StoredFile(
            key=self.make_id(),
            name=name,
            content_type=content_type,
            data=data,
            ready_at=self.timeline.now() + timedelta(seconds=scan),
        )
        self.files[file.key] = file
        return file

    def download_url(self, file: StoredFile) -> str:
        return f"{self.base_url}/app/rest/{self.generation}/files/{file.key}/{write_name(file.name)}"
