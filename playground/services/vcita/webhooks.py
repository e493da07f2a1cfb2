"""Webhooks: to apps at their `api_uri`, to subscribers at their `target_url`. Nothing is signed."""

from __future__ import annotations

from urllib.parse import quote

from playground.bodies import write_json
from playground.services.vcita.records import App, Business, Channel, Client, Json, Line, Session
from playground.services.vcita.state import State
from playground.simulator import Webhook


class Webhooks:
    def __init__(self, state: State) -> None:
        self._state = state

    # --- the app's own -----------------------------------------------------------------------------------------------

    def send_channel(self, channel: Channel, *, at_once: bool = False) -> None:
        """`at_once`: inside the API call that causes it."""
        note, path = f"channel {channel.status}", f"/channels/{channel.uid}"
        self._send_event(channel, "PUT", path, {"status": channel.status}, note, channel.uid, at_once=at_once)

    def send_session(self, session: Session, *, at_once: bool = False) -> None:
        note, path = f"session {session.status}", f"/sessions/{session.uid}"
        body = {"status": session.status}
        self._send_event(session.channel, "PUT", path, body, note, session.client.uid, at_once=at_once)

    def send_message(self, session: Session, line: Line) -> None:
        body: Json = {
            "external_uid": session.external_uid,
            "message": line.text,
            "message_uid": line.message_uid,
            "channel_uid": session.channel.uid,
            "status": "pending",
        }
        if line.attachments:
            body["attachments"] = [{"url": file["url"], "name": file["name"]} for file in line.attachments]
        if line.pushed:
            body["contact_uid"] = session.client.uid
            body["session_uid"] = session.uid
            body["direction"] = "client_to_business"
            body["created_at"] = f"{line.at:%Y-%m-%d %H:%M:%S}"
        self._send_event(session.channel, "POST", "/messages", body, "message", session.client.uid)

    def send_status(self, channel: Channel, client: Client, line: Line) -> None:
        """Of a message that the app pushed.

        vcita's guide swaps the types of the two fields; their names are taken to be right.
        """
        body = {"status": line.status, "channel_uid": channel.uid}
        if self._state.quirks.swapped_types:
            body = {"status": channel.uid, "channel_uid": line.status}
        path = f"/messages/{quote(line.message_uid, safe='')}"
        self._send_event(channel, "PUT", path, body, f"message {line.status}", client.uid)

    def send_typing(self, session: Session, on: bool) -> None:
        quirks = self._state.quirks
        path = f"{'/sessions' if quirks.typing_below_sessions else ''}/{session.uid}/typing"
        note = "typing" if on else "typing ended"
        self._send_event(session.channel, quirks.typing_method, path, {"typing": on}, note, session.client.uid)

    def _send_event(
        self, channel: Channel, method: str, path: str, body: Json, note: str, group: str, *, at_once: bool = False
    ) -> None:
        if not channel.app.api_uri:
            return
        url = channel.app.api_uri.rstrip("/") + path
        self._send(_make(method, url, body, note, group), at_once=at_once)

    # --- subscribers' ------------------------------------------------------------------------------------------------

    def send_subscription(self, app: App, business: Business, event: str) -> None:
        """`event` is "installed" or "uninstalled"."""
        body = {
            "entity_name": "app_subscription",
            "event_type": event,
            "data": {"business_id": business.uid, "app_id": app.id},
        }
        for subscription in self._state.subscriptions:
            if subscription.event == f"app_subscription/{event}" and subscription.business in {"", business.uid}:
                group = f"{subscription.id} {business.uid}"
                self._send(_make("POST", subscription.target_url, body, f"app subscription {event}", group))

    def _send(self, webhook: Webhook, *, at_once: bool = False) -> None:
        state = self._state
        if not (at_once and state.is_accepted(state.call_webhook(webhook))):
            state.send_webhook(webhook)


def _make(method: str, url: str, body: Json, note: str, group: str) -> Webhook:
    encoded = write_json(body)
    headers = {"Content-Type": "application/json"}
    return Webhook(method=method, url=url, headers=headers, body=encoded, note=note, group=group)
