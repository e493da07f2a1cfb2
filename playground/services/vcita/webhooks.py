"""What vcita tells: apps at their `api_uri`, subscribers at their `target_url`. Nothing is signed."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote

from playground.bodies import write_json
from playground.services.vcita.records import App, Business, Channel, Client, Json, Line, Session
from playground.simulator import Webhook

if TYPE_CHECKING:
    from playground.services.vcita.world import World


class Teller:
    def __init__(self, world: World) -> None:
        self._world = world

    # --- the app's own -----------------------------------------------------------------------------------------------

    def tell_channel(self, channel: Channel, *, at_once: bool = False) -> None:
        """`at_once`: inside the API call that causes it."""
        note, path = f"channel {channel.status}", f"/channels/{channel.uid}"
        self._tell(channel, "PUT", path, {"status": channel.status}, note, channel.uid, at_once=at_once)

    def tell_session(self, session: Session, *, at_once: bool = False) -> None:
        note, path = f"session {session.status}", f"/sessions/{session.uid}"
        body = {"status": session.status}
        self._tell(session.channel, "PUT", path, body, note, session.client.uid, at_once=at_once)

    def tell_message(self, session: Session, line: Line) -> None:
        body: Json = {
            "external_uid": session.external_uid,
            "message": line.text,
            "message_uid": line.message_uid,
            "channel_uid": session.channel.uid,
            "status": "pending",
        }
        if line.attachments:
            body["attachments"] = [{"url": file["url"], "name": file["name"]} for file in line.attachments]
        if self._world.habits.extra_fields or line.pushed:
            body["contact_uid"] = session.client.uid
            body["session_uid"] = session.uid
            body["direction"] = "client_to_business" if line.author == "customer" else "business_to_client"
            body["created_at"] = f"{line.at:%Y-%m-%d %H:%M:%S}"
        self._tell(session.channel, "POST", "/messages", body, "message", session.client.uid)

    def tell_status(self, channel: Channel, client: Client, line: Line) -> None:
        """Of a message that the app pushed.

        vcita's guide gives the two fields each other's types; the words of the fields are taken to be right.
        """
        body = {"status": line.status, "channel_uid": channel.uid}
        if self._world.habits.swapped_types:
            body = {"status": channel.uid, "channel_uid": line.status}
        path = f"/messages/{quote(line.message_uid, safe='')}"
        self._tell(channel, "PUT", path, body, f"message {line.status}", client.uid)

    def tell_typing(self, session: Session, on: bool) -> None:
        habits = self._world.habits
        path = f"{'/sessions' if habits.typing_below_sessions else ''}/{session.uid}/typing"
        note = "typing" if on else "typing ended"
        self._tell(session.channel, habits.typing_method, path, {"typing": on}, note, session.client.uid)

    def _tell(
        self, channel: Channel, method: str, path: str, body: Json, note: str, lane: str, *, at_once: bool = False
    ) -> None:
        if channel.app is None or not channel.app.api_uri:
            return
        url = channel.app.api_uri.rstrip("/") + path
        self._send(_make(method, url, body, note, lane), at_once=at_once)

    # --- subscribers' ------------------------------------------------------------------------------------------------

    def tell_subscription(self, app: App, business: Business, event: str) -> None:
        """`event` is "installed" or "uninstalled"."""
        self._publish("app_subscription", event, business, {"business_id": business.uid, "app_id": app.id})

    def tell_item(self, client: Client, line: Line) -> None:
        """A line of a conversation. This is the only webhook that names the staff member."""
        sent_by_staff = line.author == "agent"
        data: Json = {
            "uid": line.uid,
            "conversation_uid": client.matter_uid,
            "contact_uid": client.uid,
            "business_uid": client.business.uid,
            "staff_uid": line.staff.uid if line.staff else None,
            "message_type": "text",
            "direction": "business_to_client" if sent_by_staff else "client_to_business",
            "text": line.text if line.html or not sent_by_staff else f"<div>{escape(line.text, quote=False)}</div>",
            "message_category": None,
            "message_entity_uid": None,
            "created_at": line.at.isoformat(timespec="milliseconds"),
            "external_message_id": None,
            "channel_uid": line.channel.core_uid if line.channel else None,
        }
        self._publish("conversation_item", "created", client.business, data)

    def _publish(self, entity: str, event: str, business: Business, data: Json) -> None:
        body = {"entity_name": entity, "event_type": event, "data": data}
        for subscription in self._world.subscriptions:
            if subscription.event == f"{entity}/{event}" and subscription.business in {"", business.uid}:
                note = f"{entity.replace('_', ' ')} {event}"
                self._send(_make("POST", subscription.target_url, body, note, f"{subscription.id} {business.uid}"))

    def _send(self, webhook: Webhook, *, at_once: bool = False) -> None:
        world = self._world
        if not (at_once and world.is_accepted(world.call_webhook(webhook))):
            world.send_webhook(webhook)


def _make(method: str, url: str, body: Json, note: str, lane: str) -> Webhook:
    encoded = write_json(body)
    headers = {"Content-Type": "application/json"}
    return Webhook(method=method, url=url, headers=headers, body=encoded, note=note, lane=lane)
