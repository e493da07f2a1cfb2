"""What a container remembers of accounts and settings never has a webhook ignored that is for us by now."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from patchbay.domain.accounts import Connection, Endpoint
from patchbay.domain.errors import WebhookRefused
from patchbay.domain.events import Event, Ignored
from patchbay.kit import registry
from patchbay.kit.account_setup import IdentifiesAccounts
from tests.connectors.services import SERVICES, Sample, sample_endpoint, samples
from tests.harness.containers import Containers, containers

SHARING = [name for name in SERVICES if isinstance(registry.load(name), IdentifiesAccounts)]
NEW = "5f0c9a52-7d5e-4c3b-9a53-000000000099"  #: an account in the form that all of them know


def account_of(service: str) -> str:
    """The account that the sample message is for."""
    [event] = Sample(service, "message_text").expected
    return str(event["origin"]["account"])


def add_account(warm: Containers, account: str, tenant: str = "") -> None:
    """Another connection of the same address, as `patchbay connect … --endpoint` or a consent stores it."""
    known: Connection = warm.connection
    beside = replace(known, id="beside", account=account, tenant=tenant, settings={"channel_id": account})
    warm.configuration.save(replace(beside, endpoint_id=known.id))


def bare(warm: Containers) -> None:
    """The owner has another account than the one which the samples are for."""
    warm.set(
        channel_id="0aaaaaaa-0000-4000-8000-00000000000a",
        channel_uid="0aaaaaaa-0000-4000-8000-00000000000b",
        phone_number_id="0",
    )
    settings = registry.load(warm.service).settings
    warm.give({one.name: "something" for one in settings if one.secret and one.required and not one.verifies})


@pytest.mark.parametrize("service", SHARING)
def test_an_account_that_was_busy_before_is_heard_once_it_is_connected(service: str) -> None:
    """Its webhooks came all the time, and were none of ours: the container remembers that for a minute."""
    request = Sample(service, "message_text").request()
    with containers(service) as warm:
        bare(warm)
        warm.time.advance(61)
        for _ in range(3):
            warm.answers(request)
            warm.time.advance(0.3)
        assert not warm.queued()
        add_account(warm, account_of(service))
        warm.time.advance(1)
        assert max(warm.answers(request)) < 300
        assert warm.queued()


@pytest.mark.parametrize("service", SHARING)
def test_an_account_that_is_nobodys_costs_a_small_read_a_second(service: str) -> None:
    request = Sample(service, "message_text").request()
    with containers(service) as warm:
        bare(warm)
        warm.time.advance(61)
        warm.answers(request)
        warm.cloud.calls.clear()
        for _ in range(59):
            warm.time.advance(1)
            for _ in range(4):
                warm.answers(request)
        # The connection's own record, once a minute, is among them.
        assert warm.cloud.calls.count("GetItem") <= 61 * len(warm.receivers)
        assert set(warm.cloud.calls) <= {"GetItem", "PutItem"}


def test_an_account_that_comes_from_another_address_is_heard_at_the_new_one() -> None:
    request = Sample("freshchat", "message_text").request()
    with containers("freshchat") as warm:
        bare(warm)
        other = replace(warm.connection, id="other", endpoint_id="other", account="", settings={})
        moving = replace(other, id="beside", account=account_of("freshchat"), settings={})
        warm.configuration.save(other)
        warm.configuration.save(moving)
        warm.time.advance(61)
        warm.answers(request)
        assert not warm.queued()
        warm.configuration.save(replace(moving, endpoint_id=warm.connection.id))
        warm.time.advance(1)
        warm.answers(request)
        assert warm.queued()


def test_a_business_that_leaves_within_a_minute_of_joining_is_heard() -> None:
    request = Sample("vcita", "app_uninstalled").request()
    tenant = "k1pjwutt3mtlt5ft"
    with containers("vcita") as warm:
        assert warm.answers(request) == [204] * 3
        assert not warm.queued()
        add_account(warm, NEW, tenant)
        assert warm.answers(request) == [204] * 3
        assert {event.origin.account for event in warm.queued()} == {NEW}


# --- settings --------------------------------------------------------------------------------------------------------


def read(sample: Sample, endpoint: Endpoint) -> list[Event | Ignored]:
    try:
        return list(registry.load(sample.service).parse(sample.request(), endpoint))
    except WebhookRefused:
        return []


@pytest.mark.parametrize("service", SERVICES)
def test_whatever_is_ignored_for_a_setting_says_so(service: str) -> None:
    """Then it is read again with the settings that are stored by now, once a second at most."""
    endpoint = sample_endpoint(service)
    names = {setting.name for setting in registry.load(service).settings if not setting.secret}
    for sample in samples(service):
        with_them = read(sample, endpoint)
        for name in names | set(endpoint.settings):
            for value in ("", "another", "yes", "4711"):
                other = read(sample, replace(endpoint, settings={**endpoint.settings, name: value}))
                for one, two in zip(with_them, other, strict=False):
                    for ignored, heard in ((one, two), (two, one)):
                        if isinstance(ignored, Ignored) and not isinstance(heard, Ignored):
                            assert ignored.by_settings, (sample, name, ignored)


@pytest.mark.parametrize(
    ("service", "situation", "stale"),
    [
        ("giosg", "message_text", {"room_id": "0aaaaaaa-0000-4000-8000-00000000000a"}),
        ("giosg", "message_text", {"organization_id": "0aaaaaaa-0000-4000-8000-00000000000a"}),
        ("vcita", "app_uninstalled", {"app_id": "4712"}),
    ],
)
def test_a_webhook_is_read_with_the_settings_that_are_stored_by_now(
    service: str, situation: str, stale: dict[str, str]
) -> None:
    request = Sample(service, situation).request()
    with containers(service) as warm:
        add_account(warm, NEW, "k1pjwutt3mtlt5ft")
        right = dict(warm.connection.settings)
        warm.set(**stale)
        warm.time.advance(61)
        warm.answers(request)
        assert not warm.queued()
        warm.set(**right)
        warm.time.advance(1)
        warm.answers(request)
        assert warm.queued()


def test_an_agent_may_write_first_as_soon_as_the_owner_allows_it() -> None:
    request = Sample("unblu", "create_contact").request()
    with containers("unblu") as warm:
        warm.set(outbound_to="")
        warm.time.advance(61)
        for receiver in warm.receivers:
            assert b"ERROR" in warm.receive(receiver, request).body
        warm.set(outbound_to="sms:shop")
        warm.time.advance(1)
        for receiver in warm.receivers:
            assert json.loads(warm.receive(receiver, request).body)["type"] == "CREATE"
