"""Fifty conversations at once through the deployed stack, both ways, while everything misbehaves."""

from __future__ import annotations

import random
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests
from boto3.dynamodb.types import TypeDeserializer

from playground.run import Playground
from playground.services.freshchat import DEMO_AGENT, Freshchat
from playground.services.freshchat.records import Conversation
from playground.services.viber import Viber
from playground.services.viber.records import Person
from playground.simulator import Call, Fault, Simulator, Switches

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

pytestmark = pytest.mark.deployed

PEOPLE = 50
EACH = 5  #: messages of each person, and answers to each: 500 in all
PATIENCE = 400.0  #: seconds; retries wait for 2 s, 5 s, 15 s, 60 s ..., and a machine may be busy
SECRET_WORDS = "the-otter-sleeps-at-noon"


@dataclass
class Crowd:
    viber: Viber
    freshchat: Freshchat
    people: list[Person]
    playground: Playground
    _found: dict[str, Conversation] = field(default_factory=dict)

    def conversations_by_person(self) -> Counter[str]:
        people = {person.id for person in self.people}
        return Counter(contact for one in self._conversations() if (contact := contact_of(one)) in people)

    def conversation_of(self, person: Person) -> Conversation:
        """Raises KeyError when there is none yet."""
        if person.id not in self._found:
            self._found |= {contact_of(one): one for one in self._conversations()}
        return self._found[person.id]

    def _conversations(self) -> list[Conversation]:
        return list(self.freshchat.conversations)

    def desk(self, person: Person) -> list[str]:
        """What the agents read of this person, in order."""
        try:
            messages = list(self.conversation_of(person).messages)
        except KeyError:
            return []
        parts = [part for message in messages if message.actor_type == "user" for part in message.message_parts]
        return [part["text"]["content"] for part in parts]

    def phone(self, person: Person) -> list[str]:
        return [line.text for line in list(person.lines) if line.author == "agent"]


def contact_of(conversation: Conversation) -> str:
    """The customer's id on Viber, from the reference that the bridge gives to Freshchat."""
    return str(conversation.user.profile["reference_id"]).split(":", 2)[2]


@pytest.fixture
def crowd(deployed_world: Playground) -> Iterator[Crowd]:
    viber, freshchat = (deployed_world.simulators[name] for name in ("viber", "freshchat"))
    assert isinstance(viber, Viber)
    assert isinstance(freshchat, Freshchat)
    people = [viber.new_person(f"Person {number}") for number in range(PEOPLE)]
    for person in people:
        person.devices = 1
    yield Crowd(viber, freshchat, people, deployed_world)
    for simulator in (viber, freshchat):
        simulator.switches = Switches()


def await_until(reached: Callable[[], bool], simulator: Simulator, what: str) -> None:
    """Looks again after every call to the simulator, and now and then. Fails with `what` when it takes too long."""
    called = threading.Event()

    def notice(_call: Call) -> None:
        called.set()

    simulator.listeners.append(notice)
    deadline = time.monotonic() + PATIENCE
    try:
        while not reached():
            left = deadline - time.monotonic()
            assert left > 0, f"not in time: {what}"
            called.wait(min(left, 0.25))
            called.clear()
    finally:
        simulator.listeners.remove(notice)


@contextmanager
def trouble(simulator: Simulator, where: str, seed: int, doubts: int) -> Iterator[None]:
    """While the block runs, one call in eight fails, each in its own way; what is lost is done all the same.

    At most so many leave a doubt, which costs a service that cannot be asked a minute each.
    """
    dice = random.Random(seed)
    certain = [Fault(status=429, retry_after=1), Fault(status=429)]
    doubtful = [
        Fault(status=500),
        Fault(lost=True),
        Fault(refused=True),
    ]  # where the connection broke, it may be done
    left = count(doubts, -1)

    def plan(call: Call) -> None:
        if call.direction == "api" and re.search(where, f"{call.method} {call.path}") and dice.random() < 1 / 8:
            fault = dice.choice([*certain, *doubtful])
            if fault in doubtful and next(left) <= 0:
                fault = dice.choice(certain)
            simulator.fail_next(replace(fault, where=where))

    simulator.listeners.append(plan)
    yield
    simulator.listeners.remove(plan)


def uncertain_deliveries(playground: Playground) -> int:
    """How many deliveries the ledger has marked."""
    table = playground.aws.session.client("dynamodb", endpoint_url=playground.aws.endpoint_url)
    pages = table.get_paginator("scan").paginate(TableName=playground.aws.outputs["TableName"])
    read = TypeDeserializer().deserialize
    items = [{name: read(value) for name, value in item.items()} for page in pages for item in page["Items"]]
    return sum(bool(item.get("uncertain")) for item in items if item["pk"].startswith("DELIVERY#"))


@dataclass(frozen=True)
class Parked:
    """The queue of what was given up."""

    queues: SQSClient
    url: str

    def count(self) -> int:
        answer = self.queues.get_queue_attributes(QueueUrl=self.url, AttributeNames=["ApproximateNumberOfMessages"])
        return int(answer["Attributes"]["ApproximateNumberOfMessages"])


def parked_of(playground: Playground) -> Parked:
    aws = playground.aws
    return Parked(aws.session.client("sqs", endpoint_url=aws.endpoint_url), aws.outputs["DeadLetterQueueUrl"])


def redrive_all(playground: Playground) -> None:
    """What the owner does, with the owner's command."""
    words = ("dlq", "redrive", "--all", "--include-uncertain", "--yes", "--json")
    command = [str(Path(sys.executable).parent / "patchbay"), *words]
    subprocess.run(command, env=playground.aws.environment, check=True, capture_output=True, timeout=60)


QUESTIONS = [f"question {number} {SECRET_WORDS}" for number in range(EACH)]
ANSWERS = [f"answer {number} {SECRET_WORDS}" for number in range(EACH)]


def test_five_hundred_messages_in_fifty_conversations_arrive_in_order_despite_all_trouble(crowd: Crowd) -> None:
    crowd.viber.switches.webhook_duplicates = True
    crowd.freshchat.switches.webhook_duplicates = True
    with trouble(crowd.freshchat, "POST /v2/(conversations|users)", seed=1, doubts=1000):
        for question in QUESTIONS:
            for person in crowd.people:
                crowd.viber.write(person.id, question)
        await_until(lambda: unasked(crowd) == 0, crowd.freshchat, "the questions at the desk")
    assert [crowd.desk(person) for person in crowd.people] == [QUESTIONS] * PEOPLE
    assert set(crowd.conversations_by_person().values()) == {1}

    with trouble(crowd.viber, "send_message", seed=2, doubts=2):
        for answer in ANSWERS:
            for person in crowd.people:
                crowd.freshchat.reply(crowd.conversation_of(person).id, DEMO_AGENT, answer)
        await_until(lambda: missing(crowd) == 0, crowd.viber, "the answers")
    check_answers(crowd)


def unasked(crowd: Crowd) -> int:
    return sum(max(EACH - len(crowd.desk(person)), 0) for person in crowd.people)


def missing(crowd: Crowd) -> int:
    return sum(len(set(ANSWERS) - set(crowd.phone(person))) for person in crowd.people)


def check_answers(crowd: Crowd) -> None:
    """In order, and doubles no more than are marked."""
    for person in crowd.people:
        assert list(dict.fromkeys(crowd.phone(person))) == ANSWERS
    doubled = sum(times - 1 for person in crowd.people for times in Counter(crowd.phone(person)).values())
    assert doubled <= uncertain_deliveries(crowd.playground)


def test_what_the_platform_refused_is_delivered_when_the_owner_redrives_it(crowd: Crowd) -> None:
    person = crowd.people[0]
    parked = parked_of(crowd.playground)
    crowd.viber.write(person.id, "before")
    await_until(lambda: crowd.desk(person) == ["before"], crowd.freshchat, "the first question at the desk")
    crowd.freshchat.fail_next(Fault(status=400, where="POST /v2/conversations/.*/messages"))
    crowd.viber.write(person.id, "refused")
    await_until(lambda: parked.count() == 1, crowd.freshchat, "the dead letter")
    crowd.viber.write(person.id, "after")
    await_until(lambda: crowd.desk(person) == ["before", "after"], crowd.freshchat, "what followed")

    redrive_all(crowd.playground)

    await_until(lambda: crowd.desk(person) == ["before", "after", "refused"], crowd.freshchat, "what was refused")
    assert parked.count() == 0


def test_a_file_of_fifty_megabytes_crosses_as_a_link_that_gives_it_back(crowd: Crowd) -> None:
    """Larger than what the desk takes as a file, so it goes as a link to our copy."""
    person = crowd.people[0]
    film = random.Random(3).randbytes(50_000_000)
    crowd.viber.send_file(person.id, "film.mov", "video/quicktime", film, "")
    await_until(lambda: any("film" in text for text in crowd.desk(person)), crowd.freshchat, "the film at the desk")
    [link] = re.findall(r"http\S+film\S*", " ".join(crowd.desk(person)))
    with requests.get(link, stream=True, timeout=60) as answer:
        assert answer.status_code == 200
        assert b"".join(answer.iter_content(1 << 20)) == film


def test_no_log_line_holds_a_secret_a_hook_or_a_message(crowd: Crowd) -> None:
    """Of everything that was logged since the stack was deployed, by this test run and whatever ran before it."""
    aws = crowd.playground.aws
    crowd.viber.write(crowd.people[0].id, f"a word: {SECRET_WORDS}")
    await_until(lambda: bool(crowd.desk(crowd.people[0])), crowd.freshchat, "the word at the desk")
    logs = aws.session.client("logs", endpoint_url=aws.endpoint_url)
    written = [
        event["message"]
        for group in logs.describe_log_groups()["logGroups"]
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"])
        for event in page["events"]
    ]
    assert len(written) > 10
    secrets = aws.session.client("secretsmanager", endpoint_url=aws.endpoint_url)
    stored = [
        secrets.get_secret_value(SecretId=secret["Name"])["SecretString"]
        for secret in secrets.list_secrets()["SecretList"]
    ]
    planted = {SECRET_WORDS, *re.findall(r'"([^"]{16,})"', " ".join(stored))}
    assert len(planted) >= 5
    text = "\n".join(written)
    assert [word[:6] for word in planted if word in text] == []
