"""What the Freshworks app makes of an event: a signed request, the same each time, or none."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest

from playground.services.freshchat import DEMO_APP_SECRET
from playground.services.freshchat.relay import Request, make_request, relay, sign

AT = 1714979290
PERSON = {"id": "u-1", "type": "user", "first_name": "Åsa", "last_name": "B", "email": "a@b.example", "phone": None}
AVATAR = {"url": "https://a.example/a.png"}
USER = {**PERSON, "reference_id": "viber:shop:x", "avatar": AVATAR, "properties": [{"name": "plan", "value": "7"}]}


def make_message(**fields: object) -> dict[str, Any]:
    part = {"text": {"content": "Grüße 👋"}, "image": None}
    return {"id": "m-1", "actor_type": "agent", "message_type": "normal", "message_parts": [part], **fields}


def make_payload(event: str = "onMessageCreate", **data: object) -> dict[str, Any]:
    return {
        "currentHost": {"endpoint_urls": {"freshchat": "https://acme.freshchat.com"}},
        "event": event,
        "iparams": {"secret": "never to be sent"},
        "region": "EU",
        "timestamp": 1714979289120,
        "version": "1.0.0",
        **({"data": {"actor": PERSON, **data}} if data else {}),
    }


def about_messages(*messages: dict[str, Any]) -> dict[str, Any]:
    model = {"conversation_id": "c-1", "channel_id": "ch-1", "messages": list(messages)}
    channel = {"id": "ch-1", "name": "Viber", "locale": "en"}
    return make_payload(
        message=model, associations={"user": USER, "agent": {}, "group": {"id": "g"}, "channel": channel}
    )


def send(payload: dict[str, Any]) -> Request:
    request = relay(payload, DEMO_APP_SECRET, AT)
    assert request is not None
    return request


def test_the_signature_is_that_of_standard_webhooks() -> None:
    """Their own example."""
    given = ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330)
    assert sign(*given, b'{"test": 2432232314}') == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_request_is_signed_over_its_id_its_time_and_its_bytes() -> None:
    request = send(about_messages(make_message()))
    assert request.headers["webhook-id"] == request.id == "onMessageCreate-m-1-1714979289120"
    assert request.headers["webhook-timestamp"] == str(AT)
    signed = f"{request.id}.{AT}.".encode() + request.body
    digest = hmac.new(b"freshchat-demo-app-secret-32byte", signed, hashlib.sha256).digest()
    assert request.headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"
    assert request.headers["content-type"] == "application/json"


def test_the_body_is_compact_ascii_in_a_fixed_order_without_secrets_or_needless_facts_about_people() -> None:
    body = send(about_messages(make_message(message_parts=[{"text": {"content": "Grüße \x7f 👋"}}]))).body
    assert body.isascii()
    assert b"Gr\\u00fc\\u00dfe \\u007f \\ud83d\\udc4b" in body
    assert b"\x7f" not in body
    shown = json.loads(body)
    assert json.dumps(shown, separators=(",", ":")).encode() == body
    assert list(shown) == ["event", "version", "region", "timestamp", "app", "data"]
    assert list(shown["data"]) == ["actor", "associations", "message"]
    assert shown["data"]["actor"] == {"id": "u-1", "type": "user", "first_name": "Åsa"}
    known = {"id": "u-1", "type": "user", "first_name": "Åsa", "reference_id": "viber:shop:x", "avatar": AVATAR}
    assert shown["data"]["associations"] == {"user": known, "agent": {}, "channel": {"id": "ch-1", "name": "Viber"}}
    assert shown["data"]["message"]["conversation_id"] == "c-1"


def test_older_payloads_name_the_account() -> None:
    shown = json.loads(send({**about_messages(make_message()), "domain": "acme.freshchat.com", "account_id": "1"}).body)
    assert list(shown) == ["event", "version", "region", "domain", "account_id", "timestamp", "app", "data"]


def test_what_is_null_or_empty_stays_so() -> None:
    payload = about_messages(make_message())
    payload["data"] |= {"actor": None, "associations": {"user": None, "agent": {}}}
    shown = json.loads(send(payload).body)["data"]
    assert (shown["actor"], shown["associations"]) == (None, {"user": None, "agent": {}})


def test_a_message_and_its_parts_go_as_they_are() -> None:
    message = make_message(message_parts=[{"hologram": {"depth": 3}, "text": None}], surprise=[1, None, True])
    assert json.loads(send(about_messages(message)).body)["data"]["message"]["messages"] == [message]


@pytest.mark.parametrize(
    "payload",
    [
        about_messages(make_message(actor_type="user")),
        about_messages(make_message(actor_type="system"), make_message(actor_type="user")),
        about_messages(make_message(message_type="private")),
        about_messages(make_message(message_type="system")),
        about_messages(make_message(actor_type="user"), make_message(message_type="private")),
        make_payload(message={"messages": [{"id": "m-1"}]}),
        about_messages(),
        make_payload("onConversationUpdate", conversation={"conversation_id": "c-1"}),
        make_payload("onConversationUpdate", conversation={}, changes={"model_changes": {"status": None}}),
        make_payload("onConversationUpdate", conversation={}, changes={"model_changes": {"priority": ["Low", "High"]}}),
        make_payload("onUserCreate", user=USER),
    ],
    ids=[
        "customer",
        "system and customer",
        "note",
        "system line",
        "customer and note",
        "the actor",
        "none",
        "no change",
        "null",
        "other change",
        "other event",
    ],
)
def test_what_patchbay_would_drop_is_not_sent(payload: dict[str, Any]) -> None:
    assert relay(payload, DEMO_APP_SECRET, AT) is None


@pytest.mark.parametrize(
    "payload",
    [
        about_messages(make_message(actor_type="bot")),
        about_messages(make_message(message_type=None)),
        about_messages(make_message(actor_type="user"), make_message()),
        make_payload(
            "onConversationUpdate", conversation={}, changes={"model_changes": {"status": ["new", "resolved"]}}
        ),
        make_payload(
            "onConversationUpdate", conversation={}, changes={"model_changes": {"assigned_agent_id": [None, "a"]}}
        ),
        make_payload("onConversationCreate", conversation={"messages": [make_message()]}),
        make_payload("onUserUpdate", user=USER, changes={"model_changes": {"reference_id": [None, "viber:shop:x"]}}),
    ],
    ids=["bot", "no type", "customer and agent", "resolved", "assigned", "created", "referenced"],
)
def test_what_patchbay_reads_is_sent(payload: dict[str, Any]) -> None:
    assert json.loads(send(payload).body)["event"] == payload["event"]


def test_ids_name_what_the_event_is_about_in_harmless_signs() -> None:
    status = {"model_changes": {"status": ["new", "resolved"]}}
    update = make_payload("onConversationUpdate", conversation={"conversation_id": "c 1/ü"}, changes=status)
    assert send(update).id == "onConversationUpdate-c-1---1714979289120"
    created = make_payload("onConversationCreate", conversation={"messages": [make_message()]})
    assert send(created).id == "onConversationCreate-m-1-1714979289120"
    known = {"model_changes": {"reference_id": [None, "viber:shop:x"]}}
    assert send(make_payload("onUserUpdate", user=USER, changes=known)).id == "onUserUpdate-u-1-1714979289120"
    assert send(make_payload("onAppInstall")).id == "onAppInstall-app-1714979289120"
    assert len(send(about_messages(make_message(id="m" * 500))).id) == 160


def test_a_later_sending_differs_in_its_time_and_signature_only() -> None:
    payload = about_messages(make_message())
    first, second = send(payload), make_request(payload, DEMO_APP_SECRET, AT + 7)
    assert (first.id, first.body) == (second.id, second.body)
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]


@pytest.mark.parametrize("event", ["onAppInstall", "afterAppUpdate", "onAppUninstall"])
def test_set_up_events_have_no_data(event: str) -> None:
    assert json.loads(send(make_payload(event)).body) == {
        "event": event,
        "version": "1.0.0",
        "region": "EU",
        "timestamp": 1714979289120,
        "app": "1.0.0",
    }


def test_what_is_known_of_a_user_who_changed() -> None:
    changes = {"model_changes": {"first_name": ["Asa", "Åsa"], "reference_id": [None, "viber:shop:x"]}}
    shown = json.loads(send(make_payload("onUserUpdate", associations={}, user=USER, changes=changes)).body)
    assert list(shown["data"]) == ["actor", "user", "changes"]
    assert "email" not in shown["data"]["user"]
    assert shown["data"]["changes"] == changes
