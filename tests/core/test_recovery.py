"""Refused credentials are tried again with growing pauses, and a connection that works again is active again."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from patchbay.bridge.credential_recovery import Recovery, pause_after
from patchbay.bridge.ports import EVERY_SERVICE
from patchbay.bridge.webhook_monitor import Monitor
from patchbay.bridge.webhook_restoration import WebhookRestorer
from patchbay.domain.accounts import Connection, ConnectionStatus, Secrets
from patchbay.domain.errors import AuthorizationNeeded, Misconfigured, Transient
from patchbay.domain.model import Side
from patchbay.kit.account_setup import Account
from patchbay.kit.contract import Connector, Http
from tests.harness.fakes.audit import MemoryAuditTrail, auditor_of
from tests.harness.fakes.configuration import MemoryAuthorizations, MemoryConfiguration
from tests.harness.fakes.credentials_platform import CredentialsPlatform
from tests.harness.fakes.oauth_platform import NoHttp
from tests.harness.fakes.queue import MemoryQueue
from tests.harness.fakes.services import Office
from tests.harness.fakes.stores import MemoryConnections
from tests.harness.fakes.telemetry import MemoryTelemetry
from tests.harness.fakes.window_stores import watch_overdue
from tests.harness.virtual_time import VirtualTime

ROUND = 300  #: seconds
ACTIVE, REFUSED = ConnectionStatus.ACTIVE, ConnectionStatus.NEEDS_AUTHORIZATION


@dataclass
class Scene:
    gate: CredentialsPlatform = field(default_factory=CredentialsPlatform)
    time: VirtualTime = field(default_factory=VirtualTime)
    stores: MemoryConnections = field(default_factory=MemoryConnections)
    telemetry: MemoryTelemetry = field(default_factory=MemoryTelemetry)
    trail: MemoryAuditTrail = field(default_factory=MemoryAuditTrail)

    def __post_init__(self) -> None:
        registry = MemoryConfiguration(self.stores)
        recovery = Recovery(
            connector_of=self._connector,
            registry=registry,
            authorizations=MemoryAuthorizations(self.stores),
            http=NoHttp(),
            clock=self.time,
            telemetry=self.telemetry,
            auditor=auditor_of(self.trail),
        )
        restorer = WebhookRestorer(
            connector_of=self._connector,
            registry=registry,
            addresses=lambda connection: {},
            http=NoHttp(),
            telemetry=self.telemetry,
        )
        self.registry = registry
        self.monitor = Monitor(
            registry=registry,
            recovery=recovery,
            restorer=restorer,
            overdues=watch_overdue(self.time, self.telemetry, MemoryQueue(self.time)),
            clock=self.time,
            telemetry=self.telemetry,
        )

    def _connector(self, service: str) -> Connector:
        known: dict[str, Connector] = {"gate": self.gate, "office": Office()}
        if service not in known:
            raise Misconfigured(f"there is no service named {service!r}")
        return known[service]

    def refuse(self, *ids: str, service: str = "gate") -> None:
        """Connections that a message has found refused just now."""
        for one in ids:
            self.registry.save(
                Connection(
                    id=one,
                    service=service,
                    side=Side.PLATFORM,
                    endpoint_id=one,
                    status=REFUSED,
                    status_reason="HTTP 401",
                    changed_at=self.time.now(),
                    secrets=Secrets(values={"token": f"token-of-{one}"}),
                )
            )

    def make_rounds(self, until: timedelta) -> list[float]:
        """The minutes from the beginning at which a service was asked."""
        start, asked = self.time.now(), []
        while self.time.now() - start < until:
            self.time.advance(ROUND)
            before = len(self.gate.asked)
            self.monitor.make_round()
            if len(self.gate.asked) > before:
                asked.append((self.time.now() - start).total_seconds() / 60)
        return asked

    def status(self, connection_id: str) -> ConnectionStatus:
        return self.stores.connections[connection_id].status

    @property
    def refused(self) -> float:
        return self.telemetry.gauges["ConnectionsNeedingAuthorization", EVERY_SERVICE]


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_credentials_that_are_taken_again_make_the_connection_active_in_the_next_round(scene: Scene) -> None:
    scene.refuse("a")
    assert scene.make_rounds(timedelta(minutes=5)) == [5]
    assert scene.gate.asked == [("a", "token-of-a")]
    restored = scene.stores.connections["a"]
    assert (restored.status, restored.status_reason, restored.changed_at) == (ACTIVE, "", scene.time.now())
    assert scene.telemetry.logged("authorization restored") == [{"service": "gate", "connection": "a"}]
    assert scene.refused == 0


def test_a_service_that_goes_on_refusing_is_asked_at_growing_pauses(scene: Scene) -> None:
    scene.refuse("a")
    scene.gate.failures["a"] = AuthorizationNeeded("the token is refused")
    asked = scene.make_rounds(timedelta(days=2))
    assert asked[:7] == [5, 10, 20, 40, 80, 160, 320]
    pauses = [later - earlier for earlier, later in itertools.pairwise(asked)]
    assert max(pauses) == 6 * 60
    assert len(asked) < 20
    assert scene.status("a") is REFUSED
    assert scene.refused == 1
    assert scene.telemetry.troubles == ["authorization still refused"] * len(asked)


def test_credentials_that_are_taken_after_hours_need_no_owner(scene: Scene) -> None:
    scene.refuse("a")
    scene.gate.failures["a"] = AuthorizationNeeded("the token is refused")
    scene.make_rounds(timedelta(hours=9))
    del scene.gate.failures["a"]
    scene.make_rounds(timedelta(hours=6))
    assert scene.status("a") is ACTIVE


@pytest.mark.parametrize("failure", [Transient("it is busy"), KeyError("token-of-a")])
def test_an_attempt_that_breaks_keeps_nobody_from_the_others_and_tells_no_secret(
    scene: Scene, failure: Exception
) -> None:
    scene.refuse("a", "b")
    scene.gate.failures["a"] = failure
    scene.make_rounds(timedelta(minutes=5))
    assert (scene.status("a"), scene.status("b")) == (REFUSED, ACTIVE)
    (told,) = scene.telemetry.logged("authorization not checked")
    assert "token-of-a" not in str(told)
    assert scene.refused == 1


def test_a_check_that_succeeds_where_messages_are_refused_slows_down_all_the_same(scene: Scene) -> None:
    """A token that may read and not write passes the check for ever: each time a message finds it refused again."""
    scene.refuse("a")
    start, restored = scene.time.now(), 0
    while scene.time.now() - start < timedelta(days=1):
        scene.make_rounds(timedelta(minutes=5))
        if scene.status("a") is ACTIVE:
            restored += 1
            scene.stores.change("a", status=REFUSED, changed_at=scene.time.now() + timedelta(seconds=10))
    assert 5 < restored < 12


def test_a_refusal_long_after_the_last_one_is_a_new_story(scene: Scene) -> None:
    scene.refuse("a")
    scene.stores.change("a", checks=9, checked_at=scene.time.now() - timedelta(days=2))
    scene.gate.failures["a"] = AuthorizationNeeded("the token is refused")
    assert scene.make_rounds(timedelta(minutes=30)) == [5, 10, 20]


def test_only_refused_connections_of_services_that_can_be_asked_are_tried(scene: Scene) -> None:
    scene.refuse("desk", service="office")
    scene.refuse("old", service="abolished")
    for status in set(ConnectionStatus) - {REFUSED}:
        scene.refuse(status.value)
        scene.stores.change(status.value, status=status)
    scene.make_rounds(timedelta(minutes=5))
    assert scene.gate.asked == []
    assert scene.refused == 2


def test_new_credentials_of_the_owner_are_not_overwritten_by_an_attempt_with_the_old(scene: Scene) -> None:
    scene.refuse("a")

    def reconnect(connection: Connection, http: Http) -> Account:
        scene.stores.change("a", status=ConnectionStatus.PENDING, changed_at=datetime(2026, 2, 1).astimezone())
        return Account(external_id="a", name="")

    scene.gate.check_credentials = reconnect  # type: ignore[method-assign]
    scene.make_rounds(timedelta(minutes=5))
    assert scene.status("a") is ConnectionStatus.PENDING
    assert not scene.telemetry.logged("authorization restored")


def test_every_round_is_counted_and_measured_also_where_all_is_well(scene: Scene) -> None:
    scene.make_rounds(timedelta(minutes=15))
    assert scene.telemetry.metrics["MonitorRounds"] == 3
    assert scene.refused == 0


def test_a_round_that_cannot_read_the_connections_is_not_counted(scene: Scene) -> None:
    def be_away() -> list[Connection]:
        raise TimeoutError

    scene.registry.connections = be_away  # type: ignore[method-assign]
    with pytest.raises(TimeoutError):
        scene.monitor.make_round()
    assert scene.telemetry.metrics["MonitorRounds"] == 0


def test_pauses_grow_to_six_hours_and_no_further() -> None:
    minutes = [pause_after(checks).total_seconds() / 60 for checks in (1, 2, 3, 4, 8, 1000)]
    assert minutes == [5, 10, 20, 40, 360, 360]


def test_a_connection_that_works_again_is_in_the_audit_trail(scene: Scene) -> None:
    scene.refuse("desk")
    scene.make_rounds(timedelta(seconds=ROUND))
    assert scene.trail.lines == [("function:test", "authorization restored", "done", ("desk",))]
