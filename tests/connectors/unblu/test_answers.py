"""Who called, and the answers that Unblu waits for: documented, signed over the exact bytes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from patchbay.domain.accounts import Endpoint, Secrets
from patchbay.domain.errors import SignatureRejected
from patchbay.kit.contract import WebhookRequest, WebhookResponse
from patchbay.platforms.unblu import CONNECTOR
from tests.harness.unblu_calls import (
    ANN,
    ENDPOINT,
    SECRET,
    make_call,
    make_message,
    make_service_call,
    sign,
    with_settings,
)

SMS = with_settings(outbound_to="sms:shop")
BODY = {"conversationMessage": make_message(), "receivingContacts": [ANN]}


def respond(request: WebhookRequest, endpoint: Endpoint = ENDPOINT) -> WebhookResponse:
    CONNECTOR.verify(request, endpoint)
    response = CONNECTOR.answer_webhook(request, endpoint, CONNECTOR.parse(request, endpoint))
    assert response is not None
    return response


def answer(name: str, body: object, endpoint: Endpoint = ENDPOINT) -> dict[str, Any]:
    response = respond(make_service_call(name, body), endpoint)
    assert response.status == 200
    assert response.headers["content-type"].startswith("application/json")
    assert response.headers["x-unblu-signature-256"] == sign(response.body)
    content: dict[str, Any] = json.loads(response.body)
    return content


# --- signatures ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("signed", [("sha1",), ("sha256",), ("sha1", "sha256")])
def test_any_signature_will_do(signed: tuple[str, ...]) -> None:
    CONNECTOR.verify(make_service_call("new_message", BODY, signed=signed), ENDPOINT)


@pytest.mark.parametrize("wrong", ["x-unblu-signature", "x-unblu-signature-256"])
def test_every_signature_that_is_there_must_match(wrong: str) -> None:
    request = make_service_call("new_message", BODY, signed=("sha1", "sha256"))
    forged = replace(request, headers={**request.headers, wrong: sign(b"other", "sha1")})
    with pytest.raises(SignatureRejected):
        CONNECTOR.verify(forged, ENDPOINT)


def test_one_algorithms_signature_is_not_taken_for_the_others() -> None:
    request = make_service_call("new_message", BODY, signed=("sha1",))
    forged = replace(request, headers={"x-unblu-signature-256": request.headers["x-unblu-signature"]})
    with pytest.raises(SignatureRejected):
        CONNECTOR.verify(forged, ENDPOINT)


@pytest.mark.parametrize("secrets", [Secrets(), Secrets(values={"webhook_secret": ""})])
def test_nothing_is_taken_unsigned_or_without_a_secret(secrets: Secrets) -> None:
    with pytest.raises(SignatureRejected):
        CONNECTOR.verify(make_service_call("new_message", BODY, signed=()), ENDPOINT)
    with pytest.raises(SignatureRejected):
        CONNECTOR.verify(make_service_call("new_message", BODY), replace(ENDPOINT, secrets=secrets))


def test_the_answer_is_signed_with_the_secret_that_signed_the_request() -> None:
    secrets = Secrets(values={"webhook_secret": "the-new-one"}, previous={"webhook_secret": SECRET})
    response = respond(make_service_call("new_message", BODY), replace(ENDPOINT, secrets=secrets))
    assert response.headers["x-unblu-signature-256"] == sign(response.body)


# --- messages, states, pings -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("event", ["external_messenger.new_message", "ping", "conversation.created"])
def test_events_are_answered_without_a_body(event: str) -> None:
    response = respond(make_call({"conversationMessage": make_message()}, event=event))
    assert (response.status, response.body) == (200, b"")


def test_a_message_is_taken_before_the_messenger_has_a_name_for_it() -> None:
    expected = {"$_type": "ExternalMessengerNewMessageResponse", "externalMessageId": None}
    assert answer("new_message", BODY) == expected
    assert answer("new_message", {**BODY, "conversationMessage": make_message(internal=True)}) == expected


def test_a_state_is_taken() -> None:
    assert answer("message_state", {"state": "READ", "sourceId": "pb-1"}) == {
        "$_type": "ExternalMessengerMessageStateResponse"
    }


@pytest.mark.parametrize(
    ("asked", "answered"),
    [("PingRequest", "PingResponse"), ("OutboundPingRequest", "OutboundPingResponse")],
)
def test_a_ping_gets_its_own_id_back(asked: str, answered: str) -> None:
    assert answer("outbound.ping", {"$_type": asked, "pingId": "p1"}) == {"$_type": answered, "pingId": "p1"}


# --- agents who start conversations ----------------------------------------------------------------------------------


def ask_for_contact(identifier: object, endpoint: Endpoint = SMS, **person: str) -> dict[str, Any]:
    return answer("create_contact", {"contactIdentifier": identifier, "personData": person or None}, endpoint)


@pytest.mark.parametrize(
    "number",
    [
        *("+4915112345678", "+49 (1511) 234-56.78", "0049 1511 2345678", "+49 1511/2345678", "0049 (0)1511 2345678"),
        *("\u202a+49 1511 2345678\u202c", "+49\u00a01511\u202f234\u20115678", "+٤٩ ١٥١١ ٢٣٤٥٦٧٨", "(+49) 1511 2345678"),
    ],
)
def test_a_phone_number_becomes_a_contact_of_the_messenger(number: str) -> None:
    assert ask_for_contact(number, displayName="Ann Lee") == {
        "$_type": "ExternalMessengerCreateContactCreateResponse",
        "type": "CREATE",
        "name": "Ann Lee",
        "sourceId": "sms:shop:4915112345678",
        "description": None,
    }


def test_a_contact_without_a_name_is_called_by_their_number() -> None:
    assert ask_for_contact("+4915112345678")["name"] == "+4915112345678"


@pytest.mark.parametrize(
    "number", ["", None, "Ann", "0151 2345678", "4915112345678", "+49", "+1234567890123456", "+999 1512 3456789", "+"]
)
def test_what_is_no_international_number_is_explained_to_the_agent(number: object) -> None:
    content = ask_for_contact(number)
    assert content["$_type"] == "ExternalMessengerCreateContactInvalidContactIdentifierResponse"
    assert content["type"] == "INVALID_CONTACT_IDENTIFIER"
    assert "+49" in content["errorText"]


def test_where_customers_must_write_first_the_agent_reads_why() -> None:
    contact = ask_for_contact("+4915112345678", ENDPOINT)
    assert (contact["$_type"], contact["type"]) == ("ExternalMessengerCreateContactErrorResponse", "ERROR")
    assert "must write first" in contact["errorText"]
    conversation = answer("create_conversation", {"creationData": {}})
    assert (conversation["$_type"], conversation["type"]) == (
        "ExternalMessengerCreateConversationErrorResponse",
        "ERROR",
    )
    assert conversation["errorText"] == contact["errorText"]


def ask_for_conversation(**creation: object) -> dict[str, Any]:
    return answer("create_conversation", {"creationData": creation}, SMS)


def test_a_conversation_is_named_after_its_contact_unless_it_has_a_name() -> None:
    participants = [{"externalMessengerContactId": "c-ann"}]
    made = ask_for_conversation(externalParticipants=participants, sourceId=None)
    assert made == {
        "$_type": "ExternalMessengerCreateConversationCreateResponse",
        "type": "CREATE",
        "sourceId": "pb-contact-c-ann",
        "sourceUrl": None,
        "metadata": {},
    }
    assert ask_for_conversation(externalParticipants=participants, sourceId="mine")["sourceId"] == "mine"


def test_a_conversation_without_a_contact_is_refused() -> None:
    assert ask_for_conversation(externalParticipants=None)["type"] == "ERROR"
