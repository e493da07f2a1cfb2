"""vcita as its owner connects it: the app that businesses join, and a business by a token of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from patchbay.aws.clock import SystemClock
from patchbay.bridge.oauth import Authorizer
from patchbay.bridge.oauth_apps import JoinableApps
from patchbay.domain.accounts import Connection, ConnectionStatus
from patchbay.kit import registry
from patchbay_cli.bridge import Bridge
from playground.live import Server
from playground.services.vcita import OTHER_BUSINESS, Vcita
from playground.simulator import DemoAccount, Fault
from tests.cli.conftest import Cli
from tests.cli.our_side import OurSide, read_as_functions_do
from tests.cli.test_connect import read_stored
from tests.harness.fakes.consents import MemoryConsents
from tests.harness.fakes.journal import MemoryJournal
from tests.harness.virtual_time import VirtualTime

HARBOUR = "bridge-harbour-yoga"  #: what a business called Harbour Yoga becomes


@dataclass
class Partner:
    """The owner, who has a directory at vcita."""

    command: Cli
    bridge: Bridge
    vcita: Vcita
    time: VirtualTime

    def connect_app(self, *more: str) -> Any:
        account = self.vcita.demo_app()
        assert account is not None
        return self.command.read("connect", "vcita", "bridge", "--show-secrets", *_spell(account), *more)

    def connect_business(self, *more: str) -> Any:
        return self.command.read("connect", "vcita", "dental", "--show-secrets", *_spell(self.vcita.demo()), *more)

    def join(self, business: str = OTHER_BUSINESS) -> Connection:
        """A staff member opens the start address, and says yes at vcita."""
        tokens = iter(("a-state", "a-browser"))
        addresses = self.bridge.join_addresses(read_stored(self.bridge.administration, "bridge"))
        redirect = addresses["oauth_redirect"]
        authorizer = Authorizer(
            apps=JoinableApps(registry.load, self.bridge.administration),
            registry=self.bridge.administration,
            consents=MemoryConsents(),
            http=self.bridge.http,
            clock=SystemClock(),
            journal=MemoryJournal(),
            token=lambda: next(tokens),
        )
        begun = authorizer.begin("vcita", "bridge", redirect)
        asked = dict(parse_qsl(urlsplit(begun.url).query))
        form = {**asked, "business_uid": business, "decision": "allow"}
        answer = self.vcita.app.test_client().post("/app/oauth/authorize", data=form)
        (code,) = parse_qs(urlsplit(answer.location).query)["code"]
        return authorizer.finish(
            "vcita", "bridge", redirect, code=code, state=begun.state, browser=begun.browser
        ).connection

    def examine(self, connection_id: str) -> dict[str, Any]:
        (one,) = json.loads(self.command.run("doctor", connection_id, "--json").stdout)["connections"]
        return {finding["check"]: finding for finding in one["findings"]}

    def wait(self) -> None:
        """What is on its way from vcita arrives, and vcita's throttle forgets."""
        self.time.advance(5)


def _spell(account: DemoAccount) -> list[str]:
    settings = [word for name, value in account.settings.items() for word in ("--set", f"{name}={value}")]
    return settings + [word for name, value in account.secrets.items() for word in ("--secret", f"{name}={value}")]


@pytest.fixture
def partner(command: Cli, bridge: Bridge, our_side: OurSide) -> Iterator[Partner]:
    time = VirtualTime()
    vcita = Vcita(time, our_side.post, Random(1))
    with Server(vcita.app) as server:
        vcita.base_url = server.url
        yield Partner(command, bridge, vcita, time)


# --- the app ---------------------------------------------------------------------------------------------------------


def test_an_app_is_made_with_the_directorys_token_and_pointed_at_us(partner: Partner) -> None:
    answer = partner.connect_app()
    assert (answer["app"], answer["registered"], answer["status"]) == (True, True, "active")
    assert list(answer["webhooks"]) == ["api_uri", "app_subscription", "oauth_start", "oauth_redirect"]
    made = partner.vcita.apps[-1]
    assert made.api_uri == answer["webhooks"]["api_uri"]
    assert made.redirect_uri == answer["webhooks"]["oauth_redirect"]
    assert any(answer["webhooks"]["oauth_start"] in step for step in answer["manual_steps"])
    stored = read_stored(partner.bridge.administration, "bridge")
    assert stored.secrets.get("client_secret") == made.client_secret
    assert stored.setting("app_code_name") == made.code_name


def test_networks_are_looked_at_before_anything_is_stored(partner: Partner) -> None:
    connect = ("connect", "vcita", "bridge")
    said = partner.command.fail(*connect, "--set", "allowed_sources=203.0.113.7/24")
    assert "allowed_sources: write 203.0.113.0/24 instead of 203.0.113.7/24" in said
    assert partner.bridge.administration.connection("bridge") is None
    partner.connect_app()
    partner.wait()
    partner.command.succeed(*connect, "--set", "allowed_sources=203.0.113.0/24")
    assert read_stored(partner.bridge.administration, "bridge").setting("allowed_sources") == "203.0.113.0/24"
    shared = ("connect", "vcita", "shop", "--endpoint", "bridge", "--secret", "access_token=t")
    refused = partner.command.fail(*shared, "--set", "allowed_sources=198.51.100.0/24")
    assert "patchbay connect vcita bridge --set allowed_sources=" in refused.replace("\n", " ")


def test_connecting_the_app_again_makes_no_second_one(partner: Partner) -> None:
    first = partner.connect_app()
    partner.wait()
    number = len(partner.vcita.apps)
    again = partner.command.read("connect", "vcita", "bridge", "--show-secrets", "--set", "display_name=Messengers")
    assert again["webhooks"] == first["webhooks"]
    assert len(partner.vcita.apps) == number
    assert len(partner.vcita.subscriptions) == 2


def test_the_client_secret_is_kept_when_vcita_is_away_right_after_showing_it(partner: Partner) -> None:
    partner.vcita.fail_next(Fault(status=503, where="PUT /platform/v1/apps"))
    account = partner.vcita.demo_app()
    assert account is not None
    error = partner.command.fail("connect", "vcita", "bridge", *_spell(account))
    assert "bridge is made and stored, but not finished at vcita" in error
    made = partner.vcita.apps[-1]
    assert read_stored(partner.bridge.administration, "bridge").secrets.get("client_secret") == made.client_secret
    assert made.client_secret not in error
    partner.wait()
    assert partner.command.read("connect", "vcita", "bridge")["registered"] is True
    assert partner.vcita.apps[-1] is made


def test_a_business_that_has_joined_is_listed_and_examined(partner: Partner) -> None:
    start = partner.connect_app()["webhooks"]["oauth_start"]
    assert partner.examine("bridge")["accounts"]["found"] == "none has joined yet"
    joined = partner.join()
    assert joined.id == HARBOUR
    assert partner.examine("bridge")["accounts"]["found"] == HARBOUR
    rows = {row["id"]: row for row in partner.command.read("connections")}
    assert (rows["bridge"]["app"], rows[HARBOUR]["app"]) == (True, False)
    assert (rows[HARBOUR]["tenant"], rows[HARBOUR]["status"]) == (OTHER_BUSINESS, "pending")
    assert rows[HARBOUR]["account"] == partner.vcita.channels[-1].uid
    looked = partner.examine(HARBOUR)
    assert looked["credentials"]["found"] == "accepted (Harbour Yoga)"
    assert looked["status"]["level"] == "notice"
    partner.vcita.uninstall(OTHER_BUSINESS)
    partner.wait()
    read_as_functions_do(partner.bridge).mark(HARBOUR, ConnectionStatus.DISABLED, "the business removed the app")
    looked = partner.examine(HARBOUR)
    assert looked["status"]["found"].endswith("the business removed the app")
    assert start in looked["status"]["advice"]
    assert start in looked["credentials"]["advice"]


def test_a_channels_webhook_is_accepted_at_the_printed_address(partner: Partner, our_side: OurSide) -> None:
    partner.connect_app()
    partner.join()
    partner.wait()
    assert set(our_side.answers) == {204}
    assert partner.examine("bridge")["last webhook"]["level"] == "ok"
    assert partner.examine(HARBOUR)["last webhook"]["level"] == "ok"


# --- a business by its own token -------------------------------------------------------------------------------------


def test_a_business_is_connected_with_a_token_and_gets_a_channel(partner: Partner, our_side: OurSide) -> None:
    answer = partner.connect_business()
    assert (answer["app"], answer["status"]) == (False, "pending")
    (channel,) = partner.vcita.channels
    assert read_stored(partner.bridge.administration, "dental").account == channel.uid
    assert any(answer["webhooks"]["api_uri"] in step for step in answer["manual_steps"])
    partner.vcita.paste_webhooks(answer["webhooks"])
    partner.wait()
    assert our_side.answers == [204]
    assert channel.status == "active"


def test_connecting_a_business_again_keeps_its_channel(partner: Partner) -> None:
    partner.vcita.paste_webhooks(partner.connect_business()["webhooks"])
    partner.wait()
    again = partner.command.read("connect", "vcita", "dental")
    assert again["status"] == "active"
    assert len(partner.vcita.channels) == 1


def test_a_business_joins_an_app_by_hand_where_the_app_is_reached(partner: Partner) -> None:
    app = partner.connect_app()
    token = ("--secret", f"access_token={partner.vcita.demo().secrets['access_token']}")
    business = partner.command.read("connect", "vcita", "dental", "--show-secrets", *token, "--endpoint", "bridge")
    assert business["webhooks"]["api_uri"] == app["webhooks"]["api_uri"]
    stored = read_stored(partner.bridge.administration, "dental")
    assert set(stored.secrets.credentials) == {"access_token"}
    assert stored.setting("base_url") == partner.vcita.base_url


def test_a_channel_that_vcita_refuses_leaves_the_token_stored(partner: Partner) -> None:
    partner.vcita.fail_next(Fault(status=503, where="POST .*/channels"))
    error = partner.command.fail("connect", "vcita", "dental", *_spell(partner.vcita.demo()))
    assert "dental is stored, but vcita has not set it up" in error
    assert "Set the api_uri" in error
    token = read_stored(partner.bridge.administration, "dental").secrets.get("access_token")
    assert token == partner.vcita.demo().secrets["access_token"]
    assert token not in error
    assert partner.command.read("connect", "vcita", "dental")["status"] == "pending"


def test_without_credentials_the_ways_to_connect_are_named(partner: Partner) -> None:
    error = partner.command.fail("connect", "vcita", "dental", "--set", f"base_url={partner.vcita.base_url}")
    for way in ("access_token", "directory_token", "client_id"):
        assert way in error
