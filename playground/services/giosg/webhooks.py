"""Webhooks to the organization's apps, for the channels that they subscribe to. Nothing is signed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
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
from playground.services.giosg.state import State
from playground.simulator import WebhookAnswer

_BOT_TOKEN_LIFE = 300


class Webhooks:
    """A channel is the path of the API that shows the same things."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._early: list[Callable[[], None]] = []

    def take_early(self) -> list[Callable[[], None]]:
        """Functions that send what must come before the present API call is answered."""
        early, self._early = self._early, []
        return early

    # --- what happened -----------------------------------------------------------------------------------------------

    def send_chat(self, chat: Chat, action: Action, resource: Json) -> None:
        late = self._state.quirks.late_chats if action == "added" else 0.0
        self._send("owned_chats", action, chat.id, resource, group="" if late else chat.id, note="chat", late=late)

    def send_message(self, chat: Chat, message: Message, action: Action, resource: Json) -> None:
        path, note = f"owned_chats/{chat.id}/messages", f"message ({message.type})"
        self._send(path, action, message.id, resource, group=chat.id, note=note)

    def send_member(self, chat: Chat, member: Member, action: Action, resource: Json) -> None:
        self._send(f"owned_chats/{chat.id}/memberships", action, member.id, resource, group=chat.id, note="membership")

    def send_room(self, room: Room, resource: Json) -> None:
        self._send("rooms", "changed", room.id, resource, group=room.id, note="room")

    # --- sending -----------------------------------------------------------------------------------------------------

    def _send(
        self, path: str, action: Action, resource_id: str, resource: Json, *, group: str, note: str, late: float = 0.0
    ) -> None:
        channel = f"/api/v5/orgs/{self._state.organization}/{path}"
        envelope: Json = {"channel": channel, "action": action, "resource_id": resource_id}
        if shown := self._show(action, resource_id, resource):
            envelope["resource"] = shown[0]
        for app in self._state.apps:
            for webhook in app.webhooks:
                if path.rpartition("/")[2] in webhook.kinds:
                    self._hand_over(self._make(app, webhook, envelope, group, f"{note} {action}"), late)

    def _show(self, action: Action, resource_id: str, resource: Json) -> list[Json]:
        """The resource, or nothing: what is removed is no longer shown, at best as an empty object."""
        quirks = self._state.quirks
        if action == "removed":
            return [{}] if quirks.removed_resource == "empty" else []
        if action == "changed" and quirks.changed_repeats_id:
            return [{"id": resource_id, **resource}]
        return [resource]

    def _make(self, app: App, webhook: AppWebhook, envelope: Json, group: str, note: str) -> Outgoing:
        secrets = [value for name, value in parse_qsl(urlsplit(webhook.endpoint_url).query) if name == "secret"]
        if app.bot_user:
            token = self._state.make_secret()
            secrets.append(token)
            envelope = {**envelope, "app_user_auth": self._authorize(app, token)}
        channel, action, now = envelope["channel"], envelope["action"], self._state.timeline.now()
        entry = LogEntry(app=app.name, channel=channel, action=action, created_at=now, started_at=now)
        self._state.webhook_log.append(entry)
        return Outgoing(
            url=webhook.endpoint_url,
            headers={"Content-Type": "application/json"},
            body=write_json(envelope, spaced=True),
            note=note,
            group=group,
            entry=entry,
            secrets=tuple(secrets),
        )

    def _authorize(self, app: App, token: str) -> Json:
        return {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": _BOT_TOKEN_LIFE,
            "user_id": app.bot_user,
            "organization_id": self._state.organization,
        }

    def _hand_over(self, outgoing: Outgoing, late: float) -> None:
        state = self._state
        if late:
            state.timeline.later(late, lambda: state.send_webhook(outgoing))
        elif state.quirks.webhooks_first and has_request_context():
            self._early.append(partial(state.send_now, outgoing))
        else:
            state.send_webhook(outgoing)


class WebhookLog:
    """What Giosg keeps of each attempt to deliver a webhook."""

    def __init__(self, state: State) -> None:
        self._state = state

    def start(self, webhook: Outgoing) -> LogEntry:
        entry = webhook.entry
        if entry.status != "pending":  # the same webhook a second time
            entry = self.add_retry(entry, entry.retry_index)
        entry.status, entry.started_at = "started", self._state.timeline.now()
        return entry

    def add_retry(self, entry: LogEntry, retry: int) -> LogEntry:
        with self._state.lock:
            again = entry.again(self._state.timeline.now(), retry)
            self._state.webhook_log.append(again)
            return again

    def complete(self, entry: LogEntry, webhook: Outgoing, answer: WebhookAnswer, *, accepted: bool) -> None:
        body = answer.body.decode(errors="replace")
        entry.status = "successful" if accepted else "failed"
        entry.completed_at = self._state.timeline.now()
        entry.milliseconds = round((entry.completed_at - entry.started_at).total_seconds() * 1000, 1)
        entry.response_status_code = answer.status or None
        entry.response_body = body
        if not accepted:
            entry.reason = f"HTTP {answer.status}" if answer.status else "no answer"
            self._state.complaints.append(f"{webhook.note}: {entry.reason}")
        if any(secret and secret in body for secret in webhook.secrets):
            self._state.complaints.append(f"{webhook.note}: the answer repeats a secret, and the webhook log keeps it")
