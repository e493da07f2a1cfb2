"""What strangers may call has an end of its own, in the template as CloudFormation gets it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from samcli.yamlhelper import yaml_parse

from tests.template.stack.scene import (
    FUNCTIONS,
    NEW_ACCOUNT,
    RESOURCES,
    ROOT,
    TEMPLATE,
    WEBHOOKS,
    function_in,
    role_of,
    routes,
    statements,
)

ANY_METHOD = "x-amazon-apigateway-any-method"
WEBHOOK_FUNCTIONS = {function_in(folder)[0] for folder in WEBHOOKS}


class _NoPolicies:
    def load(self) -> dict[str, str]:
        return {}


@cache
def translated() -> Mapping[str, Any]:
    """The resources that SAM makes of the template, with the API as OpenAPI."""
    from samtranslator.translator.transform import transform  # it compiles dozens of grammars: two seconds

    document = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))
    for resource in document["Resources"].values():
        for place in {"CodeUri", "ContentUri"} & set(resource.get("Properties", {})):
            resource["Properties"][place] = "s3://bucket/key"  # as after packaging
    with patch.dict(os.environ, {"AWS_DEFAULT_REGION": "us-east-1"}):
        resources: Mapping[str, Any] = transform(document, {}, _NoPolicies())["Resources"]
    return resources


def generated_routes() -> set[str]:
    paths = translated()["Api"]["Properties"]["Body"]["paths"]
    return {
        f"{'ANY' if method == ANY_METHOD else method.upper()} {path}"
        for path, methods in paths.items()
        for method in methods
    }


def stage(api: str = "Api") -> Mapping[str, Any]:
    stages = (one["Properties"] for one in translated().values() if one["Type"] == "AWS::ApiGatewayV2::Stage")
    [found] = (properties for properties in stages if properties["ApiId"] == {"Ref": api})
    properties: Mapping[str, Any] = found
    return properties


BRIDGE = "ANY /webchat/{webhook_token}/bridge/{proxy+}"


def anonymous_routes() -> set[str]:
    """Those at which neither a token in the address nor a key says who calls."""
    ours = (function for name, function in FUNCTIONS.items() if name not in WEBHOOK_FUNCTIONS)
    return {route for function in ours for route in routes_of(function)} - {BRIDGE}


def test_the_bridge_shares_no_rate_with_visitors() -> None:
    """A crowd that fills the visitors' route would keep agents' words from the chat."""
    assert BRIDGE in generated_routes()
    assert BRIDGE not in stage()["RouteSettings"]


def test_every_route_that_anybody_may_call_has_a_throttle_of_its_own() -> None:
    throttled = stage()["RouteSettings"]
    assert set(throttled) == anonymous_routes()
    for route, settings in throttled.items():
        assert 0 < settings["ThrottlingRateLimit"] <= settings["ThrottlingBurstLimit"], route
        assert settings["ThrottlingRateLimit"] <= 200, route


def test_every_throttle_is_that_of_a_route_which_the_api_has() -> None:
    """AWS refuses a stage with the settings of a route that is not there, and the whole deployment with it."""
    assert set(stage()["RouteSettings"]) <= generated_routes()
    assert generated_routes() == {route for function in FUNCTIONS.values() for route in routes_of(function)}


def test_live_connections_have_throttles_of_their_own() -> None:
    """Anybody may try to open one, and say something on it that no function hears."""
    live = stage("LiveApi")
    made = {one["RouteKey"] for one in (RESOURCES[name]["Properties"] for name in RESOURCES["LiveStage"]["DependsOn"])}
    assert made == {"$connect", "$default"} == {*live["RouteSettings"], "$default"}
    assert live["RouteSettings"]["$connect"]["ThrottlingRateLimit"] <= 20
    assert live["DefaultRouteSettings"]["ThrottlingRateLimit"] <= 20
    integrations = {RESOURCES[name]["Properties"]["IntegrationType"] for name in RESOURCES if "Integration" in name}
    assert integrations == {"AWS_PROXY", "MOCK"}


def test_live_connections_leave_no_trace_in_a_log_of_the_apis() -> None:
    """The ticket is in the address."""
    live = stage("LiveApi")
    assert "AccessLogSettings" not in live
    assert not {"DataTraceEnabled", "LoggingLevel"} & {
        *live["DefaultRouteSettings"],
        *live["RouteSettings"]["$connect"],
    }


def routes_of(function: Mapping[str, Any]) -> set[str]:
    return routes({"Events": function.get("Events", {})})


def test_throttles_are_numbers_because_cloudformation_does_not_turn_words_into_them_there() -> None:
    """`RouteSettings` is plain JSON to it: a parameter would arrive as text."""
    for settings in RESOURCES["Api"]["Properties"]["RouteSettings"].values():
        assert all(type(value) is int for value in settings.values())


def test_webhooks_have_a_rate_that_the_owner_sets() -> None:
    assert stage()["DefaultRouteSettings"]["ThrottlingRateLimit"] == {"Ref": "WebhookRate"}


@pytest.mark.parametrize("folder", ["webchat", "media"])
def test_concurrency_is_reserved_only_where_the_owner_has_some(folder: str) -> None:
    """A new account must keep its ten unreserved: a reservation would fail its first deployment."""
    _, function = function_in(folder)
    reserved = function["ReservedConcurrentExecutions"]["!If"]
    assert reserved == ["HasWebchatConcurrency", {"Ref": "WebchatConcurrency"}, {"Ref": "AWS::NoValue"}]
    assert TEMPLATE["Parameters"]["WebchatConcurrency"]["Default"] == 0 < NEW_ACCOUNT
    others = [name for name, one in FUNCTIONS.items() if "ReservedConcurrentExecutions" in one]
    assert set(others) == {function_in("webchat")[0], function_in("media")[0]}


def test_a_budget_is_made_only_where_somebody_reads_its_mail() -> None:
    assert RESOURCES["Budget"]["Condition"] == "HasBudget"
    assert {"Condition": "HasAlarmEmail"} in TEMPLATE["Conditions"]["HasBudget"]["!And"]
    assert TEMPLATE["Parameters"]["MonthlyBudget"]["Default"] == 0


def test_links_to_files_are_an_alarm_in_every_stack_whose_owner_did_not_turn_it_off() -> None:
    """What they let somebody download is counted where they are handed out, which costs nothing while nobody asks."""
    assert RESOURCES["Downloads"]["Condition"] == "WatchesDownloads"
    assert TEMPLATE["Conditions"]["WatchesDownloads"] == {"!Not": [{"!Equals": [{"Ref": "DownloadAlarmGigabytes"}, 0]}]}
    assert TEMPLATE["Parameters"]["DownloadAlarmGigabytes"]["Default"] > 0
    alarm = RESOURCES["Downloads"]["Properties"]
    assert (alarm["MetricName"], alarm["Statistic"], alarm["Period"]) == ("BytesHandedOut", "Sum", 300)
    assert alarm["Dimensions"] == [{"Name": "service", "Value": "all"}]


def test_s3_measures_downloads_where_the_owner_pays_for_it_and_there_they_are_an_alarm() -> None:
    assert TEMPLATE["Parameters"]["MeasureDownloads"]["Default"] == "no"
    assert RESOURCES["MeasuredDownloads"]["Condition"] == "MeasuresDownloads"
    measured = RESOURCES["Bucket"]["Properties"]["MetricsConfigurations"]["!If"]
    assert measured[:2] == ["MeasuresDownloads", [{"Id": "media", "Prefix": "media/"}]]
    alarm = RESOURCES["MeasuredDownloads"]["Properties"]
    assert {"Name": "FilterId", "Value": "media"} in alarm["Dimensions"]
    assert alarm["Threshold"] == RESOURCES["Downloads"]["Properties"]["Threshold"]


def test_downloads_count_in_their_own_records() -> None:
    _, media = function_in("media")
    [counting] = (one for one in statements(role_of(media)) if "dynamodb:" in str(one["Action"]))
    assert counting["Action"] == "dynamodb:UpdateItem"
    assert counting["Condition"]["ForAllValues:StringLike"] == {"dynamodb:LeadingKeys": ["DOWNLOADS#*"]}


def test_the_template_says_where_the_sum_is_kept() -> None:
    named = Path(ROOT / "tests/core/test_worst_stranger.py")
    assert named.relative_to(ROOT).as_posix() in (ROOT / "template.yaml").read_text(encoding="utf-8")
    assert named.exists()
