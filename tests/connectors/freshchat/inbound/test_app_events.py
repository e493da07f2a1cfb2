"""What the app relays: which of it is believed, what it means, and that it means the same as the account's webhook."""

from __future__ import annotations

import base64
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from patchbay.domain.accounts import ConnectionStatus, Endpoint, Secrets
from patchbay.domain.errors import SignatureRejected, UnknownAccount, UnknownTenant, Unreadable
from patchbay.domain.events import ConnectionChanged, ConversationChanged, Event, Ignored, MessageReceived
from patchbay.domain.model import ConversationStatus, Role, Sender
from patchbay.kit.contract import WebhookRequest
from patchbay.platforms.freshchat import CONNECTOR
from tests.connectors.freshchat.inbound import scene
from tests.connectors.freshchat.inbound.scene import CHANNEL, CONVERSATION
from tests.harness.gateway import RECEIVED_AT

SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two letters..").decode()
OTHER = "whsec_" + base64.b64encode(b"another secret of as many bytes.").decode()
HOST = "acme.freshchat.com"
AT = 1714979289120

ANA = {
    "type": "agent",
    "id": "a1",
    "first_name": " Ana ",
    "last_name": "Kovač",
    "email": "ana@desk.example",
    "avatar": {"url": "https://fc.example/ana.png"},
}
ASA = {"id": "u1", "first_name": "Åsa", "reference_id": "viber:shop:x"}


def sign(body: bytes, at: datetime = RECEIVED_AT, secret: str = SECRET, message_id: str = "msg_1") -> WebhookRequest:
    """As the standard describes it, written apart from the code that verifies."""
    seconds = str(int(at.timestamp()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = b".".join((message_id.encode(), seconds.encode(), body))
    signature = "v1," + base64.b64encode(hmac.new(key, content, "sha256").digest()).decode()
    headers = {"webhook-id": message_id, "webhook-timestamp": seconds, "webhook-signature": signature}
    return WebhookRequest(method="POST", headers=headers, body=body, received_at=RECEIVED_AT)


def make_endpoint(*, events: str = "app", secret: str = SECRET, previous: str = "", **fields: Any) -> Endpoint:
    secrets = Secrets({"app_secret": secret}, {"app_secret": previous})
    settings = {"events": events, "base_url": f"https://{HOST}/v2"}
    return Endpoint(
        id="desk", service="freshchat", settings=settings, secrets=secrets, accounts=frozenset({CHANNEL}), **fields
    )


def relay(event: str, data: object = None, endpoint: Endpoint | None = None) -> list[Event | Ignored]:
    body = {"event": event, "version": "1.0.0", "region": "EU", "timestamp": AT, "app": "1.0.0"}
    request = sign(json.dumps(body if data is None else {**body, "data": data}).encode())
    endpoint = endpoint or make_endpoint()
    CONNECTOR.verify(request, endpoint)
    return list(CONNECTOR.parse(request, endpoint))


def make_message(**fields: object) -> dict[str, Any]:
    message = scene.make_envelope(**fields)["data"]["message"]
    return {name: value for name, value in message.items() if name not in {"conversation_id", "channel_id", "user_id"}}


def make_data(*messages: dict[str, Any], kind: str = "message", **fields: object) -> dict[str, Any]:
    around = {"conversation_id": CONVERSATION, "channel_id": CHANNEL, "user_id": "u1", "status": "assigned"}
    return {
        "actor": ANA,
        "associations": {"channel": {"id": CHANNEL}, "group": {}, "agent": {"id": "a1"}, "user": ASA},
        kind: {**around, "messages": list(messages), **fields},
    }


def change(**changes: object) -> dict[str, Any]:
    return {**make_data(kind="conversation"), "changes": {"model_changes": changes}}


# --- who sent it -----------------------------------------------------------------------------------------------------


def test_the_app_is_believed_by_its_secret_and_by_the_one_before() -> None:
    request = sign(b"{}")
    CONNECTOR.verify(request, make_endpoint())
    CONNECTOR.verify(request, make_endpoint(secret=OTHER, previous=SECRET))


@pytest.mark.parametrize(
    "request_",
    [
        replace(sign(b"{}"), body=b"{} "),
        sign(b"{}", secret=OTHER),
        sign(b"{}", at=RECEIVED_AT - timedelta(seconds=301)),
        sign(b"{}", at=RECEIVED_AT + timedelta(seconds=301)),
        replace(sign(b"{}"), headers={**sign(b"{}").headers, "webhook-id": "msg_2"}),
        replace(sign(b"{}"), headers={**sign(b"{}").headers, "webhook-timestamp": "soon"}),
        replace(sign(b"{}"), headers={"webhook-signature": "v1,"}),
        scene.make_request(scene.KNOWN_BODY, "AAAA"),
    ],
    ids=["body", "secret", "too old", "from the future", "id", "no time", "no signature", "the webhook's signature"],
)
def test_nothing_else_is_believed(request_: WebhookRequest) -> None:
    with pytest.raises(SignatureRejected):
        CONNECTOR.verify(request_, make_endpoint())


def test_without_a_secret_the_owner_learns_what_to_run() -> None:
    with pytest.raises(SignatureRejected, match=r"`patchbay connect freshchat desk --set events=app`"):
        CONNECTOR.verify(sign(b"{}"), make_endpoint(secret=""))


def test_the_answer_names_what_was_accepted_so_that_no_other_server_is_taken_for_patchbay() -> None:
    request = sign(b"{}", message_id="onAppInstall-app-1")
    answer = CONNECTOR.answer_webhook(request, make_endpoint(), [])
    assert answer is not None
    assert (answer.status, json.loads(answer.body)) == (200, {"accepted": "onAppInstall-app-1"})
    assert CONNECTOR.answer_webhook(scene.make_request(b"{}"), make_endpoint(), []) is None


# --- messages --------------------------------------------------------------------------------------------------------


def test_a_message_brings_its_author_and_the_customers_reference_along() -> None:
    [event] = relay("onMessageCreate", make_data(make_message()))
    assert isinstance(event, MessageReceived)
    assert event.message.sender == Sender(
        role=Role.AGENT, external_id="a1", name="Ana", avatar_url="https://fc.example/ana.png"
    )
    assert event.hints == {"user_id": "u1", "conversation_id": CONVERSATION, "reference": "viber:shop:x"}


def test_a_message_is_the_same_event_as_in_the_accounts_webhook() -> None:
    [relayed] = relay("onMessageCreate", make_data(make_message()))
    sent = scene.parse(scene.make_envelope())
    assert isinstance(relayed, MessageReceived)
    assert isinstance(sent, MessageReceived)
    assert (relayed.id, relayed.group, relayed.origin) == (sent.id, sent.group, sent.origin)
    assert relayed.message.content == sent.message.content
    assert relayed.occurred_at == sent.occurred_at


def test_another_persons_name_is_not_put_under_a_message() -> None:
    [event] = relay("onMessageCreate", make_data(make_message(actor_id="a2")))
    assert isinstance(event, MessageReceived)
    assert event.message.sender.name is None or event.message.sender.name == ""


def test_another_users_reference_is_not_taken() -> None:
    data = make_data(make_message())
    data["associations"]["user"] = {"id": "u2", "reference_id": "viber:shop:y"}
    [event] = relay("onMessageCreate", data)
    assert isinstance(event, MessageReceived)
    assert "reference" not in event.hints


def test_several_messages_of_one_event_are_carried_in_their_order() -> None:
    messages = [make_message(id=f"m{number}") for number in range(3)]
    events = relay("onMessageCreate", make_data(*messages))
    assert [event.message.external_id for event in events if isinstance(event, MessageReceived)] == ["m0", "m1", "m2"]


@pytest.mark.parametrize(
    "fields",
    [
        {"actor_type": "user", "actor_id": "u1"},
        {"message_type": "private"},
        {"message_type": "system"},
        {"actor_type": "system"},
        {"message_parts": []},
    ],
)
def test_what_customers_must_not_read_is_ignored(fields: dict[str, object]) -> None:
    [event] = relay("onMessageCreate", make_data(make_message(**fields)))
    assert isinstance(event, Ignored)


def test_a_conversation_that_an_agent_begins_has_its_first_message() -> None:
    [event] = relay("onConversationCreate", make_data(make_message(), kind="conversation"))
    assert isinstance(event, MessageReceived)
    [event] = relay("onConversationCreate", make_data(kind="conversation"))
    assert isinstance(event, Ignored)


def test_other_channels_are_looked_up_and_then_ignored() -> None:
    data = make_data(make_message(), channel_id="another")
    with pytest.raises(UnknownAccount):
        relay("onMessageCreate", data)
    [event] = relay("onMessageCreate", data, make_endpoint(strangers=frozenset({"another"})))
    assert isinstance(event, Ignored)


@pytest.mark.parametrize(
    ("event", "data"),
    [
        ("onMessageCreate", None),
        ("onMessageCreate", {"message": {}}),
        ("onMessageCreate", make_data()),
        ("onMessageCreate", make_data(make_message(id=""))),
        ("onConversationUpdate", {}),
        ("onConversationUpdate", {"conversation": {"channel_id": CHANNEL}}),
    ],
)
def test_an_event_without_what_it_is_about_is_unreadable(event: str, data: object) -> None:
    with pytest.raises(Unreadable):
        relay(event, data)


# --- conversations and profiles --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"status": ["assigned", "resolved"], "assigned_agent_id": ["a1", None]}, ConversationStatus.ENDED),
        ({"status": ["resolved", "new"]}, ConversationStatus.ACTIVE),
        ({"status": ["new", "waiting on customer"]}, ConversationStatus.ACTIVE),
        ({"assigned_agent_id": [None, "a1"]}, ConversationStatus.ACTIVE),
    ],
)
def test_a_change_of_status_or_agent_changes_the_conversation(
    changes: dict[str, object], status: ConversationStatus
) -> None:
    [event] = relay("onConversationUpdate", change(**changes))
    assert isinstance(event, ConversationChanged)
    assert (event.status, event.thread) == (status, CONVERSATION)
    assert event.occurred_at == datetime(2024, 5, 6, 7, 8, 9, 120_000, tzinfo=UTC)


def test_an_agent_who_leaves_a_resolved_conversation_does_not_open_it() -> None:
    data = change(assigned_agent_id=["a1", None])
    data["conversation"]["status"] = "resolved"
    [event] = relay("onConversationUpdate", data)
    assert isinstance(event, ConversationChanged)
    assert event.status is ConversationStatus.ENDED


@pytest.mark.parametrize("changes", [{}, {"priority": ["Low", "High"]}, {"status": "resolved"}])
def test_other_changes_mean_nothing_to_customers(changes: dict[str, object]) -> None:
    [event] = relay("onConversationUpdate", change(**changes))
    assert isinstance(event, Ignored)
    assert event.routine


def test_profiles_and_unknown_events_are_ignored() -> None:
    [profile] = relay("onUserUpdate", {"user": ASA, "changes": {"model_changes": {"first_name": ["Asa", "Åsa"]}}})
    [unknown] = relay("onMoonRise", {})
    assert isinstance(profile, Ignored)
    assert profile.routine
    assert isinstance(unknown, Ignored)
    assert "onMoonRise" in unknown.reason


def test_another_reference_is_news_for_the_log() -> None:
    changes = {"model_changes": {"reference_id": ["viber:shop:x", "crm-17"]}}
    [profile] = relay("onUserUpdate", {"user": ASA, "changes": changes})
    assert isinstance(profile, Ignored)
    assert not profile.routine
    assert "reference_id" in profile.reason


# --- the app itself --------------------------------------------------------------------------------------------------

TENANTS = {HOST: frozenset({CHANNEL, "second"})}


@pytest.mark.parametrize(
    ("event", "status"),
    [
        ("onAppUninstall", ConnectionStatus.DISABLED),
        ("onAppInstall", ConnectionStatus.ACTIVE),
        ("afterAppUpdate", ConnectionStatus.ACTIVE),
    ],
)
def test_the_app_is_the_only_way_in_so_every_channel_of_the_account_goes_with_it(
    event: str, status: ConnectionStatus
) -> None:
    with pytest.raises(UnknownTenant):
        relay(event)
    events = relay(event, endpoint=make_endpoint(tenants=TENANTS))
    assert [(one.thread, one.status) for one in events if isinstance(one, ConnectionChanged)] == [
        (CHANNEL, status),
        ("second", status),
    ]


@pytest.mark.parametrize("events", ["webhook", "both"])
@pytest.mark.parametrize("event", ["onAppUninstall", "onAppInstall"])
def test_beside_the_accounts_webhook_the_app_may_come_and_go(event: str, events: str) -> None:
    [ignored] = relay(event, endpoint=make_endpoint(events=events, tenants=TENANTS))
    assert isinstance(ignored, Ignored)
    assert ignored.by_settings


def test_an_app_that_is_installed_before_its_account_is_connected_changes_nothing() -> None:
    [ignored] = relay("onAppInstall", endpoint=make_endpoint(tenants={HOST: frozenset()}))
    assert isinstance(ignored, Ignored)
