"""Attachments from strangers' addresses into our store and out again."""

from __future__ import annotations

import gzip
import time
import tracemalloc
from http.server import BaseHTTPRequestHandler

import pytest

from patchbay.aws.net import download
from patchbay.aws.stores.media import S3Media
from patchbay.domain.errors import MediaRefused, MediaUnsafe, Transient
from patchbay.domain.hazards import Hazard
from patchbay.domain.model import Attachment, AttachmentKind
from tests.aws import aws
from tests.aws.media.scene import MB, PICTURE, PNG, _get
from tests.aws.servers import reply, serving


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
