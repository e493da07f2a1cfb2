"""What the organization's apps are told: webhooks to whoever has subscribed to the channel. Nothing is signed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from flask import has_request_context

from playground.bodies import write_json
from playground.services.giosg.records import (
    Action,
    App,
    AppWebhook,
    Chat,
    Json,
    LogEntry,
    Member,
    Message,
    Outgoing,
    Room,
)

if TYPE_CHECKING:
    from playground.services.giosg.world import World

_BOT_TOKEN_LIFE = 300


class Teller:
    """A channel is the path of the API that shows the same things."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._early: list[Outgoing] = []
        self._chats = f"/api/v5/orgs/{world.organization}/owned_chats"

    def take_early(self) -> list[Outgoing]:
        """What is to be sent before the present API call is answered."""
        early, self._early = self._early, []
        return early

    # --- what happened -----------------------------------------------------------------------------------------------

    def tell_chat(self, chat: Chat, action: Action, resource: Json) -> None:
        late = self._world.habits.late_chats if action == "added" else 0.0
        self._tell(self._chats, action, chat.id, resource, lane="" if late else chat.id, note="chat", late=late)

    def tell_message(self, chat: Chat, message: Message, action: Action, resource: Json) -> None:
        channel = f"{self._chats}/{chat.id}/messages"
        self._tell(channel, action, message.id, resource, lane=chat.id, note=f"message ({message.type})")

    def tell_member(self, chat: Chat, member: Member, action: Action, resource: Json) -> None:
        channel = f"{self._chats}/{chat.id}/memberships"
        self._tell(channel, action, member.id, resource, lane=chat.id, note="membership")

    def tell_room(self, room: Room, resource: Json) -> None:
        channel = f"/api/v5/orgs/{self._world.organization}/rooms"
        self._tell(channel, "changed", room.id, resource, lane=room.id, note="room")

    # --- sending -----------------------------------------------------------------------------------------------------

    def _tell(
        self, channel: str, action: Action, resource_id: str, resource: Json, *, lane: str, note: str, late: float = 0.0
    ) -> None:
        envelope: Json = {"channel": channel, "action": action, "resource_id": resource_id}
        if shown := self._show(action, resource_id, resource):
            envelope["resource"] = shown[0]
        for app in self._world.apps:
            for webhook in app.webhooks:
                if app.installed and self._is_subscribed(app, webhook, channel, action):
                    self._send(self._make(app, webhook, envelope, lane, f"{note} {action}"), late)

    def _show(self, action: Action, resource_id: str, resource: Json) -> list[Json]:
        """The resource, or nothing: what is removed is no longer shown, at best as an empty object."""
        habits = self._world.habits
        if action == "removed":
            return [{}] if habits.removed_resource == "empty" else []
        if action == "changed" and habits.changed_repeats_id:
            return [{"id": resource_id, **resource}]
        return [resource]

    def _is_subscribed(self, app: App, webhook: AppWebhook, channel: str, action: Action) -> bool:
        values = {"{organization_id}": self._world.organization, "{user_id}": app.bot_user}
        return any(
            subscription.wants(action) and _matches(subscription.channel_pattern, channel, values)
            for subscription in webhook.subscriptions
        )

    def _make(self, app: App, webhook: AppWebhook, envelope: Json, lane: str, note: str) -> Outgoing:
        world = self._world
        secrets = [value for name, value in parse_qsl(urlsplit(webhook.endpoint_url).query) if name == "secret"]
        if app.bot_user:
            token = world.make_secret()
            secrets.append(token)
            envelope = {**envelope, "app_user_auth": self._authorize(app, token)}
        channel, action, now = envelope["channel"], envelope["action"], world.timeline.now()
        entry = LogEntry(app=app.name, channel=channel, action=action, created_at=now, started_at=now)
        world.webhook_log.append(entry)
        return Outgoing(
            url=webhook.endpoint_url,
            headers={"Content-Type": "application/json"},
            body=write_json(envelope, spaced=True),
            note=note,
            lane=lane,
            entry=entry,
            secrets=tuple(secrets),
        )

    def _authorize(self, app: App, token: str) -> Json:
        return {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": _BOT_TOKEN_LIFE,
            "user_id": app.bot_user,
            "organization_id": self._world.organization,
        }

    def _send(self, outgoing: Outgoing, late: float) -> None:
        world = self._world
        if late:
            world.timeline.later(late, lambda: world.send_webhook(outgoing))
        elif world.habits.webhooks_first and has_request_context():
            self._early.append(outgoing)
        else:
            world.send_webhook(outgoing)


def _matches(pattern: str, channel: str, values: dict[str, str]) -> bool:
    """`*` stands for exactly one part of the path."""
    for name, value in values.items():
        pattern = pattern.replace(name, value)
    parts = [r"[^/]+" if part == "*" else re.escape(part) for part in pattern.split("/")]
    return re.fullmatch("/".join(parts), channel) is not None
