"""What happens when people do something, and what the business learns of it."""

from __future__ import annotations

import base64
import hashlib

from playground.services.whatsapp import windows
from playground.services.whatsapp.delivery import Delivery
from playground.services.whatsapp.events import Events
from playground.services.whatsapp.limits import Limits
from playground.services.whatsapp.media_api import MediaApi
from playground.services.whatsapp.records import Json, Media, Message, Number, Person
from playground.services.whatsapp.routing import Routing
from playground.services.whatsapp.serializers import make_value, seconds, show_contact, show_message, shows_phone
from playground.services.whatsapp.state import State

#: What the app shows as a message of its own; anything else is about another message, or about the person.
_NOT_SHOWN = {"reaction", "edit", "revoke", "system", "request_welcome"}
#: What opens no window: nobody wrote.
_NOT_WRITTEN = {"system", "revoke", "request_welcome"}


class Actions:
    """Call these under the lock."""

    def __init__(
        self,
        state: State,
        events: Events,
        delivery: Delivery,
        media: MediaApi,
        routing: Routing,
        limits: Limits,
    ) -> None:
        self.state = state
        self.events = events
        self.delivery = delivery
        self._media = media
        self._routing = routing
        self._limits = limits

    def receive(
        self, number: Number, person: Person, kind: str, content: object, answers: str = "", **more: object
    ) -> Message:
        """A message of a person. `more` are further fields of it in the webhook, such as `referral`."""
        now = self.state.timeline.now()
        message = Message(
            id=self.state.make_message_id(),
            number=number.id,
            person=person.id,
            is_ours=False,
            at=now,
            type=kind,
            content=content,
            answers=answers,
        )
        if kind not in _NOT_WRITTEN:
            person.blocked.discard(number.id)
            windows.note_message(person, now, by_ad="referral" in more)
        if kind not in _NOT_SHOWN:
            self.state.add_message(message)
        if person.id not in number.blocked:
            self._limits.note_received(number)
            self._report(number, person, message, more)
        return message

    def _report(self, number: Number, person: Person, message: Message, more: Json) -> None:
        phone = shows_phone(person)
        shown = {**show_message(person, message, phone=phone), **more}
        if message.content is None:  # a kind that is only a name
            del shown[message.type]
        if message.answers:
            shown["context"] = self._show_context(number, person, message.answers)
        contacts: Json = {} if message.type == "system" else {"contacts": [show_contact(person, phone=phone)]}
        value = make_value(number, **contacts, messages=[shown])
        field = self._routing.choose_field(number, person)
        self.events.push(number, field, value, group=person.id, note=message.type.replace("_", " "))

    def _show_context(self, number: Number, person: Person, message_id: str) -> Json:
        answered = self.state.find_message(message_id)
        is_ours = answered is None or answered.is_ours
        return {"from": number.display if is_ours else person.phone, "id": message_id}

    # --- files -------------------------------------------------------------------------------------------------------

    def store(self, number: Number, data: bytes, content_type: str, name: str) -> Media:
        return self.state.store_media(number, data, content_type, name, is_ours=False)

    def show_media(self, media: Media, **more: object) -> Json:
        digest = base64.b64encode(hashlib.sha256(media.content).digest()).decode()
        shown: Json = {"mime_type": media.content_type, "sha256": digest, "id": media.id}
        if self.state.quirks.names_media_urls:
            shown["url"] = self._media.make_address(media)
        return {**shown, **{key: value for key, value in more.items() if value not in ("", None)}}

    # --- about people ------------------------------------------------------------------------------------------------

    def change_identity(self, number: Number, person: Person, notice: str, phone: str) -> None:
        """A new phone, and with it a new user id. `notice`: by which of its three ways the business learns of it."""
        old_phone, old_user_id = person.phone, person.user_id
        person.former_phones.append(old_phone)
        person.former_user_ids.append(old_user_id)
        person.phone = phone or old_phone
        person.user_id = self.state.make_user_id(old_user_id.partition(".")[0])
        match notice:
            case "number":
                body = f"User {person.name} changed from {old_phone} to {person.phone}"
                system = {"body": body, "type": "user_changed_number", "wa_id": person.phone, "user_id": person.user_id}
                self._report_system(number, person, old_phone, old_user_id, system)
            case "user_id":
                body = f"User {person.name} changed their user id"
                system = {"body": body, "type": "user_changed_user_id", "user_id": person.user_id}
                self._report_system(number, person, old_phone, old_user_id, system)
            case _:
                self._report_update(number, person, old_user_id)

    def _report_system(self, number: Number, person: Person, phone: str, user_id: str, system: Json) -> None:
        """From the old phone, or the old id where the phone is hidden. There are no `contacts`."""
        now = self.state.timeline.now()
        sender: Json = {"from": phone} if person.visibility != "hidden" else {}
        message: Json = {**sender, "from_user_id": user_id, "id": self.state.make_message_id()}
        message |= {"timestamp": seconds(now), "type": "system", "system": system}
        value = make_value(number, messages=[message])
        self.events.push(number, "messages", value, group=person.id, note=str(system["type"]).replace("_", " "))

    def _report_update(self, number: Number, person: Person, old_user_id: str) -> None:
        phone = shows_phone(person)
        change: Json = {"wa_id": person.phone} if phone else {}
        change["detail"] = "The user changed the phone number"
        change["user_id"] = {"previous": old_user_id, "current": person.user_id}
        change["timestamp"] = seconds(self.state.timeline.now())
        contact = show_contact(person, phone=phone)
        value = make_value(number, contacts=[contact], user_id_update=[change])
        self.events.push(number, "user_id_update", value, group=person.id, note="user id update")

    def change_preference(self, number: Number, person: Person, *, stop: bool) -> None:
        person.stopped_marketing = stop
        phone = shows_phone(person)
        word = "stop" if stop else "resume"
        change: Json = {"wa_id": person.phone} if phone else {}
        change |= {"user_id": person.user_id, "detail": f"User requested to {word} marketing messages"}
        change |= {"category": "marketing_messages", "value": word}
        change["timestamp"] = int(self.state.timeline.now().timestamp())
        value = make_value(number, contacts=[show_contact(person, phone=phone)], user_preferences=[change])
        self.events.push(number, "user_preferences", value, group=person.id, note=f"{word} marketing")
