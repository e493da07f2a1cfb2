"""Alarms say the truth: each lasts as long as the trouble, and "OK" means that it is over."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from patchbay.aws.powertools import PowertoolsTelemetry
from patchbay.bridge import retry_policy
from patchbay.bridge.credential_recovery import Recovery
from patchbay.bridge.webhook_monitor import Monitor
from patchbay.bridge.webhook_restoration import WebhookRestorer
from patchbay.domain.accounts import Connection, ConnectionStatus
from patchbay.domain.errors import AuthorizationNeeded
from patchbay.domain.model import Side
from tests.harness.alarms import STAGE, Alarm, Measurements, describe
from tests.harness.fakes.configuration import MemoryAuthorizations, MemoryConfiguration
from tests.harness.fakes.credentials_platform import CredentialsPlatform
from tests.harness.fakes.oauth_platform import NoHttp
from tests.harness.fakes.queue import MemoryQueue
from tests.harness.fakes.stores import MemoryConnections
from tests.harness.fakes.window_stores import watch_overdue
from tests.harness.product import modules
from tests.harness.virtual_time import VirtualTime
from tests.template.stack.scene import RESOURCES, function_in, of_type

ALARMS = of_type("AWS::CloudWatch::Alarm")
NAMESPACE = f"Patchbay/{STAGE}"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ROUND = timedelta(minutes=5)
EVENTS = describe([{"Name": "QueueName", "Value": "EventsQueue.QueueName"}])
DEAD = describe([{"Name": "QueueName", "Value": "DeadLetterQueue.QueueName"}])
#: What counts something that happened and is over: these say no "OK", which would be taken for "it is fixed".
OCCURRENCES = {"NewDeadLetters", "UnreportedFailures", "MalwareFound", "LimitReached"}


@dataclass
class Loft:
    """A deployed stack as its alarms see it, with one connection to a platform. Time passes in `live`."""

    time: VirtualTime = field(default_factory=VirtualTime)
    gate: CredentialsPlatform = field(default_factory=CredentialsPlatform)
    measured: Measurements = field(default_factory=Measurements)
    runs: bool = True  #: whether the monitor does

    def __post_init__(self) -> None:
        self.stores = MemoryConnections()
        registry = MemoryConfiguration(self.stores)
        telemetry = PowertoolsTelemetry(NAMESPACE)
        recovery = Recovery(
            connector_of=lambda service: self.gate,
            registry=registry,
            authorizations=MemoryAuthorizations(self.stores),
            http=NoHttp(),
            clock=self.time,
            telemetry=telemetry,
        )
        restorer = WebhookRestorer(
            connector_of=lambda service: self.gate,
            registry=registry,
            addresses=lambda connection: {},
            http=NoHttp(),
            telemetry=telemetry,
        )
        self.telemetry = telemetry
        self.monitor = Monitor(
            registry=registry,
            recovery=recovery,
            restorer=restorer,
            overdues=watch_overdue(self.time, telemetry, MemoryQueue(self.time)),
            clock=self.time,
            telemetry=telemetry,
        )
        self.alarms = {name: Alarm(name, definition) for name, definition in ALARMS.items() if is_evaluated(definition)}
        registry.save(Connection(id="desk", service="gate", side=Side.PLATFORM, endpoint_id="desk"))
        self.live(HOUR)
        for alarm in self.alarms.values():
            alarm.changes.clear()

    def refuse(self) -> None:
        """A message finds our credentials refused, and so does whoever tries them again."""
        self.gate.failures["desk"] = AuthorizationNeeded("the token is refused")
        self._change(ConnectionStatus.NEEDS_AUTHORIZATION)

    def reconnect(self) -> None:
        del self.gate.failures["desk"]
        self._change(ConnectionStatus.ACTIVE)

    def _change(self, status: ConnectionStatus) -> None:
        stored = self.stores.connections["desk"]
        self.stores.connections["desk"] = replace(stored, status=status, changed_at=self.time.now())

    def live(self, span: timedelta, *, each_minute: Callable[[], None] = lambda: None) -> None:
        """The monitor's rounds, and CloudWatch's look at every alarm in every minute."""
        end = self.time.now() + span
        while self.time.now() < end:
            if self.runs and self.time.now().minute % 5 == 0:
                with self.measured.hearing(self.time.now()):
                    self.monitor.make_round()
                    self.telemetry.flush()
            each_minute()
            self.time.advance(60)
            for alarm in self.alarms.values():
                alarm.evaluate(self.measured, self.time.now())

    def defer(self, delay: Callable[[float], float]) -> Callable[[], None]:
        """A message that is handed out again after `delay` of how long it has waited, and deferred each time."""
        since = due = self.time.now()

        def look() -> None:
            nonlocal due
            if self.time.now() >= due:
                waited = (self.time.now() - since).total_seconds()
                with self.measured.hearing(self.time.now()):
                    self.telemetry.gauge("DeferredMessageAge", "gate", waited, "Seconds")
                    self.telemetry.flush()
                due = self.time.now() + timedelta(seconds=delay(waited))

        return look

    def states(self, name: str) -> list[str]:
        """Those it went through since the beginning, which was OK."""
        return [state for _, state in self.alarms[name].changes]

    def state(self, name: str) -> str:
        return self.alarms[name].state


def is_evaluated(definition: Mapping[str, Any]) -> bool:
    """Whether this evaluation knows its kind: AWS's own percentiles and schemas are left to AWS."""
    expressions = [str(one.get("Expression")) for one in definition.get("Metrics", [])]
    return "ExtendedStatistic" not in definition and not any("SCHEMA" in one for one in expressions)


@pytest.fixture
def loft() -> Loft:
    loft = Loft()
    assert {alarm.name for alarm in loft.alarms.values() if alarm.state != "OK"} == set()
    return loft


# --- credentials -----------------------------------------------------------------------------------------------------


def test_five_days_of_refused_credentials_are_five_days_of_alarm(loft: Loft) -> None:
    loft.refuse()
    message = loft.defer(retry_policy.authorization_delay)
    loft.live(timedelta(minutes=30), each_minute=message)
    assert (loft.state("AuthorizationNeeded"), loft.state("DeferredMessages")) == ("ALARM", "ALARM")
    loft.live(5 * DAY, each_minute=message)
    assert loft.states("AuthorizationNeeded") == ["ALARM"]
    assert loft.states("DeferredMessages") == ["ALARM"]
    loft.reconnect()
    loft.live(2 * HOUR)
    assert loft.states("AuthorizationNeeded") == ["ALARM", "OK"]
    assert loft.states("DeferredMessages") == ["ALARM", "OK"]


def test_a_moments_refusal_wakes_nobody(loft: Loft) -> None:
    loft.refuse()
    loft.live(ROUND)  # one round finds it refused
    assert loft.stores.connections["desk"].checks == 1
    loft.gate.failures.clear()
    loft.live(HOUR)
    assert loft.stores.connections["desk"].status is ConnectionStatus.ACTIVE
    assert loft.states("AuthorizationNeeded") == []


def test_a_monitor_that_stops_ends_no_alarm_and_is_one_itself(loft: Loft) -> None:
    loft.refuse()
    loft.live(HOUR)
    loft.runs = False
    loft.live(DAY)
    assert loft.states("AuthorizationNeeded") == ["ALARM"]
    [(since, state)] = loft.alarms["MonitorSilent"].changes
    assert state == "ALARM"
    assert since <= loft.time.now() - DAY + 45 * MINUTE
    loft.runs = True
    loft.reconnect()
    loft.live(HOUR)
    assert loft.states("MonitorSilent") == ["ALARM", "OK"]
    assert loft.states("AuthorizationNeeded") == ["ALARM", "OK"]


def test_a_round_that_comes_late_or_twice_in_a_period_is_no_alarm(loft: Loft) -> None:
    for late in (2, 0, 4, 1):
        loft.runs = False
        loft.live(timedelta(minutes=late))
        loft.runs = True
        loft.live(timedelta(minutes=20))
    assert loft.states("MonitorSilent") == []


# --- messages that wait ----------------------------------------------------------------------------------------------


class Highest:
    """Chance at its worst: every pause is as long as it can be."""

    def uniform(self, low: float, high: float) -> float:
        return max(low, high)


LONGEST_PAUSES: Mapping[str, Callable[[float], float]] = {
    "a platform that fails": lambda waited: retry_policy.retry_delay(1000, Highest()),  # type: ignore[arg-type]
    "a service that asks for a week": lambda waited: retry_policy.retry_delay(1000, Highest(), 7 * 86400.0),  # type: ignore[arg-type]
    "credentials": retry_policy.authorization_delay,
    "nobody is there": retry_policy.closed_delay,
    "a receipt": lambda waited: retry_policy.feedback_delay(waited, Highest()),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("pause", LONGEST_PAUSES.values(), ids=LONGEST_PAUSES)
def test_a_message_that_is_deferred_for_a_day_is_one_alarm_and_no_all_clear(
    loft: Loft, pause: Callable[[float], float]
) -> None:
    message = loft.defer(pause)
    loft.live(DAY, each_minute=message)
    assert loft.states("DeferredMessages") == ["ALARM"]
    loft.live(timedelta(hours=2))
    assert loft.states("DeferredMessages") == ["ALARM", "OK"]


def test_messages_that_are_deferred_for_moments_are_no_alarm(loft: Loft) -> None:
    for _ in range(20):
        message = loft.defer(lambda waited: 60.0)
        loft.live(timedelta(minutes=9), each_minute=message)
    assert loft.states("DeferredMessages") == []


def test_a_queue_that_comes_near_its_limit_of_messages_in_flight_is_an_alarm(loft: Loft) -> None:
    def fill(amount: float) -> Callable[[], None]:
        return lambda: loft.measured.add(
            "AWS/SQS", "ApproximateNumberOfMessagesNotVisible", EVENTS, loft.time.now(), amount
        )

    loft.live(HOUR, each_minute=fill(79_999))
    assert loft.states("MessagesInFlight") == []
    loft.live(HOUR, each_minute=fill(80_000))
    assert loft.states("MessagesInFlight") == ["ALARM"]
    assert ALARMS["MessagesInFlight"]["Threshold"] <= 120_000 * 0.7, "the queue stops at 120,000"


# --- dead letters ----------------------------------------------------------------------------------------------------


def test_dead_letters_are_an_alarm_for_as_long_as_there_are_any_also_while_somebody_looks(loft: Loft) -> None:
    def hold(visible: float, held: float) -> Callable[[], None]:
        def measure() -> None:
            for name, value in (("Visible", visible), ("NotVisible", held)):
                metric = f"ApproximateNumberOfMessages{name}"
                loft.measured.add("AWS/SQS", metric, DEAD, loft.time.now(), value)

        return measure

    loft.live(HOUR, each_minute=hold(0, 0))
    for visible, held in ((2, 0), (0, 2), (1, 1), (1, 0)):
        loft.live(HOUR, each_minute=hold(visible, held))
    assert loft.states("DeadLetters") == ["ALARM"]
    loft.live(HOUR, each_minute=hold(0, 0))
    assert loft.states("DeadLetters") == ["ALARM", "OK"]
    loft.live(HOUR)  # SQS stops measuring a queue that nobody uses
    assert loft.states("DeadLetters") == ["ALARM", "OK"]


def test_a_dead_letter_is_an_alarm_days_before_it_is_deleted(loft: Loft) -> None:
    since = loft.time.now() - 9 * DAY

    def age() -> None:
        seconds = (loft.time.now() - since).total_seconds()
        loft.measured.add("AWS/SQS", "ApproximateAgeOfOldestMessage", DEAD, loft.time.now(), seconds)

    loft.live(DAY, each_minute=age)
    assert loft.states("DeadLettersExpire") == []
    loft.live(HOUR, each_minute=age)
    assert loft.states("DeadLettersExpire") == ["ALARM"]
    kept = RESOURCES["DeadLetterQueue"]["Properties"]["MessageRetentionPeriod"]
    assert kept - ALARMS["DeadLettersExpire"]["Threshold"] >= 4 * 86400


def test_each_new_wave_of_dead_letters_is_an_alarm_of_its_own(loft: Loft) -> None:
    for _ in range(3):
        with loft.measured.hearing(loft.time.now()):
            loft.telemetry.count("DeadLettered", "gate")
            loft.telemetry.flush()
        loft.live(HOUR)
    assert loft.states("NewDeadLetters").count("ALARM") == 3


# --- every alarm -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_tells_somebody_and_its_end_unless_it_only_counts_what_happened(name: str) -> None:
    alarm = ALARMS[name]
    assert alarm["AlarmActions"] == [{"Ref": "AlarmTopic"}]
    assert alarm.get("OKActions", []) == ([] if name in OCCURRENCES else [{"Ref": "AlarmTopic"}])


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_is_one_that_cloudwatch_takes(name: str) -> None:
    alarm = Alarm(name, ALARMS[name])
    most = HOUR * 3 if any("SELECT" in str(one.get("Expression")) for one in ALARMS[name].get("Metrics", [])) else DAY
    assert alarm.window <= most.total_seconds(), "CloudWatch looks no further back"
    assert ALARMS[name].get("DatapointsToAlarm", 1) <= ALARMS[name]["EvaluationPeriods"]
    assert 20 < len(ALARMS[name]["AlarmDescription"]) <= 1024


def test_alarms_are_worded_as_the_handbook_is() -> None:
    old = re.compile(r"\b(parked messages?|put off|caretaker|given up|told|untold|mends?)\b")
    assert {name: alarm for name, alarm in ALARMS.items() if old.search(alarm["AlarmDescription"])} == {}
    assert not [name for name in ALARMS if re.search("Parked|Untold|Caretaker|Crashed", name)]


def test_a_batch_that_nearly_runs_out_of_time_is_an_alarm() -> None:
    _, dispatcher = function_in("dispatcher")
    assert 0.8 <= ALARMS["SlowDispatcher"]["Threshold"] / (dispatcher["Timeout"] * 1000) <= 0.95


def test_every_metric_of_ours_that_an_alarm_reads_is_written_somewhere() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in modules())
    for name, alarm in ALARMS.items():
        queries = re.findall(r'SELECT \w+\((\w+)\) FROM "Patchbay', str(alarm.get("Metrics", "")))
        own = [alarm["MetricName"]] if "Patchbay" in str(alarm.get("Namespace", "")) else []
        for metric in {*queries, *own}:
            assert f'"{metric}"' in code, f"{name} waits for {metric}, which nothing writes"


def test_the_table_alarms_watch_the_table() -> None:
    for name, metric in (("TableThrottles", "ThrottledRequests"), ("TableErrors", "SystemErrors")):
        [query] = ALARMS[name]["Metrics"]
        assert f"SUM({metric})" in query["Expression"]["!Sub"]
        assert "TableName = '${Table}'" in query["Expression"]["!Sub"]
