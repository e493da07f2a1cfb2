"""An agent begins a conversation with a customer who is known: it is heard at once, and answered where it began.

At every platform whose agents can do so, with the calls to it counted.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from patchbay.domain.events import ContactIntroduced, Origin
from patchbay.domain.model import Contact, ConversationStatus
from playground.services.freshchat import DEMO_AGENT as FRESHCHAT_AGENT
from playground.services.freshchat import Freshchat
from playground.services.giosg import DEMO_AGENT as GIOSG_AGENT
from playground.services.uchat import DEMO_AGENT as UCHAT_AGENT
from playground.services.uchat import Button
from playground.services.unblu import DEMO_AGENT as UNBLU_AGENT
from playground.services.unblu.records import Generation
from playground.services.vcita import DEMO_STAFF, Vcita
from playground.services.viber import Viber
from playground.services.viber.records import Person
from playground.simulator import Fault
from tests.harness import giosg_page, giosg_world, uchat_world, unblu_world
from tests.harness.world import World

AT_ONCE = timedelta(seconds=3)
NEWS = ["we have news for you", "your parcel is here"]


def heard(person: Person) -> list[str]:
    return [str(line.text) for line in person.lines if line.author == "agent"]


def asked(world: World, words: str) -> int:
    """How many calls were made so far whose "METHOD address" has the words in it."""
    return sum(words in f"{request.method} {request.url}" for request in world.http.sent)


def calls_of(world: World, text: str, person: Person) -> int:
    """What one more message of the customer's costs: the platform is asked for nothing that it has said before."""
    viber = world.simulators["viber"]
    assert isinstance(viber, Viber)
    world.settle()
    world.http.sent.clear()
    viber.write(person.id, text)
    world.settle()
    return asked(world, "POST ") + asked(world, "GET ")


# --- Giosg -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ended", [True, False])
def test_a_chat_begun_at_giosg_is_looked_at_once_and_answered_there(ended: bool) -> None:
    scene = giosg_world.make_scene()
    scene.talk("hello")
    first = scene.chat
    scene.time.advance(5)
    if ended:
        scene.giosg.end(first.id)
        scene.settle()
    begun = scene.begin_chat()
    for text in NEWS:
        scene.giosg.reply(begun, GIOSG_AGENT, text)
        scene.settle(AT_ONCE)
    assert scene.customer_sees() == NEWS
    assert scene.calls("/memberships") == 1
    scene.talk("thank you")
    assert (scene.agent_sees(first), scene.agent_sees(scene.giosg.chats[begun])) == (["hello"], ["thank you"])
    assert calls_of(scene, "thank you again", scene.asa) == 1


def test_of_two_chats_begun_at_giosg_the_newest_is_answered_and_both_are_heard() -> None:
    scene = giosg_world.make_scene()
    scene.talk("hello")
    begun = []
    for text in NEWS:
        scene.time.advance(5)
        begun.append(scene.begin_chat())
        scene.giosg.reply(begun[-1], GIOSG_AGENT, text)
        scene.settle(AT_ONCE)
    scene.giosg.reply(begun[0], GIOSG_AGENT, "and a word in the older one")
    scene.settle(AT_ONCE)
    assert scene.customer_sees() == [*NEWS, "and a word in the older one"]
    assert scene.calls("/memberships") == 2
    scene.talk("thank you")
    assert scene.agent_sees(scene.giosg.chats[begun[1]]) == ["thank you"]


def test_a_thread_that_the_visitor_begins_does_not_take_the_chat_that_an_agent_has_begun() -> None:
    scene = giosg_page.make_scene()
    scene.says("hello")
    begun = scene.begin_chat()
    scene.reply_in(begun, NEWS[0])
    other = scene.webchat.start_chat("Ann", scene.ann.browser.visitor)
    scene.says("another matter", screen=other)
    assert (scene.texts(begun), scene.texts()) == ([], ["another matter"])
    scene.reply_in(begun, NEWS[1])
    assert scene.visitor_sees(other) == []
    assert len(scene.chats) == 3


def test_a_greeting_in_the_chat_that_is_just_being_opened_waits_for_that_only() -> None:
    scene = giosg_world.make_scene()
    scene.giosg.fail_next(Fault(lost=True, where="POST .*/visitors/.*/chats"))
    scene.viber.write(scene.asa.id, "hello")
    scene.settle(timedelta(seconds=1))
    [chat] = scene.chats
    scene.giosg.rule_message(chat.id, "Welcome!")
    scene.settle(timedelta(seconds=10))
    assert scene.customer_sees() == ["Welcome!"]
    assert scene.agent_sees(chat) == ["hello"]
    assert len(scene.chats) == 1
    assert scene.calls("/memberships") <= 1


# --- Freshchat -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("with_messages", [True, False])
@pytest.mark.parametrize(("form", "looked_up"), [("webhook", 3), ("app", 1), ("both", 3)])
def test_a_conversation_begun_at_freshchat_is_looked_at_once_and_answered_there(
    form: str, looked_up: int, with_messages: bool
) -> None:
    """The conversation and, where only the account's webhook tells of it, its user and the agent's name."""
    world = World("viber", "freshchat")
    viber, freshchat = world.simulators["viber"], world.simulators["freshchat"]
    assert isinstance(viber, Viber)
    assert isinstance(freshchat, Freshchat)
    freshchat.events, freshchat.quirks.created_with_messages = form, with_messages
    for service in ("viber", "freshchat"):
        world.connect(service)
    world.link("viber-1", "freshchat-1")
    asa = viber.new_person("Åsa")
    viber.write(asa.id, "hello")
    world.settle()
    [first] = freshchat.conversations
    world.time.advance(5)
    with freshchat.lock:
        begun = freshchat.actions.create_conversation(first.user, first.channel)
    world.http.sent.clear()
    for text in NEWS:
        freshchat.reply(begun.id, FRESHCHAT_AGENT, text)
        world.settle(AT_ONCE)
    assert heard(asa) == NEWS
    assert asked(world, "GET https://") <= looked_up
    assert (
        form != "app" or asked(world, "/agents/") + asked(world, "GET https://freshchat.simulator.test/v2/users") == 0
    )
    viber.write(asa.id, "thank you")
    world.settle()
    assert "thank you" in repr(begun.messages)
    assert "thank you" not in repr(first.messages)
    assert calls_of(world, "thank you again", asa) == 1


# --- Unblu -----------------------------------------------------------------------------------------------------------


def test_a_conversation_begun_at_unblu_with_a_known_contact_is_answered_there() -> None:
    """Where the messenger takes first words; a contact has one open conversation at most."""
    scene = unblu_world.make_scene("v4", outbound_to="viber:viber-1")
    scene.talk("hello")
    [contact] = scene.unblu.contacts
    scene.unblu.end(scene.conversation.id)
    scene.settle()
    scene.time.advance(5)
    scene.http.sent.clear()
    begun = scene.unblu.start_chat(UNBLU_AGENT, contact.id, NEWS[0])
    scene.settle(AT_ONCE)
    scene.reply(NEWS[1])
    scene.settle(AT_ONCE)
    assert scene.customer_sees() == NEWS
    assert asked(scene, "GET https://") == 0  # Unblu quotes our name for the contact
    scene.talk("thank you")
    assert scene.conversation.id == begun
    assert scene.agent_sees() == ["thank you"]
    assert calls_of(scene, "thank you again", scene.asa) == 1
    assert scene.unblu.complaints == []


@pytest.mark.parametrize("generation", ["v3", "v4"])
def test_a_conversation_of_unblu_that_we_did_not_record_is_looked_at_once(generation: Generation) -> None:
    scene = unblu_world.make_scene(generation)
    scene.talk("hello")
    scene.sessions.forget()
    scene.http.sent.clear()
    for text in NEWS:
        scene.reply(text)
        scene.settle(AT_ONCE)
    assert scene.customer_sees() == NEWS
    assert asked(scene, "GET https://") <= 1
    scene.talk("thank you")
    assert scene.agent_sees() == ["hello", "thank you"]
    assert calls_of(scene, "thank you again", scene.asa) == 1


# --- vcita -----------------------------------------------------------------------------------------------------------


def test_staff_who_write_to_a_client_whose_session_sleeps_are_heard_at_once() -> None:
    """vcita: one session for a client and a channel; the staff wakes it by choosing the channel."""
    world = World("viber", "vcita")
    viber, vcita = world.simulators["viber"], world.simulators["vcita"]
    assert isinstance(viber, Viber)
    assert isinstance(vcita, Vcita)
    for service in ("viber", "vcita"):
        world.connect(service)
    world.link("viber-1", "vcita-1")
    asa = viber.new_person("Åsa Öberg")
    world.settle()
    world.time.advance(2)
    viber.write(asa.id, "hello")
    world.settle()
    [client] = vcita.businesses[0].clients
    [session] = vcita.sessions_of(client)
    vcita.deactivate_session(client.uid)
    world.settle()
    world.time.advance(3600)
    world.http.sent.clear()
    vcita.switch_channel(client.uid, session.channel.uid)
    for text in NEWS:
        vcita.reply(client.uid, DEMO_STAFF, text)
        world.settle(AT_ONCE)
    assert heard(asa) == NEWS
    assert asked(world, "GET https://") == 0
    viber.write(asa.id, "thank you")
    world.settle()
    assert [line.text for line in client.lines if line.author == "customer"] == ["hello", "thank you"]
    assert len(vcita.sessions_of(client)) == 1
    assert calls_of(world, "thank you again", asa) == 1


def test_a_customer_who_is_introduced_is_one_of_vcitas_clients_with_a_session_that_staff_can_choose() -> None:
    world = World("viber", "vcita")
    vcita = world.simulators["vcita"]
    assert isinstance(vcita, Vcita)
    for service in ("viber", "vcita"):
        world.connect(service)
    world.link("viber-1", "vcita-1")
    world.settle()
    origin = Origin(service="viber", endpoint="viber-1")
    contact = Contact(external_id="41790000001", name="Åsa Öberg", phone="+41790000001")
    for number in range(2):
        event = ContactIntroduced(
            id=f"introduction-{number}",
            origin=origin,
            thread=contact.external_id,
            occurred_at=world.time.now(),
            contact=contact,
        )
        world.queue.send([event])
        world.settle()
        world.time.advance(60)
    [client] = vcita.businesses[0].clients
    assert (client.profile["first_name"], client.profile["phone"]) == ("Åsa", "+41790000001")
    [session] = vcita.sessions_of(client)
    assert session.status == "active"
    assert {line.author for line in client.lines} == {"system"}, "nothing is said"
    [stored] = world.sessions.all()
    assert stored.conversation.status is ConversationStatus.ACTIVE
    assert not world.queue.parked


# --- UChat -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lost", [True, False])
def test_a_bot_that_writes_first_to_a_known_subscriber_is_heard_at_once(lost: bool) -> None:
    """UChat has no conversations: what it says goes to the subscriber."""
    scene = uchat_world.make_scene()
    scene.talk("hello")
    scene.time.advance(30 * 24 * 3600)
    if lost:
        scene.sessions.forget()
    scene.http.sent.clear()
    scene.uchat.send_buttons(scene.contact.user_ns, UCHAT_AGENT, NEWS[0], [Button(title="Tell me", payload="flow:1")])
    scene.settle(AT_ONCE)
    assert heard(scene.asa) == [NEWS[0]]
    assert asked(scene, "uchat") == 0
    scene.talk("thank you")
    assert scene.desk_sees() == ["hello", "thank you"]
    assert calls_of(scene, "thank you again", scene.asa) == 1
