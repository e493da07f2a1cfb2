"""Connecting Giosg: the settings, the token, the room, the webhooks' addresses, and what is done by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from patchbay.domain.accounts import Connection, Secrets
from patchbay.domain.errors import AuthorizationNeeded, Misconfigured, SignatureRejected
from patchbay.platforms.giosg import CONNECTOR
from patchbay.platforms.giosg.urls import read_base_url
from playground.services.giosg import DEMO_AGENT, DEMO_ROOM, OTHER_AGENT
from playground.simulator import Fault
from tests.harness.giosg_desk import ADDRESS, SECRET, Desk, make_desk
from tests.harness.giosg_webhooks import added, make_request


@pytest.fixture
def desk() -> Desk:
    return make_desk(installed=False)


# --- settings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base_url", "entry"),
    [
        ("", "https://service.giosg.com"),
        (" https://service.giosg.com/ ", "https://service.giosg.com"),
        ("https://service.giosg.com/api/v5", "https://service.giosg.com"),
        ("https://proxy.example:8443/giosg/api/v5/", "https://proxy.example:8443/giosg"),
        ("http://127.0.0.1:5005", "http://127.0.0.1:5005"),
    ],
)
def test_the_address_may_be_written_in_any_usual_way(base_url: str, entry: str) -> None:
    assert read_base_url({"base_url": base_url}) == entry


@pytest.mark.parametrize(
    "base_url",
    [
        "http://service.giosg.com",
        "service.giosg.com",
        "https://",
        "https://a:b@x.example",
        "https://x.example?a=1",
        "https://[::1",
    ],
)
def test_what_is_no_safe_address_is_refused(base_url: str) -> None:
    with pytest.raises(Misconfigured):
        read_base_url({"base_url": base_url})


@pytest.mark.parametrize(
    "settings",
    [
        {"organization_id": "acme"},
        {"room_id": "12"},
        {"chat_type": "task"},
        {"offline": "ignore"},
        {"offline_reply": "x" * 1001},
        {"name_prefix": "maybe"},
        {"notices": "maybe"},
    ],
)
def test_a_setting_that_cannot_be_meant_is_named(desk: Desk, settings: dict[str, str]) -> None:
    [name] = settings
    with pytest.raises(Misconfigured, match=f"^{name} "):
        CONNECTOR.check_credentials(desk.change(**settings), desk.http)


def test_ids_are_taken_as_they_are_pasted(desk: Desk) -> None:
    shouted = {name: f" {desk.connection.setting(name).upper()} " for name in ("organization_id", "room_id")}
    assert CONNECTOR.check_credentials(desk.change(**shouted), desk.http).external_id == DEMO_ROOM


# --- the token and the room ------------------------------------------------------------------------------------------


def test_the_owner_reads_which_room_it_is_and_who_is_there(desk: Desk) -> None:
    desk.giosg.go_online(OTHER_AGENT)
    account = CONNECTOR.check_credentials(desk.connection, desk.http)
    assert account.name == "Giosg, room Messengers"
    assert account.notes == ("The room Messengers is online.", "Agents online: Customer Service, Mikko.")
    assert account.warnings == ()


@pytest.mark.parametrize("paginated", [False, True])
def test_the_list_of_agents_may_come_in_pages(desk: Desk, paginated: bool) -> None:
    desk.giosg.quirks.users_paginated = paginated
    assert "Agents online: Customer Service." in CONNECTOR.check_credentials(desk.connection, desk.http).notes


def test_a_room_where_nobody_is_is_worth_a_warning(desk: Desk) -> None:
    desk.giosg.go_offline(DEMO_AGENT)
    account = CONNECTOR.check_credentials(desk.connection, desk.http)
    assert account.notes == ("The room Messengers is offline.",)
    [warning] = account.warnings
    assert "Start" in warning
    assert "router" in warning


def test_who_is_online_is_no_reason_to_fail(desk: Desk) -> None:
    desk.giosg.fail_next(Fault(status=500, where=".*/online_users"))
    assert CONNECTOR.check_credentials(desk.connection, desk.http).notes == ("The room Messengers is online.",)


def with_token(connection: Connection, token: str) -> Connection:
    return replace(connection, secrets=Secrets(values={**connection.secrets.values, "api_token": token}))


def test_a_wrong_token_is_refused_with_where_to_make_one(desk: Desk) -> None:
    with pytest.raises(AuthorizationNeeded, match="Settings > Company > Access tokens") as caught:
        CONNECTOR.check_credentials(with_token(desk.connection, "wrong-token"), desk.http)
    assert "wrong-token" not in str(caught.value)


def test_a_token_without_permissions_is_refused(desk: Desk) -> None:
    desk.giosg.token_is_allowed = False
    with pytest.raises(AuthorizationNeeded):
        CONNECTOR.check_credentials(desk.connection, desk.http)


def test_a_token_of_another_organization_is_noticed(desk: Desk) -> None:
    other = desk.change(organization_id="00000000-0000-4000-8000-000000000000")
    with pytest.raises(Misconfigured, match="another organization"):
        CONNECTOR.check_credentials(other, desk.http)


def test_a_room_that_is_not_there_is_noticed(desk: Desk) -> None:
    other = desk.change(room_id="00000000-0000-4000-8000-000000000000")
    with pytest.raises(Misconfigured, match="room_id"):
        CONNECTOR.check_credentials(other, desk.http)


def test_a_room_at_its_older_address_is_found(desk: Desk) -> None:
    desk.giosg.fail_next(Fault(status=404, where="GET /api/v5/orgs/.*/rooms/.*"))
    assert CONNECTOR.check_credentials(desk.connection, desk.http).name == "Giosg, room Messengers"


def test_an_address_that_is_no_giosg_is_noticed(desk: Desk) -> None:
    desk.giosg.fail_next(Fault(status=404, where=".*/users/me"))
    with pytest.raises(Misconfigured, match="base_url"):
        CONNECTOR.check_credentials(desk.connection, desk.http)


# --- webhooks --------------------------------------------------------------------------------------------------------


def test_each_address_proves_who_calls(desk: Desk) -> None:
    webhooks = CONNECTOR.list_webhooks(ADDRESS, desk.connection)
    assert list(webhooks) == ["chats", "messages", "memberships"]
    assert set(webhooks.values()) == {f"{ADDRESS}/{name}?secret={SECRET}" for name in webhooks}


def test_a_secret_of_any_letters_fits_into_an_address(desk: Desk) -> None:
    odd = replace(desk.connection, secrets=Secrets(values={"webhook_secret": "a&b=c d#ä"}))
    assert CONNECTOR.list_webhooks(ADDRESS, odd)["chats"] == f"{ADDRESS}/chats?secret=a%26b%3Dc%20d%23%C3%A4"


def test_the_steps_name_each_pattern_and_address_to_paste(desk: Desk) -> None:
    webhooks = CONNECTOR.list_webhooks(ADDRESS, desk.connection)
    steps = CONNECTOR.list_manual_steps(webhooks, desk.connection)
    patterns = {
        "chats": "/api/v5/orgs/{organization_id}/owned_chats,",
        "messages": "/api/v5/orgs/{organization_id}/owned_chats/*/messages,",
        "memberships": "/api/v5/orgs/{organization_id}/owned_chats/*/memberships,",
    }
    for name, pattern in patterns.items():
        [step] = [step for step in steps if webhooks[name] in step]
        assert pattern in step
        assert ("removals" in step) == (name != "memberships")
    assert "install" in steps[-2]
    assert "patchbay doctor acme --wait" in steps[-1]


def test_what_the_app_then_sends_is_taken(desk: Desk) -> None:
    desk.giosg.paste_webhooks(CONNECTOR.list_webhooks(ADDRESS, desk.connection))
    desk.giosg.web_visitor_writes("hi")
    desk.time.settle()
    assert desk.ear.refused == []
    assert len(desk.ear.heard) > 1


def test_both_secrets_are_good_while_the_addresses_are_changed() -> None:
    desk = make_desk()
    both = Secrets(values={"webhook_secret": "new"}, previous={"webhook_secret": SECRET})
    endpoint = replace(desk.ear.endpoint, secrets=both)
    for secret in ("new", SECRET):
        CONNECTOR.verify(make_request(added(), query={"secret": secret}), endpoint)
    with pytest.raises(SignatureRejected):
        CONNECTOR.verify(make_request(added(), query={"secret": "third"}), endpoint)
