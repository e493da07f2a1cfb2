"""Shared addresses."""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import replace

import pytest

from patchbay.aws.stores import keys
from patchbay.aws.stores.keys import AUTHORIZE, VERIFY
from patchbay.aws.stores.secrets import Vault
from patchbay.domain.accounts import Secrets
from patchbay.domain.errors import Misconfigured
from patchbay.domain.model import Side
from tests.aws import aws
from tests.aws.secrets.scene import DESK, Store

ACCOUNT = replace(DESK, id="desk-zoe", account="room-1", secrets=Secrets(values={"token": "the-token-of-zoe"}))


def test_a_thousand_accounts_of_an_app_cost_no_secret(store: Store) -> None:
    before = len(store.cloud.secrets.list_secrets()["SecretList"])
    for number in range(20):
        assert store.configuration.save(replace(ACCOUNT, id=f"desk-{number}", account=f"room-{number}")) == ""
    assert len(store.cloud.secrets.list_secrets()["SecretList"]) == before
    store.cloud.calls.clear()
    for number in range(20):
        known = store.configuration.listed(f"desk-{number}")
        assert known is not None
        assert store.vault.read(known, AUTHORIZE, store.time.now()).get("token") == "the-token-of-zoe"
    assert store.cloud.calls.count("GetSecretValue") == 1, "the app's key, once"
    assert "the-token-of-zoe" not in str(store.cloud.dynamodb.scan(TableName=aws.TABLE)["Items"])


def test_an_account_that_joins_again_has_its_new_token_and_its_record_names_that_version(store: Store) -> None:
    store.configuration.save(ACCOUNT)
    before = store.connection("desk-zoe")
    store.configuration.save(replace(ACCOUNT, secrets=Secrets(values={"token": "second"})))
    after = store.connection("desk-zoe")
    assert after.secrets.credentials == {"token": "second"}
    assert after.secret_versions == {AUTHORIZE: after.secrets.version} != before.secret_versions
    assert store.vault.read(after, AUTHORIZE, store.time.now()) == after.secrets


def test_a_sealed_token_opens_for_its_own_connection_and_with_its_apps_key_only(store: Store) -> None:
    store.configuration.save(ACCOUNT)
    store.configuration.save(replace(ACCOUNT, id="desk-mallory", account="room-2"))
    table = aws.table()
    key = {"pk": keys.sealed_key("desk-zoe"), "sk": keys.SORT}
    item = table.get_item(Key=key)["Item"]
    table.put_item(Item={**item, "pk": keys.sealed_key("desk-mallory")})
    assert store.connection("desk-mallory").secrets.values == {}, "as where the secret is gone"
    sealed = b64decode(str(item["sealed"]))
    for damaged in (b64encode(sealed[:-1] + bytes([sealed[-1] ^ 1])).decode(), "no base64!", ""):
        table.put_item(Item={**item, "sealed": damaged})
        assert store.connection("desk-zoe").secrets.values == {}
    table.put_item(Item={**item, "key": "unknown"})
    assert store.connection("desk-zoe").secrets.values == {}
    table.put_item(Item=item)
    assert store.connection("desk-zoe").secrets.credentials == {"token": "the-token-of-zoe"}


def test_disconnecting_one_account_erases_its_token_and_no_others(store: Store) -> None:
    store.configuration.save(ACCOUNT)
    store.configuration.save(replace(ACCOUNT, id="desk-max", account="room-2"))
    store.configuration.delete(store.connection("desk-zoe"))
    table = aws.table()
    assert "Item" not in table.get_item(Key={"pk": keys.sealed_key("desk-zoe"), "sk": keys.SORT})
    assert store.connection("desk-max").secrets.get("token") == "the-token-of-zoe"
    assert store.connection().secrets.get("token") == "t-1"


def test_an_app_that_is_saved_again_keeps_the_key_of_its_accounts(store: Store) -> None:
    store.configuration.save(ACCOUNT)
    store.give(token="t-2", key="two")
    assert store.connection("desk-zoe").secrets.get("token") == "the-token-of-zoe"


def test_an_address_whose_owner_has_no_key_is_shared_by_nobody(store: Store) -> None:
    bare = replace(DESK, id="bare", endpoint_id="bare", side=Side.MESSENGER, secrets=Secrets(values={"key": "k"}))
    store.configuration.save(bare)
    with pytest.raises(Misconfigured, match="beside-bare cannot share the webhook URL of bare"):
        store.configuration.save(replace(ACCOUNT, id="beside-bare", endpoint_id="bare"))


def test_a_function_that_only_verifies_reads_no_token(store: Store) -> None:
    store.configuration.save(ACCOUNT)
    vault = Vault(store.cloud.vault, "test", purposes=(VERIFY,))
    assert tuple(vault.purposes) == (VERIFY,)
    with pytest.raises(Misconfigured, match="may not read the secrets of desk-zoe"):
        vault.read(store.connection("desk-zoe"), VERIFY, store.time.now())
