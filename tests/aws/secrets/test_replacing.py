"""Replacing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest

from patchbay.aws.stores.keys import VERIFY
from patchbay.aws.stores.secret_documents import SecretDocuments
from patchbay.aws.stores.secret_values import PREVIOUS_KEPT, Document, write_document
from patchbay.domain.accounts import Secrets
from patchbay.domain.errors import Conflict
from tests.aws.secrets.scene import AUTHORIZING, VERIFYING, Store

HOUR, DAY = timedelta(hours=1), timedelta(hours=24)


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
    (listed,) = store.configuration.connections()
    store.wait(DAY)
    store.give(key="three")
    store.configuration.forget_replaced(listed)
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
    documents = SecretDocuments(store.cloud.vault)
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
    (listed,) = store.configuration.connections()
    store.wait(DAY)
    with meanwhile(lambda: store.give(key="three")):
        assert store.configuration.forget_replaced(listed) is False
    assert store.accepted() == ("three", "two")
    assert store.connection().secret_versions[VERIFY] == SecretDocuments(store.cloud.vault).read(VERIFYING)["version"]
