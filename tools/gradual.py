"""Gradual deployments: `GRADUAL=Canary10Percent5Minutes make build` puts them into the template that `sam build` made.

    python -m tools.gradual Canary10Percent5Minutes

SAM takes no condition on AutoPublishAlias: a template has versions and aliases, or it has none. They are no default,
for a version keeps the environment that it was published with: every change of a parameter must publish a new version.

Snapshots are made of versions only, so the parameter SnapStart is one of such a template and of no other.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from playground.emulator import ROOT

ALIAS = "live"
AT_ONCE = "AllAtOnce"
STYLES = (
    AT_ONCE,
    "Canary10Percent5Minutes",
    "Canary10Percent10Minutes",
    "Canary10Percent15Minutes",
    "Canary10Percent30Minutes",
    "Linear10PercentEvery1Minute",
    "Linear10PercentEvery2Minutes",
    "Linear10PercentEvery3Minutes",
    "Linear10PercentEvery10Minutes",
)
DISPATCHER = "DispatcherFunction"  #: half of it cannot be new: both halves would work on one conversation
_ALARM_OF_THE_API = "ApiErrors"
_ROLE = "DeploymentRole"
_TRUSTED = "arn:${AWS::Partition}:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited"

_SNAPSHOTS = "SnapsWebhooks"
_PARAMETER = {
    "Type": "String",
    "Default": "none",
    "AllowedValues": ["none", "webhooks"],
    "Description": "webhooks = functions that someone waits for start from a snapshot, which costs by gigabyte.",
}

Template = dict[str, Any]  # a document of SAM's making


def make_gradual(template: Template, style: str, revision: str) -> None:
    """Changes the built template. `revision` must be new at each build: it makes Lambda publish a version."""
    resources = template["Resources"]
    template["Parameters"]["SnapStart"] = _PARAMETER
    template["Conditions"][_SNAPSHOTS] = {"Fn::Equals": [{"Ref": "SnapStart"}, "webhooks"]}
    for name, resource in resources.items():
        if resource["Type"] == "AWS::Serverless::Function" and (name == DISPATCHER or _takes_webhooks(resource)):
            alarms = [{"Ref": one} for one in _alarms_of(name, resources)]
            kind = AT_ONCE if name == DISPATCHER else style
            if name != DISPATCHER:
                alarms.append(_name_of(_ALARM_OF_THE_API))
                resource["Properties"]["SnapStart"] = {"ApplyOn": {"Fn::If": [_SNAPSHOTS, "PublishedVersions", "None"]}}
            resource["Properties"] |= _preference(kind, alarms, revision)
    for resource in resources.values():
        _call_alias(resource)
    # By a name that we give, as the alarm itself waits for the API, and the API for the alias that asks the alarm.
    resources[_ALARM_OF_THE_API]["Properties"]["AlarmName"] = _name_of(_ALARM_OF_THE_API)
    resources[_ROLE] = _role()


def _call_alias(resource: Template) -> None:
    """Where the template calls a function without the help of SAM, which knows `.Alias` in place of its ARN."""
    match resource:
        case {"Type": "AWS::ApiGatewayV2::Integration", "Properties": {"IntegrationUri": {"Fn::Sub": uri}}}:
            resource["Properties"]["IntegrationUri"] = {"Fn::Sub": uri.replace("Function.Arn}", "Function.Alias}")}
        case {"Type": "AWS::Lambda::Permission", "Properties": {"FunctionName": {"Ref": name}}}:
            resource["Properties"]["FunctionName"] = {"Ref": f"{name}.Alias"}


def _takes_webhooks(function: Mapping[str, Any]) -> bool:
    events = function["Properties"]["Events"].values()
    return any("{webhook_token}" in event["Properties"].get("Path", "") for event in events)


def _alarms_of(function: str, resources: Mapping[str, Any]) -> list[str]:
    """Those that count the function's errors."""
    watched = [{"Name": "FunctionName", "Value": {"Ref": function}}]
    return [
        name
        for name, one in resources.items()
        if one["Type"] == "AWS::CloudWatch::Alarm"
        and one["Properties"].get("MetricName") == "Errors"
        and one["Properties"].get("Dimensions") == watched
    ]


def _preference(style: str, alarms: list[Any], revision: str) -> dict[str, Any]:
    return {
        "AutoPublishAlias": ALIAS,
        "AutoPublishAliasAllProperties": True,
        "AutoPublishCodeSha256": revision,
        "VersionDeletionPolicy": "Delete",
        "DeploymentPreference": {"Type": style, "Alarms": alarms, "Role": {"Fn::GetAtt": [_ROLE, "Arn"]}},
    }


def _name_of(alarm: str) -> dict[str, str]:
    return {"Fn::Sub": f"${{AWS::StackName}}-{alarm}"}


def _role() -> dict[str, Any]:
    bounded = ["HasBoundary", {"Ref": "PermissionsBoundary"}, {"Ref": "AWS::NoValue"}]
    trusted = {"Effect": "Allow", "Principal": {"Service": "codedeploy.amazonaws.com"}, "Action": "sts:AssumeRole"}
    properties = {
        "PermissionsBoundary": {"Fn::If": bounded},
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trusted]},
        "ManagedPolicyArns": [{"Fn::Sub": _TRUSTED}],
    }
    return {"Type": "AWS::IAM::Role", "Properties": properties}


def main() -> int:
    style = sys.argv[1] if len(sys.argv) > 1 else ""
    if style not in STYLES:
        sys.stderr.write(f"GRADUAL must be one of {', '.join(STYLES)}\n")
        return 1
    built = Path(sys.argv[2]) if len(sys.argv) > 2 else ROOT / ".aws-sam" / "build" / "template.yaml"
    if not built.exists():
        sys.stderr.write(f"{built} does not exist: run `GRADUAL={style} make build`\n")
        return 1
    template = yaml.safe_load(built.read_text(encoding="utf-8"))
    make_gradual(template, style, f"{time.time_ns():x}")
    built.write_text(yaml.safe_dump(template, sort_keys=False, width=1000), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
