"""What customers do on their phones."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from html import escape
from random import Random
from typing import override

import regex

from playground.services.viber.checks import RefusedCall, check_message
from playground.services.viber.phone import find_mistake, show
from playground.services.viber.service import ViberService
from playground.services.viber.state import Json, Line, Person, Press
from playground.simulator import Post, Timeline, WebhookAnswer

MEDIA_LIFETIME = timedelta(hours=1)
_COLOURS = ("#7360f2", "#0f9d76", "#d9663f", "#2f6fed", "#b0427f")


class ViberSimulator(ViberService):
    """Viber with its customers. Methods do what people do; they raise KeyError for somebody or something unknown."""

    def __init__(self, timeline: Timeline, post: Post, random: Random) -> None:
        super().__init__(timeline, post, random)
        self.new_person("Maya Chen")
        self.new_person("Tomás Oliveira", language="pt-PT", country="PT")

    # --- coming and going --------------------------------------------------------------------------------------------

    def new_person(self, name: str, *, language: str = "en-GB", country: str = "GB") -> Person:
        """Somebody with the bot's chat on their phone who has not written yet."""
        with self._lock:
            picture = _draw_portrait(name, _COLOURS[len(self.people) % len(_COLOURS)])
            path = self._store_file("portrait.svg", picture, "image/svg+xml", None)
            person = Person(
                id=self._make_user_id(),
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
        with self._lock:
            person = self.people[person_id]
            fields: Json = {
                "message_token": next(self._tokens),
                "type": "open",
                **({"context": context} if context else {}),
                "user": self._profile(person),
                "subscribed": person.subscribed,
            }
            self._call_back(
                person, "conversation_started", fields, on_answer=lambda answer: self._welcome(person, answer)
            )

    def _welcome(self, person: Person, answer: WebhookAnswer) -> None:
        """The only message that somebody gets who is not subscribed. What Viber cannot use, it ignores."""
        if not answer.body:
            return
        try:
            message = json.loads(answer.body)
            check_message(message)
        except (ValueError, AttributeError, RefusedCall) as problem:
            self.record("webhook", "POST", "/viber/…", answer.status, 0, f"no usable welcome message: {problem}")
            return
        with self._lock:
            if not find_mistake(message, None):
                line = Line(id=str(next(self._tokens)), author="agent", at=self.timeline.now(), status="delivered")
                person.lines.append(show(message, line))

    def subscribe(self, person_id: str) -> None:
        with self._lock:
            person = self.people[person_id]
            person.subscribed = True
            self._note(person, "subscribed")
            self._call_back(person, "subscribed", {"user": self._profile(person), "message_token": next(self._tokens)})

    def unsubscribe(self, person_id: str) -> None:
        with self._lock:
            person = self.people[person_id]
            person.subscribed = False
            self._note(person, "unsubscribed")
            self._call_back(person, "unsubscribed", {"user_id": person.id, "message_token": next(self._tokens)})

    def _note(self, person: Person, text: str) -> None:
        person.lines.append(Line(id=str(next(self._tokens)), author="system", at=self.timeline.now(), text=text))

    # --- writing -----------------------------------------------------------------------------------------------------

    def write(self, person_id: str, text: str) -> Line:
        return self._say(person_id, {"type": "text", "text": text}, text=text)

    def send_link(self, person_id: str, url: str) -> Line:
        return self._say(person_id, {"type": "url", "media": url}, text=url)

    def send_sticker(self, person_id: str, sticker_id: int) -> Line:
        return self._say(person_id, {"type": "sticker", "sticker_id": sticker_id}, text=f"[sticker {sticker_id}]")

    def send_location(self, person_id: str, latitude: float, longitude: float) -> Line:
        place: Json = {"latitude": latitude, "longitude": longitude}
        message: Json = {"type": "location", "location": {"lat": latitude, "lon": longitude}}
        return self._say(person_id, message, location=place)

    def send_contact(self, person_id: str, name: str, phone: str) -> Line:
        message: Json = {"type": "contact", "contact": {"name": name, "phone_number": phone}}
        return self._say(person_id, message, text=f"{name}: {phone}")

    def send_file(self, person_id: str, name: str, content_type: str, data: bytes, caption: str = "") -> Line:
        """A picture, a video or another file. Its address is public and good for an hour."""
        with self._lock:
            expires_at = self.timeline.now() + MEDIA_LIFETIME
            media = self.base_url + self._store_file(name, data, content_type, expires_at)
        kind = {"image": "picture", "video": "video"}.get(content_type.partition("/")[0], "file")
        message: Json = {"type": kind, "media": media, "file_name": name, "size": len(data)}
        if kind == "picture":
            message["thumbnail"] = media
        if caption and kind != "file":
            message["text"] = caption
        shown: Json = {"kind": "image" if kind == "picture" else kind, "url": media, "name": name, "size": len(data)}
        return self._say(person_id, message, text=caption, attachment=shown)

    def _say(self, person_id: str, message: Json, *, silent: bool = False, **shown: object) -> Line:
        """A message of a person: it subscribes them, without a `subscribed` event, and answers all that came before."""
        with self._lock:
            person = self.people[person_id]
            line = Line(id=str(next(self._tokens)), author="customer", at=self.timeline.now(), name=person.name)
            for name, value in shown.items():
                setattr(line, name, value)
            if not silent:
                person.lines.append(line)
            person.subscribed = True
            person.unanswered.clear()
            fields: Json = {
                "message_token": int(line.id),
                "sender": self._profile(person),
                "message": {**message, "tracking_data": ""},
                "silent": silent,
            }
            line.status = "sent"
            if not self._call_back(person, "message", fields, on_answer=lambda _: self._deliver(person, line)):
                line.status, line.error = "failed", "the bot has no webhook: nobody gets this"
            return line

    # --- reading and tapping -----------------------------------------------------------------------------------------

    def read(self, person_id: str) -> None:
        """Looks at the chat: one `seen` for all that was unread, with the token of the last."""
        with self._lock:
            person = self.people[person_id]
            if not person.unread:
                return
            for token in person.unread:
                person.line(token).status = "read"
            last = person.unread[-1]
            person.unread.clear()
            self._call_back(person, "seen", {"message_token": int(last), "user_id": person.id})

    def tap(self, person_id: str, message_id: str, button: int, card: int | None = None) -> None:
        """Taps a button of the keyboard on the screen, or of a card. Raises KeyError for a keyboard that is gone."""
        with self._lock:
            person = self.people[person_id]
            line = person.line(message_id)
            if card is None and person.keyboard_line != message_id:
                raise KeyError(f"another keyboard is on the screen: {message_id}")
            self._press(person, (line.buttons if card is None else line.cards[card].buttons)[button])

    def _press(self, person: Person, press: Press) -> None:
        if press.action == "reply":
            self._say(person.id, {"type": "text", "text": press.body}, silent=press.silent, text=press.body)
        elif press.action == "open-url" and not press.silent:
            self._say(person.id, {"type": "text", "text": press.body}, text=press.body)
        elif press.action == "share-phone":
            self.send_contact(person.id, person.name, person.phone)
        elif press.action == "location-picker":
            self.send_location(person.id, 59.3293, 18.0686)

    def send_unknown_event(self, person_id: str, event: str = "action") -> None:
        """An event that no documentation describes; bots without a filter are sent some."""
        with self._lock:
            person = self.people[person_id]
            fields: Json = {"message_token": next(self._tokens), "user_id": person.id}
            webhook = self._make_webhook(person.bot, person.bot.webhook, event, fields, person.id)
            self.send_webhook(webhook)

    # --- the page ----------------------------------------------------------------------------------------------------

    @override
    def view(self) -> Json:
        with self._lock:
            people = [self._view_person(person) for person in self.people.values()]
            return {"service": self.service, "title": "Viber", "side": "messenger", "people": people}

    def _view_person(self, person: Person) -> Json:
        return {
            "id": person.id,
            "name": person.name,
            "avatar": f"{self.base_url}{person.avatar_file}",
            "subscribed": person.subscribed,
            "messages": [line.as_json(keyboard=line.id == person.keyboard_line) for line in person.lines],
        }

    @override
    def act(self, action: str, arguments: Mapping[str, str]) -> Json:
        return self._actions()[action](arguments) or {}

    def _actions(self) -> dict[str, Callable[[Mapping[str, str]], Json | None]]:
        return {
            "new_person": lambda a: {"person": self.new_person(a["name"]).id},
            "write": lambda a: {"message": self.write(a["person"], a["text"]).id},
            "send_file": self._act_send_file,
            "send_location": lambda a: {
                "message": self.send_location(a["person"], float(a["latitude"]), float(a["longitude"])).id
            },
            "send_contact": lambda a: {"message": self.send_contact(a["person"], a["name"], a["phone"]).id},
            "tap": self._act_tap,
            "open": lambda a: self.open(a["person"], a.get("context", "")),
            "subscribe": lambda a: self.subscribe(a["person"]),
            "unsubscribe": lambda a: self.unsubscribe(a["person"]),
            "read": lambda a: self.read(a["person"]),
        }

    def _act_send_file(self, arguments: Mapping[str, str]) -> Json:
        data = base64.b64decode(arguments["data"])
        caption = arguments.get("caption", "")
        line = self.send_file(arguments["person"], arguments["name"], arguments["content_type"], data, caption)
        return {"message": line.id}

    def _act_tap(self, arguments: Mapping[str, str]) -> None:
        card = arguments.get("card", "")
        chosen = int(card) if str(card) else None
        self.tap(arguments["person"], arguments["message"], int(arguments["button"]), chosen)


def _draw_portrait(name: str, colour: str) -> bytes:
    initials = escape("".join(regex.findall(r"(?<!\S)\X", name)[:2]).upper() or "?")
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96">'
        f'<rect width="96" height="96" fill="{colour}"/><text x="48" y="60" font-family="sans-serif" font-size="36" '
        f'font-weight="600" fill="#fff" text-anchor="middle">{initials}</text></svg>'
    ).encode()
