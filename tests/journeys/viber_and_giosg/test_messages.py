"""A customer on Viber, agents at Giosg: what they say to each other, and what comes in between: messages."""

from __future__ import annotations

from datetime import timedelta

from playground.services.giosg import DEMO_AGENT
from tests.harness.fakes.media import PUBLIC
from tests.harness.giosg_world import Scene, make_scene
from tests.journeys.viber_and_giosg.scene import DAYS, HOUR, PNG

# --- long texts, files, links ---------------------------------------------------------------------------------------


def test_a_long_text_is_cut_and_keeps_its_order(scene: Scene) -> None:
    scene.talk("start")
    scene.talk(" ".join(f"word{number}" for number in range(600)))
    _, *pieces = scene.agent_sees()
    assert len(pieces) > 1
    assert " ".join(pieces).split() == [f"word{number}" for number in range(600)]


def test_a_customers_picture_becomes_a_link_that_stays_good(scene: Scene) -> None:
    scene.viber.send_file(scene.asa.id, "cat.png", "image/png", PNG, caption="my cat")
    scene.settle()
    link, caption = "\n".join(scene.agent_sees()).split("\n")
    assert PUBLIC in link
    assert caption == "my cat"
    assert scene.media.files[link.partition(": ")[2]] == PNG


def test_a_place_becomes_a_link_to_a_map(scene: Scene) -> None:
    scene.viber.send_location(scene.asa.id, 59.33, 18.06)
    scene.settle()
    assert "59.33,18.06" in scene.agent_sees()[0]


def test_an_agents_picture_and_file_reach_the_phone_and_the_token_does_not(scene: Scene) -> None:
    scene.talk("hello")
    scene.giosg.send_image(scene.chat.id, DEMO_AGENT, "map.png", "image/png", PNG, "Here we are")
    scene.giosg.send_file(scene.chat.id, DEMO_AGENT, "Plan.pdf", "application/pdf", b"%PDF-1.7")
    scene.settle()
    assert "Here we are" in scene.customer_sees()
    urls = [str(line.attachment["url"]) for line in scene.lines() if line.attachment]
    assert [url.startswith(PUBLIC) for url in urls] == [True, True]
    assert sorted(scene.media.files.values()) == sorted([PNG, b"%PDF-1.7"])


def test_a_picture_is_waited_for_until_it_is_uploaded_and_what_follows_keeps_its_place(scene: Scene) -> None:
    scene.talk("hello")
    scene.quirks.late_files = 20
    scene.giosg.send_image(scene.chat.id, DEMO_AGENT, "map.png", "image/png", PNG)
    scene.giosg.reply(scene.chat.id, DEMO_AGENT, "as promised")
    scene.settle(timedelta(seconds=10))
    assert scene.customer_sees() == []
    scene.settle()
    assert scene.customer_sees() == ["<image>", "as promised"]


def test_a_picture_that_never_comes_does_not_hold_up_the_chat(scene: Scene) -> None:
    scene.talk("hello")
    scene.quirks.late_files = 24 * 3600
    scene.giosg.send_image(scene.chat.id, DEMO_AGENT, "map.png", "image/png", PNG)
    scene.giosg.reply(scene.chat.id, DEMO_AGENT, "as promised")
    scene.settle(HOUR)
    missing, after = scene.customer_sees()
    assert "map.png" in missing
    assert after == "as promised"


# --- cards and buttons ----------------------------------------------------------------------------------------------


def test_a_tap_answers_the_button_at_giosg(scene: Scene) -> None:
    scene.talk("hello")
    scene.giosg.send_buttons(
        scene.chat.id, DEMO_AGENT, "Which day?", DAYS, links=[("All days", "https://shop.example/days")]
    )
    scene.settle()
    assert [press.label for press in scene.last_line.buttons] == ["Monday", "Tuesday", "All days"]
    scene.viber.tap(scene.asa.id, scene.last_line.id, 1)
    scene.settle()
    answer = scene.said()[-1]
    assert (answer.type, answer.response["response_value"]) == ("action", "tue")


def test_a_typed_label_is_an_answer_too(scene: Scene) -> None:
    scene.talk("hello")
    scene.giosg.send_buttons(scene.chat.id, DEMO_AGENT, "Which day?", DAYS)
    scene.settle()
    scene.talk("monday")
    assert scene.agent_sees() == ["hello", "<Monday>"]


def test_a_button_that_works_once_says_its_label_after_that(scene: Scene) -> None:
    scene.talk("hello")
    scene.giosg.send_buttons(scene.chat.id, DEMO_AGENT, "Which day?", DAYS)
    scene.settle()
    scene.talk("Monday", "Tuesday")
    assert scene.agent_sees() == ["hello", "<Monday>", "Tuesday"]


def test_where_giosg_takes_no_actions_a_tap_is_said(scene: Scene) -> None:
    scene.quirks.refuses_actions = True
    scene.talk("hello")
    scene.giosg.send_buttons(scene.chat.id, DEMO_AGENT, "Which day?", DAYS)
    scene.settle()
    scene.viber.tap(scene.asa.id, scene.last_line.id, 0)
    scene.settle()
    assert scene.agent_sees() == ["hello", "Monday"]


def test_a_card_is_shown_with_its_picture_and_its_buttons(scene: Scene) -> None:
    scene.talk("hello")
    scene.giosg.send_image(scene.chat.id, DEMO_AGENT, "house.png", "image/png", PNG)
    scene.settle()
    picture = str(scene.chat.messages[-1].attachments[0]["image_url"])
    scene.giosg.send_card(scene.chat.id, DEMO_AGENT, "House", "**Big**", image=picture, labels=["I want it"])
    scene.settle()
    [card] = scene.last_line.cards
    assert (card.title, card.text) == ("House", "Big")
    assert (card.image or "").startswith(PUBLIC)
    scene.viber.tap(scene.asa.id, scene.last_line.id, 0, card=0)
    scene.settle()
    assert scene.agent_sees()[-1] == "<I want it>"


# --- coming, going, reading -----------------------------------------------------------------------------------------


def test_comings_and_goings_are_told_where_the_owner_wants_it(scene: Scene) -> None:
    scene.talk("hello")
    scene.giosg.join(scene.chat.id, DEMO_AGENT)
    scene.giosg.leave(scene.chat.id, DEMO_AGENT)
    scene.settle()
    assert scene.customer_sees() == []
    telling = make_scene(notices="yes")
    telling.talk("hello")
    telling.giosg.join(telling.chat.id, DEMO_AGENT)
    telling.giosg.leave(telling.chat.id, DEMO_AGENT)
    telling.settle()
    assert telling.customer_sees() == ["Customer Service joined the chat.", "Customer Service left the chat."]


def test_the_agents_name_can_stand_before_each_text() -> None:
    scene = make_scene(name_prefix="yes")
    scene.talk("hello")
    scene.reply("Hello Åsa!")
    assert scene.customer_sees() == ["Customer Service: Hello Åsa!"]


def test_what_the_agent_has_seen_is_nothing_that_viber_shows(scene: Scene) -> None:
    """The web chat does: there it is shown."""
    scene.talk("hello", "again")
    scene.giosg.join(scene.chat.id, DEMO_AGENT)
    scene.giosg.read(scene.chat.id, DEMO_AGENT)
    assert scene.time.run_due()
    assert len(scene.queue) == 0
    assert scene.ledger.all_sent() == []
