"""What a warm container reads, and how soon it sees changes."""

from __future__ import annotations

import json
from dataclasses import replace
from unittest.mock import patch

import pytest

from patchbay.aws.stores import keys
from patchbay.aws.stores.connections import StoredConnections
from patchbay.aws.stores.keys import VERIFY
from tests.aws import aws
from tests.aws.cache.scene import GIVEN, World


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


def test_a_secret_is_read_again_after_a_day_whatever_its_record_says(world: World) -> None:
    world.token()
    world.cloud.calls.clear()
    world.time.advance(23 * 3600)
    world.token()
    assert "GetSecretValue" not in world.cloud.calls
    world.time.advance(3600)
    world.token()
    assert "GetSecretValue" in world.cloud.calls


def test_an_old_value_beside_the_new_one_ends_within_minutes_of_its_day(world: World) -> None:
    world.configuration.save(replace(GIVEN, secrets=GIVEN.secrets.renew({"auth_token": "two"})))

    def accepted() -> tuple[str, ...]:
        endpoint = world.reader.endpoint("viber", world.webhook_token)
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
    broken_off = patch.object(world.configuration, "_describe", side_effect=KeyboardInterrupt)
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
