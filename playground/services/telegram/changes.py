"""What people do with messages that are there: edits, deletions, reactions, taps."""

from __future__ import annotations

from datetime import timedelta

from playground.services.telegram.customers import Customers
from playground.services.telegram.media import find_file_id
from playground.services.telegram.records import Chat, Json, Message
from playground.services.telegram.schema import REACTIONS, plain_emoji

EDITABLE = timedelta(hours=48)


class Changes(Customers):
    """`chat` names a group; without it, it is about the person's chat with the bot."""

    def edit(self, person_id: int | str, message_id: int | str, text: str, chat: int = 0) -> Message:
        """One's own text, or the caption of one's own file."""
        with self.lock:
            where = self.chat_at(person_id, {"chat": chat})
            message = where.message(int(message_id))
            if message.sender != self.person(person_id).id:
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

    def delete(self, person_id: int | str, message_id: int | str, chat: int = 0) -> None:
        """For everybody. It is not reported to bots."""
        with self.lock:
            self.chat_at(person_id, {"chat": chat}).message(int(message_id)).deleted = True

    def react(self, person_id: int | str, message_id: int | str, emoji: str, chat: int = 0) -> None:
        """Without an emoji: takes the reaction back."""
        emoji = plain_emoji(emoji)
        if emoji and emoji not in REACTIONS:
            raise ValueError("Telegram has no such reaction")
        with self.lock:
            where = self.chat_at(person_id, {"chat": chat})
            self.actions.react(where, self.person(person_id), where.message(int(message_id)), emoji)

    def tap(self, person_id: int | str, message_id: int | str, button: int, chat: int = 0) -> None:
        """Taps a button: below a message, or of the keyboard that is on the screen.

        The message may have been deleted a moment ago, while the finger was on its way.
        """
        with self.lock:
            where = self.chat_at(person_id, {"chat": chat})
            message = where.remember(int(message_id))
            markup = message.markup or {}
            rows = markup.get("inline_keyboard") or markup.get("keyboard") or []
            buttons = [each for row in rows for each in row]
            if not 0 <= button < len(buttons):
                raise KeyError(f"no button {button} of {message_id}")
            pressed = buttons[button]
            if "callback_data" in pressed:
                self.actions.tap(where, self.person(person_id), message, pressed["callback_data"])
            elif "keyboard" in markup:
                self._press(person_id, where, message, pressed)

    def _press(self, person_id: int | str, chat: Chat, message: Message, button: Json) -> None:
        if chat.keyboard != message.id:
            raise KeyError(f"another keyboard is on the screen: {message.id}")
        if (message.markup or {}).get("one_time_keyboard"):
            chat.keyboard = 0
        person = self.person(person_id)
        place = {} if chat.type == "private" else {"chat": chat.id, "thread": message.thread}
        if button.get("request_contact"):
            self.send_contact(person.id, person.name, person.phone, **place)
        elif button.get("request_location"):
            self.send_location(person.id, 59.3293, 18.0686, **place)
        else:
            self._send(person.id, self.actions.write_text(str(button["text"])), place)
