"""The simulated UChat's desk, as the page shows it and its buttons use it."""

from __future__ import annotations

import base64

import pytest

from playground.services.uchat import DEMO_AGENT, OTHER_AGENT, Button, Card
from playground.services.uchat.errors import Refused
from playground.simulator import WebhookAnswer
from tests.harness.uchat import ANN, HOOK, Json, UChatHarness, make_harness

INES = str(DEMO_AGENT)


@pytest.fixture
def harness() -> UChatHarness:
    harness = make_harness(bot=False)
    harness.write("Hello")
    return harness


def last(harness: UChatHarness) -> Json:
    message: Json = harness.chat["messages"][-1]
    return message


def test_the_demo_account_is_what_an_owner_types(harness: UChatHarness) -> None:
    demo = harness.uchat.demo()
    assert demo.settings == {"base_url": "https://uchat.simulator.test", "workspace_id": "48151"}
    assert set(demo.secrets) == {"partner_api_key", "flow_api_key"}


def test_the_desk_says_what_can_be_done_there(harness: UChatHarness) -> None:
    view = harness.view()
    assert (view["service"], view["title"], view["side"]) == ("uchat", "UChat", "platform")
    assert [(agent["id"], agent["name"], agent["online"]) for agent in view["agents"]] == [
        (INES, "Ines Duarte", True),
        (str(OTHER_AGENT), "Pavel Novotný", False),
    ]
    assert view["modes"] == ["reply", "quick_replies", "card", "carousel", "private_note", "send_file"]
    assert view["tools"] == ["resolve", "assign", "bot", "move_chat"]


def test_the_channel_is_there_once_its_webhook_is_set() -> None:
    harness = make_harness(registered=False)
    assert harness.view()["channels"] == []
    harness.register()
    assert harness.view()["channels"] == [{"id": "apichat", "title": "Api Chat", "status": "ACTIVE"}]
    harness.partner("DELETE")
    harness.uchat.quirks.failure = "unverified"
    harness.our_side.answers.append(WebhookAnswer(403))
    harness.register(webhook_url=HOOK)
    assert harness.view()["channels"][0]["status"] == "UNVERIFIED"


def test_customer_bot_and_agent_are_told_apart() -> None:
    harness = make_harness()
    harness.write("Hello")
    harness.time.settle()
    harness.act("reply", agent=INES, text="Ines here")
    harness.act("private_note", agent=INES, text="A regular")
    shown = [(message["author"], message["name"]) for message in harness.chat["messages"]]
    assert shown == [("customer", "Ann Lee"), ("bot", "Bot"), ("agent", "Ines Duarte"), ("note", "Ines Duarte")]


def test_the_newest_chat_stands_first(harness: UChatHarness) -> None:
    harness.time.advance(1)
    harness.write("Hello", sender="viber:02cd", conversation=48214)
    assert [one["contact"]["id"] for one in harness.view()["conversations"]] == ["viber:02cd", ANN]


# --- writing ---------------------------------------------------------------------------------------------------------


def test_a_reply_is_pending_until_our_side_has_it(harness: UChatHarness) -> None:
    harness.act("reply", agent=INES, text="Hi")
    assert last(harness)["status"] == "pending"
    harness.time.settle()
    assert last(harness)["status"] == "sent"


def test_buttons_are_written_with_their_labels(harness: UChatHarness) -> None:
    harness.act("quick_replies", agent=INES, text="Is it urgent?", labels="Yes\n\nNo ")
    assert last(harness)["buttons"] == [{"label": "Yes", "url": None}, {"label": "No", "url": None}]
    [body] = harness.take_bodies()
    assert body["content_attributes"]["buttons"][1] == {"type": "postback", "title": "No", "payload": "desk:No"}


def test_a_card_has_a_title_a_text_and_buttons(harness: UChatHarness) -> None:
    harness.act("card", agent=INES, title="Red shoes", text="59 €", labels="Buy")
    [card] = last(harness)["cards"]
    assert (card["title"], card["text"], card["image"]) == ("Red shoes", "59 €", None)
    assert card["buttons"] == [{"label": "Buy", "url": None}]
    assert last(harness)["text"] == ""  # the title stands on the card


def test_a_carousel_has_a_card_for_each_title_and_tells_their_buttons_apart(harness: UChatHarness) -> None:
    harness.act("carousel", agent=INES, text="Our shoes", titles="Red\nBlue", labels="Buy")
    assert [card["title"] for card in last(harness)["cards"]] == ["Red", "Blue"]
    [body] = harness.take_bodies()
    payloads = [item["buttons"][0]["payload"] for item in body["content_attributes"]["items"]]
    assert payloads == ["desk:Red:Buy", "desk:Blue:Buy"]


def test_links_and_numbers_are_shown_as_links(harness: UChatHarness) -> None:
    buttons = [Button(title="Shop", url="https://shop.example"), Button(title="Call", phone="+358401234567")]
    harness.uchat.send_cards(
        ANN, DEMO_AGENT, "Or", [Card(title="Shoes", default_url="https://s.example", buttons=buttons)]
    )
    [card] = last(harness)["cards"]
    assert [button["url"] for button in card["buttons"]] == ["https://shop.example", "tel:+358401234567"]
    assert card["url"] == "https://s.example"


@pytest.mark.parametrize(
    ("content_type", "kind"),
    [("image/png", "image"), ("audio/ogg", "audio"), ("video/mp4", "video"), ("application/pdf", "file")],
)
def test_a_file_is_sent_as_what_it_is_and_its_caption_after_it(
    harness: UChatHarness, content_type: str, kind: str
) -> None:
    data = base64.b64encode(b"content").decode()
    harness.act("send_file", agent=INES, name="it.bin", content_type=content_type, data=data, caption="Look")
    file, caption = harness.chat["messages"][-2:]
    attachment = file["attachment"]
    assert (attachment["kind"], attachment["name"], attachment["size"]) == (kind, "it.bin", 7)
    assert caption["text"] == "Look"
    assert [body["type"] for body in harness.take_bodies()] == [kind, "text"]


def test_what_is_empty_is_not_sent(harness: UChatHarness) -> None:
    for action, arguments in (
        ("reply", {"text": " "}),
        ("private_note", {"text": ""}),
        ("quick_replies", {"text": "Which?", "labels": ""}),
        ("carousel", {"text": "Which?", "titles": ""}),
    ):
        with pytest.raises(Refused):
            harness.act(action, agent=INES, **arguments)
    assert not harness.take_webhooks()


# --- the chat --------------------------------------------------------------------------------------------------------


def test_a_chat_is_resolved_and_opened_again(harness: UChatHarness) -> None:
    harness.act("resolve", agent=INES)
    assert harness.chat["status"] == "done"
    harness.act("reopen", agent=INES)
    assert harness.chat["status"] == "open"


def test_a_chat_is_moved(harness: UChatHarness) -> None:
    for status in ("pending", "spam", "done", "open"):
        harness.act("move_chat", status=status)
        assert harness.chat["status"] == status
    with pytest.raises(Refused):
        harness.act("move_chat", status="closed")


def test_a_chat_is_assigned_and_given_back(harness: UChatHarness) -> None:
    harness.act("assign", agent=str(OTHER_AGENT))
    assert harness.chat["assigned_to"] == "Pavel Novotný"
    harness.act("unassign", agent=INES)
    assert harness.chat["assigned_to"] == ""


def test_the_bot_is_switched_per_chat_and_for_all(harness: UChatHarness) -> None:
    assert harness.view()["switch"]["value"] == "off"
    harness.uchat.act("scripted_bot", {"value": "on"})
    assert (harness.view()["switch"]["value"], harness.chat["bot"]) == ("on", True)
    harness.act("bot", agent=INES, value="off")
    assert not harness.chat["bot"]
    harness.act("bot", agent=INES, value="on")
    assert harness.chat["bot"]
    harness.uchat.act("scripted_bot", {"value": "off"})
    assert not harness.chat["bot"]


@pytest.mark.parametrize(
    ("action", "arguments"),
    [
        ("dance", {"agent": INES}),
        ("reply", {"agent": "1", "text": "Hi"}),
        ("reply", {"agent": INES, "text": "Hi", "conversation": "nobody"}),
    ],
)
def test_what_is_unknown_is_an_error(harness: UChatHarness, action: str, arguments: dict[str, str]) -> None:
    with pytest.raises(KeyError):
        harness.act(action, **arguments)
