"""What a warm container reads, and how soon it sees changes: new secrets."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from patchbay.aws.stores import keys
from patchbay.aws.stores.cache import TimedCache
from patchbay.aws.stores.configuration import ConfigurationStore
from patchbay.aws.stores.keys import AUTHORIZE, VERIFY
from patchbay.aws.stores.ledger import DynamoLedger
from patchbay.aws.stores.sessions import DynamoSessions
from patchbay.aws.stores.table import Item, Table
from patchbay.bridge.ledger import Outcome, Sent
from patchbay.domain.model import Contact, Conversation, Session
from tests.aws import aws
from tests.aws.cache.scene import GIVEN, NOW, World
from tests.harness.virtual_time import VirtualTime


def test_a_changed_secret_is_seen_when_the_endpoint_is_renewed_but_not_too_often(world: World) -> None:
    assert world.token() == "one"
    world.rotate("two")
    renewed = world.reader.renew_endpoint("viber", world.webhook_token)
    assert renewed is not None
    assert renewed.secrets.accepted("auth_token") == ("two",)
    world.cloud.calls.clear()
    for _ in range(5):
        assert world.reader.renew_endpoint("viber", world.webhook_token) is None
    assert world.cloud.calls == []
    world.time.advance(1)
    assert world.reader.renew_endpoint("viber", world.webhook_token) is not None


def test_what_strangers_post_costs_one_small_read_a_second_and_a_secret_every_half_minute(world: World) -> None:
    """For as long as they go on, and however many they are: nobody else's webhooks wait for it either."""
    world.token()
    world.cloud.calls.clear()
    for _ in range(120):
        for _ in range(50):
            world.reader.renew_endpoint("viber", world.webhook_token)
        world.time.advance(1)
    assert world.cloud.calls.count("GetItem") <= 122
    assert world.cloud.calls.count("GetSecretValue") == 4
    assert set(world.cloud.calls) == {"GetItem", "GetSecretValue"}


def test_a_new_secret_is_known_within_a_second_whatever_strangers_post(world: World) -> None:
    world.token()
    for round_ in range(5):
        world.reader.renew_endpoint("viber", world.webhook_token)
        world.rotate(f"new-{round_}")
        assert world.reader.renew_endpoint("viber", world.webhook_token) is None
        world.time.advance(1)
        renewed = world.reader.renew_endpoint("viber", world.webhook_token)
        assert renewed is not None
        assert renewed.secrets.get("auth_token") == f"new-{round_}"
        assert world.cloud.calls.count("GetSecretValue") == 1


def test_a_secret_that_was_changed_past_the_command_is_known_within_half_a_minute_of_the_first_refusal(
    world: World,
) -> None:
    world.token()
    world.reader.renew_endpoint("viber", world.webhook_token)
    name = keys.secret_name("test", "viber", "viber-main", VERIFY)
    world.cloud.secrets.put_secret_value(SecretId=name, SecretString=json.dumps({"values": {"auth_token": "two"}}))
    world.time.advance(30)
    renewed = world.reader.renew_endpoint("viber", world.webhook_token)
    assert renewed is not None
    assert renewed.secrets.get("auth_token") == "two"


def test_a_new_secret_is_seen_though_reads_that_are_not_consistent_lag(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.token()
    item = Table(world.cloud.tables, aws.TABLE).get(keys.CONNECTIONS, "viber-main")
    read = Table.get

    def get(table: Table, pk: str, sk: str = keys.SORT, *, consistent: bool = False) -> Item | None:
        return read(table, pk, sk, consistent=True) if consistent or pk != keys.CONNECTIONS else item

    monkeypatch.setattr(Table, "get", get)
    world.rotate("two")
    renewed = world.reader.renew_endpoint("viber", world.webhook_token)
    assert renewed is not None
    assert renewed.secrets.get("auth_token") == "two"


def test_a_webhook_that_was_badly_signed_a_moment_ago_hides_no_new_secret(world: World) -> None:
    """On a busy bot one always comes between the change at the service and the change here."""
    world.token()
    assert world.reader.renew_endpoint("viber", world.webhook_token) is not None
    world.rotate("two")
    world.time.advance(2)
    renewed = world.reader.renew_endpoint("viber", world.webhook_token)
    assert renewed is not None
    assert renewed.secrets.accepted("auth_token") == ("two",)


def test_the_last_webhook_is_noted_every_hour(world: World) -> None:
    for seconds in (0, 10, 3590, 10, 5):
        world.time.advance(seconds)
        world.reader.note_webhook("viber-main", world.time.now())
    assert world.cloud.calls == ["PutItem", "PutItem"]
    assert world.configuration.last_webhook(GIVEN) == NOW + timedelta(seconds=3600)


def test_each_form_of_webhooks_is_noted_every_hour(world: World) -> None:
    for seconds, form in ((0, "app"), (5, "webhook"), (60, "app"), (60, "webhook"), (3500, "app")):
        world.time.advance(seconds)
        world.reader.note_webhook("viber-main", world.time.now(), form)
    assert world.cloud.calls == ["PutItem"] * 3
    assert world.configuration.last_webhook(GIVEN, "app") == NOW + timedelta(seconds=3625)
    assert world.configuration.last_webhook(GIVEN, "webhook") == NOW + timedelta(seconds=5)
    assert world.configuration.last_webhook(GIVEN, "mail") is None
    assert world.configuration.last_webhook(GIVEN) == NOW + timedelta(seconds=3625), "the latest of any form"
    world.configuration.delete(GIVEN)
    assert world.configuration.last_webhook(GIVEN) is None


def test_an_id_that_is_connected_again_has_its_first_webhook_noted_at_once(world: World) -> None:
    world.token()
    world.reader.note_webhook("viber-main", NOW)
    world.configuration.delete(GIVEN)
    world.cloud.deletions.finish()
    world.webhook_token = world.configuration.save(GIVEN)
    assert world.configuration.last_webhook(GIVEN) is None
    world.token()
    world.reader.note_webhook("viber-main", NOW + timedelta(seconds=20))
    assert world.configuration.last_webhook(GIVEN) == NOW + timedelta(seconds=20)
    world.cloud.calls.clear()
    world.time.advance(60)
    world.token()
    world.reader.note_webhook("viber-main", NOW + timedelta(seconds=80))
    assert "PutItem" not in world.cloud.calls


def test_a_new_token_keeps_what_verifies_and_the_hook_and_leaves_nothing_of_the_old_one(world: World) -> None:
    world.configuration.save(replace(GIVEN, secrets=GIVEN.secrets.renew({"auth_token": "two"})))
    before = world.dispatcher().connection("viber-main")
    assert before is not None
    world.give("second")
    fresh = world.dispatcher().connection("viber-main")
    assert fresh is not None
    assert (fresh.secrets.get("access"), fresh.secrets.accepted("auth_token")) == ("second", ("two", "one"))
    assert fresh == replace(before, secrets=fresh.secrets)
    assert _hook_anew(world) == world.webhook_token
    name = keys.secret_name("test", "viber", "viber-main", AUTHORIZE)
    labels = world.cloud.secrets.describe_secret(SecretId=name)["VersionIdsToStages"]
    assert "AWSPREVIOUS" not in {label for stages in labels.values() for label in stages}


def _hook_anew(world: World) -> str:
    """As somebody reads it who remembers nothing."""
    table = aws.table()
    return ConfigurationStore(table, world.cloud.secrets, "test", world.time).webhook_token(GIVEN)


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
    table = Table(world.cloud.tables, aws.TABLE)
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
    table = Table(world.cloud.tables, aws.TABLE)
    DynamoLedger(table, world.time).claim("message-1", NOW)
    item = table.get(*keys.delivery_keys("message-1"))
    assert item is not None
    assert item["expires_at"] == int((NOW + timedelta(days=36)).timestamp())
