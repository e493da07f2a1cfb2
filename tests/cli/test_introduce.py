"""`patchbay introduce`: who can be written to first, and what goes on the queue for that."""

from __future__ import annotations

import pytest

from patchbay.domain.events import ContactIntroduced, decode
from patchbay.kit.behavior import Behavior
from patchbay_cli.deployment import Deployment
from tests.cli.conftest import Cli
from tests.cli.fakes import ChannelPlatform, WebhookMessenger


@pytest.fixture
def able(connected: Cli, pigeon: WebhookMessenger, desk: ChannelPlatform) -> Cli:
    pigeon.behavior, desk.behavior = Behavior(agent_initiated=True), Behavior(opens_empty=True)
    return connected


def test_the_contact_is_put_on_the_queue(able: Cli, deployment: Deployment) -> None:
    answer = able.read("introduce", "loft", "+49 1512 3456789", "--name", "Åsa")
    assert answer == {"messenger": "loft", "platform": "help", "contact": "4915123456789"}
    sqs = deployment.session.client("sqs")
    [message] = sqs.receive_message(QueueUrl=deployment.stack.queue_url, MaxNumberOfMessages=10)["Messages"]
    event = decode(message["Body"])
    assert isinstance(event, ContactIntroduced)
    assert (event.origin.service, event.origin.endpoint, event.thread) == ("pigeon", "loft", "4915123456789")
    assert (event.contact.name, event.contact.phone) == ("Åsa", "+4915123456789")


def test_a_person_reads_what_happens(able: Cli) -> None:
    assert "+4915123456789" in able.succeed("introduce", "loft", "004915123456789")


def test_a_number_needs_its_country(able: Cli) -> None:
    refused = able.run("introduce", "loft", "0151 2345678")
    assert (refused.exit_code, "country code" in refused.stderr) == (2, True)


def test_where_customers_write_first_nobody_is_introduced(able: Cli, pigeon: WebhookMessenger) -> None:
    pigeon.behavior = Behavior()
    assert "does not support first messages" in able.fail("introduce", "loft", "+4915123456789")
    assert "does not support first messages" in able.fail("introduce", "help", "+4915123456789")


def test_where_agents_begin_by_themselves_no_introduction_is_needed(able: Cli, desk: ChannelPlatform) -> None:
    desk.behavior = Behavior()
    assert "needs no introduction" in able.fail("introduce", "loft", "+4915123456789")


def test_the_messenger_must_be_linked(able: Cli) -> None:
    able.succeed("unlink", "loft")
    assert "patchbay link loft" in able.fail("introduce", "loft", "+4915123456789")
