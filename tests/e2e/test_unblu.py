"""Agents at Unblu and a customer on Viber, on the deployed stack, in both generations of Unblu's API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count

import pytest
import requests

from playground.accounts import Owner
from playground.run import Playground
from playground.services.unblu import DEMO_AGENT, Unblu
from playground.services.unblu.records import Conversation, Generation, Message
from playground.services.viber import Viber
from playground.services.viber.records import Line, Person
from tests.e2e.test_many_conversations import await_until

pytestmark = pytest.mark.deployed

_NUMBERS = count(1)  #: no two customers of one name, by which their conversations are found

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 200


@dataclass
class Branch:
    """Unblu's agents, and a customer who is new."""

    unblu: Unblu
    viber: Viber
    owner: Owner
    person: Person
    playground: Playground

    @property
    def conversations(self) -> list[Conversation]:
        return [one for one in list(self.unblu.conversations) if self.person.name in _names(one)]

    def agent_sees(self) -> list[str]:
        messages = [message for one in self.conversations for message in list(one.messages) if message.from_channel]
        return [message.file.name if message.file else _say(message) for message in messages]

    def customer_sees(self) -> list[str]:
        return [line.text for line in self._answers()]

    def attachments(self) -> list[str]:
        return [str(line.attachment["url"]) for line in self._answers() if line.attachment]

    def reply(self, text: str) -> Message:
        return self.message(self.unblu.reply(self.conversations[-1].id, DEMO_AGENT, text))

    def message(self, uid: str) -> Message:
        found = self.conversations[-1].message(uid)
        assert found is not None
        return found

    def _answers(self) -> list[Line]:
        return [line for line in list(self.person.lines) if line.author == "agent"]


def _names(conversation: Conversation) -> set[str]:
    return {participant.person.name for participant in conversation.external()} | {conversation.topic or ""}


def _say(message: Message) -> str:
    return str(message.body.get("text") or message.body.get("value"))


@pytest.fixture(params=["v4", "v3"], scope="module")
def office(request: pytest.FixtureRequest, deployed_world: Playground) -> Iterator[Branch]:
    """Unblu of one generation, connected anew, with somebody on Viber who is linked to it."""
    generation: Generation = request.param
    unblu, viber = deployed_world.simulators["unblu"], deployed_world.simulators["viber"]
    assert isinstance(unblu, Unblu)
    assert isinstance(viber, Viber)
    owner = Owner(deployed_world.aws.environment)
    unblu.set_generation(generation)
    owner.run("connect", "unblu", "unblu-demo")  # which finds the version anew, and has Unblu call once
    owner.run("link", "viber-demo", "unblu-demo")
    yield Branch(unblu, viber, owner, viber.new_person(f"Ida {next(_NUMBERS)}"), deployed_world)
    owner.run("link", "viber-demo", "freshchat-demo")
    unblu.set_generation("v4")


@pytest.fixture
def branch(office: Branch) -> Branch:
    return replace(office, person=office.viber.new_person(f"Ida {next(_NUMBERS)}"))


def test_a_conversation_with_everything_in_it(branch: Branch) -> None:
    unblu, viber, person = branch.unblu, branch.viber, branch.person
    viber.write(person.id, "Hello! 👋")
    viber.send_file(person.id, "cat.png", "image/png", PNG)
    await_until(lambda: branch.agent_sees() == ["Hello! 👋", "cat.png"], unblu, "a text and a picture")

    answer = branch.reply("Hello Ida, שלום")
    await_until(lambda: "Hello Ida, שלום" in branch.customer_sees(), viber, "the answer")
    await_until(lambda: answer.state == "delivered", unblu, "that it was delivered")
    viber.read(person.id)
    await_until(lambda: answer.state == "read", unblu, "that it was read")

    conversation = branch.conversations[-1]
    asked = unblu.multiple_choice(conversation.id, DEMO_AGENT, "When?", [("Monday", "mon"), ("Tuesday", "tue")])
    await_until(lambda: "When?" in branch.customer_sees(), viber, "the question")
    viber.write(person.id, "Tuesday")
    await_until(lambda: branch.message(asked).answer == "tue", unblu, "the answer to the question")

    unblu.send_file(conversation.id, DEMO_AGENT, "Plan.pdf", "application/pdf", b"%PDF-1.7 plan")
    await_until(lambda: bool(branch.attachments()), viber, "the file")
    assert requests.get(branch.attachments()[0], timeout=30).content == b"%PDF-1.7 plan"

    unblu.internal_note(conversation.id, DEMO_AGENT, "a nice customer")
    unblu.end(conversation.id, DEMO_AGENT)
    viber.write(person.id, "One more thing")
    await_until(lambda: branch.agent_sees()[-1] == "One more thing", unblu, "the new conversation")
    assert len(branch.conversations) == 2
    assert "a nice customer" not in branch.customer_sees()
    assert unblu.complaints == []


def test_a_failure_reaches_the_agent_with_its_reason(branch: Branch) -> None:
    branch.viber.write(branch.person.id, "Hello")
    await_until(lambda: branch.agent_sees() == ["Hello"], branch.unblu, "the message")
    branch.person.subscribed = False  # without a word to us
    answer = branch.reply("Are you there?")
    await_until(lambda: answer.state == "failed", branch.unblu, "the failure")
    assert "unsubscribed" in answer.failure


def test_the_webhook_monitor_puts_back_what_unblu_has_switched_off(branch: Branch) -> None:
    channel = next(one for one in branch.unblu.channels if one.fields["webhookStatus"] == "ACTIVE")
    channel.fields["webhookStatus"] = "INACTIVE_UNAVAILABLE"
    aws = branch.playground.aws
    functions = aws.session.client("lambda", endpoint_url=aws.endpoint_url)
    stacks = aws.session.client("cloudformation", endpoint_url=aws.endpoint_url)
    detail = stacks.describe_stack_resource(StackName="patchbay-local", LogicalResourceId="WebhookMonitorFunction")
    name = detail["StackResourceDetail"]["PhysicalResourceId"]
    answer = functions.invoke(FunctionName=name, Payload=json.dumps({"source": "aws.events"}).encode())
    assert answer.get("FunctionError", "") == ""
    assert channel.fields["webhookStatus"] == "ACTIVE"
