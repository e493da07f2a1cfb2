"""What people write. A person may be named by an id; `number` is that of the business, where it has several."""

from __future__ import annotations

from playground.page_arguments import ChosenFile
from playground.services.whatsapp.actions import Actions
from playground.services.whatsapp.demo import STICKER, VOICE
from playground.services.whatsapp.records import Chat, Json, Message, Number, Person, Visibility
from playground.services.whatsapp.state import State


class Writing:
    """Raises KeyError for what is unknown, ValueError for what the app does not allow."""

    def __init__(self, state: State, actions: Actions) -> None:
        self.state = state
        self.actions = actions

    def new_person(
        self,
        name: str,
        *,
        phone: str = "",
        username: str = "",
        visibility: Visibility = "shown",
        country: str = "CH",
    ) -> Person:
        """`visibility` of the phone: shown, hidden behind a username, or changing with each webhook."""
        with self.state.lock:
            person = Person(
                id=self.state.make_person_id(),
                name=name,
                phone=phone or f"4179{self.state.random.randrange(10**6, 10**7)}",
                user_id=self.state.make_user_id(country),
                username=username or (f"@{name.lower().replace(' ', '.')}" if visibility != "shown" else ""),
                visibility=visibility,
            )
            self.state.people[person.id] = person
            return person

    # --- writing -----------------------------------------------------------------------------------------------------

    def write(
        self, person: Person | str, text: str, *, reply_to: str = "", ad: Json | None = None, number: str = ""
    ) -> Message:
        """`ad` is the `referral` of an advertisement that led to the chat."""
        more: Json = {"referral": ad} if ad else {}
        return self.send(person, "text", {"body": text}, reply_to=reply_to, number=number, **more)

    def send(
        self,
        person: Person | str,
        kind: str,
        content: object,
        *,
        reply_to: str = "",
        number: str = "",
        **more: object,
    ) -> Message:
        """A message of any type, in the API's own fields; `more` are further fields beside its type."""
        with self.state.lock:
            return self.actions.receive(self.number(number), self.person(person), kind, content, reply_to, **more)

    def send_file(
        self, person: Person | str, file: ChosenFile, kind: str = "", *, reply_to: str = "", number: str = ""
    ) -> Message:
        """`kind` is image, video, audio, document or sticker; without it, it is what the file's type says."""
        kind = kind or _name_kind(file.content_type)
        name = file.name if kind == "document" else ""
        caption = "" if kind in {"audio", "sticker"} else file.caption
        more = {"filename": name, "caption": caption}
        return self._send_media(person, kind, (file.data, file.content_type), reply_to=reply_to, number=number, **more)

    def send_voice(self, person: Person | str, data: bytes = VOICE, *, reply_to: str = "", number: str = "") -> Message:
        file = (data, "audio/ogg; codecs=opus")
        return self._send_media(person, "audio", file, reply_to=reply_to, number=number, voice=True)

    def send_sticker(
        self, person: Person | str, data: bytes = STICKER, *, animated: bool = False, number: str = ""
    ) -> Message:
        return self._send_media(person, "sticker", (data, "image/webp"), number=number, animated=animated)

    def _send_media(
        self,
        person: Person | str,
        kind: str,
        file: tuple[bytes, str],
        *,
        reply_to: str = "",
        number: str = "",
        **more: object,
    ) -> Message:
        with self.state.lock:
            media = self.actions.store(self.number(number), *file, str(more.get("filename", "")))
            shown = self.actions.show_media(media, **more)
            return self.send(person, kind, shown, reply_to=reply_to, number=number)

    def send_location(
        self,
        person: Person | str,
        latitude: float,
        longitude: float,
        name: str = "",
        address: str = "",
        *,
        number: str = "",
    ) -> Message:
        named: Json = {"name": name, "address": address}
        place: Json = {"latitude": latitude, "longitude": longitude}
        place |= {key: value for key, value in named.items() if value}
        return self.send(person, "location", place, number=number)

    def send_contact(self, person: Person | str, name: str, phone: str, *, number: str = "") -> Message:
        """A card of the phone's address book. `phone` is as people write it."""
        first, _, last = name.partition(" ")
        digits = "".join(sign for sign in phone if sign.isdecimal())
        card: Json = {"name": {"formatted_name": name, "first_name": first}}
        card["name"] |= {"last_name": last} if last else {}
        card["phones"] = [{"phone": phone, "wa_id": digits, "type": "CELL"}]
        return self.send(person, "contacts", [card], number=number)

    # --- finding -----------------------------------------------------------------------------------------------------

    def person(self, person: Person | str) -> Person:
        return person if isinstance(person, Person) else self.state.people[person]

    def number(self, number: str) -> Number:
        return self.state.numbers[number] if number else next(iter(self.state.numbers.values()))

    def chat(self, person: Person | str, number: str = "") -> Chat:
        return self.state.chat_of(self.number(number), self.person(person))

    def messages(self, person: Person | str, number: str = "") -> list[Message]:
        """What is on a person's phone, in both directions."""
        return self.chat(person, number).messages

    def find(self, person: Person | str, message_id: str) -> Message:
        message = self.state.find_message(message_id)
        if message is None or message.person != self.person(person).id:
            raise KeyError(message_id)
        return message


def _name_kind(content_type: str) -> str:
    kind = content_type.partition("/")[0]
    return kind if kind in {"image", "video", "audio"} else "document"
