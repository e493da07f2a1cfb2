"""A customer on Viber, agents at Unblu: every behaviour that is Unblu's own, in both generations of its API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from patchbay import connectors
from patchbay.accounts import ConnectionStatus
from patchbay.connecting import HealsWebhooks, RegistersWebhooks
from patchbay.errors import Misconfigured
from playground.services.unblu import DEMO_AGENT, OTHER_AGENT, Unblu
from playground.services.unblu.errors import Refused
from playground.services.unblu.records import Conversation, Generation, Message
from playground.services.viber.people import ViberSimulator
from playground.services.viber.state import Line, Person
from playground.simulator import Fault
from tests.fakes.media import PUBLIC
from tests.support.world import World

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 200
SECONDS = timedelta(seconds=1)
OPTIONS = [("Monday", "mon"), ("Tuesday", "tue")]


class Scene(World):
    """Viber linked to Unblu, with one customer."""

    viber: ViberSimulator
    unblu: Unblu
    asa: Person

    @property
    def conversation(self) -> Conversation:
        """The latest."""
        return self.unblu.conversations[-1]

    def agent_sees(self, conversation: Conversation | None = None) -> list[str]:
        conversation = conversation or self.conversation
        return [_read(message) for message in conversation.messages if message.from_channel]

    def customer_sees(self, person: Person | None = None) -> list[str]:
        return [_describe(line) for line in (person or self.asa).lines if line.author == "agent"]

    @property
    def last_line(self) -> Line:
        return [line for line in self.asa.lines if line.author == "agent"][-1]

    def talk(self, *texts: str) -> None:
        for text in texts:
            self.viber.write(self.asa.id, text)
        self.settle()

    def reply(self, text: str, agent: str = DEMO_AGENT, *, markdown: bool = False) -> Message:
        uid = self.unblu.reply(self.conversation.id, agent, text, markdown)
        return self.message(uid)

    def message(self, uid: str) -> Message:
        found = self.conversation.message(uid)
        assert found is not None
        return found

    def heal(self) -> str:
        """What the caretaker does every few minutes."""
        connector, connection = connectors.load("unblu"), self.connections.connections["unblu-1"]
        assert isinstance(connector, HealsWebhooks)
        return connector.heal({"webhook": f"{PUBLIC}/unblu/hook-of-unblu-1-0123456789"}, connection, self.http)

    def break_answers(self, *, broken: bool) -> None:
        """Our endpoint is gone, or there again."""
        self.queue.refuse = 10_000 if broken else 0


def _read(message: Message) -> str:
    if message.file:
        return f"<{message.file.name}>"
    return str(message.body.get("text") or message.body.get("value"))


def _describe(line: Line) -> str:
    if line.cards:
        return " | ".join(card.title for card in line.cards)
    return line.text or f"<{line.attachment['kind'] if line.attachment else 'other'}>"


def make_scene(generation: Generation, **settings: str) -> Scene:
    scene = Scene("viber", "unblu")
    viber, unblu = scene.simulators["viber"], scene.simulators["unblu"]
    assert isinstance(viber, ViberSimulator)
    assert isinstance(unblu, Unblu)
    scene.viber, scene.unblu = viber, unblu
    unblu.generation = generation
    scene.connect("viber")
    scene.connect("unblu", **settings)
    scene.link("viber-1", "unblu-1")
    scene.asa = viber.new_person("Åsa Öberg")
    scene.settle()
    scene.time.advance(2)  # connecting has taken some of this second's calls
    return scene


@pytest.fixture(params=["v4", "v3"])
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    scene = make_scene(request.param)
    yield scene
    assert not scene.journal.said("event crashed")


@pytest.fixture
def fine(scene: Scene) -> Iterator[Scene]:
    """Where nothing is broken on purpose, Unblu must have nothing to complain of."""
    yield scene
    assert scene.unblu.complaints == []


# --- there and back --------------------------------------------------------------------------------------------------


def test_a_customer_asks_and_an_agent_answers_under_her_own_name(fine: Scene) -> None:
    fine.talk("hello", "anybody there?")
    fine.reply("Hello Åsa!")
    fine.settle()
    assert fine.agent_sees() == ["hello", "anybody there?"]
    assert fine.customer_sees() == ["Hello Åsa!"]
    assert fine.last_line.name == "Carla Rossi"
    [customer] = fine.conversation.external()
    assert customer.person.name == "Åsa Öberg"


def test_many_scripts_arrive_as_they_were_written(fine: Scene) -> None:
    texts = ["שלום 👩‍👩‍👧", "مرحبا", "你好", "Grüße & <b> **x** _y_"]
    fine.talk(*texts)
    for text in texts:
        fine.reply(text)
    fine.settle()
    assert fine.agent_sees() == texts
    assert fine.customer_sees() == texts


def test_several_customers_and_agents_stay_apart(fine: Scene) -> None:
    people = [fine.viber.new_person(name) for name in ("Bo", "Carl", "Dora")]
    for person in people:
        fine.viber.write(person.id, f"I am {person.name}")
    fine.settle()
    for conversation in fine.unblu.conversations:
        [customer] = conversation.external()
        fine.unblu.reply(conversation.id, OTHER_AGENT, f"Hello {customer.person.name}")
    fine.settle()
    assert [fine.customer_sees(person) for person in people] == [["Hello Bo"], ["Hello Carl"], ["Hello Dora"]]


def test_markdown_reads_well_on_the_phone(fine: Scene) -> None:
    fine.talk("hello")
    fine.reply("# Hours\n**Mon** to *Fri*, see [our page](https://shop.example/hours)", markdown=True)
    fine.settle()
    assert fine.customer_sees() == ["Hours\nMon to Fri, see our page (https://shop.example/hours)"]


@pytest.mark.parametrize("generation", ["v4", "v3"])
def test_the_agents_name_can_stand_before_each_text(generation: Generation) -> None:
    scene = make_scene(generation, name_prefix="yes")
    scene.talk("hello")
    scene.reply("Hello Åsa!")
    scene.settle()
    assert scene.customer_sees() == ["Carla Rossi: Hello Åsa!"]


# --- files -----------------------------------------------------------------------------------------------------------


def test_a_customers_picture_and_file_reach_the_desk_whole(fine: Scene) -> None:
    fine.viber.send_file(fine.asa.id, "cat.png", "image/png", PNG, caption="my cat")
    fine.viber.send_file(fine.asa.id, "Rechnung März.pdf", "application/pdf", b"%PDF-1.7")
    fine.settle()
    first, second = [message for message in fine.conversation.messages if message.from_channel]
    assert first.file is not None
    assert second.file is not None
    assert (first.file.data, first.file.content_type, first.body["caption"]) == (PNG, "image/png", "my cat")
    assert (second.file.data, second.file.name) == (b"%PDF-1.7", "Rechnung März.pdf")


def test_a_file_above_the_cap_becomes_a_link(fine: Scene) -> None:
    fine.viber.send_file(fine.asa.id, "film.mp4", "video/mp4", bytes(11 * 1024 * 1024))
    fine.settle()
    [line] = fine.agent_sees()
    assert PUBLIC in line


def test_an_agents_picture_and_file_reach_the_phone_and_the_password_does_not(fine: Scene) -> None:
    fine.talk("hello")
    fine.unblu.send_file(fine.conversation.id, DEMO_AGENT, "map.png", "image/png", PNG, "Here we are")
    fine.unblu.send_file(fine.conversation.id, DEMO_AGENT, "Plan.pdf", "application/pdf", b"%PDF-1.7")
    fine.settle()
    urls = [str(line.attachment["url"]) for line in fine.asa.lines if line.attachment]
    assert [url.startswith(PUBLIC) for url in urls] == [True, True]
    assert sorted(fine.media.files.values()) == sorted([PNG, b"%PDF-1.7"])


def test_a_file_is_waited_for_while_it_is_scanned_and_what_follows_keeps_its_place(fine: Scene) -> None:
    fine.talk("hello")
    fine.unblu.habits.scan_seconds = 45
    fine.unblu.send_file(fine.conversation.id, DEMO_AGENT, "Plan.pdf", "application/pdf", b"%PDF-1.7")
    fine.reply("as promised")
    fine.settle(30 * SECONDS)
    assert fine.customer_sees() == []
    fine.settle()
    assert fine.customer_sees() == ["<file>", "as promised"]
    assert list(fine.media.files.values()) == [b"%PDF-1.7"]


def test_a_file_that_stays_in_the_scanner_does_not_hold_up_the_conversation(fine: Scene) -> None:
    fine.talk("hello")
    fine.unblu.habits.scan_seconds = 3600 * 24
    fine.unblu.send_file(fine.conversation.id, DEMO_AGENT, "Plan.pdf", "application/pdf", b"%PDF-1.7")
    fine.reply("as promised")
    fine.settle()
    missing, after = fine.customer_sees()
    assert "Plan.pdf" in missing
    assert after == "as promised"


# --- cards and questions ---------------------------------------------------------------------------------------------


def test_a_card_is_shown_with_its_buttons_and_a_tap_says_its_text(fine: Scene) -> None:
    fine.talk("hello")
    fine.unblu.card(fine.conversation.id, DEMO_AGENT, "House", "Big", replies=[("Call me", "Call me")])
    fine.settle()
    [card] = fine.last_line.cards
    assert card.title == "House"
    fine.viber.tap(fine.asa.id, fine.last_line.id, 0, card=0)
    fine.settle()
    assert fine.agent_sees() == ["hello", "Call me"]


def test_a_list_is_shown_item_by_item(fine: Scene) -> None:
    fine.talk("hello")
    fine.unblu.item_list(
        fine.conversation.id, DEMO_AGENT, "Branches", [("Bern", "Old town"), ("Basel", "At the Rhine")]
    )
    fine.settle()
    seen = repr(fine.asa.lines)
    for words in ("Branches", "Bern", "Old town", "Basel", "At the Rhine"):
        assert words in seen


Ask = Callable[[Scene], str]


def ask_day(scene: Scene) -> str:
    return scene.unblu.multiple_choice(scene.conversation.id, DEMO_AGENT, "Which day?", OPTIONS)


def ask_rating(scene: Scene) -> str:
    return scene.unblu.rating(scene.conversation.id, DEMO_AGENT, "How was it?", OPTIONS, decline="Not now")


@pytest.mark.parametrize("ask", [ask_day, ask_rating])
def test_a_tap_answers_the_question_it_stands_under(fine: Scene, ask: Ask) -> None:
    fine.talk("hello")
    question = ask(fine)
    fine.settle()
    fine.viber.tap(fine.asa.id, fine.last_line.id, 1)
    fine.settle()
    assert (fine.message(question).answer_status, fine.message(question).answer) == ("ANSWERED", "tue")


def test_a_typed_label_is_an_answer_too(fine: Scene) -> None:
    fine.talk("hello")
    question = ask_day(fine)
    fine.settle()
    fine.talk("monday")
    assert fine.message(question).answer == "mon"


def test_a_question_for_words_takes_the_next_message_and_no_more(fine: Scene) -> None:
    fine.talk("hello")
    question = fine.unblu.text_question(fine.conversation.id, DEMO_AGENT, "Your number?")
    fine.settle()
    fine.talk("12345678", "is that right?")
    assert fine.message(question).answer == "12345678"
    assert fine.agent_sees() == ["hello", "12345678", "is that right?"]
    assert fine.conversation.messages[-1].type == "TEXT"


def test_an_answer_after_the_question_was_withdrawn_is_still_said(fine: Scene) -> None:
    fine.talk("hello")
    question = ask_day(fine)
    fine.settle()
    fine.unblu.abort_question(fine.conversation.id, question)
    fine.viber.tap(fine.asa.id, fine.last_line.id, 0)
    fine.settle()
    assert fine.agent_sees() == ["hello", "Monday"]
    assert len(fine.customer_sees()) == 1  # the withdrawal is nothing for the customer


def test_quick_replies_become_buttons_and_a_tap_comes_back(fine: Scene) -> None:
    fine.talk("hello")
    fine.unblu.quick_replies(fine.conversation.id, DEMO_AGENT, "Shall we call?", ["Yes, please", "No"])
    fine.settle()
    assert [press.label for press in fine.last_line.buttons] == ["Yes, please", "No"]
    fine.viber.tap(fine.asa.id, fine.last_line.id, 0)
    fine.settle()
    assert fine.agent_sees() == ["hello", "Yes, please"]


def test_what_is_not_for_customers_stays_with_the_agents(fine: Scene) -> None:
    fine.talk("hello")
    fine.unblu.internal_note(fine.conversation.id, DEMO_AGENT, "a difficult one")
    fine.unblu.system_line(fine.conversation.id, "Carla has joined")
    fine.settle()
    assert fine.customer_sees() == []


def test_what_nobody_knows_is_shown_by_its_fallback() -> None:
    scene = make_scene("v4")
    scene.talk("hello")
    scene.unblu.whatsapp_template(scene.conversation.id, DEMO_AGENT, "Your appointment is at 10:00")
    scene.settle()
    assert scene.customer_sees() == ["Your appointment is at 10:00"]


# --- states ----------------------------------------------------------------------------------------------------------


def test_the_agent_sees_how_far_her_message_got(fine: Scene) -> None:
    fine.talk("hello")
    message = fine.reply("Hello Åsa!")
    fine.settle()
    assert message.reported == ["sent", "delivered"]
    fine.viber.read(fine.asa.id)
    fine.settle()
    assert message.reported == ["sent", "delivered", "read"]
    assert message.state == "read"


@pytest.mark.parametrize("generation", ["v4", "v3"])
def test_where_unblu_sees_to_states_itself_it_is_told_of_sending_alone(generation: Generation) -> None:
    scene = make_scene(generation, states_external="no")
    scene.talk("hello")
    message = scene.reply("Hello Åsa!")
    scene.settle()
    scene.viber.read(scene.asa.id)
    scene.settle()
    assert message.reported == ["sent"]


def test_what_the_agent_reads_is_known_at_our_side(fine: Scene) -> None:
    fine.talk("hello", "again")
    fine.unblu.read(fine.conversation.id)
    fine.settle()
    states = [sent.state.value for sent in fine.ledger.all_sent() if sent.connection_id == "unblu-1"]
    assert set(states) == {"read"}


def test_an_agent_learns_why_a_message_did_not_get_through(fine: Scene) -> None:
    fine.talk("hello")
    fine.asa.subscribed = False  # without a word to us
    message = fine.reply("are you there?")
    fine.settle()
    assert (message.state, message.retryable) == ("failed", False)
    assert message.failure
    assert fine.customer_sees() == []


def test_a_message_that_waits_for_the_owner_may_be_tried_again(scene: Scene) -> None:
    scene.talk("hello")
    scene.viber.switches.api_status = 500
    message = scene.reply("are you there?")
    scene.settle(timedelta(days=2))
    assert (message.state, message.retryable) == ("failed", True)


# --- ends ------------------------------------------------------------------------------------------------------------


def test_after_the_end_there_is_a_new_conversation_and_nothing_is_lost(fine: Scene) -> None:
    fine.talk("one")
    fine.unblu.end(fine.conversation.id, DEMO_AGENT)
    fine.settle()
    fine.talk("two", "three")
    assert len(fine.unblu.conversations) == 2
    assert fine.agent_sees() == ["two", "three"]
    fine.reply("answer")
    fine.settle()
    assert fine.customer_sees() == ["answer"]


@pytest.mark.parametrize("status", [400, 403, 404])
def test_an_end_that_nobody_told_us_of_is_noticed(scene: Scene, status: int) -> None:
    scene.unblu.habits.ended_status = status  # type: ignore[assignment]
    scene.talk("one")
    scene.unblu.registrations.clear()
    scene.unblu.end(scene.conversation.id, DEMO_AGENT)
    scene.talk("two")
    assert scene.agent_sees() == ["two"]
    assert scene.connections.connections["unblu-1"].status is ConnectionStatus.ACTIVE


def test_source_ids_that_stay_taken_are_no_end_of_talking() -> None:
    scene = make_scene("v3")
    scene.unblu.habits.unique_forever = True
    for number in range(3):
        scene.talk(f"message {number}")
        assert scene.agent_sees() == [f"message {number}"]
        scene.unblu.end(scene.conversation.id, DEMO_AGENT)
        scene.settle()
    assert len(scene.unblu.conversations) == 3


def test_a_customer_who_leaves_ends_the_conversation(fine: Scene) -> None:
    fine.talk("hello")
    fine.viber.unsubscribe(fine.asa.id)
    fine.settle()
    assert fine.conversation.is_over
    assert fine.conversation.end_reason == "EXTERNAL_CHANNEL_CLOSED"
    fine.talk("I am back")
    assert fine.agent_sees() == ["I am back"]
    assert not fine.conversation.is_over


# --- once, in order, in a race ---------------------------------------------------------------------------------------


def test_twenty_first_messages_at_once_make_one_customer_and_one_conversation(fine: Scene) -> None:
    texts = [f"message {number}" for number in range(20)]
    for text in texts:
        fine.viber.write(fine.asa.id, text)
    while fine.time.run_due():
        pass
    fine.race()
    fine.settle()
    assert len(fine.unblu.conversations) == 1
    assert len(fine.unblu.contacts) <= 1
    assert fine.agent_sees() == texts


def test_doubled_webhooks_are_heard_once(scene: Scene) -> None:
    scene.viber.switches.webhook_duplicates = True
    scene.unblu.switches.webhook_duplicates = True
    scene.talk("one", "two")
    scene.reply("three")
    scene.settle()
    assert scene.agent_sees() == ["one", "two"]
    assert scene.customer_sees() == ["three"]


def test_a_request_whose_answer_came_too_late_is_repeated_and_done_once(scene: Scene) -> None:
    scene.talk("hello")
    scene.unblu.habits.slow_answers = 2
    message = scene.reply("Hello Åsa!")
    scene.settle()
    assert scene.customer_sees() == ["Hello Åsa!"]
    assert message.state == "delivered"


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=429, retry_after=7),
        Fault(status=503),
        Fault(status=500),
        Fault(refused=True),
        Fault(lost=True, where=".*(create|createOrUpdateVirtual|search)"),
    ],
)
def test_unblu_failing_in_any_way_loses_and_doubles_nothing(scene: Scene, fault: Fault) -> None:
    for _ in range(4):
        scene.unblu.fail_next(
            replace(fault, where=fault.where if fault.lost else ".*(persons|conversations|contacts).*")
        )
    scene.talk("one", "two")
    assert scene.agent_sees() == ["one", "two"]
    assert len(scene.unblu.conversations) == 1


def test_a_lost_answer_of_sending_may_double_and_is_marked(scene: Scene) -> None:
    scene.talk("one")
    scene.unblu.fail_next(Fault(lost=True, where=".*sendMessage"))
    scene.talk("two")
    assert scene.agent_sees()[:2] == ["one", "two"]
    assert scene.journal.metrics["Uncertain"] == 1


# --- the account -----------------------------------------------------------------------------------------------------


def test_a_new_password_after_a_changed_one_brings_every_waiting_message(scene: Scene) -> None:
    scene.talk("one")
    known = scene.connections.connections["unblu-1"].secrets.values["password"]
    scene.reconnect("unblu-1", password="not-this-one")
    scene.talk("two", "three")
    assert scene.connections.connections["unblu-1"].status is ConnectionStatus.NEEDS_AUTHORIZATION
    scene.reconnect("unblu-1", password=known)
    scene.settle(timedelta(hours=2))
    assert scene.agent_sees() == ["one", "two", "three"]


def test_a_channel_that_unblu_gave_up_on_is_put_back_and_what_waited_arrives(scene: Scene) -> None:
    scene.talk("hello")
    scene.break_answers(broken=True)
    scene.reply("anybody there?")
    scene.settle()
    assert scene.unblu.channels[0].status == "INACTIVE_UNAVAILABLE"
    scene.break_answers(broken=False)
    assert scene.heal()
    scene.settle()
    assert scene.customer_sees() == ["anybody there?"]
    assert scene.heal() == ""


def test_a_channel_that_an_admin_switched_off_stays_off(scene: Scene) -> None:
    scene.unblu.channels[0].fields["webhookStatus"] = "INACTIVE"
    assert scene.heal() == ""
    connector = connectors.load("unblu")
    assert isinstance(connector, RegistersWebhooks)
    with pytest.raises(Misconfigured, match="switched off"):
        connector.register({"webhook": "https://x.test"}, scene.connections.connections["unblu-1"], scene.http)


@pytest.mark.parametrize("signatures", ["sha1", "sha256", "both"])
def test_every_way_of_signing_is_understood_and_none_is_not(scene: Scene, signatures: str) -> None:
    scene.talk("hello")
    scene.unblu.habits.signatures = signatures  # type: ignore[assignment]
    scene.reply("signed")
    scene.settle()
    scene.unblu.habits.signatures = "none"
    scene.reply("not signed")
    scene.settle()
    assert scene.customer_sees() == ["signed"]


def test_an_upgrade_of_unblu_needs_the_owner_to_connect_again_and_loses_nothing() -> None:
    scene = make_scene("v3")
    scene.talk("before")
    scene.unblu.set_generation("v4")
    known = scene.connections.connections["unblu-1"]
    settings = {**known.settings, "api_version_found": "v4"}  # what `check` finds out
    scene.connections.change("unblu-1", settings=settings)
    connector = connectors.load("unblu")
    assert isinstance(connector, RegistersWebhooks)
    connector.register({"webhook": scene.unblu.channels[0].endpoint}, replace(known, settings=settings), scene.http)
    scene.talk("after")
    scene.reply("hello again")
    scene.settle()
    assert scene.agent_sees() == ["before", "after"]
    assert scene.customer_sees() == ["hello again"]


# --- several contacts, agents who write first ------------------------------------------------------------------------


def test_two_customers_in_one_conversation_each_get_what_is_said_once() -> None:
    scene = make_scene("v4")
    bo = scene.viber.new_person("Bo")
    scene.viber.write(bo.id, "I am Bo")
    scene.settle()
    scene.unblu.end(scene.conversation.id)
    scene.talk("I am Åsa")
    [contact] = [one for one in scene.unblu.contacts if one.name == "Bo"]
    scene.unblu.add_contact_to_conversation(scene.conversation.id, contact.id)
    scene.settle()
    message = scene.reply("Hello both")
    scene.settle()
    assert scene.customer_sees() == ["Hello both"]
    assert scene.customer_sees(bo) == ["Hello both"]
    scene.viber.read(bo.id)
    scene.settle()
    assert message.reached[contact.id] == "read"
    assert scene.unblu.complaints == []


def test_an_agent_who_wants_to_write_first_reads_why_that_is_not_possible() -> None:
    scene = make_scene("v4")
    scene.unblu.channels[0].fields["outboundSupported"] = True  # somebody has switched it on at Unblu
    with pytest.raises(Refused, match="must write first"):
        scene.unblu.start_chat(DEMO_AGENT, "+49 1511 2345678", "Hello?")


def test_an_agent_may_write_first_where_the_messenger_takes_that() -> None:
    scene = make_scene("v4", outbound_to="viber:viber-1")
    with pytest.raises(Refused, match="country code"):
        scene.unblu.start_chat(DEMO_AGENT, "0151 2345678", "Hello?")
    scene.unblu.start_chat(DEMO_AGENT, "+49 1511 2345678", "Hello?", name="Bo")
    [contact] = scene.unblu.contacts
    assert contact.source_id == "viber:viber-1:4915112345678"
    assert scene.conversation.source_id
    assert scene.unblu.complaints == []


# --- memory lost, and what is never told -----------------------------------------------------------------------------


def test_a_conversation_is_found_again_after_our_table_was_lost(fine: Scene) -> None:
    fine.talk("hello")
    fine.sessions.forget()
    fine.reply("still there?")
    fine.settle()
    assert fine.customer_sees() == ["still there?"]
    fine.talk("yes")
    assert len(fine.unblu.conversations) == 1
    assert fine.agent_sees() == ["hello", "yes"]


def test_a_changed_profile_is_shown_to_the_agents(fine: Scene) -> None:
    fine.talk("hello")
    fine.asa.name = "Åsa Öberg-Lind"
    fine.talk("I am married")
    [customer] = fine.conversation.external()
    assert customer.person.name == "Åsa Öberg-Lind"


def test_no_secret_and_no_text_is_written_to_the_log(scene: Scene) -> None:
    scene.talk("a very private matter")
    scene.unblu.fail_next(Fault(status=500))
    scene.reply("a very private answer")
    scene.settle()
    scene.reconnect("unblu-1", password="rotated-password")
    scene.talk("a very private reminder")
    written = repr(scene.journal.lines)
    assert "very private" not in written
    for connection in scene.connections.connections.values():
        assert not any(secret in written for secret in connection.secrets.values.values())
    assert "hook-of-" not in written
