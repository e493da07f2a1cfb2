"""Serving re-hosted attachments."""

from __future__ import annotations

from collections.abc import Iterator
from unittest.mock import patch
from urllib.parse import quote

import pytest
import requests

from patchbay.infra import clients
from patchbay.infra.gateway import HttpApiEvent, HttpApiResponse
from patchbay.infra.media_server import Handler, make_handler
from tests.infra import aws

TOKEN = "t" * 43
NAME = "契約書 (1).pdf"


@pytest.fixture
def handler() -> Iterator[Handler]:
    with aws.running() as cloud, patch.dict("os.environ", cloud.environment):
        clients._s3.cache_clear()
        cloud.s3.put_object(
            Bucket=aws.BUCKET,
            Key=f"media/{TOKEN}/{NAME}",
            Body=b"%PDF",
            ContentType="application/pdf",
            ContentDisposition=f"inline; filename*=UTF-8''{quote(NAME)}",
        )
        yield make_handler()
        clients._s3.cache_clear()


@pytest.fixture
def scanning() -> Iterator[tuple[Handler, aws.Aws]]:
    """A stack whose files are scanned for malware, with one that was not scanned yet."""
    with aws.running() as cloud, patch.dict("os.environ", {**cloud.environment, "MALWARE_SCAN": "guardduty"}):
        clients._s3.cache_clear()
        cloud.s3.put_object(Bucket=aws.BUCKET, Key=f"media/{TOKEN}/{NAME}", Body=b"%PDF")
        yield make_handler(), cloud
        clients._s3.cache_clear()


@pytest.mark.parametrize(
    "result", [None, "THREATS_FOUND", "UNSUPPORTED", "ACCESS_DENIED", "FAILED", "no_threats_found"]
)
def test_a_file_that_was_not_found_clean_is_not_served(scanning: tuple[Handler, aws.Aws], result: str | None) -> None:
    handler, cloud = scanning
    if result:
        _tag(cloud, result)
    answer = _call(handler)
    assert answer["statusCode"] == 404
    assert "malware scan" in answer["body"]
    _tag(cloud, "NO_THREATS_FOUND")
    assert _call(handler)["statusCode"] == 302


def _tag(cloud: aws.Aws, result: str) -> None:
    tags = {"TagSet": [{"Key": "GuardDutyMalwareScanStatus", "Value": result}]}
    cloud.s3.put_object_tagging(Bucket=aws.BUCKET, Key=f"media/{TOKEN}/{NAME}", Tagging=tags)  # type: ignore[arg-type]


def test_what_visitors_upload_is_served_to_nobody(handler: Handler) -> None:
    clients.s3().put_object(Bucket=aws.BUCKET, Key=f"incoming/{TOKEN}", Body=b"%PDF")
    for token, name in ((TOKEN, f"../../incoming/{TOKEN}"), ("incoming", TOKEN), (TOKEN, "incoming")):
        assert _call(handler, "GET", token, name)["statusCode"] == 404


def _call(handler: Handler, method: str = "GET", token: str = TOKEN, name: str = NAME) -> HttpApiResponse:
    event: HttpApiEvent = {
        "requestContext": {"http": {"method": method}},
        "pathParameters": {"token": token, "filename": quote(name)},
    }
    return handler(event, None)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_file_is_found_through_a_short_lived_redirect(handler: Handler, method: str) -> None:
    answer = _call(handler, method)
    assert answer["statusCode"] == 302
    location = answer["headers"]["location"]
    assert "X-Amz-Expires=300" in location
    assert answer["headers"]["cache-control"] == "private, max-age=240"
    fetched = requests.request(method, location, timeout=5, stream=True)  # the mock announces a body for HEAD too
    assert fetched.status_code == 200
    assert fetched.headers["Content-Type"] == "application/pdf"
    assert quote(NAME) in fetched.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("token", "name"),
    [("u" * 43, NAME), (TOKEN, "other.pdf"), ("short", NAME), (TOKEN, "../x"), ("../" + "t" * 40, NAME), (TOKEN, "")],
)
def test_what_is_not_there_is_explained(handler: Handler, token: str, name: str) -> None:
    answer = _call(handler, "GET", token, name)
    assert answer["statusCode"] == 404
    assert "30 days" in answer["body"]


def test_other_methods_are_refused(handler: Handler) -> None:
    assert _call(handler, "DELETE")["statusCode"] == 405
