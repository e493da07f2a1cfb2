"""What the page's buttons let people do, by name. Arguments are words."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from playground.page_arguments import read_file
from playground.services.whatsapp.core import Core
from playground.services.whatsapp.records import Json, Message

Arguments = Mapping[str, str]
Act = Callable[[Arguments], Json | Message | None]


class PageActions:
    """Raises KeyError for a name or a person that is unknown, ValueError for what the app does not allow."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._known = self._list_messages()

    def act(self, action: str, arguments: Arguments) -> Json:
        done = self._known[action](arguments)
        return {"message": done.id} if isinstance(done, Message) else done or {}

    def _list_messages(self) -> dict[str, Act]:
        people = self._core.people
        return {
            "new_person": lambda a: {"person": people.new_person(a["name"]).id},
            "write": lambda a: people.write(a["person"], a["text"], reply_to=a.get("reply_to", "")),
            "send_file": lambda a: people.send_file(
                a["person"], read_file(a), a.get("as", ""), reply_to=a.get("reply_to", "")
            ),
            "send_voice": lambda a: people.send_voice(a["person"]),
            "send_sticker": lambda a: people.send_sticker(a["person"]),
            "send_location": lambda a: people.send_location(a["person"], float(a["latitude"]), float(a["longitude"])),
            "send_contact": lambda a: people.send_contact(a["person"], a["name"], a["phone"]),
        }
