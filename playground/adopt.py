"""Gets a deleted stack back: makes a stack of the table, the bucket and the queues that it left behind.

    python -m playground.adopt --stack patchbay-prod --table T --bucket B --events-queue URL --dead-letter-queue URL \\
        --whatsapp-events-failures URL Stage=prod Production=yes

`sam deploy` then adds everything else. CloudFormation calls this an import: it takes resources over as they are.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import boto3
from botocore.exceptions import ClientError, WaiterError
from samcli.yamlhelper import yaml_parse

from playground.emulator import ROOT

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import WaiterConfigTypeDef

_CHANGE_SET = "adopt"
_KEPT = ("AWSTemplateFormatVersion", "Description", "Parameters", "Conditions")


@dataclass(frozen=True, slots=True, kw_only=True)
class Remains:
    """What a deleted stack left behind, by the names that AWS knows it by: queues by their URLs."""

    table: str
    bucket: str
    events_queue: str
    dead_letter_queue: str
    whatsapp_events_failures: str

    @property
    def identifiers(self) -> Mapping[str, tuple[str, str]]:
        """By the name in the template: what AWS identifies it by."""
        return {
            "Table": ("TableName", self.table),
            "Bucket": ("BucketName", self.bucket),
            "EventsQueue": ("QueueUrl", self.events_queue),
            "DeadLetterQueue": ("QueueUrl", self.dead_letter_queue),
            "WhatsappEventsFailures": ("QueueUrl", self.whatsapp_events_failures),
        }


def write_template(remains: Remains) -> dict[str, Any]:
    """The template's own definitions of what remains, and nothing else: an import must not make anything new."""
    template = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))
    resources = {name: template["Resources"][name] for name in remains.identifiers}
    return {**{name: template[name] for name in _KEPT}, "Resources": resources}


def adopt(client: CloudFormationClient, stack: str, remains: Remains, parameters: Mapping[str, str]) -> None:
    """Makes the stack. Raises ClientError or WaiterError when CloudFormation refuses."""
    template = write_template(remains)
    kind: Literal["IMPORT"] = "IMPORT"
    client.create_change_set(
        StackName=stack,
        ChangeSetName=_CHANGE_SET,
        ChangeSetType=kind,
        TemplateBody=json.dumps(template, default=str),
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
        ResourcesToImport=[
            {
                "ResourceType": template["Resources"][name]["Type"],
                "LogicalResourceId": name,
                "ResourceIdentifier": {key: value},
            }
            for name, (key, value) in remains.identifiers.items()
        ],
    )
    waiting: WaiterConfigTypeDef = {"Delay": 2, "MaxAttempts": 150}
    made = client.get_waiter("change_set_create_complete")
    made.wait(StackName=stack, ChangeSetName=_CHANGE_SET, WaiterConfig=waiting)
    client.execute_change_set(StackName=stack, ChangeSetName=_CHANGE_SET)
    client.get_waiter("stack_import_complete").wait(StackName=stack, WaiterConfig=waiting)


def main(words: Sequence[str]) -> int:
    given = _parser().parse_args(words)
    remains = Remains(
        table=given.table,
        bucket=given.bucket,
        events_queue=given.events_queue,
        dead_letter_queue=given.dead_letter_queue,
        whatsapp_events_failures=given.whatsapp_events_failures,
    )
    parameters = dict(one.partition("=")[::2] for one in given.parameters)
    try:
        adopt(boto3.client("cloudformation", region_name=given.region), given.stack, remains, parameters)
    except (ClientError, WaiterError) as refusal:
        sys.stderr.write(f"CloudFormation did not import them: {refusal}\n")
        return 1
    sys.stdout.write(f"{given.stack} has its table, bucket and queues again. Now run `sam deploy` for the rest.\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m playground.adopt", description="Restore a deleted stack.")
    parser.add_argument("--region")
    for name in ("stack", "table", "bucket", "events-queue", "dead-letter-queue", "whatsapp-events-failures"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("parameters", nargs="*", metavar="PARAMETER=VALUE", help="the values in samconfig.toml")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
