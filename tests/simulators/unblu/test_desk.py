"""What agents do at the simulated Unblu's desk, and what the messenger's side is told of it."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from playground.services.unblu import ADMIN_PASSWORD, ADMIN_USER, DEMO_AGENT, OTHER_AGENT
from playground.services.unblu.errors import Refused
from tests.harness.unblu_office import Chat, Office, Received, beside, make_office

AUTH = (ADMIN_USER, ADMIN_PASSWORD)
CONTACT = "outbound.external_messenger.create_contact"
CONVERSATION = "outbound.external_messenger.create_conversation"


@pytest.fixture(params=["v4", "v3"])
def office(request: pytest.FixtureRequest) -> Office:
    return make_office(request.param)


@pytest.fixture
def chat(office: Office) -> Chat:
    return office.chat()


@pytest.fixture
def v4() -> Office:
    return make_office("v4")


def told(chat: Chat) -> dict[str, Any]:
    """The one message that was told."""
    [body] = chat.office.told("new_message")
    message: dict[str, Any] = body["conversationMessage"]
    return message


def download(office: Office, url: str, auth: tuple[str, str] | None = AUTH) -> Any:
    return office.unblu.app.test_client().get(url.removeprefix(office.unblu.base_url), auth=auth)


def link_of(message: dict[str, Any]) -> str:
    links = message.get("downloadLinks")
    if links is None:
        return str(message["downloadLink"])
    return next(str(link["url"]) for link in links if link["type"] == "WEB_API")


# --- what is written -------------------------------------------------------------------------------------------------


def test_quick_replies_are_part_of_a_text(chat: Chat) -> None:
    chat.office.unblu.quick_replies(chat.id, DEMO_AGENT, "Is it urgent?", ["Yes", "No"])
    message = told(chat)
    assert message["type"] == "TEXT"
    assert message["quickReplies"] == [{"$_type": "QuickReply", "text": text} for text in ("Yes", "No")]
    assert [one["label"] for one in chat.last["buttons"]] == ["Yes", "No"]


def test_there_are_at_most_13_quick_replies_of_40_characters(chat: Chat) -> None:
    for labels in (["x" * 41], ["x"] * 14):
        with pytest.raises(Refused):
            chat.office.unblu.quick_replies(chat.id, DEMO_AGENT, "Which?", labels)


def test_internal_notes_are_told_as_internal(chat: Chat) -> None:
    chat.office.unblu.internal_note(chat.id, DEMO_AGENT, "A regular")
    assert told(chat)["internal"] is True
    assert (chat.last["author"], chat.last["status"]) == ("note", "")


def test_a_card_has_links_and_replies(chat: Chat) -> None:
    chat.office.unblu.card(
        chat.id,
        DEMO_AGENT,
        "Red shoes",
        "59 €",
        image="https://cdn.example/shoes.png",
        links=[("Shop", "https://shop.example")],
        replies=[("More", "More"), ("Buy", "sku-7")],
    )
    message = told(chat)
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
        chat.office.unblu.card(chat.id, DEMO_AGENT, "Red shoes", links=[("x" * 25, "https://shop.example")])


def test_a_list_has_a_header_and_items(chat: Chat) -> None:
    chat.office.unblu.item_list(chat.id, DEMO_AGENT, "Branches", [("Bern", "Open"), ("Basel", "Closed")])
    message = told(chat)
    assert (message["$_type"], message["header"]["title"]) == ("ListMessageData", "Branches")
    assert [one["title"] for one in message["items"]] == ["Bern", "Basel"]
    assert [one["title"] for one in chat.last["cards"]] == ["Branches", "Bern", "Basel"]


def test_questions_say_how_they_can_be_answered(chat: Chat) -> None:
    unblu = chat.office.unblu
    unblu.multiple_choice(chat.id, DEMO_AGENT, "Which day?", [("Monday", "mon")])
    unblu.rating(chat.id, DEMO_AGENT, "How was it?", [("★", "1")], decline="Not now")
    unblu.text_question(chat.id, DEMO_AGENT, "Order number?", most=12)
    choice, rating, text = (body["conversationMessage"] for body in chat.office.told("new_message"))
    assert choice["options"][0]["value"] == "mon"
    assert (rating["declinable"], rating["declineValue"]) == (True, "declined")
    assert (text["questionType"], text["maxCharacters"]) == ("SHORT_TEXT", 12)
    assert {one["answerStatus"] for one in (choice, rating, text)} == {"PENDING"}


def test_a_withdrawn_question_is_told(chat: Chat) -> None:
    question = chat.office.unblu.text_question(chat.id, DEMO_AGENT, "Order number?")
    chat.office.news()
    chat.office.unblu.abort_question(chat.id, question)
    message = told(chat)
    assert (message["type"], message["questionMessageId"]) == ("QUESTION_ABORTED", question)
    assert message["reason"] == "CANCELED"
    with pytest.raises(Refused):
        chat.office.unblu.abort_question(chat.id, question)


def test_system_lines_are_told_in_v4_alone(chat: Chat) -> None:
    chat.office.unblu.system_line(chat.id, "Carla joined")
    assert chat.last["author"] == "system"
    bodies = chat.office.told("new_message")
    assert [body["conversationMessage"]["type"] for body in bodies] == (["SYSTEM"] if chat.office.is_v4 else [])


def test_a_type_without_a_description_has_a_fallback(v4: Office) -> None:
    chat = v4.chat()
    v4.unblu.whatsapp_template(chat.id, DEMO_AGENT, "Your order is here")
    message = told(chat)
    assert (message["type"], message["fallbackText"]) == ("WHATSAPP_TEMPLATE", "Your order is here")
    with pytest.raises(Refused):
        make_office("v3").chat().office.unblu.act("whatsapp_template", {"text": "Your order is here"})


# --- files -----------------------------------------------------------------------------------------------------------


def test_an_agents_file_is_downloaded_with_a_password(chat: Chat) -> None:
    chat.office.unblu.send_file(chat.id, DEMO_AGENT, "price list.pdf", "application/pdf", b"%PDF", "Our prices")
    message = told(chat)
    assert (message["fileName"], message["mimeType"], message["caption"]) == (
        "price list.pdf",
        "application/pdf",
        "Our prices",
    )
    assert message["fileStatus"] == "COMPLETED"
    url = link_of(message)
    assert url.startswith(chat.office.unblu.base_url)
    assert download(chat.office, url, auth=None).status_code == 401
    file = download(chat.office, url)
    assert (file.data, file.content_type) == (b"%PDF", "application/pdf")


def test_the_agents_own_link_is_of_no_use_to_others(chat: Chat) -> None:
    chat.office.unblu.send_file(chat.id, DEMO_AGENT, "a.pdf", "application/pdf", b"%PDF")
    message = told(chat)
    links = {link["type"]: link["url"] for link in message.get("downloadLinks", [])}
    url = links["AGENT_DESK"] if links else message["agentDeskDownloadLink"]
    assert download(chat.office, url).status_code == 403


def test_a_file_is_refused_while_it_is_scanned(chat: Chat) -> None:
    chat.office.unblu.habits.scan_seconds = 30
    chat.office.unblu.send_file(chat.id, DEMO_AGENT, "a.pdf", "application/pdf", b"%PDF")
    message = told(chat)
    assert message["fileStatus"] == "SCANNING"
    assert download(chat.office, link_of(message)).status_code == 403
    chat.office.time.advance(30)
    assert download(chat.office, link_of(message)).status_code == 200


def test_a_download_may_lead_elsewhere(chat: Chat) -> None:
    chat.office.unblu.habits.downloads_redirect_to = "https://elsewhere.example/a.pdf"
    chat.office.unblu.send_file(chat.id, DEMO_AGENT, "a.pdf", "application/pdf", b"%PDF")
    answer = download(chat.office, link_of(told(chat)))
    assert (answer.status_code, answer.location) == (302, "https://elsewhere.example/a.pdf")


def test_there_is_nothing_behind_an_unknown_link(chat: Chat) -> None:
    root = f"{chat.office.unblu.base_url}/app/rest/{chat.office.unblu.generation}"
    assert download(chat.office, f"{root}/files/unknown/a.pdf").status_code == 404


# --- conversations ---------------------------------------------------------------------------------------------------


def test_who_answers_first_has_the_conversation(chat: Chat) -> None:
    chat.office.unblu.internal_note(chat.id, OTHER_AGENT, "Mine?")
    assert chat.office.view()["conversations"][0]["assigned_to"] == ""
    chat.office.unblu.reply(chat.id, DEMO_AGENT, "Hello")
    chat.office.unblu.reply(chat.id, OTHER_AGENT, "Hello too")
    shown = chat.office.view()["conversations"][0]
    assert (shown["assigned_to"], shown["status"]) == ("Carla Rossi", "active")


def test_a_colleague_can_take_it_over(chat: Chat) -> None:
    chat.office.unblu.accept(chat.id, DEMO_AGENT)
    chat.office.unblu.act("assign", {"conversation": chat.id, "agent": OTHER_AGENT})
    assert chat.office.view()["conversations"][0]["assigned_to"] == "Diego Lindqvist"


def test_an_ended_conversation_stays_ended(chat: Chat) -> None:
    chat.office.unblu.act("resolve", {"conversation": chat.id, "agent": DEMO_AGENT})
    assert chat.office.view()["conversations"][0]["status"] == "ended"
    for action in ("reply", "reopen", "resolve"):
        with pytest.raises(Refused):
            chat.office.unblu.act(action, {"conversation": chat.id, "agent": DEMO_AGENT, "text": "Hello?"})


def test_only_a_passing_failure_can_be_sent_again(chat: Chat) -> None:
    message = chat.office.unblu.reply(chat.id, DEMO_AGENT, "Hello")
    with pytest.raises(Refused):
        chat.office.unblu.resend(chat.id, message)
    field = "failState" if chat.office.is_v4 else "failedState"
    chat.report("messageSendFailed", message, **{field: "RETRYABLE", "failureText": "Try later"})
    chat.office.news()
    chat.office.unblu.act("resend", {"conversation": chat.id, "message": message})
    assert told(chat)["id"] == message
    assert chat.shown(message)["status"] == "pending"


# --- agents write first ----------------------------------------------------------------------------------------------


def start(office: Office, **options: str) -> str:
    return office.unblu.start_chat(DEMO_AGENT, "+4915112345678", "Good morning", **options)


def open_channel(office: Office, **fields: object) -> str:
    return office.channel(outboundSupported=True, contactIdentifierFieldType="PHONE_NUMBER", **fields)


def test_an_agent_starts_a_chat(v4: Office) -> None:
    channel = open_channel(v4)
    conversation = start(v4, name="Ann")
    asked, planned, message = v4.news()
    assert (asked.name, asked.body["contactIdentifier"]) == (CONTACT, "+4915112345678")
    assert asked.body["personData"]["displayName"] == "Ann"
    data = planned.body["creationData"]
    assert (planned.name, data["externalMessengerChannelId"]) == (CONVERSATION, channel)
    assert [one["personId"] for one in data["participants"]] == [DEMO_AGENT]
    assert message.body["conversationMessage"]["conversationId"] == conversation
    assert message.body["receivingContacts"][0]["sourceId"] == "sms:4915112345678"
    shown = v4.ask("GET", f"/conversations/{conversation}/read")
    assert (shown["state"], shown["sourceId"]) == ("ACTIVE", "sms:4915112345678")


def test_a_contact_may_be_made_while_unblu_waits(v4: Office) -> None:
    channel = open_channel(v4)

    def make_contact(request: Received) -> None:
        if request.name == CONTACT:
            contact = v4.contact(channel, v4.person("sms:ben"), "sms:ben")
            kind = "ExternalMessengerCreateContactUseExistingResponse"
            v4.us.say[CONTACT] = {"$_type": kind, "type": "USE_EXISTING", "externalMessengerContactId": contact}

    v4.us.before_answering = beside(make_contact)
    start(v4)
    assert v4.told("new_message")[0]["receivingContacts"][0]["sourceId"] == "sms:ben"


def test_an_existing_conversation_may_be_used(v4: Office) -> None:
    chat = v4.chat(channel=open_channel(v4))
    kind = "ExternalMessengerCreateConversationUseExistingResponse"
    v4.us.say[CONVERSATION] = {"$_type": kind, "type": "USE_EXISTING", "conversationId": chat.id}
    assert start(v4) == chat.id
    assert chat.last["text"] == "Good morning"


@pytest.mark.parametrize(
    ("service", "model", "kind"),
    [
        (CONTACT, "CreateContactInvalidContactIdentifier", "INVALID_CONTACT_IDENTIFIER"),
        (CONTACT, "CreateContactContactToPersonMismatch", "CONTACT_TO_PERSON_MISMATCH"),
        (CONTACT, "CreateContactError", "ERROR"),
        (CONVERSATION, "CreateConversationError", "ERROR"),
    ],
)
def test_the_agent_reads_why_a_chat_is_refused(v4: Office, service: str, model: str, kind: str) -> None:
    open_channel(v4)
    v4.us.say[service] = {"$_type": f"ExternalMessenger{model}Response", "type": kind, "errorText": "Not on Viber"}
    with pytest.raises(Refused, match="Not on Viber"):
        start(v4)
    assert v4.unblu.complaints == []


@pytest.mark.parametrize(
    ("service", "answer"),
    [
        (CONTACT, {"$_type": "ExternalMessengerCreateContactCreateResponse", "type": "ERROR"}),
        (CONTACT, {"$_type": "ExternalMessengerCreateContactCreateResponse", "type": "CREATE", "name": "Ann"}),
        (
            CONTACT,
            {
                "$_type": "ExternalMessengerCreateContactUseExistingResponse",
                "type": "USE_EXISTING",
                "externalMessengerContactId": "nobody",
            },
        ),
        (CONVERSATION, {"$_type": "ExternalMessengerCreateConversationCreateResponse", "type": "CREATE"}),
        (
            CONVERSATION,
            {
                "$_type": "ExternalMessengerCreateConversationUseExistingResponse",
                "type": "USE_EXISTING",
                "conversationId": "none",
            },
        ),
    ],
)
def test_an_answer_that_makes_no_sense_is_complained_about(v4: Office, service: str, answer: dict[str, Any]) -> None:
    open_channel(v4)
    v4.us.say[service] = answer
    with pytest.raises(Refused):
        start(v4)
    assert len(v4.unblu.complaints) == 1


def test_a_source_id_that_is_taken_is_complained_about(v4: Office) -> None:
    open_channel(v4)
    start(v4)
    with pytest.raises(Refused, match="already"):
        start(v4)


def test_a_contact_that_is_known_is_written_to_again(v4: Office) -> None:
    chat = v4.chat(channel=open_channel(v4))
    with pytest.raises(Refused, match="active conversation"):
        v4.unblu.start_chat(DEMO_AGENT, chat.sender, "Good morning")
    v4.unblu.end(chat.id)
    v4.news()
    assert v4.unblu.start_chat(DEMO_AGENT, chat.sender, "Good morning") != chat.id
    assert next(one.name for one in v4.news()) == CONVERSATION


def test_api_v3_does_not_let_agents_start_chats(v4: Office) -> None:
    open_channel(v4)
    v4.unblu.set_generation("v3")
    assert [one["outbound"] for one in v4.view()["channels"]] == [False]
    with pytest.raises(Refused, match="API v3"):
        start(v4)
    assert v4.news() == []


def test_not_every_channel_lets_agents_start_chats(v4: Office) -> None:
    v4.channel()
    with pytest.raises(Refused, match="no channel"):
        start(v4)
    open_channel(v4, name="SMS", webhookStatus="INACTIVE")
    with pytest.raises(Refused, match="not active"):
        start(v4)


# --- the page --------------------------------------------------------------------------------------------------------


def test_the_page_shows_the_desk(chat: Chat) -> None:
    chat.send("Hello")
    view = chat.office.view()
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
    assert ("start_chat" in view["tools"]) == chat.office.is_v4
    assert [one["name"] for one in view["agents"]] == ["Carla Rossi", "Diego Lindqvist"]
    [shown] = view["conversations"]
    assert (shown["contact"]["name"], shown["messages"][0]["text"]) == ("Ann Lee", "Hello")


def test_everything_can_be_done_from_the_page(chat: Chat) -> None:
    unblu = chat.office.unblu
    write = {"conversation": chat.id, "agent": DEMO_AGENT, "text": "Hello", "labels": "Yes\nNo", "title": "Shoes"}
    file = {"name": "a.txt", "content_type": "text/plain", "data": base64.b64encode(b"abc").decode()}
    for action in ("reply", "quick_replies", "private_note", "card", "multiple_choice", "rating", "text_question"):
        assert unblu.act(action, write)["message"] == chat.last["id"]
    assert unblu.act("send_file", {**write, **file})["message"] == chat.last["id"]
    unblu.act("open", write)
    unblu.act("online", {"agent": OTHER_AGENT, "value": "false"})
    assert chat.office.view()["agents"][1]["online"] is False


def test_unknown_actions_and_ids_are_key_errors(chat: Chat) -> None:
    known = {"conversation": chat.id, "agent": DEMO_AGENT, "text": "Hello"}
    for action, changed in (
        ("dance", {}),
        ("reply", {"conversation": "unknown"}),
        ("reply", {"agent": "nobody"}),
        ("resend", {"message": "unknown"}),
    ):
        with pytest.raises(KeyError):
            chat.office.unblu.act(action, {**known, **changed})
