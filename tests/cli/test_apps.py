"""Apps, and the accounts that join them: by consent, or by hand with a token of their own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from patchbay.aws.clock import SystemClock
from patchbay.aws.stores.configuration import ConfigurationStore
from patchbay.bridge.oauth import Authorizer
from patchbay.bridge.oauth_apps import JoinableApps
from patchbay.domain.accounts import Connection, ConnectionStatus
from patchbay.domain.errors import Misconfigured, Rejected, Transient
from patchbay_cli.deployment import Deployment
from tests.cli.conftest import Cli
from tests.cli.connections import read_stored
from tests.cli.fakes import AppPlatform
from tests.cli.webhook_receiver import read_as_functions_do
from tests.harness.fakes.consents import MemoryConsents
from tests.harness.fakes.oauth_platform import NoHttp
from tests.harness.fakes.telemetry import MemoryTelemetry

APP = ("connect", "guild", "town", "--secret", "master_key=the-good-key")
MEMBER = ("connect", "guild", "smith", "--secret", "access_token=token-1", "--set", "business=b-7")
BASE = "https://abc123.execute-api.eu-central-1.amazonaws.com"
START = f"{BASE}/oauth/guild/town/start"
REDIRECT = f"{BASE}/oauth/guild/town/callback"


def join(guild: AppPlatform, deployment: Deployment, business: str = "b-1") -> Connection:
    """What the pages do when somebody of the business consents."""
    tokens = iter(("a-state", "a-browser"))
    authorizer = Authorizer(
        apps=JoinableApps(lambda service: guild, deployment.configuration),
        registry=deployment.configuration,
        consents=MemoryConsents(),
        http=NoHttp(),
        clock=SystemClock(),
        telemetry=MemoryTelemetry(),
        token=lambda: next(tokens),
    )
    begun = authorizer.begin("guild", "town", REDIRECT)
    code = guild.consent(business)
    return authorizer.finish("guild", "town", REDIRECT, code=code, state=begun.state, browser=begun.browser).connection


# --- connecting an app -----------------------------------------------------------------------------------------------


def test_an_app_is_made_and_pointed_at_us_with_its_secrets_stored(
    cli: Cli, guild: AppPlatform, configuration: ConfigurationStore
) -> None:
    answer = cli.read(*APP, "--show-secrets")
    assert answer["app"] is True
    assert answer["registered"] is True
    assert guild.apps == [f"{answer['webhooks']['messages']} {REDIRECT}"]
    stored = read_stored(configuration, "town")
    assert stored.secrets.credentials == {
        "master_key": "the-good-key",
        "client_id": "app-1",
        "client_secret": "secret-1",
    }
    assert stored.setting("app_name") == "Town guild"
    assert (stored.status, stored.account, stored.tenant) == (ConnectionStatus.ACTIVE, "", "")


def test_programs_get_the_addresses_by_which_accounts_join(cli: Cli) -> None:
    answer = cli.read(*APP)
    assert list(answer["webhooks"]) == ["messages", "members", "oauth_start", "oauth_redirect"]
    assert answer["webhooks"]["oauth_start"] == START
    assert answer["webhooks"]["oauth_redirect"] == REDIRECT
    assert answer["manual_steps"] == [f"Show {START} to the members."]


def test_people_read_where_accounts_join_and_what_to_link(cli: Cli) -> None:
    said = cli.succeed(*APP)
    assert f"To connect an account, open {START} in it" in said
    assert "patchbay link MESSENGER_ID town-NAME" in said
    assert "secret-1" not in said


def test_connecting_an_app_again_changes_it_and_makes_no_second_one(
    cli: Cli, guild: AppPlatform, configuration: ConfigurationStore
) -> None:
    first = cli.read(*APP)
    again = cli.read("connect", "guild", "town", "--set", "business=b-9")
    assert again["webhooks"] == first["webhooks"]
    assert len(guild.apps) == 1
    stored = read_stored(configuration, "town")
    assert stored.setting("business") == "b-9"
    assert stored.secrets.get("client_secret") == "secret-1"


def test_the_secrets_of_a_made_app_are_stored_before_anything_else_can_fail(
    cli: Cli, guild: AppPlatform, configuration: ConfigurationStore
) -> None:
    guild.point_failure = Transient("no answer in time")
    error = cli.fail(*APP)
    assert (
        "town is created and stored, but its setup at Guild is not complete: the service could not be reached" in error
    )
    assert "run the command again to continue" in error
    assert read_stored(configuration, "town").secrets.get("client_secret") == "secret-1"
    guild.point_failure = None
    assert cli.read("connect", "guild", "town")["registered"] is True
    assert len(guild.apps) == 1


def test_an_app_that_cannot_be_made_leaves_its_credentials_stored(
    cli: Cli, guild: AppPlatform, configuration: ConfigurationStore
) -> None:
    guild.make_failure = Misconfigured("the name is taken")
    assert "town is stored, but its setup at Guild is not complete: the name is taken" in cli.fail(*APP)
    assert read_stored(configuration, "town").secrets.get("master_key") == "the-good-key"
    guild.make_failure = None
    cli.succeed("connect", "guild", "town", "--set", "app_name=Another")
    assert len(guild.apps) == 1


def test_an_app_that_we_may_not_change_is_left_to_the_owner(cli: Cli, guild: AppPlatform) -> None:
    secrets = ("--secret", "client_id=app-1", "--secret", "client_secret=secret-1")
    answer = cli.read("connect", "guild", "town", *secrets)
    assert (answer["app"], answer["registered"]) == (True, False)
    assert guild.apps == []


def test_no_register_makes_no_app(cli: Cli, guild: AppPlatform) -> None:
    assert cli.read(*APP, "--no-register")["registered"] is False
    assert guild.apps == []


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("town", "--secret", "access_token=token-1"), "town is an app and cannot become an account"),
        (("smith", "--secret", "access_token=", "--secret", "master_key=the-good-key"), "smith is an account and"),
        (("other", "--secret", "master_key=the-good-key", "--endpoint", "town"), "leave out --endpoint"),
        (("town", "--secret", "master_key=wrong"), "the key is refused"),
    ],
)
def test_what_is_an_app_stays_one_with_an_address_of_its_own(cli: Cli, words: tuple[str, ...], error: str) -> None:
    cli.succeed(*APP)
    cli.succeed(*MEMBER)
    before = cli.read("connections")
    assert error in cli.fail("connect", "guild", *words)
    assert cli.read("connections") == before


def test_an_app_whose_secret_is_gone_is_connected_again_with_all_of_them(cli: Cli, deployment: Deployment) -> None:
    cli.succeed(*APP)
    deployment.session.client("secretsmanager").delete_secret(SecretId="patchbay/local/guild/town/authorize")
    again = ("--secret", "client_id=app-1", "--secret", "client_secret=secret-1", "--secret", "master_key=the-good-key")
    assert cli.read("connect", "guild", "town", *again)["app"] is True


# --- connecting an account by hand -----------------------------------------------------------------------------------


def test_an_account_is_set_up_and_waits_for_the_services_word(
    cli: Cli, guild: AppPlatform, configuration: ConfigurationStore
) -> None:
    answer = cli.read(*MEMBER)
    assert (answer["app"], answer["status"]) == (False, "pending")
    stored = read_stored(configuration, "smith")
    assert (stored.account, stored.tenant, stored.status) == ("room-1", "b-7", ConnectionStatus.PENDING)
    assert "To check, run `patchbay doctor smith`" in cli.succeed("connect", "guild", "smith")
    assert guild.rooms == ["room-1"]


def test_the_functions_know_the_account_while_it_is_set_up(
    cli: Cli, guild: AppPlatform, deployment: Deployment
) -> None:
    waiting: list[bool] = []
    guild.on_set_up = lambda _: waiting.append(read_as_functions_do(deployment).awaits_account("smith"))
    cli.succeed(*MEMBER)
    assert waiting == [True]


def test_an_account_that_cannot_be_set_up_is_stored_and_says_what_may_be_missing(
    cli: Cli, guild: AppPlatform, configuration: ConfigurationStore
) -> None:
    guild.set_up_failure = Rejected("there is no room")
    error = cli.fail(*MEMBER)
    assert (
        "smith is stored, but its setup at Guild failed: there is no room. When that is fixed, run the command again"
        in error
    )
    assert f"Enter {BASE}/guild/" in error
    assert read_stored(configuration, "smith").secrets.get("access_token") == "token-1"
    guild.set_up_failure = None
    guild.status = ConnectionStatus.ACTIVE
    assert cli.read("connect", "guild", "smith")["status"] == "active"


@pytest.mark.parametrize("status", [ConnectionStatus.PENDING, ConnectionStatus.DISABLED])
def test_an_account_that_is_closed_stays_closed_until_its_set_up_has_told(
    cli: Cli, guild: AppPlatform, configuration: ConfigurationStore, status: ConnectionStatus
) -> None:
    cli.succeed(*MEMBER)
    configuration.save(replace(read_stored(configuration, "smith"), status=status, status_reason="as it is"))
    guild.seen.clear()
    guild.status = ConnectionStatus.ACTIVE
    assert cli.read("connect", "guild", "smith")["status"] == "active"
    assert [one.status for one in guild.seen] == [status]
    assert read_stored(configuration, "smith").status_reason == ""


def test_new_credentials_open_an_account_whose_old_ones_were_refused(
    cli: Cli, guild: AppPlatform, configuration: ConfigurationStore
) -> None:
    cli.succeed(*MEMBER)
    refused = replace(read_stored(configuration, "smith"), status=ConnectionStatus.NEEDS_AUTHORIZATION)
    configuration.save(refused)
    guild.status = ConnectionStatus.ACTIVE
    cli.succeed("connect", "guild", "smith", "--secret", "access_token=token-2")
    assert read_stored(configuration, "smith").status is ConnectionStatus.ACTIVE


def test_the_services_word_that_comes_before_its_answer_stands(
    cli: Cli, guild: AppPlatform, deployment: Deployment, configuration: ConfigurationStore
) -> None:
    guild.on_set_up = lambda one: read_as_functions_do(deployment).mark(one.id, ConnectionStatus.ACTIVE, "")
    assert cli.read(*MEMBER)["status"] == "active"
    assert read_stored(configuration, "smith").status is ConnectionStatus.ACTIVE


def test_an_account_joins_an_app_by_hand_with_its_own_token_alone(
    cli: Cli, guild: AppPlatform, configuration: ConfigurationStore
) -> None:
    app = cli.read(*APP, "--set", "base_url=https://guild.test")
    joined = cli.read(*MEMBER, "--endpoint", "town")
    assert joined["webhooks"] == {name: app["webhooks"][name] for name in ("messages", "members")}
    stored = read_stored(configuration, "smith")
    assert stored.endpoint_id == "town"
    assert stored.secrets.credentials == {"access_token": "token-1"}
    assert stored.secrets.previous == {}
    assert stored.setting("base_url") == "https://guild.test"


def test_an_account_beside_another_of_the_same_app_takes_none_of_its_secrets(
    cli: Cli, guild: AppPlatform, deployment: Deployment, configuration: ConfigurationStore
) -> None:
    cli.succeed(*APP)
    first = join(guild, deployment)
    assert "needs an access_token" in cli.fail("connect", "guild", "smith", "--endpoint", first.id)
    cli.succeed(*MEMBER, "--endpoint", first.id)
    assert read_stored(configuration, "smith").endpoint_id == "town"
    assert read_stored(configuration, "smith").secrets.credentials == {"access_token": "token-1"}


def test_an_account_is_connected_once_to_an_app(cli: Cli, guild: AppPlatform, deployment: Deployment) -> None:
    cli.succeed(*APP)
    joined = join(guild, deployment)
    error = cli.fail(*MEMBER, "--endpoint", "town", "--set", f"room={joined.account}")
    assert f"{joined.id} is already connected to this account" in error


# --- linking ---------------------------------------------------------------------------------------------------------


def test_messages_go_to_an_apps_accounts_and_never_to_the_app(
    connected: Cli, guild: AppPlatform, deployment: Deployment
) -> None:
    connected.succeed(*APP)
    error = connected.fail("link", "loft", "town")
    assert (
        f"town is an app, which carries no messages itself. It has no accounts yet. To add an account, open {START}"
        in error
    )
    joined = join(guild, deployment)
    error = connected.fail("link", "loft", "town")
    assert f"Link to one of its accounts instead: town-cafe-unal-co. To add an account, open {START}" in error
    connected.succeed("link", "loft", joined.id)
    assert read_stored(deployment.configuration, "loft").link == joined.id


# --- listing and disconnecting ---------------------------------------------------------------------------------------


def test_accounts_are_listed_below_their_app(connected: Cli, guild: AppPlatform, deployment: Deployment) -> None:
    connected.succeed(*APP)
    connected.succeed("connect", "guild", "a-smith", *MEMBER[3:], "--endpoint", "town")
    join(guild, deployment)
    lines = [line.rstrip() for line in connected.succeed("connections").splitlines()]
    assert [line.split("  ")[0] for line in lines if not line.startswith(" ")][1:] == ["help", "loft", "town"]
    app, *accounts = lines[-3:]
    assert "app, 2 accounts" in app
    assert [line.split()[0] for line in accounts] == ["a-smith", "town-cafe-unal-co"]
    assert all(line.startswith("  ") for line in accounts)
    assert "room-1 of b-7" in accounts[0]
    assert "pending" in accounts[1]


def test_programs_can_tell_apps_from_accounts(connected: Cli, guild: AppPlatform, deployment: Deployment) -> None:
    connected.succeed(*APP)
    joined = join(guild, deployment)
    rows = {row["id"]: row for row in connected.read("connections")}
    assert {name for name, row in rows.items() if row["app"]} == {"town"}
    assert rows[joined.id]["tenant"] == "b-1"
    assert rows[joined.id]["endpoint"] == "town"
    assert rows[joined.id]["status"] == "pending"


def test_an_app_goes_after_its_accounts(cli: Cli, guild: AppPlatform, deployment: Deployment) -> None:
    cli.succeed(*APP)
    joined = join(guild, deployment)
    error = cli.fail("disconnect", "town", "--yes")
    assert f"nothing was changed: town is an app with connected accounts ({joined.id})" in error
    assert f"`patchbay disconnect {joined.id}`" in error
    assert "Its webhook URL is still used by town" in cli.succeed("disconnect", joined.id)
    cli.succeed("disconnect", "town")
    assert cli.read("connections") == []
