"""What every store of files does, in memory, in S3 as moto plays it, and on the local AWS."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from patchbay.contract import HttpRequest
from patchbay.errors import MediaRefused
from patchbay.infra.download import Downloader
from patchbay.infra.http import RequestsHttp
from patchbay.infra.media import S3Media
from patchbay.model import Attachment, AttachmentKind
from patchbay.ports import Media
from tests.fakes.media import MemoryMedia
from tests.infra import aws
from tests.infra.servers import reply, serving

PNG = b"\x89PNG\r\n\x1a\n" + bytes(5000)
PICTURE = Attachment(
    kind=AttachmentKind.IMAGE,
    url="https://messenger.test/p",
    name="cat.png",
    content_type="image/png",
    caption="look",
    protected=True,
)


@pytest.fixture(params=aws.PLACES)
def media(request: pytest.FixtureRequest) -> Iterator[Media]:
    if request.param == "memory":
        yield MemoryMedia(RequestsHttp(local=True))
        return
    with aws.provided(request) as cloud:
        yield S3Media(lambda: cloud.s3, aws.BUCKET, "https://bridge.test", Downloader(local=True))


def fetch(port: int) -> HttpRequest:
    return HttpRequest(method="GET", url=f"http://127.0.0.1:{port}/files/cat.png", timeout=5)


def test_a_file_is_copied_with_all_that_is_known_of_it(media: Media) -> None:
    with serving(reply(PNG, headers={"Content-Type": "image/png"})) as port:
        hosted = media.host(PICTURE, fetch(port), 10_000)
    assert (hosted.kind, hosted.name, hosted.content_type) == (AttachmentKind.IMAGE, "cat.png", "image/png")
    assert (hosted.size, hosted.caption, hosted.hosted, hosted.protected) == (len(PNG), "look", True, False)
    assert hosted.url
    assert hosted.url.startswith("https://bridge.test/media/")
    assert hosted.url.endswith("/cat.png")
    with media.open(hosted) as stream:
        assert stream.read() == PNG


def test_two_copies_have_two_addresses(media: Media) -> None:
    with serving(reply(PNG)) as port:
        assert media.host(PICTURE, fetch(port), 10_000).url != media.host(PICTURE, fetch(port), 10_000).url


def test_a_file_that_is_too_large_is_refused(media: Media) -> None:
    with serving(reply(PNG)) as port, pytest.raises(MediaRefused, match="large"):
        media.host(PICTURE, fetch(port), 1000)


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_file_that_is_gone_is_refused(media: Media, status: int) -> None:
    with serving(reply(b"", status=status)) as port, pytest.raises(MediaRefused):
        media.host(PICTURE, fetch(port), 10_000)


def test_an_erased_file_is_gone_and_may_be_erased_again(media: Media) -> None:
    with serving(reply(PNG)) as port:
        hosted = media.host(PICTURE, fetch(port), 10_000)
    media.erase(hosted)
    media.erase(hosted)
    with pytest.raises(MediaRefused):
        media.open(hosted)
