"""The simulated Unblu's conversations: how they begin, what they take from the messenger, and how they end."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from playground.services.unblu import DEMO_AGENT, DEMO_TEAM, OTHER_AGENT, PLAIN_PASSWORD, PLAIN_USER
from tests.harness.unblu import (
    Chat,
    UnbluHarness,
    conversation_body,
    file_post,
    make_harness,
    reply_post,
    text_post,
)

FIND = "/conversations/getBySourceIdAndChannelId?sourceId=viber:ann&externalMessengerChannelId="


def new_body(harness: UnbluHarness, **fields: object) -> dict[str, Any]:
    """A further conversation of a customer, in a channel of their own."""
    channel, person = harness.channel(name="Further"), harness.person("viber:ben")
    sender = harness.contact(channel, person, "viber:ben") if harness.is_v4 else person
    return conversation_body(harness.unblu.generation, channel, sender, "viber:ben", **fields)


def end(chat: Chat, **fields: object) -> Any:
    return chat.harness.ask("POST", f"/conversations/{chat.id}/end", {"reason": "EXTERNAL_CHANNEL_CLOSED", **fields})


def read(chat: Chat, expand: str = "") -> Any:
    path = f"/conversations/{chat.id}/read?" if chat.harness.is_v4 else f"/conversations/read?id={chat.id}&"
    return chat.harness.ask("GET", f"{path}expand={expand}")


# --- beginning -------------------------------------------------------------------------------------------------------


def test_a_new_conversation_waits_in_the_queue(chat: Chat) -> None:
    shown = read(chat)
    assert (shown["$_type"], shown["state"], shown["sourceId"]) == ("ConversationData", "QUEUED", "viber:ann")
    assert chat.harness.view()["conversations"][0]["status"] == "queued"


def test_a_v4_conversation_shows_who_takes_part_through_the_messenger() -> None:
    chat = make_harness("v4").chat()
    [external] = read(chat)["externalParticipants"]
    assert external["externalMessengerContactId"] == chat.sender
    assert (external["sourceId"], external["participationType"]) == ("viber:ann", "CONTEXT_PERSON")
    assert read(chat)["participants"] == []
    assert read(chat)["recipient"]["displayName"] == "Customer care"


def test_a_v3_conversation_shows_who_takes_part_through_the_messenger() -> None:
    chat = make_harness("v3").chat(recipient={"$_type": "TeamData", "id": DEMO_TEAM})
    [participant] = read(chat)["participants"]
    assert (participant["personId"], participant["connectedViaExternalMessenger"]) == (chat.sender, True)
    assert read(chat)["contextPersonId"] == chat.sender
    assert read(chat)["recipient"]["$_type"] == "TeamData"


def test_the_active_conversation_is_found_by_source_and_channel(chat: Chat) -> None:
    assert chat.harness.ask("GET", FIND + chat.channel)["id"] == chat.id
    assert chat.harness.refusal("GET", FIND + "other")[0] == 404
    end(chat)
    assert chat.harness.refusal("GET", FIND + chat.channel)[0] == 404
    chat.harness.unblu.quirks.none_status = 204
    assert chat.harness.ask("GET", FIND + chat.channel) is None


def test_a_plain_user_is_not_shown_others_conversations(chat: Chat) -> None:
    assert chat.harness.refusal("GET", FIND + chat.channel, auth=(PLAIN_USER, PLAIN_PASSWORD))[0] == 403


def test_a_source_id_is_unique_among_a_channels_active_conversations(chat: Chat) -> None:
    body = conversation_body(chat.harness.unblu.generation, chat.channel, chat.sender, "viber:ann")
    assert chat.harness.refusal("POST", "/conversations/create", body)[0] == 409
    end(chat)
    assert chat.harness.ask("POST", "/conversations/create", body)["id"] != chat.id


def test_a_source_id_may_stay_taken_for_ever(chat: Chat) -> None:
    chat.harness.unblu.quirks.unique_forever = True
    end(chat)
    body = conversation_body(chat.harness.unblu.generation, chat.channel, chat.sender, "viber:ann")
    assert chat.harness.refusal("POST", "/conversations/create", body)[0] == 409


def test_a_contact_has_one_active_conversation_unless_the_channel_allows_more() -> None:
    harness = make_harness("v4")
    chat = harness.chat()
    assert harness.refusal(
        "POST", "/conversations/create", conversation_body("v4", chat.channel, chat.sender, "viber:ann/2")
    ) == (409, "the contact has an active conversation")
    more = harness.channel(name="More", supportsMultipleConversationsPerContact=True)
    contact = harness.contact(more, harness.person(), "viber:ann")
    for source in ("one", "two"):
        harness.ask("POST", "/conversations/create", conversation_body("v4", more, contact, source))


def test_a_chat_request_needs_an_agent_who_is_online(harness: UnbluHarness) -> None:
    for agent in (DEMO_AGENT, OTHER_AGENT):
        harness.unblu.set_online(agent, False)
    body = new_body(harness, initialEngagementType="CHAT_REQUEST")
    assert harness.refusal("POST", "/conversations/create", body) == (400, "no agents are available for a chat request")
    harness.ask("POST", "/conversations/create", {**body, "initialEngagementType": "OFFLINE_CHAT_REQUEST"})


def test_whom_a_conversation_is_for_must_exist() -> None:
    harness = make_harness("v4")
    recipient = {"$_type": "ConversationCreationRecipientData", "type": "TEAM", "id": "nobody"}
    assert harness.refusal("POST", "/conversations/create", new_body(harness, recipient=recipient))[0] == 404


def test_external_participants_need_a_channel(harness: UnbluHarness) -> None:
    body = new_body(harness, externalMessengerChannelId=None)
    assert harness.refusal("POST", "/conversations/create", body)[0] == 400


def test_a_conversation_needs_somebody(harness: UnbluHarness) -> None:
    body = new_body(harness, **{"externalParticipants" if harness.is_v4 else "participants": []})
    assert harness.refusal("POST", "/conversations/create", body)[0] == 400


def test_a_v3_conversation_must_not_bring_an_id() -> None:
    harness = make_harness("v3")
    assert harness.refusal("POST", "/conversations/create", new_body(harness, id="mine"))[0] == 400


def test_the_other_generations_model_is_refused(harness: UnbluHarness) -> None:
    other = make_harness("v3" if harness.is_v4 else "v4")
    assert harness.refusal("POST", "/conversations/create", new_body(other))[0] == 400


# --- afterwards ------------------------------------------------------------------------------------------------------


def test_metadata_are_shown_when_asked_for(harness: UnbluHarness) -> None:
    chat = harness.chat(metadata={"order": "7"})
    assert read(chat)["metadata"] == {}
    assert read(chat, "metadata")["metadata"] == {"order": "7"}
    assert harness.refusal("POST", "/conversations/create", new_body(harness, metadata={"order": 7}))[0] == 400


def test_ended_conversations_are_still_searched(chat: Chat) -> None:
    end(chat)
    operator = {"$_type": "EqualsIdOperator", "type": "EQUALS", "value": "viber:ann"}
    by_source = {"$_type": "SourceIdConversationSearchFilter", "field": "SOURCE_ID", "operator": operator}
    query = {"$_type": "ConversationQuery", "searchFilters": [by_source]}
    [found] = chat.harness.ask("POST", "/conversations/search", query)["items"]
    assert (found["id"], found["state"], found["endReason"]) == (chat.id, "ENDED", "EXTERNAL_CHANNEL_CLOSED")


def test_an_ended_conversation_takes_nothing(chat: Chat) -> None:
    end(chat)
    assert chat.refuse(text_post()) == (400, "the conversation has ended")
    chat.harness.unblu.quirks.ended_status = 404
    assert chat.refuse(text_post())[0] == 404
    assert chat.harness.refusal("POST", f"/conversations/{chat.id}/end", {"reason": "OTHER"})[0] == 404


def test_a_deleted_channels_conversations_end_when_they_are_taken_up(chat: Chat) -> None:
    chat.harness.unblu.remove_channel(chat.harness.unblu.channels[0])
    assert read(chat)["state"] == "QUEUED"
    chat.harness.unblu.accept(chat.id, DEMO_AGENT)
    assert read(chat)["state"] == "ENDED"


def test_a_second_contact_can_be_added_by_api() -> None:
    chat = make_harness("v4").chat()
    contact = chat.harness.contact(chat.channel, chat.harness.person("viber:ben"), "viber:ben")
    path = f"/conversations/{chat.id}/addExternalParticipant"
    shown = chat.harness.ask("POST", path, {"externalMessengerContactId": contact})
    assert [one["sourceId"] for one in shown["externalParticipants"]] == ["viber:ann", "viber:ben"]
    assert chat.harness.refusal("POST", path, {"externalMessengerContactId": "nobody"})[0] == 404


# --- messages --------------------------------------------------------------------------------------------------------


def test_the_answer_to_a_message_is_its_id_in_v4_and_an_actions_in_v3(chat: Chat) -> None:
    answer = chat.send("Hello", sourceId="viber-1")
    shown = chat.last["id"]
    if chat.harness.is_v4:
        assert answer == {"$_type": "SendMessageResult", "messageId": shown}
    else:
        assert isinstance(answer, str)
        assert answer != shown


def test_text_is_shown_to_the_agents(chat: Chat) -> None:
    chat.send("Hallo 👋")
    assert (chat.last["author"], chat.last["name"], chat.last["text"]) == ("customer", "Ann Lee", "Hallo 👋")


@pytest.mark.parametrize(
    "wrong",
    [
        text_post(""),
        text_post(textType="HTML"),
        {"type": "TEXT", "text": "Hello"},
        {"$_type": "TextPostMessageData", "text": "Hello"},
        {"$_type": "LocationPostMessageData", "type": "LOCATION"},
    ],
)
def test_a_message_that_cannot_be_is_refused(chat: Chat, wrong: dict[str, Any]) -> None:
    assert chat.refuse(wrong)[0] == 400


def test_only_who_takes_part_can_write(chat: Chat) -> None:
    name = "senderExternalMessengerContactId" if chat.harness.is_v4 else "senderPersonId"
    assert chat.refuse(text_post(), **{name: "somebody"})[0] == 403


def test_a_message_goes_through_the_conversations_own_channel(chat: Chat) -> None:
    other = chat.harness.channel(name="Line")
    wrong = Chat(chat.harness, other, chat.sender, chat.id)
    assert wrong.refuse(text_post()) == (400, "the conversation is not connected to this channel")


def test_files_come_as_data_urls(chat: Chat) -> None:
    chat.send(file_post("data:image/png;base64," + base64.b64encode(b"\x89PNG").decode(), "cat.png"))
    shown = chat.last["attachment"]
    assert (shown["kind"], shown["name"], shown["size"]) == ("image", "cat.png", 4)
    picture = chat.harness.unblu.app.test_client().get(shown["url"].removeprefix(chat.harness.unblu.base_url))
    assert (picture.data, picture.content_type) == (b"\x89PNG", "image/png")


def test_a_data_url_needs_no_base64(chat: Chat) -> None:
    chat.send(file_post("data:text/plain;charset=utf-8,a%20b"))
    assert chat.last["attachment"]["size"] == 3


@pytest.mark.parametrize(
    "wrong", ["https://cdn.example/cat.png", "data:image/png;base64,###", "data:image/png;base64,"]
)
def test_what_is_no_data_url_is_refused(chat: Chat, wrong: str) -> None:
    assert chat.refuse(file_post(wrong))[0] == 400


def test_a_file_may_be_too_large(chat: Chat) -> None:
    chat.harness.unblu.quirks.largest_file = 3
    assert chat.refuse(file_post("data:,abcd"))[0] == 413


# --- answers to questions --------------------------------------------------------------------------------------------


def test_a_question_is_answered_once_by_an_options_value(chat: Chat) -> None:
    question = chat.harness.unblu.multiple_choice(
        chat.id, DEMO_AGENT, "Which day?", [("Monday", "mon"), ("Friday", "fri")]
    )
    assert chat.refuse(reply_post(question, "Monday"))[0] == 400
    chat.send(reply_post(question, "mon"))
    assert chat.last["text"] == "Monday"
    assert chat.shown(question)["question"] == {"status": "answered", "answer": "Monday"}
    assert chat.refuse(reply_post(question, "fri")) == (400, "questionMessageId: the question is ANSWERED")


def test_a_rating_can_be_declined_when_it_says_so(chat: Chat) -> None:
    question = chat.harness.unblu.rating(chat.id, DEMO_AGENT, "How was it?", [("★", "1")], decline="Not now")
    chat.send(reply_post(question, "declined"))
    assert chat.shown(question)["question"]["answer"] == "Not now"


def test_a_text_question_takes_an_answer_of_its_length(chat: Chat) -> None:
    question = chat.harness.unblu.text_question(chat.id, DEMO_AGENT, "Order number?", most=5)
    assert chat.refuse(reply_post(question, "123456"))[0] == 400
    chat.send(reply_post(question, "12345"))


def test_a_withdrawn_question_takes_no_answer(chat: Chat) -> None:
    question = chat.harness.unblu.multiple_choice(chat.id, DEMO_AGENT, "Which day?", [("Monday", "mon")])
    chat.harness.unblu.abort_question(chat.id, question)
    assert chat.refuse(reply_post(question, "mon")) == (400, "questionMessageId: the question is CANCELED")


def test_only_questions_are_answered(chat: Chat) -> None:
    message = chat.harness.unblu.reply(chat.id, DEMO_AGENT, "Hello")
    assert chat.refuse(reply_post(message, "x"))[0] == 404


# --- what becomes of agents' messages --------------------------------------------------------------------------------


def test_states_only_go_forward(chat: Chat) -> None:
    message = chat.harness.unblu.reply(chat.id, DEMO_AGENT, "Hello")
    chat.harness.time.settle()
    assert chat.shown(message)["status"] == "pending"
    for call, state in (
        ("messageSentSuccessfully", "sent"),
        ("messageRead", "read"),
        ("messageDelivered", "read"),
    ):
        chat.report(call, message)
        assert chat.shown(message)["status"] == state


def test_a_failure_shows_its_text_and_whether_to_try_again(chat: Chat) -> None:
    field = "failState" if chat.harness.is_v4 else "failedState"
    message = chat.harness.unblu.reply(chat.id, DEMO_AGENT, "Hello")
    chat.report("messageSendFailed", message, **{field: "RETRYABLE", "failureText": "The phone is off"})
    shown = chat.shown(message)
    assert (shown["status"], shown["error"], shown["retryable"]) == ("failed", "The phone is off", True)
    chat.report("messageSendFailed", message, **{field: "TERMINAL", "failureText": "Blocked"})
    assert not chat.shown(message)["retryable"]


def test_the_failures_field_differs_between_the_generations(chat: Chat) -> None:
    message = chat.harness.unblu.reply(chat.id, DEMO_AGENT, "Hello")
    wrong = "failedState" if chat.harness.is_v4 else "failState"
    body = chat.about(message, **{wrong: "TERMINAL", "failureText": "Blocked"})
    assert chat.harness.refusal("POST", chat.path("messageSendFailed"), body)[0] == 400


def test_a_state_is_of_one_recipient_or_of_all(chat: Chat) -> None:
    message = chat.harness.unblu.reply(chat.id, DEMO_AGENT, "Hello")
    name = "externalMessengerContactId" if chat.harness.is_v4 else "personId"
    chat.report("messageDelivered", message, **{name: chat.sender})
    kept = chat.harness.unblu.find_conversation(chat.id).messages[-1]
    assert kept.reached == {chat.sender: "delivered"}
    body = chat.about(message, **{name: "nobody"})
    assert chat.harness.refusal("POST", chat.path("messageRead"), body)[0] == 404


def test_states_are_of_agents_messages_alone(chat: Chat) -> None:
    chat.send("Hello")
    body = chat.about(chat.last["id"])
    assert chat.harness.refusal("POST", chat.path("messageSentSuccessfully"), body)[0] == 400
    assert chat.harness.refusal("POST", chat.path("messageRead"), chat.about("unknown"))[0] == 404


def test_an_actions_id_is_no_messages_id() -> None:
    chat = make_harness("v3").chat()
    chat.harness.unblu.reply(chat.id, DEMO_AGENT, "Hello")
    action = chat.harness.unblu.find_conversation(chat.id).messages[-1].action_id
    assert chat.harness.refusal("POST", chat.path("messageRead"), chat.about(action))[0] == 404
