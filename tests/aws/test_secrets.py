"""What is secret: kept by its purpose, replaced by one writer at a time, and gone when it counts no more."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, cast
from unittest.mock import patch

import boto3
import pytest

from patchbay.aws.stores import keys
from patchbay.aws.stores.configuration import Administration
from patchbay.aws.stores.keys import AUTHORIZE, VERIFY
from patchbay.aws.stores.secret_documents import SecretDocuments
from patchbay.aws.stores.secret_values import PREVIOUS_KEPT, Document, write_document
from patchbay.aws.stores.secrets import Vault
from patchbay.aws.stores.table import Table
from patchbay.domain.accounts import REFERENCE_KEY, Connection, Secrets
from patchbay.domain.errors import Conflict, Misconfigured
from patchbay.domain.model import Side
from tests.aws import aws
from tests.harness.virtual_time import VirtualTime

DESK = Connection(
    id="desk",
    service="desk",
    side=Side.PLATFORM,
    endpoint_id="desk",
    secrets=Secrets(values={"key": "one", "token": "t-1"}),
)
VERIFYING, AUTHORIZING = (keys.secret_name("test", "desk", "desk", purpose) for purpose in (VERIFY, AUTHORIZE))
HOUR, DAY = timedelta(hours=1), timedelta(hours=24)


@dataclass
class Store:
    cloud: aws.Aws
    administration: Administration
    vault: Vault
    time: VirtualTime

    def connection(self, connection_id: str = "desk") -> Connection:
        found = self.administration.connection(connection_id)
        assert found is not None
        return found

    def give(self, **values: str) -> None:
        """As the owner does with the command."""
        known = self.connection()
        self.administration.save(replace(known, secrets=known.secrets.renew(values)))

    def accepted(self, name: str = "key") -> tuple[str, ...]:
        by_function = self.vault.read(self.connection(), VERIFY, self.time.now())
        found = self.connection().secrets.accepted(name)
        assert by_function.accepted(name) == found
        return found

    def write(self, **document: object) -> None:
        self.cloud.secrets.put_secret_value(SecretId=VERIFYING, SecretString=json.dumps(document))

    def document(self, name: str = VERIFYING) -> str:
        return self.cloud.secrets.get_secret_value(SecretId=name, VersionStage="AWSCURRENT")["SecretString"]

    def labelled(self, name: str) -> dict[str, str]:
        """All that can be asked for by a label."""
        stages = self.cloud.secrets.describe_secret(SecretId=name).get("VersionIdsToStages", {})
        read = self.cloud.secrets.get_secret_value
        labels = [(version, label) for version, found in stages.items() for label in found]
        return {label: read(SecretId=name, VersionId=version)["SecretString"] for version, label in labels}

    def everything(self) -> str:
        """What somebody may ask for who reads all secrets and the whole table."""
        names = [secret["Name"] for secret in self.cloud.secrets.list_secrets()["SecretList"]]
        texts = [text for name in names for text in self.labelled(name).values()]
        return " ".join([*texts, str(self.cloud.dynamodb.scan(TableName=aws.TABLE)["Items"])])

    def make_round(self) -> None:
        """As the webhook monitor does it."""
        for one in self.administration.connections():
            if one.previous_until is not None and one.previous_until <= self.time.now():
                self.administration.forget_replaced(one)

    def wait(self, time: timedelta) -> None:
        self.time.advance(time.total_seconds())


@pytest.fixture
def store() -> Iterator[Store]:
    verifying = frozenset({"key", "label", "other"})
    with aws.running() as cloud, patch("patchbay.kit.registry.verifying_secrets", lambda service: verifying):
        table = boto3.resource("dynamodb", region_name=aws.REGION).Table(aws.TABLE)
        time = VirtualTime(datetime(2026, 1, 5, 9, 0, tzinfo=UTC))
        administration = Administration(table, cloud.secrets, "test", time)
        administration.save(DESK)
        vault = Vault(cloud.secrets, "test", Table(cloud.dynamodb, aws.TABLE))
        yield Store(cloud, administration, vault, time)


# --- by purpose ------------------------------------------------------------------------------------------------------


def test_what_verifies_and_what_authorizes_are_kept_apart(store: Store) -> None:
    assert json.loads(store.document(VERIFYING))["values"] == {"key": "one"}
    assert set(json.loads(store.document(AUTHORIZING))["values"]) == {"token", REFERENCE_KEY}
    for purpose, values in ((VERIFY, {"key": "one"}), (AUTHORIZE, {"token": "t-1"})):
        assert store.vault.read(store.connection(), purpose, store.time.now()).credentials == values
    assert store.connection().secrets.credentials == {"key": "one", "token": "t-1"}


@pytest.mark.parametrize(
    ("values", "purposes"),
    [({"key": "one"}, {VERIFY}), ({"token": "t"}, {AUTHORIZE}), ({"key": "k", "token": "t"}, {VERIFY, AUTHORIZE})],
)
def test_a_document_is_made_where_there_is_something_to_keep(
    store: Store, values: dict[str, str], purposes: set[str]
) -> None:
    """Each costs $0.40 a month."""
    bot = replace(DESK, id="new", endpoint_id="new", side=Side.MESSENGER, secrets=Secrets(values=values))
    hook = store.administration.save(bot)
    names = [secret["Name"] for secret in store.cloud.secrets.list_secrets()["SecretList"] if "/new/" in secret["Name"]]
    assert {name.rpartition("/")[2] for name in names} == purposes == set(store.connection("new").secret_versions)
    assert sum(hook in store.document(name) for name in names) == 1
    assert (
        Administration(
            boto3.resource("dynamodb", region_name=aws.REGION).Table(aws.TABLE), store.cloud.secrets, "test", store.time
        ).hook(store.connection("new"))
        == hook
    )


def test_a_secret_that_is_given_later_gets_its_document_then_and_the_address_stays(store: Store) -> None:
    new = replace(DESK, id="new", endpoint_id="new", secrets=Secrets(values={"token": "t"}))
    hook = store.administration.save(new)
    assert store.administration.save(replace(new, secrets=Secrets(values={"token": "t", "key": "k"}))) == hook
    assert store.connection("new").secrets.credentials == {"token": "t", "key": "k"}
    assert set(store.connection("new").secret_versions) == {VERIFY, AUTHORIZE}


def test_a_removed_connection_leaves_no_secret(store: Store) -> None:
    store.administration.delete(store.connection())
    store.cloud.deletions.finish()
    assert store.cloud.secrets.list_secrets()["SecretList"] == []


# --- replaced --------------------------------------------------------------------------------------------------------


def test_a_replaced_secret_is_accepted_for_a_day_and_no_longer(store: Store) -> None:
    assert PREVIOUS_KEPT == DAY
    store.give(key="two")
    store.wait(DAY - HOUR)
    assert store.accepted() == ("two", "one")
    store.wait(HOUR)
    assert store.accepted() == ("two",)


def test_a_replaced_secret_is_gone_from_the_store_with_the_round_after_its_day(store: Store) -> None:
    store.give(key="the-second", other="the-first-other")
    store.wait(HOUR)
    store.give(other="the-second-other")
    store.give(key="the-third")
    store.wait(DAY - timedelta(seconds=1))
    store.make_round()
    assert store.accepted() == ("the-third", "the-second")
    assert "the-first-other" in store.everything()
    store.wait(timedelta(seconds=1))
    store.make_round()
    assert store.accepted() == ("the-third",)
    left = store.everything()
    assert not [old for old in ("the-second", "the-first-other") if f'"{old}"' in left]
    assert store.connection().previous_until is None


def test_each_of_several_replaced_secrets_goes_when_its_own_day_is_over(store: Store) -> None:
    store.give(key="two", other="o-1")
    store.wait(HOUR)
    store.give(other="o-2")
    store.wait(DAY - HOUR)
    store.make_round()
    assert ('"one"' in store.everything(), '"o-1"' in store.everything()) == (False, True)
    assert store.accepted("other") == ("o-2", "o-1")
    store.wait(HOUR)
    store.make_round()
    assert '"o-1"' not in store.everything()


def test_a_round_leaves_alone_what_the_owner_changes_in_the_same_moment(store: Store) -> None:
    store.give(key="two")
    (listed,) = store.administration.connections()
    store.wait(DAY)
    store.give(key="three")
    store.administration.forget_replaced(listed)
    assert store.accepted() == ("three", "two")
    assert store.connection().secrets.get("token") == "t-1"


def test_a_token_that_is_replaced_is_gone_at_once(store: Store) -> None:
    """It signs nothing that could still be under way."""
    store.give(token="t-2")
    assert store.connection().secrets.accepted("token") == ("t-2",)
    assert '"t-1"' not in store.everything()


def test_each_secret_has_a_day_of_its_own(store: Store) -> None:
    store.give(key="two", other="o-1")
    store.wait(DAY - HOUR)
    store.give(other="o-2")
    store.give(token="t-2")
    store.give(label="new")
    assert store.accepted() == ("two", "one")
    store.wait(HOUR)
    assert store.accepted() == ("two",)
    assert store.accepted("other") == ("o-2", "o-1")
    store.wait(DAY - HOUR)
    assert store.accepted("other") == ("o-2",)


def test_a_secret_that_is_replaced_again_has_its_day_from_then(store: Store) -> None:
    store.give(key="two")
    store.wait(DAY - HOUR)
    store.give(key="three")
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
    assert '"one"' not in store.everything()


def test_a_secret_that_somebody_else_has_written_has_a_day_from_when_it_was_written(store: Store) -> None:
    store.write(values={"key": "two"}, previous={"key": "one"})
    written_at = store.cloud.secrets.get_secret_value(SecretId=VERIFYING)["CreatedDate"]
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
    left = store.everything()
    assert not [old for old in ("one", "two") if f'"{old}"' in left]


@contextmanager
def meanwhile(act: Callable[[], object]) -> Iterator[None]:
    """`act` happens once, after the next writer has read the stored secrets and before it writes them."""
    left = [act]

    def write(secrets: Secrets, stored: Document, now: datetime) -> dict[str, Any]:
        if left:
            left.pop()()
        return write_document(secrets, stored, now)

    with patch("patchbay.aws.stores.secret_writer.write_document", write):
        yield
    assert not left


def test_of_two_owners_who_write_at_once_the_second_is_refused_and_leaves_nothing(store: Store) -> None:
    documents = SecretDocuments(store.cloud.secrets)
    before = store.connection()
    with meanwhile(lambda: store.give(token="the-winners")), pytest.raises(Conflict):
        store.give(token="the-losers")
    winner = documents.read(AUTHORIZING)
    assert winner["values"]["token"] == store.connection().secrets.get("token") == "the-winners"
    with pytest.raises(Conflict):
        documents.replace(AUTHORIZING, {"values": {"token": "the-losers"}}, before.secrets.version)
    assert documents.read(AUTHORIZING) == winner
    assert "the-losers" not in store.everything()


def test_a_round_gives_way_to_an_owner_who_writes_in_the_same_moment(store: Store) -> None:
    store.give(key="two")
    (listed,) = store.administration.connections()
    store.wait(DAY)
    with meanwhile(lambda: store.give(key="three")):
        assert store.administration.forget_replaced(listed) is False
    assert store.accepted() == ("three", "two")
    assert store.connection().secret_versions[VERIFY] == SecretDocuments(store.cloud.secrets).read(VERIFYING)["version"]


# --- accounts that share an address ----------------------------------------------------------------------------------

ACCOUNT = replace(DESK, id="desk-zoe", account="room-1", secrets=Secrets(values={"token": "the-token-of-zoe"}))


def test_a_thousand_accounts_of_an_app_cost_no_secret(store: Store) -> None:
    before = len(store.cloud.secrets.list_secrets()["SecretList"])
    for number in range(20):
        assert store.administration.save(replace(ACCOUNT, id=f"desk-{number}", account=f"room-{number}")) == ""
    assert len(store.cloud.secrets.list_secrets()["SecretList"]) == before
    store.cloud.calls.clear()
    for number in range(20):
        known = store.administration.listed(f"desk-{number}")
        assert known is not None
        assert store.vault.read(known, AUTHORIZE, store.time.now()).get("token") == "the-token-of-zoe"
    assert store.cloud.calls.count("GetSecretValue") == 1, "the app's key, once"
    assert "the-token-of-zoe" not in str(store.cloud.dynamodb.scan(TableName=aws.TABLE)["Items"])


def test_an_account_that_joins_again_has_its_new_token_and_its_record_names_that_version(store: Store) -> None:
    store.administration.save(ACCOUNT)
    before = store.connection("desk-zoe")
    store.administration.save(replace(ACCOUNT, secrets=Secrets(values={"token": "second"})))
    after = store.connection("desk-zoe")
    assert after.secrets.credentials == {"token": "second"}
    assert after.secret_versions == {AUTHORIZE: after.secrets.version} != before.secret_versions
    assert store.vault.read(after, AUTHORIZE, store.time.now()) == after.secrets


def test_a_sealed_token_opens_for_its_own_connection_and_with_its_apps_key_only(store: Store) -> None:
    store.administration.save(ACCOUNT)
    store.administration.save(replace(ACCOUNT, id="desk-mallory", account="room-2"))
    table = boto3.resource("dynamodb", region_name=aws.REGION).Table(aws.TABLE)
    key = {"pk": keys.sealed_key("desk-zoe"), "sk": keys.SORT}
    item = table.get_item(Key=key)["Item"]
    table.put_item(Item={**item, "pk": keys.sealed_key("desk-mallory")})
    assert store.connection("desk-mallory").secrets.values == {}, "as where the secret is gone"
    table.put_item(Item={**item, "sealed": bytes(cast("bytes", item["sealed"]))[:-1] + b"x"})
    assert store.connection("desk-zoe").secrets.values == {}
    table.put_item(Item={**item, "key": "unknown"})
    assert store.connection("desk-zoe").secrets.values == {}
    table.put_item(Item=item)
    assert store.connection("desk-zoe").secrets.credentials == {"token": "the-token-of-zoe"}


def test_disconnecting_one_account_erases_its_token_and_no_others(store: Store) -> None:
    store.administration.save(ACCOUNT)
    store.administration.save(replace(ACCOUNT, id="desk-max", account="room-2"))
    store.administration.delete(store.connection("desk-zoe"))
    table = boto3.resource("dynamodb", region_name=aws.REGION).Table(aws.TABLE)
    assert "Item" not in table.get_item(Key={"pk": keys.sealed_key("desk-zoe"), "sk": keys.SORT})
    assert store.connection("desk-max").secrets.get("token") == "the-token-of-zoe"
    assert store.connection().secrets.get("token") == "t-1"


def test_an_app_that_is_saved_again_keeps_the_key_of_its_accounts(store: Store) -> None:
    store.administration.save(ACCOUNT)
    store.give(token="t-2", key="two")
    assert store.connection("desk-zoe").secrets.get("token") == "the-token-of-zoe"


def test_an_address_whose_owner_has_no_key_is_shared_by_nobody(store: Store) -> None:
    bare = replace(DESK, id="bare", endpoint_id="bare", side=Side.MESSENGER, secrets=Secrets(values={"key": "k"}))
    store.administration.save(bare)
    with pytest.raises(Misconfigured, match="beside-bare cannot share the webhook URL of bare"):
        store.administration.save(replace(ACCOUNT, id="beside-bare", endpoint_id="bare"))


def test_a_function_that_only_verifies_reads_no_token(store: Store) -> None:
    store.administration.save(ACCOUNT)
    vault = Vault(store.cloud.secrets, "test", purposes=(VERIFY,))
    assert tuple(vault.purposes) == (VERIFY,)
    with pytest.raises(Misconfigured, match="may not read the secrets of desk-zoe"):
        vault.read(store.connection("desk-zoe"), VERIFY, store.time.now())


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
    with pytest.raises(
        Misconfigured, match=r"still deleting the secret patchbay/test/desk/desk/.* again in two minutes"
    ):
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
    for name in (VERIFYING, AUTHORIZING):
        store.cloud.secrets.restore_secret(SecretId=name)
        assert set(store.labelled(name).values()) == {"{}"}


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
        left = store.cloud.dynamodb.scan(TableName=aws.TABLE)["Items"]
        assert [item["pk"]["S"] for item in left] == [keys.FORMER]
        after = store.administration.save(DESK)
        assert after != before
        before, position = after, position + 1
    assert position > 5


def test_a_secret_that_was_left_behind_gives_its_address_to_nobody(store: Store) -> None:
    before = hook_of(store)
    store.administration._delete_item(keys.CONNECTIONS, "desk")
    assert store.administration.save(DESK) != before
    assert store.accepted() == ("one",)
