"""What visitors see, for the page."""

from __future__ import annotations

from playground.services.webchat.records import Json, Screen
from playground.services.webchat.state import State


def show_people(state: State) -> dict[str, object]:
    people = [_show_screen(screen) for screen in state.screens.values()]
    return {"service": state.service, "title": "Web chat", "side": "messenger", "people": people}


def _show_screen(screen: Screen) -> Json:
    """As it is on the screen: an open page brings itself up to date, a hidden one does not."""
    waiting = [show_unsent(message, screen.name, "waiting") for message in screen.outbox]
    refused = [show_unsent({"id": one}, screen.name, "failed", code) for one, code in screen.refused.items()]
    shown = [show_message(message, screen.name) for message in screen.lines()]
    return {"id": screen.id, "name": screen.name, "avatar": None, "messages": [*shown, *refused, *waiting]}


def show_message(message: Json, name: str) -> Json:
    """A message as every simulator shows it; `name` is the visitor's."""
    sender = message["sender"] or {"name": name if message["mine"] else ""}
    return {
        "id": message["id"],
        "author": "customer" if message["mine"] else "agent",
        "name": sender["name"],
        "avatar": None,
        "at": message["at"],
        "text": message["text"],
        "attachment": message["attachment"],
        "buttons": [_show_button(button) for button in message["buttons"]],
        "cards": [
            {**card, "buttons": [_show_button(button) for button in card["buttons"]]} for card in message["cards"]
        ],
        "location": message["location"],
        "edited": message["edited"],
        "answers": message["reply_to"] or "",
        "reactions": [one["emoji"] for one in message["reactions"]],
        "status": message["state"] if message["mine"] else "",
        "error": message["reason"],
    }


def show_unsent(message: Json, name: str, status: str, error: str = "") -> Json:
    """A message that the web chat has not accepted."""
    bare: Json = {"attachment": None, "buttons": [], "cards": [], "location": None}
    author = {"author": "customer", "name": name, "avatar": None, "at": ""}
    text = message.get("text", "")
    return {"id": message["id"], **author, "text": text, **bare, "status": status, "error": error}


def _show_button(button: Json) -> Json:
    return {"label": button["label"], "url": button["url"]}
