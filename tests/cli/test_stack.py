from __future__ import annotations

import boto3
import pytest
from botocore import exceptions as aws
from botocore.stub import Stubber

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Misconfigured
from patchbay.kit.contract import Connector
from patchbay_cli.deployment import Deployment
from patchbay_cli.error_messages import explain
from patchbay_cli.stack import Stack, read_stack
from tests.cli.conftest import REGION, Cli
from tests.cli.fakes import WebhookMessenger

OUTPUTS = {
    "ApiUrl": "https://chat.acme.test/",
    "ApiId": "abc123",
    "TableName": "table",
    "QueueUrl": "https://sqs/events.fifo",
    "DeadLetterQueueUrl": "https://sqs/dead-letters.fifo",
    "BucketName": "files",
    "Stage": "prod",
}


def read_from(
    outputs: dict[str, str], status: str = "CREATE_COMPLETE", parameters: dict[str, str] | None = None
) -> Stack:
    client = boto3.client("cloudformation", region_name=REGION)
    with Stubber(client) as stub:
        listed = [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()]
        stack = {"StackName": "mine", "CreationTime": "2026-01-01T00:00:00Z", "StackStatus": status, "Outputs": listed}
        given = [{"ParameterKey": key, "ParameterValue": value} for key, value in (parameters or {}).items()]
        stub.add_response("describe_stacks", {"Stacks": [{**stack, "Parameters": given}]}, {"StackName": "mine"})
        return read_stack(client, "mine")


def test_the_stack_tells_where_its_parts_are() -> None:
    assert read_from(OUTPUTS) == Stack(
        name="mine",
        stage="prod",
        api_url="https://chat.acme.test",
        api_id="abc123",
        table="table",
        queue_url="https://sqs/events.fifo",
        dead_letter_queue_url="https://sqs/dead-letters.fifo",
        bucket="files",
    )


def test_the_stack_tells_its_topic_and_how_many_dispatchers_there_may_be() -> None:
    stack = read_from(
        {**OUTPUTS, "AlarmTopic": "arn:topic"}, parameters={"DispatcherConcurrency": "20", "Stage": "prod"}
    )
    assert (stack.alarm_topic, stack.dispatcher_concurrency) == ("arn:topic", 20)


def test_the_stack_tells_its_key_and_what_it_is_for() -> None:
    plain = read_from(OUTPUTS, parameters={"Stage": "local", "Emulator": "no", "Production": "no"})
    assert (plain.emulator, plain.production, plain.kms_key) == (False, False, "")
    key = "arn:aws:kms:eu-west-1:123456789012:key/1"
    stack = read_from({**OUTPUTS, "KmsKeyArn": key}, parameters={"Emulator": "yes", "Production": "yes"})
    assert (stack.emulator, stack.production, stack.kms_key) == (True, True, key)


def test_a_stack_of_something_else_is_told_apart() -> None:
    with pytest.raises(Misconfigured, match="has no output 'TableName'"):
        read_from({name: value for name, value in OUTPUTS.items() if name != "TableName"})


def test_a_stack_that_failed_to_deploy_says_its_state() -> None:
    with pytest.raises(Misconfigured, match=r"is not ready \(ROLLBACK_COMPLETE\): deploy it again"):
        read_from({}, "ROLLBACK_COMPLETE")


def test_a_stack_that_is_not_there_says_how_to_name_another() -> None:
    client = boto3.client("cloudformation", region_name=REGION)
    with Stubber(client) as stub:
        stub.add_client_error("describe_stacks", "ValidationError", "Stack with id mine does not exist", 400)
        with pytest.raises(Misconfigured, match="PATCHBAY_STACK"):
            read_stack(client, "mine")


@pytest.mark.parametrize(
    ("endpoint", "base"),
    [
        ("", "https://abc123.execute-api.eu-central-1.amazonaws.com"),
        ("https://vpce.example.com", "https://abc123.execute-api.eu-central-1.amazonaws.com"),
        ("http://127.0.0.1:4566", "http://127.0.0.1:4566/_aws/execute-api/abc123/$default"),
    ],
)
def test_webhook_addresses_work_from_where_the_command_runs(
    cli: Cli,
    deployment: Deployment,
    pigeon: WebhookMessenger,
    monkeypatch: pytest.MonkeyPatch,
    endpoint: str,
    base: str,
) -> None:
    connector: Connector = pigeon
    connection = Connection(id="loft", service="pigeon", side=pigeon.side, endpoint_id="loft")
    webhook_token = deployment.configuration.save(connection)
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    assert deployment.webhooks(connector, connection) == {"webhook": f"{base}/pigeon/{webhook_token}"}


def fail(code: str) -> aws.ClientError:
    return aws.ClientError({"Error": {"Code": code, "Message": "no"}}, "DescribeStacks")


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (aws.NoCredentialsError(), "aws configure"),
        (aws.NoRegionError(), "--region"),
        (aws.EndpointConnectionError(endpoint_url="http://127.0.0.1:4566"), "AWS could not be reached"),
        (aws.ConnectTimeoutError(endpoint_url="http://127.0.0.1:4566"), "AWS could not be reached"),
        (aws.ParamValidationError(report="value: s3cr3t"), "AWS rejected a value"),
        (aws.ProfileNotFound(profile="acme"), "acme"),
        (fail("ExpiredToken"), "sign in again"),
        (fail("AccessDenied"), "not allowed to call DescribeStacks"),
        (fail("InvalidClientTokenId"), "does not know these credentials"),
        (fail("Throttling"), "AWS rejected DescribeStacks: no"),
    ],
)
def test_what_aws_refuses_is_explained(error: Exception, advice: str) -> None:
    assert advice in explain(error)
    assert "s3cr3t" not in explain(error)
