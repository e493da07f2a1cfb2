"""What people do on their phones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from html import escape

import regex

from playground.page_arguments import ChosenFile
from playground.services.telegram.actions import Actions, Details
from playground.services.telegram.markup import LONGEST_TEXT, length, parse_html, trim
from playground.services.telegram.media import KINDS, find_file_id, make_content, name_kind
from playground.services.telegram.records import Chat, Json, Message, Person
from playground.services.telegram.schema import REACTIONS, plain_emoji
from playground.services.telegram.state import State
from playground.services.telegram.webhooks import Webhooks

EDITABLE = timedelta(hours=48)
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
        """Deletes the chat on one's own phone, of which bots are not told."""
        with self.lock:
            chat = self.chat_of(person_id)
            chat.cleared_before = chat.messages[-1].id if chat.messages else 0
            chat.notes.clear()
            chat.keyboard = 0

    def delete_account(self, person_id: int | str) -> None:
        """Bots find out with their next message."""
        with self.lock:
            self._person(person_id).deactivated = True

    # --- writing -----------------------------------------------------------------------------------------------------

    def write(self, person_id: int | str, text: str, *, quote: str = "", **place: int) -> Message:
        """`quote` are the words of the answered message that the app shows.

        The app sends a long text as several messages; the last is returned.
        """
        with self.lock:
            chat = self._chat(person_id, place)
            quoted: Json | None = None
            if quote:
                answered = chat.message(place["reply_to"])
                quoted = {"text": quote, "position": answered.text.index(quote), "is_manual": True}
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
            content = self._make_file(file, kind or name_kind(file.content_type), dict(facts or {}))
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
            contents = [self._make_file(file, name_kind(file.content_type), {}) for file in files]
            return [self._send(person_id, content, place, media_group=group) for content in contents]

    def send_sticker(self, person_id: int | str, emoji: str, data: bytes, **place: int) -> Message:
        file = ChosenFile(name="sticker.webp", content_type="image/webp", data=data)
        return self.send_file(person_id, file, "sticker", {"emoji": emoji}, **place)

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
        person = self._person(person_id)
        first, _, last = name.partition(" ")
        contact: Json = {"phone_number": phone, "first_name": first}
        if last:
            contact["last_name"] = last
        if (name, phone) == (person.name, person.phone):
            contact["user_id"] = person.id
        return self._send(person_id, {"contact": contact}, place)

    def _make_file(self, file: ChosenFile, kind: str, facts: Json) -> Json:
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
            chat = self._chat(person_id, place)
            details = Details(
                thread=place.get("thread", 0),
                reply_to=place.get("reply_to", 0),
                quote=quote,
                media_group=media_group,
            )
            return self.actions.receive(chat, self._person(person_id), content, details)

    # --- what was written --------------------------------------------------------------------------------------------

    def edit(self, person_id: int | str, message_id: int | str, text: str, chat: int = 0) -> Message:
        """One's own text, or the caption of one's own file."""
        with self.lock:
            where = self._chat(person_id, {"chat": chat})
            message = where.message(int(message_id))
            if message.sender != self._person(person_id).id:
                raise ValueError("only your own messages can be edited")
            if self.timeline.now() - message.at >= EDITABLE:
                raise ValueError("this message is too old to be edited")
            if find_file_id(message.content)[0]:
                content = {key: value for key, value in message.content.items() if not key.startswith("caption")}
                self.actions.edit(where, message, {**content, "caption": text})
            elif "text" in message.content:
                self.actions.edit(where, message, self.actions.write_text(text))
            else:
                raise ValueError("this message has no text that can be edited")
            return message

    def delete(self, person_id: int | str, message_id: int | str) -> None:
        """For everybody. Bots are not told."""
        with self.lock:
            self.chat_of(person_id).message(int(message_id)).deleted = True

    def react(self, person_id: int | str, message_id: int | str, emoji: str, chat: int = 0) -> None:
        """ "" takes the reaction back."""
        emoji = plain_emoji(emoji)
        if emoji and emoji not in REACTIONS:
            raise ValueError("Telegram has no such reaction")
        with self.lock:
            where = self._chat(person_id, {"chat": chat})
            self.actions.react(where, self._person(person_id), where.message(int(message_id)), emoji)

    def tap(self, person_id: int | str, message_id: int | str, button: int, chat: int = 0) -> None:
        """Taps a button: below a message, or of the keyboard that is on the screen."""
        with self.lock:
            where = self._chat(person_id, {"chat": chat})
            message = where.message(int(message_id))
            markup = message.markup or {}
            rows = markup.get("inline_keyboard") or markup.get("keyboard") or []
            buttons = [each for row in rows for each in row]
            if not 0 <= button < len(buttons):
                raise KeyError(f"no button {button} of {message_id}")
            pressed = buttons[button]
            if "callback_data" in pressed:
                self.actions.tap(where, self._person(person_id), message, pressed["callback_data"])
            elif "keyboard" in markup:
                self._press(person_id, where, message, pressed)

    def _press(self, person_id: int | str, chat: Chat, message: Message, button: Json) -> None:
        if chat.keyboard != message.id:
            raise KeyError(f"another keyboard is on the screen: {message.id}")
        if (message.markup or {}).get("one_time_keyboard"):
            chat.keyboard = 0
        person = self._person(person_id)
        if button.get("request_contact"):
            self.send_contact(person.id, person.name, person.phone)
        elif button.get("request_location"):
            self.send_location(person.id, 59.3293, 18.0686)
        else:
            self.write(person.id, str(button["text"]))

    def send_unknown_update(self, kind: str = "guest_message") -> None:
        """An update of a kind that a bot may not know."""
        with self.lock:
            self.webhooks.send(self.bot, kind, {"id": str(self.random.getrandbits(40))}, kind)

    # --- finding -----------------------------------------------------------------------------------------------------

    def _person(self, person_id: int | str) -> Person:
        return self.people[int(person_id)]

    def _chat(self, person_id: int | str, place: dict[str, int]) -> Chat:
        if not place.get("chat"):
            return self.chat_of(person_id)
        chat = self.chats[place["chat"]]
        if self._person(person_id) not in chat.members:
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
