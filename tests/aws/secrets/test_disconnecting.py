"""Disconnecting."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from patchbay.aws.stores import keys
from patchbay.aws.stores.configuration import ConfigurationStore
from patchbay.domain.accounts import Secrets
from patchbay.domain.errors import Misconfigured
from tests.aws import aws
from tests.aws.secrets.scene import AUTHORIZING, DESK, VERIFYING, Store


def webhook_token_of(store: Store) -> str:
    return store.configuration.webhook_token(store.connection())


def patient(store: Store) -> ConfigurationStore:
    """As the command has it: it can wait."""
    table = aws.table()
    store.cloud.deletions.now = store.time.now
    return ConfigurationStore(
        table, store.cloud.secrets, "test", store.time, lambda seconds, _: store.time.advance(seconds)
    )


@pytest.mark.parametrize("restores", [True, False])
def test_connecting_again_at_once_gives_a_new_address_whatever_aws_does_meanwhile(store: Store, restores: bool) -> None:
    store.configuration, store.cloud.deletions.restores = patient(store), restores
    before, began = webhook_token_of(store), store.time.now()
    store.configuration.delete(store.connection())
    after = store.configuration.save(replace(DESK, secrets=Secrets(values={"key": "three"})))
    assert after not in {"", before}
    assert webhook_token_of(store) == after
    assert store.accepted() == ("three",)
    assert store.time.now() - began < timedelta(minutes=3)


def test_where_nobody_can_wait_the_answer_says_when_to_come_again(store: Store) -> None:
    store.cloud.deletions.now = store.time.now
    store.configuration.delete(store.connection())
    with pytest.raises(
        Misconfigured, match=r"still deleting the secret patchbay/test/desk/desk/.* again in two minutes"
    ):
        store.configuration.save(DESK)
    assert store.configuration.connection("desk") is None
    store.wait(timedelta(minutes=2))
    assert store.configuration.save(DESK)


def test_a_name_that_stays_held_is_said_so_in_the_end(store: Store) -> None:
    store.configuration = patient(store)
    store.cloud.deletions.now = lambda: datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
    store.configuration.delete(store.connection())
    with pytest.raises(Misconfigured, match="choose another ID"):
        store.configuration.save(DESK)


def test_what_was_secret_is_gone_before_the_secret_is(store: Store) -> None:
    store.cloud.deletions.now = store.time.now
    store.configuration.delete(store.connection())
    for name in (VERIFYING, AUTHORIZING):
        store.cloud.secrets.restore_secret(SecretId=name)
        assert set(store.labelled(name).values()) == {"{}"}


def breaks_off(store: Store, position: int) -> bool:
    """Whether deleting the connection came to the call of that number, which was not made."""
    numbers = count(1)

    def break_off(**_: object) -> None:
        if next(numbers) == position:
            raise InterruptedError

    events = [client.meta.events for client in (store.cloud.secrets, store.configuration._table.meta.client)]
    for one in events:
        one.register("before-call", break_off)
    try:
        store.configuration.delete(store.connection())
    except InterruptedError:
        return True
    finally:
        for one in events:
            one.unregister("before-call", break_off)
    return False


def test_a_disconnection_that_broke_off_can_be_repeated_and_leaves_no_secret(store: Store) -> None:
    """Wherever it broke off, the connection is there until all else of it is gone."""
    store.configuration, before = patient(store), webhook_token_of(store)
    position = 1
    while breaks_off(store, position):
        store.configuration.delete(store.connection())
        store.wait(timedelta(minutes=2))
        assert store.cloud.secrets.list_secrets()["SecretList"] == []
        left = store.cloud.dynamodb.scan(TableName=aws.TABLE)["Items"]
        assert [item["pk"]["S"] for item in left] == [keys.FORMER]
        after = store.configuration.save(DESK)
        assert after != before
        before, position = after, position + 1
    assert position > 5


def test_a_secret_that_was_left_behind_gives_its_address_to_nobody(store: Store) -> None:
    before = webhook_token_of(store)
    store.configuration._delete_item(keys.CONNECTIONS, "desk")
    assert store.configuration.save(DESK) != before
    assert store.accepted() == ("one",)
