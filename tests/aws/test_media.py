"""Attachments from strangers' addresses into our store and out again."""

from __future__ import annotations

import gzip
import random
import re
import socket
import time
import tracemalloc
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from urllib.parse import unquote

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError
from hypothesis import given
from hypothesis import strategies as st

from patchbay.aws.files.recognition import read_disposition
from patchbay.aws.net import download
from patchbay.aws.net.download import Downloader
from patchbay.aws.net.http import RequestsHttp
from patchbay.aws.stores.media import S3Media
from patchbay.aws.stores.stored_files import disposition
from patchbay.domain.errors import MediaRefused, MediaUnsafe, Transient
from patchbay.domain.hazards import Hazard
from patchbay.domain.model import Attachment, AttachmentKind
from patchbay.kit.contract import HttpRequest, Upload
from tests.aws import aws
from tests.aws.servers import Answer, reply, serving
from tests.harness.hostile_files import DOCX, MAINS, make_office, make_ole, make_zip

PNG = b"\x89PNG\r\n\x1a\n" + bytes(5000)
PICTURE = Attachment(kind=AttachmentKind.IMAGE, url="https://messenger.test/p", caption="look", protected=True)
MB = 1_000_000


@pytest.fixture
def cloud() -> Iterator[aws.Aws]:
    with aws.running() as running:
        yield running


@pytest.fixture
def media(cloud: aws.Aws) -> S3Media:
    return S3Media(lambda: cloud.s3, aws.BUCKET, "https://bridge.test", Downloader(local=True))


def _get(port: int, path: str = "/files/picture?sig=secret", **headers: str) -> HttpRequest:
    return HttpRequest(method="GET", url=f"http://127.0.0.1:{port}{path}", headers=headers, timeout=5)


def test_a_picture_is_kept_with_what_it_is_and_read_again(cloud: aws.Aws, media: S3Media) -> None:
    with serving(reply(PNG, headers={"Content-Type": "binary/octet-stream"})) as port:
        hosted = media.host(PICTURE, _get(port), MB)
    assert (hosted.hosted, hosted.protected, hosted.caption) == (True, False, "look")
    assert (hosted.name, hosted.content_type, hosted.size) == ("picture.png", "image/png", len(PNG))
    assert hosted.url is not None
    assert hosted.url.startswith("https://bridge.test/media/")
    assert hosted.url.endswith("/picture.png")
    assert media.open(hosted).read() == PNG
    (stored,) = cloud.s3.list_objects_v2(Bucket=aws.BUCKET)["Contents"]
    head = cloud.s3.head_object(Bucket=aws.BUCKET, Key=stored["Key"])
    assert head["ContentType"] == "image/png"
    assert head["ContentDisposition"] == "inline; filename*=UTF-8''picture.png"


def test_names_in_any_script_lead_back_to_the_file(media: S3Media) -> None:
    attachment = Attachment(kind=AttachmentKind.FILE, url="", name="契約書 (1).pdf")
    with serving(reply(b"%PDF-1.7 ...")) as port:
        hosted = media.host(attachment, _get(port), MB)
    assert hosted.name == "契約書 (1).pdf"
    assert hosted.url is not None
    assert hosted.url.isascii()
    assert media.open(hosted).read() == b"%PDF-1.7 ..."


def test_two_copies_of_one_file_have_addresses_that_cannot_be_guessed(media: S3Media) -> None:
    with serving(reply(PNG)) as port:
        urls = {media.host(PICTURE, _get(port), MB).url for _ in range(2)}
    assert len(urls) == 2
    for url in urls:
        assert url is not None
        assert len(url.split("/")[4]) == 43


def test_a_file_whose_size_is_announced_too_large_is_refused(cloud: aws.Aws, media: S3Media) -> None:
    with serving(reply(PNG)) as port, pytest.raises(MediaRefused, match="larger"):
        media.host(PICTURE, _get(port), 1000)
    assert "Contents" not in cloud.s3.list_objects_v2(Bucket=aws.BUCKET)


def test_a_file_that_does_not_say_how_large_it_is_is_cut_off(cloud: aws.Aws, media: S3Media) -> None:
    with serving(reply(PNG + bytes(12 * MB), length=False)) as port, pytest.raises(MediaRefused, match="10 MB"):
        media.host(PICTURE, _get(port), 10 * MB)
    assert "Contents" not in cloud.s3.list_objects_v2(Bucket=aws.BUCKET)
    assert "Uploads" not in cloud.s3.list_multipart_uploads(Bucket=aws.BUCKET)


def test_a_compressed_answer_is_measured_as_what_it_becomes(media: S3Media) -> None:
    bomb = gzip.compress(PNG + bytes(30 * MB))
    with (
        serving(reply(bomb, headers={"Content-Encoding": "gzip"})) as port,
        pytest.raises(MediaRefused, match="larger"),
    ):
        media.host(PICTURE, _get(port), MB)


def test_fifty_megabytes_pass_in_small_memory(media: S3Media, monkeypatch: pytest.MonkeyPatch) -> None:
    size, sent = 50 * MB, 0

    def answer(handler: BaseHTTPRequestHandler) -> None:
        nonlocal sent
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(b"\x00\x00\x00\x20ftypisom")
        sent = 12
        while sent < size:
            sent += handler.wfile.write(bytes(min(65536, size - sent)))
        handler.close_connection = True

    counting = _CountingStore()
    film = Attachment(kind=AttachmentKind.VIDEO, url="", name="film.mp4")
    monkeypatch.setattr(media, "_s3", lambda: counting.client)
    with serving(answer) as port, counting:
        tracemalloc.start()
        hosted = media.host(film, _get(port), size)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert hosted.size == size == counting.received
    assert hosted.content_type == "video/mp4"
    assert peak < 25 * MB


class _CountingStore:
    """S3's multipart protocol on a server that counts and forgets, so that memory shows what the client holds."""

    def __init__(self) -> None:
        self.received = 0

    def __enter__(self) -> None:
        import boto3
        from botocore.config import Config

        self._serving = serving(self._answer)
        port = self._serving.__enter__()
        # moto answers every address but ours; a checksum header keeps the body as it is on the wire.
        self.client = boto3.client(
            "s3",
            region_name=aws.REGION,
            endpoint_url=f"http://127.0.0.1:{port}",
            config=Config(request_checksum_calculation="when_required"),
        )

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self._serving.__exit__(None, None, None)

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        left = int(handler.headers.get("Content-Length", "0"))
        if handler.command == "PUT":
            self.received += left
        if handler.headers.get("Expect"):
            handler.send_response_only(100)
            handler.end_headers()
        while left:
            left -= len(handler.rfile.read(min(left, 65536)))
        body = b""
        if handler.command == "POST":
            root = "InitiateMultipartUploadResult" if "uploads" in handler.path else "CompleteMultipartUploadResult"
            body = f"<{root}><UploadId>u1</UploadId></{root}>".encode()
        handler.send_response(200)
        handler.send_header("ETag", '"e"')
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_a_file_that_is_gone_or_forbidden_is_refused(media: S3Media, status: int) -> None:
    with serving(reply(b"no", status)) as port, pytest.raises(MediaRefused, match=str(status)):
        media.host(PICTURE, _get(port), MB)


def test_a_busy_service_is_asked_again_when_it_says(media: S3Media) -> None:
    with serving(reply(b"", 503, {"Retry-After": "20"})) as port, pytest.raises(Transient) as failure:
        media.host(PICTURE, _get(port), MB)
    assert failure.value.retry_after == 20


def test_a_download_that_breaks_off_is_tried_again(media: S3Media) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "90000")
        handler.end_headers()
        handler.wfile.write(PNG)
        handler.close_connection = True

    with serving(answer) as port, pytest.raises(Transient):
        media.host(PICTURE, _get(port), MB)


def test_a_download_that_drips_is_given_up(media: S3Media, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "MOST_SECONDS", 0.2)

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        started = time.monotonic()
        try:
            while time.monotonic() - started < 5:
                handler.wfile.write(bytes(1024))
        except OSError:
            handler.close_connection = True

    with serving(answer) as port, pytest.raises(Transient, match="too slow"):
        media.host(PICTURE, _get(port), 10**12)


def test_a_page_that_comes_instead_of_a_picture_is_refused(media: S3Media) -> None:
    with serving(reply(b"<!doctype html><title>Log in</title>")) as port, pytest.raises(MediaRefused, match="page"):
        media.host(PICTURE, _get(port), MB)


def test_a_page_that_is_meant_as_a_file_is_refused_and_not_stored(cloud: aws.Aws, media: S3Media) -> None:
    attachment = Attachment(kind=AttachmentKind.FILE, url="", name="offer.html")
    with serving(reply(b"<!doctype html><script>1</script>")) as port, pytest.raises(MediaUnsafe) as refusal:
        media.host(attachment, _get(port), MB)
    assert refusal.value.hazard is Hazard.PAGE
    assert cloud.s3.list_objects_v2(Bucket=aws.BUCKET)["KeyCount"] == 0


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


# --- redirects -------------------------------------------------------------------------------------------------------


def _noting(seen: list[str | None], body: bytes = PNG) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        seen.append(handler.headers["Authorization"])
        reply(body)(handler)

    return answer


def test_a_redirect_within_the_host_keeps_the_credentials(media: S3Media) -> None:
    seen: list[str | None] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if handler.path == "/there":
            _noting(seen)(handler)
        else:
            reply(status=302, headers={"Location": "/there"})(handler)

    with serving(answer) as port:
        media.host(PICTURE, _get(port, Authorization="Bearer token"), MB)
    assert seen == ["Bearer token"]


@pytest.mark.parametrize(
    ("path", "target", "name"),
    [
        ("/download?id=17", "/bucket/9f/Rechnung%2017.pdf?sig=1", "Rechnung 17.pdf"),
        ("/download.php?id=17", "/bucket/9f/M%C3%A4rz.pdf", "März.pdf"),
        ("/files/offer.pdf", "/bucket/9f8a7c6d", "offer.pdf"),
        ("/files/offer", "/bucket/9f8a7c6d", "offer.pdf"),
        ("/d/", "/bucket/9f8a7c6d", "9f8a7c6d.pdf"),
        ("/d/", "/b/..%2F..%2Fetc%2Fpasswd", "passwd.pdf"),
        ("/d/", "/b/run.exe", "run.pdf"),
    ],
)
def test_a_file_without_a_name_is_called_as_the_address_that_says_most(
    media: S3Media, path: str, target: str, name: str
) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        found = handler.path == target
        (reply(b"%PDF-1.7") if found else reply(status=302, headers={"Location": target}))(handler)

    with serving(answer) as port:
        hosted = media.host(Attachment(kind=AttachmentKind.FILE, url=""), _get(port, path), MB)
    assert (hosted.name, hosted.content_type) == (name, "application/pdf")


def test_a_redirect_to_another_host_loses_the_credentials(media: S3Media) -> None:
    seen: list[str | None] = []
    with serving(_noting(seen)) as other:
        away = reply(status=307, headers={"Location": f"http://127.0.0.1:{other}/file"})
        with serving(away) as port:
            media.host(PICTURE, _get(port, Authorization="Bearer token"), MB)
    assert seen == [None]


@pytest.mark.parametrize(
    "target",
    ["http://169.254.169.254/latest/meta-data/", "https://169.254.169.254/", "http://10.0.0.1/", "file:///etc/passwd"],
)
def test_a_redirect_into_a_private_network_is_refused(target: str) -> None:
    downloader = Downloader(local=True)  # without the mocked AWS, which answers for 169.254.169.254
    with (
        serving(reply(status=302, headers={"Location": target})) as port,
        pytest.raises(MediaRefused, match=r"not https|not public"),
        downloader.open(_get(port), MB),
    ):
        pytest.fail("it was fetched")


def test_redirects_end_somewhere(media: S3Media) -> None:
    hops = 0

    def answer(handler: BaseHTTPRequestHandler) -> None:
        nonlocal hops
        hops += 1
        reply(status=302, headers={"Location": f"/{hops}"})(handler)

    with serving(answer) as port, pytest.raises(MediaRefused, match="too many times"):
        media.host(PICTURE, _get(port), MB)
    assert hops == 4


def test_this_machine_is_not_called_outside_the_local_stage(cloud: aws.Aws) -> None:
    media = S3Media(lambda: cloud.s3, aws.BUCKET, "https://bridge.test", Downloader(local=False))
    calls: list[str | None] = []
    with serving(_noting(calls)) as port:
        for scheme in ("http", "https"):
            request = HttpRequest(method="GET", url=f"{scheme}://127.0.0.1:{port}/")
            with pytest.raises(MediaRefused):
                media.host(PICTURE, request, MB)
    assert calls == []


def test_an_unknown_host_may_be_known_later(media: S3Media) -> None:
    with pytest.raises(Transient):
        media.host(PICTURE, HttpRequest(method="GET", url="https://nobody.invalid/a.png"), MB)


def test_a_refused_connection_is_tried_again(media: S3Media) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(Transient):
        media.host(PICTURE, _get(port), MB)
