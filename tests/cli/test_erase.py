"""A customer asks to be forgotten: what goes, what is said to stay, and what of others is left alone."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from patchbay.aws.stores import keys
from patchbay.aws.stores.held import DynamoHeldMessages
from patchbay.bridge.held import Choice, Held
from patchbay.bridge.ledger import Carried
from patchbay.bridge.people import Person
from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Transient
from patchbay.domain.held_place import HeldPlace
from patchbay.domain.model import Contact, Conversation, Session
from patchbay.kit import registry
from patchbay.kit.abilities import ErasesContacts
from patchbay.kit.contract import Http
from patchbay_cli.deployment import Deployment
from tests.cli.conftest import Cli
from tests.cli.dlq_harness import SECRET_TEXT, DlqHarness, write
from tests.cli.fakes import ChannelPlatform, Loader, WebhookMessenger
from tests.harness.fakes.services import FakeService, Office, message_event

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


@dataclass
class ErasingMessenger(WebhookMessenger, ErasesContacts):
    """A messenger that keeps for us what is said."""

    service: str = "dove"
    title: str = "Dove Post"
    erased: list[str] = field(default_factory=list)
    failure: Exception | None = None

    def erase_contact(self, contact_id: str, connection: Connection, http: Http) -> None:
        if self.failure:
            raise self.failure
        self.erased.append(contact_id)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("patchbay_cli.dead_letters.queue._PATIENCE", 0)


@pytest.fixture
def dove(
    connected: Cli, pigeon: WebhookMessenger, desk: ChannelPlatform, monkeypatch: pytest.MonkeyPatch
) -> ErasingMessenger:
    """Connected as `cote`, beside the pigeon's `loft`."""
    dove = ErasingMessenger()
    monkeypatch.setattr(registry, "load", Loader(pigeon, desk, dove))
    connected.succeed("connect", "dove", "cote", "--secret", "token=the-good-token")
    connected.succeed("link", "cote", "help")
    return dove


def talk(
    deployment: Deployment, contact_id: str, conversation: str, *, messenger: str = "loft", person: str = ""
) -> Session:
    """A conversation with the desk, after an earlier one that has ended."""
    contact = Contact(external_id=contact_id, name=f"{contact_id.title()} Private", phone="+358401234", person=person)
    session = Session(
        messenger_connection=messenger,
        contact=contact,
        platform_connection="help",
        thread=Conversation(external_id=contact_id),
        conversation=Conversation(external_id=f"{conversation}-before"),
        updated_at=NOW,
    )
    first = deployment.sessions.save(session)
    later = Conversation(external_id=conversation, aliases=(f"{conversation}-alias",))
    return deployment.sessions.save(replace(first, conversation=later))


def know(deployment: Deployment, key: str, platform_id: str) -> Person:
    return deployment.people.add(
        Person(platform_connection="help", key=key, platform_id=platform_id, secret="s", contact=key)
    )


def carry_file(deployment: Deployment, conversation: str, token: str) -> None:
    key = f"media/{token}/a.png"
    deployment.session.client("s3").put_object(Bucket=deployment.stack.bucket, Key=key, Body=b"picture")
    carried = Carried(event_id=f"e-{token}", platform_ids=("p",), messenger_ids=("m",), files=(token,))
    deployment.ledger.note_carried("help", conversation, carried)


def list_files(deployment: Deployment) -> list[str]:
    listed = deployment.session.client("s3").list_objects_v2(Bucket=deployment.stack.bucket)
    return [item["Key"] for item in listed.get("Contents", [])]


def list_items_about(deployment: Deployment, text: str) -> list[str]:
    kept = (item for item in deployment.table.scan()["Items"] if item["pk"] != keys.CONNECTIONS)
    return sorted(str(item["pk"]) for item in kept if text.lower() in str(item).lower())


def test_nothing_of_the_contact_is_left(connected: Cli, deployment: Deployment) -> None:
    talk(deployment, "ann", "c-ann")
    know(deployment, "pigeon:loft:ann", "visitor-7")
    assert list_items_about(deployment, "ann")
    answer = connected.read("erase", "loft", "ann", "--yes")
    assert list_items_about(deployment, "ann") == []
    assert deployment.people.by_platform_id("help", "visitor-7") is None
    assert answer["erased"] == {"at_messenger": False, "records": 8, "files": 0, "dead_letters": 0}
    assert (answer["connection"], answer["contact"]) == ("loft", "ann")
    assert connected.read("sessions") == []


@pytest.mark.parametrize("asked", ["ann", "ch-ann", "41790000007"])
def test_a_contact_is_erased_by_any_id_of_theirs(connected: Cli, deployment: Deployment, asked: str) -> None:
    """Their ids have changed, and two contacts turned out to be one."""
    other = talk(deployment, "41790000007", "c-other")
    know(deployment, "pigeon:loft:41790000007", "visitor-8")
    session = talk(deployment, "ann", "c-ann")
    know(deployment, "pigeon:loft:ann", "visitor-7")
    deployment.sessions.redirect("loft", "41790000007", "ann", other)
    thread = Conversation(external_id="ch-ann", aliases=("ann", "41790000007"))
    deployment.sessions.save(replace(session, thread=thread, ids_since=NOW))
    carry_file(deployment, "c-other", "token-of-other")
    for contact_id in ("ann", "ch-ann", "41790000007"):
        event = message_event(FakeService(), contact_id, f"m-{contact_id}", "x", "loft")
        deployment.ledger.claim(event.ledger_key, NOW)
    connected.succeed("erase", "loft", asked, "--yes")
    left = [item for item in deployment.table.scan()["Items"] if str(item["pk"]).startswith("DELIVERY#")]
    assert {item["sk"] for item in left} == {keys.ERASED_SORT}
    groups = {message_event(FakeService(), one, "x", "x", "loft").thread_group for one in ("ann", "ch-ann")}
    assert {keys.ledger_key(group) for group in groups} <= {item["pk"] for item in left}
    for word in ("ann", "41790000007", "c-other", "visitor-"):
        assert list_items_about(deployment, word) == []
    assert list_files(deployment) == []
    for contact_id in ("ann", "ch-ann", "41790000007"):
        assert deployment.sessions.find("loft", contact_id) == (contact_id, None)


def test_an_id_that_another_contact_has_by_now_stays_with_them(connected: Cli, deployment: Deployment) -> None:
    ann = talk(deployment, "ann", "c-ann")
    ann = deployment.sessions.save(replace(ann, thread=replace(ann.thread, aliases=("41790000007",)), ids_since=NOW))
    bob = talk(deployment, "bob", "c-bob")
    deployment.sessions.save(replace(ann, thread=replace(ann.thread, aliases=())))
    bob = deployment.sessions.save(replace(bob, thread=replace(bob.thread, aliases=("41790000007",)), ids_since=NOW))
    connected.succeed("erase", "loft", "ann", "--yes")
    assert deployment.sessions.of_contact("loft", "41790000007") == bob


def test_what_agents_wrote_for_later_goes_too(connected: Cli, deployment: Deployment) -> None:
    """Also what is held under an id that the contact had before."""
    session = talk(deployment, "ann", "c-ann")
    deployment.sessions.save(replace(session, held_in="earlier-ann"))
    store = DynamoHeldMessages(deployment.records)
    for name in ("ann", "earlier-ann", "bob"):
        store.add(hold(name))
        store.offer("loft", name, [Choice(name="greeting", language="en")], NOW)
    connected.succeed("erase", "loft", "ann", "--yes")
    assert list_items_about(deployment, "ann") == []
    assert store.of("loft", "bob") == [hold("bob")]
    assert store.overdue(NOW + timedelta(hours=1), 9) == [hold("bob").place]


def hold(contact: str) -> Held:
    event = message_event(Office(), "c", f"m-{contact}", f"for {contact}", "help", NOW)
    place = HeldPlace(messenger_connection="loft", contact=contact, position=1)
    return Held(place=place, event=event, held_at=NOW, until=NOW)


def test_others_are_left_alone(connected: Cli, deployment: Deployment) -> None:
    for name in ("ann", "bob"):
        talk(deployment, name, f"c-{name}")
        know(deployment, f"pigeon:loft:{name}", f"visitor-of-{name}")
        carry_file(deployment, f"c-{name}", f"token-of-{name}")
    before = list_items_about(deployment, "bob")
    connected.succeed("erase", "loft", "ann", "--yes")
    assert list_items_about(deployment, "bob") == before
    assert list_files(deployment) == ["media/token-of-bob/a.png"]


def test_files_of_every_conversation_go(connected: Cli, deployment: Deployment) -> None:
    talk(deployment, "ann", "c-ann")
    carry_file(deployment, "c-ann-before", "one")
    carry_file(deployment, "c-ann-alias", "two")
    assert connected.read("erase", "loft", "ann", "--yes")["erased"]["files"] == 2
    assert list_files(deployment) == []
    assert list(deployment.ledger.carried("help", "c-ann-before")) == []


def test_what_was_given_up_goes_too(connected: Cli, deployment: Deployment) -> None:
    talk(deployment, "ann", "c-ann")
    scene = DlqHarness(deployment)
    for number in range(12):
        scene.add(write("ann", number))
    scene.add(write("bob", 1))
    assert connected.read("erase", "loft", "ann", "--yes")["erased"]["dead_letters"] == 12
    (left,) = connected.read("dlq", "list")["dead_letters"]
    assert left["group"] == write("bob", 1).group


def test_people_read_what_went_and_what_stays_where(connected: Cli, deployment: Deployment) -> None:
    talk(deployment, "ann", "c-ann")
    know(deployment, "pigeon:loft:ann", "visitor-7")
    said = connected.succeed("erase", "loft", "ann", "--yes")
    assert "Erased ann on loft" in said
    assert "8 records and 0 files deleted." in said
    assert "- Desk (help) keeps its own copy of the conversation and the contact. Erase them there." in said
    assert "- Pigeon Post and the customer's device keep their copies of the messages." in said
    assert "- Queued messages are discarded at their next delivery attempt, within 12 hours." in said


# --- the messenger's own copy ----------------------------------------------------------------------------------------


def test_a_messenger_that_keeps_what_is_said_is_told(
    connected: Cli, dove: ErasingMessenger, deployment: Deployment
) -> None:
    talk(deployment, "chat-1", "c-1", messenger="cote")
    answer = connected.read("erase", "cote", "chat-1", "--yes")
    assert dove.erased == ["chat-1"]
    assert answer["erased"]["at_messenger"] is True
    assert not any("Dove Post" in line for line in answer["stays"])
    assert deployment.sessions.of_contact("cote", "chat-1") is None


def test_nothing_goes_while_the_messenger_cannot_be_told_and_the_command_can_be_repeated(
    connected: Cli, dove: ErasingMessenger, deployment: Deployment
) -> None:
    talk(deployment, "chat-1", "c-1", messenger="cote")
    dove.failure = Transient("no answer in time")
    error = connected.fail("erase", "cote", "chat-1", "--yes")
    assert "nothing was erased, because Dove Post did not delete its copy: the service could not be reached" in error
    assert deployment.sessions.of_contact("cote", "chat-1") is not None
    dove.failure = None
    connected.succeed("erase", "cote", "chat-1", "--yes")
    assert list_items_about(deployment, "chat-1") == []


def test_a_person_who_has_other_conversations_stays_who_they_are(
    connected: Cli, dove: ErasingMessenger, deployment: Deployment
) -> None:
    for number in (1, 2):
        talk(deployment, f"chat-{number}", f"c-{number}", messenger="cote", person="beef")
    ann = know(deployment, "dove:cote:beef", "visitor-7")
    answer = connected.read("erase", "cote", "chat-1", "--yes")
    assert any("other conversations of theirs still use it" in line for line in answer["stays"])
    assert deployment.people.find("help", ann.key) == ann
    connected.succeed("erase", "cote", "chat-2", "--yes")
    assert deployment.people.find("help", ann.key) is None


# --- before it is done -----------------------------------------------------------------------------------------------


def test_somebody_is_asked_first(connected: Cli, deployment: Deployment, interactive: None) -> None:
    talk(deployment, "ann", "c-ann")
    result = connected.run("erase", "loft", "ann", typed="\n")
    assert result.exit_code == 1
    assert "Erase all stored data of Ann Private (ann) on loft? This cannot be undone." in result.stderr
    assert deployment.sessions.of_contact("loft", "ann") is not None
    assert connected.run("erase", "loft", "ann", typed="y\n").exit_code == 0
    assert deployment.sessions.of_contact("loft", "ann") is None


def test_a_program_says_yes_or_nothing_is_done(connected: Cli, deployment: Deployment) -> None:
    talk(deployment, "ann", "c-ann")
    assert "To confirm, add --yes." in connected.fail("erase", "loft", "ann")
    assert deployment.sessions.of_contact("loft", "ann") is not None


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (
            ("loft", "nobody"),
            "no data is stored about a contact 'nobody' on loft. To list the known contacts, run `patchbay sessions`",
        ),
        (("help", "ann"), "help is a platform (desk): use the id of the customer's messenger"),
        (("nest", "ann"), "there is no connection 'nest'. Connections: help, loft"),
    ],
)
def test_whom_it_cannot_mean_is_explained(
    connected: Cli, deployment: Deployment, words: tuple[str, ...], error: str
) -> None:
    talk(deployment, "ann", "c-ann")
    assert error in connected.fail("erase", *words, "--yes")


def test_who_was_erased_is_unknown_afterwards(connected: Cli, deployment: Deployment) -> None:
    talk(deployment, "ann", "c-ann")
    connected.succeed("erase", "loft", "ann", "--yes")
    assert "no data is stored about a contact 'ann'" in connected.fail("erase", "loft", "ann", "--yes")


def test_the_answer_quotes_nobody(connected: Cli, deployment: Deployment) -> None:
    talk(deployment, "ann", "c-ann")
    DlqHarness(deployment).add(write("ann", 1))
    answer: Any = json.loads(connected.succeed("erase", "loft", "ann", "--yes", "--json"))
    assert SECRET_TEXT not in str(answer)
    assert "Private" not in str(answer)
