"""What every store of files does, in memory, in S3 as moto plays it, and on the local AWS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from urllib.parse import unquote

import pytest

from patchbay.aws.net.download import Downloader
from patchbay.aws.net.http import RequestsHttp
from patchbay.aws.stores.media import S3Media
from patchbay.bridge.ledger import Copy
from patchbay.bridge.ports import Media
from patchbay.bridge.scan_results import ScanState
from patchbay.domain.errors import MediaRefused, Transient
from patchbay.domain.model import Attachment, AttachmentKind
from patchbay.kit.contract import HttpRequest
from tests.aws import aws
from tests.aws.servers import reply, serving
from tests.harness.fakes.media import MemoryMedia
from tests.harness.fakes.scanner import GuardDuty
from tests.harness.virtual_time import VirtualTime

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


BMW = b"BMW parts list"
MP4 = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp42" + bytes(100)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(100)


@pytest.mark.parametrize(
    ("content", "kind", "name", "declared", "kept_as"),
    [
        (PNG, AttachmentKind.IMAGE, "", "", ("cat.png", "image/png")),
        (PNG, AttachmentKind.FILE, "cat", "image/png\r\nX-Amz-Meta-A: b", ("cat.png", "image/png")),
        (BMW, AttachmentKind.FILE, "list", "text/plain\nx", ("list.txt", "text/plain")),
        (BMW, AttachmentKind.FILE, "list.txt . ", "", ("list.txt", "text/plain")),
        (PNG, AttachmentKind.FILE, "cat", "binary/octet-stream", ("cat.png", "image/png")),
        (MP4, AttachmentKind.VIDEO, "v.mp4", "VIDEO/MP4; codecs=avc1", ("v.mp4", "video/mp4")),
        (JPEG, AttachmentKind.IMAGE, "IMG_1.HEIC", "image/heic", ("IMG_1.jpg", "image/jpeg")),
        (JPEG, AttachmentKind.IMAGE, "photo.jfif", "", ("photo.jpg", "image/jpeg")),
        (BMW, AttachmentKind.FILE, "notes.txt", "text/plain; charset=utf-8", ("notes.txt", "text/plain")),
        (BMW, AttachmentKind.FILE, "notes", "TEXT/PLAIN", ("notes.txt", "text/plain")),
        (b"%PDF-1.7", AttachmentKind.FILE, "Angebot 12.05.2024", "", ("Angebot 12.05.2024.pdf", "application/pdf")),
        (b"", AttachmentKind.FILE, "z.pdf", "application/pdf", ("z.pdf", "application/pdf")),
    ],
)
def test_a_file_is_called_and_typed_as_its_content_is(
    media: Media, content: bytes, kind: AttachmentKind, name: str, declared: str, kept_as: tuple[str, str]
) -> None:
    attachment = Attachment(kind=kind, url="", name=name, content_type=declared)
    with serving(reply(content)) as port:
        hosted = media.host(attachment, fetch(port), 10_000)
    assert (hosted.name, hosted.content_type, hosted.size) == (*kept_as, len(content))
    with media.open(hosted) as stream:
        assert stream.read() == content


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ('attachment; filename="Rechnung 17.pdf"', "Rechnung 17.pdf"),
        ("attachment; filename=17.pdf", "17.pdf"),
        ("attachment; filename=\"x.pdf\"; filename*=UTF-8''M%C3%A4rz%202024.pdf", "März 2024.pdf"),
        ('attachment; filename="M\u00c3\u00a4rz.pdf"', "März.pdf"),
        ('inline; filename="../../etc/passwd"', "passwd.pdf"),
        ('attachment; filename="C:\\\\a\\\\b.exe"', "b.pdf"),
        ("attachment; filename*=nothing''%ff", "cat.pdf"),
        ("attachment; filename=\"17.pdf\"; filename*=nothing''%ff", "17.pdf"),
        ("attachment; filename*=\"UTF-8''M%C3%A4rz.pdf\"", "März.pdf"),
        ("attachment; filename*=iso-8859-1'de'M%E4rz.pdf", "März.pdf"),
        ("attachment; filename=M\u00e4rz.pdf", "März.pdf"),
        ('attachment; filename="=?UTF-8?B?TcOkcnoucGRm?="', "März.pdf"),
        ('attachment; filename="=?iso-8859-1?Q?M=E4rz_2024.pdf?="', "März 2024.pdf"),
        ('attachment; filename="=?none?B?TcO?=.pdf"', "_none_B_TcO_.pdf"),
        ('attachment; filename="12%25 M%C3%A4rz.pdf"', "12_ März.pdf"),
        ('attachment; filename="a \\"b\\".pdf"', "a _b_.pdf"),
        ("ATTACHMENT; FILENAME = Rechnung 17.pdf ; size=3", "Rechnung 17.pdf"),
        ("attachment; filename=Rechnung vom 12.05.2024", "Rechnung vom 12.05.2024.pdf"),
        ('attachment; filename="', "cat.pdf"),
        ("attachment", "cat.pdf"),
    ],
)
def test_a_file_without_a_name_has_the_one_that_its_server_gives_it(media: Media, header: str, name: str) -> None:
    attachment = Attachment(kind=AttachmentKind.FILE, url="")
    with serving(reply(b"%PDF-1.7", headers={"Content-Disposition": header})) as port:
        assert media.host(attachment, fetch(port), 10_000).name == name
        assert media.host(replace(attachment, name="own.pdf"), fetch(port), 10_000).name == "own.pdf"


PAGE = b"<!doctype html><title>This link has expired</title>"


@pytest.mark.parametrize(
    ("content", "served"),
    [
        (PAGE, ""),
        (b"\xef\xbb\xbf" + PAGE, "text/html; charset=utf-8"),
        (b"<p>This link has expired", "text/html; charset=utf-8"),
        (b'{"error": "expired"}', "application/json"),
        (b'\xef\xbb\xbf{ "any": "thing" }', "application/octet-stream"),
        (b'<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code></Error>', "application/xml"),
        (b"\xef\xbb\xbf<Error><Code>AuthenticationFailed</Code></Error>", ""),
    ],
)
@pytest.mark.parametrize(
    "attachment",
    [
        Attachment(kind=AttachmentKind.IMAGE, url=""),
        Attachment(kind=AttachmentKind.FILE, url="", name="invoice.pdf"),
        Attachment(kind=AttachmentKind.FILE, url="", name="invoice", content_type="application/pdf"),
    ],
    ids=lambda attachment: attachment.kind.value,
)
def test_a_page_that_comes_instead_of_a_file_is_refused(
    media: Media, content: bytes, served: str, attachment: Attachment
) -> None:
    with (
        serving(reply(content, headers={"Content-Type": served})) as port,
        pytest.raises(MediaRefused, match="instead"),
    ):
        media.host(attachment, fetch(port), 10_000)


@pytest.mark.parametrize("content", [b'{"error": "expired"}', b"<?xml version='1.0'?><Error><Code>A</Code></Error>"])
def test_an_error_that_comes_for_a_file_of_which_nothing_is_known_is_refused(media: Media, content: bytes) -> None:
    with serving(reply(content)) as port, pytest.raises(MediaRefused, match="error"):
        media.host(Attachment(kind=AttachmentKind.FILE, url=""), fetch(port), 10_000)


@pytest.mark.parametrize(
    ("content", "said", "shown"),
    [
        (PNG, AttachmentKind.FILE, AttachmentKind.IMAGE),
        (PNG, AttachmentKind.VIDEO, AttachmentKind.IMAGE),
        (MP4, AttachmentKind.FILE, AttachmentKind.VIDEO),
        (MP4, AttachmentKind.AUDIO, AttachmentKind.AUDIO),
        (b"%PDF-1.7", AttachmentKind.IMAGE, AttachmentKind.FILE),
        (BMW, AttachmentKind.IMAGE, AttachmentKind.FILE),
    ],
)
def test_a_file_is_shown_as_what_it_is(
    media: Media, content: bytes, said: AttachmentKind, shown: AttachmentKind
) -> None:
    """Recordings and videos share their containers: there the service is believed."""
    attachment = Attachment(kind=said, url="", name="thing")
    with serving(reply(content)) as port:
        token = media.reserve()
        hosted = media.host(attachment, fetch(port), 10_000, token)
    assert hosted.kind is shown
    copy = Copy(token=token, stored=True, content_type=hosted.content_type, size=hosted.size)
    assert media.recall(attachment, copy).kind is shown


@pytest.mark.parametrize(
    ("name", "content", "served"),
    [
        ("data.json", b"{}", "application/json"),
        ("errors.json", b'{"error": 1}', "application/json"),
        ("errors.xml", b"<errors></errors>", "application/xml"),
        ("notes.txt", b'{"message": "Hello"}', "text/plain"),
        ("how-to.txt", PAGE, "text/plain"),
    ],
)
def test_a_text_that_looks_like_a_page_is_kept_as_a_text(media: Media, name: str, content: bytes, served: str) -> None:
    with serving(reply(content, headers={"Content-Type": served})) as port:
        hosted = media.host(Attachment(kind=AttachmentKind.FILE, url="", name=name), fetch(port), 10_000)
    assert (hosted.name, hosted.content_type) == (name, served)
    with media.open(hosted) as stream:
        assert stream.read() == content


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_server_that_has_trouble_is_asked_again_when_it_says(media: Media, status: int) -> None:
    answer = reply(b"", status, {"Retry-After": "20"})
    with serving(answer) as port, pytest.raises(Transient) as failure:
        media.host(PICTURE, fetch(port), 10_000)
    assert failure.value.retry_after == 20


def test_blanks_around_an_address_are_no_part_of_it(media: Media) -> None:
    with serving(reply(PNG)) as port:
        request = replace(fetch(port), url=f" {fetch(port).url} \n")
        assert media.host(PICTURE, request, 10_000).name == "cat.png"


def test_an_erased_file_is_gone_and_may_be_erased_again(media: Media) -> None:
    with serving(reply(PNG)) as port:
        token = media.reserve()
        hosted = media.host(PICTURE, fetch(port), 10_000, token)
    assert f"/{token}/" in str(hosted.url)
    copy = Copy(token=token, stored=True, content_type=hosted.content_type, size=hosted.size)
    assert media.recall(PICTURE, copy) == hosted
    media.erase(token)
    assert media.recall(PICTURE, copy).url is None
    media.erase(token)
    with pytest.raises(MediaRefused):
        media.open(hosted)


# --- the malware scan ------------------------------------------------------------------------------------------------


@dataclass
class Scanned:
    """A store whose files are scanned, and the scanner's hand."""

    media: Media
    tag: Callable[[Attachment, str], None]


@pytest.fixture(params=aws.PLACES)
def scanned(request: pytest.FixtureRequest) -> Iterator[Scanned]:
    if request.param == "memory":
        results: dict[bytes, str] = {}
        memory = MemoryMedia(RequestsHttp(local=True), scanner=GuardDuty(VirtualTime(), 0, results.get))
        yield Scanned(memory, lambda file, result: results.__setitem__(memory.files[file.url or ""], result))
        return
    with aws.provided(request) as cloud:

        def tag(file: Attachment, result: str) -> None:
            key = unquote((file.url or "").removeprefix("https://bridge.test/"))
            tags = [{"Key": "ours", "Value": "x"}, {"Key": "GuardDutyMalwareScanStatus", "Value": result}]
            cloud.s3.put_object_tagging(Bucket=aws.BUCKET, Key=key, Tagging={"TagSet": tags})  # type: ignore[typeddict-item]

        downloader = Downloader(local=True)
        yield Scanned(S3Media(lambda: cloud.s3, aws.BUCKET, "https://bridge.test", downloader, scans=True), tag)


def test_a_file_is_pending_until_the_scanner_has_tagged_it(scanned: Scanned) -> None:
    with serving(reply(PNG)) as port:
        hosted = scanned.media.host(PICTURE, fetch(port), 10_000)
    scan = scanned.media.scan_result(hosted)
    assert scan.state is ScanState.PENDING
    assert scan.since is not None
    assert scan.since.tzinfo is not None


@pytest.mark.parametrize(
    ("result", "state"),
    [
        ("NO_THREATS_FOUND", ScanState.CLEAN),
        ("THREATS_FOUND", ScanState.INFECTED),
        ("UNSUPPORTED", ScanState.UNSCANNED),
        ("ACCESS_DENIED", ScanState.UNSCANNED),
        ("FAILED", ScanState.UNSCANNED),
    ],
)
def test_the_scanners_tag_is_what_counts(scanned: Scanned, result: str, state: ScanState) -> None:
    with serving(reply(PNG)) as port:
        hosted = scanned.media.host(replace(PICTURE, name="a cat.png"), fetch(port), 10_000)
    scanned.tag(hosted, result)
    assert (scanned.media.scan_result(hosted).state, scanned.media.scan_result(hosted).said) == (state, result)


def test_a_file_that_is_gone_has_no_result(scanned: Scanned) -> None:
    with serving(reply(PNG)) as port:
        hosted = scanned.media.host(PICTURE, fetch(port), 10_000)
    scanned.media.erase(scanned.media.token_of(hosted))
    assert scanned.media.scan_result(hosted).state is ScanState.GONE


def test_without_a_scanner_every_file_may_go_on_and_nobody_is_asked(media: Media) -> None:
    with serving(reply(PNG)) as port:
        hosted = media.host(PICTURE, fetch(port), 10_000)
    assert not media.scans
    assert media.scan_result(hosted).state is ScanState.CLEAN
