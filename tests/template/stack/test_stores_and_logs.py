"""Stores and logs."""

from __future__ import annotations

import json
import re

import pytest

from patchbay.aws.stores.stored_files import INCOMING
from tests.template.stack.scene import (
    FUNCTIONS,
    LONGEST_STACK_NAME,
    NEW_ACCOUNT,
    RESOURCES,
    ROOT,
    TEMPLATE,
    actions,
    function_in,
    of_type,
    role_of,
    statements,
)

# --- the queue ------------------------------------------------------------------------------------------------------


def test_a_batch_in_work_is_not_handed_out_again() -> None:
    _, dispatcher = function_in("dispatcher")

    assert RESOURCES["EventsQueue"]["Properties"]["VisibilityTimeout"] == 6 * dispatcher["Timeout"]


def test_the_dispatcher_has_time_for_ten_files_of_slow_services() -> None:
    _, dispatcher = function_in("dispatcher")

    assert 180 <= dispatcher["Timeout"] <= 300


@pytest.mark.parametrize("name", ["EventsQueue", "DeadLetterQueue", "Table", "Bucket"])
def test_what_holds_messages_or_conversations_outlives_the_stack(name: str) -> None:
    assert RESOURCES[name]["DeletionPolicy"] == "RetainExceptOnCreate"
    assert RESOURCES[name]["UpdateReplacePolicy"] == "Retain"


def test_conversations_do_not_wait_for_each_other_on_the_queue() -> None:
    for name in ("EventsQueue", "DeadLetterQueue"):
        queue = RESOURCES[name]["Properties"]
        assert queue["FifoQueue"] is True
        assert (queue["DeduplicationScope"], queue["FifoThroughputLimit"]) == ("messageGroup", "perMessageGroupId")
        assert queue["SqsManagedSseEnabled"] == {"!If": ["HasKey", False, True]}
        assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_a_message_that_only_waits_behind_another_is_not_thrown_out() -> None:
    redrive = RESOURCES["EventsQueue"]["Properties"]["RedrivePolicy"]

    assert redrive["deadLetterTargetArn"] == {"!GetAtt": "DeadLetterQueue.Arn"}
    assert redrive["maxReceiveCount"] == 1000, "SQS allows no more, and fewer would park messages never tried"


def test_slow_platforms_cannot_take_all_concurrency() -> None:
    mapping = function_in("dispatcher")[1]["Events"]["Queue"]["Properties"]

    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["BatchSize"] == 10
    assert mapping["ScalingConfig"]["MaximumConcurrency"] == {"Ref": "DispatcherConcurrency"}


# --- stores ---------------------------------------------------------------------------------------------------------


def test_the_table_is_backed_up_and_forgets() -> None:
    """It is encrypted in any case: a specification would only change the key for one that costs per call."""
    table = RESOURCES["Table"]["Properties"]

    assert table["SSESpecification"]["!If"][::2] == ["HasKey", {"Ref": "AWS::NoValue"}]
    assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}


def test_the_table_itself_refuses_that_anybody_changes_the_audit_trail() -> None:
    condition, policy, otherwise = RESOURCES["Table"]["Properties"]["ResourcePolicy"]["!If"]
    (statement,) = policy["PolicyDocument"]["Statement"]

    assert (condition, otherwise) == ("OnAws", {"Ref": "AWS::NoValue"})
    assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    changing = {"DeleteItem", "UpdateItem", "BatchWriteItem", "PartiQLDelete", "PartiQLUpdate"}
    assert {action.removeprefix("dynamodb:") for action in statement["Action"]} == changing
    assert statement["Condition"] == {"ForAnyValue:StringLike": {"dynamodb:LeadingKeys": ["AUDIT#*"]}}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_only_functions_that_administer_write_the_audit_trail(name: str) -> None:
    """The dispatcher's role names the whole table; the table's own policy keeps the trail from being changed."""
    writes = [one for one in statements(role_of(FUNCTIONS[name])) if one.get("Sid") == "RecordAdministration"]

    assert len(writes) == (name in {"OauthFunction", "WebhookMonitorFunction"})
    assert all(actions(one) == {"dynamodb:PutItem"} for one in writes)


def test_the_bucket_is_private_and_events_outlive_the_queue() -> None:
    bucket = RESOURCES["Bucket"]["Properties"]
    rules = {rule["Id"]: rule for rule in bucket["LifecycleConfiguration"]["Rules"]}
    kept = RESOURCES["EventsQueue"]["Properties"]["MessageRetentionPeriod"] / (24 * 3600)

    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert rules["events"]["ExpirationInDays"] > kept
    assert rules["media"]["ExpirationInDays"] == {"Ref": "MediaRetentionDays"}
    assert (rules["incoming"]["Prefix"], rules["incoming"]["ExpirationInDays"]) == (INCOMING, 1)


@pytest.mark.parametrize("name", of_type("AWS::Logs::LogGroup"))
def test_every_log_forgets(name: str) -> None:
    assert RESOURCES[name]["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}


def access_log_formats() -> dict[str, str]:
    condition, settings, otherwise = RESOURCES["Api"]["Properties"]["AccessLogSettings"]["!If"]
    assert (condition, otherwise) == ("LogsAccess", {"Ref": "AWS::NoValue"})
    assert settings["DestinationArn"] == {"!GetAtt": "AccessLogGroup.Arn"}
    assert RESOURCES["AccessLogGroup"]["Condition"] == "LogsAccess"
    condition, full, slim = settings["Format"]["!If"]
    assert condition == "LogsAccessInFull"
    return {"full": full, "slim": slim}


@pytest.mark.parametrize("name", ["full", "slim"])
def test_access_logs_record_the_route_and_never_the_path(name: str) -> None:
    fields = set(json.loads(access_log_formats()[name]).values())

    assert "$context.routeKey" in fields
    assert "$context.requestId" in fields, "AWS takes no format without it"
    assert not [field for field in fields if "path" in field.lower() or field.startswith("$context.identity")]


@pytest.mark.parametrize("name", ["full", "slim"])
def test_an_access_log_line_is_json_also_when_there_is_an_error(name: str) -> None:
    """API Gateway puts `error.messageString` into quotes of its own."""
    form = access_log_formats()[name]

    assert ('"error":"$context.error.message"' in form) == (name == "full")
    assert "messageString" not in form


def test_the_slim_access_log_has_no_words_of_an_error_which_could_break_its_line() -> None:
    slim = access_log_formats()["slim"]

    assert "rror" not in slim
    assert "\n" not in slim
    assert TEMPLATE["Parameters"]["AccessLog"] | {"Description": ""} == {
        "Type": "String",
        "Default": "slim",
        "AllowedValues": ["full", "slim", "off"],
        "Description": "",
    }


# --- logs, names and quotas -----------------------------------------------------------------------------------------


def test_one_parameter_sets_the_level_of_every_functions_log_and_one_that_of_lambdas_own_lines() -> None:
    """Lambda's own setting: with JSON logs it rules over any variable."""
    common = TEMPLATE["Globals"]["Function"]

    assert common["LoggingConfig"] == {
        "LogFormat": "JSON",
        "ApplicationLogLevel": {"Ref": "LogLevel"},
        "SystemLogLevel": {"Ref": "LambdaReports"},
    }
    assert "POWERTOOLS_LOG_LEVEL" not in common["Environment"]["Variables"]
    assert all(set(function["LoggingConfig"]) == {"LogGroup"} for function in FUNCTIONS.values())
    for parameter, default in (("LogLevel", "INFO"), ("LambdaReports", "WARN")):
        assert TEMPLATE["Parameters"][parameter]["AllowedValues"] == ["INFO", "WARN"]
        assert TEMPLATE["Parameters"][parameter]["Default"] == default


def test_two_stacks_of_an_account_share_no_layer() -> None:
    for layer in of_type("AWS::Serverless::LayerVersion").values():
        assert "${AWS::StackName}" in layer["LayerName"]["!Sub"]


def test_names_that_cloudformation_makes_of_the_stacks_fit() -> None:
    """A FIFO queue's name has 80 characters at most: the stack's, the queue's, 13 of chance, and `.fifo`."""
    config = (ROOT / "samconfig.toml").read_text(encoding="utf-8")
    stacks = re.findall(r'stack_name = "(.+)"', config)

    assert stacks
    assert max(map(len, stacks)) <= LONGEST_STACK_NAME
    assert LONGEST_STACK_NAME + max(map(len, ("-EventsQueue-", "-DeadLetterQueue-"))) + 13 + len(".fifo") <= 80


def test_the_dispatcher_fits_a_new_account_and_leaves_half_of_it_to_the_webhooks() -> None:
    parameter = TEMPLATE["Parameters"]["DispatcherConcurrency"]

    assert parameter["Default"] <= NEW_ACCOUNT // 2
    assert parameter["MinValue"] == 2, "Lambda takes no less"


def test_addresses_end_with_the_domain_of_the_partition() -> None:
    variables = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]

    assert variables["URL_SUFFIX"] == {"Ref": "AWS::URLSuffix"}


def test_the_api_keeps_no_metrics_by_route_which_cost_more_than_a_quiet_stack() -> None:
    api = RESOURCES["Api"]["Properties"]

    assert "DetailedMetricsEnabled" not in api["DefaultRouteSettings"]
    assert "FailOnWarnings" not in api


# --- metrics --------------------------------------------------------------------------------------------------------


def test_what_the_local_aws_cannot_make_is_left_to_aws() -> None:
    """Its CloudFormation refuses a stack with sums or queries of metrics in an alarm."""
    for name, alarm in of_type("AWS::CloudWatch::Alarm").items():
        on_aws = RESOURCES[name].get("Condition") in {"OnAws", "ScansOnAws"}
        assert ("Metrics" in alarm) == on_aws, name
    assert {"!Condition": "OnAws"} in TEMPLATE["Conditions"]["ScansOnAws"]["!And"]


def test_our_metrics_are_written_where_the_alarms_look() -> None:
    variables = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]

    assert variables["POWERTOOLS_METRICS_NAMESPACE"] == {"!Sub": "Patchbay/${Stage}"}
