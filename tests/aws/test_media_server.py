"""Serving re-hosted attachments."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from unittest.mock import patch
from urllib.parse import quote

import pytest
import requests
from botocore.exceptions import ClientError

from patchbay.aws import clients
from patchbay.aws.api.contract import AwsError
from patchbay.aws.handlers.http_api import HttpApiEvent, HttpApiResponse
from patchbay.aws.handlers.media import Handler, make_handler
from tests.aws import aws

TOKEN = "t" * 43
NAME = "契約書 (1).pdf"


type CloudHandler = tuple[aws.Aws, Callable[[], Handler]]


@pytest.fixture
def handler(cloud_handler: CloudHandler) -> Handler:
    return cloud_handler[1]()


@pytest.fixture
def cloud_handler() -> Iterator[CloudHandler]:
    with aws.running() as cloud, patch.dict("os.environ", cloud.environment):
        clients.forget()
        cloud.s3.put_object(
            Bucket=aws.BUCKET,
            Key=f"media/{TOKEN}/{NAME}",
            Body=b"%PDF",
            ContentType="application/pdf",
            ContentDisposition=f"inline; filename*=UTF-8''{quote(NAME)}",
        )
        yield cloud, make_handler
        clients.forget()


@pytest.fixture
def scanning() -> Iterator[tuple[Handler, aws.Aws]]:
    """A stack whose files are scanned for malware, with one that was not scanned yet."""
    with aws.running() as cloud, patch.dict("os.environ", {**cloud.environment, "MALWARE_SCAN": "guardduty"}):
        clients.forget()
        cloud.s3.put_object(Bucket=aws.BUCKET, Key=f"media/{TOKEN}/{NAME}", Body=b"%PDF")
        yield make_handler(), cloud
        clients.forget()


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


def test_the_bytes_behind_each_link_are_counted_for_the_alarm_about_downloads(
    handler: Handler, capsys: pytest.CaptureFixture[str]
) -> None:
    for method, name in (("GET", NAME), ("HEAD", NAME), ("GET", f"not-{NAME}")):
        _call(handler, method, name=name)
    [line] = [json.loads(one) for one in capsys.readouterr().out.splitlines()]
    assert (line["service"], line["BytesHandedOut"]) == ("all", [len(b"%PDF")])


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


# --- how often -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("megabytes", "size", "most"), [(2, 100 * 1024, 20), (1, 1024**2, 20), (3, 128 * 1024, 24)])
def test_a_file_is_handed_out_so_often_a_day(megabytes: int, size: int, most: int, cloud_handler: CloudHandler) -> None:
    cloud, make = cloud_handler
    with patch.dict("os.environ", {"FILE_MEGABYTES_A_DAY": str(megabytes)}):
        handler = make()
        for token in (TOKEN, "u" * 43):
            cloud.s3.put_object(Bucket=aws.BUCKET, Key=f"media/{token}/a.bin", Body=b"x" * size)
        answers = [_call(handler, name="a.bin") for _ in range(most + 5)]
        assert [answer["statusCode"] for answer in answers] == [302] * most + [429] * 5
        assert int(answers[-1]["headers"]["retry-after"]) > 3600
        assert _call(handler, "HEAD", name="a.bin")["statusCode"] == 302
        assert _call(handler, token="u" * 43, name="a.bin")["statusCode"] == 302, (
            "another file has a ceiling of its own"
        )


def test_the_table_does_not_tell_whose_file_it_counts(handler: Handler) -> None:
    assert _call(handler)["statusCode"] == 302
    items = clients.dynamodb().call("Scan", {"TableName": aws.TABLE})["Items"]
    assert TOKEN not in str(items)
    assert [item["pk"]["S"].split("#")[0] for item in items] == ["DOWNLOADS"]


# --- strangers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["\U0001f600" * 255, "é" * 255, "%" * 255, "\ufffe", "a b?c#d"])
def test_no_name_makes_the_function_fail(handler: Handler, name: str) -> None:
    """S3 takes keys of 1,024 bytes, and 255 emoji have more."""
    assert _call(handler, name=name)["statusCode"] == 404


@pytest.mark.parametrize(("status", "code"), [(400, "KeyTooLongError"), (400, "400"), (403, "403"), (404, "404")])
def test_what_s3_refuses_is_not_there(handler: Handler, status: int, code: str) -> None:
    refused = ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "HeadObject")  # type: ignore[typeddict-item]
    with patch.object(clients.s3(), "head_object", side_effect=refused):
        assert _call(handler)["statusCode"] == 404


def test_a_store_that_fails_is_no_missing_file(handler: Handler) -> None:
    failed = ClientError({"Error": {"Code": "503"}, "ResponseMetadata": {"HTTPStatusCode": 503}}, "HeadObject")  # type: ignore[typeddict-item]
    with patch.object(clients.s3(), "head_object", side_effect=failed), pytest.raises(AwsError):
        _call(handler)


def test_s3_is_not_asked_for_a_key_that_it_does_not_take(handler: Handler) -> None:
    with patch.object(clients.s3(), "head_object") as asked:
        assert _call(handler, name="\U0001f600" * 255)["statusCode"] == 404
    asked.assert_not_called()


def test_what_is_not_there_fills_no_log(handler: Handler, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(50):
        assert _call(handler, token=f"{number:043d}")["statusCode"] == 404
    assert len(capsys.readouterr().out.splitlines()) <= 1
