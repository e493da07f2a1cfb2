"""`patchbay connect` for a connection that exists."""

from __future__ import annotations

import pytest

from patchbay.aws.stores.configuration import ConfigurationStore
from patchbay.domain.accounts import ConnectionStatus
from patchbay_cli.deployment import Deployment
from tests.cli.conftest import Cli
from tests.cli.connections import DESK, PIGEON, TOKEN, read_stored
from tests.cli.fakes import WebhookMessenger
from tests.cli.webhook_receiver import read_as_functions_do


def test_connecting_again_changes_what_is_given_and_keeps_the_rest(cli: Cli, configuration: ConfigurationStore) -> None:
    first = cli.read(*PIGEON, "--set", "sender_name=Ada")
    second = cli.read("connect", "pigeon", "loft", "--secret", "key=k-1")
    assert second["webhooks"] == first["webhooks"]
    stored = read_stored(configuration, "loft")
    assert stored.setting("sender_name") == "Ada"
    assert stored.secrets.values == {"token": "the-good-token", "key": "k-1"}


def test_a_replaced_secret_still_verifies_what_was_signed_with_it(
    cli: Cli, pigeon: WebhookMessenger, configuration: ConfigurationStore
) -> None:
    cli.succeed(*PIGEON, "--secret", "key=old")
    pigeon.good_token = "the-next-token"
    cli.succeed("connect", "pigeon", "loft", "--secret", "token=the-next-token", "--secret", "key=new")
    secrets = read_stored(configuration, "loft").secrets
    assert secrets.accepted("token") == ("the-next-token", "the-good-token")
    assert secrets.accepted("key") == ("new",), "it verifies nothing, so the old one is forgotten"


@pytest.mark.parametrize(("by_hand", "warned"), [(True, True), (False, False)])
def test_a_service_that_is_told_of_a_new_secret_by_hand_has_a_day_for_it(
    cli: Cli, pigeon: WebhookMessenger, by_hand: bool, warned: bool
) -> None:
    first = cli.run(*PIGEON)
    pigeon.good_token, pigeon.by_hand = "the-next-token", by_hand
    result = cli.run("connect", "pigeon", "loft", "--secret", "token=the-next-token")
    assert result.exit_code == 0
    assert (
        "token was replaced. Webhooks signed with the old one are accepted for another 24 hours" in result.stderr
    ) is warned
    assert "was replaced" not in first.stderr


def test_an_empty_value_takes_a_setting_or_secret_away(cli: Cli, configuration: ConfigurationStore) -> None:
    cli.succeed(*PIGEON, "--set", "sender_name=Ada", "--secret", "key=k-1")
    cli.succeed("connect", "pigeon", "loft", "--set", "sender_name=", "--secret", "key=")
    stored = read_stored(configuration, "loft")
    assert "sender_name" not in stored.settings
    assert stored.secrets.accepted("key") == ()


def test_a_secret_that_is_needed_and_taken_away_is_asked_for_and_the_old_one_counts_no_more(
    cli: Cli, interactive: None, pigeon: WebhookMessenger, configuration: ConfigurationStore
) -> None:
    cli.succeed(*PIGEON)
    pigeon.good_token = "the-next-token"
    cli.succeed("connect", "pigeon", "loft", "--secret", "token=", typed="the-next-token\n")
    assert read_stored(configuration, "loft").secrets.accepted("token") == ("the-next-token",)


def test_new_credentials_make_a_refused_connection_active(connected: Cli, deployment: Deployment) -> None:
    read_as_functions_do(deployment).mark("loft", ConnectionStatus.NEEDS_AUTHORIZATION, "the token is refused")
    connected.succeed(*PIGEON)
    stored = read_stored(deployment.configuration, "loft")
    assert (stored.status, stored.status_reason) == (ConnectionStatus.ACTIVE, "")
    assert stored.link == "help"


def test_wrong_credentials_change_nothing(cli: Cli, configuration: ConfigurationStore) -> None:
    cli.succeed(*PIGEON)
    before = read_stored(configuration, "loft")
    cli.fail("connect", "pigeon", "loft", "--secret", "token=wrong")
    assert read_stored(configuration, "loft") == before


def test_an_id_stays_with_its_service(connected: Cli) -> None:
    assert "help is already a connection to desk" in connected.fail("connect", "pigeon", "help", "--secret", TOKEN)


def test_a_moved_channel_leaves_no_account_behind(cli: Cli, deployment: Deployment) -> None:
    cli.succeed("connect", "desk", "help", *DESK)
    cli.succeed("connect", "desk", "help", "--set", "channel_id=c-9")
    functions = read_as_functions_do(deployment)
    assert functions.connection_of("help", "c-1") is None
    moved = functions.connection_of("help", "c-9")
    assert moved is not None
    assert moved.id == "help"
