"""Calls that send messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from playground.services.telegram.actions import Actions, Details
from playground.services.telegram.auth import Auth
from playground.services.telegram.bodies import Arguments
from playground.services.telegram.chats import Chats
from playground.services.telegram.contents import Contents
from playground.services.telegram.errors import bad_request
from playground.services.telegram.keyboards import check_markup
from playground.services.telegram.markup import length
from playground.services.telegram.records import Bot, Chat, Json
from playground.services.telegram.schema import CHAT_ACTIONS, MEDIA_FIELDS
from playground.services.telegram.serializers import show_message
from playground.services.telegram.state import State

_SHOWN = timedelta(seconds=5)  # a chat action, unless a message comes before

Method = Callable[[Bot, Arguments], Json | list[Json] | bool]
Make = Callable[[Arguments], Json]


class Sending:
    def __init__(self, state: State, auth: Auth, chats: Chats, contents: Contents, actions: Actions) -> None:
        self._state = state
        self._auth = auth
        self._chats = chats
        self._contents = contents
        self._actions = actions

    def methods(self) -> Mapping[str, Method]:
        files = ("photo", "video", "animation", "audio", "voice", "video_note", "document", "sticker")
        return {
            "sendMessage": self._send(self._contents.make_text),
            "sendLocation": self._send(self._contents.make_location),
            "sendVenue": self._send(self._contents.make_venue),
            "sendContact": self._send(self._contents.make_contact),
            **{_name_method(kind): self._send(self._contents.make_file(kind)) for kind in files},
            "sendMediaGroup": self.send_album,
            "sendChatAction": self.send_action,
        }

    def _send(self, make: Make) -> Method:
        def send(bot: Bot, arguments: Arguments) -> Json:
            chat, details = self._address(bot, arguments)
            content = make(arguments)
            self._auth.admit(bot, chat)
            return show_message(self._state, chat, self._actions.deliver(chat, content, details))

        return send

    def send_album(self, bot: Bot, arguments: Arguments) -> list[Json]:
        """Files of one kind, or photos and videos: each a message of its own, with the number of the album."""
        chat, details = self._address(bot, arguments)
        media = arguments.values["media"]
        _check_album(media)
        contents = [self._contents.make_medium(one, arguments) for one in media]
        self._auth.admit(bot, chat, len(contents))
        group = str(self._state.random.getrandbits(52))
        part = Details(thread=details.thread, reply_to=details.reply_to, quote=details.quote, media_group=group)
        sent = [self._actions.deliver(chat, content, part) for content in contents]
        return [show_message(self._state, chat, message) for message in sent]

    def send_action(self, bot: Bot, arguments: Arguments) -> bool:
        values = arguments.values
        chat = self._chats.find_named(bot, values)
        if values["action"] not in CHAT_ACTIONS:
            raise bad_request("wrong parameter action in request")
        thread = self._chats.find_topic(chat, values.get("message_thread_id"))
        chat.actions[thread] = (str(values["action"]), self._state.timeline.now() + _SHOWN)
        return True

    # --- where it goes -----------------------------------------------------------------------------------------------

    def _address(self, bot: Bot, arguments: Arguments) -> tuple[Chat, Details]:
        values = arguments.values
        chat = self._chats.find_named(bot, values)
        thread = self._chats.find_topic(chat, values.get("message_thread_id"))
        markup = values.get("reply_markup")
        if isinstance(markup, dict):
            check_markup(markup)
        reply_to, quote = self._find_answered(chat, values.get("reply_parameters"))
        return chat, Details(
            thread=thread,
            reply_to=reply_to,
            quote=quote,
            markup=markup if isinstance(markup, dict) else None,
        )

    def _find_answered(self, chat: Chat, given: object) -> tuple[int, Json | None]:
        """The message that is answered, and the words of it that are quoted."""
        if not isinstance(given, dict) or not given:
            return 0, None
        if str(given.get("chat_id", chat.id)) != str(chat.id):
            raise bad_request("the simulator knows no answers to messages of other chats")
        message = chat.find(given["message_id"])
        if message is None:
            if given.get("allow_sending_without_reply"):
                return 0, None
            raise bad_request("message to be replied not found")
        if not given.get("quote"):
            return message.id, None
        text, entities = self._contents.format(given, "quote", "quote_parse_mode", "quote_entities")
        if text not in message.text or length(text) > _LONGEST_QUOTE:
            raise bad_request("QUOTE_TEXT_INVALID")
        position = length(message.text[: message.text.index(text)])
        quote: Json = {"text": text, "position": position, "is_manual": True}
        return message.id, {**quote, **({"entities": entities} if entities else {})}


_LONGEST_QUOTE = 1024


def _name_method(kind: str) -> str:
    return "send" + "".join(word.capitalize() for word in kind.split("_"))


def _check_album(media: list[Json]) -> None:
    if not 2 <= len(media) <= 10:
        raise bad_request("media group must include 2-10 items")
    kinds = {str(one["type"]) for one in media}
    for one in media:
        fields = MEDIA_FIELDS.get(str(one["type"]))
        if fields is None:
            raise bad_request(f"can't parse InputMedia: type \"{one['type']}\" can't be used in sendMediaGroup")
        if unknown := one.keys() - fields:
            raise bad_request(f"the simulator knows no field {min(unknown)!r} of a {one['type']} in an album")
    if len(kinds) > 1 and kinds & {"audio", "document"}:
        raise bad_request("can't use the media of the specified type in the album")
