"""`patchbay connect`: a new connection, and connections that share a URL."""

from __future__ import annotations

import pytest

from patchbay.domain.accounts import REFERENCE_KEY, Connection
from patchbay.kit.behavior import Behavior
from patchbay_cli.deployment import Deployment
from tests.cli.conftest import Cli
from tests.cli.connections import DESK, PIGEON, TOKEN, find_endpoint, read_stored
from tests.cli.fakes import WebhookMessenger
from tests.cli.webhook_receiver import read_as_functions_do

# --- a new connection ------------------------------------------------------------------------------------------------


def test_json_says_exactly_what_programs_need(cli: Cli, pigeon: WebhookMessenger) -> None:
    answer = cli.read(*PIGEON)
    url = answer["webhooks"]["webhook"]
    assert answer == {
        "id": "loft",
        "service": "pigeon",
        "side": "messenger",
        "app": False,
        "status": "active",
        "webhooks": {"webhook": url},
        "registered": True,
        "manual_steps": [],
        "notes": [],
    }
    assert pigeon.calls == url


def test_a_secret_that_is_ours_to_choose_is_made_once_and_anew_on_request(cli: Cli, deployment: Deployment) -> None:
    desk = ("connect", "desk", "help", *DESK, "--set", "channel_id=c1")
    seals = []
    for more in ((), (), ("--secret", "seal="), ("--secret", "seal=the-owners-own")):
        cli.succeed(*desk, *more)
        seals.append(read_stored(deployment.configuration, "help").secrets.get("seal"))
    first, second, third, fourth = seals
    assert len(first) == 43
    assert first == second
    assert third not in {"", first}
    assert fourth == "the-owners-own"


def test_the_key_of_references_is_ours_only_and_lives_as_long_as_the_connection(
    cli: Cli, deployment: Deployment
) -> None:
    """Were it lost or changed, a platform's reference to a customer would be worth nothing any more."""
    desk = ("connect", "desk", "help", *DESK, "--set", "channel_id=c1")
    shown = cli.succeed(*desk)
    key = read_stored(deployment.configuration, "help").secrets.get(REFERENCE_KEY)
    assert len(key) == 43
    for more in ((), ("--secret", "seal="), ("--set", "channel_id=c2")):
        shown += cli.succeed(*desk, *more)
        assert read_stored(deployment.configuration, "help").secrets.get(REFERENCE_KEY) == key
    for given in (f"{REFERENCE_KEY}=mine", f"{REFERENCE_KEY}="):
        assert f"Desk has no secret '{REFERENCE_KEY}'" in cli.fail(*desk, "--secret", given)
    shown += cli.succeed("connections") + cli.run("doctor").output
    assert key not in shown
    assert REFERENCE_KEY not in shown


def test_connections_that_share_an_address_have_a_key_each(cli: Cli, deployment: Deployment) -> None:
    cli.succeed("connect", "desk", "help", *DESK, "--set", "channel_id=c1")
    cli.succeed("connect", "desk", "sales", "--endpoint", "help", "--set", "channel_id=c2")
    keys = [read_stored(deployment.configuration, one).secrets.get(REFERENCE_KEY) for one in ("help", "sales")]
    assert len(set(keys)) == 2
    assert all(keys)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("pigeon:loft", "Pigeon Post does not support first messages"),
        ("pigeon:nobody", "does not name a connected messenger"),
        ("sms:loft", "does not name a connected messenger"),
        ("loft", "does not name a connected messenger"),
    ],
)
def test_only_a_messenger_that_can_be_written_to_first_is_taken_for_that(cli: Cli, value: str, said: str) -> None:
    cli.succeed(*PIGEON)
    failed = cli.fail("connect", "desk", "help", *DESK, "--set", "channel_id=c1", "--set", f"first_to={value}")
    assert said in failed


def test_a_messenger_that_can_be_written_to_first_is_taken(
    cli: Cli, deployment: Deployment, pigeon: WebhookMessenger
) -> None:
    pigeon.behavior = Behavior(agent_initiated=True)
    cli.succeed(*PIGEON)
    cli.succeed("connect", "desk", "help", *DESK, "--set", "channel_id=c1", "--set", "first_to=pigeon:loft")
    connection = read_as_functions_do(deployment).connection_of("help", "c1")
    assert connection is not None
    assert connection.setting("first_to") == "pigeon:loft"


def test_the_functions_find_what_was_connected(cli: Cli, deployment: Deployment) -> None:
    url = cli.read(*PIGEON, "--set", "sender_name=Ada")["webhooks"]["webhook"]
    endpoint = find_endpoint(deployment, "pigeon", url)
    assert endpoint.id == "loft"
    assert endpoint.secrets.accepted("token") == ("the-good-token",)
    connection = read_as_functions_do(deployment).connection_of("loft", "")
    assert connection is not None
    assert connection.settings == {"sender_name": "Ada", "account_name": "Acme", "perch": "7"}


def test_all_is_stored_before_the_service_is_told(cli: Cli, pigeon: WebhookMessenger, deployment: Deployment) -> None:
    found: list[Connection | None] = []
    pigeon.on_register = lambda: found.append(read_as_functions_do(deployment).connection_of("loft", ""))
    cli.succeed(*PIGEON)
    assert [connection.id for connection in found if connection] == ["loft"]


def test_hook_tokens_differ_and_cannot_be_guessed(cli: Cli) -> None:
    first = cli.read(*PIGEON)["webhooks"]["webhook"].rsplit("/", 1)[1]
    second = cli.read("connect", "pigeon", "tower", "--secret", TOKEN)["webhooks"]["webhook"].rsplit("/", 1)[1]
    assert first != second
    assert len(first) >= 40


def test_the_table_alone_does_not_tell_the_hook_or_a_secret(cli: Cli, deployment: Deployment) -> None:
    webhook_token = cli.read(*PIGEON)["webhooks"]["webhook"].rsplit("/", 1)[1]
    text = str(deployment.table.scan()["Items"])
    assert "ENDPOINT#" in text
    assert webhook_token not in text
    assert "the-good-token" not in text


def test_people_see_what_happened_and_what_is_left_to_do(cli: Cli) -> None:
    said = cli.succeed("connect", "desk", "help", *DESK)
    assert "Connected help (Acme)" in said
    assert "1. Paste https://abc123" in said
    assert "the-good-token" not in said


def test_an_address_to_be_copied_is_never_folded(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("patchbay_cli.terminal._PIPE_WIDTH", 40)
    address = cli.read("connect", "desk", "help", *DESK)["webhooks"]["webhook"]
    assert f"  1. Paste {address} in Desk's settings.\n" in cli.succeed("connect", "desk", "help")


def test_warnings_of_the_service_are_passed_on_beside_the_json(cli: Cli, pigeon: WebhookMessenger) -> None:
    pigeon.warnings = ("the loft is nearly full",)
    result = cli.run(*PIGEON, "--json")
    assert "the loft is nearly full" in result.stderr
    assert "nearly full" not in result.stdout


def test_what_is_good_to_know_of_the_account_is_told(cli: Cli, pigeon: WebhookMessenger) -> None:
    pigeon.notes = ("The loft is open.", "Keepers awake: Ann, Bob.")
    assert "\n  The loft is open.\n  Keepers awake: Ann, Bob.\n" in cli.succeed(*PIGEON)
    assert cli.read("connect", "pigeon", "loft")["notes"] == ["The loft is open.", "Keepers awake: Ann, Bob."]


def test_no_register_leaves_the_service_alone(cli: Cli, pigeon: WebhookMessenger) -> None:
    assert cli.read(*PIGEON, "--no-register")["registered"] is False
    assert pigeon.calls == ""


# --- sharing an address ----------------------------------------------------------------------------------------------


def test_two_channels_share_an_address_and_its_credentials(cli: Cli, deployment: Deployment) -> None:
    first = cli.read("connect", "desk", "sales", *DESK)
    second = cli.read("connect", "desk", "service", "--endpoint", "sales", "--set", "channel_id=c-2")
    assert second["webhooks"] == first["webhooks"]
    functions = read_as_functions_do(deployment)
    assert [functions.has_account("sales", account) for account in ("c-1", "c-2", "c-3")] == [True, True, False]
    found = [functions.connection_of("sales", account) for account in ("c-1", "c-2", "")]
    assert [connection.id for connection in found if connection] == ["sales", "service", "sales"]


def test_the_same_account_is_not_connected_twice_to_one_address(cli: Cli) -> None:
    cli.succeed("connect", "desk", "sales", *DESK)
    error = cli.fail("connect", "desk", "again", "--endpoint", "sales")
    assert "sales is already connected to this account" in error


def test_services_whose_webhooks_name_no_account_share_no_address(connected: Cli) -> None:
    error = connected.fail("connect", "pigeon", "tower", "--secret", TOKEN, "--endpoint", "loft")
    assert "webhooks do not name the account that they belong to" in error
