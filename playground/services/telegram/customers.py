"""What people do on their phones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import regex

from playground.page_arguments import ChosenFile
from playground.services.telegram.actions import Actions, Details
from playground.services.telegram.markup import LONGEST_TEXT, length, parse_html, trim
from playground.services.telegram.media import KINDS, make_content, name_kind
from playground.services.telegram.records import Chat, Json, Message, Person
from playground.services.telegram.state import State
from playground.services.telegram.webhooks import Webhooks

_COLORS = ("#229ed9", "#0f9d76", "#d9663f", "#7360f2", "#b0427f")


class Customers(State):
    """Raises KeyError for a person or something else that is unknown, ValueError for what the app does not allow.

    Messages go to the person's chat with the bot, or to the group that `chat` names, there to the topic `thread`, and
    answer the message `reply_to`.
    """

    actions: Actions
    webhooks: Webhooks

    # --- coming and going --------------------------------------------------------------------------------------------

    def new_person(self, name: str, *, username: str = "", language: str = "en") -> Person:
        """Somebody with the bot's chat on their phone, who has not started it."""
        first, _, last = name.partition(" ")
        with self.lock:
            portrait = _draw_portrait(name, _COLORS[len(self.people) % len(_COLORS)])
            file = self.store_file("", "portrait.svg", portrait, "image/svg+xml")
            person = Person(
                id=self.make_user_id(),
                first_name=first,
                last_name=last,
                username=username,
                language=language,
                phone=f"+4670{1_234_567 + len(self.people)}",
                avatar_file=file.id,
            )
            self.people[person.id] = person
            self.chats[person.id] = Chat(id=person.id, type="private", bot=self.bot, members=[person])
            return person

    def start(self, person_id: int | str, payload: str = "") -> Message:
        """Presses Start, which a link `t.me/<bot>?start=<payload>` shows. Who had stopped the bot starts it again."""
        if payload and not regex.fullmatch(r"[A-Za-z0-9_-]{1,64}", payload):
            raise ValueError("a link's payload has up to 64 letters, digits, - and _")
        return self.write(person_id, f"/start {payload}".strip())

    def block(self, person_id: int | str) -> None:
        """Stops the bot."""
        with self.lock:
            chat = self.chat_of(person_id)
            chat.add_note(self.timeline.now(), "You stopped the bot")
            self.actions.change_bot_status(chat, chat.members[0], "kicked")

    def unblock(self, person_id: int | str) -> None:
        """Restarts the bot."""
        with self.lock:
            chat = self.chat_of(person_id)
            chat.add_note(self.timeline.now(), "You restarted the bot")
            self.actions.change_bot_status(chat, chat.members[0], "member")
            chat.started = True

    def clear_chat(self, person_id: int | str) -> None:
        """Deletes the chat on one's own phone, which is not reported to bots."""
        with self.lock:
            chat = self.chat_of(person_id)
            chat.cleared_before = chat.messages[-1].id if chat.messages else 0
            chat.notes.clear()
            chat.keyboard = 0

    def delete_account(self, person_id: int | str) -> None:
        """Bots find out with their next message."""
        with self.lock:
            self.person(person_id).deactivated = True

    # --- writing -----------------------------------------------------------------------------------------------------

    def write(self, person_id: int | str, text: str, *, quote: str = "", **place: int) -> Message:
        """`quote` are the words of the answered message that the app shows.

        The app sends a long text as several messages; the last is returned.
        """
        with self.lock:
            chat = self.chat_at(person_id, place)
            quoted: Json | None = None
            if quote:
                answered = chat.message(place["reply_to"])
                position = length(answered.text[: answered.text.index(quote)])
                quoted = {"text": quote, "position": position, "is_manual": True}
            *parts, last = _split(text)
            for part in parts:
                self._send(person_id, self.actions.write_text(part), place)
            return self._send(person_id, self.actions.write_text(last), place, quote=quoted)

    def write_formatted(self, person_id: int | str, markup: str, **place: int) -> Message:
        """Words in bold and so on, as the app's menu makes them."""
        text, entities = trim(*parse_html(markup))
        return self._send(person_id, {"text": text, "entities": entities}, place)

    def send_file(
        self,
        person_id: int | str,
        file: ChosenFile,
        kind: str = "",
        facts: Mapping[str, object] | None = None,
        **place: int,
    ) -> Message:
        """`kind` is what it is sent as, where that is not what the app makes of it. `facts` such as its duration."""
        with self.lock:
            content = self.make_file(file, kind or name_kind(file.content_type), dict(facts or {}))
            return self._send(person_id, content, place)

    def send_large_file(self, person_id: int | str, name: str, content_type: str, size: int) -> Message:
        """A document of `size` bytes, which nobody has to hold."""
        with self.lock:
            stored = self.store_file(KINDS["document"][0], name, b"a part of it", content_type, size)
            return self._send(person_id, make_content(self, "document", stored, {}), {})

    def send_album(self, person_id: int | str, files: Sequence[ChosenFile], **place: int) -> list[Message]:
        """Several files at once: messages of their own, of which usually only the first has a caption."""
        if not 2 <= len(files) <= 10:
            raise ValueError("an album has 2 to 10 files")
        group = str(self.random.getrandbits(52))
        with self.lock:
            contents = [self.make_file(file, name_kind(file.content_type), {}) for file in files]
            return [self._send(person_id, content, place, media_group=group) for content in contents]

    def send_sticker(self, person_id: int | str, emoji: str, data: bytes, **place: int) -> Message:
        file = ChosenFile(name="sticker.webp", content_type="image/webp", data=data)
        return self.send_file(person_id, file, "sticker", {"emoji": emoji}, **place)

    def send_voice(self, person_id: int | str, data: bytes, seconds: int, **place: int) -> Message:
        file = ChosenFile(name="voice.oga", content_type="audio/ogg", data=data)
        return self.send_file(person_id, file, "voice", {"duration": seconds}, **place)

    def send_location(self, person_id: int | str, latitude: float, longitude: float, **place: int) -> Message:
        return self._send(person_id, {"location": {"latitude": latitude, "longitude": longitude}}, place)

    def send_venue(
        self, person_id: int | str, latitude: float, longitude: float, title: str, address: str, **place: int
    ) -> Message:
        location: Json = {"latitude": latitude, "longitude": longitude}
        venue: Json = {"location": location, "title": title, "address": address}
        return self._send(person_id, {"location": location, "venue": venue}, place)

    def send_contact(self, person_id: int | str, name: str, phone: str, **place: int) -> Message:
        """A card of the phone's address book; the person's own has their id."""
        person = self.person(person_id)
        first, _, last = name.partition(" ")
        contact: Json = {"phone_number": phone, "first_name": first}
        if last:
            contact["last_name"] = last
        if (name, phone) == (person.name, person.phone):
            contact["user_id"] = person.id
        return self._send(person_id, {"contact": contact}, place)

    def send_other(self, person_id: int | str, content: Json, **place: int) -> Message:
        """A message of any content, in the API's own fields: a poll, a forwarded text, or what comes next year."""
        return self._send(person_id, content, place)

    def make_file(self, file: ChosenFile, kind: str, facts: Json) -> Json:
        """The content of a message with the file."""
        named = "" if kind in {"photo", "voice", "video_note", "sticker"} else file.name
        content_type = "audio/ogg" if kind == "voice" else file.content_type
        stored = self.store_file(KINDS[kind][0], named, file.data, content_type)
        content = make_content(self, kind, stored, facts)
        return {**content, **({"caption": file.caption} if file.caption else {})}

    def _send(
        self,
        person_id: int | str,
        content: Json,
        place: dict[str, int],
        quote: Json | None = None,
        media_group: str = "",
    ) -> Message:
        with self.lock:
            chat = self.chat_at(person_id, place)
            details = Details(
                thread=place.get("thread", 0),
                reply_to=place.get("reply_to", 0),
                quote=quote,
                media_group=media_group,
            )
            return self.actions.receive(chat, self.person(person_id), content, details)

    # --- finding -----------------------------------------------------------------------------------------------------

    def person(self, person_id: int | str) -> Person:
        return self.people[int(person_id)]

    def chat_at(self, person_id: int | str, place: dict[str, int]) -> Chat:
        if not place.get("chat"):
            return self.chat_of(person_id)
        chat = self.chats[place["chat"]]
        if self.person(person_id) not in chat.members:
            raise KeyError(str(person_id))
        return chat


def _split(text: str) -> list[str]:
    """Between the signs that people see as one."""
    parts, used = [""], 0
    for sign in regex.findall(r"(?s)\X", text):
        size = length(sign)
        if used + size > LONGEST_TEXT and parts[-1]:
            parts.append("")
            used = 0
        parts[-1] += sign
        used += size
    return parts


def _draw_portrait(name: str, color: str) -> bytes:
    initials = escape("".join(regex.findall(r"(?<!\S)\X", name)[:2]).upper() or "?")
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96">'
        f'<rect width="96" height="96" fill="{color}"/><text x="48" y="60" font-family="sans-serif" font-size="36" '
        f'font-weight="600" fill="#fff" text-anchor="middle">{initials}</text></svg>'
    ).encode()
