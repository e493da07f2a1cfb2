"""A customer on Viber, agents at Giosg: what they say to each other, and what comes in between."""

from __future__ import annotations

from datetime import timedelta

import pytest

from patchbay.domain.model import ConversationStatus
from playground.services.giosg import DEMO_AGENT, DEMO_BOT, OTHER_AGENT
from tests.harness.giosg_world import Scene, make_scene
from tests.journeys.viber_and_giosg.scene import DAYS, HOUR

# --- there and back -------------------------------------------------------------------------------------------------


def test_a_customer_asks_and_an_agent_answers_under_the_public_name(scene: Scene) -> None:
    scene.talk("hello", "anybody there?")
    assert scene.giosg.pending() == [scene.chat.id]
    scene.reply("Hello Åsa!")
    assert scene.agent_sees() == ["hello", "anybody there?"]
    assert scene.customer_sees() == ["Hello Åsa!"]
    assert scene.last_line.name == "Customer Service"
    assert len(scene.chats) == 1
    assert "Virtanen" not in repr(scene.asa.lines)


def test_many_scripts_arrive_as_they_were_written(scene: Scene) -> None:
    texts = ["שלום 👩‍👩‍👧", "مرحبا", "你好", "Grüße & <b> **x** _y_"]
    scene.talk(*texts)
    scene.reply(*texts)
    assert scene.agent_sees() == texts
    assert scene.customer_sees() == texts


def test_several_customers_and_agents_stay_apart(scene: Scene) -> None:
    people = [scene.viber.new_person(name) for name in ("Bo", "Carl", "Dora")]
    for person in people:
        scene.viber.write(person.id, f"I am {person.name}")
    scene.settle()
    scene.giosg.go_online(OTHER_AGENT)
    for chat in scene.chats:
        scene.giosg.reply(chat.id, OTHER_AGENT, f"Hello, {scene.agent_sees(chat)[0]}")
    scene.settle()
    assert [scene.customer_sees(person) for person in people] == [
        ["Hello, I am Bo"],
        ["Hello, I am Carl"],
        ["Hello, I am Dora"],
    ]
    assert len({chat.visitor.id for chat in scene.chats if chat.visitor}) == 3


def test_bots_and_automations_are_heard_too(scene: Scene) -> None:
    scene.talk("hello")
    scene.giosg.rule_message(scene.chat.id, "We are with you in a minute")
    scene.giosg.autosuggest(scene.chat.id, DEMO_AGENT, "Can I help you?")
    scene.giosg.reply(scene.chat.id, DEMO_BOT, "I am a bot")
    scene.settle()
    assert scene.customer_sees() == ["We are with you in a minute", "Can I help you?", "I am a bot"]


# --- who the customer is --------------------------------------------------------------------------------------------


def test_a_customer_is_one_visitor_for_good_and_their_secret_is_told_nowhere(scene: Scene) -> None:
    scene.talk("hello")
    visitor = scene.chat.visitor
    scene.giosg.end(scene.chat.id)
    scene.settle()
    scene.time.advance(3 * 24 * 3600)
    scene.talk("me again")
    assert scene.chat.visitor is visitor
    assert visitor is not None
    told = repr(scene.telemetry.lines) + repr(scene.sessions.all()) + repr(scene.people.all())
    assert visitor.secret not in told
    assert not any(token in told for token in scene.giosg.visitor_tokens)


def test_a_pass_is_used_until_a_minute_before_its_end(scene: Scene) -> None:
    scene.talk("hello")
    asked = scene.calls("/auth")
    scene.time.advance(1730)
    scene.talk("still there?")
    assert scene.calls("/auth") == asked
    scene.time.advance(15)
    scene.talk("and now?")
    assert scene.calls("/auth") == asked + 1
    assert scene.agent_sees() == ["hello", "still there?", "and now?"]


def test_a_pass_that_is_refused_before_its_time_is_renewed_once(scene: Scene) -> None:
    scene.talk("hello")
    asked = scene.calls("/auth")
    scene.giosg.expire_visitor_tokens()
    scene.talk("again")
    assert scene.calls("/auth") == asked + 1
    assert scene.agent_sees() == ["hello", "again"]


def test_agents_see_the_name_and_hear_when_it_changes(scene: Scene) -> None:
    scene.talk("hello")
    assert scene.variables["username"] == "Åsa Öberg"
    assert scene.variables["channel"] == "viber"
    scene.asa.name = "Åsa Lind"
    scene.talk("I have married")
    assert scene.variables["username"] == "Åsa Lind"
    told = scene.calls("/variables")
    scene.talk("bye")
    assert scene.calls("/variables") == told


@pytest.mark.parametrize("secret", ["refused", "new"])
@pytest.mark.parametrize("ended", [True, False])
def test_a_visitor_whom_giosg_has_forgotten_is_made_anew(scene: Scene, secret: str, ended: bool) -> None:
    scene.quirks.unknown_secret = secret  # type: ignore[assignment]
    scene.talk("hello")
    first = scene.chat.visitor
    if ended:
        scene.giosg.end(scene.chat.id)
    scene.giosg.visitors.clear()
    scene.giosg.expire_visitor_tokens()
    scene.talk("me again")
    assert scene.agent_sees() == ["me again"]
    assert scene.chat.visitor is not first


# --- chats ----------------------------------------------------------------------------------------------------------


def test_after_the_end_the_next_message_opens_a_new_chat(scene: Scene) -> None:
    scene.talk("hello")
    scene.giosg.end(scene.chat.id)
    scene.settle()
    [session] = scene.sessions.all()
    assert session.conversation is not None
    assert session.conversation.status is ConversationStatus.ENDED
    scene.talk("one more thing")
    first, second = scene.chats
    assert (scene.agent_sees(first), scene.agent_sees(second)) == (["hello"], ["one more thing"])
    scene.reply("yes?")
    assert scene.customer_sees() == ["yes?"]


@pytest.mark.parametrize("status", [400, 403, 404, 409, 410])
def test_no_message_is_lost_when_nobody_told_us_of_the_end(scene: Scene, status: int) -> None:
    scene.quirks.ended_status = status  # type: ignore[assignment]
    scene.talk("hello")
    scene.giosg.apps = []
    scene.giosg.end(scene.chat.id)
    scene.talk("one more thing")
    assert [scene.agent_sees(chat) for chat in scene.chats] == [["hello"], ["one more thing"]]


def test_a_chat_that_was_ended_while_a_button_was_open_is_no_trap(scene: Scene) -> None:
    scene.talk("hello")
    scene.giosg.send_buttons(scene.chat.id, DEMO_AGENT, "Which day?", DAYS)
    scene.settle()
    scene.giosg.end(scene.chat.id)
    scene.settle()
    scene.viber.tap(scene.asa.id, scene.last_line.id, 1)
    scene.settle()
    assert scene.agent_sees() == ["Tuesday"]


def test_a_chat_of_the_web_kind_that_falls_asleep_is_followed_by_another() -> None:
    scene = make_scene(chat_type="visitor")
    scene.quirks.closes_idle_after = 600
    scene.talk("hello")
    assert scene.chat.type == "visitor"
    scene.settle(HOUR)
    scene.talk("sorry, was away")
    assert [scene.agent_sees(chat) for chat in scene.chats] == [["hello"], ["sorry, was away"]]


def test_a_customer_who_unsubscribes_ends_the_chat(scene: Scene) -> None:
    scene.talk("hello")
    scene.viber.unsubscribe(scene.asa.id)
    scene.settle()
    assert scene.chat.is_ended


def test_when_our_table_was_lost_the_chat_goes_on(scene: Scene) -> None:
    scene.talk("hello")
    scene.sessions.forget()
    scene.talk("again")
    assert len(scene.chats) == 1
    scene.sessions.forget()
    scene.reply("Hello Åsa!")
    scene.settle(HOUR)
    assert scene.customer_sees() == ["Hello Åsa!"]
    scene.talk("I see you")
    assert scene.agent_sees() == ["hello", "again", "I see you"]


# --- nobody there ---------------------------------------------------------------------------------------------------


def test_at_night_messages_wait_at_giosg_where_it_takes_them(scene: Scene) -> None:
    scene.giosg.go_offline(DEMO_AGENT)
    scene.talk("anybody?")
    assert scene.agent_sees() == ["anybody?"]
    assert scene.giosg.pending() == [scene.chat.id]


@pytest.mark.parametrize("chat_type", ["external", "visitor"])
def test_where_it_does_not_they_wait_with_us_and_go_out_in_order(chat_type: str) -> None:
    scene = make_scene(chat_type=chat_type)
    scene.quirks.external_while_offline = False
    scene.giosg.go_offline(DEMO_AGENT)
    scene.talk("anybody?", "hello?")
    scene.settle(timedelta(days=2))
    assert scene.chats == []
    assert scene.customer_sees() == []
    scene.giosg.go_online(DEMO_AGENT)
    scene.settle(HOUR)
    assert scene.agent_sees() == ["anybody?", "hello?"]
    assert not scene.queue.parked


def test_the_customer_may_be_told_and_is_told_once_for_each_message() -> None:
    scene = make_scene(offline="reply", offline_reply="We are back at nine.")
    scene.quirks.external_while_offline = False
    scene.giosg.go_offline(DEMO_AGENT)
    scene.talk("anybody?")
    scene.settle(timedelta(hours=8))
    assert scene.customer_sees() == ["We are back at nine."]
    scene.giosg.go_online(DEMO_AGENT)
    scene.settle(HOUR)
    assert scene.agent_sees() == ["anybody?"]
