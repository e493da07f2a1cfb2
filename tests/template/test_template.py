"""The template, read as a document: a service that is not wired up, or may too much, is found before a deployment."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from patchbay.aws.stores import malware_scans
from patchbay.aws.stores.stored_files import INCOMING
from patchbay.kit import registry
from patchbay.kit.account_setup import AuthorizesAccounts

ROOT = Path(__file__).parents[2]
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


# --- functions -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", sorted(path.parent.name for path in (ROOT / "functions").glob("*/app.py")))
def test_every_function_has_a_stanza_with_a_role_and_a_log_of_its_own(folder: str) -> None:
    name, function = function_in(folder)
    others = [other for other in FUNCTIONS if other != name]

    assert role_of(function) not in {role_of(FUNCTIONS[other]) for other in others}
    assert function["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"] == folder
    log = function["LoggingConfig"]["LogGroup"]["Ref"]
    assert RESOURCES[log]["Properties"]["LogGroupName"] == {"!Sub": f"/patchbay/${{Stage}}/{folder}"}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_stanza_has_a_function_that_holds_one_file_of_code(name: str) -> None:
    """The web chat has its own server beside it, in `chat`, and what it serves as it is, in `static`."""
    folder = ROOT / FUNCTIONS[name]["CodeUri"]

    beside = {"static", "chat"} if folder.name == "webchat" else set()
    assert {path.name for path in folder.iterdir()} - {"__pycache__", *beside} == {"app.py"}, folder


@pytest.mark.parametrize("folder", WEBHOOKS)
def test_every_webhook_function_has_its_route(folder: str) -> None:
    _, function = function_in(folder)

    address = f"POST /{folder.removesuffix('_webhook')}/{{hook}}"
    assert {address, f"{address}/{{proxy+}}"} & set(routes(function))


@pytest.mark.parametrize("folder", WEBHOOKS)
def test_every_webhook_function_has_an_alarm_and_a_saved_query(folder: str) -> None:
    name, function = function_in(folder)
    log = function["LoggingConfig"]["LogGroup"]
    watched = [alarm.get("Dimensions", []) for alarm in of_type("AWS::CloudWatch::Alarm").values()]
    queried = [query["LogGroupNames"] for query in of_type("AWS::Logs::QueryDefinition").values()]

    assert [{"Name": "FunctionName", "Value": {"Ref": name}}] in watched
    assert [log] in queried


def test_a_file_can_be_fetched_and_looked_at() -> None:
    _, function = function_in("media")

    assert routes(function) == {"GET /media/{token}/{filename}", "HEAD /media/{token}/{filename}"}


def test_accounts_join_at_two_addresses_and_within_the_time_that_the_api_waits() -> None:
    _, function = function_in("oauth")

    assert routes(function) == {"GET /oauth/{service}/{app}/start", "GET /oauth/{service}/{app}/callback"}
    assert function["Timeout"] < 30


# --- permissions -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_role_names_a_whole_service_or_every_resource(name: str) -> None:
    for statement in statements(role_of(FUNCTIONS[name])):
        assert statement["Effect"] == "Allow"
        assert not [action for action in actions(statement) if action.endswith(":*") or action == "*"]
        assert statement["Resource"] != "*" or actions(statement) == SAME_FOR_ALL


@pytest.mark.parametrize("folder", WEBHOOKS)
def test_a_webhook_function_can_queue_events_and_nothing_more(folder: str) -> None:
    """What of the table and of the secrets each of them reads is held by test_privileges.py."""
    assert allowed(folder) - {"dynamodb:Query", "secretsmanager:GetSecretValue"} == SAME_FOR_ALL | {
        "sqs:SendMessage*",
        "s3:PutObject",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    }


@pytest.mark.parametrize("service", registry.names())
def test_a_function_that_takes_webhooks_reads_what_verifies_its_own_services_and_no_other_secret(service: str) -> None:
    folder = f"{service}_webhook" if f"{service}_webhook" in WEBHOOKS else service
    reading = [one for one in statements(role_of(function_in(folder)[1])) if "secretsmanager:" in str(one["Action"])]
    verifying = registry.verifying_secrets(service)

    assert [one["Resource"]["!Sub"].partition(":secret:")[2] for one in reading] == (
        [f"patchbay/${{Stage}}/{service}/*/verify-??????"] if verifying else []
    )
    assert {one["Action"] for one in reading} <= {"secretsmanager:GetSecretValue"}


def test_joining_reads_the_secrets_of_services_whose_accounts_join() -> None:
    (reading,) = (one for one in statements("OauthRole") if "secretsmanager:" in str(one["Action"]))
    joined = [name for name in registry.names() if isinstance(registry.load(name), AuthorizesAccounts)]

    named = reading["Resource"] if isinstance(reading["Resource"], list) else [reading["Resource"]]
    assert [one["!Sub"].partition(":secret:")[2] for one in named] == [
        f"patchbay/${{Stage}}/{service}/*/authorize-??????" for service in joined
    ]


def test_what_visitors_upload_can_be_served_by_nobody() -> None:
    read = [one for one in statements("MediaRole") if any(action.startswith("s3:") for action in actions(one))]

    assert {one["Resource"]["!Sub"] for one in read} == {"${Bucket.Arn}/media/*"}
    assert {action for one in read for action in actions(one)} == {"s3:GetObject", "s3:GetObjectTagging"}


# --- the malware scan ------------------------------------------------------------------------------------------------


def test_nothing_is_scanned_and_no_tag_may_be_read_by_default() -> None:
    conditional = [
        statement["!If"]
        for role in ("DispatcherRole", "MediaRole")
        for policy in RESOURCES[role]["Properties"]["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        if "!If" in statement
    ]

    assert TEMPLATE["Parameters"]["MalwareScan"]["Default"] == "none"
    assert [(condition, actions(one)) for condition, one, _ in conditional] == [
        ("ScansForMalware", {"s3:GetObjectTagging"})
    ] * 2
    tagging = [name for name in FUNCTIONS if "s3:GetObjectTagging" in allowed(FUNCTIONS[name]["CodeUri"].split("/")[1])]
    assert tagging == ["DispatcherFunction", "MediaFunction"]
    for name in ("DispatcherFunction", "MediaFunction"):
        assert FUNCTIONS[name]["Environment"]["Variables"]["MALWARE_SCAN"] == {"Ref": "MalwareScan"}


def test_where_files_are_scanned_those_that_are_served_are_and_only_the_scanner_says_so() -> None:
    plan = RESOURCES["MalwareScanPlan"]
    (read,) = (one for one in statements("MediaRole") if one["Sid"] == "Read")
    policy = RESOURCES["BucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    (denied,) = (when_true(one) for one in policy if when_true(one)["Sid"] == "OnlyTheScannerTags")

    assert plan["Condition"] == "ScansOnAws"
    assert plan["Properties"]["ProtectedResource"]["S3Bucket"]["ObjectPrefixes"] == ["media/"]
    assert plan["Properties"]["Actions"] == {"Tagging": {"Status": "ENABLED"}}
    assert when_true(read["Condition"]) == {
        "StringEquals": {f"s3:ExistingObjectTag/{malware_scans.TAG}": malware_scans.CLEAN}
    }
    assert (denied["Effect"], denied["Principal"]) == ("Deny", "*")
    assert denied["Condition"] == {"ArnNotEquals": {"aws:PrincipalArn": {"!GetAtt": "MalwareScanRole.Arn"}}}
    trust = RESOURCES["MalwareScanRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert [one["Principal"] for one in trust] == [{"Service": "malware-protection-plan.guardduty.amazonaws.com"}]


def test_the_web_chat_answers_its_page_and_its_calls_and_takes_no_notes_from_outside() -> None:
    _, function = function_in("webchat")

    paths = {"GET /webchat/{hook}", "ANY /webchat/{hook}/{proxy+}", "ANY /webchat/{hook}/bridge/{proxy+}"}
    assert routes(function) == paths


def test_joining_files_and_the_web_chat_have_an_alarm() -> None:
    watched = [alarm.get("Dimensions", []) for alarm in of_type("AWS::CloudWatch::Alarm").values()]

    for folder in ("oauth", "media", "webchat"):
        assert [{"Name": "FunctionName", "Value": {"Ref": function_in(folder)[0]}}] in watched


def test_webhooks_and_downloads_write_no_secrets_and_no_files_and_the_dispatcher_no_secrets() -> None:
    secrets, files = "secretsmanager:PutSecretValue", "s3:AbortMultipartUpload"

    assert secrets in allowed("webhook_monitor")
    assert files in allowed("dispatcher")
    assert secrets not in allowed("dispatcher")
    assert not [folder for folder in [*WEBHOOKS, "media"] if {secrets, files} & allowed(folder)]


# --- the queue -------------------------------------------------------------------------------------------------------


def test_a_batch_in_work_is_not_handed_out_again() -> None:
    _, dispatcher = function_in("dispatcher")

    assert RESOURCES["EventsQueue"]["Properties"]["VisibilityTimeout"] == 6 * dispatcher["Timeout"]


def test_the_dispatcher_has_time_for_ten_files_of_slow_services() -> None:
    _, dispatcher = function_in("dispatcher")

    assert 180 <= dispatcher["Timeout"] <= 300


@pytest.mark.parametrize("name", ["EventsQueue", "ParkedQueue", "Table", "Bucket"])
def test_what_holds_messages_or_conversations_outlives_the_stack(name: str) -> None:
    assert RESOURCES[name]["DeletionPolicy"] == "RetainExceptOnCreate"
    assert RESOURCES[name]["UpdateReplacePolicy"] == "Retain"


def test_conversations_do_not_wait_for_each_other_on_the_queue() -> None:
    for name in ("EventsQueue", "ParkedQueue"):
        queue = RESOURCES[name]["Properties"]
        assert queue["FifoQueue"] is True
        assert (queue["DeduplicationScope"], queue["FifoThroughputLimit"]) == ("messageGroup", "perMessageGroupId")
        assert queue["SqsManagedSseEnabled"] == {"!If": ["HasKey", False, True]}
        assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_a_message_that_only_waits_behind_another_is_not_thrown_out() -> None:
    redrive = RESOURCES["EventsQueue"]["Properties"]["RedrivePolicy"]

    assert redrive["deadLetterTargetArn"] == {"!GetAtt": "ParkedQueue.Arn"}
    assert redrive["maxReceiveCount"] == 1000, "SQS allows no more, and fewer would park messages never tried"


def test_slow_platforms_cannot_take_all_concurrency() -> None:
    mapping = function_in("dispatcher")[1]["Events"]["Queue"]["Properties"]

    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["BatchSize"] == 10
    assert mapping["ScalingConfig"]["MaximumConcurrency"] == {"Ref": "DispatcherConcurrency"}


# --- stores ----------------------------------------------------------------------------------------------------------


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


def test_access_logs_record_the_route_and_never_the_path() -> None:
    form = RESOURCES["Api"]["Properties"]["AccessLogSettings"]["Format"]
    fields = set(json.loads(form).values())

    assert "$context.routeKey" in fields
    assert not [field for field in fields if "path" in field.lower() or field.startswith("$context.identity")]


def test_an_access_log_line_is_json_also_when_there_is_an_error() -> None:
    """API Gateway puts `error.messageString` into quotes of its own."""
    form = RESOURCES["Api"]["Properties"]["AccessLogSettings"]["Format"]

    assert '"error":"$context.error.message"' in form
    assert "messageString" not in form


# --- logs, names and quotas ------------------------------------------------------------------------------------------


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
    assert LONGEST_STACK_NAME + max(map(len, ("-EventsQueue-", "-ParkedQueue-"))) + 13 + len(".fifo") <= 80


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


# --- metrics ---------------------------------------------------------------------------------------------------------


def test_what_the_local_aws_cannot_make_is_left_to_aws() -> None:
    """Its CloudFormation refuses a stack with sums or queries of metrics in an alarm."""
    for name, alarm in of_type("AWS::CloudWatch::Alarm").items():
        on_aws = RESOURCES[name].get("Condition") in {"OnAws", "ScansOnAws"}
        assert ("Metrics" in alarm) == on_aws, name
    assert {"!Condition": "OnAws"} in TEMPLATE["Conditions"]["ScansOnAws"]["!And"]


def test_our_metrics_are_written_where_the_alarms_look() -> None:
    variables = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]

    assert variables["POWERTOOLS_METRICS_NAMESPACE"] == {"!Sub": "Patchbay/${Stage}"}
