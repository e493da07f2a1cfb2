"""`patchbay link` and `patchbay unlink`."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Cli


def test_a_link_says_where_messages_go(connected: Cli) -> None:
    assert connected.read("link", "loft", "help") == {
        "messenger": "loft",
        "platform": "help",
        "before": "help",
        "registered_again": [],
        "not_registered": {},
        "manual_steps": {},
    }
    listed = {row["id"]: row["link"] for row in connected.read("connections")}
    assert listed == {"help": None, "loft": "help"}


def test_a_changed_link_says_that_late_answers_still_arrive(connected: Cli) -> None:
    secrets = ("--secret", "token=the-good-token", "--set", "base_url=https://desk.test")
    connected.succeed("connect", "desk", "other", *secrets)
    said = connected.succeed("link", "loft", "other")
    assert "Linked loft to other" in said
    assert "Replies of agents on help in open conversations are still delivered" in said


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("link", "help", "loft"), "help is a platform (desk), but a messenger is needed here"),
        (("link", "loft", "loft"), "loft is a messenger (pigeon), but a platform is needed here"),
        (("link", "loft", "nobody"), "there is no connection 'nobody'. Connections: help, loft"),
        (("unlink", "help"), "a messenger is needed here"),
        (("disconnect", "nobody"), "there is no connection 'nobody'"),
    ],
)
def test_the_wrong_ends_are_told_apart(connected: Cli, words: tuple[str, ...], error: str) -> None:
    assert error in connected.fail(*words)


def test_unlinking_sends_new_conversations_nowhere(connected: Cli) -> None:
    connected.succeed("unlink", "loft")
    assert "not linked" in connected.succeed("connections")
