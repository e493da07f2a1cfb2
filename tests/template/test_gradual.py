"""A gradual deployment reaches webhooks and queue through an alias, and goes back when an alarm goes off."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from samcli.yamlhelper import yaml_parse

from tests.template.deployed import Deployed, translate_template
from tests.template.stack.scene import ROOT, WEBHOOKS
from tools.gradual import STYLES, make_gradual

CANARY = "Canary10Percent5Minutes"


def translated(style: str = CANARY, revision: str = "1f") -> dict[str, Any]:
    template = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))
    make_gradual(template, style, revision)
    return translate_template(template)


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return translated()


@pytest.fixture(scope="module")
def stack(document: dict[str, Any]) -> Deployed:
    return Deployed(document, {})


def test_webhooks_are_shifted_and_the_dispatcher_changes_at_once(stack: Deployed) -> None:
    groups = stack.of_type("AWS::CodeDeploy::DeploymentGroup")
    styles = {name: str(one["DeploymentConfigName"]) for name, one in groups.items()}
    assert len(groups) == len(WEBHOOKS) + 2, "every webhook function, the web chat and the dispatcher"
    assert "AllAtOnce" in styles.pop("DispatcherFunctionDeploymentGroup")
    assert all(CANARY in style for style in styles.values())


def test_an_alarm_of_the_service_or_of_the_api_takes_the_deployment_back(stack: Deployed) -> None:
    for name, group in stack.of_type("AWS::CodeDeploy::DeploymentGroup").items():
        alarms = [one["Name"] for one in group["AlarmConfiguration"]["Alarms"]]
        own = {"Ref": name.removesuffix("FunctionDeploymentGroup") + "Errors"}
        assert alarms == ([own] if name.startswith("Dispatcher") else [own, "patchbay-test-ApiErrors"])
        assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]
    assert stack.of_type("AWS::CloudWatch::Alarm")["ApiErrors"]["AlarmName"] == "patchbay-test-ApiErrors"


def test_the_api_and_the_queue_reach_the_functions_through_the_alias(stack: Deployed) -> None:
    api = stack.of_type("AWS::ApiGatewayV2::Api")["Api"]
    uris = {path: json.dumps(methods) for path, methods in api["Body"]["paths"].items()}
    for folder in WEBHOOKS:
        service = folder.removesuffix("_webhook")
        (uri,) = [uri for path, uri in uris.items() if path.startswith(f"/{service}/")]
        assert f"${{{service.title()}WebhookFunctionAliaslive}}" in uri
    mapped = [one["FunctionName"]["Ref"] for one in stack.of_type("AWS::Lambda::EventSourceMapping").values()]
    # What comes by a topic waits for nobody, and changes at once: it has no alias.
    assert sorted(mapped) == ["DispatcherFunctionAliaslive", "WhatsappEventsFunction"]
    permissions = [one["FunctionName"] for one in stack.of_type("AWS::Lambda::Permission").values()]
    assert {"Ref": "ViberWebhookFunctionAliaslive"} in permissions


def test_live_connections_reach_the_web_chat_through_the_alias(stack: Deployed) -> None:
    uri = stack.of_type("AWS::ApiGatewayV2::Integration")["LiveConnectIntegration"]["IntegrationUri"]
    assert "${WebchatFunctionAliaslive}" in str(uri)
    permission = stack.of_type("AWS::Lambda::Permission")["LiveConnectPermission"]
    assert permission["FunctionName"] == {"Ref": "WebchatFunctionAliaslive"}


def test_every_build_publishes_a_version_whatever_has_changed() -> None:
    versions = [
        {name for name, one in translated(revision=one)["Resources"].items() if one["Type"] == "AWS::Lambda::Version"}
        for one in ("1f", "2f")
    ]
    assert versions[0].isdisjoint(versions[1])


def test_nothing_waits_for_itself(document: dict[str, Any]) -> None:
    """CloudFormation refuses a circle, and an alarm of the API is near to one: it would wait for the alias."""
    resources = document["Resources"]
    waits = {name: references(one) & set(resources) for name, one in resources.items()}
    done: set[str] = set()
    while len(done) < len(waits):
        ready = {name for name, others in waits.items() if name not in done and others <= done}
        assert ready, f"in a circle: {sorted(set(waits) - done)}"
        done |= ready


def references(value: Any) -> set[str]:
    """The names that a resource waits for. A Sub names them in its text."""
    if isinstance(value, str):
        return {found.partition(".")[0] for found in re.findall(r"\$\{([\w.]+)\}", value)}
    if isinstance(value, list):
        return {name for one in value for name in references(one)}
    if not isinstance(value, dict):
        return set()
    direct = [one for kind, one in value.items() if kind in {"Ref", "Fn::GetAtt", "DependsOn"}]
    named = {name for one in direct for name in (one if isinstance(one, list) else [one])}
    return {name.partition(".")[0] for name in named} | references(list(value.values()))


def test_the_role_of_the_deployments_is_bounded_too(document: dict[str, Any]) -> None:
    boundary = "arn:aws:iam::123456789012:policy/boundary"
    roles = Deployed(document, {"PermissionsBoundary": boundary}).of_type("AWS::IAM::Role")
    assert {one.get("PermissionsBoundary") for one in roles.values()} == {boundary}


def test_the_styles_are_those_that_codedeploy_has_for_lambda() -> None:
    assert all(re.fullmatch(r"AllAtOnce|(Canary|Linear)10Percent(Every)?\d+Minutes?", one) for one in STYLES)


def test_functions_that_somebody_waits_for_may_start_from_a_snapshot(document: dict[str, Any]) -> None:
    """Of the dispatcher none is made: nobody waits for its cold start."""
    assert document["Parameters"]["SnapStart"]["Default"] == "none"
    assert document["Conditions"]["SnapsWebhooks"] == {"Fn::Equals": [{"Ref": "SnapStart"}, "webhooks"]}
    applied = {"ApplyOn": {"Fn::If": ["SnapsWebhooks", "PublishedVersions", "None"]}}
    functions = {name: one for name, one in document["Resources"].items() if one["Type"] == "AWS::Lambda::Function"}
    snapped = {name for name, one in functions.items() if one["Properties"].get("SnapStart") == applied}
    assert len(snapped) == len(WEBHOOKS) + 1, "every webhook function and the web chat"
    assert "DispatcherFunction" not in snapped


def test_without_versions_there_is_nothing_to_make_a_snapshot_of() -> None:
    assert "SnapStart" not in (ROOT / "template.yaml").read_text(encoding="utf-8")
