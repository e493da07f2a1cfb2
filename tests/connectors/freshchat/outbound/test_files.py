"""Files."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import IO

import pytest

from patchbay.domain.errors import (
    Transient,
)
from patchbay.domain.model import (
    Attachment,
    AttachmentKind,
    Location,
    Message,
    Text,
)
from patchbay.kit.capabilities import Capabilities
from patchbay.kit.contract import Connector, FilePlace
from patchbay.kit.fallbacks import render
from patchbay.kit.lookups import UncertainSend
from patchbay.platforms.freshchat import CONNECTOR
from playground.simulator import Fault
from tests.connectors.freshchat.outbound.scene import ASA, CUSTOMER, HOST, World
from tests.harness.fakes.recording_http import RecordingHttp

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


class Files:
    """Every hosted file holds the same bytes."""

    def open(self, attachment: Attachment) -> IO[bytes]:
        assert attachment.hosted
        return io.BytesIO(PNG)

    def locate(self, attachment: Attachment, content_type: str = "") -> FilePlace:
        raise AssertionError("Freshchat is sent the bytes")


def hosted(kind: AttachmentKind, name: str, content_type: str) -> Attachment:
    url = f"https://bridge.test/media/1/{name}"
    return Attachment(kind=kind, url=url, name=name, content_type=content_type, size=len(PNG), hosted=True)


IMAGE = hosted(AttachmentKind.IMAGE, "photo.png", "image/png")
PDF = hosted(AttachmentKind.FILE, "Rechnung März.pdf", "application/pdf")


def upload(world: World, attachment: Attachment) -> Attachment:
    return CONNECTOR.upload_attachment(attachment, Files(), world.connection, world.http)


@pytest.mark.parametrize("field", ["image", "file"])
def test_a_picture_is_uploaded_whichever_field_the_account_wants(world: World, field: str) -> None:
    world.desk.quirks.image_field = field
    conversation = world.open()
    uploaded = upload(world, IMAGE)
    world.deliver(conversation, world.part(content=uploaded))
    [part] = world.seen(conversation).messages[-1].message_parts
    assert part == {"image": {"url": uploaded.external_id}}
    assert HOST in uploaded.external_id
    [file] = world.desk.files.values()
    assert file.data == PNG


@pytest.mark.parametrize("nested", [True, False])
def test_a_file_is_uploaded_and_posted_by_its_hash(world: World, nested: bool) -> None:
    world.desk.quirks.nested_uploads = nested
    conversation = world.open()
    posted = world.part(content=upload(world, PDF))
    world.deliver(conversation, posted)
    [part] = world.seen(conversation).messages[-1].message_parts
    [(key, file)] = world.desk.files.items()
    assert part["file"]["file_hash"] == key
    assert part["file"]["name"] == "Rechnung März.pdf"
    assert part["file"]["file_size_in_bytes"] == len(PNG) == len(file.data)
    since = world.time.now() - timedelta(seconds=1)
    assert CONNECTOR.look_up_delivery(posted, UncertainSend(since=since), conversation, world.connection, world.http)
    twin = world.part(content=upload(world, PDF))  # the same file, sent on purpose once more
    assert (
        CONNECTOR.look_up_delivery(twin, UncertainSend(since=since), conversation, world.connection, world.http) is None
    )


@pytest.mark.parametrize("attachment", [IMAGE, PDF])
@pytest.mark.parametrize("status", [400, 413, 415])
def test_a_file_that_freshchat_does_not_take_goes_by_our_address(
    world: World, attachment: Attachment, status: int
) -> None:
    conversation = world.open()
    world.desk.fail_next(Fault(status=status, where="upload", times=2))
    world.deliver(conversation, world.part(content=upload(world, attachment)))
    [part] = world.seen(conversation).messages[-1].message_parts
    assert next(iter(part.values()))["url"] == attachment.url


@pytest.mark.parametrize("fault", [Fault(status=500), Fault(lost=True), Fault(refused=True)])
def test_an_upload_may_simply_be_repeated(world: World, fault: Fault) -> None:
    world.desk.fail_next(fault)
    with pytest.raises(Transient):
        upload(world, PDF)


def test_a_picture_that_freshchat_cannot_fetch_is_posted_as_a_file(world: World) -> None:
    conversation = world.open()
    world.desk.quirks.unreadable_images = 1
    world.deliver(conversation, world.part(content=IMAGE))
    [part] = world.seen(conversation).messages[-1].message_parts
    assert part["file"]["url"] == IMAGE.url


def test_a_first_message_may_be_a_picture_that_goes_as_a_file(world: World) -> None:
    world.desk.quirks.unreadable_images = 1
    opened = world.begin(ASA, world.part(content=IMAGE))
    assert opened.delivered is not None
    assert "file" in world.seen(opened.conversation).messages[0].message_parts[0]


@pytest.mark.parametrize(
    "answer",
    [
        {"fileHash": "h", "fileSize": 9},
        {"data": {"hash": "h", "size": "9"}},
        {"file": {"file_hash": "h", "file_size": 9}, "name": None},
        {"file_hash": "h", "file_size_in_bytes": 9, "url": "https://x"},
    ],
)
def test_uploads_answer_in_many_shapes(world: World, answer: dict[str, object]) -> None:
    uploaded = CONNECTOR.upload_attachment(PDF, Files(), world.connection, RecordingHttp(answer))
    assert (uploaded.external_id, uploaded.size, uploaded.name) == ("h", 9, PDF.name)


def test_every_kind_of_content_reaches_the_desk_after_fitting(world: World) -> None:
    connector: Connector = CONNECTOR
    capabilities: Capabilities = connector.capabilities
    audio = hosted(AttachmentKind.AUDIO, "voice.mp3", "audio/mpeg")
    content = (Text(text="x" * 9000), audio, Location(latitude=59.3, longitude=18.1))
    message = Message(external_id="m", sender=CUSTOMER, content=content, sent_at=world.time.now())
    conversation = world.open()
    parts = render(message, capabilities, "e", world.time.now()).parts
    for part in parts:
        world.deliver(conversation, part)
    kinds = [next(iter(message.message_parts[0])) for message in world.seen(conversation).messages[1:]]
    assert kinds == ["text", "text", "text", "file", "text"]
    assert "maps.google.com" in world.texts(conversation)[-1]


def test_the_token_goes_to_the_apis_own_host_alone(world: World) -> None:
    def headers(url: str) -> dict[str, str]:
        attachment = Attachment(kind=AttachmentKind.FILE, url=url, protected=True)
        return dict(CONNECTOR.make_download_request(attachment, world.connection).headers)

    token = world.connection.secrets.get("api_token")
    assert headers(f"https://{HOST}/files/1/a") == {"Authorization": f"Bearer {token}"}
    for url in (
        "https://s3.amazonaws.com/a",
        f"http://{HOST}/files/1/a",
        f"https://{HOST}:8443/a",
        f"https://{HOST}.evil.example/a",
        f"https://evil.example/?{HOST}",
        "https://[broken",
    ):
        assert headers(url) == {}
