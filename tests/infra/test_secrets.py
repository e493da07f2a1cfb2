"""How long a replaced secret goes on verifying webhooks: for a day, whoever replaced it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count

import boto3
import pytest

from patchbay.accounts import Connection, Secrets
from patchbay.errors import Misconfigured
from patchbay.infra import keys
from patchbay.infra.administration import Administration
from patchbay.infra.vault import PREVIOUS_KEPT, Vault
from patchbay.model import Side
from tests.infra import aws
from tests.support.virtual_time import VirtualTime

DESK = Connection(
    id="desk",
    service="desk",
    side=Side.PLATFORM,
    endpoint_id="desk",
    secrets=Secrets(values={"key": "one", "token": "t-1"}),
)
NAME = keys.secret_name("test", "desk")
HOUR, DAY = timedelta(hours=1), timedelta(hours=24)


@dataclass
class Store:
    cloud: aws.Aws
    administration: Administration
    vault: Vault
    time: VirtualTime

    def connection(self) -> Connection:
        found = self.administration.connection("desk")
        assert found is not None
        return found

    def give(self, **values: str) -> None:
        """As the owner does with the command."""
        known = self.connection()
        self.administration.save(replace(known, secrets=known.secrets.renew(values)))

    def refresh(self, **values: str) -> Secrets:
        """As the dispatcher does with tokens."""
        current = self.vault.read("desk", self.time.now())
        return self.vault.replace("desk", current, values, self.time.now())

    def accepted(self, name: str = "key") -> tuple[str, ...]:
        by_function = self.vault.read("desk", self.time.now())
        assert by_function == self.connection().secrets
        return by_function.accepted(name)

    def write(self, **document: object) -> None:
        self.cloud.secrets.put_secret_value(SecretId=NAME, SecretString=json.dumps({"hook": "h", **document}))

    def document(self) -> str:
        return self.cloud.secrets.get_secret_value(SecretId=NAME)["SecretString"]

    def wait(self, time: timedelta) -> None:
        self.time.advance(time.total_seconds())


@pytest.fixture
def store() -> Iterator[Store]:
    with aws.running() as cloud:
        table = boto3.resource("dynamodb", region_name=aws.REGION).Table(aws.TABLE)
        time = VirtualTime(datetime(2026, 1, 5, 9, 0, tzinfo=UTC))
        administration = Administration(table, cloud.secrets, "test", time)
        administration.save(DESK)
        yield Store(cloud, administration, Vault(cloud.secrets, "test"), time)


def test_a_replaced_secret_is_accepted_for_a_day_and_no_longer(store: Store) -> None:
    assert PREVIOUS_KEPT == DAY
    store.give(key="two")
    store.wait(DAY - HOUR)
    assert store.accepted() == ("two", "one")
    store.wait(HOUR)
    assert store.accepted() == ("two",)


def test_each_secret_has_a_day_of_its_own(store: Store) -> None:
    store.give(key="two")
    store.wait(DAY - HOUR)
    store.refresh(token="t-2")
    store.give(label="new")
    assert store.accepted() == ("two", "one")
    store.wait(HOUR)
    assert store.accepted() == ("two",)
    assert store.accepted("token") == ("t-2", "t-1")
    store.wait(DAY - HOUR)
    assert store.accepted("token") == ("t-2",)


@pytest.mark.parametrize("writer", ["give", "refresh"])
def test_a_secret_that_is_replaced_again_has_its_day_from_then(store: Store, writer: str) -> None:
    store.give(key="two")
    store.wait(DAY - HOUR)
    getattr(store, writer)(key="three")
    store.wait(DAY - HOUR)
    assert store.accepted() == ("three", "two")
    store.wait(HOUR)
    assert store.accepted() == ("three",)


def test_connecting_again_without_a_change_prolongs_nothing(store: Store) -> None:
    store.give(key="two")
    for _ in range(24):
        store.wait(HOUR)
        store.give()
    assert store.accepted() == ("two",)
    assert "one" not in store.document()


def test_a_secret_from_before_times_were_kept_has_a_day_from_when_it_was_written(store: Store) -> None:
    store.write(values={"key": "two"}, previous={"key": "one"})
    written_at = store.cloud.secrets.get_secret_value(SecretId=NAME)["CreatedDate"]
    store.time.jump(written_at + DAY - HOUR)
    store.give(token="t-2")
    assert store.accepted() == ("two", "one")
    store.time.jump(written_at + DAY)
    assert store.accepted() == ("two",)


def test_an_empty_secret_forgets_the_old_ones_at_once(store: Store) -> None:
    store.give(key="two")
    store.give(key="")
    store.give(key="three")
    assert store.accepted() == ("three",)
    assert "one" not in store.document()
    assert "two" not in store.document()


# --- after a disconnection -------------------------------------------------------------------------------------------


def hook_of(store: Store) -> str:
    return store.administration.hook(store.connection())


def patient(store: Store) -> Administration:
    """As the command has it: it can wait."""
    table = boto3.resource("dynamodb", region_name=aws.REGION).Table(aws.TABLE)
    store.cloud.deletions.now = store.time.now
    return Administration(
        table, store.cloud.secrets, "test", store.time, lambda seconds, _: store.time.advance(seconds)
    )


@pytest.mark.parametrize("restores", [True, False])
def test_connecting_again_at_once_gives_a_new_address_whatever_aws_does_meanwhile(store: Store, restores: bool) -> None:
    store.administration, store.cloud.deletions.restores = patient(store), restores
    before, began = hook_of(store), store.time.now()
    store.administration.delete(store.connection())
    after = store.administration.save(replace(DESK, secrets=Secrets(values={"key": "three"})))
    assert after not in {"", before}
    assert hook_of(store) == after
    assert store.accepted() == ("three",)
    assert store.time.now() - began < timedelta(minutes=3)


def test_where_nobody_can_wait_the_answer_says_when_to_come_again(store: Store) -> None:
    store.cloud.deletions.now = store.time.now
    store.administration.delete(store.connection())
    with pytest.raises(Misconfigured, match=r"still deleting the secret patchbay/test/desk.* again in two minutes"):
        store.administration.save(DESK)
    assert store.administration.connection("desk") is None
    store.wait(timedelta(minutes=2))
    assert store.administration.save(DESK)


def test_a_name_that_stays_held_is_said_so_in_the_end(store: Store) -> None:
    store.administration = patient(store)
    store.cloud.deletions.now = lambda: datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
    store.administration.delete(store.connection())
    with pytest.raises(Misconfigured, match="choose another ID"):
        store.administration.save(DESK)


def test_what_was_secret_is_gone_before_the_secret_is(store: Store) -> None:
    store.cloud.deletions.now = store.time.now
    store.administration.delete(store.connection())
    store.cloud.secrets.restore_secret(SecretId=NAME)
    assert store.document() == "{}"


def breaks_off(store: Store, position: int) -> bool:
    """Whether deleting the connection came to the call of that number, which was not made."""
    numbers = count(1)

    def break_off(**_: object) -> None:
        if next(numbers) == position:
            raise InterruptedError

    events = [client.meta.events for client in (store.cloud.secrets, store.administration._table.meta.client)]
    for one in events:
        one.register("before-call", break_off)
    try:
        store.administration.delete(store.connection())
    except InterruptedError:
        return True
    finally:
        for one in events:
            one.unregister("before-call", break_off)
    return False


def test_a_disconnection_that_broke_off_can_be_repeated_and_leaves_no_secret(store: Store) -> None:
    """Wherever it broke off, the connection is there until all else of it is gone."""
    store.administration, before = patient(store), hook_of(store)
    position = 1
    while breaks_off(store, position):
        store.administration.delete(store.connection())
        store.wait(timedelta(minutes=2))
        assert store.cloud.secrets.list_secrets()["SecretList"] == []
        assert store.cloud.dynamodb.scan(TableName=aws.TABLE)["Items"] == []
        after = store.administration.save(DESK)
        assert after != before
        before, position = after, position + 1
    assert position > 5


def test_a_secret_that_was_left_behind_gives_its_address_to_nobody(store: Store) -> None:
    before = hook_of(store)
    store.administration._delete_item(keys.CONNECTIONS, "desk")
    assert store.administration.save(DESK) != before
    assert store.accepted() == ("one",)
