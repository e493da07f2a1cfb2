"""What the doctor says about apps, their accounts, and conversations that the platform has not opened."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from patchbay.aws.api.boto import BotoApi
from patchbay.aws.stores import keys
from patchbay.aws.stores.sessions import DynamoSessions
from patchbay.aws.stores.table import Table
from patchbay.domain.accounts import ConnectionStatus
from patchbay.domain.model import Contact, Conversation, ConversationStatus, Session
from patchbay_cli.checks.results import describe_time
from patchbay_cli.deployment import Deployment
from tests.cli.conftest import Cli
from tests.cli.fakes import AppPlatform
from tests.cli.test_apps import APP, MEMBER, START, join
from tests.cli.test_doctor import examine
from tests.cli.webhook_receiver import read_as_functions_do


def look_at(cli: Cli, connection_id: str) -> dict[str, Any]:
    """Every finding about the connection by its check, the fine ones too."""
    result = cli.run("doctor", connection_id, "--json")
    (one,) = json.loads(result.stdout)["connections"]
    return {finding["check"]: finding for finding in one["findings"]}


def age_status(deployment: Deployment, connection_id: str, minutes: float) -> None:
    """The connection's status has been what it is for so long."""
    since = datetime.now(UTC) - timedelta(minutes=minutes)
    deployment.table.update_item(
        Key={"pk": keys.CONNECTIONS, "sk": connection_id},
        UpdateExpression="SET changed_at = :since",
        ExpressionAttributeValues={":since": since.isoformat()},
    )


def hold_conversation(deployment: Deployment, contact: str, status: ConversationStatus, minutes: float) -> None:
    store = DynamoSessions(Table(BotoApi(deployment.session.client("dynamodb")), deployment.stack.table))
    store.save(
        Session(
            messenger_connection="loft",
            contact=Contact(external_id=contact),
            platform_connection="smith",
            thread=Conversation(external_id=contact),
            conversation=Conversation(external_id=f"conv-{contact}", status=status),
            updated_at=datetime.now(UTC),
            pending_since=datetime.now(UTC) - timedelta(minutes=minutes),
        )
    )


@pytest.fixture
def member(connected: Cli, guild: AppPlatform) -> Cli:
    """With a guild member that is open."""
    guild.status = ConnectionStatus.ACTIVE
    connected.succeed(*MEMBER)
    connected.succeed("link", "loft", "smith")
    return connected


# --- apps ------------------------------------------------------------------------------------------------------------


def test_an_app_is_examined_by_its_credentials_and_accounts_and_needs_no_link(
    cli: Cli, guild: AppPlatform, deployment: Deployment
) -> None:
    cli.succeed(*APP)
    code, findings = examine(cli, "town")
    assert code == 0
    assert set(findings) == {"town/accounts", "town/last webhook", "town/manual step"}
    assert findings["town/accounts"]["found"] == "none connected yet"
    joined = join(guild, deployment)
    looked = look_at(cli, "town")
    assert looked["accounts"] == {"check": "accounts", "level": "ok", "found": joined.id, "advice": "", "fixed": False}
    assert looked["start URL"]["found"] == START
    assert looked["credentials"]["level"] == "ok"
    assert looked["manual step"]["advice"] == f"Show {START} to the members."


def test_an_apps_refused_credentials_are_given_anew_by_the_owner(cli: Cli, guild: AppPlatform) -> None:
    cli.succeed(*APP)
    guild.good_keys = frozenset()
    code, findings = examine(cli, "town")
    assert code == 1
    assert "patchbay connect guild town --secret" in findings["town/credentials"]["advice"]


def test_a_webhook_of_any_account_is_one_of_the_app(cli: Cli, guild: AppPlatform, deployment: Deployment) -> None:
    cli.succeed(*APP)
    joined = join(guild, deployment)
    seen = {"pk": keys.seen_key("town"), "sk": keys.SORT, "at": "2026-01-05T09:30:12+00:00"}
    deployment.table.put_item(Item=seen)
    for connection_id in ("town", joined.id):
        assert look_at(cli, connection_id)["last webhook"]["found"] == "2026-01-05 09:30 UTC"


# --- accounts --------------------------------------------------------------------------------------------------------


def test_an_open_account_is_said_to_be_open(member: Cli) -> None:
    looked = look_at(member, "smith")
    assert looked["status"]["found"] == "the service has activated the account"
    assert looked["credentials"]["level"] == "ok"
    assert looked["link"]["found"] == "linked from loft"


def test_an_account_may_take_a_moment_to_open_and_no_more(connected: Cli, deployment: Deployment) -> None:
    connected.succeed(*MEMBER)
    code, findings = examine(connected, "smith")
    assert code == 0
    assert findings["smith/status"]["level"] == "notice"
    age_status(deployment, "smith", minutes=4.9)
    assert examine(connected, "smith")[0] == 0
    age_status(deployment, "smith", minutes=12)
    code, findings = examine(connected, "smith")
    assert code == 1
    assert (
        findings["smith/status"]["found"]
        == "the service has not activated the account for 12 minutes. Messages are held"
    )
    assert "run `patchbay connect guild smith` to request activation again" in findings["smith/status"]["advice"]


@pytest.mark.parametrize(
    ("status", "found"),
    [
        (ConnectionStatus.NEEDS_AUTHORIZATION, "the service rejects the credentials: the app was removed"),
        (ConnectionStatus.DISABLED, "the account is disabled at the service: the app was removed"),
    ],
)
def test_an_account_that_an_app_has_lost_joins_again_by_consent(
    cli: Cli, guild: AppPlatform, deployment: Deployment, status: ConnectionStatus, found: str
) -> None:
    cli.succeed(*APP)
    joined = join(guild, deployment)
    read_as_functions_do(deployment).mark(joined.id, status, "the app was removed")
    code, findings = examine(cli, joined.id)
    assert code == 1
    assert findings[f"{joined.id}/status"]["found"] == found
    assert f"open {START} in that account and allow access again" in findings[f"{joined.id}/status"]["advice"]


def test_a_dead_token_of_a_joined_account_is_renewed_by_consent(
    cli: Cli, guild: AppPlatform, deployment: Deployment
) -> None:
    cli.succeed(*APP)
    joined = join(guild, deployment)
    finding = examine(cli, joined.id)[1][f"{joined.id}/credentials"]
    assert finding["found"] == "the key is refused: copy it again"
    assert finding["advice"] == f"open {START} in that account and allow access again"


def test_an_account_on_its_own_gets_new_credentials_from_its_owner(member: Cli, deployment: Deployment) -> None:
    read_as_functions_do(deployment).mark("smith", ConnectionStatus.NEEDS_AUTHORIZATION, "HTTP 401")
    advice = examine(member, "smith")[1]["smith/status"]["advice"]
    assert advice.startswith("run `patchbay connect guild smith --secret ...` with new credentials")


# --- conversations ---------------------------------------------------------------------------------------------------


def test_conversations_that_stay_pending_are_counted_with_the_oldest(member: Cli, deployment: Deployment) -> None:
    for contact, minutes in (("ann", 7), ("bob", 185), ("cid", 1)):
        hold_conversation(deployment, contact, ConversationStatus.PENDING, minutes)
    hold_conversation(deployment, "dan", ConversationStatus.ACTIVE, 500)
    code, findings = examine(member)
    assert code == 1
    found = findings["smith/conversations"]["found"]
    assert found == "2 not activated by the service, the oldest for 3 hours"
    assert "help/conversations" not in findings


def test_a_conversation_that_is_being_opened_is_worth_a_notice(member: Cli, deployment: Deployment) -> None:
    hold_conversation(deployment, "ann", ConversationStatus.PENDING, 1)
    code, findings = examine(member, "smith")
    assert code == 0
    assert findings["smith/conversations"]["found"] == "1 waiting for the service to activate them"


def test_open_conversations_are_nothing_to_speak_of(member: Cli, deployment: Deployment) -> None:
    hold_conversation(deployment, "ann", ConversationStatus.ACTIVE, 500)
    assert "conversations" not in look_at(member, "smith")


def test_conversations_are_not_looked_for_where_none_has_to_be_woken(
    connected: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("conversations were looked for")

    monkeypatch.setattr("patchbay.aws.stores.sessions.DynamoSessions.pending_since", refuse)
    assert examine(connected)[0] == 0


def test_pending_conversations_of_a_service_that_was_answered_count_no_longer(
    member: Cli, deployment: Deployment
) -> None:
    hold_conversation(deployment, "ann", ConversationStatus.PENDING, 60)
    session = deployment.sessions.of_contact("loft", "ann")
    assert session is not None
    assert session.conversation is not None
    active = replace(session.conversation, status=ConversationStatus.ACTIVE)
    deployment.sessions.save(replace(session, conversation=active))
    assert "conversations" not in look_at(member, "smith")


def test_sessions_tell_which_conversations_are_pending(member: Cli, deployment: Deployment) -> None:
    hold_conversation(deployment, "ann", ConversationStatus.PENDING, 7)
    assert [row["status"] for row in member.read("sessions")] == ["pending"]
    assert "pending" in member.succeed("sessions")


@pytest.mark.parametrize(
    ("time", "words"),
    [
        (timedelta(seconds=59), "less than a minute"),
        (timedelta(seconds=60), "1 minute"),
        (timedelta(minutes=59, seconds=59), "59 minutes"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(hours=47), "1 day"),
        (timedelta(days=9), "9 days"),
    ],
)
def test_times_are_told_in_their_largest_unit(time: timedelta, words: str) -> None:
    assert describe_time(time) == words


def test_an_old_record_without_its_time_counts_as_waiting_too_long(connected: Cli, deployment: Deployment) -> None:
    connected.succeed(*MEMBER)
    deployment.table.update_item(Key={"pk": keys.CONNECTIONS, "sk": "smith"}, UpdateExpression="REMOVE changed_at")
    finding = examine(connected, "smith")[1]["smith/status"]
    assert finding["found"] == "the service has not activated the account. Messages are held"
