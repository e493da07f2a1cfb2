"""What is secret: kept by its purpose, replaced by one writer at a time, and gone when it counts no more."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from patchbay.aws.stores.configuration import ConfigurationStore
from patchbay.aws.stores.keys import AUTHORIZE, VERIFY
from patchbay.domain.accounts import REFERENCE_KEY, Secrets
from patchbay.domain.model import Side
from tests.aws import aws
from tests.aws.secrets.scene import AUTHORIZING, DESK, VERIFYING, Store


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
    webhook_token = store.configuration.save(bot)
    names = [secret["Name"] for secret in store.cloud.secrets.list_secrets()["SecretList"] if "/new/" in secret["Name"]]
    assert {name.rpartition("/")[2] for name in names} == purposes == set(store.connection("new").secret_versions)
    assert sum(webhook_token in store.document(name) for name in names) == 1
    assert (
        ConfigurationStore(aws.table(), store.cloud.secrets, "test", store.time).webhook_token(store.connection("new"))
        == webhook_token
    )


def test_a_secret_that_is_given_later_gets_its_document_then_and_the_address_stays(store: Store) -> None:
    new = replace(DESK, id="new", endpoint_id="new", secrets=Secrets(values={"token": "t"}))
    webhook_token = store.configuration.save(new)
    assert store.configuration.save(replace(new, secrets=Secrets(values={"token": "t", "key": "k"}))) == webhook_token
    assert store.connection("new").secrets.credentials == {"token": "t", "key": "k"}
    assert set(store.connection("new").secret_versions) == {VERIFY, AUTHORIZE}


def test_a_removed_connection_leaves_no_secret(store: Store) -> None:
    store.configuration.delete(store.connection())
    store.cloud.deletions.finish()
    assert store.cloud.secrets.list_secrets()["SecretList"] == []
