"""`patchbay doctor` says which of a messenger's templates can be sent, and which cannot and why."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import AuthorizationNeeded, DeliveryError, Transient
from patchbay.domain.template_status import TemplateStatus
from patchbay.domain.templates import Template
from patchbay.kit.contract import Http
from tests.cli.conftest import Cli
from tests.cli.test_templates import TemplateMessenger
from tests.harness.fakes.windowed import GREETING, OFFER, PENDING, REMINDER


@dataclass
class CountingMessenger(TemplateMessenger):
    listings: int = 0
    failure: DeliveryError | None = None

    def list_templates(self, connection: Connection, http: Http) -> Sequence[Template]:
        self.listings += 1
        if self.failure is not None:
            raise self.failure
        return self.listed


@pytest.fixture
def pigeon() -> CountingMessenger:
    return CountingMessenger()


def examine(cli: Cli) -> list[tuple[str, str]]:
    answer = json.loads(cli.succeed("doctor", "loft", "--json"))
    (connection,) = answer["connections"]
    return [(one["level"], one["found"]) for one in connection["findings"] if one["check"] == "templates"]


def test_templates_are_counted_by_their_states_with_one_call(connected: Cli, pigeon: CountingMessenger) -> None:
    assert examine(connected) == [("ok", "3 approved, 1 pending")]
    assert pigeon.listings == 1


def test_what_the_messenger_does_not_let_out_is_named_with_its_reason(
    connected: Cli, pigeon: CountingMessenger
) -> None:
    paused, rejected, disabled = TemplateStatus.PAUSED, TemplateStatus.REJECTED, TemplateStatus.DISABLED
    pigeon.listed = [
        PENDING,
        replace(REMINDER, status=rejected, reason="TAG_CONTENT_MISMATCH"),
        replace(OFFER, status=disabled),
        replace(GREETING, status=paused, reason="customers did not like it"),
    ]
    assert examine(connected) == [
        ("ok", "0 approved, 1 pending, 1 rejected, 1 paused, 1 disabled"),
        ("notice", "greeting (en) is paused: customers did not like it"),
        ("notice", "visit_reminder (de) is rejected: TAG_CONTENT_MISMATCH"),
        ("notice", "winter_sale (en) is disabled"),
    ]


def test_of_very_many_some_are_named(connected: Cli, pigeon: CountingMessenger) -> None:
    pigeon.listed = [replace(OFFER, name=f"sale_{n:02}", status=TemplateStatus.PAUSED) for n in range(30)]
    found = examine(connected)
    assert found[0] == ("ok", "0 approved, 30 paused")
    assert (len(found), found[-1]) == (22, ("notice", "10 more cannot be sent"))


def test_a_list_that_cannot_be_read_is_no_problem_of_the_connection(connected: Cli, pigeon: CountingMessenger) -> None:
    pigeon.failure = Transient("it does not answer")
    ((level, found),) = examine(connected)
    assert (level, found.startswith("they could not be listed: ")) == ("notice", True)


def test_refused_credentials_are_said_once(connected: Cli, pigeon: CountingMessenger) -> None:
    pigeon.failure = AuthorizationNeeded("the token is refused")
    assert examine(connected) == []
