"""A customer on Viber, an agent on Freshchat: every behaviour that the bridge promises, across both simulators."""

from __future__ import annotations

import pytest

from playground.services.freshchat import DEMO_AGENT
from playground.simulator import Fault
from tests.journeys.viber_and_freshchat.scene import PNG, Scene, talk

# --- messages -------------------------------------------------------------------------------------------------------


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


# --- order, once, races ---------------------------------------------------------------------------------------------


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
