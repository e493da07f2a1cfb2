"""What people do on their phones besides writing, and what of it the business learns.

`People` has all controls of tests and of the page. They may be called at any time, from any thread.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta

from playground.services.whatsapp.errors import show_failure
from playground.services.whatsapp.records import Json, Message, Person, Visibility
from playground.services.whatsapp.writing import Writing

_EDITABLE = timedelta(minutes=15)
_UNKNOWN = 131051


class People(Writing):
    """Raises KeyError for what is unknown, ValueError for what the app does not allow."""

    # --- about messages ----------------------------------------------------------------------------------------------

    def react(self, person: Person | str, message_id: str, emoji: str = "", *, number: str = "") -> Message:
        """ "" takes the reaction back."""
        with self.state.lock:
            who, message = self.person(person), self.find(person, message_id)
            content: Json = {"message_id": message.id, "emoji": emoji}
            if emoji:
                message.reactions[who.id] = emoji
            else:
                message.reactions.pop(who.id, None)
                if not self.state.quirks.removed_reaction_is_empty:
                    del content["emoji"]
            return self.send(who, "reaction", content, number=number or message.number)

    def edit(self, person: Person | str, message_id: str, text: str) -> Message:
        """A text, within 15 minutes. Only a number that is in the owner's app as well learns what the new text is."""
        with self.state.lock:
            message = self.find(person, message_id)
            if message.is_ours or message.type != "text" or self.state.timeline.now() - message.at > _EDITABLE:
                raise ValueError("only own texts can be edited, within 15 minutes")
            message.content, message.edited = {"body": text}, True
            if not self.state.numbers[message.number].is_on_phone:
                return self.send_unsupported(person, "edit", number=message.number)
            new: Json = {"type": "text", "text": {"body": text}}
            content: Json = {"original_message_id": message.id, "message": new}
            return self.send(person, "edit", content, number=message.number)

    def delete(self, person: Person | str, message_id: str) -> None:
        """For everybody. Only a number that is in the owner's app as well learns of it."""
        with self.state.lock:
            message = self.find(person, message_id)
            if message.is_ours:
                raise ValueError("only own messages can be deleted")
            message.deleted = True
            if self.state.numbers[message.number].is_on_phone:
                self.send(person, "revoke", {"original_message_id": message.id}, number=message.number)

    def read(self, person: Person | str, message_id: str = "", *, number: str = "") -> None:
        """Looks at the business's messages, up to one or all of them."""
        with self.state.lock:
            who, chat = self.person(person), self.chat(person, number)
            for message in chat.messages:
                if message.is_ours and message.status in {"sent", "delivered"}:
                    self.actions.delivery.report(self.state.numbers[message.number], who, message, "read")
                if message.id == message_id:
                    return

    def play(self, person: Person | str, message_id: str) -> None:
        """Listens to a voice note."""
        with self.state.lock:
            message = self.find(person, message_id)
            if not message.is_ours or message.type != "audio":
                raise ValueError("only voice notes can be played")
            self.actions.delivery.report(self.state.numbers[message.number], self.person(person), message, "played")

    # --- answers to questions ----------------------------------------------------------------------------------------

    def tap(self, person: Person | str, message_id: str, index: int = 0) -> Message:
        """A reply button, a row of a list (counted over all sections), or a template's button."""
        with self.state.lock:
            message = self.find(person, message_id)
            if message.type == "template":
                return self._tap_template(person, message, index)
            if message.type == "interactive" and message.content["type"] == "request_contact_info":
                return self.share_phone(person, asked=True, reply_to=message.id, number=message.number)
            if message.type != "interactive" or message.content["type"] not in {"button", "list"}:
                raise ValueError("the message has no buttons that answer")
            action = message.content["action"]
            if message.content["type"] == "button":
                reply: Json = {"type": "button_reply", "button_reply": action["buttons"][index]["reply"]}
            else:
                rows = [row for section in action["sections"] for row in section["rows"]]
                reply = {"type": "list_reply", "list_reply": rows[index]}
            return self.send(person, "interactive", reply, reply_to=message.id, number=message.number)

    def _tap_template(self, person: Person | str, message: Message, index: int) -> Message:
        button = message.buttons[index]
        match button["type"]:
            case "QUICK_REPLY":
                content: Json = {"payload": button["payload"], "text": button["text"]}
                return self.send(person, "button", content, reply_to=message.id, number=message.number)
            case "REQUEST_CONTACT_INFO":
                return self.share_phone(person, asked=True, reply_to=message.id, number=message.number)
            case _:
                raise ValueError("this button opens something on the phone")

    def submit_flow(self, person: Person | str, message_id: str, data: Mapping[str, object]) -> Message:
        reply: Json = {"name": "flow", "body": "Sent", "response_json": json.dumps(data)}
        content: Json = {"type": "nfm_reply", "nfm_reply": reply}
        return self.send(person, "interactive", content, reply_to=message_id)

    def share_phone(self, person: Person | str, *, asked: bool = True, reply_to: str = "", number: str = "") -> Message:
        """A person's own card. From now on the business knows the phone."""
        with self.state.lock:
            who = self.person(person)
            who.visibility = "shown"
            card: Json = {"name": {"formatted_name": who.name, "first_name": who.name.partition(" ")[0]}}
            card["phones"] = [{"phone": f"+{who.phone}", "wa_id": who.phone, "type": "CELL"}]
            tel = f"TEL;type=CELL;waid={who.phone}:+{who.phone}"
            card["vcard"] = f"BEGIN:VCARD\nVERSION:3.0\nFN:{who.name}\n{tel}\nEND:VCARD"
            origin = "contact_request" if asked else "other"
            return self.send(who, "contacts", [card], reply_to=reply_to, number=number, origin=origin)

    def send_unsupported(self, person: Person | str, kind: str = "poll", *, number: str = "") -> Message:
        """What the Cloud API has no type for."""
        error = show_failure(_UNKNOWN, "Message type is currently not supported.")
        error |= {"title": "Message type unknown", "message": "Message type unknown"}
        return self._send_error(person, kind, error, number)

    def send_too_large(self, person: Person | str, kind: str = "document", *, number: str = "") -> Message:
        """A file above 100 MB, which Meta does not pass on."""
        return self._send_error(person, kind, show_failure(131052, "Media file size is above 100 MB."), number)

    def _send_error(self, person: Person | str, kind: str, error: Json, number: str) -> Message:
        del error["href"]
        return self.send(person, "unsupported", {"type": kind}, number=number, errors=[error])

    def open_chat(self, person: Person | str, *, number: str = "") -> Message:
        """For the first time; the business has asked to learn of it."""
        return self.send(person, "request_welcome", None, number=number)

    # --- who they are ------------------------------------------------------------------------------------------------

    def change_number(
        self, person: Person | str, phone: str = "", *, notice: str = "number", number: str = ""
    ) -> Person:
        """A new phone and user id. `notice`: "number", "user_id" (system messages) or "field" (user_id_update)."""
        with self.state.lock:
            who = self.person(person)
            new = phone or f"4176{self.state.random.randrange(10**6, 10**7)}"
            self.actions.change_identity(self.number(number), who, notice, new)
            return who

    def show_phone(self, person: Person | str, visibility: Visibility = "shown") -> None:
        with self.state.lock:
            self.person(person).visibility = visibility

    def hide_phone(self, person: Person | str) -> None:
        """Behind a username."""
        with self.state.lock:
            who = self.person(person)
            who.visibility = "hidden"
            who.username = who.username or f"@{who.name.lower().replace(' ', '.')}"

    def let_window_close(self, person: Person | str) -> None:
        """As if the person had not written for as long as a window is open."""
        with self.state.lock:
            who = self.person(person)
            who.wrote_at = who.came_by_ad_at = who.entry_until = None

    # --- what they want ----------------------------------------------------------------------------------------------

    def stop_marketing(self, person: Person | str, *, number: str = "") -> None:
        with self.state.lock:
            self.actions.change_preference(self.number(number), self.person(person), stop=True)

    def resume_marketing(self, person: Person | str, *, number: str = "") -> None:
        with self.state.lock:
            self.actions.change_preference(self.number(number), self.person(person), stop=False)

    def block(self, person: Person | str, *, number: str = "") -> None:
        """The business does not learn of it."""
        with self.state.lock:
            self.person(person).blocked.add(self.number(number).id)

    def unblock(self, person: Person | str, *, number: str = "") -> None:
        with self.state.lock:
            self.person(person).blocked.discard(self.number(number).id)

    def go_offline(self, person: Person | str) -> None:
        with self.state.lock:
            self.person(person).online = False

    def go_online(self, person: Person | str) -> None:
        """What waits is delivered."""
        with self.state.lock:
            who = self.person(person)
            who.online = True
            for (number, its_person), chat in self.state.chats.items():
                for message in chat.messages if its_person == who.id else ():
                    if message.is_ours and message.status == "sent":
                        self.actions.delivery.arrive(self.state.numbers[number], who, message)
