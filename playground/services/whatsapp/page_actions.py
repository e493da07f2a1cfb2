"""What the page's buttons let people do, by name. Arguments are words."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from playground.page_arguments import read_file
from playground.services.whatsapp.core import Core
from playground.services.whatsapp.people import People
from playground.services.whatsapp.records import Json, Message, Template
from playground.services.whatsapp.view import show_buttons

Arguments = Mapping[str, str]
Done = Json | Message | Template | object | None
Act = Callable[[Arguments], Done]


class PageActions:
    """Raises KeyError for a name or a person that is unknown, ValueError for what the app does not allow."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._known = {**_list_messages(core.people), **_list_changes(core.people), **self._list_business()}

    def act(self, action: str, arguments: Arguments) -> Json:
        done = self._known[action](arguments)
        if isinstance(done, Message):
            return {"message": done.id}
        if isinstance(done, Template):
            return {"id": done.id}
        return done if isinstance(done, dict) else {}

    def _list_business(self) -> dict[str, Act]:
        """What the owner does on the phone, and what Meta does to templates."""
        core = self._core
        people, templates = core.state.people, core.state.templates
        return {
            "close_window": self._close_window,
            "owner_writes": lambda a: core.business.write_by_phone(people[a["person"]], a["text"]),
            "add_template": lambda a: core.templates.add(
                a["name"], a["body"], language=a.get("language", "en"), category=a.get("category", "UTILITY")
            ),
            "approve_template": lambda a: core.templates.approve(templates[a["template"]]),
            "reject_template": lambda a: core.templates.reject(templates[a["template"]]),
            "pause_template": lambda a: core.templates.pause(templates[a["template"]]),
            "unpause_template": lambda a: core.templates.unpause(templates[a["template"]]),
            "disable_template": lambda a: core.templates.disable(templates[a["template"]]),
        }

    def _close_window(self, arguments: Arguments) -> None:
        """From now on the call says that it is closed, and no status: people on the page shall see it at once."""
        self._core.quirks.refuses_at_once = True
        self._core.people.let_window_close(arguments["person"])


def _tap(people: People, arguments: Arguments) -> Done:
    """A button that opens an address does so on the phone only."""
    message, index = people.find(arguments["person"], arguments["message"]), int(arguments["button"])
    buttons = show_buttons(message)
    if index < len(buttons) and buttons[index]["url"]:
        return None
    return people.tap(arguments["person"], message.id, index)


def _list_messages(people: People) -> dict[str, Act]:
    return {
        "write": lambda a: people.write(a["person"], a["text"], reply_to=a.get("reply_to", "")),
        "send_file": lambda a: people.send_file(
            a["person"], read_file(a), a.get("as", ""), reply_to=a.get("reply_to", "")
        ),
        "send_voice": lambda a: people.send_voice(a["person"]),
        "send_sticker": lambda a: people.send_sticker(a["person"]),
        "send_location": lambda a: people.send_location(
            a["person"], float(a["latitude"]), float(a["longitude"]), a.get("title", ""), a.get("address", "")
        ),
        "send_venue": lambda a: people.send_location(
            a["person"], float(a["latitude"]), float(a["longitude"]), a["title"], a["address"]
        ),
        "send_contact": lambda a: people.send_contact(a["person"], a["name"], a["phone"]),
        "send_unsupported": lambda a: people.send_unsupported(a["person"], a.get("kind", "poll")),
        "tap": lambda a: _tap(people, a),
        "share_phone": lambda a: people.share_phone(a["person"], asked=a.get("asked") == "true"),
        "react": lambda a: people.react(a["person"], a["message"], a.get("emoji", "")),
        "edit": lambda a: people.edit(a["person"], a["message"], a["text"]),
        "delete": lambda a: people.delete(a["person"], a["message"]),
        "read": lambda a: people.read(a["person"], a.get("message", "")),
        "play": lambda a: people.play(a["person"], a["message"]),
    }


def _list_changes(people: People) -> dict[str, Act]:
    return {
        "new_person": lambda a: {"person": people.new_person(a["name"]).id},
        "open": lambda a: people.open_chat(a["person"]),
        "subscribe": lambda a: people.unblock(a["person"]),
        "unsubscribe": lambda a: people.block(a["person"]),
        "hide_phone": lambda a: people.hide_phone(a["person"]),
        "show_phone": lambda a: people.show_phone(a["person"]),
        "change_phone": lambda a: people.show_phone(a["person"], "changing"),
        "change_number": lambda a: people.change_number(a["person"], notice=a.get("notice", "number")),
        "stop_marketing": lambda a: people.stop_marketing(a["person"]),
        "resume_marketing": lambda a: people.resume_marketing(a["person"]),
        "go_offline": lambda a: people.go_offline(a["person"]),
        "go_online": lambda a: people.go_online(a["person"]),
    }
