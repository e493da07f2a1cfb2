"""Files that go to their service inside the message, byte for byte and in their conversation's order."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import IO

import pytest

from patchbay.bridge.ledger import Outcome
from patchbay.domain.accounts import Connection
from patchbay.domain.errors import MediaRefused
from patchbay.domain.model import Attachment, AttachmentKind, Contact, ContactKey, Conversation, Delivered, Part
from patchbay.kit.abilities import Opened
from patchbay.kit.contract import Http
from patchbay.kit.file_abilities import InlinesAttachments
from tests.harness.fakes.bridge import Bridge
from tests.harness.fakes.media import PUBLIC
from tests.harness.fakes.services import Fault, Office, Pigeon, message_event


class Archive(Office, InlinesAttachments):
    """A platform that takes files as part of the message, and makes conversations empty."""

    def __init__(self) -> None:
        super().__init__()
        self.files: list[bytes] = []
        self.streams: list[IO[bytes]] = []

    def open_conversation(
        self, key: ContactKey, contact: Contact, first: Part, connection: Connection, http: Http
    ) -> Opened:
        known = self.contacts.get(key.encode())
        if known is None:
            known = self.contacts[key.encode()] = f"conversation-{len(self.opened) + 1}"
            self.opened.append(known)
        return Opened(conversation=Conversation(external_id=known))

    def deliver_file(
        self, part: Part, data: IO[bytes], conversation: Conversation, connection: Connection, http: Http
    ) -> Delivered:
        self.streams.append(data)
        delivered = self.deliver(part, conversation, connection, http)
        self.files.append(data.read())
        return delivered


@dataclass
class Scene:
    archive: Archive = field(default_factory=Archive)
    sent: int = 0

    def __post_init__(self) -> None:
        self.bridge = Bridge(Pigeon(), self.archive)

    def customer_sends(self, name: str, data: bytes) -> None:
        """A file that is at our place already."""
        self.sent += 1
        url = f"{PUBLIC}/media/{self.sent}/{name}"
        self.bridge.media.files[url] = data
        file = Attachment(kind=AttachmentKind.FILE, url=url, name=name, size=len(data), hosted=True)
        event = message_event(self.bridge.messenger, "asa", name, "", "pigeon-1", self.bridge.time.now())
        self.bridge.queue.send([replace(event, message=replace(event.message, content=(file,)))])

    @property
    def outcomes(self) -> list[Outcome | None]:
        return [delivery.outcome for delivery in self.bridge.ledger.deliveries.values()]


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_the_file_arrives_whole_between_the_texts_around_it(scene: Scene) -> None:
    assert isinstance(scene.archive, InlinesAttachments)
    scene.bridge.customer_writes("look:")
    scene.customer_sends("plan.pdf", b"%PDF-1.7")
    scene.bridge.customer_writes("there")
    scene.bridge.settle()
    assert scene.archive.threads == {"conversation-1": ["look:", "<file plan.pdf>", "there"]}
    assert scene.archive.files == [b"%PDF-1.7"]


def test_a_new_attempt_reads_the_file_from_its_beginning_and_leaves_none_open(scene: Scene) -> None:
    scene.archive.faults.extend([Fault.BUSY, Fault.BUSY])
    scene.customer_sends("plan.pdf", b"%PDF-1.7")
    scene.bridge.settle()
    scene.customer_sends("photo.png", b"\x89PNG")
    scene.bridge.settle()
    assert scene.archive.files == [b"%PDF-1.7", b"\x89PNG"]
    assert all(stream.closed for stream in scene.archive.streams)


def test_a_file_for_a_conversation_that_has_ended_goes_into_the_new_one(scene: Scene) -> None:
    scene.bridge.customer_writes("hello")
    scene.bridge.settle()
    scene.archive.close("conversation-1")
    scene.archive.faults.append(Fault.GONE)
    scene.customer_sends("plan.pdf", b"%PDF-1.7")
    scene.bridge.settle()
    assert scene.archive.files == [b"%PDF-1.7"]
    assert scene.archive.threads["conversation-2"] == ["<file plan.pdf>"]


def test_a_file_that_is_not_kept_any_more_fails_for_good_and_the_next_message_goes_on(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(attachment: Attachment) -> IO[bytes]:
        raise MediaRefused("the attachment was deleted after its retention time")

    monkeypatch.setattr(type(scene.bridge.media), "open", lambda _, attachment: refuse(attachment))
    scene.customer_sends("plan.pdf", b"%PDF-1.7")
    scene.bridge.customer_writes("hello?")
    scene.bridge.settle()
    assert scene.archive.everything() == ["hello?"]
    assert scene.outcomes == [Outcome.DEAD_LETTERED, Outcome.DELIVERED]
