"""Attachments from strangers' addresses into our store and out again: redirects."""

from __future__ import annotations

import socket
from http.server import BaseHTTPRequestHandler

import pytest

from patchbay.aws.net.download import Downloader
from patchbay.aws.stores.media import S3Media
from patchbay.domain.errors import MediaRefused, Transient
from patchbay.domain.model import Attachment, AttachmentKind
from patchbay.kit.contract import HttpRequest
from tests.aws import aws
from tests.aws.media.scene import MB, PICTURE, PNG, _get
from tests.aws.servers import Answer, reply, serving


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
