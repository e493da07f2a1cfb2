"""Attachments from strangers' addresses into our store and out again: large files."""

from __future__ import annotations

import random
import re
import socket
from urllib.parse import unquote

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError
from hypothesis import given
from hypothesis import strategies as st

from patchbay.aws.files.recognition import read_disposition
from patchbay.aws.net.http import RequestsHttp
from patchbay.aws.stores.media import S3Media
from patchbay.aws.stores.stored_files import disposition
from patchbay.domain.errors import MediaRefused, MediaUnsafe, Transient
from patchbay.domain.hazards import Hazard
from patchbay.domain.model import Attachment, AttachmentKind
from patchbay.kit.contract import HttpRequest, Upload
from tests.aws import aws
from tests.aws.media.scene import MB, PICTURE, PNG, _get
from tests.aws.servers import reply, serving
from tests.harness.hostile_files import DOCX, MAINS, make_office, make_ole, make_zip

LARGE = random.Random(1).randbytes(1_500_000)  #: does not get smaller in an archive


def _list(cloud: aws.Aws) -> list[str]:
    return [one["Key"] for one in cloud.s3.list_objects_v2(Bucket=aws.BUCKET).get("Contents", [])]


def test_a_large_document_is_served_only_after_all_of_it_was_seen(cloud: aws.Aws, media: S3Media) -> None:
    content = make_office(MAINS[DOCX], {"word/media/photo.jpg": LARGE})
    attachment = Attachment(kind=AttachmentKind.FILE, url="", name="a.docx", content_type=DOCX)
    with serving(reply(content)) as port:
        hosted = media.host(attachment, _get(port), 3 * MB)
    assert (hosted.name, hosted.content_type, hosted.size) == ("a.docx", DOCX, len(content))
    assert media.open(hosted).read() == content
    (key,) = _list(cloud)
    assert key.startswith("media/")
    assert [call for call in cloud.calls if call in {"CopyObject", "PutObject", "DeleteObject"}] == [
        "PutObject",
        "CopyObject",
        "DeleteObject",
    ]


@pytest.mark.parametrize(
    ("content", "hazard"),
    [
        (make_office(MAINS[DOCX], {"word/media/photo.jpg": LARGE, "word/vbaProject.bin": b"x"}), Hazard.MACROS),
        (make_zip({"photo.jpg": LARGE, "run.exe": b"x"}), Hazard.ARCHIVE),
        (make_ole("WordDocument", more=LARGE + "_VBA_PROJECT".encode("utf-16-le")), Hazard.MACROS),
    ],
    ids=["a document", "an archive", "an old document"],
)
def test_a_large_file_that_is_refused_leaves_nothing(
    cloud: aws.Aws, media: S3Media, content: bytes, hazard: Hazard
) -> None:
    attachment = Attachment(kind=AttachmentKind.FILE, url="", name="a.docx", content_type=DOCX)
    with serving(reply(content)) as port, pytest.raises(MediaUnsafe) as refusal:
        media.host(attachment, _get(port), 3 * MB)
    assert refusal.value.hazard is hazard
    assert _list(cloud) == []


def test_a_large_text_with_a_nul_at_its_end_is_no_text(cloud: aws.Aws, media: S3Media) -> None:
    attachment = Attachment(kind=AttachmentKind.FILE, url="", name="a.txt", content_type="text/plain")
    with serving(reply(b"words " * 300_000 + b"\0")) as port:
        hosted = media.host(attachment, _get(port), 3 * MB)
    (key,) = _list(cloud)
    head = cloud.s3.head_object(Bucket=aws.BUCKET, Key=key)
    assert (hosted.content_type, head["ContentType"]) == ("application/octet-stream", "application/octet-stream")
    assert head["ContentDisposition"].startswith("attachment")


def test_a_file_whose_retention_has_ended_is_refused(cloud: aws.Aws, media: S3Media) -> None:
    with serving(reply(PNG)) as port:
        hosted = media.host(PICTURE, _get(port), MB)
    (stored,) = cloud.s3.list_objects_v2(Bucket=aws.BUCKET)["Contents"]
    cloud.s3.delete_object(Bucket=aws.BUCKET, Key=stored["Key"])
    with pytest.raises(MediaRefused, match="retention"):
        media.open(hosted)
    with pytest.raises(MediaRefused, match="not stored"):
        media.open(PICTURE)


def test_a_store_that_does_not_answer_is_asked_again(media: S3Media, monkeypatch: pytest.MonkeyPatch) -> None:
    hosted = Attachment(kind=AttachmentKind.FILE, url=f"https://bridge.test/media/{'t' * 43}/a.pdf", hosted=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        away = boto3.client("s3", region_name=aws.REGION, endpoint_url=f"http://127.0.0.1:{probe.getsockname()[1]}")
        monkeypatch.setattr(media, "_s3", lambda: away)
        with pytest.raises(Transient, match="the file store"):
            media.open(hosted)


class _Broken:
    """S3's answer, which breaks off."""

    def get_object(self, **_: str) -> dict[str, object]:
        return {"Body": self}

    def read(self, amount: int | None) -> bytes:
        raise ReadTimeoutError(endpoint_url="https://s3.test", error="timed out")

    def close(self) -> None:
        """Nothing is open."""


@pytest.mark.parametrize("breaks", [True, False], ids=["breaks off", "is shorter than was said"])
def test_a_copy_that_cannot_be_read_whole_leaves_no_doubt(
    media: S3Media, breaks: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service gets less than was announced, so it cannot act on it."""
    with serving(reply(PNG)) as port:
        hosted = media.host(PICTURE, _get(port), MB)
    if breaks:
        monkeypatch.setattr(media, "_s3", _Broken)
    with serving(reply(b"{}")) as port, media.open(hosted) as stored:
        upload = Upload(field_name="f", name="a", content_type="image/png", size=len(PNG) + 1, stream=stored)
        request = HttpRequest(method="POST", url=f"http://127.0.0.1:{port}/", upload=upload, timeout=5)
        with pytest.raises(Transient, match="the stored copy"):
            RequestsHttp(local=True).send(request)


SHOWN = ("image/jpeg", "image/png", "image/gif", "image/webp", "video/mp4", "video/webm", "audio/webm", "audio/mpeg")


@pytest.mark.parametrize(
    ("content_type", "shown"),
    [
        *((one, True) for one in (*SHOWN, "audio/ogg", "audio/mp4", "application/pdf")),
        ("Video/MP4; codecs=avc1", True),
        ("image/svg+xml", False),
        ("image/svg+xml; charset=utf-8", False),
        ("IMAGE/SVG+XML", False),
        ("image/png, text/html", False),
        ("text/html", False),
        ("text/plain", False),
        ("text/xml", False),
        ("application/xhtml+xml", False),
        ("image/bmp", False),
        ("image/tiff", False),
        ("audio/aac", False),
        ("image/x-unheard-of", False),
        ("application/octet-stream", False),
        ("", False),
    ],
)
def test_only_known_kinds_of_media_are_shown_in_the_browser(content_type: str, shown: bool) -> None:
    assert disposition("a", content_type).startswith("inline" if shown else "attachment")


odd_names = st.text(
    st.sampled_from('"\r\n;=-./\\% äЖ契😀\u202e') | st.characters(codec="utf-8"), min_size=1, max_size=60
)


@given(odd_names)
def test_the_header_of_a_file_is_one_line_of_ascii_that_says_its_name(name: str) -> None:
    header = disposition(name, "application/pdf")
    shown, _, encoded = header.partition("filename*=UTF-8''")
    assert shown == "inline; "
    assert re.fullmatch(r"[A-Za-z0-9%_.~-]+", encoded)
    assert unquote(encoded) == name
    assert read_disposition(header) == name
