"""What the staff sees, for the page."""

from __future__ import annotations

import html
import re

from playground.services.vcita.actions import describe_failure
from playground.services.vcita.records import App, Business, Client, Json, Line
from playground.services.vcita.state import State

_BREAK = re.compile(r"<br\s*/?>|</(?:div|p|li)>\s*(?=<)", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_MEDIA = {"image", "video", "audio"}


def show_desk(state: State) -> dict[str, object]:
    """Apps without an address are not shown, since no messages go through them."""
    clients = [client for business in state.businesses for client in business.clients if client.lines]
    return {
        "service": state.service,
        "title": "vcita",
        "side": "platform",
        "agents": [
            {"id": staff.uid, "name": staff.name, "avatar": None, "business": business.name}
            for business in state.businesses
            for staff in business.staff
        ],
        "modes": ["reply", "send_file"],
        "tools": [],
        "reports_typing": True,
        "reports_reading": True,
        "apps": [
            _show_app(state, app, business)
            for app in state.apps
            for business in state.businesses
            if app.api_uri and business.uid in app.assigned | app.installed
        ],
        "conversations": [
            _show_conversation(state, client)
            for client in sorted(clients, key=lambda one: one.lines[-1].at, reverse=True)
        ],
    }


def _show_app(state: State, app: App, business: Business) -> Json:
    own = [channel for channel in state.channels if channel.app is app and channel.business is business]
    return {
        "app": app.code_name,
        "name": app.name,
        "business": business.name,
        "business_uid": business.uid,
        "installed": business.uid in app.installed,
        "channel": own[-1].status if own else "",
        "install_url": f"{state.base_url}/app/market/{app.code_name}?business_uid={business.uid}",
    }


def _show_conversation(state: State, client: Client) -> Json:
    sessions = [session for session in state.sessions_of(client) if not session.is_gone]
    active = state.active_session(client)
    status = next((session.status for session in [active, *reversed(state.sessions_of(client))] if session), "")
    typing = client.typing_until is not None and state.timeline.now() < client.typing_until
    return {
        "id": client.uid,
        "contact": {"id": client.uid, "name": client.name, "avatar": None},
        "business": client.business.name,
        "status": status,
        "assigned_to": client.staff.name if client.staff else "",
        "typing": typing,
        "channels": [
            *(
                {"id": one.channel.uid, "title": one.channel.title, "active": one.status == "active"}
                for one in sessions
                if one.channel.status != "deleted"
            ),
            {"id": "email", "title": "Email", "active": active is None},
        ],
        "messages": [_show_line(client, line) for line in client.lines],
    }


def _show_line(client: Client, line: Line) -> Json:
    name = {"customer": client.name, "agent": line.staff.name if line.staff else client.business.name}
    written = line.author == "agent" and not line.pushed
    return {
        "id": line.uid,
        "author": line.author,
        "name": name.get(line.author, "vcita"),
        "avatar": None,
        "at": line.at.isoformat(timespec="milliseconds"),
        "text": _plain(line.text) if line.html else line.text,
        "attachment": next((_show_file(file) for file in line.attachments if file.get("url")), None),
        "buttons": [],
        "cards": [],
        "location": None,
        "status": line.status if written else "",
        "error": describe_failure(line.status) if written else "",
    }


def _plain(text: str) -> str:
    return html.unescape(_TAG.sub("", _BREAK.sub("\n", text)))


def _show_file(file: Json) -> Json:
    kind = str(file.get("type") or "").split("/", maxsplit=1)[0]
    return {
        "kind": kind if kind in _MEDIA else "file",
        "url": file["url"],
        "name": file.get("name") or "file",
        "size": file.get("size"),
    }
