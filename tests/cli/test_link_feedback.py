"""Links and settings decide which receipts a service is asked for; the commands ask again, and the doctor compares."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from patchbay.aws.stores.configuration import ConfigurationStore
from patchbay.domain.accounts import Connection, ConnectionStatus, Settings
from patchbay.domain.errors import Transient
from patchbay.domain.feedback import ALWAYS_WANTED, FeedbackKind, is_wanted
from patchbay.domain.model import Conversation, ReceiptState
from patchbay.kit import registry
from patchbay.kit.abilities import SendsReceipts
from patchbay.kit.account_setup import SelectsFeedback, Webhooks
from patchbay.kit.behavior import Behavior
from patchbay.kit.contract import Http, Setting
from tests.cli.conftest import Cli
from tests.cli.fakes import ChannelPlatform, Loader, WebhookMessenger

DELIVERED, READ = FeedbackKind.DELIVERED, FeedbackKind.READ
BOTH = frozenset({DELIVERED, READ})


@dataclass
class ChoosyPigeon(WebhookMessenger, SelectsFeedback):
    """A messenger that reports what it is asked for."""

    behavior: Behavior = field(default_factory=lambda: Behavior(selectable_feedback=BOTH))
    reports: frozenset[FeedbackKind] = frozenset()
    asked: int = 0

    def register_webhooks(self, webhooks: Webhooks, connection: Connection, http: Http) -> Settings:
        learned = super().register_webhooks(webhooks, connection, http)
        self.asked += 1
        self.reports = frozenset(kind for kind in BOTH if is_wanted(kind, connection.feedback))
        return learned

    def get_registered_feedback(self, connection: Connection, http: Http) -> frozenset[FeedbackKind]:
        return self.reports


@dataclass
class Showroom(ChannelPlatform, SendsReceipts):
    """A platform that shows receipts unless the owner says no; its page wants one webhook more where typing matters."""

    service: str = "showroom"
    settings: tuple[Setting, ...] = (
        *(one for one in ChannelPlatform.settings if one.name not in {"base_url", "channel_id"}),
        Setting(name="receipts", help="Whether receipts are shown"),
    )

    def list_shown_states(self, connection: Connection) -> frozenset[ReceiptState]:
        if connection.setting("receipts") == "no":
            return frozenset()
        return frozenset({ReceiptState.DELIVERED, ReceiptState.READ})

    def send_receipt(
        self, state: ReceiptState, message_id: str, conversation: Conversation, connection: Connection, http: Http
    ) -> None:
        raise AssertionError("the command sends no receipts")

    def list_manual_steps(self, webhooks: Webhooks, connection: Connection) -> tuple[str, ...]:
        return ("Paste this.", *(("Paste that too.",) if is_wanted(READ, connection.feedback) else ()))


@pytest.fixture
def loft() -> ChoosyPigeon:
    return ChoosyPigeon()


@pytest.fixture
def house(cli: Cli, loft: ChoosyPigeon, desk: ChannelPlatform, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """A choosy pigeon, a desk that shows no receipts and a showroom that does; nothing is linked."""
    monkeypatch.setattr("patchbay_cli.dead_letters.queue._PATIENCE", 0)
    monkeypatch.setattr(registry, "load", Loader(loft, desk, Showroom()))
    token = ("--secret", "token=the-good-token")
    cli.succeed("connect", "pigeon", "loft", *token)
    cli.succeed("connect", "desk", "help", *token, "--set", "base_url=https://desk.test")
    cli.succeed("connect", "showroom", "show", *token)
    return cli


def noted(configuration: ConfigurationStore, connection_id: str) -> frozenset[FeedbackKind] | None:
    known = configuration.listed(connection_id)
    assert known is not None
    return known.feedback


def examine(cli: Cli, *words: str) -> tuple[int, list[dict[str, Any]]]:
    """The exit code, and what was found about receipts."""
    result = cli.run("doctor", "loft", *words, "--json")
    (report,) = json.loads(result.stdout)["connections"]
    return result.exit_code, [finding for finding in report["findings"] if finding["check"] == "receipts"]


def test_nothing_is_asked_for_until_a_link_leads_to_somebody_who_sees_it(
    house: Cli, loft: ChoosyPigeon, configuration: ConfigurationStore
) -> None:
    assert loft.reports == frozenset()
    house.succeed("link", "loft", "help")
    assert (loft.reports, loft.asked) == (frozenset(), 1), "the desk shows none, so nothing changes"
    assert noted(configuration, "loft") == ALWAYS_WANTED
    answer = house.read("link", "loft", "show")
    assert answer["registered_again"] == ["loft"]
    assert (loft.reports, loft.asked) == (BOTH, 2)
    assert noted(configuration, "loft") == BOTH | ALWAYS_WANTED
    house.succeed("link", "loft", "show")
    assert loft.asked == 2


@pytest.mark.parametrize("command", [("unlink", "loft"), ("link", "loft", "help"), ("disconnect", "show", "--yes")])
def test_what_is_not_shown_any_more_is_not_asked_for_any_more(
    house: Cli, loft: ChoosyPigeon, configuration: ConfigurationStore, command: tuple[str, ...]
) -> None:
    house.succeed("link", "loft", "show")
    assert loft.reports == BOTH
    house.succeed(*command)
    assert loft.reports == frozenset()
    assert noted(configuration, "loft") == ALWAYS_WANTED


def test_a_setting_of_the_platform_changes_what_the_messenger_is_asked_for(house: Cli, loft: ChoosyPigeon) -> None:
    house.succeed("link", "loft", "show")
    house.succeed("connect", "showroom", "show", "--set", "receipts=no")
    assert loft.reports == frozenset()
    house.succeed("connect", "showroom", "show", "--set", "receipts=")
    assert loft.reports == BOTH


def test_connecting_again_asks_for_what_the_link_needs(house: Cli, loft: ChoosyPigeon) -> None:
    house.succeed("link", "loft", "show")
    loft.reports = frozenset()
    house.succeed("connect", "pigeon", "loft")
    assert loft.reports == BOTH


def test_a_link_holds_though_the_service_refuses_and_the_doctor_puts_it_right(house: Cli, loft: ChoosyPigeon) -> None:
    loft.register_error = Transient("it is busy")
    result = house.run("link", "loft", "show")
    assert result.exit_code == 0
    assert "Linked loft to show" in result.stdout
    assert "patchbay doctor loft --fix" in result.stderr
    assert "it is busy" in result.stderr
    loft.register_error = None
    code, (found,) = examine(house)
    assert (code, found["level"]) == (1, "problem")
    assert found["found"].startswith("delivered, read can be shown")
    assert "patchbay doctor loft --fix" in found["advice"]
    code, (fixed,) = examine(house, "--fix")
    assert (code, fixed["fixed"], loft.reports) == (0, True, BOTH)
    assert examine(house) == (0, [])


def test_a_service_that_reports_too_much_costs_money_and_is_no_problem(house: Cli, loft: ChoosyPigeon) -> None:
    house.succeed("link", "loft", "help")
    loft.reports = frozenset({READ})
    code, (found,) = examine(house)
    assert (code, found["level"]) == (0, "notice")
    assert examine(house, "--fix")[0] == 0
    assert loft.reports == frozenset()


def test_what_functions_would_drop_wrongly_is_found(
    house: Cli, loft: ChoosyPigeon, configuration: ConfigurationStore
) -> None:
    """As after a command that was interrupted."""
    house.succeed("link", "loft", "show")
    configuration.note_feedback("loft", ALWAYS_WANTED)
    assert examine(house)[0] == 1
    assert examine(house, "--fix")[0] == 0
    assert noted(configuration, "loft") == BOTH | ALWAYS_WANTED


def test_a_webhook_that_the_owner_registers_is_left_to_the_owner(house: Cli, loft: ChoosyPigeon) -> None:
    loft.by_hand = True
    house.succeed("connect", "pigeon", "loft")
    before = loft.asked
    house.succeed("link", "loft", "show")
    assert loft.asked == before


def test_a_refused_account_is_not_called(house: Cli, loft: ChoosyPigeon, configuration: ConfigurationStore) -> None:
    known = configuration.connection("loft")
    assert known is not None
    configuration.save(replace(known, status=ConnectionStatus.NEEDS_AUTHORIZATION))
    before = loft.asked
    house.succeed("link", "loft", "show")
    assert loft.asked == before


def test_steps_that_a_link_makes_necessary_are_printed_with_it(house: Cli, loft: ChoosyPigeon) -> None:
    """The pigeon shows no receipts, so the showroom's page is asked for nothing but messages."""
    asked = house.succeed("connect", "showroom", "show")
    assert "Paste this." in asked
    assert "Paste that too." not in asked
    assert house.read("link", "loft", "show")["manual_steps"] == {}
