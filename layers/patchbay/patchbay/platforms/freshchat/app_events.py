"""What the app that is installed in the account relays: product events, each with the people whom it is about.

The app is ours (integrations/freshchat-app): Freshworks runs it, and Freshchat gives it the events. It signs what it
relays with a secret that only it and the bridge have.

Documentation: https://developers.freshworks.com/docs/app-sdk/v3.0/chat_conversation/serverless-apps/product-events/
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from patchbay.domain.accounts import ConnectionStatus, Endpoint
from patchbay.domain.errors import SignatureRejected, UnknownTenant, Unreadable
from patchbay.domain.events import (
    ConnectionChanged,
    ConversationChanged,
    Event,
    Ignored,
    MessageReceived,
    Origin,
    make_event_id,
)
from patchbay.domain.model import ConversationStatus
from patchbay.kit.contract import WebhookRequest, WebhookResponse
from patchbay.kit.schemas import read_wire
from patchbay.kit.standard_webhooks import ID, verify_standard_webhook
from patchbay.platforms.freshchat.app_schemas import EventDataWire, RelayedEventWire
from patchbay.platforms.freshchat.ids import name_thread
from patchbay.platforms.freshchat.message_events import find_origin, introduce, name_safely, read_message_event
from patchbay.platforms.freshchat.schemas import ActorWire, ConversationWire, MessageWire, PersonWire
from patchbay.platforms.freshchat.spec import APP, expects_webhook, name_tenant

_INSTALLED = frozenset({"onAppInstall", "afterAppUpdate"})
_UNINSTALLED = "onAppUninstall"
_CHANGED = "onConversationUpdate"
_WRITTEN = frozenset({"onMessageCreate", "onConversationCreate"})

_MISSING = "not as the service documents it: "


def verify_signature(request: WebhookRequest, endpoint: Endpoint) -> None:
    """By the secret that was entered on the app's settings page, or by the one before it, for a day."""
    secrets = endpoint.secrets.accepted("app_secret")
    if not secrets:
        raise SignatureRejected(
            "app_secret is missing: to use the app, run "
            f"`patchbay connect freshchat {endpoint.id} --set events={APP}` and enter the secret on its settings page"
        )
    verify_standard_webhook(request, secrets)


def accept(request: WebhookRequest) -> WebhookResponse:
    """The app compares the id: any web server answers 200, only Patchbay knows what it has accepted."""
    body = json.dumps({"accepted": request.headers.get(ID, "")}).encode()
    return WebhookResponse(status=200, body=body, headers={"content-type": "application/json"})


def parse_relayed_event(request: WebhookRequest, endpoint: Endpoint) -> Sequence[Event | Ignored]:
    relayed = read_wire(RelayedEventWire, request.body)
    occurred_at = relayed.timestamp or request.received_at
    if relayed.event in _INSTALLED or relayed.event == _UNINSTALLED:
        return _read_installation(relayed, occurred_at, endpoint)
    if relayed.event == "onUserUpdate":
        return [_read_profile(relayed)]
    if relayed.event in _WRITTEN:
        return _read_messages(relayed, occurred_at, endpoint)
    if relayed.event == _CHANGED:
        return [_read_change(relayed, occurred_at, endpoint)]
    return [Ignored(reason=f"an event that Patchbay does not forward: {name_safely(relayed.event)}")]


# --- messages --------------------------------------------------------------------------------------------------------


def _read_messages(relayed: RelayedEventWire, occurred_at: datetime, endpoint: Endpoint) -> Sequence[Event | Ignored]:
    data = relayed.data or EventDataWire()
    around = data.message or data.conversation
    if around is None or (relayed.event == "onMessageCreate" and not around.messages):
        raise Unreadable(f"{_MISSING}{relayed.event} without its message")
    actor = ActorWire(actor_type=data.actor.type, actor_id=data.actor.id) if data.actor else None
    events: list[Event | Ignored] = []
    for message in around.messages:
        wire = message.model_copy(update=_find_place(around, message))
        event: MessageReceived | Ignored
        try:
            event = read_message_event(wire, actor, occurred_at, endpoint)
        except Unreadable as problem:
            if len(around.messages) == 1:
                raise
            event = Ignored(reason=str(problem))  # the others are messages all the same, and come once only
        events.append(_introduce(event, data) if isinstance(event, MessageReceived) else event)
    return events or [Ignored(reason="a new conversation: it is recorded with its first message", routine=True)]


def _find_place(around: ConversationWire, message: MessageWire) -> dict[str, str]:
    """The ids that stand around the messages only."""
    names = ("conversation_id", "freshchat_conversation_id", "channel_id", "freshchat_channel_id", "user_id")
    return {name: getattr(around, name) for name in names if not getattr(message, name)}


def _introduce(event: MessageReceived, data: EventDataWire) -> MessageReceived:
    """With the people that came along, so that nobody has to be asked who they are."""
    message, hints = event.message, dict(event.hints)
    author = next((one for one in _list_people(data) if one.id == message.sender.external_id), None)
    if author is not None and author.id:
        message = replace(message, sender=introduce(message.sender, author))
    user = data.associations.user if data.associations else None
    if user is not None and user.reference_id and user.id in {"", hints.get("user_id", "")}:
        hints["reference"] = user.reference_id
    return replace(event, message=message, hints=hints)


def _list_people(data: EventDataWire) -> Sequence[PersonWire]:
    people = (data.actor, data.associations.agent if data.associations else None)
    return [person for person in people if person is not None]


# --- conversations ---------------------------------------------------------------------------------------------------


def _read_change(relayed: RelayedEventWire, occurred_at: datetime, endpoint: Endpoint) -> Event | Ignored:
    data = relayed.data or EventDataWire()
    if data.conversation is None:
        raise Unreadable(f"{_MISSING}{relayed.event} without its conversation")
    thread, aliases = name_thread(data.conversation.own_id, data.conversation.freshchat_conversation_id)
    if not thread:
        raise Unreadable(f"{_MISSING}a conversation without its id")
    origin = find_origin(endpoint, data.conversation)
    if isinstance(origin, Ignored):
        return origin
    status = _read_status(data)
    if status is None:
        return Ignored(reason="a change that does not concern customers", routine=True)
    return ConversationChanged(
        id=make_event_id("conversation", origin, thread, relayed.event, status.value, occurred_at.isoformat()),
        origin=origin,
        thread=thread,
        occurred_at=occurred_at,
        undated=relayed.timestamp is None,
        status=status,
        aliases=aliases,
    )


def _read_status(data: EventDataWire) -> ConversationStatus | None:
    """None when neither its status nor its agent changed."""
    changes = data.changes.model_changes if data.changes else None
    if changes is None or not (changes.status or changes.assigned_agent_id):
        return None
    status = changes.status[-1] if changes.status else data.conversation.status if data.conversation else ""
    return ConversationStatus.ENDED if status == "resolved" else ConversationStatus.ACTIVE


def _read_profile(relayed: RelayedEventWire) -> Ignored:
    """Messengers have profiles of their own. Another reference is news for the log: it says whose customer it is."""
    changes = relayed.data.changes.model_changes if relayed.data and relayed.data.changes else None
    if changes is None or not changes.reference_id:
        return Ignored(reason="a changed profile: messengers have their own", routine=True)
    return Ignored(reason="a user has another reference_id: Patchbay finds the customer by what it has stored only")


# --- the app itself --------------------------------------------------------------------------------------------------


def _read_installation(
    relayed: RelayedEventWire, occurred_at: datetime, endpoint: Endpoint
) -> Sequence[Event | Ignored]:
    """Without the app and without a webhook, agents' answers reach nobody: customers' messages wait, and it shows."""
    installed = relayed.event in _INSTALLED
    if expects_webhook(endpoint.settings):
        reason = "the app was installed" if installed else "the app was uninstalled: the account's webhook goes on"
        return [Ignored(reason=reason, by_settings=True)]
    tenant = name_tenant(endpoint.settings)
    if tenant not in endpoint.tenants:
        raise UnknownTenant(tenant)
    status = ConnectionStatus.ACTIVE if installed else ConnectionStatus.DISABLED
    reason = "" if installed else "the Patchbay app was uninstalled in Freshchat: install it again"
    origins = [
        Origin(service=endpoint.service, endpoint=endpoint.id, account=one) for one in sorted(endpoint.tenants[tenant])
    ]
    return [
        ConnectionChanged(
            id=make_event_id("connection", origin, relayed.event, occurred_at.isoformat()),
            origin=origin,
            thread=origin.account,
            occurred_at=occurred_at,
            status=status,
            reason=reason,
        )
        for origin in origins
    ] or [Ignored(reason="the app was installed before its account is connected")]
