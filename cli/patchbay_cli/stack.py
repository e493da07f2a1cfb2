"""The deployed stack, as CloudFormation describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from patchbay.domain.errors import Misconfigured

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient


_TOPIC = "EventsTopic"  #: how the names of such outputs end, after the service's


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """The resources of one deployment.

    `alarm_topic` is "" and `dispatcher_concurrency` 0 where an older template does not have them.
    """

    name: str
    stage: str
    api_url: str
    api_id: str
    table: str
    queue_url: str
    dead_letter_queue_url: str
    bucket: str
    alarm_topic: str = ""
    emulator: bool = False  #: the AWS of a developer's machine
    production: bool = False
    kms_key: str = ""  #: the owner's key, "" for AWS's own
    dispatcher_concurrency: int = 0
    topics: Mapping[str, str] = field(default_factory=dict)  #: by service, where it publishes its news

    def topic_of(self, service: str) -> str:
        """Raises Misconfigured for an older stack."""
        if service not in self.topics:
            raise Misconfigured(
                f"the stack {self.name!r} has no topic for news of {service}, because it is an older one: deploy it "
                "again, then repeat the command"
            )
        return self.topics[service]


def read_stack(cloudformation: CloudFormationClient, name: str) -> Stack:
    """The stack called `name`. Raises Misconfigured when there is none, or it is not a Patchbay."""
    try:
        found = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationError":
            raise
        raise Misconfigured(
            f"there is no stack {name!r} in this account and region: deploy it with `sam deploy`, or select another "
            "one with --stack or PATCHBAY_STACK, --region and --profile"
        ) from None
    outputs = {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}
    if not outputs:
        raise Misconfigured(
            f"the stack {name!r} is not ready ({found['StackStatus']}): deploy it again, then repeat the command"
        )
    parameters = {one["ParameterKey"]: one.get("ParameterValue", "") for one in found.get("Parameters", [])}
    return _stack(name, outputs, parameters)


def _stack(name: str, outputs: Mapping[str, str], parameters: Mapping[str, str]) -> Stack:
    try:
        return Stack(
            name=name,
            stage=outputs["Stage"],
            # A custom domain, where the stack has one, is what the services should call.
            api_url=(outputs.get("PublicUrl") or outputs["ApiUrl"]).rstrip("/"),
            api_id=outputs["ApiId"],
            table=outputs["TableName"],
            queue_url=outputs["QueueUrl"],
            dead_letter_queue_url=outputs["DeadLetterQueueUrl"],
            bucket=outputs["BucketName"],
            alarm_topic=outputs.get("AlarmTopic", ""),
            emulator=parameters.get("Emulator") == "yes",
            production=parameters.get("Production") == "yes",
            kms_key=outputs.get("KmsKeyArn", ""),
            dispatcher_concurrency=int(parameters.get("DispatcherConcurrency") or 0),
            topics={key.removesuffix(_TOPIC).lower(): value for key, value in outputs.items() if key.endswith(_TOPIC)},
        )
    except KeyError as missing:
        raise Misconfigured(
            f"the stack {name!r} has no output {missing}: it is not a Patchbay stack, or an older one. Deploy it again"
        ) from None
