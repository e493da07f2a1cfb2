"""What is reported to the bridge about visitors: JSON, signed like any service's webhook."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime

from chat.model import Chat, Entry, Mark, Site
from chat.ports import Bridge, NotNotified
from chat.responses import Json, show_attachment, show_contact, show_time
from chat.transcript import describe

SIGNATURE = "x-patchbay-signature"


class Notes:
    """Each method raises NotTold when the bridge did not take the note."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge

    def message(self, site: Site, chat: Chat, entry: Entry, answered: Entry | None, at: datetime) -> None:
        """`at` is now: the visitor may have written long before, when the bridge was not there.

        `answered` is the message that it quotes.
        """
        message = {
            "id": entry.id,
            "at": show_time(entry.at),
            "text": entry.text if entry.tap is None else entry.tap.label,
            "attachment": _show_file(entry),
            "tap": {"label": entry.tap.label, "payload": entry.tap.payload} if entry.tap else None,
            "reply_to": _refer(answered) if answered else None,
        }
        self._tell(site, {"kind": "message", "chat": show_contact(chat), "message": message, "at": show_time(at)})

    def changed(self, site: Site, chat: Chat, entry: Entry, at: datetime) -> None:
        """The visitor has changed the words of a message that was told before. Its file is the same."""
        message = {
            "id": entry.id,
            "at": show_time(entry.at),
            "text": entry.text,
            "attachment": _show_file(entry),
            "edits": entry.edits,
        }
        self._tell(site, {"kind": "changed", "chat": show_contact(chat), "message": message, "at": show_time(at)})

    def reaction(self, site: Site, chat: Chat, entry: Entry, mark: Mark, at: datetime) -> None:
        """The visitor has put a reaction on a message, in place of an earlier one, or has taken it away."""
        note = {"emoji": mark.emoji, "added": mark.what == "reacted", "number": mark.number, "at": show_time(at)}
        message = _refer(entry)
        self._tell(site, {"kind": "reaction", "chat": show_contact(chat), "message": message, **note})

    def deleted(self, site: Site, chat: Chat, mark: Mark, at: datetime) -> None:
        """The visitor has deleted a message that was told before."""
        message = {"id": mark.id, "at": show_time(mark.at or at)}
        self._tell(site, {"kind": "deleted", "chat": show_contact(chat), "message": message, "at": show_time(at)})

    def renamed(self, site: Site, chat: Chat, at: datetime) -> None:
        self._tell(site, {"kind": "renamed", "chat": show_contact(chat), "at": show_time(at)})

    def receipt(self, site: Site, chat: Chat, kind: str, message_id: str, at: datetime) -> None:
        """`kind` is "delivered" or "read"; so is all that came before the message."""
        message = {"id": message_id}
        self._tell(site, {"kind": kind, "chat": {"id": chat.id}, "message": message, "at": show_time(at)})

    def typing(self, site: Site, chat: Chat, typing: bool, at: datetime) -> None:
        self._tell(site, {"kind": "typing", "chat": {"id": chat.id}, "typing": typing, "at": show_time(at)})

    def left(self, site: Site, chat: Chat, at: datetime) -> None:
        self._tell(site, {"kind": "left", "chat": {"id": chat.id}, "at": show_time(at)})

    def _tell(self, site: Site, note: Json) -> None:
        key = site.secrets.get("service_key")
        if not key:
            raise NotNotified("service_key is missing: run `patchbay connect webchat ID` again")
        body = json.dumps(note, ensure_ascii=False, separators=(",", ":")).encode()
        self._bridge.tell(site.webhook_token, body, f"sha256={sign(body, key)}")


def _show_file(entry: Entry) -> Json | None:
    return {**show_attachment(entry.attachment), "hosted": True} if entry.attachment else None


def _refer(entry: Entry) -> Json:
    """A message that another one is about, with its first words."""
    return {"id": entry.id, "mine": entry.mine, "excerpt": describe(entry)}


def sign(body: bytes, key: str) -> str:
    return hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
