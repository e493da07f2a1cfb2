"""Webhooks that a service has switched off are put back, whatever happens beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from threading import Barrier

import pytest

from patchbay.bridge.webhook_restoration import WebhookRestorer
from patchbay.domain.accounts import Connection, ConnectionStatus, Secrets
from patchbay.domain.errors import AuthorizationNeeded, Misconfigured, Transient
from patchbay.domain.model import Side
from patchbay.kit.account_setup import Webhooks
from patchbay.kit.contract import Connector
from tests.harness.fakes.audit import MemoryAuditTrail, auditor_of
from tests.harness.fakes.configuration import MemoryConfiguration
from tests.harness.fakes.failing_webhook_platform import FailingWebhookPlatform
from tests.harness.fakes.oauth_platform import NoHttp
from tests.harness.fakes.services import Office
from tests.harness.fakes.stores import MemoryConnections
from tests.harness.fakes.telemetry import MemoryTelemetry


class CountingRegistry(MemoryConfiguration):
    """Notes the connections whose secrets are read; `gone` are disconnected while the list is read."""

    def __init__(self, stores: MemoryConnections) -> None:
        super().__init__(stores)
        self.opened: list[str] = []
        self.gone: set[str] = set()

    def connection(self, connection_id: str) -> Connection | None:
        self.opened.append(connection_id)
        return None if connection_id in self.gone else super().connection(connection_id)


def address_of(connection: Connection) -> str:
    return f"https://bridge.test/{connection.service}/hook-of-{connection.endpoint_id}"


@dataclass
class Scene:
    inn: FailingWebhookPlatform = field(default_factory=FailingWebhookPlatform)
    stores: MemoryConnections = field(default_factory=MemoryConnections)
    telemetry: MemoryTelemetry = field(default_factory=MemoryTelemetry)
    lost_hooks: set[str] = field(default_factory=set)
    trail: MemoryAuditTrail = field(default_factory=MemoryAuditTrail)

    def __post_init__(self) -> None:
        self.registry = CountingRegistry(self.stores)
        self.restorer = WebhookRestorer(
            connector_of=self._connector,
            registry=self.registry,
            addresses=self._addresses,
            http=NoHttp(),
            telemetry=self.telemetry,
            auditor=auditor_of(self.trail),
        )

    def _connector(self, service: str) -> Connector:
        known: dict[str, Connector] = {"inn": self.inn, "office": Office()}
        if service not in known:
            raise Misconfigured(f"there is no service named {service!r}")
        return known[service]

    def _addresses(self, connection: Connection) -> Webhooks:
        if connection.id in self.lost_hooks:
            raise Misconfigured("the webhook address is lost")
        return self.inn.list_webhooks(address_of(connection), connection)

    def connect(self, *ids: str, service: str = "inn", status: ConnectionStatus = ConnectionStatus.ACTIVE) -> None:
        for one in ids:
            secrets = Secrets(values={"token": f"token-of-{one}"})
            self.registry.save(
                Connection(id=one, service=service, side=Side.PLATFORM, endpoint_id=one, status=status, secrets=secrets)
            )

    def look(self) -> Sequence[str]:
        """The connections that were visited."""
        self.inn.visited.clear()
        self.restorer.restore_all(self.registry.connections())
        return sorted(self.inn.visited)

    def failed(self) -> dict[str, str]:
        return {str(line["connection"]): str(line["reason"]) for line in self.telemetry.logged("webhook check failed")}


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_what_was_switched_off_is_put_back_and_told_once(scene: Scene) -> None:
    scene.connect("a", "b")
    scene.inn.switched_off = {"b"}
    assert scene.look() == ["a", "b"]
    assert scene.inn.switched_off == set()
    scene.look()
    told = {"service": "inn", "connection": "b", "mended": "the channel"}
    assert scene.telemetry.lines == [("webhook restored", told)]
    assert scene.telemetry.metrics == {"WebhookRestored": 1}


def test_each_is_visited_with_its_own_addresses_and_credentials(scene: Scene) -> None:
    scene.connect("a", "b")
    scene.look()
    assert scene.inn.visited["b"] == {
        "messages": "https://bridge.test/inn/hook-of-b",
        "guests": "https://bridge.test/inn/hook-of-b/guests",
    }
    assert scene.inn.tokens == {"a": "token-of-a", "b": "token-of-b"}


def test_connections_that_are_refused_or_switched_off_by_people_are_left_alone(scene: Scene) -> None:
    for status in ConnectionStatus:
        scene.connect(status.value, status=status)
    assert scene.look() == ["active", "pending"]
    assert sorted(scene.registry.opened) == ["active", "pending"]


def test_a_webhook_that_is_restored_is_in_the_audit_trail_and_a_look_is_not(scene: Scene) -> None:
    scene.connect("a", "b")
    scene.inn.switched_off = {"b"}
    scene.look()
    scene.look()
    assert scene.trail.lines == [("function:test", "webhook restored", "done", ("b",))]


def test_no_secret_is_read_where_no_service_needs_care(scene: Scene) -> None:
    scene.connect("desk", service="office")
    assert scene.look() == []
    assert scene.registry.opened == []
    assert scene.telemetry.lines == []


def test_nothing_connected_is_nothing_to_do(scene: Scene) -> None:
    assert scene.look() == []
    assert scene.telemetry.lines == []


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (Transient("it is busy"), "Transient: it is busy"),
        (AuthorizationNeeded("the password is refused"), "AuthorizationNeeded: the password is refused"),
        (Misconfigured("base_url is missing"), "Misconfigured: base_url is missing"),
        (KeyError("token-of-b"), "KeyError"),
    ],
)
def test_what_fails_for_one_is_told_and_keeps_nobody_from_the_others(
    scene: Scene, failure: Exception, reason: str
) -> None:
    scene.connect("a", "b", "c")
    scene.inn.switched_off = {"a", "b", "c"}
    scene.inn.failures["b"] = failure
    scene.look()
    assert scene.inn.switched_off == {"b"}
    assert scene.failed() == {"b": reason}
    assert scene.telemetry.metrics == {"WebhookRestored": 2, "WebhookCheckFailed": 1}


def test_the_next_round_mends_what_this_one_could_not(scene: Scene) -> None:
    scene.connect("a")
    scene.inn.switched_off = {"a"}
    scene.inn.failures["a"] = Transient("it is busy")
    scene.look()
    del scene.inn.failures["a"]
    scene.look()
    assert scene.inn.switched_off == set()
    assert scene.telemetry.metrics == {"WebhookCheckFailed": 1, "WebhookRestored": 1}


def test_refused_credentials_mark_nothing(scene: Scene) -> None:
    scene.connect("a")
    scene.inn.failures["a"] = AuthorizationNeeded("the password is refused")
    before = dict(scene.stores.connections)
    scene.look()
    assert scene.stores.connections == before
    assert scene.look() == ["a"]


def test_a_lost_address_and_a_removed_service_keep_nobody_from_the_others(scene: Scene) -> None:
    scene.connect("a", "b", "d")
    scene.connect("c", service="abolished")
    scene.lost_hooks = {"b"}
    assert scene.look() == ["a", "d"]
    assert scene.failed() == {
        "b": "Misconfigured: the webhook address is lost",
        "c": "Misconfigured: there is no service named 'abolished'",
    }


def test_who_is_disconnected_meanwhile_is_no_failure(scene: Scene) -> None:
    scene.connect("a", "b")
    scene.registry.gone = {"a"}
    assert scene.look() == ["b"]
    assert scene.telemetry.lines == []


def test_services_that_are_slow_to_answer_are_waited_for_side_by_side(scene: Scene) -> None:
    names = [f"c{number}" for number in range(10)]
    scene.connect(*names)
    together = Barrier(len(names))

    def wait_for_the_others(_: Connection) -> None:
        together.wait(timeout=10)

    scene.inn.on_heal = wait_for_the_others
    scene.look()
    assert scene.failed() == {}


def test_accounts_of_one_app_are_each_looked_after_at_the_apps_address(scene: Scene) -> None:
    scene.connect("app")
    member = scene.stores.connections["app"]
    scene.registry.save(replace(member, id="member", account="room-1"))
    assert scene.look() == ["app", "member"]
    assert scene.inn.visited["member"] == scene.inn.visited["app"]
