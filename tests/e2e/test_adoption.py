"""A stack that was deleted by mistake comes back with its connections, conversations, files and waiting messages."""

from __future__ import annotations

from typing import Any

import pytest

from playground.adopt import Remains, adopt
from playground.deployment import built_template, deploy
from playground.local_aws import running_local_aws

KEPT = ("TableName", "BucketName", "QueueUrl", "DeadLetterQueueUrl", "WhatsappEventsFailuresUrl")


@pytest.mark.deployed
def test_a_deleted_stack_comes_back_with_all_that_it_kept() -> None:
    with running_local_aws(lambda _: None, stack_name="patchbay-lost", port=0) as aws:
        before = dict(aws.outputs)
        here: dict[str, Any] = {"endpoint_url": aws.endpoint_url}
        table = aws.session.resource("dynamodb", **here).Table(before["TableName"])
        table.put_item(Item={"pk": "CONNECTION", "sk": "bot", "id": "bot"})
        files, queues = aws.session.client("s3", **here), aws.session.client("sqs", **here)
        files.put_object(Bucket=before["BucketName"], Key="media/1/a.txt", Body=b"a file")
        dead_letters = before["DeadLetterQueueUrl"]
        queues.send_message(QueueUrl=dead_letters, MessageBody="waits", MessageGroupId="g", MessageDeduplicationId="d")
        stacks = aws.session.client("cloudformation", **here)

        stacks.delete_stack(StackName=aws.stack_name)
        stacks.get_waiter("stack_delete_complete").wait(StackName=aws.stack_name, WaiterConfig={"Delay": 1})
        remains = Remains(
            table=before["TableName"],
            bucket=before["BucketName"],
            events_queue=before["QueueUrl"],
            dead_letter_queue=before["DeadLetterQueueUrl"],
            whatsapp_events_failures=before["WhatsappEventsFailuresUrl"],
        )
        adopt(stacks, aws.stack_name, remains, {"Stage": "local", "Emulator": "yes"})
        with built_template() as template:
            deploy(template, aws.stack_name, aws.environment)

        found = stacks.describe_stacks(StackName=aws.stack_name)["Stacks"][0]["Outputs"]
        after = {one["OutputKey"]: one["OutputValue"] for one in found}
        assert {name: after[name] for name in KEPT} == {name: before[name] for name in KEPT}
        assert table.get_item(Key={"pk": "CONNECTION", "sk": "bot"})["Item"]["id"] == "bot"
        assert files.get_object(Bucket=after["BucketName"], Key="media/1/a.txt")["Body"].read() == b"a file"
        (kept,) = queues.receive_message(QueueUrl=after["DeadLetterQueueUrl"], WaitTimeSeconds=2)["Messages"]
        assert kept["Body"] == "waits"
        assert after["ApiId"] != before["ApiId"], "the API's own address is another one: services must be told"
