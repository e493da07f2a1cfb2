"""What a warm container reads, and how soon it sees changes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from patchbay.accounts import Connection, Secrets
from patchbay.deliveries import Outcome, Sent
from patchbay.infra import keys
from patchbay.infra.administration import Administration
from patchbay.infra.caching import TimedCache
from patchbay.infra.connections import StoredConnections
from patchbay.infra.ledger import DynamoLedger
from patchbay.infra.sessions import DynamoSessions
from patchbay.infra.table import Table
from patchbay.infra.vault import Vault
from patchbay.model import Contact, Conversation, Session, Side
from tests.fakes.journal import MemoryJournal
from tests.infra import aws
from tests.support.virtual_time import VirtualTime

GIVEN = Connection(
    id="viber-main",
    service="viber",
    side=Side.MESSENGER,
    endpoint_id="viber-main",
    secrets=Secrets(values={"auth_token": "one"}),
)
NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


@dataclass
class World:
    cloud: aws.Aws
    administration: Administration
    reader: StoredConnections
    time: VirtualTime
    hook: str

    def rotate(self, value: str) -> None:
        self.administration.save(replace(GIVEN, secrets=Secrets(values={"auth_token": value})))
        self.cloud.calls.clear()

    def token(self) -> str:
        endpoint = self.reader.endpoint("viber", self.hook)
        assert endpoint is not None
        return endpoint.secrets.get("auth_token")


@pytest.fixture
def world() -> Iterator[World]:
    with aws.running() as cloud:
        resource = boto3.resource("dynamodb", region_name=aws.REGION).Table(aws.TABLE)
        time = VirtualTime(NOW)
        administration = Administration(resource, cloud.secrets, "test", time)
        hook = administration.save(GIVEN)
        vault = Vault(cloud.secrets, "test")
        reader = StoredConnections(Table(cloud.dynamodb, aws.TABLE), vault, time, MemoryJournal())
        cloud.calls.clear()
        yield World(cloud, administration, reader, time, hook)


def test_a_warm_container_reads_nothing_for_a_webhook(world: World) -> None:
    world.token()
    assert sorted(world.cloud.calls) == ["GetItem", "GetItem", "GetSecretValue"]
    world.cloud.calls.clear()
    world.time.advance(59)
    world.token()
    assert world.reader.connection("viber-main") is not None
    assert world.cloud.calls == []


def test_records_are_read_again_after_a_minute_and_secrets_after_five(world: World) -> None:
    world.token()
    world.cloud.calls.clear()
    world.time.advance(60)
    world.token()
    assert world.cloud.calls == ["GetItem", "GetItem"]
    world.rotate("two")
    world.time.advance(239)
    assert world.token() == "one"
    world.time.advance(61)
    assert world.token() == "two"


def test_a_changed_secret_is_seen_when_the_endpoint_is_renewed_but_not_too_often(world: World) -> None:
    assert world.token() == "one"
    world.rotate("two")
    renewed = world.reader.renew_endpoint("viber", world.hook)
    assert renewed is not None
    assert renewed.secrets.accepted("auth_token") == ("two",)
    world.cloud.calls.clear()
    for _ in range(5):
        assert world.reader.renew_endpoint("viber", world.hook) is None
    assert world.cloud.calls == []
    world.time.advance(1)
    assert world.reader.renew_endpoint("viber", world.hook) is not None


def test_a_webhook_that_was_badly_signed_a_moment_ago_hides_no_new_secret(world: World) -> None:
    """On a busy bot one always comes between the change at the service and the change here."""
    world.token()
    assert world.reader.renew_endpoint("viber", world.hook) is not None
    world.rotate("two")
    world.time.advance(2)
    renewed = world.reader.renew_endpoint("viber", world.hook)
    assert renewed is not None
    assert renewed.secrets.accepted("auth_token") == ("two",)


def test_the_last_webhook_is_noted_every_five_minutes(world: World) -> None:
    for seconds in (0, 10, 299, 300, 301):
        world.reader.note_webhook("viber-main", NOW + timedelta(seconds=seconds))
    assert world.cloud.calls == ["PutItem", "PutItem"]
    assert world.administration.last_webhook(GIVEN) == NOW + timedelta(seconds=300)


def test_an_id_that_is_connected_again_has_its_first_webhook_noted_at_once(world: World) -> None:
    world.token()
    world.reader.note_webhook("viber-main", NOW)
    world.administration.delete(GIVEN)
    world.cloud.deletions.finish()
    world.hook = world.administration.save(GIVEN)
    assert world.administration.last_webhook(GIVEN) is None
    world.token()
    world.reader.note_webhook("viber-main", NOW + timedelta(seconds=20))
    assert world.administration.last_webhook(GIVEN) == NOW + timedelta(seconds=20)
    world.cloud.calls.clear()
    world.time.advance(60)
    world.token()
    world.reader.note_webhook("viber-main", NOW + timedelta(seconds=80))
    assert "PutItem" not in world.cloud.calls


def test_a_refresh_keeps_the_old_secret_and_the_hook(world: World) -> None:
    connection = world.reader.connection("viber-main")
    assert connection is not None
    fresh = world.reader.replace_secrets(connection, {"auth_token": "two"})
    assert fresh.accepted("auth_token") == ("two", "one")
    assert world.administration.hook(GIVEN) == world.hook


def test_threads_that_miss_together_load_once() -> None:
    loads = 0
    together = threading.Barrier(8)
    cache: TimedCache[str] = TimedCache(VirtualTime(), timedelta(minutes=1))

    def load() -> str:
        nonlocal loads
        loads += 1
        return "value"

    def ask(_: int) -> str | None:
        together.wait(timeout=10)
        return cache.get("key", load)

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(ask, range(8))) == ["value"] * 8
    assert loads == 1


def test_a_bridged_message_costs_one_read_and_three_writes(world: World) -> None:
    table = Table(world.cloud.dynamodb, aws.TABLE)
    sessions, ledger = DynamoSessions(table), DynamoLedger(table, world.time)
    sessions.save(
        Session(
            messenger_connection="viber-main",
            contact=Contact(external_id="zoe"),
            platform_connection="desk",
            thread=Conversation(external_id="zoe"),
            conversation=Conversation(external_id="c1"),
            updated_at=NOW,
        )
    )
    world.reader.connection("viber-main")
    world.cloud.calls.clear()
    assert sessions.of_conversation("desk", "c1") is not None
    delivery, _ = ledger.claim("message-1", NOW)
    ledger.index(
        Sent(
            connection_id="viber-main",
            external_id="1",
            thread="zoe",
            source_connection="desk",
            source_thread="c1",
            source_message_id="m1",
            sent_at=NOW,
        )
    )
    ledger.save(replace(delivery, in_flight=False, outcome=Outcome.DELIVERED))
    assert world.cloud.calls == ["GetItem", "UpdateItem", "PutItem", "PutItem"]


def test_deliveries_expire_and_sessions_do_not(world: World) -> None:
    table = Table(world.cloud.dynamodb, aws.TABLE)
    DynamoLedger(table, world.time).claim("message-1", NOW)
    item = table.get(keys.delivery_key("message-1"))
    assert item is not None
    assert item["expires_at"] == int((NOW + timedelta(days=8)).timestamp())
