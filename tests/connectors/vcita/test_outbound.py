"""What reaches the staff at vcita, and what each refusal means. The other end is the simulated vcita."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from patchbay.domain.accounts import Secrets
from patchbay.domain.errors import (
    AuthorizationNeeded,
    ConversationGone,
    DeliveryError,
    Rejected,
    Transient,
)
from patchbay.domain.model import Location, Postback, ReceiptState, Text
from patchbay.kit.contract import HttpResponse
from patchbay.kit.failures import Failure
from patchbay.platforms.vcita import CONNECTOR
from playground.services.vcita import DEMO_STAFF, DEMO_TOKEN
from playground.simulator import Fault
from tests.harness.fakes.recording_http import RecordingHttp
from tests.harness.vcita_desk import HOST, Desk, make_desk

MESSAGES = "POST /business/communication/messages"


@pytest.fixture
def desk() -> Desk:
    return make_desk()


# --- messages --------------------------------------------------------------------------------------------------------


def test_a_text_arrives_with_the_time_at_which_it_was_written(desk: Desk) -> None:
    conversation = desk.open_awake()
    written_at = desk.time.now().replace(microsecond=0)
    desk.time.advance(60)
    message_uid = desk.deliver(conversation, desk.part("5 < 6 & שלום 👩‍👩‍👧", sent_at=written_at))
    [line] = desk.lines
    assert (line.text, line.at, line.message_uid) == ("5 < 6 & שלום 👩‍👩‍👧", written_at, message_uid)


def test_delivering_takes_one_call(desk: Desk) -> None:
    conversation = desk.open_awake()
    desk.http.sent.clear()
    desk.deliver(conversation)
    assert desk.http.calls == ["POST /business/communication/messages"]


def test_a_choice_arrives_as_the_words_that_the_customer_saw(desk: Desk) -> None:
    desk.deliver(desk.open_awake(), desk.part("2", tapped=Postback(label="Refund", payload="refund:7")))
    assert desk.lines[0].text == "Refund"


def test_a_message_whose_answer_got_lost_is_there_once(desk: Desk) -> None:
    conversation = desk.open_awake()
    desk.vcita.fail_next(Fault(lost=True, where=MESSAGES))
    with pytest.raises(Transient):
        desk.deliver(conversation)
    assert desk.deliver(conversation).startswith("pb-")
    desk.vcita.quirks.exists_code = "duplicate"
    assert desk.deliver(conversation).startswith("pb-")
    assert len(desk.lines) == 1


def test_parts_of_one_event_have_ids_of_their_own_however_long_the_key_is(desk: Desk) -> None:
    conversation = desk.open_awake()
    keys = ["message-1:0", "message-1:1", "x" * 300 + ":0", "x" * 300 + ":1"]
    uids = [desk.deliver(conversation, desk.part(key=key)) for key in keys]
    assert len(set(uids)) == len(desk.lines) == 4
    assert all(uid.startswith("pb-") and len(uid) <= 255 for uid in uids)


def test_an_id_of_vcitas_own_is_an_alias(desk: Desk) -> None:
    conversation = desk.open_awake()
    desk.vcita.quirks.own_message_uids = True
    delivered = CONNECTOR.deliver(desk.part(), conversation, desk.connection, desk.http)
    assert delivered.aliases == (desk.lines[0].message_uid,)
    assert delivered.external_id.startswith("pb-")


def test_what_is_no_text_is_never_sent(desk: Desk) -> None:
    with pytest.raises(Rejected):
        desk.deliver(desk.open_awake(), desk.part(content=Location(latitude=1, longitude=2)))


def test_a_conversation_that_was_found_by_a_message_alone_takes_answers(desk: Desk) -> None:
    conversation = desk.open_awake()
    state = {name: value for name, value in conversation.state.items() if name != "session_uid"}
    found = replace(conversation, external_id=conversation.aliases[0], aliases=(), state=state)
    desk.deliver(found)
    desk.deliver(replace(found, state={}), desk.part(key="message-2:0"))
    assert len(desk.lines) == 2


@pytest.mark.parametrize("cause", ["deactivated", "deleted", "blocked", "merged", "moved"])
def test_a_session_that_takes_no_messages_is_gone(desk: Desk, cause: str) -> None:
    conversation = desk.open_awake()
    client = conversation.state["contact_uid"]
    if cause == "deactivated":
        desk.vcita.deactivate_session(client)
    elif cause == "deleted":
        session = desk.vcita.sessions[0]
        desk.vcita.actions.change_session(session, "deleted")
    elif cause == "blocked":
        desk.vcita.block_channel("Northwind Dental")
    elif cause == "merged":
        desk.vcita.merge_clients(client, desk.vcita.add_client("Northwind Dental", "Åsa"))
    else:
        desk.change(channel_uid="0d0f4f6c-6c5f-4d3a-9c55-7a1d5b0e2c11")
    with pytest.raises(ConversationGone):
        desk.deliver(conversation)


@pytest.mark.parametrize(
    ("fault", "failure"),
    [
        (Fault(status=401), AuthorizationNeeded),
        (Fault(status=403), AuthorizationNeeded),
        (Fault(status=400), Rejected),
        (Fault(status=404), ConversationGone),
        (Fault(status=422), Rejected),
        (Fault(status=429), Transient),
        (Fault(status=500), Transient),
        (Fault(status=503), Transient),
        (Fault(status=504), Transient),  # the same message_uid twice does no harm
        (Fault(lost=True), Transient),
        (Fault(refused=True), Transient),
    ],
)
def test_each_refusal_of_a_message_has_its_meaning(desk: Desk, fault: Fault, failure: type[DeliveryError]) -> None:
    conversation = desk.open_awake()
    desk.vcita.fail_next(fault)
    with pytest.raises(failure) as caught:
        desk.deliver(conversation, desk.part("the secret words"))
    assert type(caught.value) is failure
    assert "secret words" not in str(caught.value)
    assert DEMO_TOKEN not in str(caught.value)


@pytest.mark.parametrize(("header", "seconds"), [(7, 7.0), (None, None)])
def test_a_rate_limit_says_how_long_when_vcita_does(desk: Desk, header: int | None, seconds: float | None) -> None:
    conversation = desk.open_awake()
    desk.vcita.fail_next(Fault(status=429, retry_after=header))
    with pytest.raises(Transient) as caught:
        desk.deliver(conversation)
    assert caught.value.retry_after == seconds


@pytest.mark.parametrize(
    ("errors", "code"),
    [
        ([{"code": "too_long", "message": "my PIN is 1234", "field": "message"}], "too_long"),
        ([{"code": "My PIN is 1234", "message": "", "field": "PIN 1234"}], "http_422"),
        (["my PIN is 1234"], "http_422"),
        ([{"code": "invalid", "message": "the session of 1234", "field": "message"}], "invalid"),
    ],
)
def test_a_refusals_own_words_are_not_repeated(desk: Desk, errors: list[object], code: str) -> None:
    conversation = desk.open_awake()
    desk.vcita.fail_next(Fault(status=422, body=json.dumps({"success": False, "errors": errors}).encode()))
    with pytest.raises(Rejected) as caught:
        desk.deliver(conversation)
    assert "1234" not in str(caught.value)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "body",
    [
        b'{"success":false,"errors":[{"code":"unauthorized","message":"Unauthorized"}]}',
        b'{"message":"Unauthorized","status":"Failure"}',
        b'{"error":"Unauthorized"}',
        b'{"status":"Error","error":"Unauthorized"}',
    ],
)
def test_a_good_token_of_another_business_is_told_from_a_bad_one(desk: Desk, body: bytes) -> None:
    conversation = desk.open_awake()
    desk.vcita.fail_next(Fault(status=401, body=body))
    with pytest.raises(AuthorizationNeeded, match="another business"):
        desk.deliver(conversation)


@pytest.mark.parametrize(
    "body",
    [
        b'{"success":false,"errors":[{"code":"unauthorized","message":"401 Unauthorized"}]}',
        b'{"message":"401 Unauthorized","status":"Failure"}',
        b'{"status":"failure","message":"401 Unauthorized"}',
        b"<html>",
        b"[]",
        b'{"errors":{"message":"401 Unauthorized"}}',
    ],
)
def test_a_refused_token_wants_the_businesss_consent_again(desk: Desk, body: bytes) -> None:
    conversation = desk.open_awake()
    desk.vcita.fail_next(Fault(status=401, body=body))
    with pytest.raises(AuthorizationNeeded, match="consent again"):
        desk.deliver(conversation)


def test_a_connection_without_a_token_waits_for_its_owner(desk: Desk) -> None:
    conversation = desk.open_awake()
    desk.connection = replace(desk.connection, secrets=Secrets())
    with pytest.raises(AuthorizationNeeded):
        desk.deliver(conversation)


def test_the_api_may_be_at_another_place(desk: Desk) -> None:
    conversation = desk.open_awake()
    desk.change(api_prefix="/partners/chat/", typing_prefix="/business/communication/v1")
    desk.vcita.api_prefix = "/partners/chat"
    desk.deliver(conversation)
    CONNECTOR.send_typing(True, conversation, desk.connection, desk.http)
    assert desk.http.calls[-2:] == [
        "POST /partners/chat/messages",
        "POST /business/communication/v1/sessions/typing",
    ]


# --- what the staff are told -----------------------------------------------------------------------------------------


def carry(desk: Desk, *states: ReceiptState) -> list[str]:
    """The statuses that vcita has of a staff member's message afterwards."""
    conversation = desk.open_awake()
    client = conversation.state["contact_uid"]
    message_uid = desk.vcita.reply(client, DEMO_STAFF, "Hello")
    for state in states:
        CONNECTOR.send_receipt(state, message_uid, conversation, desk.connection, desk.http)
    return list(desk.vcita.find_client(client).lines[-1].reported)


ALL_STATES = tuple(ReceiptState)


def test_every_step_of_a_message_is_told(desk: Desk) -> None:
    assert carry(desk, *ALL_STATES) == ["channel_pending", "sent", "received", "read", "error"]


def test_the_basic_set_keeps_to_the_words_that_every_vcita_knows(desk: Desk) -> None:
    desk.change(status_set="basic")
    desk.vcita.quirks.basic_statuses = True
    assert carry(desk, *ALL_STATES) == ["received", "read", "error"]
    assert not [request for request in desk.http.sent if "sent" in str(request.json)]


def test_an_older_vcita_is_told_what_it_understands(desk: Desk) -> None:
    desk.vcita.quirks.basic_statuses = True
    assert carry(desk, *ALL_STATES) == ["received", "read", "error"]


@pytest.mark.parametrize(
    ("unreachable", "basic", "status"),
    [(True, False, "unavailable"), (True, True, "error"), (False, False, "error"), (False, True, "error")],
)
def test_a_failure_says_whether_the_customer_can_be_reached(
    desk: Desk, unreachable: bool, basic: bool, status: str
) -> None:
    conversation = desk.open_awake()
    client = conversation.state["contact_uid"]
    message_uid = desk.vcita.reply(client, DEMO_STAFF, "Hello")
    desk.vcita.quirks.basic_statuses = basic
    failure = Failure(reason="they left", unreachable=unreachable)
    CONNECTOR.report_failure(failure, message_uid, conversation, desk.connection, desk.http)
    assert desk.vcita.find_client(client).lines[-1].reported == [status]


def test_a_status_of_an_unknown_message_is_refused_for_good(desk: Desk) -> None:
    conversation = desk.open_awake()
    with pytest.raises(Rejected):
        CONNECTOR.send_receipt(ReceiptState.READ, "m/1 ?#", conversation, desk.connection, desk.http)
    assert desk.http.calls[-1] == "PUT /business/communication/messages/m%2F1%20%3F%23"


def test_typing_is_shown_and_ends(desk: Desk) -> None:
    conversation = desk.open_awake()
    client = desk.vcita.find_client(conversation.state["contact_uid"])
    CONNECTOR.send_typing(True, conversation, desk.connection, desk.http)
    assert client.typing_until is not None
    CONNECTOR.send_typing(False, conversation, desk.connection, desk.http)
    assert client.typing_until is None


def test_typing_in_a_sleeping_or_unknown_session_is_not_shown(desk: Desk) -> None:
    conversation = desk.open()
    with pytest.raises(Rejected):
        CONNECTOR.send_typing(True, conversation, desk.connection, desk.http)
    desk.http.sent.clear()
    CONNECTOR.send_typing(True, replace(conversation, state={}), desk.connection, desk.http)
    assert not desk.http.sent


def test_nothing_but_documented_answers_is_needed(desk: Desk) -> None:
    """An answer of a call that has worked may be empty or odd."""
    conversation = desk.open_awake()

    http = RecordingHttp(HttpResponse(status=201, body=b"[]"))
    delivered = CONNECTOR.deliver(desk.part(content=Text(text="x")), conversation, desk.connection, http)
    assert all(HOST in request.url for request in http.requests)
    assert delivered.external_id
    assert not delivered.aliases
