"""What the page's buttons let people do, by name. Arguments are words; `chat`, `thread` and `reply_to` say where."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable, Mapping

from playground.page_arguments import ChosenFile, read_file
from playground.services.telegram.business import Business
from playground.services.telegram.demo import STICKER, VOICE, VOICE_SECONDS
from playground.services.telegram.records import Chat, Json, Message, Person, Topic

Arguments = Mapping[str, str]
Done = Json | Message | Chat | Topic | None
Act = Callable[[Arguments], Done]


class PageActions:
    """Raises KeyError for a name, a person or a chat that is unknown, ValueError for what the app does not allow."""

    def __init__(self, telegram: Business) -> None:
        self._telegram = telegram
        self._known = {
            **self._list_messages(),
            **self._list_changes(),
            **self._list_groups(),
            **self._list_business(),
        }

    def act(self, action: str, arguments: Arguments) -> Json:
        done = self._known[action](arguments)
        if isinstance(done, Message):
            return {"message": str(done.id)}
        return {"id": str(done.id)} if isinstance(done, Chat | Topic) else done or {}

    # --- messages ----------------------------------------------------------------------------------------------------

    def _list_messages(self) -> dict[str, Act]:
        telegram = self._telegram
        return {
            "open": lambda a: telegram.start(a["person"], a.get("context", "")),
            "write": lambda a: telegram.write(a["person"], a["text"], quote=a.get("quote", ""), **_place(a)),
            "write_formatted": lambda a: telegram.write_formatted(a["person"], a["text"], **_place(a)),
            "send_file": lambda a: telegram.send_file(a["person"], read_file(a), a.get("as", ""), None, **_place(a)),
            "send_album": lambda a: telegram.send_album(a["person"], _read_files(a), **_place(a))[0],
            "send_sticker": lambda a: telegram.send_sticker(a["person"], a["emoji"], STICKER, **_place(a)),
            "send_voice": lambda a: telegram.send_voice(a["person"], VOICE, VOICE_SECONDS, **_place(a)),
            "send_location": lambda a: telegram.send_location(a["person"], *_coordinates(a), **_place(a)),
            "send_venue": lambda a: telegram.send_venue(
                a["person"], *_coordinates(a), a["title"], a["address"], **_place(a)
            ),
            "send_contact": lambda a: telegram.send_contact(a["person"], a["name"], a["phone"], **_place(a)),
        }

    def _list_changes(self) -> dict[str, Act]:
        telegram = self._telegram
        return {
            "new_person": lambda a: {"person": str(telegram.new_person(a["name"]).id)},
            "edit": lambda a: telegram.edit(a["person"], a["message"], a["text"], _chat_id(a)),
            "delete": lambda a: telegram.delete(a["person"], a["message"], _chat_id(a)),
            "react": lambda a: telegram.react(a["person"], a["message"], a.get("emoji", ""), _chat_id(a)),
            "tap": lambda a: telegram.tap(a["person"], a["message"], int(a["button"]), _chat_id(a)),
            "subscribe": lambda a: telegram.unblock(a["person"]),
            "unsubscribe": lambda a: telegram.block(a["person"]),
            "clear": lambda a: telegram.clear_chat(a["person"]),
            "delete_account": lambda a: telegram.delete_account(a["person"]),
            "read": lambda _: None,  # not reported to bots
        }

    # --- groups ------------------------------------------------------------------------------------------------------

    def _list_groups(self) -> dict[str, Act]:
        """`kind` is "", "supergroup" or "forum"."""
        telegram = self._telegram
        return {
            "new_group": lambda a: telegram.new_group(
                a["title"],
                telegram.people[int(a["person"])],
                supergroup=a.get("kind") == "supergroup",
                forum=a.get("kind") == "forum",
            ),
            "join": lambda a: telegram.join(*self._find(a)),
            "add_bot": lambda a: telegram.add_bot_to(*self._find(a)),
            "promote_bot": lambda a: telegram.promote_bot(*self._find(a)),
            "remove_bot": lambda a: telegram.remove_bot(*self._find(a)),
            "new_topic": lambda a: telegram.new_topic(*self._find(a), a["name"]),
            "migrate": lambda a: telegram.migrate(*self._find(a)),
        }

    # --- business accounts -------------------------------------------------------------------------------------------

    def _list_business(self) -> dict[str, Act]:
        """The owner is the `person`, except in a chat that a customer begins with them."""
        telegram = self._telegram
        return {
            "connect_business": lambda a: {"connection": telegram.connect_business(a["person"]).id},
            "disconnect_business": lambda a: telegram.disconnect_business(a["person"]),
            "new_business_chat": lambda a: {"id": telegram.begin_business_chat(a["owner"], a["person"])},
        }

    def _find(self, arguments: Arguments) -> tuple[Chat, Person]:
        return self._telegram.chats[int(arguments["chat"])], self._telegram.people[int(arguments["person"])]


def _place(arguments: Arguments) -> dict[str, int]:
    return {name: int(arguments[name]) for name in ("chat", "thread", "reply_to") if arguments.get(name)}


def _chat_id(arguments: Arguments) -> int:
    return _place(arguments).get("chat", 0)


def _coordinates(arguments: Arguments) -> tuple[float, float]:
    return float(arguments["latitude"]), float(arguments["longitude"])


def _read_files(arguments: Arguments) -> list[ChosenFile]:
    """`files` is a JSON list; the caption goes with the first."""
    files = json.loads(arguments["files"])
    captions = [arguments.get("caption", ""), *[""] * len(files)]
    return [
        ChosenFile(name=file["name"], content_type=file["content_type"], data=b64decode(file["data"]), caption=caption)
        for file, caption in zip(files, captions, strict=False)
    ]
