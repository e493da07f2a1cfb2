"""Files that a service of AWS puts into the owner's bucket itself: examined there, and served like all others."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from patchbay.aws.net.download import Downloader
from patchbay.aws.stores.media import S3Media
from patchbay.bridge.ports import Media
from patchbay.domain.errors import MediaMissing, MediaRefused, MediaUnsafe, Transient, Uncertain
from patchbay.domain.model import Attachment, AttachmentKind
from patchbay.kit.contract import Http, HttpRequest, HttpResponse, IncomingFile
from tests.aws import aws
from tests.harness.fakes.media import PUBLIC, MemoryMedia
from tests.harness.recording import working

PNG = b"\x89PNG\r\n\x1a\n" + bytes(5000)
PICTURE = Attachment(kind=AttachmentKind.IMAGE, url="whatsapp:1", content_type="image/png", protected=True)
REQUEST = HttpRequest(
    method="POST",
    url="/v1/whatsapp/media/get",
    aws_service="social-messaging",
    json={"mediaId": "1", "destinationS3File": IncomingFile(lambda at: {"bucketName": at.bucket, "key": at.key})},
)


@dataclass
class Service(Http):
    """Puts `content` where it is told to, with `suffix` added to the key, and answers."""

    put: Callable[[str, str, bytes], object] = lambda bucket, key, content: None
    content: bytes | None = PNG
    suffix: str = ""
    answer: HttpResponse = HttpResponse(status=200, body=b'{"mimeType":"image/png","fileSize":5008}')
    cut: bool = False
    asked: list[HttpRequest] = field(default_factory=list)

    def send(self, request: HttpRequest) -> HttpResponse:
        self.asked.append(request)
        told = json.loads(json.dumps(request.json))["destinationS3File"]
        if self.answer.ok and self.content is not None:
            self.put(told["bucketName"], told["key"] + self.suffix, self.content)
        if self.cut:
            raise Uncertain("the connection broke before the answer")
        return self.answer


@dataclass
class Store:
    media: Media
    service: Service
    keys: Callable[[], list[str]]  #: of what lies in the bucket
    content_type_of: Callable[[str], str]


@pytest.fixture(params=aws.PLACES)
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    service = Service()
    if request.param == "memory":
        memory = MemoryMedia(service)
        service.put = memory.write_place
        yield Store(memory, service, lambda: list(memory.bucket), lambda key: memory.types[f"{PUBLIC}/{key}"])
        return
    with aws.provided(request) as cloud:
        service.put = lambda bucket, key, content: cloud.s3.put_object(Bucket=bucket, Key=key, Body=content)
        media = S3Media(lambda: cloud.s3, aws.BUCKET, "https://bridge.test", Downloader(local=True), http=service)

        def list_incoming() -> list[str]:
            found = cloud.s3.list_objects_v2(Bucket=aws.BUCKET, Prefix="incoming/").get("Contents", [])
            return [item["Key"] for item in found]

        def read_type(key: str) -> str:
            return cloud.s3.head_object(Bucket=aws.BUCKET, Key=key)["ContentType"]

        yield Store(media, service, list_incoming, read_type)


@pytest.mark.parametrize("suffix", ["", "1234567890.png"], ids=["as told", "with the service's own ending"])
def test_a_file_that_the_service_has_put_there_is_served_like_any_other(store: Store, suffix: str) -> None:
    store.service.suffix = suffix
    token = store.media.reserve()
    hosted = store.media.host(PICTURE, REQUEST, 10_000, token)
    assert (hosted.kind, hosted.content_type, hosted.size) == (AttachmentKind.IMAGE, "image/png", len(PNG))
    assert (hosted.hosted, hosted.protected) == (True, False)
    assert str(hosted.url).startswith(f"https://bridge.test/media/{token}/")
    with store.media.open(hosted) as stream:
        assert stream.read() == PNG
    place = store.media.locate(hosted)
    assert (place.bucket, place.key) == (aws.BUCKET, f"media/{token}/{hosted.name}")
    assert store.keys() == []


def test_it_never_lies_where_files_are_served_before_it_was_examined(store: Store) -> None:
    store.media.host(PICTURE, REQUEST, 10_000)
    (asked,) = store.service.asked
    told = json.loads(json.dumps(asked.json))["destinationS3File"]
    assert told["key"].startswith("incoming/")
    assert told["bucketName"] == aws.BUCKET


def test_what_is_no_picture_is_none_whatever_was_said(store: Store) -> None:
    store.service.content = b"%PDF-1.7"
    hosted = store.media.host(PICTURE, REQUEST, 10_000)
    assert (hosted.kind, hosted.content_type) == (AttachmentKind.FILE, "application/pdf")


def test_a_program_is_refused_and_does_not_stay(store: Store) -> None:
    store.service.content = b"MZ\x90\x00" + bytes(200)
    with pytest.raises(MediaUnsafe):
        store.media.host(Attachment(kind=AttachmentKind.FILE, url="x", name="setup.exe"), REQUEST, 10_000)
    assert store.keys() == []


def test_a_file_that_is_too_large_is_refused_and_does_not_stay(store: Store) -> None:
    with pytest.raises(MediaRefused, match="large"):
        store.media.host(PICTURE, REQUEST, 1000)
    assert store.keys() == []


def test_an_empty_file_is_a_file(store: Store) -> None:
    store.service.content = b""
    hosted = store.media.host(Attachment(kind=AttachmentKind.FILE, url="x", name="z.pdf"), REQUEST, 10_000)
    assert (hosted.name, hosted.size) == ("z.pdf", 0)


@pytest.mark.parametrize(
    ("status", "failure"),
    [(404, MediaMissing), (403, MediaRefused), (400, MediaRefused), (429, Transient), (502, Transient)],
)
def test_a_refusal_means_what_it_means_for_a_download(store: Store, status: int, failure: type[Exception]) -> None:
    store.service.answer = HttpResponse(status=status)
    with pytest.raises(failure):
        store.media.host(PICTURE, REQUEST, 10_000)


def test_a_lost_answer_is_asked_for_again(store: Store) -> None:
    store.service.cut = True
    with pytest.raises(Transient):
        store.media.host(PICTURE, REQUEST, 10_000)
    assert store.keys() == []


def test_a_file_that_is_not_there_yet_is_asked_for_again(store: Store) -> None:
    store.service.content = None
    with pytest.raises(Transient, match="not stored"):
        store.media.host(PICTURE, REQUEST, 10_000)


def test_what_is_not_hosted_lies_nowhere(store: Store) -> None:
    with pytest.raises(MediaRefused):
        store.media.locate(PICTURE)


def test_a_file_is_lent_as_another_type_in_a_copy(store: Store) -> None:
    """WhatsApp plays a voice message only if its type names the codec, which no file of ours is stored with."""
    hosted = store.media.host(PICTURE, REQUEST, 10_000)
    with working("dispatcher"):  # a connector asks, while the dispatcher delivers
        place = store.media.locate(hosted, "image/png; codecs=none")
    assert place.key.startswith("incoming/")
    assert store.content_type_of(place.key) == "image/png; codecs=none"
    assert store.media.locate(hosted, "image/png").key.startswith("media/")
    with store.media.open(hosted) as stream:
        assert stream.read() == PNG
