"""A customer on Viber, agents at Unblu: what they say to each other, in both generations of its API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from playground.services.unblu import DEMO_AGENT, OTHER_AGENT
from playground.services.unblu.records import Generation
from tests.harness.fakes.media import PUBLIC
from tests.harness.unblu_world import Scene, make_scene

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 200
SECONDS = timedelta(seconds=1)
OPTIONS = [("Monday", "mon"), ("Tuesday", "tue")]


@pytest.fixture(params=["v4", "v3"])
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    scene = make_scene(request.param)
    yield scene
    assert not scene.telemetry.logged("event failed unexpectedly")


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
    fine.unblu.quirks.scan_seconds = 45
    fine.unblu.send_file(fine.conversation.id, DEMO_AGENT, "Plan.pdf", "application/pdf", b"%PDF-1.7")
    fine.reply("as promised")
    fine.settle(30 * SECONDS)
    assert fine.customer_sees() == []
    fine.settle()
    assert fine.customer_sees() == ["<file>", "as promised"]
    assert list(fine.media.files.values()) == [b"%PDF-1.7"]


def test_a_file_that_stays_in_the_scanner_does_not_hold_up_the_conversation(fine: Scene) -> None:
    fine.talk("hello")
    fine.unblu.quirks.scan_seconds = 3600 * 24
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


def test_what_the_agent_reads_is_nothing_that_viber_shows(fine: Scene) -> None:
    """The web chat does: there it is shown."""
    fine.talk("hello", "again")
    fine.unblu.read(fine.conversation.id)
    assert fine.time.run_due()
    assert len(fine.queue) == 0
    assert not [sent for sent in fine.ledger.all_sent() if sent.connection_id == "unblu-1"]


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


def test_an_agent_can_send_again_what_had_failed_for_the_time_being(scene: Scene) -> None:
    scene.talk("hello")
    scene.viber.switches.api_status = 500
    message = scene.reply("are you there?")
    scene.settle(timedelta(days=2))
    scene.viber.switches.api_status = 0
    scene.unblu.resend(scene.conversation.id, message.id)
    scene.settle()
    assert scene.customer_sees() == ["are you there?"]
    assert message.state == "delivered"


def test_what_is_read_after_the_end_is_told_of_the_conversation_that_it_stands_in(fine: Scene) -> None:
    fine.talk("hello")
    message = fine.reply("Goodbye")
    fine.settle()
    fine.unblu.end(fine.conversation.id, DEMO_AGENT)
    fine.settle()
    fine.viber.read(fine.asa.id)
    fine.settle()
    assert message.state == "read"
