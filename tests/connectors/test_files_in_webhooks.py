"""What services write about a file in their webhooks, as oddly as they do: the file is read all the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from patchbay.domain.events import MessageReceived
from patchbay.domain.model import Attachment
from patchbay.kit.contract import WebhookRequest
from tests.connectors.services import Sample, load_connector, sample_endpoint, samples

SIZES = {"size", "totalSize", "total_size", "uploadedSize", "file_size_in_bytes"}
TYPES = {"mimeType", "mime_type", "content_type", "type"}


def _shows_file(sample: Sample) -> bool:
    text = json.dumps(sample.expected)
    return '"hosted": false' in text and '"url": "http' in text


SAMPLES = [sample for sample in samples() if sample.service != "webchat" and _shows_file(sample)]


def _read(sample: Sample, request: WebhookRequest) -> list[Attachment]:
    parsed_events = load_connector(sample.service).parse(request, sample_endpoint(sample.service))
    messages = [one.message for one in parsed_events if isinstance(one, MessageReceived)]
    assert messages
    return [file for message in messages for item in message.content if (file := _file_of(item))]


def _file_of(item: object) -> Attachment | None:
    found = item if isinstance(item, Attachment) else getattr(item, "image", None)
    return found if isinstance(found, Attachment) else None


def _rewrite(request: WebhookRequest, change: Callable[[str, Any], Any]) -> WebhookRequest:
    """With each value of the body as `change(name, value)` makes it."""

    def walk(name: str, value: Any) -> Any:
        match value:
            case dict():
                return {key: walk(key, inner) for key, inner in value.items()}
            case list():
                return [walk(name, inner) for inner in value]
            case _:
                return change(name, value)

    body = json.dumps(walk("", json.loads(request.body)))
    for mark, digits in NUMBERS.items():
        body = body.replace(f'"{mark}"', digits)
    return replace(request, body=body.encode())


#: What no Python number is written as, by the mark that stands for it until it is written.
NUMBERS = {"-digits-": "9" * 5000, "-exponent-": "1e400", "-negative-": "-" + "9" * 5000}


def test_every_service_that_tells_of_files_is_among_them() -> None:
    assert {sample.service for sample in SAMPLES} == {"freshchat", "giosg", "uchat", "unblu", "vcita", "viber"}


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_blanks_around_an_address_are_no_part_of_it(sample: Sample) -> None:
    files = _read(sample, sample.request())
    urls = {file.url for file in files}
    odd = _rewrite(sample.request(), lambda _, value: f" \t{value} \n" if value in urls else value)
    assert odd.body != sample.request().body
    assert _read(sample, odd) == files


@pytest.mark.parametrize(
    "size",
    ["-digits-", "-exponent-", "-negative-", "9" * 5000, "12 MB", "", " ", None, -1, 1.5, True, [], {}],
    ids=repr,
)
@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_an_odd_size_costs_nothing_but_itself(sample: Sample, size: object) -> None:
    files = [replace(file, size=None) for file in _read(sample, sample.request())]
    odd = _rewrite(sample.request(), lambda name, value: size if name in SIZES else value)
    read = _read(sample, odd)
    assert [replace(file, size=None) for file in read] == files
    assert all(file.size is None or 0 < file.size < 10**16 for file in read)


@pytest.mark.parametrize("declared", ["Video/MP4; codecs=avc1", " image/PNG ", "a/b\r\nX: y", "image", "", None, 7])
@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_an_odd_type_costs_no_file(sample: Sample, declared: object) -> None:
    def change(name: str, value: Any) -> Any:
        return declared if name in TYPES and isinstance(value, str) and "/" in value else value

    files, read = _read(sample, sample.request()), _read(sample, _rewrite(sample.request(), change))
    assert [file.url for file in read] == [file.url for file in files]
