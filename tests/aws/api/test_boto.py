"""The command's way through boto3 gives the stores what our own client gives them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ReadTimeoutError
from botocore.loaders import Loader

from patchbay.aws import clients
from patchbay.aws.api.boto import BotoApi
from patchbay.aws.api.contract import AwsApi, AwsError, AwsUnreachable
from tests.aws import aws
from tests.aws.aws import Aws, make_client

_KEY = {"pk": {"S": "a"}, "sk": {"S": "b"}}
_ONLY_NEW = {"ConditionExpression": "attribute_not_exists(pk)", "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
_PUT = {"TableName": aws.TABLE, "Item": {**_KEY, "n": {"N": "1.5"}, "l": {"L": [{"NULL": True}, {"BOOL": False}]}}}


@pytest.fixture
def running() -> Iterator[Aws]:
    with aws.running() as running:
        yield running


def _both(service: str, ours: AwsApi, operation: str, request: dict[str, Any]) -> tuple[Any, Any]:
    return _outcome(ours, operation, request), _outcome(BotoApi(make_client(service)), operation, request)


def _outcome(api: AwsApi, operation: str, request: dict[str, Any]) -> Any:
    """What the stores look at: an answer without boto3's own additions, or what an error says."""
    try:
        answer = api.call(operation, request)
    except AwsError as error:
        facts = {name: error.answer.get(name) for name in ("CancellationReasons", "Item")}
        return error.operation, error.code, error.status, facts
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def test_items_and_refusals_are_the_same(running: Aws) -> None:
    tables = clients.dynamodb()
    tables.call("PutItem", _PUT)
    cancelled = {"TransactItems": [{"Put": {**_PUT, **_ONLY_NEW}}]}
    for operation, request in (
        ("GetItem", {"TableName": aws.TABLE, "Key": _KEY}),
        ("GetItem", {"TableName": aws.TABLE, "Key": {**_KEY, "sk": {"S": "none"}}}),
        (
            "Query",
            {
                "TableName": aws.TABLE,
                "KeyConditionExpression": "pk = :a",
                "ExpressionAttributeValues": {":a": {"S": "a"}},
            },
        ),
        ("PutItem", {**_PUT, **_ONLY_NEW}),
        ("TransactWriteItems", cancelled),
        ("GetItem", {"TableName": "no-table", "Key": _KEY}),
    ):
        ours, theirs = _both("dynamodb", tables, operation, request)
        assert ours == theirs, operation


def test_messages_and_refusals_are_the_same(running: Aws) -> None:
    queues = clients.sqs()
    for number in range(2):
        entry = {
            "Id": "1",
            "MessageBody": "Grüße",
            "MessageGroupId": f"g{number}",
            "MessageDeduplicationId": f"d{number}",
        }
        queues.call("SendMessageBatch", {"QueueUrl": running.queue_url, "Entries": [entry]})
    ours, theirs = _both("sqs", queues, "ReceiveMessage", {"QueueUrl": running.queue_url})
    for outcome in (ours, theirs):
        (message,) = outcome["Messages"]
        assert (sorted(message), message["Body"]) == (["Body", "MD5OfBody", "MessageId", "ReceiptHandle"], "Grüße")
    missing = f"{running.queue_url.rpartition('/')[0]}/none"
    ours, theirs = _both("sqs", queues, "SendMessage", {"QueueUrl": missing, "MessageBody": "x"})
    assert ours == theirs
    assert ours[1] == "AWS.SimpleQueueService.NonExistentQueue"


def test_secrets_and_their_times_are_the_same(running: Aws) -> None:
    vault = clients.secrets_manager()
    running.secrets.create_secret(Name="patchbay/test/a", SecretString="s")
    for operation, request in (
        ("GetSecretValue", {"SecretId": "patchbay/test/a"}),
        ("GetSecretValue", {"SecretId": "patchbay/test/none"}),
    ):
        ours, theirs = _both("secretsmanager", vault, operation, request)
        assert ours == theirs, operation


@pytest.mark.parametrize("service", ["sqs", "dynamodb", "secretsmanager"])
def test_every_operation_is_found_at_boto3s_client(service: str) -> None:
    asked: list[str] = []

    class Client:
        def __getattr__(self, method: str) -> Callable[[], dict[str, object]]:
            assert callable(getattr(known, method))
            asked.append(method)
            return dict

    known, operations = make_client(service), Loader().load_service_model(service, "service-2")["operations"]
    for operation in operations:
        assert BotoApi(Client()).call(operation, {}) == {}
    assert asked == [xform_name(operation) for operation in operations]


def test_times_are_numbers_wherever_they_stand() -> None:
    class Listing:
        def list_secrets(self) -> dict[str, Any]:
            return {"SecretList": [{"Name": "a", "CreatedDate": datetime(2026, 11, 29, tzinfo=UTC)}]}

    assert BotoApi(Listing()).call("ListSecrets", {}) == {"SecretList": [{"Name": "a", "CreatedDate": 1795910400.0}]}


def test_no_answer_is_the_same_failure_for_the_stores() -> None:
    class Hanging:
        def get_item(self, **_: object) -> None:
            raise ReadTimeoutError(endpoint_url="https://word.example")

    with pytest.raises(AwsUnreachable) as raised:
        BotoApi(Hanging()).call("GetItem", {})
    assert str(raised.value) == "GetItem got no answer that can be read: ReadTimeoutError"
