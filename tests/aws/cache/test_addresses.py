"""What a warm container reads, and how soon it sees changes: addresses."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from patchbay.aws.stores import keys
from patchbay.aws.stores.cache import TimedCache
from patchbay.aws.stores.table import Item, Table
from tests.aws.cache.scene import GIVEN, World
from tests.harness.virtual_time import VirtualTime


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
    old = world.webhook_token
    world.token()
    world.configuration.delete(GIVEN)
    world.cloud.deletions.finish()
    world.webhook_token = world.configuration.save(GIVEN)
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
    world.configuration.save(replace(GIVEN, id="more", endpoint_id="viber-main", account="channel-1"))
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
    world.configuration.save(new)
    world.time.advance(1)
    assert world.reader.has_account("viber-main", "channel-2")
    assert not world.reader.has_account("viber-main", "channel-3")
    world.configuration.save(replace(new, account="channel-3"))
    world.time.advance(1)
    assert world.reader.has_account("viber-main", "channel-3")


def test_an_account_that_goes_to_another_connection_is_found_there_within_a_minute(world: World) -> None:
    one = replace(GIVEN, id="one", endpoint_id="viber-main", account="channel-1")
    world.configuration.save(one)
    found = world.reader.connection_of("viber-main", "channel-1")
    assert found is not None
    assert found.id == "one"
    world.configuration.delete(one)
    world.configuration.save(replace(one, id="two"))
    world.time.advance(60)
    moved = world.reader.connection_of("viber-main", "channel-1")
    assert moved is not None
    assert moved.id == "two"
