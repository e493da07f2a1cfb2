"""The doctor on what is beside the connections: who hears the alarms, which are on, and how much room AWS gives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from patchbay.aws.stores import keys
from patchbay.domain.accounts import ConnectionStatus
from patchbay_cli.checks.queues import KEPT, describe_oldest
from patchbay_cli.deployment import Deployment
from patchbay_cli.stack import Stack
from tests.aws import aws as template
from tests.cli.conftest import REGION, Cli
from tests.cli.dlq_harness import DlqHarness, write
from tests.cli.webhook_receiver import read_as_functions_do

QUOTA_COMMAND = "aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384"


@dataclass
class Account:
    """The AWS account around the stack. `quota` is what Lambda says, which the in-memory AWS does not know."""

    deployment: Deployment
    topic: str
    quota: int = 1000

    def subscribe(self, endpoint: str) -> None:
        self.deployment.session.client("sns").subscribe(TopicArn=self.topic, Protocol="email", Endpoint=endpoint)

    def sound(self, name: str, *, actions: tuple[str, ...] | None = None, description: str = "It is bad.") -> None:
        """An alarm that is on."""
        cloudwatch = self.deployment.session.client("cloudwatch")
        cloudwatch.put_metric_alarm(
            AlarmName=name,
            AlarmDescription=description,
            AlarmActions=list(actions or (self.topic,)),
            Namespace="AWS/SQS",
            MetricName="X",
            Statistic="Maximum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
        )
        cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="a test")


@pytest.fixture
def account(stack: Stack, deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> Account:
    """Of a stack in production, which has a topic and five dispatchers."""
    monkeypatch.setattr("patchbay_cli.dead_letters.queue._PATIENCE", 0)
    topic = deployment.session.client("sns").create_topic(Name="alarms")["TopicArn"]
    produced = replace(
        stack, stage="prod", production=True, emulator=False, alarm_topic=topic, dispatcher_concurrency=5
    )
    monkeypatch.setattr("patchbay_cli.deployment.read_stack", lambda cloudformation, name: produced)
    account = Account(Deployment("patchbay"), topic)
    functions = deployment.session.client("lambda")
    monkeypatch.setattr(
        functions, "get_account_settings", lambda: {"AccountLimit": {"ConcurrentExecutions": account.quota}}
    )
    made = deployment.session.client
    monkeypatch.setattr(
        deployment.session, "client", lambda name, **more: functions if name == "lambda" else made(name, **more)
    )
    return account


def examine(cli: Cli) -> tuple[int, dict[str, list[dict[str, Any]]]]:
    """The exit code, and the findings beside the connections, by check."""
    result = cli.run("doctor", "--json")
    found: dict[str, list[dict[str, Any]]] = {}
    answer = json.loads(result.stdout)
    for finding in (*answer["queues"], *answer["installation"]):
        found.setdefault(finding["check"], []).append(finding)
    return result.exit_code, found


# --- alarms ----------------------------------------------------------------------------------------------------------


def test_alarms_that_go_to_nobody_are_a_problem_in_production(cli: Cli, account: Account) -> None:
    code, found = examine(cli)
    [finding] = found["alarm e-mails"]
    assert (code, finding["level"], finding["found"]) == (1, "problem", "no e-mail address is subscribed")
    assert "AlarmEmail=" in finding["advice"]


def test_alarms_that_go_to_nobody_are_worth_a_word_elsewhere(
    cli: Cli, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    developed = replace(account.deployment.stack, stage="dev", production=False)
    monkeypatch.setattr("patchbay_cli.deployment.read_stack", lambda cloudformation, name: developed)
    code, found = examine(cli)
    assert (code, found["alarm e-mails"][0]["level"]) == (0, "notice")


def test_a_subscription_that_nobody_confirmed_is_a_problem(
    cli: Cli, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.subscribe("ops@example.com")
    forget_confirmations(account, monkeypatch)
    code, found = examine(cli)
    [finding] = found["alarm e-mails"]
    assert (code, finding["level"]) == (1, "problem")
    assert finding["found"] == "ops@example.com has not confirmed the subscription and receives none"
    assert "click the link" in finding["advice"]


def forget_confirmations(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """As SNS lists them before the click; the in-memory one takes every subscription for confirmed."""
    sns = account.deployment.session.client("sns")
    pages = sns.get_paginator("list_subscriptions_by_topic")
    make_client = account.deployment.session.client

    class Pending:
        def get_paginator(self, name: str) -> Any:
            return self

        def paginate(self, TopicArn: str) -> Iterator[Any]:  # noqa: N803 - SNS's name
            for page in pages.paginate(TopicArn=TopicArn):
                listed = [{**one, "SubscriptionArn": "PendingConfirmation"} for one in page["Subscriptions"]]
                yield {**page, "Subscriptions": listed}

    pending = Pending()
    monkeypatch.setattr(
        account.deployment.session,
        "client",
        lambda name, **more: pending if name == "sns" else make_client(name, **more),
    )


def test_somebody_who_hears_the_alarms_is_as_it_should_be(cli: Cli, account: Account) -> None:
    account.subscribe("ops@example.com")
    code, found = examine(cli)
    assert (code, found["alarm e-mails"][0]["level"]) == (0, "ok")
    assert found["alarms"][0]["found"] == "none active"


def test_alarms_that_are_on_are_named_as_the_handbook_names_them(cli: Cli, account: Account) -> None:
    account.subscribe("ops@example.com")
    account.sound("patchbay-DeadLetters-1AB2CD3EF4GH", description="The dead-letter queue is not empty.")
    account.sound("patchbay-other-QueueAge-1AB2CD3EF4GH", actions=(f"arn:aws:sns:{REGION}:123456789012:others",))
    code, found = examine(cli)
    [finding] = found["alarms"]
    assert (code, finding["level"]) == (1, "problem")
    assert finding["found"] == "DeadLetters has been active for less than a minute: The dead-letter queue is not empty."
    assert finding["advice"] == "see DeadLetters in docs/operations.md"


# --- the quota -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("quota", "level"), [(10, "notice"), (24, "notice"), (25, "ok"), (1000, "ok")])
def test_a_quota_that_leaves_the_webhooks_no_room_is_worth_a_word(
    cli: Cli, account: Account, quota: int, level: str
) -> None:
    account.subscribe("ops@example.com")
    account.quota = quota
    code, found = examine(cli)
    [finding] = found["concurrency"]
    assert (code, finding["level"]) == (0, level)
    assert finding["found"].startswith(
        f"this account can run {quota} functions at once, and the dispatcher uses up to 5 of them"
    )
    assert (QUOTA_COMMAND in finding["advice"]) is (level == "notice")


# --- what cannot be checked ---------------------------------------------------------------------------------------


def test_an_owner_who_may_not_look_is_told_what_and_sees_the_rest(
    cli: Cli, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.subscribe("ops@example.com")

    def refuse() -> None:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "GetAccountSettings")

    monkeypatch.setattr(account.deployment.session.client("lambda"), "get_account_settings", refuse)
    code, found = examine(cli)
    assert code == 0
    [finding] = found["concurrency"]
    assert "your AWS credentials are not allowed to call GetAccountSettings" in finding["found"]
    assert found["alarms"][0]["level"] == "ok"


def test_a_stack_of_an_older_template_is_told_so(cli: Cli, account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    older = replace(account.deployment.stack, alarm_topic="", dispatcher_concurrency=0)
    monkeypatch.setattr("patchbay_cli.deployment.read_stack", lambda cloudformation, name: older)
    code, found = examine(cli)
    assert (code, found["alarm e-mails"][0]["advice"]) == (0, "deploy the stack again")
    assert {"alarms", "concurrency"} & set(found) == set()


def test_the_local_aws_is_asked_for_none_of_it(cli: Cli, stack: Stack) -> None:
    assert {"alarm e-mails", "alarms", "concurrency"} & set(examine(cli)[1]) == set()


# --- dead letters, credentials ---------------------------------------------------------------------------------------


def test_the_oldest_dead_letter_is_told_with_its_end(connected: Cli, deployment: Deployment, account: Account) -> None:
    scene = DlqHarness(deployment)
    scene.add(write("ann", 1))
    scene.add(write("bob", 1))
    [finding] = examine(connected)[1]["dead letters"]
    assert finding["found"].endswith("; the oldest arrived less than a minute ago and is deleted in 13 days")


@pytest.mark.parametrize(
    ("days", "left"), [(0.5, "13 days"), (9, "4 days"), (13.9, "2 hours"), (15, "less than a minute")]
)
def test_a_dead_letters_end_is_what_is_left_of_two_weeks(days: float, left: str) -> None:
    assert describe_oldest(datetime.now(UTC) - timedelta(days=days)).endswith(f"is deleted in {left}")
    assert timedelta(seconds=template.resource("DeadLetterQueue")["MessageRetentionPeriod"]) == KEPT


def test_credentials_that_are_tried_again_by_themselves_are_told_so(connected: Cli, deployment: Deployment) -> None:
    read_as_functions_do(deployment).mark("help", ConnectionStatus.NEEDS_AUTHORIZATION, "HTTP 401")
    deployment.table.update_item(
        Key={"pk": keys.CONNECTIONS, "sk": "help"},
        UpdateExpression="SET checks = :checks, checked_at = :at",
        ExpressionAttributeValues={":checks": 3, ":at": (datetime.now(UTC) - timedelta(minutes=12)).isoformat()},
    )
    result = json.loads(connected.run("doctor", "help", "--json").stdout)
    [status] = [one for one in result["connections"][0]["findings"] if one["check"] == "status"]
    assert status["found"] == (
        "the service rejects the credentials: HTTP 401 (tried again 3 times, most recently 12 minutes ago)"
    )
