"""What every reader of the configuration does, in memory and on AWS."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from patchbay.aws.stores import keys
from patchbay.aws.stores.configuration import ConfigurationStore
from patchbay.aws.stores.connections import StoredConnections
from patchbay.aws.stores.secrets import Vault
from patchbay.aws.stores.table import Item, Table
from patchbay.bridge import retry_policy
from patchbay.bridge.ports import Connections
from patchbay.domain.accounts import Connection, ConnectionStatus, Secrets
from patchbay.domain.model import Side
from tests.aws import aws
from tests.harness.fakes.stores import MemoryConnections
from tests.harness.fakes.telemetry import MemoryTelemetry
from tests.harness.virtual_time import VirtualTime

GIVEN = Connection(
    id="desk",
    service="freshchat",
    side=Side.PLATFORM,
    endpoint_id="desk",
    account="acc-1",
    tenant="owner-1",
    settings={"base_url": "https://desk.test", "channel_id": "ch"},
    secrets=Secrets(values={"api_token": "old-token", "webhook_public_key": "key"}, version="1"),
)


#: Another account at the same address.
BESIDE = replace(
    GIVEN, id="desk-zoe", account="acc-9", tenant="", secrets=Secrets(values={"api_token": "zoes-token"}, version="1")
)


class Configured:
    """A reader, with the webhook token of the one connection that there is."""

    def __init__(self, reader: Connections, webhook_token: str) -> None:
        self.reader = reader
        self.webhook_token = webhook_token


@pytest.fixture(params=aws.PLACES)
def configured(request: pytest.FixtureRequest) -> Iterator[Configured]:
    if request.param == "memory":
        memory = MemoryConnections()
        memory.add(GIVEN, "hook-token")
        memory.connections[BESIDE.id] = BESIDE
        yield Configured(memory, "hook-token")
        return
    with aws.provided(request) as cloud:
        table = aws.table()
        configuration = ConfigurationStore(table, cloud.secrets, "test", VirtualTime())
        webhook_token = configuration.save(GIVEN)
        configuration.save(BESIDE)
        vault = Vault(cloud.vault, "test", Table(cloud.tables, aws.TABLE))
        reader = StoredConnections(Table(cloud.tables, aws.TABLE), vault, VirtualTime(), MemoryTelemetry())
        yield Configured(reader, webhook_token)


def _connection(configured: Configured) -> Connection:
    found = configured.reader.connection("desk")
    assert found is not None
    return found


def test_an_endpoint_is_found_by_its_hook_with_the_owners_settings_and_what_verifies(configured: Configured) -> None:
    endpoint = configured.reader.endpoint("freshchat", configured.webhook_token)
    assert endpoint is not None
    assert (endpoint.id, endpoint.service) == ("desk", "freshchat")
    assert endpoint.settings == GIVEN.settings
    assert endpoint.secrets.values == {"webhook_public_key": "key"}, "what verifies, and no token"


def test_another_services_hook_and_a_wrong_one_find_nothing(configured: Configured) -> None:
    assert configured.reader.endpoint("viber", configured.webhook_token) is None
    assert configured.reader.endpoint("freshchat", "wrong") is None
    assert configured.reader.renew_endpoint("freshchat", "wrong") is None


def test_a_connection_is_found_by_id_with_its_secrets(configured: Configured) -> None:
    found = _connection(configured)
    assert found.secrets.credentials == GIVEN.secrets.values
    assert replace(found, secrets=GIVEN.secrets, changed_at=None) == GIVEN
    assert configured.reader.connection("nobody") is None


def test_a_connection_is_found_by_its_endpoint_with_and_without_account(configured: Configured) -> None:
    for account in ("acc-1", ""):
        found = configured.reader.connection_of("desk", account)
        assert found is not None
        assert found.id == "desk"
    assert configured.reader.connection_of("desk", "acc-2") is None
    assert configured.reader.connection_of("nothing", "") is None


def test_whether_an_account_is_connected_can_be_asked(configured: Configured) -> None:
    assert configured.reader.has_account("desk", "acc-1")
    assert not configured.reader.has_account("desk", "acc-2")
    assert not configured.reader.has_account("other", "acc-1")


def test_the_accounts_of_one_owner_are_found(configured: Configured) -> None:
    assert configured.reader.accounts_of("desk", "owner-1") == {"acc-1"}
    assert configured.reader.accounts_of("desk", "owner-2") == frozenset()
    assert configured.reader.accounts_of("other", "owner-1") == frozenset()


def test_a_mark_is_seen_at_once(configured: Configured) -> None:
    _connection(configured)
    configured.reader.mark("desk", ConnectionStatus.NEEDS_AUTHORIZATION, "the token was refused")
    found = _connection(configured)
    assert found.status is ConnectionStatus.NEEDS_AUTHORIZATION
    assert found.status_reason == "the token was refused"


def test_an_account_that_shares_an_address_has_a_token_of_its_own(configured: Configured) -> None:
    beside = configured.reader.connection("desk-zoe")
    assert beside is not None
    assert beside.secrets.credentials == {"api_token": "zoes-token"}
    assert _connection(configured).secrets.credentials == GIVEN.secrets.values


def test_a_webhook_is_noted_without_a_word(configured: Configured) -> None:
    for form in ("", "app"):
        configured.reader.note_webhook("desk", datetime(2026, 1, 5, 9, 0, tzinfo=UTC), form)
    assert _connection(configured).status is ConnectionStatus.ACTIVE


def test_accounts_are_awaited_while_they_are_being_connected() -> None:
    with aws.running() as cloud:
        time = VirtualTime()
        table = aws.table()
        reader = StoredConnections(
            Table(cloud.tables, aws.TABLE),
            Vault(cloud.vault, "test", Table(cloud.tables, aws.TABLE)),
            time,
            MemoryTelemetry(),
        )
        assert not reader.awaits_account("app")
        ConfigurationStore(table, cloud.secrets, "test", time).await_account("app")
        assert reader.awaits_account("app")
        time.advance(16 * 60)
        assert not reader.awaits_account("app")


def test_accounts_of_one_endpoint_come_and_go_without_touching_each_other() -> None:
    with aws.running() as cloud:
        table = aws.table()
        configuration = ConfigurationStore(table, cloud.secrets, "test", VirtualTime())
        reader = StoredConnections(
            Table(cloud.tables, aws.TABLE),
            Vault(cloud.vault, "test", Table(cloud.tables, aws.TABLE)),
            VirtualTime(),
            MemoryTelemetry(),
        )
        app = replace(GIVEN, account="")
        one = replace(app, id="one", endpoint_id="desk", account="channel-1", tenant="business-1")
        two = replace(one, id="two", account="channel-2", tenant="business-2")
        webhook_token = configuration.save(app)
        configuration.save(one)
        configuration.save(two)
        configuration.save(replace(one, account="channel-3"))
        configuration.delete(two)
        assert reader.endpoint("freshchat", webhook_token) is not None
        assert [reader.has_account("desk", f"channel-{number}") for number in (1, 2, 3)] == [False, False, True]
        assert reader.accounts_of("desk", "business-1") == {"channel-3"}
        assert reader.accounts_of("desk", "business-2") == frozenset()
        owner = reader.connection_of("desk", "channel-3")
        assert owner is not None
        assert owner.id == "one"
        assert reader.connection_of("desk", "channel-1") is None


def test_a_connection_that_goes_to_another_address_is_found_at_the_old_one_no_more() -> None:
    with aws.running() as cloud:
        table = aws.table()
        configuration = ConfigurationStore(table, cloud.secrets, "test", VirtualTime())
        reader = StoredConnections(
            Table(cloud.tables, aws.TABLE),
            Vault(cloud.vault, "test", Table(cloud.tables, aws.TABLE)),
            VirtualTime(),
            MemoryTelemetry(),
        )
        app = replace(GIVEN, account="", tenant="")
        account = replace(GIVEN, id="one", endpoint_id="desk", account="channel-1", tenant="business-1")
        configuration.save(app)
        configuration.save(replace(app, id="other", endpoint_id="other"))
        configuration.save(account)
        configuration.save(replace(account, endpoint_id="other"))
        assert [reader.has_account(endpoint, "channel-1") for endpoint in ("desk", "other")] == [False, True]
        assert [reader.accounts_of(endpoint, "business-1") for endpoint in ("desk", "other")] == [
            frozenset(),
            frozenset({"channel-1"}),
        ]


def test_facts_that_a_service_reports_stand_beside_the_settings(configured: Configured) -> None:
    before = _connection(configured)
    configured.reader.note_facts("desk", {"business_1": "first", "business_2": "other"})
    configured.reader.note_facts("desk", {"business_1": "second"})
    assert _connection(configured).settings == {**before.settings, "business_1": "second", "business_2": "other"}
    assert replace(_connection(configured), settings={}) == replace(before, settings={})


def test_whose_a_conversation_is_can_be_noted(configured: Configured) -> None:
    assert configured.reader.account_of_thread("desk", "session-1") is None
    configured.reader.note_thread(_connection(configured), "session-1")
    assert configured.reader.account_of_thread("desk", "session-1") == "acc-1"
    assert configured.reader.account_of_thread("other", "session-1") is None


def test_conversations_are_awaited_while_one_is_being_opened(configured: Configured) -> None:
    assert not configured.reader.awaits_thread("desk")
    configured.reader.await_thread("desk")
    assert configured.reader.awaits_thread("desk")
    assert not configured.reader.awaits_thread("other")


def test_many_openings_are_noted_once_in_half_a_minute_and_each_is_awaited_for_as_long_as_it_may_take() -> None:
    with aws.running() as cloud:
        time = VirtualTime()
        table = Table(cloud.tables, aws.TABLE)
        vault = Vault(cloud.vault, "test", table)
        dispatcher, webhook = (StoredConnections(table, vault, time, MemoryTelemetry()) for _ in range(2))
        for _ in range(29):
            dispatcher.await_thread("desk")
            time.advance(1)
        assert cloud.calls == ["PutItem"]
        time.advance(retry_policy.OPENING)
        assert webhook.awaits_thread("desk")
        time.advance(60)
        assert not webhook.awaits_thread("desk")


class LaggingTable(Table):
    """What was written a moment ago is only seen by consistent reads."""

    def get(self, pk: str, sk: str = keys.SORT, *, consistent: bool = False) -> Item | None:
        return super().get(pk, sk, consistent=True) if consistent else None


def test_a_service_that_calls_while_it_is_being_connected_finds_the_endpoint() -> None:
    with aws.running() as cloud:
        resource = aws.table()
        webhook_token = ConfigurationStore(resource, cloud.secrets, "test", VirtualTime()).save(GIVEN)
        table = LaggingTable(cloud.tables, aws.TABLE)
        reader = StoredConnections(
            table, Vault(cloud.vault, "test", Table(cloud.tables, aws.TABLE)), VirtualTime(), MemoryTelemetry()
        )
        endpoint = reader.endpoint("freshchat", webhook_token)
        assert endpoint is not None
        assert endpoint.secrets.values == {"webhook_public_key": "key"}
        assert reader.endpoint("freshchat", "wrong") is None
