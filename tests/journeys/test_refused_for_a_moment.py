"""A service that refuses us for a moment takes our messages again without the owner: nobody is woken at night."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from patchbay.bridge.credential_recovery import Recovery
from patchbay.bridge.ports import EVERY_SERVICE
from patchbay.bridge.webhook_monitor import Monitor
from patchbay.bridge.webhook_restoration import WebhookRestorer
from patchbay.domain.accounts import ConnectionStatus
from patchbay.kit import registry
from tests.harness.fakes.configuration import MemoryAuthorizations, MemoryConfiguration, webhook_token_of
from tests.harness.fakes.window_stores import watch_overdue
from tests.harness.forms import list_forms
from tests.harness.webchat_world import Scene, make_scene, platforms

ROUND = timedelta(minutes=5)
PATIENCE = timedelta(minutes=15)  #: the longest pause of a message that waits for authorization


@pytest.fixture(params=list_forms(platforms()))
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    scene = make_scene(request.param)
    scene.says("hello")
    yield scene
    assert not scene.telemetry.logged("event failed unexpectedly")


def make_monitor(scene: Scene) -> Monitor:
    configuration = MemoryConfiguration(scene.connections)
    recovery = Recovery(
        connector_of=registry.load,
        registry=configuration,
        authorizations=MemoryAuthorizations(scene.connections),
        http=scene.http,
        clock=scene.time,
        telemetry=scene.telemetry,
    )
    restorer = WebhookRestorer(
        connector_of=registry.load,
        registry=configuration,
        addresses=lambda one: scene.webhooks(registry.load(one.service), webhook_token_of(one.endpoint_id), one),
        http=scene.http,
        telemetry=scene.telemetry,
    )
    overdues = watch_overdue(scene.time, scene.telemetry, scene.queue)
    return Monitor(
        registry=configuration,
        recovery=recovery,
        restorer=restorer,
        overdues=overdues,
        clock=scene.time,
        telemetry=scene.telemetry,
    )


def wait(scene: Scene, monitor: Monitor, until: timedelta) -> None:
    """Rounds of the monitor, and everything else that happens meanwhile."""
    end = scene.time.now() + until
    while scene.time.now() < end:
        due = scene.time.now() + ROUND
        scene.settle(ROUND)
        scene.time.jump(due)
        monitor.make_round()


def refused(scene: Scene) -> list[str]:
    stored = scene.connections.connections.values()
    return [one.id for one in stored if one.status is ConnectionStatus.NEEDS_AUTHORIZATION]


def test_five_seconds_of_refusals_cost_minutes_and_no_message(scene: Scene) -> None:
    monitor = make_monitor(scene)
    scene.desk.switches.api_status = 401
    scene.time.later(5, lambda: setattr(scene.desk.switches, "api_status", 0))
    for text in ("one", "two"):
        scene.webchat.write(scene.ann.id, text)
    wait(scene, monitor, ROUND * 2)
    assert refused(scene) == []
    wait(scene, monitor, PATIENCE)
    assert scene.agent_sees() == ["hello", "one", "two"]
    assert scene.telemetry.gauges["ConnectionsNeedingAuthorization", EVERY_SERVICE] == 0


def test_an_hour_of_refusals_ends_by_itself_too(scene: Scene) -> None:
    monitor = make_monitor(scene)
    scene.desk.switches.api_status = 401
    scene.time.later(3600, lambda: setattr(scene.desk.switches, "api_status", 0))
    scene.webchat.write(scene.ann.id, "one")
    wait(scene, monitor, timedelta(minutes=50))
    assert len(refused(scene)) == 1
    assert scene.telemetry.gauges["ConnectionsNeedingAuthorization", EVERY_SERVICE] == 1
    wait(scene, monitor, timedelta(hours=1) + PATIENCE)
    assert refused(scene) == []
    assert scene.agent_sees() == ["hello", "one"]


def test_refusals_that_last_are_left_to_the_owner_and_wait_for_them(scene: Scene) -> None:
    monitor = make_monitor(scene)
    scene.desk.switches.api_status = 401
    scene.webchat.write(scene.ann.id, "one")
    wait(scene, monitor, timedelta(days=1))
    assert len(refused(scene)) == 1
    assert scene.agent_sees() == ["hello"]
    scene.desk.switches.api_status = 0
    wait(scene, monitor, timedelta(hours=6) + PATIENCE)
    assert scene.agent_sees() == ["hello", "one"]
