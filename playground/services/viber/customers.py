"""What customers do on their phones."""

from __future__ import annotations

from datetime import timedelta
from html import escape

import regex

from playground.services.viber.actions import Actions
from playground.services.viber.records import Button, Json, Line, Person
from playground.services.viber.serializers import show_profile
from playground.services.viber.state import State
from playground.services.viber.webhooks import Webhooks

MEDIA_LIFETIME = timedelta(hours=1)
_COLORS = ("#7360f2", "#0f9d76", "#d9663f", "#2f6fed", "#b0427f")


class Customers(State):
    """Raises KeyError for a person or something else that is unknown."""

    actions: Actions
    webhooks: Webhooks

    # --- coming and going --------------------------------------------------------------------------------------------

    def new_person(self, name: str, *, language: str = "en-GB", country: str = "GB") -> Person:
        """A person with the bot's chat on their phone who has not written yet."""
        with self.lock:
            portrait = _draw_portrait(name, _COLORS[len(self.people) % len(_COLORS)])
            path = self.store_file("portrait.svg", portrait, "image/svg+xml", None)
            person = Person(
                id=self.make_user_id(),
                name=name,
                bot=self.bot,
                avatar_file=path,
                language=language,
                country=country,
            )
            self.people[person.id] = person
            return person

    def open(self, person_id: str, context: str = "") -> None:
        """Opens the chat by its button, or by a deep link with a context. The bot's answer may be a welcome."""
        with self.lock:
            person = self.people[person_id]
            fields: Json = {
                "message_token": self.make_token(),
                "type": "open",
                **({"context": context} if context else {}),
                "user": show_profile(person, self.base_url),
                "subscribed": person.subscribed,
            }
            self.webhooks.call_back(
                person, "conversation_started", fields, lambda answer: self.actions.welcome(person, answer)
            )

    def subscribe(self, person_id: str) -> None:
        with self.lock:
            person = self.people[person_id]
            person.subscribed = True
            self.actions.add_note(person, "subscribed")
            fields: Json = {"user": show_profile(person, self.base_url), "message_token": self.make_token()}
            self.webhooks.call_back(person, "subscribed", fields)

    def unsubscribe(self, person_id: str) -> None:
        with self.lock:
            person = self.people[person_id]
            person.subscribed = False
            self.actions.add_note(person, "unsubscribed")
            fields: Json = {"user_id": person.id, "message_token": self.make_token()}
            self.webhooks.call_back(person, "unsubscribed", fields)

    # --- writing -----------------------------------------------------------------------------------------------------

    def write(self, person_id: str, text: str) -> Line:
        return self._send(person_id, {"type": "text", "text": text}, text=text)

    def send_link(self, person_id: str, url: str) -> Line:
        return self._send(person_id, {"type": "url", "media": url}, text=url)

    def send_sticker(self, person_id: str, sticker_id: int) -> Line:
        return self._send(person_id, {"type": "sticker", "sticker_id": sticker_id}, text=f"[sticker {sticker_id}]")

    def send_location(self, person_id: str, latitude: float, longitude: float) -> Line:
        location: Json = {"latitude": latitude, "longitude": longitude}
        message: Json = {"type": "location", "location": {"lat": latitude, "lon": longitude}}
        return self._send(person_id, message, location=location)

    def send_contact(self, person_id: str, name: str, phone: str) -> Line:
        message: Json = {"type": "contact", "contact": {"name": name, "phone_number": phone}}
        return self._send(person_id, message, text=f"{name}: {phone}")

    def send_file(self, person_id: str, name: str, content_type: str, data: bytes, caption: str = "") -> Line:
        """An image, a video or another file. Its address is public and good for an hour."""
        with self.lock:
            expires_at = self.timeline.now() + MEDIA_LIFETIME
            media = self.base_url + self.store_file(name, data, content_type, expires_at)
        kind = {"image": "picture", "video": "video"}.get(content_type.partition("/")[0], "file")
        message: Json = {"type": kind, "media": media, "file_name": name, "size": len(data)}
        if kind == "picture":
            message["thumbnail"] = media
        if caption and kind != "file":
            message["text"] = caption
        shown: Json = {"kind": "image" if kind == "picture" else kind, "url": media, "name": name, "size": len(data)}
        return self._send(person_id, message, text=caption, attachment=shown)

    def _send(self, person_id: str, message: Json, *, silent: bool = False, **shown: object) -> Line:
        with self.lock:
            return self.actions.receive(self.people[person_id], message, silent=silent, **shown)

    # --- reading and tapping -----------------------------------------------------------------------------------------

    def read(self, person_id: str) -> None:
        """Looks at the chat: one `seen` for all that was unread, with the token of the last."""
        with self.lock:
            person = self.people[person_id]
            if not person.unread:
                return
            for token in person.unread:
                person.line(token).status = "read"
            last = person.unread[-1]
            person.unread.clear()
            self.webhooks.call_back(person, "seen", {"message_token": int(last), "user_id": person.id})

    def tap(self, person_id: str, message_id: str, button: int, card: int | None = None) -> None:
        """Taps a button of the keyboard on the screen, or of a card. Raises KeyError for a keyboard that is gone."""
        with self.lock:
            person = self.people[person_id]
            line = person.line(message_id)
            if card is None and person.keyboard_line != message_id:
                raise KeyError(f"another keyboard is on the screen: {message_id}")
            self._press(person, (line.buttons if card is None else line.cards[card].buttons)[button])

    def _press(self, person: Person, button: Button) -> None:
        if button.action == "reply":
            self._send(person.id, {"type": "text", "text": button.body}, silent=button.silent, text=button.body)
        elif button.action == "open-url" and not button.silent:
            self.write(person.id, button.body)
        elif button.action == "share-phone":
            self.send_contact(person.id, person.name, person.phone)
        elif button.action == "location-picker":
            self.send_location(person.id, 59.3293, 18.0686)

    def send_unknown_event(self, person_id: str, event: str = "action") -> None:
        """An event that no documentation describes; bots without a filter are sent some."""
        with self.lock:
            person = self.people[person_id]
            self.webhooks.send(person, event, {"message_token": self.make_token(), "user_id": person.id})


def _draw_portrait(name: str, color: str) -> bytes:
    initials = escape("".join(regex.findall(r"(?<!\S)\X", name)[:2]).upper() or "?")
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96">'
        f'<rect width="96" height="96" fill="{color}"/><text x="48" y="60" font-family="sans-serif" font-size="36" '
        f'font-weight="600" fill="#fff" text-anchor="middle">{initials}</text></svg>'
    ).encode()
