"""Whole calls over TLS to a server that checks every signature as AWS does, and answers as moto does."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from unittest.mock import patch

import pytest
from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from patchbay.aws import clients
from patchbay.aws.api.contract import AwsError, AwsUnreachable
from patchbay.aws.api.transport import Answer
from tests.aws import aws
from tests.aws.servers import serving
from tests.harness.moto_transport import MotoTransport

_KEY, _SECRET, _TOKEN = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG", "word/of+the=token"


class Gate:
    """Lets in what is signed with the one key; `damage` changes what leaves."""

    def __init__(self, queue_url: str) -> None:
        self.queue_url = queue_url
        self.callers: set[object] = set()
        self.refused = 0
        self.damage = 0
        self._moto = {
            name: MotoTransport(f"https://{name}.{aws.REGION}.amazonaws.com", clients.LIMITS[clients.ANSWERING])
            for name in ("sqs", "dynamodb", "secretsmanager")
        }
        self._lock = threading.Lock()  # moto's stores are for one thread

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        self.callers.add(handler.client_address)
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        service = _verify(handler.path, headers, body)
        if service is None:
            self.refused += 1
            refusal = {"__type": "com.amazon.coral.service#InvalidSignatureException", "message": "secret word"}
            answer = Answer(status=400, headers={}, body=json.dumps(refusal).encode())
        else:
            with self._lock:
                answer = self._moto[service].send("POST", handler.path, headers, body)
        self._write(handler, answer)

    def _write(self, handler: BaseHTTPRequestHandler, answer: Answer) -> None:
        damaged, self.damage = self.damage > 0, max(self.damage - 1, 0)
        body = answer.body[:-2] + b" }" if damaged else answer.body
        handler.send_response(answer.status)
        for name, value in answer.headers.items():
            if name not in {"content-length", "connection"}:
                handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)


def _verify(path: str, headers: dict[str, str], body: bytes) -> str | None:
    """The service that the request is signed for, with what botocore would have signed; None if it is not."""
    stated = headers["authorization"]
    _, _, region, service, _ = stated.partition("Credential=")[2].partition(",")[0].split("/")
    names = stated.partition("SignedHeaders=")[2].partition(",")[0].split(";")
    request = AWSRequest(
        method="POST",
        url=f"https://{headers['host']}{path}",
        headers={name: headers[name] for name in names if not name.startswith("x-amz-date")},
        data=body,
    )
    at = datetime.strptime(headers["x-amz-date"] + "+0000", "%Y%m%dT%H%M%SZ%z")
    with patch.object(auth, "get_current_datetime", lambda: at):
        auth.SigV4Auth(Credentials(_KEY, _SECRET, _TOKEN), service, region).add_auth(request)
    return service if request.headers["Authorization"] == stated else None


@pytest.fixture
def gate(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    """With the product's own clients before it."""
    with aws.running() as running:
        gate = Gate(running.queue_url)
        with serving(gate, certificate) as port, monkeypatch.context() as environment:
            environment.setenv("AWS_ENDPOINT_URL", f"https://localhost:{port}")
            environment.setenv("AWS_CA_BUNDLE", str(certificate))
            environment.setenv("AWS_ACCESS_KEY_ID", _KEY)
            environment.setenv("AWS_SECRET_ACCESS_KEY", _SECRET)
            environment.setenv("AWS_SESSION_TOKEN", _TOKEN)
            environment.setattr(clients, "connecting", clients._connect)
            clients.forget()
            yield gate
            for made in (clients.sqs(), clients.dynamodb(), clients.secrets_manager()):
                made._transport.close()  # type: ignore[attr-defined]
            clients.forget()


def test_items_messages_and_secrets_go_over_one_connection_each(gate: Gate) -> None:
    item = {"pk": {"S": "Grüße \U0001f44b\x00"}, "sk": {"S": "\ud7ff"}, "n": {"N": "1.50"}}
    tables, queues, vault = clients.dynamodb(), clients.sqs(), clients.secrets_manager()
    tables.call("PutItem", {"TableName": aws.TABLE, "Item": item})
    key = {name: item[name] for name in ("pk", "sk")}
    found = tables.call("GetItem", {"TableName": aws.TABLE, "Key": key})["Item"]
    assert found == item | {"n": {"N": "1.50"}}
    queue = gate.queue_url
    message = {"QueueUrl": queue, "MessageBody": "Grüße", "MessageGroupId": "g", "MessageDeduplicationId": "d"}
    queues.call("SendMessage", message)
    (received,) = queues.call("ReceiveMessage", {"QueueUrl": queue})["Messages"]
    assert received["Body"] == "Grüße"
    with pytest.raises(AwsError) as missing:
        vault.call("GetSecretValue", {"SecretId": "patchbay/test/none"})
    assert missing.value.code == "ResourceNotFoundException"
    assert (len(gate.callers), gate.refused) == (3, 0)


def test_a_wrong_key_is_refused_and_not_tried_again(
    gate: Gate, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither the exception, nor its causes, nor any log shows keys, tokens, bodies or the gate's own words."""
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-word-of-another")
    with pytest.raises(AwsError) as refused:
        clients.dynamodb().call("GetItem", {"TableName": aws.TABLE, "Key": {"pk": {"S": "word of a customer"}}})
    assert (refused.value.code, gate.refused) == ("InvalidSignatureException", 1)
    error: BaseException | None = refused.value
    while error:
        assert "word" not in repr(error) + str(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    ours = [record.getMessage() for record in caplog.records if record.name.startswith(("patchbay", "http", "ssl"))]
    assert ours == []


def test_a_damaged_answer_is_asked_for_again(gate: Gate) -> None:
    gate.damage = 1
    with patch("time.sleep") as slept:
        assert clients.dynamodb().call("GetItem", _READ) == {}
    slept.assert_called_once()
    gate.damage = 2
    with patch("time.sleep"), pytest.raises(AwsUnreachable, match="ChecksumMismatch"):
        clients.dynamodb().call("GetItem", _READ)


_READ = {"TableName": aws.TABLE, "Key": {"pk": {"S": "a"}, "sk": {"S": "b"}}}


def test_twenty_threads_write_and_read_at_once(gate: Gate) -> None:
    def write_and_read(number: int) -> str:
        key = {"pk": {"S": f"p{number}"}, "sk": {"S": "s"}}
        tables = clients.dynamodb()
        tables.call("PutItem", {"TableName": aws.TABLE, "Item": key | {"n": {"N": str(number)}}})
        found: str = tables.call("GetItem", {"TableName": aws.TABLE, "Key": key})["Item"]["n"]["N"]
        return found

    with ThreadPoolExecutor(20) as pool:
        assert list(pool.map(write_and_read, range(60))) == [str(number) for number in range(60)]
    assert len(gate.callers) <= 20


def test_what_aws_does_not_know_is_found_by_the_fake(gate: Gate) -> None:
    with patch.object(clients, "connecting", MotoTransport):
        clients.forget()
        with pytest.raises(AssertionError, match="ConsistentReed"):
            clients.dynamodb().call("GetItem", _READ | {"ConsistentReed": True})
        with pytest.raises(Exception, match="GetThing"):
            clients.dynamodb().call("GetThing", {})
        clients.forget()


def test_a_changed_byte_of_the_body_is_refused(gate: Gate) -> None:
    transport = clients.dynamodb()._transport  # type: ignore[attr-defined]
    send = transport.send
    changed = patch.object(
        transport, "send", lambda method, path, headers, body: send(method, path, headers, body + b" ")
    )
    with changed, pytest.raises(AwsError, match="InvalidSignatureException"):
        clients.dynamodb().call("GetItem", _READ)
