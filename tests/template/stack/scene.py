"""What the tests of this folder share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]
WEBHOOKS = sorted(folder.name for folder in (ROOT / "functions").glob("*_webhook"))
LONGEST_STACK_NAME = 40  #: as docs/deploy.md says
NEW_ACCOUNT = 10  #: executions at once, until its owner asks for more
SAME_FOR_ALL = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}  #: X-Ray knows no resources
Properties = Mapping[str, Any]  # a document of somebody else's making


class _Template(yaml.SafeLoader):
    """Reads `!Ref X` as {"Ref": "X"} and every other short form as {"!Name": value}."""


def _read_short_form(loader: yaml.SafeLoader, name: str, node: yaml.Node) -> dict[str, object]:
    key = "Ref" if name == "Ref" else f"!{name}"
    if isinstance(node, yaml.ScalarNode):
        return {key: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {key: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {key: loader.construct_mapping(node, deep=True)}


_Template.add_multi_constructor("!", _read_short_form)
TEMPLATE: Mapping[str, Any] = yaml.load((ROOT / "template.yaml").read_text(encoding="utf-8"), _Template)
RESOURCES: Mapping[str, Any] = TEMPLATE["Resources"]


def of_type(kind: str) -> dict[str, Properties]:
    return {name: resource["Properties"] for name, resource in RESOURCES.items() if resource["Type"] == kind}


FUNCTIONS = of_type("AWS::Serverless::Function")


def function_in(folder: str) -> tuple[str, Properties]:
    for name, function in FUNCTIONS.items():
        if function["CodeUri"] == f"functions/{folder}/":
            return name, function
    pytest.fail(f"template.yaml has no AWS::Serverless::Function with CodeUri: functions/{folder}/")


def routes(function: Properties) -> set[str]:
    events = [event["Properties"] for event in function["Events"].values() if event["Type"] == "HttpApi"]
    return {f"{event['Method']} {event['Path']}" for event in events}


def role_of(function: Properties) -> str:
    attribute = function["Role"]["!GetAtt"]
    assert attribute.endswith(".Arn")
    return str(attribute.removesuffix(".Arn"))


def statements(role: str) -> Iterator[Properties]:
    """Everything that a role allows, from its own policies and from the template's shared ones."""
    properties = RESOURCES[role]["Properties"]
    documents = [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
    for managed in properties.get("ManagedPolicyArns", []):
        assert isinstance(managed, dict), f"{role} takes over AWS's own policy {managed}, which allows too much"
        documents.append(RESOURCES[managed["Ref"]]["Properties"]["PolicyDocument"])
    for document in documents:
        yield from (when_true(statement) for statement in document["Statement"])


def when_true(value: Properties) -> Properties:
    """What stands there when the condition of an `!If` is true: the most that can be allowed."""
    chosen: Properties = value["!If"][1] if "!If" in value else value
    return chosen


def actions(statement: Properties) -> set[str]:
    value = statement["Action"]
    return {value} if isinstance(value, str) else set(value)


def allowed(folder: str) -> set[str]:
    return {action for statement in statements(role_of(function_in(folder)[1])) for action in actions(statement)}
