"""What every store of visitors' files does, in memory, in S3 as moto plays it, and on the local AWS."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
import requests

from chat.aws.files import S3Files
from chat.model import FOLDER, INCOMING, Stored, Upload
from chat.ports import Files
from patchbay.domain.errors import Conflict
from playground.services.webchat.memory import MemoryFiles
from tests.aws import aws
from tests.harness.hostile_files import DOCX, MAINS, PDF, make_office
from tests.harness.virtual_time import VirtualTime

PNG = b"\x89PNG\r\n\x1a\n" + bytes(700)
OTHER = b"\x89PNG\r\n\x1a\n" + b"\1" * 700
LATE = datetime(2100, 1, 1, tzinfo=UTC)


@dataclass
class Place:
    files: Files
    post: Callable[[Mapping[str, str], bytes], bool]  #: as a browser does; whether it was taken
    kept: Callable[[], dict[str, tuple[bytes, str]]]  #: content and type of all that is in the store, by key

    def upload(self, content: bytes, name: str = "my cat.png", content_type: str = "image/png") -> Upload:
        upload = Upload(
            id="u",
            chat="c",
            token="t" * 43,
            name=name,
            content_type=content_type,
            size=len(content),
            until=LATE,
        )
        assert self.post(self.files.offer(upload).fields, content)
        return upload

    def look_at(self, upload: Upload) -> Stored:
        stored = self.files.look_at(upload)
        assert stored is not None
        return stored


def _in_memory() -> Place:
    files = MemoryFiles("https://files.test/bucket", VirtualTime())
    return Place(files, files.take, lambda: {k: (one.content, one.content_type) for k, one in files.objects.items()})


def _in_s3(cloud: aws.Aws) -> Place:
    files = S3Files(lambda: cloud.s3, aws.BUCKET)
    url = cloud.s3.generate_presigned_post(aws.BUCKET, "-")["url"]

    def post(fields: Mapping[str, str], content: bytes) -> bool:
        return requests.post(url, data=fields, files={"file": content}, timeout=10).status_code == 204

    def kept() -> dict[str, tuple[bytes, str]]:
        keys = [one["Key"] for one in cloud.s3.list_objects_v2(Bucket=aws.BUCKET).get("Contents", [])]
        found = {key: cloud.s3.get_object(Bucket=aws.BUCKET, Key=key) for key in keys}
        return {key: (one["Body"].read(), one["ContentType"]) for key, one in found.items()}

    return Place(files, post, kept)


@pytest.fixture(params=aws.PLACES)
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    if request.param == "memory":
        yield _in_memory()
        return
    with aws.provided(request) as cloud:
        yield _in_s3(cloud)


def test_what_a_visitor_uploads_lies_where_nothing_is_served(place: Place) -> None:
    upload = place.upload(PNG)
    assert list(place.kept()) == [upload.key]
    assert upload.key.startswith(INCOMING)
    assert not upload.key.startswith(FOLDER)


def test_what_was_looked_at_is_published_under_an_address_of_its_own(place: Place) -> None:
    upload = place.upload(PDF, "my cat.png", "image/png")
    stored = place.look_at(upload)
    keys = {place.files.publish(upload, stored) for _ in range(2)}
    assert len(keys) == 2
    for key in keys:
        folder, token, name = key.split("/")
        assert (folder + "/", len(token), name) == (FOLDER, 43, "my cat.pdf")
        assert upload.token not in key
        assert place.kept()[key] == (PDF, "application/pdf")


def test_a_file_that_is_replaced_after_the_look_is_not_published(place: Place) -> None:
    """The form is good for its quarter of an hour, also after it was used."""
    upload = place.upload(PNG)
    stored = place.look_at(upload)
    place.upload(OTHER)
    with pytest.raises(Conflict):
        place.files.publish(upload, stored)
    assert list(place.kept()) == [upload.key]


def test_a_file_that_is_gone_after_the_look_is_not_published(place: Place) -> None:
    upload = place.upload(PNG)
    stored = place.look_at(upload)
    place.files.remove(upload.key)
    with pytest.raises(Conflict):
        place.files.publish(upload, stored)
    assert place.kept() == {}


def test_an_upload_after_the_publishing_changes_nothing_that_is_served(place: Place) -> None:
    upload = place.upload(PNG)
    key = place.files.publish(upload, place.look_at(upload))
    place.files.remove(upload.key)
    place.upload(OTHER)
    assert place.kept() == {key: (PNG, "image/png"), upload.key: (OTHER, "image/png")}


def test_a_large_document_is_looked_into_in_one_version(place: Place) -> None:
    content = make_office(MAINS[DOCX], {"a/x.bin": bytes(range(256)) * 1000})
    upload = place.upload(content, "a.docx", DOCX)
    stored = place.look_at(upload)
    assert (stored.content_type, stored.size, stored.hazard) == (DOCX, len(content), None)


def test_nothing_is_found_before_it_arrives_or_after_it_is_removed(place: Place) -> None:
    upload = place.upload(PNG)
    place.files.remove(upload.key)
    place.files.remove(upload.key)
    assert place.files.look_at(upload) is None


@pytest.mark.parametrize("place", [aws.PLACES[0], aws.PLACES[2]], indirect=True)  # moto takes every form
@pytest.mark.parametrize(
    ("change", "content"),
    [
        ({"key": "media/" + "t" * 43 + "/a.png"}, PNG),
        ({"key": "incoming/other"}, PNG),
        ({"Content-Type": "text/html"}, PNG),
        ({}, PNG[:-1]),
        ({}, PNG + b"x"),
    ],
)
def test_a_form_is_for_one_key_type_and_size(place: Place, change: Mapping[str, str], content: bytes) -> None:
    upload = place.upload(PNG)
    place.files.remove(upload.key)
    assert not place.post({**place.files.offer(upload).fields, **change}, content)
    assert place.kept() == {}


def test_a_form_ends_in_time() -> None:
    time = VirtualTime()
    files = MemoryFiles("https://files.test/bucket", time)
    upload = Upload(id="u", chat="c", token="t", name="a.png", content_type="image/png", size=len(PNG), until=LATE)
    fields = files.offer(upload).fields
    time.advance(899)
    assert files.take(fields, PNG)
    time.advance(1)
    assert not files.take(fields, PNG)
