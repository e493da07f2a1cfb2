"""`patchbay connections` and `patchbay sessions`."""

from __future__ import annotations

from patchbay_cli.deployment import Deployment
from tests.cli.conftest import Cli
from tests.cli.conversations import hold_many, open_conversation


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
