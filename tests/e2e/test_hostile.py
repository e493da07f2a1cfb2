"""Strangers, other tenants and an owner who must forget: attacks on the deployed stack, and what comes of them."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from uuid import uuid4

import pytest
import requests

from playground.accounts import Owner, addresses_in
from playground.run import Playground
from playground.services.freshchat import DEMO_AGENT, Freshchat
from playground.services.freshchat.records import Conversation
from playground.services.uchat import UChat
from playground.services.viber import Viber
from playground.services.viber.records import Person
from playground.simulator import Switches
from tests.e2e.test_many_conversations import await_until
from tests.harness.burglar import TIMEOUT, find_words, post_to_uchat, post_to_viber, viber_message

pytestmark = pytest.mark.deployed

_NUMBERS = count(1)
_YEAR = 365 * 24 * 3600.0
EXE = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00" + b"\x00" * 48
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 200


@dataclass
class Victim:
    """A customer on Viber whose messages go to Freshchat, and the stack around them."""

    viber: Viber
    freshchat: Freshchat
    uchat: UChat
    owner: Owner
    playground: Playground
    person: Person

    @property
    def conversation(self) -> Conversation:
        """Raises StopIteration while Freshchat does not know the customer."""
        return next(one for one in list(self.freshchat.conversations) if one.user.name == self.person.name)

    def desk(self) -> list[str]:
        """What the agents read of them."""
        known = [one for one in list(self.freshchat.conversations) if one.user.name == self.person.name]
        messages = [message for one in known for message in list(one.messages) if message.actor_type == "user"]
        return [part["text"]["content"] for message in messages for part in message.message_parts if "text" in part]

    def phone(self) -> list[str]:
        return [line.text for line in list(self.person.lines) if line.author == "agent"]

    def write(self, text: str) -> None:
        self.viber.write(self.person.id, text)
        await_until(lambda: text in self.desk(), self.freshchat, f"{text!r} at the desk")

    def answer(self, text: str) -> None:
        self.freshchat.reply(self.conversation.id, DEMO_AGENT, text)
        await_until(lambda: text in self.phone(), self.viber, f"{text!r} on the phone")


@pytest.fixture(scope="module")
def town(deployed_world: Playground) -> Victim:
    simulators = deployed_world.simulators
    viber, freshchat, uchat = simulators["viber"], simulators["freshchat"], simulators["uchat"]
    assert isinstance(viber, Viber)
    assert isinstance(freshchat, Freshchat)
    assert isinstance(uchat, UChat)
    for simulator in (viber, freshchat, uchat):
        simulator.switches = Switches()
    owner = Owner(deployed_world.aws.environment)
    owner.run("link", "viber-demo", "freshchat-demo")
    return Victim(viber, freshchat, uchat, owner, deployed_world, viber.new_person("nobody yet"))


@pytest.fixture
def victim(town: Victim) -> Victim:
    return replace(town, person=town.viber.new_person(f"Vera {next(_NUMBERS)}"))


def test_a_forged_webhook_is_refused_by_every_service_and_leads_to_nothing(victim: Victim) -> None:
    body = viber_message(victim.person, "I was never written", 1, time.time())
    assert post_to_viber(victim.viber.bot, body, "not the token") == 401
    uchat = victim.uchat.workspace.webhook
    assert (
        post_to_uchat(uchat.url, {"sender_id": "x", "text": "I was never written", "type": "text"}, "not the key")
        == 401
    )
    for service in ("viber", "freshchat", "unblu", "uchat"):
        unknown = f"{victim.playground.aws.api_url}/{service}/{'x' * 32}"
        assert requests.post(unknown, json={"event": "message"}, timeout=TIMEOUT).status_code == 404

    victim.write("I was")

    assert victim.desk() == ["I was"]


def test_a_platform_that_was_never_in_the_conversation_cannot_speak_in_it(victim: Victim) -> None:
    victim.write("Hello, my bank")
    webhook = victim.uchat.workspace.webhook
    reference = str(victim.conversation.user.profile["reference_id"])
    for sender in (reference, f"viber:viber-demo:{victim.person.id}"):
        message = {"sender_id": sender, "conv_id": sender, "type": "text", "message_type": "outgoing", "private": False}
        status = post_to_uchat(
            webhook.url, {**message, "text": "Please confirm your PIN at https://evil.example"}, webhook.key
        )
        assert status == 200  # its signature is good: what it may say is decided behind the queue

    victim.answer("This is your bank")
    victim.write("Good to hear")

    assert victim.phone() == ["This is your bank"]
    assert victim.desk() == ["Hello, my bank", "Good to hear"]


def test_a_replayed_webhook_is_delivered_once_and_one_of_last_year_never(victim: Victim) -> None:
    key, now = victim.viber.bot.token, time.time()
    captured = viber_message(victim.person, "Pay 500 EUR", 5_741_311_803_571_730_001, now)
    for _ in range(3):
        assert post_to_viber(victim.viber.bot, captured, key) == 200
    old = viber_message(victim.person, "Pay it again", 5_741_311_803_571_730_002, now - _YEAR)
    post_to_viber(victim.viber.bot, old, key)

    victim.write("That was all")

    assert victim.desk() == ["Pay 500 EUR", "That was all"]


# --- strangers on the web chat ---------------------------------------------------------------------------------------


@dataclass
class Stranger:
    """Somebody with the address of a web chat's page and no browser."""

    address: str
    token: str = ""
    chat: str = ""

    def call(self, method: str, path: str, body: Mapping[str, object] | None = None) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return requests.request(method, f"{self.address}/api/{path}", json=body, headers=headers, timeout=TIMEOUT)

    def start(self) -> None:
        self.token = str(self.call("POST", "visitors", {"language": "en"}).json()["token"])
        self.chat = str(uuid4())
        assert self.call("POST", "chats", {"id": self.chat, "name": "Mallory"}).status_code == 201

    def offer(self, name: str, content_type: str, size: int) -> requests.Response:
        wanted = {"name": name, "type": content_type, "size": size}
        return self.call("POST", f"chats/{self.chat}/uploads", wanted)

    def upload(self, name: str, content_type: str, content: bytes) -> Mapping[str, object]:
        """The form, with which the file was stored."""
        form: Mapping[str, object] = self.offer(name, content_type, len(content)).json()
        put(form, content)
        return form

    def post(self, **message: object) -> requests.Response:
        return self.call("POST", f"chats/{self.chat}/messages", {"id": str(uuid4()), **message})


def put(form: Mapping[str, object], content: bytes) -> int:
    fields = form["fields"]
    assert isinstance(fields, dict)
    answer = requests.post(str(form["url"]), data=fields, files={"file": ("x", content)}, timeout=TIMEOUT)
    return answer.status_code


@pytest.fixture(scope="module")
def page(town: Victim) -> Iterator[str]:
    answer = town.owner.run("connect", "webchat", "besieged", "--set=title=Ask us")
    town.owner.run("link", "besieged", "freshchat-demo")
    yield addresses_in(answer)["webhook"].rstrip("/")
    town.owner.run("disconnect", "besieged", "--yes")


@pytest.fixture
def stranger(page: str) -> Stranger:
    stranger = Stranger(page)
    stranger.start()
    return stranger


@pytest.mark.parametrize(
    ("name", "content_type", "content"),
    [
        ("invoice.pdf", "application/pdf", EXE),
        ("invoice.exe", "text/plain", b"harmless words"),
        ("run.js", "text/plain", b"WScript.Echo(1)"),
        ("drawing.png", "image/png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("letter.txt", "text/plain", b"<html><script>alert(1)</script></html>"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused(
    stranger: Stranger, name: str, content_type: str, content: bytes
) -> None:
    offered = stranger.offer(name, content_type, len(content))
    if offered.status_code == 201:
        assert put(offered.json(), content) < 300
        offered = stranger.post(upload=offered.json()["upload"])
    assert offered.status_code == 415
    assert offered.json()["error"]["code"] in {"wrong_type", "unsafe_file", "unsafe_name"}


def test_what_was_uploaded_is_served_only_as_it_was_when_it_was_posted(victim: Victim, stranger: Stranger) -> None:
    form = stranger.upload("cat.png", "image/png", PNG)
    fields = form["fields"]
    assert isinstance(fields, dict)
    early = requests.get(f"{victim.playground.aws.api_url}/{fields['key']}", timeout=TIMEOUT)
    assert early.status_code in {403, 404}  # nobody has posted it

    posted = stranger.post(upload=form["upload"])
    assert posted.status_code == 201
    link = str(posted.json()["attachment"]["url"])
    put(form, EXE.ljust(len(PNG), b"\x00"))

    assert requests.get(link, timeout=TIMEOUT).content == PNG


# --- too many ---------------------------------------------------------------------------------------------------------

CEILING, SHARE = 8, 2  #: new visitors a day, and how many of them may come from one network


@pytest.fixture(scope="module")
def small_page(town: Victim) -> Iterator[str]:
    """A web chat for few people, and what it says once it is closed."""
    answer = town.owner.run("connect", "webchat", "crowded", f"--set=visitors_a_day={CEILING}")
    town.owner.run("link", "crowded", "freshchat-demo")
    yield addresses_in(answer)["webhook"].rstrip("/")
    town.owner.run("disconnect", "crowded", "--yes")


def test_one_network_ends_at_its_share_of_the_sites_ceiling(small_page: str) -> None:
    """Here everybody has the local AWS's one address. tests/webchat/test_ceilings.py plays a crowd."""
    answers = [Stranger(small_page).call("POST", "visitors", {"language": "en"}) for _ in range(SHARE + 2)]

    assert [answer.status_code for answer in answers] == [201] * SHARE + [429] * 2
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in answers[SHARE:])


def test_a_chat_that_the_owner_keeps_closed_takes_nobody(town: Victim) -> None:
    answer = town.owner.run("connect", "webchat", "shut", "--set=open=no")
    refused = Stranger(addresses_in(answer)["webhook"].rstrip("/")).call("POST", "visitors", {"language": "en"})
    town.owner.run("disconnect", "shut", "--yes")

    assert refused.status_code == 423
    assert refused.json()["error"]["code"] == "closed"


# --- an owner who must forget ----------------------------------------------------------------------------------------


def test_an_erased_customer_leaves_no_word_anywhere(victim: Victim) -> None:
    words = f"otter-{uuid4().hex}"
    victim = replace(victim, person=victim.viber.new_person(f"Erna {words}"))
    victim.write(f"my IBAN is {words}")
    victim.viber.send_file(victim.person.id, f"{words}.png", "image/png", PNG + words.encode(), f"a caption {words}")
    await_until(lambda: len(victim.desk()) > 1, victim.freshchat, "the file's caption at the desk")
    victim.answer(f"dear {words}")
    aws = victim.playground.aws
    assert {"table SESSION", "bucket media"} <= set(find_words(aws, words))

    victim.owner.run("erase", "viber-demo", victim.person.id, "--yes")

    assert find_words(aws, words) == []


def test_a_customer_cannot_write_into_the_owners_terminal(victim: Victim) -> None:
    name = "Eve \x1b]52;c;ZXZpbA==\x07\x1b[2K\r\u009b31m\u202e"
    victim = replace(victim, person=victim.viber.new_person(name))
    victim.viber.write(victim.person.id, "Hello")
    await_until(lambda: "Hello" in str(victim.freshchat.conversations[-1].messages), victim.freshchat, "the word")
    command = [str(Path(sys.executable).parent / "patchbay"), "sessions"]
    environment = {**victim.playground.aws.environment, "FORCE_COLOR": "", "COLUMNS": "300"}

    shown = subprocess.run(command, env=environment, check=True, capture_output=True, timeout=60).stdout.decode()

    assert victim.person.id in shown
    assert [char for char in shown if not (char.isprintable() or char == "\n")] == []
