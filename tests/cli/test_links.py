from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from patchbay.infra import keys
from patchbay.infra.administration import Administration
from patchbay.infra.sessions import DynamoSessions
from patchbay.infra.table import Table
from patchbay.model import Contact, Conversation, Session
from patchbay_cli.deployment import Deployment
from tests.cli.conftest import Cli
from tests.cli.fakes import Pigeon
from tests.support.deletions import Deletions


def open_conversation(deployment: Deployment) -> None:
    store = DynamoSessions(Table(deployment.session.client("dynamodb"), deployment.stack.table))
    store.save(
        Session(
            messenger_connection="loft",
            contact=Contact(external_id="ann", name="Ann"),
            platform_connection="help",
            thread=Conversation(external_id="ann"),
            conversation=Conversation(external_id="conv-1", aliases=("17",)),
            updated_at=datetime(2026, 1, 5, 9, 0, tzinfo=UTC),
        )
    )


# --- link ------------------------------------------------------------------------------------------------------------


def test_a_link_says_where_messages_go(connected: Cli) -> None:
    assert connected.read("link", "loft", "help") == {"messenger": "loft", "platform": "help", "before": "help"}
    listed = {row["id"]: row["link"] for row in connected.read("connections")}
    assert listed == {"help": None, "loft": "help"}


def test_a_changed_link_says_that_late_answers_still_arrive(connected: Cli) -> None:
    secrets = ("--secret", "token=the-good-token", "--set", "base_url=https://desk.test")
    connected.succeed("connect", "desk", "other", *secrets)
    said = connected.succeed("link", "loft", "other")
    assert "What customers write on loft goes to other" in said
    assert "Answers that agents give on help still reach their customers" in said


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("link", "help", "loft"), "help is a platform (desk), and a messenger is needed here"),
        (("link", "loft", "loft"), "loft is a messenger (pigeon), and a platform is needed here"),
        (("link", "loft", "nobody"), "there is no connection 'nobody': known are help, loft"),
        (("unlink", "help"), "a messenger is needed here"),
        (("disconnect", "nobody"), "there is no connection 'nobody'"),
    ],
)
def test_the_wrong_ends_are_told_apart(connected: Cli, words: tuple[str, ...], error: str) -> None:
    assert error in connected.fail(*words)


def test_unlinking_sends_new_conversations_nowhere(connected: Cli) -> None:
    connected.succeed("unlink", "loft")
    assert "nowhere yet" in connected.succeed("connections")


# --- disconnect ------------------------------------------------------------------------------------------------------


def test_disconnecting_leaves_nothing_behind(connected: Cli, pigeon: Pigeon, deployment: Deployment) -> None:
    answer = connected.read("disconnect", "loft")
    assert (answer["id"], answer["unregistered"], answer["unlinked"]) == ("loft", True, [])
    assert pigeon.calls == ""
    left = {item["pk"] for item in deployment.table.scan()["Items"] if "loft" in str(item)}
    assert {str(key).partition("#")[0] for key in left} == {keys.FORMER, "AUDIT"}, "what was, and who did it"
    names = [secret["Name"] for secret in deployment.session.client("secretsmanager").list_secrets()["SecretList"]]
    assert names == [keys.secret_name("local", "desk", "help", keys.AUTHORIZE)]


@pytest.mark.parametrize("restores", [True, False])
def test_an_id_is_free_again_with_a_new_address(connected: Cli, deletions: Deletions, restores: bool) -> None:
    """AWS deletes the secret in the background, for two minutes, which the command waits for, and says so."""
    deletions.restores = restores
    before = connected.read("connect", "pigeon", "loft")["webhooks"]
    connected.succeed("disconnect", "loft")
    again = connected.run("connect", "pigeon", "loft", "--secret", "token=the-good-token")
    assert again.exit_code == 0
    assert "AWS is still deleting the secret patchbay/local/pigeon/loft/verify" in again.stderr
    after = connected.read("connect", "pigeon", "loft")
    assert after["registered"] is True
    assert after["webhooks"] != before


def test_a_platform_that_messengers_need_is_not_taken_away_unasked(connected: Cli) -> None:
    error = connected.fail("disconnect", "help")
    assert "loft would be linked to nothing. Disconnect help? Say so with --yes." in error
    assert connected.read("disconnect", "help", "--yes")["unlinked"] == ["loft"]
    assert [row["link"] for row in connected.read("connections")] == [None]


def test_somebody_is_asked_before_conversations_are_cut_off(
    connected: Cli, deployment: Deployment, interactive: None
) -> None:
    open_conversation(deployment)
    refused = connected.run("disconnect", "loft", typed="n\n")
    assert refused.exit_code == 1
    assert "loft has conversations" in refused.stderr
    assert connected.run("disconnect", "loft", typed="y\n").exit_code == 0


def test_revoked_credentials_do_not_keep_a_connection(
    connected: Cli, pigeon: Pigeon, administration: Administration
) -> None:
    pigeon.good_token = "another"
    result = connected.run("disconnect", "loft")
    assert result.exit_code == 0
    assert "the webhook could not be removed: the token is refused" in result.stderr
    assert "by hand" in result.stdout
    assert administration.connection("loft") is None


@pytest.mark.parametrize("words", [("disconnect", "loft"), ("disconnect", "loft", "--json")])
def test_a_webhook_that_is_not_ours_stays_and_is_said_so(
    connected: Cli, pigeon: Pigeon, words: tuple[str, ...]
) -> None:
    pigeon.calls = "https://elsewhere.test/their-hook"
    result = connected.run(*words)
    assert result.exit_code == 0
    assert pigeon.calls == "https://elsewhere.test/their-hook"
    assert "Pigeon Post calls another address (at elsewhere.test)" in result.stderr
    assert "their-hook" not in result.stdout + result.stderr
    assert "by hand" not in result.stdout
    assert connected.read("connections")[0]["id"] == "help"


def test_programs_learn_that_nothing_was_unregistered(connected: Cli, pigeon: Pigeon) -> None:
    pigeon.calls = "https://elsewhere.test/their-hook"
    assert connected.read("disconnect", "loft") == {
        "id": "loft",
        "unregistered": False,
        "unlinked": [],
        "erased": {"at_messenger": False, "records": 0, "files": 0, "dead_letters": 0},
    }


def test_a_webhook_that_is_gone_already_is_no_worry(connected: Cli, pigeon: Pigeon) -> None:
    pigeon.calls = ""
    result = connected.run("disconnect", "loft", "--json")
    assert json.loads(result.stdout)["unregistered"] is True
    assert result.stderr == ""


def test_the_owner_of_a_shared_address_goes_last(connected: Cli) -> None:
    connected.succeed("connect", "desk", "second", "--endpoint", "help", "--set", "channel_id=c-2")
    error = connected.fail("disconnect", "help")
    assert "nothing was done: second shares the webhook address of help" in error
    assert "`patchbay disconnect second`" in error
    result = connected.run("disconnect", "second")
    assert "second shares the webhook address of help, which stays" in result.stderr, "before anything is done"
    said = result.stdout
    assert "stays in use by help" in said
    assert "by hand" not in said
    assert "by hand" in connected.succeed("disconnect", "help", "--yes")


# --- listings --------------------------------------------------------------------------------------------------------


def test_connections_are_listed_without_secrets(connected: Cli) -> None:
    rows = connected.read("connections")
    assert [(row["id"], row["service"], row["side"], row["registered"]) for row in rows] == [
        ("help", "desk", "platform", False),
        ("loft", "pigeon", "messenger", True),
    ]
    assert "the-good-token" not in str(rows)


def test_no_connections_yet_says_how_to_begin(cli: Cli) -> None:
    assert "patchbay connect SERVICE ID" in cli.succeed("connections")
    assert cli.read("connections") == []


def test_sessions_are_listed_without_what_is_said(connected: Cli, deployment: Deployment) -> None:
    assert connected.read("sessions") == []
    open_conversation(deployment)
    row = {
        "messenger": "loft",
        "contact": "ann",
        "platform": "help",
        "conversation": "conv-1",
        "status": "active",
        "updated_at": "2026-01-05T09:00:00+00:00",
    }
    assert connected.read("sessions") == [row]
    assert "conv-1" in connected.succeed("sessions")


def hold_many(deployment: Deployment, amount: int, messenger: str = "loft", day: int = 5) -> None:
    for number in range(amount):
        name = f"{messenger}-{day}-{number}"
        deployment.sessions.save(
            Session(
                messenger_connection=messenger,
                contact=Contact(external_id=name),
                platform_connection="help",
                thread=Conversation(external_id=name),
                updated_at=datetime(2026, 1, day, 9, number % 60, tzinfo=UTC),
            )
        )


def test_the_conversations_of_the_latest_days_are_listed_first_and_no_more_than_asked_for(
    connected: Cli, deployment: Deployment
) -> None:
    connected.succeed("connect", "pigeon", "cote", "--secret", "token=the-good-token")
    hold_many(deployment, 3, "loft", day=7)
    hold_many(deployment, 3, "cote", day=8)
    hold_many(deployment, 110, "loft", day=6)
    rows = connected.read("sessions", "--limit", "4")
    assert [row["contact"] for row in rows] == ["cote-8-2", "cote-8-1", "cote-8-0", rows[3]["contact"]]
    assert rows[3]["contact"].startswith("loft-7-")
    assert len(connected.read("sessions")) == 100
    assert len(connected.read("sessions", "--limit", "1000")) == 116
    result = connected.run("sessions")
    assert "There are more. To list more, run `patchbay sessions --limit 1000`." in result.stderr
    assert "There are more" not in connected.run("sessions", "--limit", "116").stderr


def test_conversations_are_listed_by_either_side_also_after_it_is_disconnected(
    connected: Cli, deployment: Deployment
) -> None:
    hold_many(deployment, 2)
    connected.succeed("disconnect", "loft", "--yes", "--keep-contacts")
    assert connected.read("sessions") == []
    for end in ("loft", "help"):
        listed = connected.read("sessions", "--connection", end)
        assert [row["contact"] for row in listed] == ["loft-5-1", "loft-5-0"]
    assert connected.read("sessions", "--connection", "nobody") == []


def test_no_command_about_conversations_reads_more_than_it_shows(connected: Cli, deployment: Deployment) -> None:
    hold_many(deployment, 120)
    calls: list[tuple[str, str]] = []
    for client in (deployment.session.client("dynamodb"), deployment.table.meta.client):
        client.meta.events.register(
            "before-call", lambda model, params, **_: calls.append((model.name, params["body"].decode()))
        )
    connected.read("sessions", "--limit", "10")
    assert [name for name, _ in calls] == ["Query", "Query", "BatchGetItem"]
    calls.clear()
    connected.read("erase", "loft", "loft-5-7", "--yes")
    connected.read("disconnect", "loft", "--yes", "--keep-contacts")
    recorded = [body for _, body in calls if "AUDIT#" in body]  # each command writes two
    assert len(recorded) == 4
    assert len(calls) - len(recorded) < 30
    assert "Scan" not in {name for name, _ in calls}
