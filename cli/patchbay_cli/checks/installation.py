"""What `patchbay doctor` looks at beside the connections: who hears the alarms, which are on, and AWS's quota."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from botocore.exceptions import ClientError

from patchbay_cli.checks.results import CheckResult, Level, describe_time
from patchbay_cli.deployment import Deployment

KEPT = timedelta(days=14)  #: how long the dead-letter queue keeps a message
SPARE = 20  #: executions at once that webhooks, files and the rest should have beside the dispatcher's
_PENDING = "PendingConfirmation"  #: what SNS shows in place of the subscription's ARN
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"})
_MORE_CONCURRENCY = (
    "aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 "
    "--desired-value 1000"
)


def examine_installation(deployment: Deployment) -> Iterator[CheckResult]:
    """The local AWS sends no mail and has no quota."""
    if deployment.stack.emulator:
        return
    for check, look in _CHECKS.items():
        try:
            yield from look(deployment)
        except ClientError as error:
            if error.response["Error"]["Code"] not in _DENIED:
                raise
            action = f"{error.operation_name} is not allowed to your AWS credentials"
            yield CheckResult(check=check, level=Level.NOTICE, found=f"cannot be looked at: {action}")


def describe_oldest(dead_lettered_at: datetime | None) -> str:
    """How long the oldest dead letter has been there, and how long it will be, as the end of a sentence."""
    if dead_lettered_at is None:
        return ""
    age = datetime.now(UTC) - dead_lettered_at
    return f"; the oldest came {describe_time(age)} ago and is deleted in {describe_time(max(KEPT - age, timedelta()))}"


# --- alarms ----------------------------------------------------------------------------------------------------------


def _examine_listeners(deployment: Deployment) -> Iterator[CheckResult]:
    topic = deployment.stack.alarm_topic
    if not topic:
        yield CheckResult(
            check="alarm mails",
            level=Level.NOTICE,
            found="cannot be looked at: the stack is older than this command",
            advice="deploy it again",
        )
        return
    pages = deployment.session.client("sns").get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
    subscriptions = [one for page in pages for one in page.get("Subscriptions", [])]
    waiting = [one.get("Endpoint", "") for one in subscriptions if one.get("SubscriptionArn") == _PENDING]
    confirmed = len(subscriptions) - len(waiting)
    deaf = Level.PROBLEM if deployment.stack.production else Level.NOTICE
    if not subscriptions:
        advice = "add `AlarmEmail=you@example.com` to the parameters in samconfig.toml, and deploy"
        yield CheckResult(check="alarm mails", level=deaf, found="alarms go to nobody", advice=advice)
    for endpoint in waiting:
        yield CheckResult(
            check="alarm mails",
            level=Level.NOTICE if confirmed else deaf,
            found=f"{endpoint} has not confirmed the subscription and gets no alarms",
            advice='click the link in the mail "AWS Notification - Subscription Confirmation"; if it has expired '
            "(after two days), subscribe the address again in the SNS console",
        )
    if confirmed and not waiting:
        yield CheckResult(check="alarm mails", level=Level.OK, found=f"alarms go to {confirmed} confirmed")


def _examine_alarms(deployment: Deployment) -> Iterator[CheckResult]:
    topic = deployment.stack.alarm_topic
    if not topic:
        return
    pages = deployment.session.client("cloudwatch").get_paginator("describe_alarms")
    on = [
        alarm
        for page in pages.paginate(ActionPrefix=topic, StateValue="ALARM")
        for alarm in page.get("MetricAlarms", [])
    ]
    for alarm in on:
        since = describe_time(datetime.now(UTC) - alarm["StateUpdatedTimestamp"])
        name = _short_name(deployment.stack.name, alarm["AlarmName"])
        found = f"{name} is on since {since}: {alarm.get('AlarmDescription', '')}"
        yield CheckResult(check="alarms", level=Level.PROBLEM, found=found, advice=f"see {name} in docs/operations.md")
    if not on:
        yield CheckResult(check="alarms", level=Level.OK, found="none is on")


def _short_name(stack: str, name: str) -> str:
    """As the handbook calls it: CloudFormation puts the stack's name before and chance behind."""
    return name.removeprefix(f"{stack}-").rpartition("-")[0] or name


# --- room ------------------------------------------------------------------------------------------------------------


def _examine_quota(deployment: Deployment) -> Iterator[CheckResult]:
    dispatchers = deployment.stack.dispatcher_concurrency
    limits = deployment.session.client("lambda").get_account_settings().get("AccountLimit", {})
    quota = limits.get("ConcurrentExecutions", 0)
    if not dispatchers or not quota:
        return
    found = f"{quota} functions at once in this account, {dispatchers} of them for the dispatcher"
    if quota >= dispatchers + SPARE:
        yield CheckResult(check="concurrency", level=Level.OK, found=found)
        return
    yield CheckResult(
        check="concurrency",
        level=Level.NOTICE,
        found=f"{found}: when a platform is slow, webhooks may be refused",
        advice=f"ask AWS for more: `{_MORE_CONCURRENCY}`",
    )


_CHECKS: dict[str, Callable[[Deployment], Iterator[CheckResult]]] = {
    "alarm mails": _examine_listeners,
    "alarms": _examine_alarms,
    "concurrency": _examine_quota,
}
