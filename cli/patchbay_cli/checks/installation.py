"""Checks of the installation: who gets alarm e-mails, which alarms are active, and AWS's quota of Lambda."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from botocore.exceptions import ClientError

from patchbay_cli.checks.results import CheckResult, Level, describe_time
from patchbay_cli.deployment import Deployment

SPARE = 20  #: concurrent executions that the other functions should have besides the dispatcher's
_PENDING = "PendingConfirmation"  #: what SNS shows in place of the subscription's ARN
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"})
_MORE_CONCURRENCY = (
    "aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 "
    "--desired-value 1000"
)


def check_installation(deployment: Deployment) -> Iterator[CheckResult]:
    """Nothing on the local AWS, which sends no e-mail and has no quota."""
    if deployment.stack.emulator:
        return
    for check, run in _CHECKS.items():
        try:
            yield from run(deployment)
        except ClientError as error:
            if error.response["Error"]["Code"] not in _DENIED:
                raise
            found = f"cannot be checked: your AWS credentials are not allowed to call {error.operation_name}"
            yield CheckResult(check=check, level=Level.NOTICE, found=found)


# --- alarms ----------------------------------------------------------------------------------------------------------


def _check_recipients(deployment: Deployment) -> Iterator[CheckResult]:
    topic = deployment.stack.alarm_topic
    if not topic:
        yield CheckResult(
            check="alarm e-mails",
            level=Level.NOTICE,
            found="cannot be checked: the stack is older than this command",
            advice="deploy the stack again",
        )
        return
    pages = deployment.session.client("sns").get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
    subscriptions = [one for page in pages for one in page.get("Subscriptions", [])]
    waiting = [one.get("Endpoint", "") for one in subscriptions if one.get("SubscriptionArn") == _PENDING]
    confirmed = len(subscriptions) - len(waiting)
    unheard = Level.PROBLEM if deployment.stack.production else Level.NOTICE
    if not subscriptions:
        advice = "add `AlarmEmail=you@example.com` to parameter_overrides in samconfig.toml, and deploy the stack"
        yield CheckResult(check="alarm e-mails", level=unheard, found="no e-mail address is subscribed", advice=advice)
    for endpoint in waiting:
        yield CheckResult(
            check="alarm e-mails",
            level=Level.NOTICE if confirmed else unheard,
            found=f"{endpoint} has not confirmed the subscription and receives none",
            advice='click the link in the e-mail "AWS Notification - Subscription Confirmation". If it has expired '
            "(after two days), subscribe the address again in the SNS console",
        )
    if confirmed and not waiting:
        yield CheckResult(
            check="alarm e-mails",
            level=Level.OK,
            found=f"{confirmed} confirmed subscription{'' if confirmed == 1 else 's'}",
        )


def _check_alarms(deployment: Deployment) -> Iterator[CheckResult]:
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
        found = f"{name} has been active for {since}: {alarm.get('AlarmDescription', '')}"
        yield CheckResult(check="alarms", level=Level.PROBLEM, found=found, advice=f"see {name} in docs/operations.md")
    if not on:
        yield CheckResult(check="alarms", level=Level.OK, found="none active")


def _short_name(stack: str, name: str) -> str:
    """As docs/operations.md calls it: CloudFormation adds the stack's name before and a random suffix."""
    return name.removeprefix(f"{stack}-").rpartition("-")[0] or name


# --- quota -----------------------------------------------------------------------------------------------------------


def _check_quota(deployment: Deployment) -> Iterator[CheckResult]:
    dispatchers = deployment.stack.dispatcher_concurrency
    limits = deployment.session.client("lambda").get_account_settings().get("AccountLimit", {})
    quota = limits.get("ConcurrentExecutions", 0)
    if not dispatchers or not quota:
        return
    found = f"this account can run {quota} functions at once, and the dispatcher uses up to {dispatchers} of them"
    if quota >= dispatchers + SPARE:
        yield CheckResult(check="concurrency", level=Level.OK, found=found)
        return
    yield CheckResult(
        check="concurrency",
        level=Level.NOTICE,
        found=f"{found}. When a platform is slow, webhooks may be rejected",
        advice=f"request a higher quota from AWS: `{_MORE_CONCURRENCY}`",
    )


_CHECKS: dict[str, Callable[[Deployment], Iterator[CheckResult]]] = {
    "alarm e-mails": _check_recipients,
    "alarms": _check_alarms,
    "concurrency": _check_quota,
}
