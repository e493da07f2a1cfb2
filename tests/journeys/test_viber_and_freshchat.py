"""A customer on Viber, an agent on Freshchat: every behaviour that the bridge promises, across both simulators."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

import pytest

from patchbay.bridge.ledger import Outcome
from patchbay.domain.accounts import ConnectionStatus
from playground.services.freshchat import DEMO_AGENT, Freshchat
from playground.services.viber import Viber
from playground.services.viber.records import Person
from playground.simulator import Fault
from tests.harness.world import World

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 200


class Scene(World):
    """Viber linked to Freshchat, with one customer."""

    viber: Viber
    freshchat: Freshchat
    asa: Person

    def agent_sees(self) -> list[str]:
        """The texts on the desk, over all conversations, private notes left out."""
        return [
            part.get("text", {}).get("content") or f"<{next(iter(part))}>"
            for conversation in self.freshchat.conversations
            for message in conversation.messages
            if message.message_type != "private" and message.actor_type == "user"
            for part in message.message_parts
        ]

    def notes(self) -> list[str]:
        return [
            message.message_parts[0]["text"]["content"]
            for conversation in self.freshchat.conversations
            for message in conversation.messages
            if message.message_type == "private"
        ]

    def customer_sees(self, person: Person | None = None) -> list[str]:
        return [
            line.text or f"<{line.attachment['kind'] if line.attachment else 'other'}>"
            for line in (person or self.asa).lines
            if line.author == "agent"
        ]

    @property
    def conversation(self) -> str:
        return self.freshchat.conversations[-1].id

    def reply(self, text: str) -> None:
        self.freshchat.reply(self.conversation, DEMO_AGENT, text)


@pytest.fixture
def scene() -> Iterator[Scene]:
    scene = Scene("viber", "freshchat")
    viber, freshchat = scene.simulators["viber"], scene.simulators["freshchat"]
    assert isinstance(viber, Viber)
    assert isinstance(freshchat, Freshchat)
    scene.viber, scene.freshchat = viber, freshchat
    scene.connect("viber")
    scene.connect("freshchat")
    scene.link("viber-1", "freshchat-1")
    scene.asa = viber.new_person("Åsa")
    scene.settle()
    yield scene
    assert not scene.journal.said("event crashed")


def talk(scene: Scene, *texts: str) -> None:
    for text in texts:
        scene.viber.write(scene.asa.id, text)
    scene.settle()


# --- messages --------------------------------------------------------------------------------------------------------


def test_a_customer_asks_and_an_agent_answers_under_her_own_name(scene: Scene) -> None:
    talk(scene, "Hello! 👋")
    scene.reply("Hi Åsa, how can I help?")
    scene.settle()
    assert scene.agent_sees() == ["Hello! 👋"]
    assert scene.customer_sees() == ["Hi Åsa, how can I help?"]
    agent = scene.freshchat.agents[0]
    assert scene.asa.lines[-1].name.startswith(agent.name.split()[0])
    [user] = scene.freshchat.users
    assert user.name.strip() == "Åsa"


def test_many_scripts_arrive_as_they_were_written(scene: Scene) -> None:
    texts = ["שלום, מה שלומך?", "مرحبا", "👩‍👩‍👧‍👦🇸🇪", "Ελλάδα ≤ 🏳️‍🌈", "日本語テキスト"]
    talk(scene, *texts)
    for text in texts:
        scene.reply(text)
    scene.settle()
    assert scene.agent_sees() == texts
    assert scene.customer_sees() == texts


def test_a_picture_with_a_caption_reaches_the_desk(scene: Scene) -> None:
    scene.viber.send_file(scene.asa.id, "cat.png", "image/png", PNG, "my cat")
    scene.settle()
    assert sorted(scene.agent_sees()) == ["<image>", "my cat"]
    [stored] = [file for file in scene.freshchat.files.values() if file.content_type == "image/png"]
    assert stored.data == PNG


@pytest.mark.parametrize("name", ["cat.png", "invoice.pdf"])
def test_a_file_whose_answer_was_lost_is_found_again_and_not_sent_twice(scene: Scene, name: str) -> None:
    talk(scene, "hello")
    scene.freshchat.fail_next(Fault(lost=True, where="POST /v2/conversations/.*/messages"))
    content_type = "image/png" if name.endswith("png") else "application/pdf"
    scene.viber.send_file(scene.asa.id, name, content_type, PNG, "")
    scene.settle()
    assert len(scene.agent_sees()) == 2
    assert not any(delivery.uncertain for delivery in scene.ledger.deliveries.values())


def test_a_file_reaches_the_desk(scene: Scene) -> None:
    scene.viber.send_file(scene.asa.id, "invoice.pdf", "application/pdf", b"%PDF-1.4 not really", "")
    scene.settle()
    assert scene.agent_sees() == ["<file>"]


def test_a_location_a_contact_and_a_sticker_become_readable_lines(scene: Scene) -> None:
    scene.viber.send_location(scene.asa.id, 59.33, 18.06)
    scene.viber.send_contact(scene.asa.id, "Bo", "+46701112233")
    scene.viber.send_sticker(scene.asa.id, 46105)
    scene.settle()
    seen = scene.agent_sees()
    assert "maps.google.com/?q=59.33,18.06" in seen[0]
    assert "+46701112233" in seen[1]
    assert len(seen) == 3


def test_an_agents_picture_and_file_reach_the_phone(scene: Scene) -> None:
    talk(scene, "hello")
    scene.freshchat.send_file(scene.conversation, DEMO_AGENT, "map.png", "image/png", PNG, "here we are")
    scene.freshchat.send_file(scene.conversation, DEMO_AGENT, "terms.pdf", "application/pdf", b"%PDF-1.4", "")
    scene.settle()
    kinds = [line.attachment["kind"] for line in scene.asa.lines if line.author == "agent" and line.attachment]
    assert kinds == ["image", "file"]


def test_a_file_without_an_address_is_looked_at_again(scene: Scene) -> None:
    talk(scene, "hello")
    scene.freshchat.quirks.late_files = 1.5
    scene.freshchat.send_file(scene.conversation, DEMO_AGENT, "terms.pdf", "application/pdf", b"%PDF-1.4", "")
    scene.settle()
    [line] = [line for line in scene.asa.lines if line.author == "agent"]
    assert line.attachment


def test_quick_replies_become_buttons_and_a_tap_comes_back(scene: Scene) -> None:
    talk(scene, "hello")
    scene.freshchat.quick_replies(scene.conversation, DEMO_AGENT, "Which one?", ["Order", "Refund"])
    scene.settle()
    line = scene.asa.lines[-1]
    assert [press.label for press in line.buttons] == ["Order", "Refund"]
    scene.viber.tap(scene.asa.id, line.id, 1)
    scene.settle()
    assert scene.agent_sees() == ["hello", "Refund"]


def test_a_long_answer_arrives_in_parts_in_order(scene: Scene) -> None:
    talk(scene, "hello")
    text = " ".join(f"word{number}" for number in range(2000))
    scene.reply(text)
    scene.settle()
    seen = scene.customer_sees()
    assert len(seen) > 1
    assert " ".join(seen) == text


def test_private_notes_and_system_lines_stay_with_the_agents(scene: Scene) -> None:
    talk(scene, "hello")
    scene.freshchat.private_note(scene.conversation, DEMO_AGENT, "a difficult one")
    scene.freshchat.system_line(scene.conversation, ".")
    scene.settle()
    assert scene.customer_sees() == []


def test_a_welcome_is_said_and_opens_no_conversation(scene: Scene) -> None:
    scene.viber.open(scene.asa.id)
    scene.settle()
    assert any("Welcome" in line.text for line in scene.asa.lines)
    assert not scene.freshchat.conversations


def test_several_customers_stay_apart(scene: Scene) -> None:
    people = [scene.viber.new_person(name) for name in ("Bo", "Carl", "Dora")]
    for person in people:
        scene.viber.write(person.id, f"I am {person.name}")
    scene.settle()
    for conversation in scene.freshchat.conversations:
        scene.freshchat.reply(conversation.id, DEMO_AGENT, f"Hello {conversation.user.name}")
    scene.settle()
    assert [scene.customer_sees(person) for person in people] == [["Hello Bo"], ["Hello Carl"], ["Hello Dora"]]


# --- order, once, races ----------------------------------------------------------------------------------------------


def test_twenty_first_messages_at_once_make_one_user_and_one_conversation(scene: Scene) -> None:
    texts = [f"message {number}" for number in range(20)]
    for text in texts:
        scene.viber.write(scene.asa.id, text)
    while scene.time.run_due():
        pass
    scene.race()
    scene.settle()
    assert len(scene.freshchat.users) == 1
    assert len(scene.freshchat.conversations) == 1
    assert scene.agent_sees() == texts


def test_the_same_contact_racing_for_a_user_uses_the_one_that_is_there(scene: Scene) -> None:
    scene.freshchat.quirks.racing_users = 1
    talk(scene, "hello")
    assert len(scene.freshchat.users) == 1
    assert scene.agent_sees() == ["hello"]


def test_doubled_and_repeated_webhooks_are_heard_once(scene: Scene) -> None:
    scene.viber.switches.webhook_duplicates = True
    scene.freshchat.switches.webhook_duplicates = True
    talk(scene, "one", "two")
    scene.reply("three")
    scene.settle()
    assert scene.agent_sees() == ["one", "two"]
    assert scene.customer_sees() == ["three"]


def test_a_queue_that_refuses_makes_the_service_send_again(scene: Scene) -> None:
    scene.queue.refuse = 2
    talk(scene, "hello")
    assert scene.agent_sees() == ["hello"]


def test_an_echo_before_the_answer_is_no_message(scene: Scene) -> None:
    scene.freshchat.quirks.echo_first = True
    talk(scene, "hello", "again")
    assert scene.customer_sees() == []
    assert scene.agent_sees() == ["hello", "again"]


# --- failures --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault", [Fault(status=429, retry_after=7), Fault(status=429), Fault(status=500), Fault(lost=True)]
)
def test_freshchat_failing_in_any_way_loses_and_doubles_nothing(scene: Scene, fault: Fault) -> None:
    talk(scene, "one")
    for _ in range(3):
        scene.freshchat.fail_next(fault)
    talk(scene, "two", "three")
    assert scene.agent_sees() == ["one", "two", "three"]


@pytest.mark.parametrize("fault", [Fault(status=429, retry_after=7), Fault(status=500), Fault(refused=True)])
def test_viber_failing_in_any_way_loses_and_doubles_nothing(scene: Scene, fault: Fault) -> None:
    talk(scene, "hello")
    scene.viber.fail_next(fault)
    scene.reply("one")
    scene.reply("two")
    scene.settle()
    assert scene.customer_sees() == ["one", "two"]


def test_a_lost_answer_of_viber_may_double_and_is_marked(scene: Scene) -> None:
    talk(scene, "hello")
    scene.viber.fail_next(Fault(lost=True, where="send_message"))
    scene.reply("one")
    scene.settle()
    assert scene.customer_sees() == ["one", "one"]
    assert [delivery.uncertain for delivery in scene.ledger.deliveries.values()][-1]


def test_a_lost_answer_while_opening_makes_no_second_conversation(scene: Scene) -> None:
    scene.freshchat.fail_next(Fault(lost=True, where="POST /v2/conversations$"))
    talk(scene, "hello")
    assert len(scene.freshchat.conversations) == 1
    assert scene.agent_sees() == ["hello"]


def test_an_agent_learns_when_the_customer_has_unsubscribed(scene: Scene) -> None:
    talk(scene, "hello")
    scene.viber.unsubscribe(scene.asa.id)
    scene.settle()
    scene.reply("are you there?")
    scene.reply("hello?")
    scene.settle()
    assert len(scene.notes()) == 2
    assert scene.customer_sees() == []
    talk(scene, "I am back")
    scene.reply("welcome back")
    scene.settle()
    assert scene.customer_sees() == ["welcome back"]


def test_a_failure_after_acceptance_becomes_a_note(scene: Scene) -> None:
    talk(scene, "hello")
    scene.asa.api_version = 1  # an old phone that cannot show what it is sent
    scene.freshchat.quick_replies(scene.conversation, DEMO_AGENT, "Which?", ["Order"])
    scene.settle()
    scene.reply("after that")
    scene.settle()
    assert "after that" in scene.customer_sees()


def test_a_resolved_conversation_is_followed_by_the_next_and_nothing_is_lost(scene: Scene) -> None:
    talk(scene, "one")
    scene.freshchat.resolve(scene.conversation, DEMO_AGENT)
    scene.settle()
    talk(scene, "two")
    assert scene.agent_sees() == ["one", "two"]
    scene.reply("answer")
    scene.settle()
    assert scene.customer_sees() == ["answer"]


def test_a_resolved_conversation_is_reopened_where_freshchat_does_that(scene: Scene) -> None:
    scene.freshchat.quirks.resolved_refuses = False
    talk(scene, "one")
    scene.freshchat.resolve(scene.conversation, DEMO_AGENT)
    scene.settle()
    talk(scene, "two")
    assert len(scene.freshchat.conversations) == 1
    assert scene.agent_sees() == ["one", "two"]


def test_a_new_token_after_a_revoked_one_brings_every_waiting_message(scene: Scene) -> None:
    talk(scene, "one")
    scene.freshchat.expire_token("a-new-token")
    talk(scene, "two", "three")
    assert scene.connections.connections["freshchat-1"].status is ConnectionStatus.NEEDS_AUTHORIZATION
    assert scene.agent_sees() == ["one"]
    scene.reconnect("freshchat-1", api_token="a-new-token")
    scene.settle(timedelta(hours=1))
    assert scene.agent_sees() == ["one", "two", "three"]


def test_a_message_for_an_account_that_stays_broken_is_parked_after_a_day(scene: Scene) -> None:
    talk(scene, "one")
    scene.freshchat.switches.api_status = 503
    talk(scene, "two")
    scene.settle(timedelta(hours=30))
    assert len(scene.queue.parked) == 1
    assert Outcome.PARKED in [delivery.outcome for delivery in scene.ledger.deliveries.values()]


def test_a_picture_that_has_expired_leaves_a_line_that_says_so(scene: Scene) -> None:
    talk(scene, "hello")
    scene.viber.send_file(scene.asa.id, "cat.png", "image/png", PNG, "my cat")
    scene.time.run_due()
    scene.viber.files.clear()
    scene.settle()
    assert any("cat.png" in text or "image" in text for text in scene.agent_sees()[1:])
    assert any("my cat" in text for text in scene.agent_sees())


# --- receipts --------------------------------------------------------------------------------------------------------


def test_receipts_move_forward_to_read(scene: Scene) -> None:
    talk(scene, "hello")
    scene.reply("one")
    scene.reply("two")
    scene.settle()
    scene.viber.read(scene.asa.id)
    scene.settle()
    states = [sent.state.value for sent in scene.ledger.all_sent()]
    assert states == ["read", "read"]
    times = [sent.sent_at for sent in scene.ledger.all_sent()]
    assert all(a <= b for a, b in pairwise(times))


# --- memory lost -----------------------------------------------------------------------------------------------------


def test_a_conversation_is_found_again_after_our_table_was_lost(scene: Scene) -> None:
    talk(scene, "hello")
    scene.sessions.forget()
    scene.reply("still there?")
    scene.settle()
    assert scene.customer_sees() == ["still there?"]
    talk(scene, "yes")
    assert len(scene.freshchat.conversations) == 1


def test_conversations_are_found_by_either_id(scene: Scene) -> None:
    talk(scene, "hello")
    scene.freshchat.quirks.bare_ids = True
    scene.reply("bare")
    scene.settle()
    assert scene.customer_sees() == ["bare"]


def test_no_secret_and_no_text_is_written_to_the_log(scene: Scene) -> None:
    talk(scene, "a very private matter")
    scene.viber.fail_next(Fault(status=500))
    scene.reply("a very private answer")
    scene.settle()
    scene.freshchat.expire_token("rotated")
    talk(scene, "a very private reminder")
    written = repr(scene.journal.lines)
    assert "very private" not in written
    for connection in scene.connections.connections.values():
        assert not any(secret in written for secret in connection.secrets.values.values())
    assert "hook-of-" not in written
