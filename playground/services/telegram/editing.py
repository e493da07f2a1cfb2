"""Calls about messages that are there already: edits, deletions, reactions, and answers to taps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from playground.services.telegram.bodies import Arguments
from playground.services.telegram.chats import Chats
from playground.services.telegram.contents import Contents
from playground.services.telegram.errors import bad_request
from playground.services.telegram.keyboards import check_markup
from playground.services.telegram.media import find_file_id
from playground.services.telegram.records import Bot, Chat, Json, Message
from playground.services.telegram.schema import REACTIONS, plain_emoji
from playground.services.telegram.serializers import show_message
from playground.services.telegram.state import State
from playground.services.telegram.webhooks import QUERY_LIFETIME

DELETABLE = timedelta(hours=48)
_MOST_DELETED = 100
_LONGEST_ANSWER = 200
_WITHOUT_CAPTION = {"sticker", "video_note", ""}
_TEXT = ("text", "entities", "link_preview_options")
_CAPTION = ("caption", "caption_entities", "show_caption_above_media")

Method = Callable[[Bot, Arguments], Json | bool]


class Editing:
    def __init__(self, state: State, chats: Chats, contents: Contents) -> None:
        self._state = state
        self._chats = chats
        self._contents = contents

    def methods(self) -> Mapping[str, Method]:
        return {
            "editMessageText": self.edit_text,
            "editMessageCaption": self.edit_caption,
            "editMessageReplyMarkup": self.edit_markup,
            "deleteMessage": self.delete,
            "deleteMessages": self.delete_many,
            "setMessageReaction": self.react,
            "answerCallbackQuery": self.answer,
        }

    # --- edits -------------------------------------------------------------------------------------------------------

    def edit_text(self, bot: Bot, arguments: Arguments) -> Json:
        chat, message = self._find_own(bot, arguments)
        if "text" not in message.content:
            raise bad_request("there is no text in the message to edit")
        fresh = self._contents.make_text(arguments)
        return self._change(chat, message, {**_without(message.content, _TEXT), **fresh}, arguments)

    def edit_caption(self, bot: Bot, arguments: Arguments) -> Json:
        chat, message = self._find_own(bot, arguments)
        if find_file_id(message.content)[0] in _WITHOUT_CAPTION:
            raise bad_request("there is no caption in the message to edit")
        fresh = self._contents.format_caption(arguments.values)
        return self._change(chat, message, {**_without(message.content, _CAPTION), **fresh}, arguments)

    def edit_markup(self, bot: Bot, arguments: Arguments) -> Json:
        chat, message = self._find_own(bot, arguments)
        return self._change(chat, message, message.content, arguments)

    def _find_own(self, bot: Bot, arguments: Arguments) -> tuple[Chat, Message]:
        values = arguments.values
        if "inline_message_id" in values:
            raise bad_request("the simulator knows no inline messages")
        if "chat_id" not in values:
            raise bad_request("chat_id is empty")
        chat = self._chats.find_named(bot, values)
        message = self._chats.find_message(chat, values.get("message_id"), "edit")
        if bot.id not in {message.sender, message.business_bot}:
            raise bad_request("message can't be edited")
        return chat, message

    def _change(self, chat: Chat, message: Message, content: Json, arguments: Arguments) -> Json:
        """An edit that says nothing of buttons takes them away."""
        markup = arguments.values.get("reply_markup") or None
        if isinstance(markup, dict) and markup["inline_keyboard"]:
            check_markup(markup)
        else:
            markup = None
        if content == message.content and markup == message.markup:
            what = "specified new message content and reply markup are exactly the same"
            raise bad_request(f"message is not modified: {what} as a current content and reply markup of the message")
        if content != message.content:
            message.edited_at = self._state.timeline.now()
        message.content, message.markup = content, markup
        return show_message(self._state, chat, message)

    # --- deletions ---------------------------------------------------------------------------------------------------

    def delete(self, bot: Bot, arguments: Arguments) -> bool:
        chat = self._chats.find(bot, arguments.values["chat_id"])
        message = self._chats.find_message(chat, arguments.values["message_id"], "delete")
        self._check_deletable(bot, chat, message)
        message.deleted = True
        return True

    def delete_many(self, bot: Bot, arguments: Arguments) -> bool:
        """Those that are not there are skipped."""
        chat = self._chats.find(bot, arguments.values["chat_id"])
        numbers = arguments.values["message_ids"]
        if not numbers:
            raise bad_request("message identifiers are not specified")
        if len(numbers) > _MOST_DELETED:
            raise bad_request("too many message identifiers specified")
        messages = [found for number in numbers if (found := chat.find(number))]
        for message in messages:
            self._check_deletable(bot, chat, message)
        for message in messages:
            message.deleted = True
        return True

    def _check_deletable(self, bot: Bot, chat: Chat, message: Message) -> None:
        may = message.sender == bot.id or chat.type == "private" or chat.bot_status == "administrator"
        if not may or self._state.timeline.now() - message.at >= DELETABLE:
            raise bad_request("message can't be deleted")

    # --- reactions and taps ------------------------------------------------------------------------------------------

    def react(self, bot: Bot, arguments: Arguments) -> bool:
        values = arguments.values
        chat = self._chats.find(bot, values["chat_id"])
        message = self._chats.find_message(chat, values["message_id"], "react")
        wanted = values.get("reaction") or []
        if len(wanted) > 1:
            raise bad_request("REACTIONS_TOO_MANY")
        for reaction in wanted:
            if reaction["type"] != "emoji" or plain_emoji(reaction.get("emoji", "")) not in REACTIONS:
                raise bad_request("REACTION_INVALID")
        message.reactions.pop(bot.id, None)
        if wanted:
            message.reactions[bot.id] = plain_emoji(wanted[0]["emoji"])
        return True

    def answer(self, _bot: Bot, arguments: Arguments) -> bool:
        values = arguments.values
        query = self._state.callbacks.get(str(values["callback_query_id"]))
        if query is None or self._state.timeline.now() - query.at >= QUERY_LIFETIME:
            raise bad_request("query is too old and response timeout expired or query ID is invalid")
        text = str(values.get("text") or "")
        if len(text) > _LONGEST_ANSWER:
            raise bad_request("MESSAGE_TOO_LONG")
        query.answer = text
        query.is_alert = values.get("show_alert") is True
        if query.message.waiting == query.id:
            query.message.waiting = ""
        if text:
            query.chat.add_note(self._state.timeline.now(), text)
        return True


def _without(content: Json, names: tuple[str, ...]) -> Json:
    return {name: value for name, value in content.items() if name not in names}
