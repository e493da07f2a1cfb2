"""An AWS that answers at once: botocore does all its own work, and no request leaves the process.

What is timed is then our code and botocore's, and not an emulator's.
"""

from __future__ import annotations

import io
import itertools
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders

Json = dict[str, Any]
#: `name = :value` or `name = if_not_exists(name, :value)`, of an item's own attributes.
_ASSIGNMENT = re.compile(r"(?<![.\w#])([#\w]+) = (if_not_exists\([#\w]+, )?(:\w+)")


class CannedAws:
    """Keeps items, secrets and sent messages in memory. Conditions are taken to hold."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], Json] = {}
        self.secrets: dict[str, str] = {}
        self.messages: list[Json] = []
        self._numbers = itertools.count(1)
        self._answers: dict[str, Callable[[Json], Json]] = {
            "DynamoDB_20120810.GetItem": self._get_item,
            "DynamoDB_20120810.PutItem": self._put_item,
            "DynamoDB_20120810.UpdateItem": self._update_item,
            "DynamoDB_20120810.Query": self._query,
            "DynamoDB_20120810.TransactWriteItems": self._transact,
            "AmazonSQS.SendMessageBatch": self._send,
            "secretsmanager.GetSecretValue": self._get_secret,
            "secretsmanager.RestoreSecret": self._get_secret,
            "secretsmanager.CreateSecret": self._create_secret,
        }

    def install(self) -> None:
        """For every client that is made from now on."""
        boto3.setup_default_session(region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
        session = boto3.DEFAULT_SESSION
        if session is None:
            raise RuntimeError("boto3 has no default session")
        # botocore-stubs know no handler that answers, which is what this event is for.
        session.events.register("before-send", self._answer)  # type: ignore[arg-type]

    def take_records(self) -> list[Json]:
        """What was sent since the last call, as the event source mapping hands it to a function."""
        taken, self.messages = self.messages, []
        return [
            {
                "messageId": str(next(self._numbers)),
                "receiptHandle": "canned",
                "body": message["MessageBody"],
                "attributes": {"MessageGroupId": message["MessageGroupId"], "SentTimestamp": "1700000000000"},
            }
            for message in taken
        ]

    def _answer(self, request: AWSPreparedRequest, **_: object) -> AWSResponse:
        target = request.headers["X-Amz-Target"]
        name = target.decode() if isinstance(target, bytes) else str(target)
        status, answer = 200, {}
        try:
            answer = self._answers[name](json.loads(_read(request)))
        except _Missing:
            status, answer = 400, {"__type": "ResourceNotFoundException"}
        body = json.dumps(answer).encode()
        headers = {"content-type": "application/x-amz-json-1.0", "content-length": str(len(body))}
        return AWSResponse(request.url, status, HTTPHeaders.from_dict(headers), _Raw(body))

    # --- DynamoDB ----------------------------------------------------------------------------------------------------

    def _get_item(self, request: Json) -> Json:
        item = self.items.get(_key(request["Key"]))
        return {"Item": item} if item else {}

    def _put_item(self, request: Json) -> Json:
        self.items[_key(request["Item"])] = request["Item"]
        return {}

    def _update_item(self, request: Json) -> Json:
        item = self.items.setdefault(_key(request["Key"]), dict(request["Key"]))
        names, values = request.get("ExpressionAttributeNames", {}), request.get("ExpressionAttributeValues", {})
        for name, unless_there, value in _ASSIGNMENT.findall(request["UpdateExpression"]):
            attribute = names.get(name, name)
            if not (unless_there and attribute in item):
                item[attribute] = values[value]
        return {}

    def _query(self, request: Json) -> Json:
        if "IndexName" in request:
            return {"Items": [], "Count": 0}
        [partition] = request["ExpressionAttributeValues"].values()
        found = [item for (pk, _), item in self.items.items() if pk == partition["S"]]
        return {"Items": found, "Count": len(found)}

    def _transact(self, request: Json) -> Json:
        for step in request["TransactItems"]:
            self._put_item(step["Put"])
        return {}

    # --- the others --------------------------------------------------------------------------------------------------

    def _send(self, request: Json) -> Json:
        self.messages += request["Entries"]
        sent = [{"Id": each["Id"], "MessageId": each["Id"], "MD5OfMessageBody": ""} for each in request["Entries"]]
        return {"Successful": sent, "Failed": []}

    def _get_secret(self, request: Json) -> Json:
        if request["SecretId"] not in self.secrets:
            raise _Missing
        return {"SecretString": self.secrets[request["SecretId"]], "VersionId": "1" * 32, "CreatedDate": 1700000000}

    def _create_secret(self, request: Json) -> Json:
        self.secrets[request["Name"]] = request["SecretString"]
        return {"VersionId": "1" * 32}


class _Missing(Exception):
    """There is no such secret."""


class _Raw(io.BytesIO):
    """An answer's body as urllib3 hands it to botocore."""

    def stream(self, *_: object, **__: object) -> Iterator[bytes]:
        yield self.read()


def _read(request: AWSPreparedRequest) -> bytes:
    if not isinstance(request.body, bytes):
        raise TypeError("the body is a stream")
    return request.body


def _key(attributes: Json) -> tuple[str, str]:
    return attributes["pk"]["S"], attributes["sk"]["S"]
