"""What happens to messages: a bot's reach the phones, people's reach the bot."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from playground.services.telegram.entities import find_entities
from playground.services.telegram.records import BusinessAccount, Chat, Json, Message, Person
from playground.services.telegram.serializers import show_bot, show_chat, show_inaccessible, show_message, show_person
from playground.services.telegram.state import State
from playground.services.telegram.webhooks import QUERY_LIFETIME, Webhooks


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What a message has besides its content."""

    thread: int = 0
    reply_to: int = 0
    quote: Json | None = None
    media_group: str = ""
    markup: Json | None = None
    by_itself: bool = False  #: written by Telegram, in the name of a business account's owner


NO_DETAILS = Details()


class Actions:
    """Call these under the lock."""

    def __init__(self, state: State, webhooks: Webhooks) -> None:
        self._state = state
        self._webhooks = webhooks

    # --- from the bot ------------------------------------------------------------------------------------------------

    def deliver(self, chat: Chat, content: Json, details: Details = NO_DETAILS) -> Message:
        """A message of the bot, on the phones of all who are in the chat."""
        message = self._add(chat, chat.business.owner.id if chat.business else chat.bot.id, content, details)
        if chat.business:
            message.business_bot = chat.bot.id
            self._report(chat, message, "message")
        markup = details.markup or {}
        if "keyboard" in markup:
            chat.keyboard = message.id
        elif "remove_keyboard" in markup:
            chat.keyboard = 0
        chat.actions.pop(details.thread, None)
        return message

    # --- from people -------------------------------------------------------------------------------------------------

    def receive(self, chat: Chat, person: Person, content: Json, details: Details = NO_DETAILS) -> Message:
        """A person's message. It starts a private chat, or starts it again."""
        if chat.type == "private" and not chat.business:
            self._start(chat)
        message = self._add(chat, person.id, content, details)
        self._report(chat, message, "message")
        return message

    def _start(self, chat: Chat) -> None:
        if chat.bot_status == "kicked":
            self.change_bot_status(chat, chat.members[0], "member")
        chat.started = True

    def edit(self, chat: Chat, message: Message, content: Json) -> None:
        message.content = content
        message.edited_at = self._state.timeline.now()
        self._report(chat, message, "edited_message")

    def add_service_message(self, chat: Chat, actor: Person | None, content: Json) -> Message:
        """A line about the chat itself, such as who joined, which bots always see. Without an actor the bot did it."""
        message = self._add(chat, actor.id if actor else chat.bot.id, content, NO_DETAILS)
        self._report(chat, message, "message")
        return message

    def _report(self, chat: Chat, message: Message, kind: str) -> None:
        if chat.business:
            self._report_business(chat.business, chat, message, kind)
            return
        is_out = chat.bot_status in {"kicked", "left"} and "left_chat_member" not in message.content
        if not is_out and self._is_seen(chat, message):
            shown = show_message(self._state, chat, message)
            if not self._webhooks.push(chat.bot, kind, shown, str(chat.id)):
                message.error = "the bot does not ask for messages: it does not get this one"

    def _report_business(self, account: BusinessAccount, chat: Chat, message: Message, kind: str) -> None:
        """Everything in the account's chats, whoever wrote it; what the bot wrote, where a quirk says so."""
        is_own = bool(message.business_bot) and not self._state.quirks.reports_business_answers
        if account.enabled and chat.id not in account.excluded and not is_own:
            name = {"message": "business_message", "edited_message": "edited_business_message"}[kind]
            self._webhooks.push(account.bot, name, show_message(self._state, chat, message), f"business {chat.id}")

    def _is_seen(self, chat: Chat, message: Message) -> bool:
        """In groups, a bot in privacy mode sees what is meant for it."""
        if chat.type == "private" or chat.bot_status == "administrator" or not self._state.quirks.privacy_mode:
            return True
        if not message.content.keys() & _CONTENTS:
            return True
        answered = chat.find(message.reply_to) if message.reply_to else None
        if answered and answered.sender == chat.bot.id:
            return True
        return message.text.startswith("/") or bool(re.search(rf"(?i)@{re.escape(chat.bot.username)}\b", message.text))

    def _find_thread(self, chat: Chat, details: Details) -> int:
        """In a supergroup that is no forum, answers are a thread of the message that the first of them answers."""
        answered = chat.find(details.reply_to) if details.reply_to else None
        if answered is None or chat.type != "supergroup":
            return 0
        return answered.thread or (0 if chat.is_forum else answered.id)

    def _add(self, chat: Chat, sender: int, content: Json, details: Details) -> Message:
        message = Message(
            id=self._state.make_message_id(chat),
            chat_id=chat.id,
            sender=sender,
            at=self._state.timeline.now(),
            content=content,
            thread=details.thread or self._find_thread(chat, details),
            reply_to=details.reply_to,
            quote=details.quote,
            media_group=details.media_group,
            markup=details.markup,
            by_itself=details.by_itself,
        )
        chat.messages.append(message)
        return message

    # --- everything else ---------------------------------------------------------------------------------------------

    def react(self, chat: Chat, person: Person, message: Message, emoji: str) -> None:
        """The bot hears of it in private chats, and where it is an administrator. "" takes the reaction back."""
        before = message.reactions.get(person.id, "")
        if before == emoji:
            return
        if emoji:
            message.reactions[person.id] = emoji
        else:
            del message.reactions[person.id]
        if chat.business:
            return  # an update about reactions does not say in whose account
        is_private = chat.type == "private"
        if chat.bot_status != "administrator" and not (is_private and self._state.quirks.reports_private_reactions):
            return
        changed: Json = {
            "chat": show_chat(chat),
            "message_id": message.id,
            "user": show_person(person),
            "date": int(self._state.timeline.now().timestamp()),
            "old_reaction": _show_reaction(before),
            "new_reaction": _show_reaction(emoji),
        }
        self._webhooks.push(chat.bot, "message_reaction", changed, f"reaction {chat.id}")

    def tap(self, chat: Chat, person: Person, message: Message, data: str) -> None:
        """A tap on an inline button; it shows a spinner until the bot answers."""
        query = self._state.add_callback(person, chat, message)
        fields: Json = {
            "id": query.id,
            "from": show_person(person),
            "message": self._show_tapped(chat, message),
            "chat_instance": str(-(chat.id * 7_919 % (1 << 62))),
            "data": data,
        }
        self._webhooks.push(chat.bot, "callback_query", fields, f"callback {person.id}", QUERY_LIFETIME)

    def _show_tapped(self, chat: Chat, message: Message) -> Json:
        is_gone = message.deleted or self._state.quirks.forgets_messages
        return show_inaccessible(chat, message) if is_gone else show_message(self._state, chat, message)

    def change_bot_status(self, chat: Chat, actor: Person | None, status: str) -> None:
        """Somebody blocks the bot, adds it to a group, makes it an administrator or removes it, or it leaves."""
        before, chat.bot_status = chat.bot_status, status
        if before == status:
            return
        fields: Json = {
            "chat": show_chat(chat),
            "from": show_person(actor) if actor else show_bot(chat.bot),
            "date": int(self._state.timeline.now().timestamp()),
            "old_chat_member": _show_member(chat, before),
            "new_chat_member": _show_member(chat, status),
        }
        self._webhooks.push(chat.bot, "my_chat_member", fields, f"member {chat.id}")
        if chat.type != "private" and status in {"kicked", "left"}:
            self.add_service_message(chat, actor, {"left_chat_member": show_bot(chat.bot)})

    def write_text(self, text: str) -> Json:
        """The content of a text as an app sends it."""
        entities = find_entities(text)
        return {"text": text, **({"entities": entities} if entities else {})}


_CONTENTS_NAMES = "text photo video animation audio voice video_note document sticker location venue contact"
_CONTENTS = frozenset(_CONTENTS_NAMES.split())
_RIGHTS = (
    "can_be_edited is_anonymous can_manage_chat can_delete_messages can_manage_video_chats can_restrict_members "
    "can_promote_members can_change_info can_invite_users can_post_stories can_edit_stories can_delete_stories"
)


def _show_reaction(emoji: str) -> list[Json]:
    return [{"type": "emoji", "emoji": emoji}] if emoji else []


def _show_member(chat: Chat, status: str) -> Json:
    more: dict[str, Any] = {}
    if status == "kicked":
        more = {"until_date": 0}
    elif status == "administrator":
        more = {name: name == "can_manage_chat" for name in _RIGHTS.split()}
    return {"user": show_bot(chat.bot), "status": status, **more}
