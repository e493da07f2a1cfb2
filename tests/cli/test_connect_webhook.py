"""`patchbay connect`: the webhook at the service."""

from __future__ import annotations

import pytest

from patchbay.aws.stores.configuration import ConfigurationStore
from patchbay.aws.stores.connections import RENEW_EVERY
from patchbay.domain.errors import Rejected, Transient
from tests.cli.conftest import Cli
from tests.cli.connections import PIGEON
from tests.cli.fakes import WebhookMessenger


def test_a_webhook_that_the_service_refuses_leaves_the_connection_stored(
    cli: Cli, pigeon: WebhookMessenger, configuration: ConfigurationStore
) -> None:
    pigeon.register_error = Rejected("the address is refused")
    error = cli.fail(*PIGEON)
    assert "loft is stored, but Pigeon Post did not accept our webhook: the address is refused" in error
    assert "run `patchbay connect pigeon loft` to continue" in error
    pigeon.register_error = None
    assert cli.read("connect", "pigeon", "loft")["registered"] is True
    assert configuration.registered() == {"loft"}


def test_a_call_that_was_refused_with_the_secret_before_is_made_once_more(
    cli: Cli, pigeon: WebhookMessenger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A badly signed webhook came a moment ago, so the function that answered could not read the new secret yet."""
    cli.succeed(*PIGEON)
    waited: list[float] = []
    monkeypatch.setattr("patchbay_cli.deployment._sleep", waited.append)

    def refuse_at_first() -> None:
        if sum(waited) <= RENEW_EVERY.total_seconds():
            raise Rejected("our call was answered with 401")

    pigeon.on_register, pigeon.good_token = refuse_at_first, "another"
    assert cli.read("connect", "pigeon", "loft", "--secret", "token=another")["registered"] is True
    assert len(waited) == 1


def test_a_call_is_made_once_more_too_where_the_old_secret_counts_no_more(
    cli: Cli, pigeon: WebhookMessenger, monkeypatch: pytest.MonkeyPatch, interactive: None
) -> None:
    """It was taken away first, or there was none yet: functions may know that all the same."""
    cli.succeed(*PIGEON)
    waited: list[float] = []
    monkeypatch.setattr("patchbay_cli.deployment._sleep", waited.append)

    def refuse_at_first() -> None:
        if sum(waited) <= RENEW_EVERY.total_seconds():
            raise Rejected("our call was answered with 401")

    pigeon.on_register, pigeon.good_token = refuse_at_first, "another"
    cli.succeed("connect", "pigeon", "loft", "--secret", "token=", typed="another\n")
    assert len(waited) == 1


def test_a_call_that_is_refused_is_made_once_more_and_no_more(
    cli: Cli, pigeon: WebhookMessenger, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    monkeypatch.setattr("patchbay_cli.deployment._sleep", lambda _: None)

    def refuse() -> None:
        calls.append("call")
        raise Rejected("the address is refused")

    pigeon.on_register = refuse
    cli.fail(*PIGEON)
    assert len(calls) == 1, "nothing was replaced"
    pigeon.good_token = "another"
    assert "the address is refused" in cli.fail("connect", "pigeon", "loft", "--secret", "token=another")
    assert len(calls) == 3


def test_a_service_that_cannot_be_reached_is_said_so(cli: Cli, pigeon: WebhookMessenger) -> None:
    pigeon.register_error = Transient("no answer in time")
    assert "could not be reached" in cli.fail(*PIGEON)


def test_a_service_that_takes_our_address_and_calls_another_is_noticed(cli: Cli, pigeon: WebhookMessenger) -> None:
    pigeon.is_deaf, pigeon.calls = True, "https://elsewhere.test/hook"
    assert "still calls another webhook URL" in cli.fail(*PIGEON)


def test_a_webhook_that_is_set_by_hand_is_no_failure(
    cli: Cli, pigeon: WebhookMessenger, configuration: ConfigurationStore
) -> None:
    pigeon.by_hand = True
    assert cli.read(*PIGEON)["registered"] is False
    assert configuration.registered() == frozenset()
    result = cli.run("disconnect", "loft")
    assert result.exit_code == 0
    assert "If the webhook URL is still set at pigeon, remove it there" in result.stdout
