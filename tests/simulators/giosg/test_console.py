"""What agents do in the simulated Giosg's console, the buttons that visitors answer, and the page."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from playground.services.giosg import API_TOKEN, DEMO_AGENT, DEMO_BOT, DEMO_ORGANIZATION, DEMO_ROOM, OTHER_AGENT
from playground.services.giosg.attachments import make_attachment
from playground.services.giosg.errors import Refused
from tests.harness.giosg import Chat, GiosgHarness, make_chat, make_harness

PNG = b"\x89PNG\r\n\x1a\n"
Json = dict[str, Any]


@pytest.fixture
def harness() -> GiosgHarness:
    return make_harness()


@pytest.fixture
def chat(harness: GiosgHarness) -> Chat:
    return make_chat(harness)


def press(chat: Chat, message: Json, number: int = 0, **changed: object) -> Any:
    """The visitor presses a button of the message's first attachment."""
    attachment = message["attachments"][0]
    action = attachment["actions"][number]
    body = {
        "type": "action",
        "response_to_message_id": message["id"],
        "response_to_attachment_id": attachment["id"],
        "response_to_action_id": action["id"],
        "response_value": action["value"],
    }
    return chat.post({**body, **changed})


def ask(chat: Chat, **options: bool) -> Json:
    """The agent's question with two buttons and a link."""
    giosg = chat.visitor.harness.giosg
    choices, links = [("Red", "red"), ("Blue", "blue")], [("Shop", "https://shop.example")]
    giosg.send_buttons(chat.id, DEMO_AGENT, "Which one?", choices, links=links, **options)
    return chat.messages()[-1]


# --- attending -------------------------------------------------------------------------------------------------------


def test_a_chat_is_offered_to_agents_once_something_was_written(harness: GiosgHarness) -> None:
    chat = harness.visitor().open()
    assert (harness.giosg.pending(), harness.view()["conversations"]) == ([], [])
    chat.send()
    assert harness.giosg.pending() == [chat.id]
    shown = harness.shown(chat.id)
    assert (shown["status"], shown["pending"], shown["assigned_to"]) == ("queued", True, "")
    assert harness.view()["pending"] == 1


def test_who_waits_longest_is_offered_first(harness: GiosgHarness, chat: Chat) -> None:
    harness.time.advance(5)
    later = make_chat(harness, name="Ben")
    assert harness.giosg.pending() == [chat.id, later.id]


def test_several_agents_can_be_in_a_chat(harness: GiosgHarness, chat: Chat) -> None:
    for agent in (DEMO_AGENT, OTHER_AGENT, DEMO_AGENT):
        harness.giosg.join(chat.id, agent)
    assert harness.shown(chat.id)["members"] == ["Aino Virtanen", "Mikko Lahti"]
    assert [one["text"] for one in harness.shown(chat.id)["messages"]] == [
        "Hello",
        "Aino Virtanen joined",
        "Mikko Lahti joined",
    ]
    harness.giosg.leave(chat.id, DEMO_AGENT)
    assert (harness.shown(chat.id)["status"], harness.shown(chat.id)["members"]) == ("active", ["Mikko Lahti"])


def test_a_visitor_waits_again_when_the_last_agent_has_left(harness: GiosgHarness, chat: Chat) -> None:
    harness.giosg.join(chat.id, DEMO_AGENT)
    harness.giosg.leave(chat.id, DEMO_AGENT)
    assert harness.giosg.pending() == []
    chat.send("One more thing")
    assert harness.giosg.pending() == [chat.id]
    harness.giosg.join(chat.id, DEMO_AGENT)
    assert harness.giosg.pending() == []
    assert [one["type"] for one in chat.messages()] == ["msg", "join", "leave", "msg", "join"]


def test_who_replies_picks_the_chat_up(harness: GiosgHarness, chat: Chat) -> None:
    harness.giosg.reply(chat.id, DEMO_AGENT, "Good morning")
    assert harness.shown(chat.id)["assigned_to"] == DEMO_AGENT
    assert (chat.last["author"], chat.last["name"]) == ("agent", "Aino Virtanen")


def test_only_members_type_and_leave(harness: GiosgHarness, chat: Chat) -> None:
    for act in (harness.giosg.type, harness.giosg.stop_typing, harness.giosg.leave):
        with pytest.raises(Refused, match="joined"):
            act(chat.id, DEMO_AGENT)


def test_the_desk_shows_who_is_typing(harness: GiosgHarness, chat: Chat) -> None:
    harness.giosg.join(chat.id, DEMO_AGENT)
    harness.giosg.type(chat.id, DEMO_AGENT)
    assert harness.shown(chat.id)["typing_agents"] == [DEMO_AGENT]
    harness.giosg.stop_typing(chat.id, DEMO_AGENT)
    assert harness.shown(chat.id)["typing_agents"] == []


def test_the_desk_sees_the_visitor_type(harness: GiosgHarness, chat: Chat) -> None:
    path = f"/api/v5/public/visitors/{chat.visitor.id}/chat_memberships/{chat.id}"
    body = {"is_participating": True, "composing_status": "typing"}
    assert chat.visitor.ask("PATCH", path, body)["composing_status"] == "typing"
    assert harness.shown(chat.id)["typing"] is True
    chat.send()
    assert harness.shown(chat.id)["typing"] is False
    assert chat.visitor.call("PATCH", path, {"composing_status": "has_composed"}).status_code == 400


def test_a_visitor_may_leave_and_come_back(harness: GiosgHarness, chat: Chat) -> None:
    path = f"/api/v5/public/visitors/{chat.visitor.id}/chat_memberships/{chat.id}"
    for participates in (False, True):
        assert chat.visitor.ask("PATCH", path, {"is_participating": participates})["is_participating"] is participates
    lines = harness.shown(chat.id)["messages"][1:]
    assert [(one["author"], one["text"]) for one in lines] == [("system", "Ann left"), ("system", "Ann joined")]


def test_an_ended_chat_stays_ended(harness: GiosgHarness, chat: Chat) -> None:
    harness.giosg.end(chat.id)
    assert harness.shown(chat.id)["status"] == "ended"
    for action in ("reply", "join", "end"):
        with pytest.raises(Refused, match="ended"):
            harness.giosg.act(action, {"conversation": chat.id, "agent": DEMO_AGENT, "text": "Hello?"})
    with pytest.raises(Refused, match="ended"):
        harness.giosg.rule_message(chat.id, "Hello?")


def test_rules_and_ready_made_greetings_write_without_joining(harness: GiosgHarness, chat: Chat) -> None:
    harness.giosg.rule_message(chat.id, "Somebody will be with you soon", [("OK", "ok")])
    harness.giosg.autosuggest(chat.id, DEMO_AGENT, "May I help you?")
    rule, greeting = chat.messages()[1:]
    assert (rule["type"], rule["sender_type"], rule["sender_public_name"]) == ("msg", "rule", "Automation")
    assert rule["sender_id"]
    assert (greeting["type"], greeting["sender_type"]) == ("autosuggest", "user")
    assert chat.shown()["user_member_count"] == 0
    assert [one["author"] for one in harness.shown(chat.id)["messages"]] == ["customer", "bot", "agent"]


def test_a_bot_is_a_user_that_says_so(harness: GiosgHarness, chat: Chat) -> None:
    harness.giosg.reply(chat.id, DEMO_BOT, "I am a bot")
    member = harness.get(f"/owned_chats/{chat.id}/memberships")["results"][1]
    assert (member["member_type"], member["is_bot"]) == ("user", True)
    assert (chat.last["author"], chat.last["name"]) == ("bot", "Helper")


def test_there_is_no_empty_message(harness: GiosgHarness, chat: Chat) -> None:
    with pytest.raises(Refused, match="nothing"):
        harness.giosg.reply(chat.id, DEMO_AGENT, "")
    assert chat.last["text"] == "Hello"


# --- attachments and buttons -----------------------------------------------------------------------------------------


def test_buttons_are_actions_of_an_attachment(chat: Chat) -> None:
    message = ask(chat)
    assert (message["message"], message["attachment_template"]) == ("Which one?", "generic")
    [attachment] = message["attachments"]
    assert [(one["type"], one["text"], one["value"]) for one in attachment["actions"]] == [
        ("button", "Red", "red"),
        ("button", "Blue", "blue"),
        ("link_button", "Shop", "https://shop.example"),
    ]
    assert [(one["label"], one["url"]) for one in chat.last["buttons"]] == [
        ("Red", None),
        ("Blue", None),
        ("Shop", "https://shop.example"),
    ]
    assert chat.last["question"] == {"status": "pending", "answer": ""}


def test_a_pressed_button_is_a_message_of_its_own_kind(harness: GiosgHarness, chat: Chat) -> None:
    message = ask(chat)
    answer = press(chat, message, 1)
    assert answer.status_code == 201
    sent = answer.get_json()
    assert (sent["type"], sent["message"]) == ("action", None)
    assert (sent["response_text"], sent["response_value"]) == ("Blue", "blue")
    assert sent["response_to_attachment"]["id"] == message["attachments"][0]["id"]
    question, pressed = harness.shown(chat.id)["messages"][-2:]
    assert question["question"] == {"status": "answered", "answer": "Blue"}
    assert (pressed["author"], pressed["text"]) == ("customer", "Blue")


@pytest.mark.parametrize(
    "changed",
    [
        {"response_to_message_id": "unknown"},
        {"response_to_attachment_id": "unknown"},
        {"response_to_action_id": "unknown"},
        {"response_value": "green"},
        {"response_value": None},
    ],
)
def test_an_answer_is_to_a_button_that_is_there(chat: Chat, changed: Json) -> None:
    answer = press(chat, ask(chat), **changed)
    assert (answer.status_code, list(answer.get_json())) == (400, list(changed))


def test_a_link_is_not_pressed(chat: Chat) -> None:
    assert press(chat, ask(chat), 2).status_code == 400


def test_a_button_can_be_pressed_once_or_as_often_as_one_likes(chat: Chat) -> None:
    once, often = ask(chat), ask(chat, once=False)
    assert [press(chat, once).status_code for _ in range(2)] == [201, 400]
    assert [press(chat, often).status_code for _ in range(2)] == [201, 201]


def test_a_button_may_be_of_no_use_once_the_visitor_has_written(chat: Chat) -> None:
    usual, fleeting = ask(chat), ask(chat, until_written=True)
    chat.send("Never mind")
    assert (press(chat, usual).status_code, press(chat, fleeting).status_code) == (201, 400)


def test_presses_may_not_be_taken_at_all(harness: GiosgHarness, chat: Chat) -> None:
    harness.giosg.quirks.refuses_actions = True
    answer = press(chat, ask(chat))
    assert (answer.status_code, list(answer.get_json())) == (400, ["type"])


def test_a_picture_of_an_agent_is_a_bubble_with_a_picture(harness: GiosgHarness, chat: Chat) -> None:
    harness.giosg.send_image(chat.id, DEMO_AGENT, "new shoes.png", "image/png", PNG)
    assert chat.messages()[-1]["message"] is None
    shown = chat.last["attachment"]
    assert (shown["kind"], shown["name"], shown["size"]) == ("image", "new shoes.png", len(PNG))
    answer = harness.call("GET", shown["url"], auth="")
    assert (answer.status_code, answer.data) == (200, PNG)


def test_a_card_has_a_title_words_and_buttons(harness: GiosgHarness, chat: Chat) -> None:
    harness.giosg.send_card(
        chat.id,
        DEMO_AGENT,
        "Red shoes",
        "**59 €**",
        image="https://cdn.example/shoes.png",
        link="https://shop.example/red",
        labels=["Buy"],
    )
    [card] = chat.last["cards"]
    assert (card["title"], card["text"], card["image"]) == ("Red shoes", "**59 €**", "https://cdn.example/shoes.png")
    assert [(one["label"], one["url"]) for one in card["buttons"]] == [
        ("Red shoes", "https://shop.example/red"),
        ("Buy", None),
    ]
    assert (chat.last["text"], chat.last["buttons"], chat.last["attachment"]) == ("", [], None)


def test_a_page_in_a_frame_is_a_link_on_the_desk(harness: GiosgHarness, chat: Chat) -> None:
    form = make_attachment(harness.giosg, page="https://forms.example/survey")
    harness.giosg.write(chat.id, DEMO_AGENT, "Please fill this in", [form])
    assert chat.last["cards"][0]["buttons"] == [{"label": "Open", "url": "https://forms.example/survey"}]


# --- the page --------------------------------------------------------------------------------------------------------


def test_the_account_is_connected_by_its_ids_and_its_token(harness: GiosgHarness) -> None:
    account = harness.giosg.demo()
    assert account.settings == {
        "base_url": harness.giosg.base_url,
        "organization_id": DEMO_ORGANIZATION,
        "room_id": DEMO_ROOM,
    }
    assert account.secrets == {"api_token": API_TOKEN}


def test_the_page_shows_the_desk(harness: GiosgHarness, chat: Chat) -> None:
    view = harness.view()
    assert (view["service"], view["title"], view["side"]) == ("giosg", "Giosg", "platform")
    assert [(one["name"], one["online"]) for one in view["agents"]] == [("Aino Virtanen", True), ("Mikko Lahti", False)]
    assert [(one["name"], one["online"]) for one in view["rooms"]] == [("Messengers", True), ("Website", True)]
    assert {"join", "leave", "end", "purge"} <= set(view["tools"])
    assert view["reopens"] is False
    shown = harness.shown(chat.id)
    assert (shown["contact"]["name"], shown["variables"], shown["team"]) == ("Ann", {"username": "Ann"}, "Messengers")


def test_everything_can_be_done_from_the_page(harness: GiosgHarness, chat: Chat) -> None:
    giosg, order = harness.giosg, {"conversation": chat.id, "agent": DEMO_AGENT, "text": "Hello"}
    file = {"name": "a.txt", "content_type": "text/plain", "data": base64.b64encode(b"abc").decode()}
    for action in ("assign", "open"):
        giosg.act(action, order)
    giosg.act("typing", {**order, "typing": "true"})
    giosg.act("typing", {**order, "typing": "false"})
    for action in ("reply", "quick_replies", "card"):
        details = {"labels": "Yes\n\nNo", "title": "Shoes"}
        assert giosg.act(action, {**order, **details})["message"] == chat.last["id"]
    giosg.act("send_file", {**order, **file})
    assert (chat.last["attachment"]["kind"], chat.last["attachment"]["name"]) == ("file", "a.txt")
    giosg.act("send_file", {**order, **file, "content_type": "image/png", "caption": "Look"})
    assert (chat.last["attachment"]["kind"], chat.last["text"]) == ("image", "Look")
    giosg.act("purge_message", {**order, "message": chat.last["id"]})
    giosg.act("leave", order)
    assert chat.last["text"] == "Aino Virtanen left"


def test_the_page_closes_and_erases(harness: GiosgHarness, chat: Chat) -> None:
    giosg, order = harness.giosg, {"conversation": chat.id}
    giosg.act("resolve", order)
    assert harness.shown(chat.id)["status"] == "ended"
    giosg.act("gdpr_purge", order)
    assert chat.last["text"] == "(purged)"
    giosg.act("purge", order)
    assert harness.view()["conversations"] == []


def test_agents_come_online_apps_are_replaced_and_visitors_of_the_website_write(harness: GiosgHarness) -> None:
    giosg = harness.giosg
    giosg.act("online", {"agent": OTHER_AGENT, "value": "true"})
    giosg.install_app({"chats": "https://hooks.example/other"})
    web = giosg.web_visitor_writes("Do you ship?", name="Nils")
    assert [one["online"] for one in harness.view()["agents"]] == [True, True]
    assert {one.url for one in harness.new_webhooks()} == {"https://hooks.example/other"}
    assert harness.shown(web)["contact"]["name"] == "Nils"


def test_unknown_actions_and_ids_are_key_errors(harness: GiosgHarness, chat: Chat) -> None:
    known = {"conversation": chat.id, "agent": DEMO_AGENT, "text": "Hello"}
    for action, changed in (
        ("dance", {}),
        ("reply", {"conversation": "unknown"}),
        ("reply", {"agent": "nobody"}),
        ("purge_message", {"message": "unknown"}),
    ):
        with pytest.raises(KeyError):
            harness.giosg.act(action, {**known, **changed})
