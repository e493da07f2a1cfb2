"""Calls of AWS that a connector asks for arrive as boto3's own, signed, and nobody reads a key anywhere."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials as BotocoreCredentials

from patchbay.aws.api.signing import Credentials
from patchbay.aws.api.transport import NoAnswer
from patchbay.aws.net.http import RequestsHttp
from patchbay.aws.net.signed_requests import RequestSigner
from patchbay.domain.errors import Misconfigured, Transient, Uncertain
from patchbay.kit.contract import Base64File, HttpRequest
from tests.aws.servers import serving

REGION = "eu-central-1"
KEYS = Credentials(access_key="AKIDEXAMPLE", secret_key="wJalrXUtnFEMI/K7MDENG", session_token="token+of/a=role")
NUMBER = "phone-number-id-0a1b2c3d4e5f60718293a4b5c6d7e8f9"
MESSAGE = HttpRequest(
    method="POST",
    url="/v1/whatsapp/send",
    aws_service="social-messaging",
    json={"originationPhoneNumberId": NUMBER, "message": "eyJhIjogIsO8In0=", "metaApiVersion": "v25.0"},
)
#: Signs of every kind in a query: boto3 and we must write them alike.
NAME = "a b/c+d=é&~*'(1)"


@dataclass
class Arrived:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Listener:
    """Answers every call, or hangs up, and keeps what came."""

    def __init__(self, port: int, arrived: list[Arrived]) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.arrived = arrived


@contextmanager
def listening(status: int = 200, answer: bytes = b"{}", *, cut: bool = False) -> Iterator[Listener]:
    arrived: list[Arrived] = []

    def keep(handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        arrived.append(Arrived(handler.command, handler.path, headers, body))
        handler.close_connection = True
        if not cut:
            handler.send_response(status)
            handler.send_header("Content-Length", str(len(answer)))
            handler.send_header("Connection", "close")  # so that the next call does not take a connection that ends
            handler.end_headers()
            handler.wfile.write(answer)

    with serving(keep) as port:
        yield Listener(port, arrived)


def _http(*, local: bool = False) -> RequestsHttp:
    return RequestsHttp(local=local, signer=RequestSigner(lambda: KEYS, REGION))


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SOCIALMESSAGING", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"):
        monkeypatch.delenv(name, raising=False)


def _boto(url: str) -> Any:
    return boto3.client(
        "socialmessaging",
        region_name=REGION,
        endpoint_url=url,
        aws_access_key_id=KEYS.access_key,
        aws_secret_access_key=KEYS.secret_key,
        aws_session_token=KEYS.session_token,
        config=Config(retries={"total_max_attempts": 1}),
    )


def test_a_call_arrives_as_boto3_makes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    removal = {"id": "waba-1", "templateName": NAME, "metaTemplateId": "12"}
    with listening() as aws:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SOCIALMESSAGING", aws.url)
        http = _http()
        http.send(MESSAGE)
        http.send(
            HttpRequest(method="DELETE", url="/v1/whatsapp/template", query=removal, aws_service="social-messaging")
        )
        boto = _boto(aws.url)
        boto.send_whatsapp_message(
            originationPhoneNumberId=NUMBER, message='{"a": "ü"}'.encode(), metaApiVersion="v25.0"
        )
        boto.delete_whatsapp_message_template(**removal)
    ours, theirs = aws.arrived[:2], aws.arrived[2:]
    for one, other in zip(ours, theirs, strict=True):
        assert (one.method, urlsplit(one.path).path) == (other.method, urlsplit(other.path).path)
        assert sorted(urlsplit(one.path).query.split("&")) == sorted(urlsplit(other.path).query.split("&"))
        assert one.headers.get("content-type") == other.headers.get("content-type")
        assert (json.loads(one.body) if one.body else None) == (json.loads(other.body) if other.body else None)


def test_what_arrives_is_signed_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever changes a byte of the body, the path or the query on the way is found out by AWS."""
    with listening() as aws:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SOCIALMESSAGING", aws.url)
        http = _http()
        http.send(MESSAGE)
        http.send(
            HttpRequest(
                method="GET", url="/v1/whatsapp/template/list", query={"id": NAME}, aws_service="social-messaging"
            )
        )
    for one in aws.arrived:
        assert "Credential=AKIDEXAMPLE/" in one.headers["authorization"]
        assert f"/{REGION}/social-messaging/aws4_request" in one.headers["authorization"]
        assert one.headers["x-amz-security-token"] == KEYS.session_token
        assert one.headers["authorization"] == _sign_again(one, aws.url)
        assert one.headers["authorization"] != _sign_again(
            Arrived(one.method, one.path, one.headers, b"other"), aws.url
        )


def _sign_again(one: Arrived, url: str) -> str:
    """As botocore signs what has arrived, with the headers that the signature names."""
    named = one.headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
    sent = AWSRequest(
        one.method, f"{url}{one.path}", headers={name: one.headers[name] for name in named}, data=one.body
    )
    sent.context["timestamp"] = one.headers["x-amz-date"]
    signer = SigV4Auth(BotocoreCredentials(KEYS.access_key, KEYS.secret_key), "social-messaging", REGION)
    canonical = signer.canonical_request(sent)
    signature = signer.signature(signer.string_to_sign(sent, canonical), sent)
    return f"{one.headers['authorization'].rpartition('=')[0]}={signature}"


def test_the_address_is_aws_own_and_no_owners_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    signed = RequestSigner(lambda: KEYS, REGION).sign(MESSAGE)
    assert signed.url == "https://social-messaging.eu-central-1.amazonaws.com/v1/whatsapp/send"
    monkeypatch.setenv("AWS_REGION", "ap-south-1")
    assert ".ap-south-1." in RequestSigner(lambda: KEYS).sign(MESSAGE).url


def test_the_environment_leads_it_to_this_machine_where_plain_http_is_otherwise_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with listening(429, b'{"message":"slow down"}') as aws:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SOCIALMESSAGING", aws.url)
        assert _http(local=False).send(MESSAGE).status == 429
        with pytest.raises(Misconfigured):
            _http(local=False).send(HttpRequest(method="GET", url=aws.url))


def test_a_lost_answer_is_uncertain_and_a_refused_connection_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    with listening(cut=True) as aws:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SOCIALMESSAGING", aws.url)
        with pytest.raises(Uncertain):
            _http().send(MESSAGE)
    with pytest.raises(Transient):
        _http().send(MESSAGE)


def test_no_key_is_in_a_log_or_an_error(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    caplog.set_level(logging.DEBUG)
    with listening(cut=True) as aws:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SOCIALMESSAGING", aws.url)
        with pytest.raises(Uncertain) as lost:
            _http().send(MESSAGE)
    signed = RequestSigner(lambda: KEYS, REGION).sign(MESSAGE)
    said = "\n".join((caplog.text, str(lost.value), repr(lost.value), repr(signed), repr(KEYS)))
    for secret in (KEYS.secret_key, KEYS.session_token, "Signature="):
        assert secret not in said


def test_credentials_that_are_missing_for_a_moment_are_waited_for() -> None:
    def give_none() -> Credentials:
        raise NoAnswer("Lambda's server gave no credentials (HTTP 500)")

    with pytest.raises(Transient, match="gave no credentials"):
        RequestsHttp(local=False, signer=RequestSigner(give_none, REGION)).send(MESSAGE)


def test_a_file_is_not_sent_through_the_function() -> None:
    """A signature covers the whole body, which would have to be held in memory."""
    with open("/dev/null", "rb") as nothing:  # noqa: PTH123 - an empty stream
        request = HttpRequest(
            method="POST", url="/", aws_service="social-messaging", json={"file": Base64File(size=0, stream=nothing)}
        )
        with pytest.raises(TypeError, match="plain JSON"):
            RequestSigner(lambda: KEYS, REGION).sign(request)
