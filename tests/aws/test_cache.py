"""What a warm container reads, and how soon it sees changes."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import boto3
import pytest

from patchbay.aws.stores import keys
from patchbay.aws.stores.cache import TimedCache
from patchbay.aws.stores.configuration import Administration
from patchbay.aws.stores.connections import StoredConnections
from patchbay.aws.stores.keys import AUTHORIZE, VERIFY
from patchbay.aws.stores.ledger import DynamoLedger
from patchbay.aws.stores.secrets import Vault
from patchbay.aws.stores.sessions import DynamoSessions
from patchbay.aws.stores.table import Item, Table
from patchbay.bridge.ledger import Outcome, Sent
from patchbay.domain.accounts import Connection, Secrets
from patchbay.domain.model import Contact, Conversation, Session, Side
from tests.aws import aws
from tests.harness.fakes.journal import MemoryJournal
from tests.harness.virtual_time import VirtualTime

GIVEN = Connection(
    id="viber-main",
    service="viber",
    side=Side.MESSENGER,
    endpoint_id="viber-main",
    secrets=Secrets(values={"auth_token": "one", "access": "first"}),
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
        self.administration.save(replace(GIVEN, secrets=Secrets(values={"auth_token": value, "access": "first"})))
        self.cloud.calls.clear()

    def give(self, access: str) -> None:
        """Another token, as the owner gives it with the command."""
        known = self.administration.connection("viber-main")
        assert known is not None
        self.administration.save(replace(known, secrets=known.secrets.renew({"access": access})))

    def dispatcher(self) -> StoredConnections:
        """A container of the dispatcher, which reads what authorizes as well."""
        table = Table(self.cloud.dynamodb, aws.TABLE)
        return StoredConnections(table, Vault(self.cloud.secrets, "test", table), self.time, MemoryJournal())

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
        vault = Vault(cloud.secrets, "test", purposes=(VERIFY,))
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


def test_a_record_is_read_again_after_a_minute_and_a_secret_when_the_record_names_another_version(
    world: World,
) -> None:
    world.token()
    world.cloud.calls.clear()
    for _ in range(120):
        world.time.advance(60)
        assert world.token() == "one"
    assert world.cloud.calls == ["GetItem"] * 120
    world.rotate("two")
    world.time.advance(59)
    assert world.token() == "one"
    world.time.advance(1)
    assert world.token() == "two"
    assert world.cloud.calls == ["GetItem", "GetSecretValue"]


def test_a_secret_is_read_again_after_hours_whatever_its_record_says(world: World) -> None:
    world.token()
    world.cloud.calls.clear()
    world.time.advance(6 * 3600)
    world.token()
    assert "GetSecretValue" in world.cloud.calls


def test_an_old_value_beside_the_new_one_ends_within_minutes_of_its_day(world: World) -> None:
    world.administration.save(replace(GIVEN, secrets=GIVEN.secrets.renew({"auth_token": "two"})))

    def accepted() -> tuple[str, ...]:
        endpoint = world.reader.endpoint("viber", world.hook)
        return endpoint.secrets.accepted("auth_token") if endpoint else ()

    for minutes in (0, 23 * 60, 50, 5, 4):
        world.time.advance(minutes * 60)
        assert accepted() == ("two", "one")
    world.time.advance(6 * 60)
    assert accepted() == ("two",)


def test_a_secret_whose_record_names_no_document_is_never_asked_for(world: World) -> None:
    """AWS refuses a secret that was never made as it refuses one that is forbidden."""
    key = {"pk": {"S": keys.CONNECTIONS}, "sk": {"S": "viber-main"}}
    world.cloud.dynamodb.update_item(TableName=aws.TABLE, Key=key, UpdateExpression="REMOVE secret_versions.verify")
    world.cloud.calls.clear()
    assert world.token() == ""
    assert "GetSecretValue" not in world.cloud.calls


def test_a_version_that_was_not_noted_has_the_secret_read_with_each_record(world: World) -> None:
    """The secret was stored, and the command broke off before the record: that costs reads, and no message."""
    one = world.dispatcher()
    broken_off = patch.object(world.administration, "_describe", side_effect=KeyboardInterrupt)
    with broken_off, pytest.raises(KeyboardInterrupt):
        world.give("second")
    world.cloud.calls.clear()
    for _ in range(3):
        found = one.connection("viber-main")
        assert found is not None
        assert found.secrets.get("access") == "second"
        world.time.advance(60)
    assert world.cloud.calls.count("GetSecretValue") == 3 * 2, "both documents, with each record"


def test_a_token_that_is_replaced_is_used_by_every_container_within_a_minute(world: World) -> None:
    one, other = world.dispatcher(), world.dispatcher()

    def access(container: StoredConnections) -> str:
        found = container.connection("viber-main")
        return found.secrets.get("access") if found else ""

    assert [access(one), access(other)] == ["first", "first"]
    world.give("second")
    world.time.advance(60)
    assert [access(one), access(other)] == ["second", "second"]
    renewed = other.renew("viber-main")
    assert renewed is not None
    assert renewed.secrets.values == {"auth_token": "one", "access": "second"}


def test_refused_credentials_are_read_again_though_the_record_names_the_same_version(world: World) -> None:
    """Somebody has changed them in the console."""
    assert world.token() == "one"
    name, document = keys.secret_name("test", "viber", "viber-main", VERIFY), {"values": {"auth_token": "two"}}
    world.cloud.secrets.put_secret_value(SecretId=name, SecretString=json.dumps(document))
    kept, renewed = world.reader.renew("viber-main"), world.reader.renew("viber-main", secrets=True)
    assert kept is not None
    assert kept.secrets.get("auth_token") == "one"
    assert renewed is not None
    assert renewed.secrets.get("auth_token") == "two"


def test_an_address_that_nobody_has_is_looked_for_twice_and_then_not_for_some_seconds(world: World) -> None:
    for _ in range(5):
        assert world.reader.endpoint("viber", "made-up") is None
    assert world.cloud.calls == ["GetItem", "GetItem"]
    world.time.advance(10)
    assert world.reader.endpoint("viber", "made-up") is None
    assert len(world.cloud.calls) == 4


def test_an_address_is_found_in_the_moment_in_which_it_is_stored(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A read that is not consistent may miss what was written a moment ago."""
    read = Table.get

    def get(table: Table, pk: str, sk: str = keys.SORT, *, consistent: bool = False) -> Item | None:
        return read(table, pk, sk, consistent=consistent) if consistent or pk == keys.CONNECTIONS else None

    monkeypatch.setattr(Table, "get", get)
    assert world.token() == "one"


def test_the_old_address_of_an_id_that_was_connected_again_is_nobodys(world: World) -> None:
    old = world.hook
    world.token()
    world.administration.delete(GIVEN)
    world.cloud.deletions.finish()
    world.hook = world.administration.save(GIVEN)
    assert world.token() == "one"
    assert world.reader.endpoint("viber", old) is None
    world.cloud.calls.clear()
    for _ in range(5):
        assert world.reader.endpoint("viber", old) is None
    assert world.cloud.calls == ["GetItem", "GetItem"]


def test_strangers_who_make_up_addresses_push_out_no_real_one() -> None:
    time = VirtualTime()
    cache: TimedCache[str] = TimedCache(time, timedelta(minutes=1), misses=timedelta(seconds=10))
    cache.put("real", "value")
    for number in range(20_000):
        cache.get(f"made-up-{number}", lambda: None)
    assert cache.peek("real") == "value"
    assert len(cache._missed) <= 8192


def test_the_oldest_values_make_room_for_new_ones() -> None:
    cache: TimedCache[int] = TimedCache(VirtualTime(), timedelta(minutes=1))
    for number in range(8193):
        cache.put(str(number), number)
    assert (cache.peek("0"), cache.peek("1"), cache.peek("8192")) == (None, 1, 8192)


def test_an_account_is_one_cached_look_up(world: World) -> None:
    world.administration.save(replace(GIVEN, id="more", endpoint_id="viber-main", account="channel-1"))
    world.cloud.calls.clear()
    for _ in range(3):
        assert world.reader.has_account("viber-main", "channel-1")
    assert world.cloud.calls == ["GetItem"]


def test_the_news_of_an_account_that_nobody_has_cost_a_small_read_a_second_however_many_they_are(world: World) -> None:
    """A service's account may be busy with what is none of ours: a look-up of its own, once a minute for each."""
    for _ in range(100):
        assert not world.reader.has_account("viber-main", "channel-2")
    assert world.cloud.calls == ["GetItem"] * 4  # the account, the mark, the account again, whether one is awaited
    for seconds in range(1, 60):
        world.time.advance(1)
        world.cloud.calls.clear()
        for _ in range(100):
            assert not world.reader.has_account("viber-main", "channel-2")
        assert world.cloud.calls == ["GetItem"], seconds
    world.cloud.calls.clear()
    for number in range(100):  # others, in the same second
        world.reader.has_account("viber-main", f"other-{number}")
    assert len(world.cloud.calls) == 300


def test_an_account_that_was_looked_for_in_vain_is_found_once_it_is_connected(world: World) -> None:
    """An owner tries a new channel at once, and it may have been busy before without us."""
    new = replace(GIVEN, id="more", endpoint_id="viber-main", account="channel-2")
    assert not world.reader.has_account("viber-main", "channel-2")
    world.administration.save(new)
    world.time.advance(1)
    assert world.reader.has_account("viber-main", "channel-2")
    assert not world.reader.has_account("viber-main", "channel-3")
    world.administration.save(replace(new, account="channel-3"))
    world.time.advance(1)
    assert world.reader.has_account("viber-main", "channel-3")


def test_an_account_that_goes_to_another_connection_is_found_there_within_a_minute(world: World) -> None:
    one = replace(GIVEN, id="one", endpoint_id="viber-main", account="channel-1")
    world.administration.save(one)
    found = world.reader.connection_of("viber-main", "channel-1")
    assert found is not None
    assert found.id == "one"
    world.administration.delete(one)
    world.administration.save(replace(one, id="two"))
    world.time.advance(60)
    moved = world.reader.connection_of("viber-main", "channel-1")
    assert moved is not None
    assert moved.id == "two"


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


def test_what_strangers_post_costs_one_small_read_a_second_and_a_secret_every_half_minute(world: World) -> None:
    """For as long as they go on, and however many they are: nobody else's webhooks wait for it either."""
    world.token()
    world.cloud.calls.clear()
    for _ in range(120):
        for _ in range(50):
            world.reader.renew_endpoint("viber", world.hook)
        world.time.advance(1)
    assert world.cloud.calls.count("GetItem") <= 122
    assert world.cloud.calls.count("GetSecretValue") == 4
    assert set(world.cloud.calls) == {"GetItem", "GetSecretValue"}


def test_a_new_secret_is_known_within_a_second_whatever_strangers_post(world: World) -> None:
    world.token()
    for round_ in range(5):
        world.reader.renew_endpoint("viber", world.hook)
        world.rotate(f"new-{round_}")
        assert world.reader.renew_endpoint("viber", world.hook) is None
        world.time.advance(1)
        renewed = world.reader.renew_endpoint("viber", world.hook)
        assert renewed is not None
        assert renewed.secrets.get("auth_token") == f"new-{round_}"
        assert world.cloud.calls.count("GetSecretValue") == 1


def test_a_secret_that_was_changed_past_the_command_is_known_within_half_a_minute_of_the_first_refusal(
    world: World,
) -> None:
    world.token()
    world.reader.renew_endpoint("viber", world.hook)
    name = keys.secret_name("test", "viber", "viber-main", VERIFY)
    world.cloud.secrets.put_secret_value(SecretId=name, SecretString=json.dumps({"values": {"auth_token": "two"}}))
    world.time.advance(30)
    renewed = world.reader.renew_endpoint("viber", world.hook)
    assert renewed is not None
    assert renewed.secrets.get("auth_token") == "two"


def test_a_new_secret_is_seen_though_reads_that_are_not_consistent_lag(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.token()
    item = Table(world.cloud.dynamodb, aws.TABLE).get(keys.CONNECTIONS, "viber-main")
    read = Table.get

    def get(table: Table, pk: str, sk: str = keys.SORT, *, consistent: bool = False) -> Item | None:
        return read(table, pk, sk, consistent=True) if consistent or pk != keys.CONNECTIONS else item

    monkeypatch.setattr(Table, "get", get)
    world.rotate("two")
    renewed = world.reader.renew_endpoint("viber", world.hook)
    assert renewed is not None
    assert renewed.secrets.get("auth_token") == "two"


def test_a_webhook_that_was_badly_signed_a_moment_ago_hides_no_new_secret(world: World) -> None:
    """On a busy bot one always comes between the change at the service and the change here."""
    world.token()
    assert world.reader.renew_endpoint("viber", world.hook) is not None
    world.rotate("two")
    world.time.advance(2)
    renewed = world.reader.renew_endpoint("viber", world.hook)
    assert renewed is not None
    assert renewed.secrets.accepted("auth_token") == ("two",)


def test_the_last_webhook_is_noted_every_hour(world: World) -> None:
    for seconds in (0, 10, 3590, 10, 5):
        world.time.advance(seconds)
        world.reader.note_webhook("viber-main", world.time.now())
    assert world.cloud.calls == ["PutItem", "PutItem"]
    assert world.administration.last_webhook(GIVEN) == NOW + timedelta(seconds=3600)


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


def test_a_new_token_keeps_what_verifies_and_the_hook_and_leaves_nothing_of_the_old_one(world: World) -> None:
    world.administration.save(replace(GIVEN, secrets=GIVEN.secrets.renew({"auth_token": "two"})))
    before = world.dispatcher().connection("viber-main")
    assert before is not None
    world.give("second")
    fresh = world.dispatcher().connection("viber-main")
    assert fresh is not None
    assert (fresh.secrets.get("access"), fresh.secrets.accepted("auth_token")) == ("second", ("two", "one"))
    assert fresh == replace(before, secrets=fresh.secrets)
    assert _hook_anew(world) == world.hook
    name = keys.secret_name("test", "viber", "viber-main", AUTHORIZE)
    labels = world.cloud.secrets.describe_secret(SecretId=name)["VersionIdsToStages"]
    assert "AWSPREVIOUS" not in {label for stages in labels.values() for label in stages}


def _hook_anew(world: World) -> str:
    """As somebody reads it who remembers nothing."""
    table = boto3.resource("dynamodb", region_name=aws.REGION).Table(aws.TABLE)
    return Administration(table, world.cloud.secrets, "test", world.time).hook(GIVEN)


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
    item = table.get(*keys.delivery_keys("message-1"))
    assert item is not None
    assert item["expires_at"] == int((NOW + timedelta(days=36)).timestamp())
