"""Permissions."""

from __future__ import annotations

import pytest

from patchbay.aws.stores import malware_scans
from patchbay.kit import registry
from patchbay.kit.account_setup import AuthorizesAccounts
from tests.template.stack.scene import (
    FUNCTIONS,
    RESOURCES,
    SAME_FOR_ALL,
    TEMPLATE,
    WEBHOOKS,
    actions,
    allowed,
    function_in,
    of_type,
    role_of,
    routes,
    statements,
    when_true,
)

# --- permissions ----------------------------------------------------------------------------------------------------


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


# --- the malware scan -----------------------------------------------------------------------------------------------


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

    paths = {
        "GET /webchat/{webhook_token}",
        "ANY /webchat/{webhook_token}/{proxy+}",
        "ANY /webchat/{webhook_token}/bridge/{proxy+}",
    }
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
