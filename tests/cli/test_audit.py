"""The audit trail: whoever changes something is recorded before they do, and no command can forget it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import click
import pytest
from botocore.exceptions import ClientError

from patchbay.aws.stores.audit_trail import DynamoAuditTrail
from patchbay.aws.stores.table import ConditionFailed
from patchbay.bridge.audit import Act, AuditOutcome, AuditRecord, fingerprint_contact
from patchbay_cli.deployment import Deployment
from patchbay_cli.main import main
from patchbay_cli.rights import RIGHTS, Role
from tests.cli.conftest import Cli
from tests.cli.fakes import WebhookMessenger
from tests.cli.policies import read_policy
from tests.harness.iam import Call, is_allowed

ME = "arn:aws:sts::123456789012:user/moto"
SECRET = "the-good-token"  # the one that the fixtures connect with


def commands(group: click.Group, path: str = "") -> Iterator[str]:
    for name, command in group.commands.items():
        whole = f"{path} {name}".strip()
        if isinstance(command, click.Group):
            yield from commands(command, whole)
        else:
            yield whole


def test_every_command_is_declared_as_reading_or_as_recorded() -> None:
    assert set(commands(main)) == set(RIGHTS), "add a line to patchbay_cli/rights.py"


@pytest.mark.parametrize("command", sorted(RIGHTS))
def test_what_a_declaration_names_are_parameters_of_the_command(command: str) -> None:
    found: click.Command = main
    for word in command.split():
        assert isinstance(found, click.Group)
        found = found.commands[word]
    right, parameters = RIGHTS[command], {one.name for one in found.params}
    assert {*right.targets, *right.keys, *right.flags, *right.only_if, *(right.contact or ())} <= parameters


def test_a_change_has_two_records_with_the_caller_and_the_ids(connected: Cli, deployment: Deployment) -> None:
    acts = connected.read("audit", "--connection", "loft")
    assert [(act["action"], act["targets"], act["outcome"]) for act in acts] == [
        ("connect", ["loft"], "done"),
        ("link", ["loft", "help"], "done"),
    ]
    assert {act["actor"] for act in acts} == {ME}
    assert acts[0]["details"] == ["service=pigeon", "secrets: token"]
    records = [record for record in deployment.audit_trail.read(acts[0]["at"][:7]) if record.action == "link"]
    assert [record.outcome for record in records] == ["begun", "done"]


def test_no_secret_and_no_value_of_a_setting_is_recorded(connected: Cli, deployment: Deployment) -> None:
    connected.run("connect", "desk", "help", "--secret", "s3cr3t-in-the-wrong-place", "--set", "what=s3cr3t")
    connected.run("connect", "desk", "s3cr3t in the wrong place!", "--secret", "s3cr3t")
    recorded = str([item for item in deployment.table.scan()["Items"] if str(item["pk"]).startswith("AUDIT#")])
    assert "help" in recorded
    assert not [word for word in (SECRET, "s3cr3t", "desk.test") if word in recorded]


def test_looking_is_not_recorded_and_looking_at_contents_is(connected: Cli) -> None:
    before = len(connected.read("audit"))
    connected.read("connections")
    connected.read("sessions")
    connected.run("doctor")
    connected.run("dlq", "show", "message-1")
    assert len(connected.read("audit")) == before
    connected.run("dlq", "show", "message-1", "--show-content")
    last = connected.read("audit")[-1]
    assert (last["action"], last["targets"], last["outcome"]) == ("dlq show", ["message-1"], "failed")


def test_a_failure_and_a_no_are_recorded_as_such(connected: Cli, interactive: None) -> None:
    connected.run("link", "loft", "nowhere")
    connected.run("disconnect", "help", typed="n\n")
    acts = connected.read("audit")
    assert [(act["action"], act["outcome"], act["reason"]) for act in acts[-2:]] == [
        ("link", "failed", "Misconfigured"),
        ("disconnect", "cancelled", ""),
    ]


def test_nothing_is_done_that_cannot_be_recorded(connected: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_trail: DynamoAuditTrail, _record: AuditRecord) -> None:
        raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "PutItem")

    monkeypatch.setattr(DynamoAuditTrail, "add", refuse)
    assert "nothing was changed: the audit trail could not be written" in connected.fail("unlink", "loft")
    assert connected.read("connections")[-1]["link"] == "help"


def test_a_doctor_that_is_asked_to_take_a_webhook_back_is_recorded(
    connected: Cli, pigeon: WebhookMessenger, interactive: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("patchbay_cli.dead_letters.queue._PATIENCE", 0)
    pigeon.calls = "https://other.test/hook"
    connected.run("doctor", typed="y\n")
    last = connected.read("audit")[-1]
    assert (last["action"], last["targets"]) == ("doctor", ["loft"])


def test_the_record_of_an_erasure_names_nobody_and_is_found_again(connected: Cli, deployment: Deployment) -> None:
    connected.run("erase", "loft", "ann-of-the-hill", "--yes")
    (found,) = connected.read("audit", "--connection", "loft", "--contact", "ann-of-the-hill")
    assert (found["action"], found["targets"][0]) == ("erase", "loft")
    assert connected.read("audit", "--connection", "loft", "--contact", "bob") == []
    assert "ann-of-the-hill" not in str(deployment.table.scan()["Items"])
    begun = next(one for one in deployment.audit_trail.read(found["at"][:7]) if one.action == "erase")
    assert fingerprint_contact("loft", "ann-of-the-hill") in begun.targets, "known before anything is erased"


def test_a_command_that_was_killed_shows_as_interrupted(connected: Cli, deployment: Deployment) -> None:
    deployment.auditor.begin(Act("link", ["loft", "help"]))
    last = connected.read("audit")[-1]
    assert last["outcome"] == "interrupted"
    assert "interrupted" in connected.succeed("audit", "--since", "2026-01-01")


def test_no_record_takes_the_place_of_another(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    class Same:
        hex = "0" * 32

    monkeypatch.setattr("patchbay.aws.stores.audit_trail.uuid4", lambda: Same)
    record = AuditRecord(
        act="a", at="2026-01-05T09:30:12.000+00:00", actor=ME, action="link", outcome=AuditOutcome.DONE
    )
    deployment.audit_trail.add(record)
    with pytest.raises(ConditionFailed):
        deployment.audit_trail.add(replace(record, outcome=AuditOutcome.FAILED))


# --- the policies for people -----------------------------------------------------------------------------------------

TABLE = "arn:aws:dynamodb:REGION:ACCOUNT_ID:table/STACK_NAME-Table-1ABCDEFGHIJKL"


@pytest.mark.parametrize("role", [role.value for role in Role])
@pytest.mark.parametrize("action", ["DeleteItem", "UpdateItem", "BatchWriteItem", "PartiQLDelete", "PartiQLUpdate"])
def test_nobody_changes_or_deletes_a_record(role: str, action: str) -> None:
    call = Call(f"dynamodb:{action}", TABLE, ("AUDIT#2026-11",))
    assert not is_allowed(call, read_policy(role))
    assert not is_allowed(Call(call.action, TABLE, ("CONNECTION", "AUDIT#2026-11")), read_policy(role))


def test_a_reader_writes_nothing_and_reads_no_secret() -> None:
    actions = [one for statement in read_policy("reader")["Statement"] for one in _actions(statement)]
    assert set(actions) <= {
        "cloudformation:DescribeStacks",
        "sts:GetCallerIdentity",
        "dynamodb:GetItem",
        "dynamodb:BatchGetItem",
        "dynamodb:Query",
        "kms:Decrypt",
    }


def test_a_reader_reads_no_chat() -> None:
    for key in ("WEBCHAT#site#chat", "PERSON#desk#ann", "CONSENT#1", "DELIVERY#1"):
        assert not is_allowed(Call("dynamodb:GetItem", TABLE, (key,)), read_policy("reader"))


@pytest.mark.parametrize(("less", "more"), [("reader", "operator"), ("operator", "owner")])
def test_each_role_may_what_the_one_before_it_may(less: str, more: str) -> None:
    allowed = {statement["Sid"] for statement in read_policy(more)["Statement"]}
    assert {statement["Sid"] for statement in read_policy(less)["Statement"]} <= allowed


@pytest.mark.parametrize("role", [role.value for role in Role])
def test_the_key_is_used_through_the_stores_only(role: str) -> None:
    (statement,) = [one for one in read_policy(role)["Statement"] if one["Sid"] == "UseTheStacksKey"]
    call = Call("kms:Decrypt", "arn:aws:kms:REGION:ACCOUNT_ID:key/KMS_KEY_ID", via="dynamodb.REGION.amazonaws.com")
    policy = {"Statement": [statement]}
    assert is_allowed(call, policy)
    assert not is_allowed(Call(call.action, call.resource, via="s3.OTHER.amazonaws.com"), policy)
    assert not is_allowed(Call(call.action, call.resource), policy)


def _actions(statement: dict[str, Any]) -> list[str]:
    value = statement["Action"]
    return [value] if isinstance(value, str) else list(value)
