"""A service of AWS that publishes to the stack's topic: connected without a URL, in the owner's own name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from patchbay.aws.stores import keys
from patchbay_cli.deployment import Deployment
from patchbay_cli.stack import Stack, read_stack
from playground.live import Server
from playground.services.whatsapp import WhatsApp
from playground.services.whatsapp.aws_model import load_model
from playground.services.whatsapp.demo import PHONE_NUMBER_ID, WABA_ID
from playground.simulator import WebhookAnswer
from tests.cli.conftest import Cli
from tests.cli.connections import read_stored
from tests.cli.policies import read_policy
from tests.harness.iam import Call, is_allowed
from tests.harness.virtual_time import VirtualTime
from tests.harness.whatsapp_aws import TOPIC


@pytest.fixture
def whatsapp(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[WhatsApp]:
    """Where the environment leads calls of AWS End User Messaging Social to."""
    whole = replace(stack, topics={"whatsapp": TOPIC})
    monkeypatch.setattr("patchbay_cli.deployment.read_stack", lambda cloudformation, name: whole)
    simulator = WhatsApp(VirtualTime(), _call_nothing, Random(1))
    with Server(simulator.app) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SOCIALMESSAGING", server.url)
        yield simulator


def _call_nothing(method: str, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
    del headers, body
    raise AssertionError(f"no address is called through this door: {method} {url}")


def connect(command: Cli, whatsapp: WhatsApp, name: str = "shop", *more: str, number: str = PHONE_NUMBER_ID) -> Any:
    chosen = f"origination_phone_number_id={whatsapp.social.names.number_id(number)}"
    return command.read("connect", "whatsapp", name, "--set", "door=aws", "--set", chosen, *more)


def test_a_number_is_connected_without_a_secret_or_a_url(
    command: Cli, whatsapp: WhatsApp, deployment: Deployment
) -> None:
    result = connect(command, whatsapp)
    assert result["webhooks"] == {"topic": TOPIC}
    assert result["registered"]
    assert result["manual_steps"] == []
    assert whatsapp.social.destinations == {WABA_ID: {"eventDestinationArn": TOPIC}}
    stored = read_stored(deployment.configuration, "shop")
    assert (stored.account, stored.tenant) == (PHONE_NUMBER_ID, WABA_ID)
    assert not stored.secrets.credentials
    arn = whatsapp.social.names.waba_arn(WABA_ID)
    assert deployment.records.get(keys.topic_key("whatsapp", arn), keys.SORT) is not None


def test_the_owners_policy_allows_what_it_asks_of_the_service(command: Cli, whatsapp: WhatsApp) -> None:
    connect(command, whatsapp)
    model = load_model()
    paths = {
        (one.http["method"], one.http["requestUri"]): one.name
        for one in map(model.operation_model, model.operation_names)
    }
    asked = {paths[call.method, call.path] for call in whatsapp.calls}
    assert "PutWhatsAppBusinessAccountEventDestinations" in asked
    resource = "arn:aws:social-messaging:REGION:ACCOUNT_ID:waba/1"
    for operation in asked:
        assert is_allowed(Call(f"social-messaging:{operation}", resource), read_policy("owner")), operation
    reads = {one for one in asked if one.startswith("Get")}
    assert all(is_allowed(Call(f"social-messaging:{one}", resource), read_policy("operator")) for one in reads)


def test_doctor_says_that_the_service_publishes_to_our_topic(command: Cli, whatsapp: WhatsApp) -> None:
    connect(command, whatsapp)
    said = command.run("doctor", "shop").stdout
    assert "the service publishes to our topic" in said
    whatsapp.social.destinations[WABA_ID] = {"eventDestinationArn": f"{TOPIC}-another"}
    assert "patchbay doctor shop --fix" in command.run("doctor", "shop").stdout


def test_a_second_number_of_the_account_shares_the_endpoint(
    command: Cli, whatsapp: WhatsApp, deployment: Deployment
) -> None:
    connect(command, whatsapp)
    second = whatsapp.core.add_number("41445550100", "Second")
    chosen = f"origination_phone_number_id={whatsapp.social.names.number_id(second.id)}"
    error = command.fail("connect", "whatsapp", "two", "--set", "door=aws", "--set", chosen)
    assert "--endpoint shop" in error
    connect(command, whatsapp, "two", "--endpoint", "shop", number=second.id)
    assert read_stored(deployment.configuration, "two").endpoint_id == "shop"
    command.succeed("disconnect", "two", "--yes")
    assert whatsapp.social.destinations


def test_a_number_that_is_disconnected_publishes_no_more(command: Cli, whatsapp: WhatsApp) -> None:
    connect(command, whatsapp)
    command.succeed("disconnect", "shop", "--yes")
    assert whatsapp.social.destinations == {}


def test_an_older_stack_is_deployed_again(
    command: Cli, whatsapp: WhatsApp, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("patchbay_cli.deployment.read_stack", lambda cloudformation, name: stack)
    chosen = f"origination_phone_number_id={whatsapp.social.names.number_id(PHONE_NUMBER_ID)}"
    error = command.fail("connect", "whatsapp", "shop", "--set", "door=aws", "--set", chosen)
    assert "deploy it again" in error


def test_the_topic_is_among_what_the_stack_says_of_itself() -> None:
    outputs = {
        **dict.fromkeys(("Stage", "ApiUrl", "ApiId", "TableName", "QueueUrl", "DeadLetterQueueUrl", "BucketName"), "x"),
        "WhatsappEventsTopic": TOPIC,
    }

    class CloudFormation:
        def describe_stacks(self, StackName: str) -> Any:  # noqa: N803 - boto3's name
            listed = [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()]
            return {"Stacks": [{"Outputs": listed, "StackStatus": "CREATE_COMPLETE", "StackName": StackName}]}

    cloudformation: Any = CloudFormation()
    assert read_stack(cloudformation, "patchbay").topic_of("whatsapp") == TOPIC
