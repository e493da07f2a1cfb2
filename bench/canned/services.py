"""What the canned AWS answers, in the JSON protocols and with the headers of the real one."""

from __future__ import annotations

import hashlib
import itertools
import json
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from threading import Lock
from typing import Any

from bench.canned.tables import Tables

Json = dict[str, Any]
_REQUEST_ID = "4A2B6C8D0E1F2A3B4C5D6E7F8091A2B3C4D5E6F708192A3B4C5D"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Refused(Exception):
    """What AWS answers with status 400; the message is its code."""


class Services:
    """SQS, DynamoDB and Secrets Manager, with one queue and one table. Requests come from many threads."""

    def __init__(self) -> None:
        self._secrets: dict[str, str] = {}
        self._waiting: list[Json] = []
        self._numbers = itertools.count(1)
        self._lock = Lock()
        self._answers: Mapping[str, Callable[[Json], Json]] = {
            **Tables().answers,
            "AmazonSQS.SendMessageBatch": self._send,
            "AmazonSQS.ReceiveMessage": self._receive,
            "AmazonSQS.DeleteMessageBatch": _succeed,
            "AmazonSQS.ChangeMessageVisibility": lambda _: {},
            "secretsmanager.GetSecretValue": self._get_secret,
            "secretsmanager.RestoreSecret": self._get_secret,
            "secretsmanager.CreateSecret": self._store_secret,
            "secretsmanager.PutSecretValue": self._store_secret,
        }

    def answer(self, target: str, body: bytes) -> Answer:
        """To a request with this X-Amz-Target."""
        status, document = 200, {}
        try:
            with self._lock:
                document = self._handle(target)(json.loads(body))
        except Refused as refused:
            status, document = 400, {"__type": str(refused), "message": "refused"}
        # SQS and Secrets Manager answer some calls with nothing at all, DynamoDB always with an object.
        content = json.dumps(document, separators=(",", ":")).encode()
        return Answer(status=status, headers=_headers(target, content), body=content)

    def _handle(self, target: str) -> Callable[[Json], Json]:
        if target not in self._answers:
            raise Refused("UnknownOperationException")
        return self._answers[target]

    # --- SQS ---------------------------------------------------------------------------------------------------------

    def _send(self, request: Json) -> Json:
        sent = []
        for entry in request["Entries"]:
            number = next(self._numbers)
            self._waiting.append({**entry, "Number": number, "At": str(round(time.time() * 1000))})
            digest = hashlib.md5(entry["MessageBody"].encode(), usedforsecurity=False).hexdigest()
            sent.append(
                {
                    "Id": entry["Id"],
                    "MessageId": _message_id(number),
                    "MD5OfMessageBody": digest,
                    "SequenceNumber": f"{number:020d}",
                }
            )
        return {"Successful": sent}

    def _receive(self, request: Json) -> Json:
        """Once: what was received never comes back."""
        most = request.get("MaxNumberOfMessages", 1)
        received, self._waiting = self._waiting[:most], self._waiting[most:]
        return {"Messages": [_as_received(message) for message in received]} if received else {}

    # --- Secrets Manager ---------------------------------------------------------------------------------------------

    def _get_secret(self, request: Json) -> Json:
        name = request["SecretId"]
        if name not in self._secrets:
            raise Refused("ResourceNotFoundException")
        return {"SecretString": self._secrets[name], **_describe_secret(name)}

    def _store_secret(self, request: Json) -> Json:
        name = request.get("Name") or request["SecretId"]
        self._secrets[name] = request["SecretString"]
        return _describe_secret(name)


def _message_id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def _as_received(message: Json) -> Json:
    number = message["Number"]
    return {
        "MessageId": _message_id(number),
        "ReceiptHandle": f"AQEB{number:0172d}",
        "MD5OfBody": hashlib.md5(message["MessageBody"].encode(), usedforsecurity=False).hexdigest(),
        "Body": message["MessageBody"],
        "Attributes": {
            "ApproximateFirstReceiveTimestamp": message["At"],
            "ApproximateReceiveCount": "1",
            "MessageDeduplicationId": message["MessageDeduplicationId"],
            "MessageGroupId": message["MessageGroupId"],
            "SenderId": "AROAEXAMPLE:function",
            "SentTimestamp": message["At"],
            "SequenceNumber": f"{number:020d}",
        },
    }


def _succeed(request: Json) -> Json:
    return {"Successful": [{"Id": entry["Id"]} for entry in request["Entries"]], "Failed": []}


def _describe_secret(name: str) -> Json:
    return {
        "ARN": f"arn:aws:secretsmanager:eu-west-1:123456789012:secret:{name}-AbCdEf",
        "Name": name,
        "VersionId": "1" * 32,
        "VersionStages": ["AWSCURRENT"],
        "CreatedDate": 1700000000.123,
    }


def _headers(target: str, content: bytes) -> dict[str, str]:
    version = "1.1" if target.startswith("secretsmanager") else "1.0"
    headers = {
        "x-amzn-RequestId": _REQUEST_ID,
        "Date": formatdate(usegmt=True),
        "Content-Type": f"application/x-amz-json-{version}",
        "Content-Length": str(len(content)),
    }
    if target.startswith("DynamoDB"):
        return {"Server": "Server", **headers, "x-amz-crc32": str(zlib.crc32(content)), "Connection": "keep-alive"}
    return {**headers, "connection": "keep-alive"}
