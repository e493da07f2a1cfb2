"""What agents do at the simulated Unblu's desk, and what the messenger's side is told of it."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from playground.services.unblu import ADMIN_PASSWORD, ADMIN_USER, DEMO_AGENT, OTHER_AGENT
from playground.services.unblu.errors import Refused
from tests.harness.unblu import Chat, UnbluHarness, make_harness

AUTH = (ADMIN_USER, ADMIN_PASSWORD)
CONTACT = "outbound.external_messenger.create_contact"
CONVERSATION = "outbound.external_messenger.create_conversation"


def sent_message(chat: Chat) -> dict[str, Any]:
    """The one message that was told."""
    [body] = chat.harness.take_bodies("new_message")
    message: dict[str, Any] = body["conversationMessage"]
    return message


def download(harness: UnbluHarness, url: str, auth: tuple[str, str] | None = AUTH) -> Any:
    return harness.unblu.app.test_client().get(url.removeprefix(harness.unblu.base_url), auth=auth)


def link_of(message: dict[str, Any]) -> str:
    links = message.get("downloadLinks")
    if links is None:
        return str(message["downloadLink"])
    return next(str(link["url"]) for link in links if link["type"] == "WEB_API")


# --- what is written -------------------------------------------------------------------------------------------------


def test_quick_replies_are_part_of_a_text(chat: Chat) -> None:
    chat.harness.unblu.quick_replies(chat.id, DEMO_AGENT, "Is it urgent?", ["Yes", "No"])
    message = sent_message(chat)
    assert message["type"] == "TEXT"
    assert message["quickReplies"] == [{"$_type": "QuickReply", "text": text} for text in ("Yes", "No")]
    assert [one["label"] for one in chat.last["buttons"]] == ["Yes", "No"]


def test_there_are_at_most_13_quick_replies_of_40_characters(chat: Chat) -> None:
    for labels in (["x" * 41], ["x"] * 14):
        with pytest.raises(Refused):
            chat.harness.unblu.quick_replies(chat.id, DEMO_AGENT, "Which?", labels)


def test_internal_notes_are_told_as_internal(chat: Chat) -> None:
    chat.harness.unblu.internal_note(chat.id, DEMO_AGENT, "A regular")
    assert sent_message(chat)["internal"] is True
    assert (chat.last["author"], chat.last["status"]) == ("note", "")


def test_a_card_has_links_and_replies(chat: Chat) -> None:
    chat.harness.unblu.card(
        chat.id,
        DEMO_AGENT,
        "Red shoes",
        "59 €",
        image="https://cdn.example/shoes.png",
        links=[("Shop", "https://shop.example")],
        replies=[("More", "More"), ("Buy", "sku-7")],
    )
    message = sent_message(chat)
    assert [one["actionType"] for one in message["actions"]] == [
        "LINK_EXTERNAL",
        "REPLY_MESSAGE",
        "REPLY_MESSAGE_WITH_TECHNICAL_VALUE",
    ]
    assert message["fallbackText"] == "Red shoes\n59 €"
    [card] = chat.last["cards"]
    assert (card["title"], card["image"]) == ("Red shoes", "https://cdn.example/shoes.png")
    assert [one["url"] for one in card["buttons"]] == ["https://shop.example", None, None]
    with pytest.raises(Refused):
        chat.harness.unblu.card(chat.id, DEMO_AGENT, "Red shoes", links=[("x" * 25, "https://shop.example")])


def test_a_list_has_a_header_and_items(chat: Chat) -> None:
    chat.harness.unblu.item_list(chat.id, DEMO_AGENT, "Branches", [("Bern", "Open"), ("Basel", "Closed")])
    message = sent_message(chat)
    assert (message["$_type"], message["header"]["title"]) == ("ListMessageData", "Branches")
    assert [one["title"] for one in message["items"]] == ["Bern", "Basel"]
    assert [one["title"] for one in chat.last["cards"]] == ["Branches", "Bern", "Basel"]


def test_questions_say_how_they_can_be_answered(chat: Chat) -> None:
    unblu = chat.harness.unblu
    unblu.multiple_choice(chat.id, DEMO_AGENT, "Which day?", [("Monday", "mon")])
    unblu.rating(chat.id, DEMO_AGENT, "How was it?", [("★", "1")], decline="Not now")
    unblu.text_question(chat.id, DEMO_AGENT, "Order number?", most=12)
    choice, rating, text = (body["conversationMessage"] for body in chat.harness.take_bodies("new_message"))
    assert choice["options"][0]["value"] == "mon"
    assert (rating["declinable"], rating["declineValue"]) == (True, "declined")
    assert (text["questionType"], text["maxCharacters"]) == ("SHORT_TEXT", 12)
    assert {one["answerStatus"] for one in (choice, rating, text)} == {"PENDING"}


def test_a_withdrawn_question_is_told(chat: Chat) -> None:
    question = chat.harness.unblu.text_question(chat.id, DEMO_AGENT, "Order number?")
    chat.harness.take_webhooks()
    chat.harness.unblu.abort_question(chat.id, question)
    message = sent_message(chat)
    assert (message["type"], message["questionMessageId"]) == ("QUESTION_ABORTED", question)
    assert message["reason"] == "CANCELED"
    with pytest.raises(Refused):
        chat.harness.unblu.abort_question(chat.id, question)


def test_system_lines_are_told_in_v4_alone(chat: Chat) -> None:
    chat.harness.unblu.system_line(chat.id, "Carla joined")
    assert chat.last["author"] == "system"
    bodies = chat.harness.take_bodies("new_message")
    assert [body["conversationMessage"]["type"] for body in bodies] == (["SYSTEM"] if chat.harness.is_v4 else [])


def test_a_type_without_a_description_has_a_fallback(v4: UnbluHarness) -> None:
    chat = v4.chat()
    v4.unblu.whatsapp_template(chat.id, DEMO_AGENT, "Your order is here")
    message = sent_message(chat)
    assert (message["type"], message["fallbackText"]) == ("WHATSAPP_TEMPLATE", "Your order is here")
    older = make_harness("v3").chat()
    with pytest.raises(Refused):
        older.harness.unblu.whatsapp_template(older.id, DEMO_AGENT, "Your order is here")


# --- files -----------------------------------------------------------------------------------------------------------


def test_an_agents_file_is_downloaded_with_a_password(chat: Chat) -> None:
    chat.harness.unblu.send_file(chat.id, DEMO_AGENT, "price list.pdf", "application/pdf", b"%PDF", "Our prices")
    message = sent_message(chat)
    assert (message["fileName"], message["mimeType"], message["caption"]) == (
        "price list.pdf",
        "application/pdf",
        "Our prices",
    )
    assert message["fileStatus"] == "COMPLETED"
    url = link_of(message)
    assert url.startswith(chat.harness.unblu.base_url)
    assert download(chat.harness, url, auth=None).status_code == 401
    file = download(chat.harness, url)
    assert (file.data, file.content_type) == (b"%PDF", "application/pdf")


def test_the_agents_own_link_is_of_no_use_to_others(chat: Chat) -> None:
    chat.harness.unblu.send_file(chat.id, DEMO_AGENT, "a.pdf", "application/pdf", b"%PDF")
    message = sent_message(chat)
    links = {link["type"]: link["url"] for link in message.get("downloadLinks", [])}
    url = links["AGENT_DESK"] if links else message["agentDeskDownloadLink"]
    assert download(chat.harness, url).status_code == 403


def test_a_file_is_refused_while_it_is_scanned(chat: Chat) -> None:
    chat.harness.unblu.quirks.scan_seconds = 30
    chat.harness.unblu.send_file(chat.id, DEMO_AGENT, "a.pdf", "application/pdf", b"%PDF")
    message = sent_message(chat)
    assert message["fileStatus"] == "SCANNING"
    assert download(chat.harness, link_of(message)).status_code == 403
    chat.harness.time.advance(30)
    assert download(chat.harness, link_of(message)).status_code == 200


def test_there_is_nothing_behind_an_unknown_link(chat: Chat) -> None:
    root = f"{chat.harness.unblu.base_url}/app/rest/{chat.harness.unblu.generation}"
    assert download(chat.harness, f"{root}/files/unknown/a.pdf").status_code == 404


# --- conversations ---------------------------------------------------------------------------------------------------


def test_who_answers_first_has_the_conversation(chat: Chat) -> None:
    chat.harness.unblu.internal_note(chat.id, OTHER_AGENT, "Mine?")
    assert chat.harness.view()["conversations"][0]["assigned_to"] == ""
    chat.harness.unblu.reply(chat.id, DEMO_AGENT, "Hello")
    chat.harness.unblu.reply(chat.id, OTHER_AGENT, "Hello too")
    shown = chat.harness.view()["conversations"][0]
    assert (shown["assigned_to"], shown["status"]) == ("Carla Rossi", "active")


def test_a_colleague_can_take_it_over(chat: Chat) -> None:
    chat.harness.unblu.accept(chat.id, DEMO_AGENT)
    chat.harness.unblu.act("assign", {"conversation": chat.id, "agent": OTHER_AGENT})
    assert chat.harness.view()["conversations"][0]["assigned_to"] == "Diego Lindqvist"


def test_an_ended_conversation_stays_ended(chat: Chat) -> None:
    chat.harness.unblu.act("resolve", {"conversation": chat.id, "agent": DEMO_AGENT})
    assert chat.harness.view()["conversations"][0]["status"] == "ended"
    for action in ("reply", "reopen", "resolve"):
        with pytest.raises(Refused):
            chat.harness.unblu.act(action, {"conversation": chat.id, "agent": DEMO_AGENT, "text": "Hello?"})


def test_only_a_passing_failure_can_be_sent_again(chat: Chat) -> None:
    message = chat.harness.unblu.reply(chat.id, DEMO_AGENT, "Hello")
    with pytest.raises(Refused):
        chat.harness.unblu.resend(chat.id, message)
    field = "failState" if chat.harness.is_v4 else "failedState"
    chat.report("messageSendFailed", message, **{field: "RETRYABLE", "failureText": "Try later"})
    chat.harness.take_webhooks()
    chat.harness.unblu.act("resend", {"conversation": chat.id, "message": message})
    assert sent_message(chat)["id"] == message
    assert chat.shown(message)["status"] == "pending"


# --- the page --------------------------------------------------------------------------------------------------------


def test_the_page_shows_the_desk(chat: Chat) -> None:
    chat.send("Hello")
    view = chat.harness.view()
    assert (view["service"], view["title"], view["side"]) == ("unblu", "Unblu", "platform")
    assert view["modes"] == [
        "reply",
        "quick_replies",
        "private_note",
        "send_file",
        "multiple_choice",
        "rating",
        "text_question",
        "card",
    ]
    assert ("start_chat" in view["tools"]) == chat.harness.is_v4
    assert [one["name"] for one in view["agents"]] == ["Carla Rossi", "Diego Lindqvist"]
    [shown] = view["conversations"]
    assert (shown["contact"]["name"], shown["messages"][0]["text"]) == ("Ann Lee", "Hello")


def test_everything_can_be_done_from_the_page(chat: Chat) -> None:
    unblu = chat.harness.unblu
    write = {"conversation": chat.id, "agent": DEMO_AGENT, "text": "Hello", "labels": "Yes\nNo", "title": "Shoes"}
    file = {"name": "a.txt", "content_type": "text/plain", "data": base64.b64encode(b"abc").decode()}
    for action in ("reply", "quick_replies", "private_note", "card", "multiple_choice", "rating", "text_question"):
        assert unblu.act(action, write)["message"] == chat.last["id"]
    assert unblu.act("send_file", {**write, **file})["message"] == chat.last["id"]
    unblu.act("open", write)
    unblu.act("online", {"agent": OTHER_AGENT, "value": "false"})
    assert chat.harness.view()["agents"][1]["online"] is False


def test_unknown_actions_and_ids_are_key_errors(chat: Chat) -> None:
    known = {"conversation": chat.id, "agent": DEMO_AGENT, "text": "Hello"}
    for action, changed in (
        ("dance", {}),
        ("reply", {"conversation": "unknown"}),
        ("reply", {"agent": "nobody"}),
        ("resend", {"message": "unknown"}),
    ):
        with pytest.raises(KeyError):
            chat.harness.unblu.act(action, {**known, **changed})
