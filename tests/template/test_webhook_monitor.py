"""The webhook monitor's part of the template: when it runs, and how little it may."""

from __future__ import annotations

from tests.template.stack.scene import function_in, of_type

ROUND = 300  #: seconds


def test_it_looks_every_few_minutes_and_never_twice_at_once() -> None:
    _, function = function_in("webhook_monitor")
    (event,) = function["Events"].values()

    assert event["Type"] == "Schedule"
    assert event["Properties"]["Schedule"] == f"rate({ROUND // 60} minutes)"
    assert function["Timeout"] < ROUND
    assert function["EventInvokeConfig"] == {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": ROUND}


def test_it_knows_our_address() -> None:
    assert function_in("webhook_monitor")[1]["Environment"]["Variables"]["API_ID"] == {"Ref": "Api"}


def test_two_rounds_that_fail_are_an_alarm() -> None:
    name, _ = function_in("webhook_monitor")
    watching = [{"Name": "FunctionName", "Value": {"Ref": name}}]
    (alarm,) = (one for one in of_type("AWS::CloudWatch::Alarm").values() if one.get("Dimensions") == watching)

    assert (alarm["MetricName"], alarm["Period"], alarm["DatapointsToAlarm"]) == ("Errors", ROUND, 2)
    assert alarm["EvaluationPeriods"] > alarm["DatapointsToAlarm"]
