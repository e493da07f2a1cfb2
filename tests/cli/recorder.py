"""What each command asks of AWS, written down while the tests of the commands run, in the words of IAM."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3

from tests.harness.iam import Call

ACCOUNT, REGION = "ACCOUNT_ID", "REGION"
#: Names of the tests' stores, as CloudFormation makes names in a deployed stack.
_NAMES = {
    "patchbay-table": "table/STACK_NAME-Table-1ABCDEFGHIJKL",
    "events.fifo": "STACK_NAME-EventsQueue-1abcdefghijk.fifo",
    "dead.fifo": "STACK_NAME-DeadLetterQueue-1abcdefghijk.fifo",
    "files": "STACK_NAME-bucket-1abcdefghijk",
}
_ACTIONS = {
    "s3:HeadObject": "s3:GetObject",
    "s3:ListObjectsV2": "s3:ListBucket",
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
}
_WRITES = ("Put", "BatchWrite", "Update", "Delete", "Create", "Send", "Transact", "Restore")
_GONE = "patchbay/of-which-nothing-is-left"  #: the tests' own stand-in for a secret that is being deleted
_TRANSACTION = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}


@dataclass
class Recorder:
    calls: list[Call] = field(default_factory=list)
    listening: bool = False

    @contextmanager
    def listen(self) -> Iterator[list[Call]]:
        """The calls of one command. What the tests themselves ask of AWS is not among them."""
        self.calls, self.listening = [], True
        try:
            yield self.calls
        finally:
            self.listening = False

    @contextmanager
    def pause(self) -> Iterator[None]:
        """While somebody else acts on the same stack, a function for instance."""
        before, self.listening = self.listening, False
        try:
            yield
        finally:
            self.listening = before

    def hear(self, params: Mapping[str, Any], model: Any, **_rest: Any) -> None:
        if self.listening and _GONE not in params.values():
            self.calls += list(read_calls(model.service_model.endpoint_prefix, model.name, params))


RECORDER = Recorder()


def attach(session: boto3.Session) -> None:
    """Must be called before the session's first client is made."""
    session.events.register_last("before-parameter-build", RECORDER.hear)


def is_write(call: Call) -> bool:
    """Of what is kept. A message that is held for a look comes back by itself."""
    return call.action.partition(":")[2].startswith(_WRITES)


def is_record(call: Call) -> bool:
    return call.action == "dynamodb:PutItem" and all(key.startswith("AUDIT#") for key in call.keys or ("",))


def read_calls(service: str, operation: str, params: Mapping[str, Any]) -> Iterator[Call]:
    action = f"{service}:{operation}"
    if service == "dynamodb":
        yield from _read_table_calls(operation, params)
    elif service == "sqs":
        name = params["QueueUrl"].rpartition("/")[2]
        yield Call(_ACTIONS.get(action, action), f"arn:aws:sqs:{REGION}:{ACCOUNT}:{_NAMES[name]}")
    elif service == "secretsmanager":
        name = params.get("SecretId") or params["Name"]
        name = re.sub("^patchbay/[^/]+/", "patchbay/STAGE/", name)
        yield Call(action, f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}-AbCdEf")
    elif service == "s3":
        key = f"/{params['Key']}" if "Key" in params else ""
        yield Call(_ACTIONS.get(action, action), f"arn:aws:s3:::{_NAMES[params['Bucket']]}{key}")
    else:
        yield Call(f"{'cloudwatch' if service == 'monitoring' else service}:{operation}", _whole(service))


def _whole(service: str) -> str:
    if service == "sns":
        return f"arn:aws:sns:{REGION}:{ACCOUNT}:STACK_NAME-AlarmTopic-1ABCDEFGHIJKL"
    return "*"


def _read_table_calls(operation: str, params: Mapping[str, Any]) -> Iterator[Call]:
    if operation == "TransactWriteItems":
        for write in params["TransactItems"]:
            ((kind, one),) = write.items()
            yield _on_table(_TRANSACTION[kind], one["TableName"], [_key(one.get("Item") or one.get("Key"))])
        return
    if operation in {"BatchGetItem", "BatchWriteItem"}:
        for table, wanted in params["RequestItems"].items():
            items = wanted["Keys"] if operation == "BatchGetItem" else [next(iter(one.values())) for one in wanted]
            yield _on_table(operation, table, [_key(one.get("Item") or one.get("Key") or one) for one in items])
        return
    place = params["TableName"] + (f"/index/{params['IndexName']}" if "IndexName" in params else "")
    key = params.get("Item") or params.get("Key")
    if key is not None:
        yield _on_table(operation, place, [_key(key)])
    elif operation == "Query":
        values = params["ExpressionAttributeValues"]
        yield _on_table(operation, place, [_plain(next(iter(values.values())))])
    else:
        yield _on_table(operation, place, None)


def _on_table(operation: str, place: str, keys: list[str] | None) -> Call:
    table, _, index = place.partition("/")
    resource = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:{_NAMES[table]}" + (f"/{index}" if index else "")
    return Call(f"dynamodb:{operation}", resource, tuple(keys) if keys is not None else None)


def _key(item: Mapping[str, Any]) -> str:
    return _plain(item["pk"])


def _plain(value: Any) -> str:
    return str(value["S"]) if isinstance(value, Mapping) else str(value)
