"""The simulated UChat's bot: what it says to whom, and when an agent has the chat."""

from __future__ import annotations

import pytest

from playground.services.uchat import DEMO_AGENT, OTHER_AGENT
from tests.harness.uchat_shop import ANN, Json, Shop, make_shop, media_post

GREETING = "Hi Ann Lee! I am the bot of Demo shop. Write “menu”, “cards”, “media” or “agent”."


@pytest.fixture
def shop() -> Shop:
    """With a contact who has been greeted."""
    shop = make_shop()
    shop.write("Hello")
    assert shop.hear() == [GREETING]
    return shop


def answer(shop: Shop, text: str) -> list[str]:
    shop.write(text)
    return shop.hear()


def template(shop: Shop, text: str) -> Json:
    shop.write(text)
    [body] = shop.told()
    attributes: Json = body["content_attributes"]
    return {**attributes, "content_type": body["content_type"]}


def test_a_new_contact_is_greeted_and_answered_at_once() -> None:
    shop = make_shop()
    shop.write("menu")
    assert shop.hear() == [GREETING, "How can I help?"]


def test_every_contact_is_greeted_once(shop: Shop) -> None:
    assert answer(shop, "Hello again")[0].startswith("I did not understand that.")
    shop.write("Hello", sender="viber:02cd", conversation=48214)
    [body] = shop.told()
    assert (body["sender_id"], body["conv_id"], body["text"]) == ("viber:02cd", 48214, GREETING)


def test_the_bot_takes_a_moment_before_each_answer(shop: Shop) -> None:
    shop.write("menu")
    assert not shop.us.received
    shop.time.advance(shop.uchat.habits.bot_delay)
    assert len(shop.us.received) == 1


def test_menu_offers_three_buttons(shop: Shop) -> None:
    menu = template(shop, "  MENU ")
    assert menu["content_type"] == "button_template"
    assert [button["title"] for button in menu["buttons"]] == ["See our plans", "Opening hours", "Talk to a person"]
    assert {button["type"] for button in menu["buttons"]} == {"postback"}


def test_cards_are_a_carousel_with_every_kind_of_button(shop: Shop) -> None:
    cards = template(shop, "cards")
    assert (cards["content_type"], cards["ratio"]) == ("generic_template", "horizontal")
    basic, pro, other = cards["items"]
    assert [button["type"] for button in basic["buttons"]] == ["postback", "web_url", "phone_number"]
    assert basic["subtitle"] == "10 € a month"
    assert pro["default_action"] == {"type": "web_url", "url": "https://shop.example/pro"}
    assert pro["item_url"] == "https://shop.example/pro"
    assert other["image_url"] is None
    picture = shop.uchat.app.test_client().get(basic["image_url"].removeprefix(shop.uchat.base_url))
    assert picture.data.startswith(b"\x89PNG")


def test_media_are_four_files_that_uchat_serves(shop: Shop) -> None:
    shop.write("media")
    bodies = shop.told()
    assert [body["type"] for body in bodies] == ["image", "audio", "video", "file"]
    served = [shop.uchat.app.test_client().get(body["url"].removeprefix(shop.uchat.base_url)) for body in bodies]
    assert [one.mimetype for one in served] == ["image/png", "audio/wav", "video/mp4", "application/pdf"]
    assert [one.data[at : at + 4] for one, at in zip(served, (0, 8, 4, 0), strict=True)] == [
        b"\x89PNG",
        b"WAVE",
        b"ftyp",
        b"%PDF",
    ]


def test_a_button_is_answered_with_its_title(shop: Shop) -> None:
    button = template(shop, "menu")["buttons"][0]
    shop.tap(button["title"], button["payload"])
    assert shop.hear() == ["You chose See our plans"]
    assert not shop.uchat.complaints


def test_a_file_is_thanked_for(shop: Shop) -> None:
    shop.post(media_post("video"))
    assert shop.hear() == ["Thank you for the video."]


def test_ok_is_said_twice_with_the_same_bytes(shop: Shop) -> None:
    shop.write("ok ok")
    shop.time.advance(shop.uchat.habits.bot_delay)
    [first] = shop.us.received
    shop.time.advance(3)
    assert len(shop.us.received) == 1
    assert [one.raw for one in shop.news()] == [first.raw, first.raw]


# --- an agent --------------------------------------------------------------------------------------------------------


def test_agent_hands_the_chat_over_until_bot_is_written(shop: Shop) -> None:
    assert answer(shop, "agent") == ["A colleague will answer you here. Write “bot” to come back to me."]
    assert (shop.chat["bot"], shop.chat["status"]) == (False, "pending")
    assert answer(shop, "menu") == []
    shop.uchat.reply(ANN, DEMO_AGENT, "Ines here")
    assert shop.hear() == ["Ines here"]
    assert (shop.chat["status"], shop.chat["assigned_to"]) == ("open", "Ines Duarte")
    assert answer(shop, "bot")[0].startswith("I am here.")
    assert (shop.chat["bot"], shop.chat["assigned_to"]) == (True, "")
    assert answer(shop, "menu") == ["How can I help?"]


def test_the_last_button_of_the_menu_hands_over_too(shop: Shop) -> None:
    button = template(shop, "menu")["buttons"][-1]
    shop.tap(button["title"], button["payload"])
    assert shop.hear()[0] == "You chose Talk to a person"
    assert not shop.chat["bot"]


def test_whoever_writes_takes_the_chat_over_and_keeps_it(shop: Shop) -> None:
    shop.uchat.reply(ANN, OTHER_AGENT, "May I?")
    shop.uchat.reply(ANN, DEMO_AGENT, "Me too")
    assert (shop.chat["bot"], shop.chat["assigned_to"]) == (False, "Pavel Novotný")
    shop.news()
    assert answer(shop, "menu") == []


def test_a_note_leaves_the_chat_with_the_bot(shop: Shop) -> None:
    shop.uchat.private_note(ANN, DEMO_AGENT, "A regular")
    assert shop.chat["bot"]


def test_the_bot_can_be_paused_and_resumed_by_hand(shop: Shop) -> None:
    shop.uchat.pause_bot(ANN)
    assert answer(shop, "menu") == []
    shop.uchat.resume_bot(ANN)
    assert answer(shop, "menu") == ["How can I help?"]


def test_without_the_bot_there_is_silence() -> None:
    shop = make_shop(bot=False)
    shop.write("Hello")
    shop.write("menu")
    assert not shop.news()
    assert not shop.chat["bot"]
