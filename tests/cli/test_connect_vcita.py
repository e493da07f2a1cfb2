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
from patchbay_cli.deployment import Deployment
from playground.live import Server
from playground.services.vcita import OTHER_BUSINESS, Vcita
from playground.simulator import DemoAccount, Fault
from tests.cli.conftest import Cli
from tests.cli.connections import read_stored
from tests.cli.webhook_receiver import WebhookReceiver, read_as_functions_do
from tests.harness.fakes.consents import MemoryConsents
from tests.harness.fakes.telemetry import MemoryTelemetry
from tests.harness.virtual_time import VirtualTime

HARBOUR = "bridge-harbour-yoga"  #: what a business called Harbour Yoga becomes


@dataclass
class VcitaHarness:
    """The owner, who has a directory at vcita."""

    command: Cli
    deployment: Deployment
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
        addresses = self.deployment.oauth_urls(read_stored(self.deployment.configuration, "bridge"))
        redirect = addresses["oauth_redirect"]
        authorizer = Authorizer(
            apps=JoinableApps(registry.load, self.deployment.configuration),
            registry=self.deployment.configuration,
            consents=MemoryConsents(),
            http=self.deployment.http,
            clock=SystemClock(),
            telemetry=MemoryTelemetry(),
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
def harness(command: Cli, deployment: Deployment, receiver: WebhookReceiver) -> Iterator[VcitaHarness]:
    time = VirtualTime()
    vcita = Vcita(time, receiver.post, Random(1))
    with Server(vcita.app) as server:
        vcita.base_url = server.url
        yield VcitaHarness(command, deployment, vcita, time)


# --- the app ---------------------------------------------------------------------------------------------------------


def test_an_app_is_made_with_the_directorys_token_and_pointed_at_us(harness: VcitaHarness) -> None:
    answer = harness.connect_app()
    assert (answer["app"], answer["registered"], answer["status"]) == (True, True, "active")
    assert list(answer["webhooks"]) == ["api_uri", "app_subscription", "oauth_start", "oauth_redirect"]
    made = harness.vcita.apps[-1]
    assert made.api_uri == answer["webhooks"]["api_uri"]
    assert made.redirect_uri == answer["webhooks"]["oauth_redirect"]
    assert any(answer["webhooks"]["oauth_start"] in step for step in answer["manual_steps"])
    stored = read_stored(harness.deployment.configuration, "bridge")
    assert stored.secrets.get("client_secret") == made.client_secret
    assert stored.setting("app_code_name") == made.code_name


def test_networks_are_looked_at_before_anything_is_stored(harness: VcitaHarness) -> None:
    connect = ("connect", "vcita", "bridge")
    said = harness.command.fail(*connect, "--set", "allowed_sources=203.0.113.7/24")
    assert "allowed_sources contains 203.0.113.7/24: write 203.0.113.0/24 instead" in said
    assert harness.deployment.configuration.connection("bridge") is None
    harness.connect_app()
    harness.wait()
    harness.command.succeed(*connect, "--set", "allowed_sources=203.0.113.0/24")
    assert read_stored(harness.deployment.configuration, "bridge").setting("allowed_sources") == "203.0.113.0/24"
    shared = ("connect", "vcita", "shop", "--endpoint", "bridge", "--secret", "access_token=t")
    refused = harness.command.fail(*shared, "--set", "allowed_sources=198.51.100.0/24")
    assert "patchbay connect vcita bridge --set allowed_sources=" in refused.replace("\n", " ")


def test_connecting_the_app_again_makes_no_second_one(harness: VcitaHarness) -> None:
    first = harness.connect_app()
    harness.wait()
    number = len(harness.vcita.apps)
    again = harness.command.read("connect", "vcita", "bridge", "--show-secrets", "--set", "display_name=Messengers")
    assert again["webhooks"] == first["webhooks"]
    assert len(harness.vcita.apps) == number
    assert len(harness.vcita.subscriptions) == 2


def test_the_client_secret_is_kept_when_vcita_is_away_right_after_showing_it(harness: VcitaHarness) -> None:
    harness.vcita.fail_next(Fault(status=503, where="PUT /platform/v1/apps"))
    account = harness.vcita.demo_app()
    assert account is not None
    error = harness.command.fail("connect", "vcita", "bridge", *_spell(account))
    assert "bridge is created and stored, but its setup at vcita is not complete" in error
    made = harness.vcita.apps[-1]
    assert read_stored(harness.deployment.configuration, "bridge").secrets.get("client_secret") == made.client_secret
    assert made.client_secret not in error
    harness.wait()
    assert harness.command.read("connect", "vcita", "bridge")["registered"] is True
    assert harness.vcita.apps[-1] is made


def test_a_business_that_has_joined_is_listed_and_examined(harness: VcitaHarness) -> None:
    start = harness.connect_app()["webhooks"]["oauth_start"]
    assert harness.examine("bridge")["accounts"]["found"] == "none connected yet"
    joined = harness.join()
    assert joined.id == HARBOUR
    assert harness.examine("bridge")["accounts"]["found"] == HARBOUR
    rows = {row["id"]: row for row in harness.command.read("connections")}
    assert (rows["bridge"]["app"], rows[HARBOUR]["app"]) == (True, False)
    assert (rows[HARBOUR]["tenant"], rows[HARBOUR]["status"]) == (OTHER_BUSINESS, "pending")
    assert rows[HARBOUR]["account"] == harness.vcita.channels[-1].uid
    looked = harness.examine(HARBOUR)
    assert looked["credentials"]["found"] == "accepted (Harbour Yoga)"
    assert looked["status"]["level"] == "notice"
    harness.vcita.uninstall(OTHER_BUSINESS)
    harness.wait()
    read_as_functions_do(harness.deployment).mark(HARBOUR, ConnectionStatus.DISABLED, "the business removed the app")
    looked = harness.examine(HARBOUR)
    assert looked["status"]["found"].endswith("the business removed the app")
    assert start in looked["status"]["advice"]
    assert start in looked["credentials"]["advice"]


def test_a_channels_webhook_is_accepted_at_the_printed_address(
    harness: VcitaHarness, receiver: WebhookReceiver
) -> None:
    harness.connect_app()
    harness.join()
    harness.wait()
    assert set(receiver.answers) == {204}
    assert harness.examine("bridge")["last webhook"]["level"] == "ok"
    assert harness.examine(HARBOUR)["last webhook"]["level"] == "ok"


# --- a business by its own token -------------------------------------------------------------------------------------


def test_a_business_is_connected_with_a_token_and_gets_a_channel(
    harness: VcitaHarness, receiver: WebhookReceiver
) -> None:
    answer = harness.connect_business()
    assert (answer["app"], answer["status"]) == (False, "pending")
    (channel,) = harness.vcita.channels
    assert read_stored(harness.deployment.configuration, "dental").account == channel.uid
    assert any(answer["webhooks"]["api_uri"] in step for step in answer["manual_steps"])
    harness.vcita.paste_webhooks(answer["webhooks"])
    harness.wait()
    assert receiver.answers == [204]
    assert channel.status == "active"


def test_connecting_a_business_again_keeps_its_channel(harness: VcitaHarness) -> None:
    harness.vcita.paste_webhooks(harness.connect_business()["webhooks"])
    harness.wait()
    again = harness.command.read("connect", "vcita", "dental")
    assert again["status"] == "active"
    assert len(harness.vcita.channels) == 1


def test_a_business_joins_an_app_by_hand_where_the_app_is_reached(harness: VcitaHarness) -> None:
    app = harness.connect_app()
    token = ("--secret", f"access_token={harness.vcita.demo().secrets['access_token']}")
    business = harness.command.read("connect", "vcita", "dental", "--show-secrets", *token, "--endpoint", "bridge")
    assert business["webhooks"]["api_uri"] == app["webhooks"]["api_uri"]
    stored = read_stored(harness.deployment.configuration, "dental")
    assert set(stored.secrets.credentials) == {"access_token"}
    assert stored.setting("base_url") == harness.vcita.base_url


def test_a_channel_that_vcita_refuses_leaves_the_token_stored(harness: VcitaHarness) -> None:
    harness.vcita.fail_next(Fault(status=503, where="POST .*/channels"))
    error = harness.command.fail("connect", "vcita", "dental", *_spell(harness.vcita.demo()))
    assert "dental is stored, but its setup at vcita failed" in error
    assert "Set the api_uri" in error
    token = read_stored(harness.deployment.configuration, "dental").secrets.get("access_token")
    assert token == harness.vcita.demo().secrets["access_token"]
    assert token not in error
    assert harness.command.read("connect", "vcita", "dental")["status"] == "pending"


def test_without_credentials_the_ways_to_connect_are_named(harness: VcitaHarness) -> None:
    error = harness.command.fail("connect", "vcita", "dental", "--set", f"base_url={harness.vcita.base_url}")
    for way in ("access_token", "directory_token", "client_id"):
        assert way in error
