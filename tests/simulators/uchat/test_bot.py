"""The simulated UChat's bot: what it says to whom, and when an agent has the chat."""

from __future__ import annotations

import pytest

from playground.services.uchat import DEMO_AGENT, OTHER_AGENT
from tests.harness.uchat import ANN, Json, UChatHarness, make_harness, media_post

GREETING = "Hi Ann Lee! I am the bot of Demo shop. Write “menu”, “cards”, “media” or “agent”."


@pytest.fixture
def harness() -> UChatHarness:
    """With a contact who has been greeted."""
    harness = make_harness()
    harness.write("Hello")
    assert harness.take_texts() == [GREETING]
    return harness


def answer(harness: UChatHarness, text: str) -> list[str]:
    harness.write(text)
    return harness.take_texts()


def template(harness: UChatHarness, text: str) -> Json:
    harness.write(text)
    [body] = harness.take_bodies()
    attributes: Json = body["content_attributes"]
    return {**attributes, "content_type": body["content_type"]}


def test_a_new_contact_is_greeted_and_answered_at_once() -> None:
    harness = make_harness()
    harness.write("menu")
    assert harness.take_texts() == [GREETING, "How can I help?"]


def test_every_contact_is_greeted_once(harness: UChatHarness) -> None:
    assert answer(harness, "Hello again")[0].startswith("I did not understand that.")
    harness.write("Hello", sender="viber:02cd", conversation=48214)
    [body] = harness.take_bodies()
    assert (body["sender_id"], body["conv_id"], body["text"]) == ("viber:02cd", 48214, GREETING)


def test_the_bot_takes_a_moment_before_each_answer(harness: UChatHarness) -> None:
    harness.write("menu")
    assert not harness.our_side.received
    harness.time.advance(harness.uchat.quirks.bot_delay)
    assert len(harness.our_side.received) == 1


def test_menu_offers_three_buttons(harness: UChatHarness) -> None:
    menu = template(harness, "  MENU ")
    assert menu["content_type"] == "button_template"
    assert [button["title"] for button in menu["buttons"]] == ["See our plans", "Opening hours", "Talk to a person"]
    assert {button["type"] for button in menu["buttons"]} == {"postback"}


def test_cards_are_a_carousel_with_every_kind_of_button(harness: UChatHarness) -> None:
    cards = template(harness, "cards")
    assert (cards["content_type"], cards["ratio"]) == ("generic_template", "horizontal")
    basic, pro, other = cards["items"]
    assert [button["type"] for button in basic["buttons"]] == ["postback", "web_url", "phone_number"]
    assert basic["subtitle"] == "10 € a month"
    assert pro["default_action"] == {"type": "web_url", "url": "https://shop.example/pro"}
    assert pro["item_url"] == "https://shop.example/pro"
    assert other["image_url"] is None
    picture = harness.uchat.app.test_client().get(basic["image_url"].removeprefix(harness.uchat.base_url))
    assert picture.data.startswith(b"\x89PNG")


def test_media_are_four_files_that_uchat_serves(harness: UChatHarness) -> None:
    harness.write("media")
    bodies = harness.take_bodies()
    assert [body["type"] for body in bodies] == ["image", "audio", "video", "file"]
    served = [harness.uchat.app.test_client().get(body["url"].removeprefix(harness.uchat.base_url)) for body in bodies]
    assert [one.mimetype for one in served] == ["image/png", "audio/wav", "video/mp4", "application/pdf"]
    assert [one.data[at : at + 4] for one, at in zip(served, (0, 8, 4, 0), strict=True)] == [
        b"\x89PNG",
        b"WAVE",
        b"ftyp",
        b"%PDF",
    ]


def test_a_button_is_answered_with_its_title(harness: UChatHarness) -> None:
    button = template(harness, "menu")["buttons"][0]
    harness.tap(button["title"], button["payload"])
    assert harness.take_texts() == ["You chose See our plans"]
    assert not harness.uchat.complaints


def test_a_file_is_thanked_for(harness: UChatHarness) -> None:
    harness.post(media_post("video"))
    assert harness.take_texts() == ["Thank you for the video."]


def test_ok_is_said_twice_with_the_same_bytes(harness: UChatHarness) -> None:
    harness.write("ok ok")
    harness.time.advance(harness.uchat.quirks.bot_delay)
    [first] = harness.our_side.received
    harness.time.advance(3)
    assert len(harness.our_side.received) == 1
    assert [one.raw for one in harness.take_webhooks()] == [first.raw, first.raw]


# --- an agent --------------------------------------------------------------------------------------------------------


def test_agent_hands_the_chat_over_until_bot_is_written(harness: UChatHarness) -> None:
    assert answer(harness, "agent") == ["A colleague will answer you here. Write “bot” to come back to me."]
    assert (harness.chat["bot"], harness.chat["status"]) == (False, "pending")
    assert answer(harness, "menu") == []
    harness.uchat.reply(ANN, DEMO_AGENT, "Ines here")
    assert harness.take_texts() == ["Ines here"]
    assert (harness.chat["status"], harness.chat["assigned_to"]) == ("open", "Ines Duarte")
    assert answer(harness, "bot")[0].startswith("I am here.")
    assert (harness.chat["bot"], harness.chat["assigned_to"]) == (True, "")
    assert answer(harness, "menu") == ["How can I help?"]


def test_the_last_button_of_the_menu_hands_over_too(harness: UChatHarness) -> None:
    button = template(harness, "menu")["buttons"][-1]
    harness.tap(button["title"], button["payload"])
    assert harness.take_texts()[0] == "You chose Talk to a person"
    assert not harness.chat["bot"]


def test_whoever_writes_takes_the_chat_over_and_keeps_it(harness: UChatHarness) -> None:
    harness.uchat.reply(ANN, OTHER_AGENT, "May I?")
    harness.uchat.reply(ANN, DEMO_AGENT, "Me too")
    assert (harness.chat["bot"], harness.chat["assigned_to"]) == (False, "Pavel Novotný")
    harness.take_webhooks()
    assert answer(harness, "menu") == []


def test_a_note_leaves_the_chat_with_the_bot(harness: UChatHarness) -> None:
    harness.uchat.private_note(ANN, DEMO_AGENT, "A regular")
    assert harness.chat["bot"]


def test_the_bot_can_be_paused_and_resumed_by_hand(harness: UChatHarness) -> None:
    harness.uchat.pause_bot(ANN)
    assert answer(harness, "menu") == []
    harness.uchat.resume_bot(ANN)
    assert answer(harness, "menu") == ["How can I help?"]


def test_without_the_bot_there_is_silence() -> None:
    harness = make_harness(bot=False)
    harness.write("Hello")
    harness.write("menu")
    assert not harness.take_webhooks()
    assert not harness.chat["bot"]
