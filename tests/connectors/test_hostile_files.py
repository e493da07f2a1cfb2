"""What becomes of files that are not what they seem: in the web chat, and from every service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from patchbay.aws.net.download import Downloader
from patchbay.aws.net.http import RequestsHttp
from patchbay.aws.stores.media import S3Media
from patchbay.bridge.ports import Media
from patchbay.domain.errors import MediaUnsafe
from patchbay.domain.hazards import Hazard
from patchbay.domain.model import Attachment, AttachmentKind
from patchbay.kit.contract import HttpRequest
from tests.aws import aws
from tests.aws.servers import reply, serving
from tests.harness.fakes.chats import WebChat, write_static
from tests.harness.fakes.media import MemoryMedia
from tests.harness.hostile_files import CASES, HONEST, Case

MB = 1_000_000


def test_there_are_enough_of_them() -> None:
    assert len(CASES) >= 40
    assert len({case.title for case in CASES + HONEST}) == len(CASES + HONEST)


@pytest.mark.parametrize("case", CASES + HONEST, ids=str)
def test_in_the_web_chat(tmp_path: Path, case: Case) -> None:
    """It is refused in words, before or after the upload, or kept as what it is; nothing of a refused one is left."""
    web = WebChat(write_static(tmp_path))
    browser = web.browser()
    chat = browser.start()
    about = {"name": case.name, "size": len(case.content), "type": case.declared}
    answer = browser.call("POST", f"chats/{chat}/uploads", about)
    if answer.status == 201:
        assert web.files.take(answer.json["fields"], case.content)
        assert not [key for key in web.files.objects if web.files.served(key)]
        answer = browser.post(chat, upload=answer.json["upload"])
    if isinstance(case.web, str):
        assert (answer.status, answer.code) == (415, case.web)
        assert len(answer.json["error"]["message"]) > 20
        assert web.files.objects == {}
        assert browser.texts(chat) == []
        assert web.bridge.notes == []
        return
    assert answer.status == 201, answer.body
    (key,) = web.files.objects
    assert web.files.served(key)
    shown = answer.json["attachment"]
    assert (shown["name"], shown["type"], web.files.objects[key].content_type) == (*case.web, case.web[1])
    assert key.endswith(f"/{case.web[0]}")


@pytest.fixture(scope="module", params=aws.PLACES)
def media(request: pytest.FixtureRequest) -> Iterator[Media]:
    if request.param == "memory":
        yield MemoryMedia(RequestsHttp(local=True))
        return
    with aws.provided(request) as cloud:
        yield S3Media(lambda: cloud.s3, aws.BUCKET, "https://bridge.test", Downloader(local=True))


@pytest.mark.parametrize("case", CASES + HONEST, ids=str)
def test_from_a_service(media: Media, case: Case) -> None:
    attachment = Attachment(kind=AttachmentKind.FILE, url="", name=case.name, content_type=case.declared)
    with serving(reply(case.content)) as port:
        request = HttpRequest(method="GET", url=f"http://127.0.0.1:{port}/files/7", timeout=5)
        if isinstance(case.service, Hazard):
            with pytest.raises(MediaUnsafe) as refusal:
                media.host(attachment, request, 5 * MB)
            assert refusal.value.hazard is case.service
            return
        hosted = media.host(attachment, request, 5 * MB)
    assert (hosted.name, hosted.content_type, hosted.size) == (*case.service, len(case.content))
    with media.open(hosted) as stored:
        assert stored.read() == case.content
