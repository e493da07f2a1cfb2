"""What calls are answered with, as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

from chat.errors import Refused
from chat.model import Chat, Entry
from patchbay.domain.model import Attachment, Button, Card, ReceiptState, Role
from patchbay.kit.contract import WebhookResponse
from patchbay.kit.phones import dial_number

type Json = Mapping[str, object]

_NUMBER = re.compile(r"tel:[+*#0-9]{1,40}")
_BLANK = re.compile(r"[\s\x00-\x20\x7f]")
_UNKEPT = {"cache-control": "no-store"}
_ESCAPES = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}
# What the bridge calls sent is on the platform: for a visitor it is delivered.
_STATES = {ReceiptState.QUEUED: "sent", ReceiptState.SENT: "delivered"}


def answer(status: int, document: Json, headers: Mapping[str, str] | None = None) -> WebhookResponse:
    """JSON that holds nothing which any page could take for markup."""
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPES).encode()
    plain = {"content-type": "application/json; charset=utf-8", **_UNKEPT}
    return WebhookResponse(status=status, body=body, headers={**plain, **(headers or {})})


def nothing() -> WebhookResponse:
    return WebhookResponse(status=204, headers=_UNKEPT)


def explain(refused: Refused) -> WebhookResponse:
    document = {"error": {"code": refused.code, "message": refused.message}}
    return answer(refused.status, document, refused.headers)


def show_time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def show_chat(chat: Chat) -> Json:
    return {
        "id": chat.own_id,
        "name": chat.name,
        "created_at": show_time(chat.created_at),
        "updated_at": show_time(chat.updated_at),
        "preview": chat.preview,
        "unread": chat.unread,
    }


def show_contact(chat: Chat) -> Json:
    """A chat as the bridge knows it: a thread of a person."""
    return {"id": chat.id, "name": chat.name, "person": chat.person, "language": chat.language}


def show_entry(entry: Entry) -> Json:
    """Without the buttons' payloads: they are the platform's."""
    buttons = [_show_button(name, button) for name, button in entry.choices() if "." not in name]
    place = entry.location
    return {
        "id": entry.id,
        "position": entry.position,
        "mine": entry.mine,
        "at": show_time(entry.at),
        "text": entry.text,
        "attachment": show_attachment(entry.attachment) if entry.attachment else None,
        "cards": [_show_card(card, number, entry) for number, card in enumerate(entry.cards)],
        "location": place and {"latitude": place.latitude, "longitude": place.longitude, "label": place.label},
        "buttons": buttons,
        "sender": _show_sender(entry),
        "state": _STATES.get(entry.state, str(entry.state)),
        "reason": entry.reason,
        "tapped": entry.tapped or None,
        "edited": bool(entry.edits),
        "reply_to": entry.reply_to or None,
        "reactions": list(_show_reactions(entry)),
    }


def _show_reactions(entry: Entry) -> Iterator[Json]:
    """The agents', each with a name where it is known, and then the visitor's."""
    for one in entry.their_reactions:
        yield {"emoji": one.emoji, "mine": False, "name": one.name}
    if entry.reaction:
        yield {"emoji": entry.reaction, "mine": True, "name": ""}


def show_attachment(attachment: Attachment) -> Json:
    return {
        "kind": str(attachment.kind),
        "url": attachment.url,
        "name": attachment.name,
        "type": attachment.content_type,
        "size": attachment.size,
    }


def button_target(text: str | None) -> str | None:
    """Where a button leads: to the web, or to a telephone."""
    if text and text[:4].lower() == "tel:":
        number = f"tel:{dial_number(text)}"
        return number if _NUMBER.fullmatch(number) else None
    return web_address(text)


def web_address(text: str | None) -> str | None:
    """The address when a browser may be sent to it: nothing but http and https."""
    try:
        parts = urlsplit(text or "")
    except ValueError:
        return None
    whole = bool(parts.hostname) and not _BLANK.search(text or "")
    return text if parts.scheme in {"http", "https"} and whole else None


def _show_card(card: Card, number: int, entry: Entry) -> Json:
    own = [_show_button(name, button) for name, button in entry.choices() if name.startswith(f"{number}.")]
    image = web_address(card.image.url) if card.image else None
    return {"title": card.title, "text": card.text, "image": image, "buttons": own}


def _show_button(name: str, button: Button) -> Json:
    return {"id": name, "label": button.label, "url": button_target(button.url)}


def _show_sender(entry: Entry) -> Json | None:
    sender = entry.sender
    if sender is None or entry.mine:
        return None
    return {"name": sender.name or "", "bot": sender.role is Role.BOT}
