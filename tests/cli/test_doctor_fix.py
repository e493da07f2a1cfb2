"""The doctor on webhooks that somebody else has overwritten: it offers to take them back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from patchbay.aws.stores.configuration import ConfigurationStore
from patchbay.domain.accounts import ConnectionStatus
from patchbay.domain.errors import Rejected
from patchbay_cli.deployment import Deployment
from tests.cli.conftest import Cli
from tests.cli.fakes import WebhookMessenger
from tests.cli.webhook_receiver import read_as_functions_do

STRANGER = "https://other.test/their-hook"


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("patchbay_cli.dead_letters.queue._PATIENCE", 0)


@pytest.fixture
def ours(connected: Cli, pigeon: WebhookMessenger) -> str:
    """Our address, which somebody else then overwrites."""
    ours, pigeon.calls = pigeon.calls, STRANGER
    return ours


def examine_webhook(cli: Cli, *words: str) -> tuple[int, list[dict[str, Any]]]:
    """The exit code, and what was found about the pigeon's webhook."""
    result = cli.run("doctor", "loft", *words, "--json")
    (report,) = json.loads(result.stdout)["connections"]
    return result.exit_code, [finding for finding in report["findings"] if finding["check"] == "webhook"]


@pytest.mark.parametrize(
    ("called", "words"), [(STRANGER, "another URL (at other.test)"), ("", "no URL"), ("x", "another URL")]
)
def test_a_lost_webhook_is_taken_back_unasked_when_that_is_said(
    connected: Cli, pigeon: WebhookMessenger, ours: str, called: str, words: str
) -> None:
    pigeon.calls = called
    code, (taken, now) = examine_webhook(connected, "--fix")
    assert (code, pigeon.calls) == (0, ours)
    assert (taken["level"], taken["fixed"]) == ("notice", True)
    assert taken["found"].startswith(f"the service called {words}")
    assert (now["level"], now["fixed"]) == ("ok", False)
    assert examine_webhook(connected, "--fix") == (0, [now])


def test_people_read_what_was_fixed(connected: Cli, pigeon: WebhookMessenger, ours: str) -> None:
    said = connected.succeed("doctor", "loft", "--fix")
    assert "• webhook: the service called another URL (at other.test); fixed now\n" in said
    assert "their-hook" not in said
    assert pigeon.calls == ours


def test_taking_back_keeps_what_the_service_says(
    connected: Cli, pigeon: WebhookMessenger, ours: str, configuration: ConfigurationStore
) -> None:
    configuration.note_registered("loft", registered=False)
    connected.succeed("doctor", "--fix")
    stored = configuration.connection("loft")
    assert stored is not None
    assert stored.setting("perch") == "7"
    assert configuration.registered() == {"loft"}


def test_somebody_is_asked_and_may_agree(
    connected: Cli, pigeon: WebhookMessenger, ours: str, interactive: None
) -> None:
    result = connected.run("doctor", "loft", typed="y\n")
    assert (result.exit_code, pigeon.calls) == (0, ours)
    assert "loft: Pigeon Post calls another URL (at other.test)" in result.stderr
    assert "Register our URL again? [y/N]" in result.stderr
    assert "fixed now" in result.stdout


@pytest.mark.parametrize("typed", ["n\n", "\n"])
def test_who_does_not_agree_is_told_how_to_later(
    connected: Cli, pigeon: WebhookMessenger, ours: str, interactive: None, typed: str
) -> None:
    result = connected.run("doctor", "loft", typed=typed)
    assert (result.exit_code, pigeon.calls) == (1, STRANGER)
    assert "run `patchbay doctor loft --fix`" in result.stdout


@pytest.mark.parametrize("words", [("doctor", "loft"), ("doctor", "loft", "--json")])
def test_nobody_to_ask_means_that_nothing_is_done(
    connected: Cli, pigeon: WebhookMessenger, ours: str, words: tuple[str, ...]
) -> None:
    result = connected.run(*words)
    assert (result.exit_code, pigeon.calls) == (1, STRANGER)
    assert "patchbay doctor loft --fix" in result.stdout


def test_nobody_is_asked_when_a_program_reads_the_answer(
    connected: Cli, pigeon: WebhookMessenger, ours: str, interactive: None
) -> None:
    assert examine_webhook(connected)[0] == 1
    assert pigeon.calls == STRANGER


def test_a_webhook_in_order_is_nothing_to_ask_about(
    connected: Cli, pigeon: WebhookMessenger, interactive: None
) -> None:
    result = connected.run("doctor", typed="")
    assert result.exit_code == 0
    assert "Take it back" not in result.stderr


def test_a_webhook_that_is_set_by_hand_is_left_alone(connected: Cli, pigeon: WebhookMessenger, ours: str) -> None:
    pigeon.by_hand = True
    code, (finding,) = examine_webhook(connected, "--fix")
    assert (code, finding["level"], finding["advice"]) == (0, "notice", "")
    assert pigeon.calls == STRANGER


def test_what_cannot_be_taken_back_stays_a_problem_and_says_why(
    connected: Cli, pigeon: WebhookMessenger, ours: str
) -> None:
    pigeon.register_error = Rejected("the plan has no webhooks")
    code, (failed, now) = examine_webhook(connected, "--fix")
    assert code == 1
    assert (failed["level"], failed["fixed"]) == ("problem", False)
    assert failed["found"].endswith("Pigeon Post did not accept our webhook: the plan has no webhooks")
    assert now["level"] == "problem"


def test_a_service_that_takes_our_address_and_calls_another_is_not_fixed(
    connected: Cli, pigeon: WebhookMessenger, ours: str
) -> None:
    pigeon.is_deaf = True
    code, (failed, _) = examine_webhook(connected, "--fix")
    assert (code, failed["fixed"]) == (1, False)
    assert "still calls another webhook URL" in failed["found"]


def test_refused_credentials_are_only_fixed_by_the_owner(
    connected: Cli, pigeon: WebhookMessenger, ours: str, deployment: Deployment
) -> None:
    read_as_functions_do(deployment).mark("loft", ConnectionStatus.NEEDS_AUTHORIZATION, "HTTP 401")
    code, (finding,) = examine_webhook(connected, "--fix")
    assert (code, pigeon.calls) == (1, STRANGER)
    assert finding["advice"] == "run `patchbay connect pigeon loft` to register ours"
    pigeon.good_token = "another"
    code, (finding,) = examine_webhook(connected, "--fix")
    assert "cannot be checked: the token is refused" in finding["found"]
