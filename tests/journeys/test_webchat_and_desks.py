"""A visitor of the web chat and what some platforms have: buttons, cards, typing, refusals, an end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from patchbay.domain.accounts import Secrets
from playground.services.giosg import Giosg
from playground.services.unblu import Unblu
from playground.services.vcita import Vcita
from playground.services.webchat.records import Json
from playground.simulator import Fault
from tests.harness.forms import FRESHCHAT
from tests.harness.webchat_world import Scene, make_scene

KEY = "another-key-0123456789abcdef"


@pytest.fixture
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    scene = make_scene(request.param)
    scene.says("hello")
    yield scene
    assert not scene.telemetry.logged("event failed unexpectedly")


on = pytest.mark.parametrize


def choices(message: Json) -> list[str]:
    return [str(button["label"]) for button in message["buttons"]]


def erase(scene: Scene) -> None:
    """A minute later: everything that was said is on the desk."""
    scene.time.advance(60)
    scene.webchat.erase(scene.ann.id)
    scene.settle()


# --- buttons and cards -----------------------------------------------------------------------------------------------


@on("scene", [*FRESHCHAT, "unblu", "uchat", "giosg"], indirect=True)
def test_an_agents_buttons_are_tapped_and_the_agent_sees_the_choice(scene: Scene) -> None:
    scene.act("quick_replies", text="Which day?", labels="Monday\nTuesday")
    question = scene.replies()[-1]
    assert question["text"] == "Which day?"
    assert choices(question) == ["Monday", "Tuesday"]
    scene.webchat.tap(scene.ann.id, question["id"], 1)
    scene.settle()
    assert scene.agent_sees()[-1] == "Tuesday"
    assert scene.ann.messages[question["id"]]["tapped"] == "Tuesday"


@on("scene", ["unblu"], indirect=True)
def test_a_tap_answers_the_question_itself(scene: Scene) -> None:
    """Not only its words: the platform knows which of its questions was answered."""
    scene.act("multiple_choice", text="Which day?", options="Monday\nTuesday", labels="Monday\nTuesday")
    question = scene.replies()[-1]
    assert "payload" not in str(question)
    scene.webchat.tap(scene.ann.id, question["id"], 0)
    scene.settle()
    asked = next(message for message in scene.conversation()["messages"] if message.get("question"))
    assert asked["question"]["answer"] == "Monday"


@on("scene", ["unblu"], indirect=True)
def test_a_change_or_a_deletion_answers_no_question(scene: Scene) -> None:
    scene.says("helo")
    scene.act("text_question", text="Your number?")
    first, second = scene.ann.mine()
    scene.webchat.change(scene.ann.id, first["id"], "hello there")
    scene.webchat.delete(scene.ann.id, second["id"])
    scene.settle()
    asked = next(message for message in scene.conversation()["messages"] if message.get("question"))
    assert asked["question"]["answer"] == ""
    scene.says("4711")
    asked = next(message for message in scene.conversation()["messages"] if message.get("question"))
    assert asked["question"]["answer"] == "4711"


@on("scene", ["uchat"], indirect=True)
def test_a_bots_menu_is_tapped_and_the_bot_answers(scene: Scene) -> None:
    scene.says("menu")
    menu = scene.ann.theirs()[-1]
    assert "Opening hours" in choices(menu)
    scene.webchat.tap(scene.ann.id, menu["id"], choices(menu).index("Opening hours"))
    scene.settle()
    assert scene.ann.theirs()[-1]["text"] == "You chose Opening hours"


@on("scene", ["unblu", "uchat", "giosg"], indirect=True)
def test_cards_stand_in_the_chat_as_cards(scene: Scene) -> None:
    scene.act("card", title="Green tea", text="From Uji", labels="Buy\nMore", replies="Buy\nMore")
    [card] = scene.ann.theirs()[-1]["cards"]
    assert (card["title"], card["text"]) == ("Green tea", "From Uji")
    assert [button["label"] for button in card["buttons"]] == ["Buy", "More"]
    scene.webchat.tap(scene.ann.id, scene.ann.theirs()[-1]["id"], 0, card=0)
    scene.settle()
    assert scene.agent_sees()[-1] == "Buy"


# --- how far a message got -------------------------------------------------------------------------------------------


def read_by_agent(scene: Scene) -> None:
    """An agent looks at the latest conversation, in the platform's own way."""
    desk, chat = scene.desk, str(scene.conversation()["id"])
    if isinstance(desk, Giosg):
        desk.join(chat, str(scene.agent["id"]))
        desk.read(chat, str(scene.agent["id"]))
    elif isinstance(desk, Vcita):
        [business] = [one for one in desk.businesses if one.clients]
        desk.open_conversation(business.clients[-1].uid)
    else:
        assert isinstance(desk, Unblu)
        desk.read(chat)
    scene.settle()


@on("scene", ["unblu", "vcita", "giosg"], indirect=True)
def test_the_visitor_sees_what_agents_have_read(scene: Scene) -> None:
    scene.says("again")
    assert "read" not in scene.states()
    scene.settle_for(5)
    read_by_agent(scene)
    assert scene.states() == ["read", "read"]
    scene.settle_for(5)
    scene.says("and this?")
    assert scene.states()[:2] == ["read", "read"]
    assert scene.states()[2] in {"delivered", "read"}


@pytest.mark.parametrize("echoes", [True, False])
@pytest.mark.parametrize("swapped", [True, False])
@on("scene", ["vcita"], indirect=True)
def test_vcitas_word_on_messages_is_shown_and_echoes_are_not_answers(scene: Scene, echoes: bool, swapped: bool) -> None:
    assert isinstance(scene.desk, Vcita)
    scene.desk.quirks.echoes = echoes
    scene.desk.quirks.swapped_types = swapped
    scene.says("again")
    read_by_agent(scene)
    assert scene.states() == ["read", "read"]
    assert scene.visitor_sees() == []


# --- typing ----------------------------------------------------------------------------------------------------------


@on("scene", ["vcita", "giosg"], indirect=True)
def test_both_see_the_other_typing_until_they_stop(scene: Scene) -> None:
    scene.reply("One moment")  # who types has joined
    scene.webchat.type(scene.ann.id)
    scene.settle_for(1)
    assert scene.conversation()["typing"]
    scene.webchat.type(scene.ann.id, typing=False)
    scene.settle_for(1)
    assert not scene.conversation()["typing"]
    scene.start("typing", typing="true")
    scene.settle_for(3)
    assert scene.ann.typing is not None
    scene.start("typing", typing="false")
    scene.settle_for(3)
    assert scene.ann.typing is None


@on("scene", ["vcita", "giosg"], indirect=True)
def test_typing_that_nobody_ends_ends_by_itself(scene: Scene) -> None:
    scene.reply("One moment")
    scene.start("typing", typing="true")
    scene.settle_for(3)
    assert scene.ann.typing is not None
    scene.settle_for(15)
    assert scene.ann.typing is None


# --- what is taken away ----------------------------------------------------------------------------------------------


@on("scene", ["giosg"], indirect=True)
def test_what_an_agent_takes_back_leaves_the_screen(scene: Scene) -> None:
    scene.reply("meant for somebody else")
    scene.reply("Hello Ann")
    mistake = next(line for line in scene.conversation()["messages"] if line["text"] == "meant for somebody else")
    scene.act("purge_message", message=str(mistake["id"]))
    assert scene.visitor_sees() == ["Hello Ann"]


@on("scene", ["giosg"], indirect=True)
def test_a_conversation_that_is_purged_takes_the_agents_words_off_the_screen(scene: Scene) -> None:
    scene.reply("one")
    scene.reply("two")
    assert scene.visitor_sees() == ["one", "two"]
    scene.act("purge")
    assert scene.visitor_sees() == []


@on("scene", ["giosg"], indirect=True)
def test_two_chats_of_one_visitor_under_one_name_are_one_person_on_the_desk(scene: Scene) -> None:
    second = scene.webchat.start_chat("Ann", scene.ann.browser.visitor)
    scene.says("me again", screen=second)
    other = scene.webchat.start_chat("Bo", scene.ann.browser.visitor)
    scene.says("somebody else at the same screen", screen=other)
    people = {session.contact.external_id: session.contact.platform_id for session in scene.sessions.all()}
    assert people[scene.ann.contact]
    assert people[scene.ann.contact] == people[second.contact] != people[other.contact]
    assert len(scene.conversations()) == 3


# --- what does not arrive --------------------------------------------------------------------------------------------


@on(
    ("scene", "where"),
    [
        *((form, "POST .*/messages") for form in FRESHCHAT),
        ("vcita", "POST .*"),
        ("unblu", "POST .*"),
        ("giosg", "POST .*/messages"),
    ],
    indirect=["scene"],
)
def test_a_visitor_is_told_that_a_message_was_refused_and_the_next_one_goes_on(scene: Scene, where: str) -> None:
    scene.desk.fail_next(Fault(status=422, where=where))
    scene.says("refused", "taken")
    assert scene.states() == ["delivered", "failed", "delivered"]
    assert scene.ann.mine()[1]["reason"] == "refused"
    assert scene.agent_sees() == ["hello", "taken"]


@on("scene", ["unblu", "giosg"], indirect=True)
def test_an_erased_chat_ends_the_conversation(scene: Scene) -> None:
    erase(scene)
    assert scene.conversation()["status"] == "ended"


@on("scene", ["unblu", "giosg"], indirect=True)
def test_a_chat_that_is_erased_while_its_message_is_on_its_way_ends_the_conversation_too(scene: Scene) -> None:
    scene.webchat.write(scene.ann.id, "one more thing")
    scene.webchat.erase(scene.ann.id)
    scene.settle()
    assert scene.agent_sees()[-1] == "one more thing"
    assert scene.conversation()["status"] == "ended"


@on("scene", FRESHCHAT, indirect=True)
def test_an_agent_who_answers_in_an_erased_chat_is_told_why_nobody_reads_it(scene: Scene) -> None:
    erase(scene)
    scene.reply("are you still there?")
    note = scene.conversation()["messages"][-1]
    assert note["author"] == "note"
    assert "the customer has deleted the chat" in note["text"]
    assert not scene.queue.parked


@on("scene", FRESHCHAT, indirect=True)
def test_an_agent_who_answers_after_the_retention_time_is_told(scene: Scene) -> None:
    scene.settle_for(31 * 24 * 3600)
    scene.reply("sorry for the delay")
    assert "it has expired" in scene.conversation()["messages"][-1]["text"]


@on("scene", ["vcita"], indirect=True)
def test_a_business_that_answers_in_an_erased_chat_sees_that_the_client_is_out_of_reach(scene: Scene) -> None:
    erase(scene)
    scene.reply("are you still there?")
    assert scene.conversation()["messages"][-1]["status"] == "unavailable"
    assert not scene.queue.parked


@on("scene", FRESHCHAT, indirect=True)
def test_a_visitor_who_leaves_takes_all_chats_along(scene: Scene) -> None:
    second = scene.webchat.start_chat("Ann", scene.ann.browser.visitor)
    scene.says("here too", screen=second)
    scene.time.advance(60)
    scene.webchat.leave(scene.ann.browser.visitor)
    scene.settle()
    assert not any(session.contact.reachable for session in scene.sessions.all())
    assert len(scene.sessions.all()) == 2
    assert scene.webchat.call("GET", "chats", scene.ann.browser).status == 401


# --- the owner -------------------------------------------------------------------------------------------------------


@on("scene", FRESHCHAT, indirect=True)
def test_messages_go_on_both_ways_while_the_key_is_replaced(scene: Scene) -> None:
    old = scene.webchat.keys
    scene.webchat.keys = Secrets({"service_key": KEY}, previous=old.values)  # the web chat has it first
    scene.reply("with the old key")
    scene.reconnect("webchat-1", service_key=KEY)
    webhook_token = scene.webchat.webhook.rpartition("/")[2]
    scene.connections.renewed["webchat", webhook_token] = scene.endpoint_with(KEY, old.get("service_key"))
    scene.says("with the new key")
    scene.reply("with the new key too")
    assert scene.agent_sees() == ["hello", "with the new key"]
    assert scene.visitor_sees() == ["with the old key", "with the new key too"]


@on("scene", FRESHCHAT, indirect=True)
def test_a_key_that_the_web_chat_does_not_know_makes_messages_wait_for_the_owner(scene: Scene) -> None:
    scene.webchat.keys = Secrets({"service_key": KEY})
    scene.reply("waiting")
    assert scene.visitor_sees() == []
    assert scene.connections.connections["webchat-1"].status.value == "needs_authorization"
    scene.reconnect("webchat-1", service_key=KEY)
    scene.settle(scene.HOUR)
    assert scene.visitor_sees() == ["waiting"]
