"""Customers' messages into Unblu, files both ways, and the states of agents' messages, in both generations."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from patchbay.domain.errors import AuthorizationNeeded, ConversationGone, Rejected, Transient, Uncertain
from patchbay.domain.events import MessageReceived, ReceiptReceived
from patchbay.domain.model import Attachment, AttachmentKind, Conversation, Location, Part, Postback, ReceiptState
from patchbay.kit.failures import Failure
from patchbay.platforms.unblu import CONNECTOR
from playground.services.unblu import DEMO_AGENT, PLAIN_PASSWORD, PLAIN_USER
from playground.services.unblu.records import Generation, Message
from playground.simulator import Fault
from tests.harness.unblu_desk import SECRET, Desk, make_desk

GENERATIONS: tuple[Generation, ...] = ("v4", "v3")
OPTIONS = [("Monday", "mon"), ("Tuesday", "tue")]
SEND = ".*sendMessage"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(200)


@pytest.fixture(params=GENERATIONS)
def desk(request: pytest.FixtureRequest) -> Desk:
    return make_desk(request.param)


# --- texts -----------------------------------------------------------------------------------------------------------


def test_a_text_is_shown_in_the_customers_name(desk: Desk) -> None:
    desk.deliver(desk.open(), desk.part("שלום 👩‍🚀 **x** <b>"))
    [line] = desk.lines
    assert (line.body["text"], line.body["textType"]) == ("שלום 👩‍🚀 **x** <b>", "SIMPLE_TEXT")
    assert line.sender is not None
    assert line.sender.name == "Åsa Maria Berg"


def test_unblu_tells_how_far_a_message_got_by_our_own_name_for_it(desk: Desk) -> None:
    delivered = desk.deliver(desk.open())
    assert delivered.external_id == "pb-message-1:0"
    desk.unblu.read(desk.shown.id)
    receipts = [each for each in desk.heard() if isinstance(each, ReceiptReceived)]
    assert {receipt.message_id for receipt in receipts} == {delivered.external_id}
    assert receipts[-1].state is ReceiptState.READ


def test_what_unblu_calls_the_message_is_of_no_use(desk: Desk) -> None:
    delivered = desk.deliver(desk.open())
    assert delivered.aliases == ()


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_conversation_that_has_ended_takes_nothing_whatever_unblu_calls_that(desk: Desk, status: int) -> None:
    desk.unblu.quirks.ended_status = status  # type: ignore[assignment]
    conversation = desk.open()
    desk.unblu.end(desk.shown.id)
    with pytest.raises(ConversationGone):
        desk.deliver(conversation)


def test_a_conversation_that_is_not_there_takes_nothing(desk: Desk) -> None:
    conversation = desk.open()
    with pytest.raises(ConversationGone):
        desk.deliver(replace(conversation, state={**conversation.state, "conversation_id": "nothing"}))
    with pytest.raises(ConversationGone):
        desk.deliver(Conversation(external_id="of-another-time"))


def test_somebody_who_was_taken_out_is_no_matter_of_the_password(desk: Desk) -> None:
    conversation = desk.open()
    desk.shown.external()[0].gone = True
    if desk.unblu.generation == "v3":
        with pytest.raises(Rejected):
            desk.deliver(conversation)
        return
    with pytest.raises(ConversationGone):
        desk.deliver(conversation)
    desk.deliver(desk.open())
    assert len(desk.unblu.conversations) == len(desk.lines) == 1


def test_a_user_without_the_role_needs_the_owner(desk: Desk) -> None:
    conversation = desk.open()
    plain = {"username": PLAIN_USER, "password": PLAIN_PASSWORD, "webhook_secret": SECRET}
    desk.connection = replace(desk.connection, secrets=replace(desk.connection.secrets, values=plain))
    with pytest.raises(AuthorizationNeeded, match="ADMIN"):
        desk.deliver(conversation)


@pytest.mark.parametrize(
    ("fault", "failure"),
    [
        (Fault(status=429, where=SEND), Transient),
        (Fault(status=500, where=SEND), Transient),  # an `Error` of its own says that nothing was done
        (Fault(status=502, where=SEND), Transient),
        (Fault(status=504, where=SEND), Transient),
        (Fault(status=500, body=b"<html>", where=SEND), Uncertain),
        (Fault(status=502, body=b"<html>", where=SEND), Uncertain),
        (Fault(status=503, body=b"<html>", where=SEND), Transient),
        (Fault(status=504, body=b'{"statusCode":504}', where=SEND), Uncertain),
        (Fault(lost=True, where=SEND), Uncertain),
        (Fault(refused=True, where=SEND), Transient),
    ],
)
def test_faults_are_what_they_are(desk: Desk, fault: Fault, failure: type[Exception]) -> None:
    conversation = desk.open()
    desk.unblu.fail_next(fault)
    with pytest.raises(failure) as caught:
        desk.deliver(conversation)
    assert type(caught.value) is failure


def test_what_is_no_text_is_refused(desk: Desk) -> None:
    with pytest.raises(Rejected):
        desk.deliver(desk.open(), desk.part(content=Location(latitude=1, longitude=2)))


# --- answers to questions --------------------------------------------------------------------------------------------


def offered(desk: Desk) -> MessageReceived:
    [event] = [each for each in desk.heard() if isinstance(each, MessageReceived)]
    return event


def tap(desk: Desk, label: str, payload: str, **fields: Any) -> Part:
    return desk.part(label, tapped=Postback(label=label, payload=payload), **fields)


def test_a_choice_answers_its_question_by_value(desk: Desk) -> None:
    conversation = desk.open()
    question = desk.unblu.multiple_choice(desk.shown.id, DEMO_AGENT, "Which day?", OPTIONS)
    button = offered(desk).message.buttons[1]
    desk.deliver(conversation, tap(desk, button.label, button.payload))
    assert (desk.message(question).answer_status, desk.message(question).answer) == ("ANSWERED", "tue")


def test_a_question_for_words_is_answered_in_words(desk: Desk) -> None:
    conversation = desk.open()
    question = desk.unblu.text_question(desk.shown.id, DEMO_AGENT, "Your number?")
    desk.deliver(conversation, tap(desk, "12: 34", offered(desk).message.question))
    assert desk.message(question).answer == "12: 34"


def test_a_rating_can_be_declined(desk: Desk) -> None:
    conversation = desk.open()
    question = desk.unblu.rating(desk.shown.id, DEMO_AGENT, "How was it?", OPTIONS, decline="Not now")
    button = offered(desk).message.buttons[-1]
    desk.deliver(conversation, tap(desk, button.label, button.payload))
    assert desk.message(question).answer == "declined"


@pytest.mark.parametrize("how", ["answered", "withdrawn", "unknown"])
def test_an_answer_that_comes_too_late_is_still_said(desk: Desk, how: str) -> None:
    conversation = desk.open()
    question = desk.unblu.multiple_choice(desk.shown.id, DEMO_AGENT, "Which day?", OPTIONS)
    payload = offered(desk).message.buttons[0].payload
    if how == "answered":
        desk.deliver(conversation, tap(desk, "Monday", payload, key="message-0:0"))
    elif how == "withdrawn":
        desk.unblu.abort_question(desk.shown.id, question)
    else:
        payload = "reply:nothing:mon"
    desk.deliver(conversation, tap(desk, "Monday", payload))
    assert desk.lines[-1].type == "TEXT"
    assert desk.lines[-1].body["text"] == "Monday"


def test_an_answer_to_an_ended_conversation_opens_a_new_one(desk: Desk) -> None:
    conversation = desk.open()
    desk.unblu.multiple_choice(desk.shown.id, DEMO_AGENT, "Which day?", OPTIONS)
    payload = offered(desk).message.buttons[0].payload
    desk.unblu.end(desk.shown.id)
    with pytest.raises(ConversationGone):
        desk.deliver(conversation, tap(desk, "Monday", payload))


def test_a_quick_reply_says_its_text(desk: Desk) -> None:
    conversation = desk.open()
    desk.unblu.quick_replies(desk.shown.id, DEMO_AGENT, "Shall we call?", ["Yes, please"])
    button = offered(desk).message.buttons[0]
    desk.deliver(conversation, tap(desk, "1", button.payload))
    assert desk.lines[-1].body["text"] == "Yes, please"


# --- files in --------------------------------------------------------------------------------------------------------

PHOTO = Attachment(
    kind=AttachmentKind.IMAGE, url="https://m.example/1", name="Åsa.png", content_type="image/png", caption="Me"
)


def test_a_file_comes_whole_with_its_name_its_type_and_its_caption(desk: Desk) -> None:
    desk.deliver_file(desk.open(), PHOTO, PNG)
    [line] = desk.lines
    assert line.file is not None
    assert (line.file.name, line.file.content_type, line.file.data) == ("Åsa.png", "image/png", PNG)
    assert line.body["caption"] == "Me"


def test_a_file_without_a_type_or_a_name_comes_too(desk: Desk) -> None:
    desk.deliver_file(desk.open(), replace(PHOTO, name="", content_type="", caption=""), b"x")
    assert desk.lines[0].file is not None
    assert desk.lines[0].file.content_type == "application/octet-stream"


def test_a_file_that_unblu_does_not_take_is_refused(desk: Desk) -> None:
    desk.unblu.quirks.largest_file = 100
    with pytest.raises(Rejected):
        desk.deliver_file(desk.open(), PHOTO, PNG)


# --- files out -------------------------------------------------------------------------------------------------------


def send_file(desk: Desk) -> tuple[MessageReceived, Attachment]:
    desk.open()
    desk.unblu.send_file(desk.shown.id, DEMO_AGENT, "Plan März.pdf", "application/pdf", b"%PDF", "Your plan")
    event = offered(desk)
    [file] = event.message.content
    assert isinstance(file, Attachment)
    return event, file


def test_an_agents_file_is_fetched_with_the_password(desk: Desk) -> None:
    event, file = send_file(desk)
    assert (file.name, file.caption) == ("Plan März.pdf", "Your plan")
    assert not event.message.incomplete
    answer = desk.http.send(CONNECTOR.make_download_request(file, desk.connection))
    assert (answer.status, answer.body) == (200, b"%PDF")


def test_a_file_that_a_scanner_holds_is_answered_as_the_core_was_told(desk: Desk) -> None:
    desk.unblu.quirks.scan_seconds = 60
    _, file = send_file(desk)
    answer = desk.http.send(CONNECTOR.make_download_request(file, desk.connection))
    assert answer.status in CONNECTOR.behavior.pending_file_statuses
    desk.time.advance(60)
    assert desk.http.send(CONNECTOR.make_download_request(file, desk.connection)).ok


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/app/rest/v4/files/1",
        "https://unblu.simulator.test.evil.example/x",
        "http://unblu.simulator.test/x",
        "https://unblu.simulator.test:8443/x",
        "https://unblu.simulator.test@evil.example/x",
        "https://[broken/x",
    ],
)
def test_the_password_goes_to_the_tenants_own_host_alone(desk: Desk, url: str) -> None:
    file = Attachment(kind=AttachmentKind.FILE, url=url, protected=True)
    assert not CONNECTOR.make_download_request(file, desk.connection).headers


# --- states of agents' messages --------------------------------------------------------------------------------------


def name(desk: Desk, message: Message) -> str:
    """As its event names it."""
    return next(
        each.message.external_id
        for each in desk.ear.heard
        if isinstance(each, MessageReceived) and each.message.external_id.endswith(message.id)
    )


def carry(desk: Desk, conversation: Conversation, message: Message, *states: ReceiptState) -> list[str]:
    for state in states:
        CONNECTOR.send_receipt(state, name(desk, message), conversation, desk.connection, desk.http)
    return list(message.reported)


ALL = (ReceiptState.SENT, ReceiptState.DELIVERED, ReceiptState.READ)


def test_each_state_is_told(desk: Desk) -> None:
    conversation = desk.open()
    message = desk.reply()
    assert carry(desk, conversation, message, *ALL) == ["sent", "delivered", "read"]
    assert list(message.reached.values()) == ["read"]
    assert message.state == "read"


def test_where_unblu_sees_to_delivery_itself_only_sending_is_told(desk: Desk) -> None:
    desk.change(states_external="no")
    conversation = desk.open()
    assert carry(desk, conversation, desk.reply(), ReceiptState.QUEUED, *ALL) == ["sent"]


@pytest.mark.parametrize(("final", "retryable"), [(True, False), (False, True)])
def test_a_failure_is_told_with_its_reason_and_whether_trying_again_helps(
    desk: Desk, final: bool, retryable: bool
) -> None:
    conversation = desk.open()
    message = desk.reply()
    failure = Failure(reason="Åsa has blocked the account", final=final)
    CONNECTOR.report_failure(failure, name(desk, message), conversation, desk.connection, desk.http)
    assert (message.state, message.failure, message.retryable) == ("failed", failure.reason, retryable)


def test_a_state_is_told_of_the_conversation_in_which_the_message_stands(desk: Desk) -> None:
    desk.open()
    message = desk.reply()
    known_as = name(desk, message)
    desk.unblu.end(desk.shown.id)
    CONNECTOR.send_receipt(ReceiptState.READ, known_as, desk.open(), desk.connection, desk.http)
    assert message.reported == ["read"]


def test_what_unblu_does_not_allow_for_one_message_is_no_matter_of_the_account(desk: Desk) -> None:
    conversation = desk.open()
    message = name(desk, desk.reply())
    desk.unblu.fail_next(Fault(status=403, where=".*messageRead"))
    with pytest.raises(Rejected):
        CONNECTOR.send_receipt(ReceiptState.READ, message, conversation, desk.connection, desk.http)


def test_a_message_that_the_messenger_could_not_show_has_failed(desk: Desk) -> None:
    conversation = desk.open()
    message = desk.reply()
    assert carry(desk, conversation, message, ReceiptState.FAILED) == ["failed"]
    assert message.failure


def test_the_state_of_a_message_that_is_gone_is_refused(desk: Desk) -> None:
    conversation = desk.open()
    with pytest.raises(Rejected):
        CONNECTOR.send_receipt(ReceiptState.SENT, "nothing", conversation, desk.connection, desk.http)
