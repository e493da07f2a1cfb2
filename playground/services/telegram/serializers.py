"""How bots, people, chats and messages look in the API and in updates."""

from __future__ import annotations

from playground.services.telegram.records import Bot, BusinessAccount, Chat, Json, Message, Person, WebhookSettings
from playground.services.telegram.state import State

_ALLOWED_IN_MARKUP = "inline_keyboard"


def show_bot(bot: Bot, *, whole: bool = False) -> Json:
    shown: Json = {"id": bot.id, "is_bot": True, "first_name": bot.name, "username": bot.username}
    if not whole:
        return shown
    return {
        **shown,
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": bot.business_mode,
        "has_main_web_app": False,
        "has_topics_enabled": False,
        "allows_users_to_create_topics": False,
        "can_manage_bots": False,
    }


def show_person(person: Person) -> Json:
    return {"id": person.id, "is_bot": False, **_name(person), "language_code": person.language}


def _name(person: Person) -> Json:
    shown: Json = {"first_name": person.first_name}
    if person.last_name:
        shown["last_name"] = person.last_name
    if person.username:
        shown["username"] = person.username
    return shown


def show_chat(chat: Chat) -> Json:
    if chat.type == "private":
        return {"id": chat.id, **_name(chat.members[0]), "type": "private"}
    forum: Json = {"is_forum": True} if chat.is_forum else {}
    return {"id": chat.id, "title": chat.title, **forum, "type": chat.type}


def show_message(state: State, chat: Chat, message: Message, *, replies: bool = True) -> Json:
    """A message, with the one that it answers; that one's own answer is left out."""
    shown: Json = {"message_id": message.id, "from": show_sender(state, chat, message.sender), "chat": show_chat(chat)}
    shown |= {**_show_business(chat, message), "date": int(message.at.timestamp())}
    if message.edited_at:
        shown["edit_date"] = int(message.edited_at.timestamp())
    if message.thread:
        shown["message_thread_id"] = message.thread
        if chat.is_forum:
            shown["is_topic_message"] = True
    if message.media_group:
        shown["media_group_id"] = message.media_group
    answered = _find_answered(chat, message) if replies else None
    if answered:
        shown["reply_to_message"] = show_message(state, chat, answered, replies=False)
    if message.quote and replies:
        shown["quote"] = message.quote
    shown |= message.content
    if message.markup and _ALLOWED_IN_MARKUP in message.markup:
        shown["reply_markup"] = {_ALLOWED_IN_MARKUP: message.markup[_ALLOWED_IN_MARKUP]}
    return shown


def _show_business(chat: Chat, message: Message) -> Json:
    if chat.business is None:
        return {}
    sent_by: Json = {"sender_business_bot": show_bot(chat.bot)} if message.business_bot else {}
    by_itself: Json = {"is_from_offline": True} if message.by_itself else {}
    return {"business_connection_id": chat.business.id, **sent_by, **by_itself}


def _find_answered(chat: Chat, message: Message) -> Message | None:
    """In a topic, what answers no message answers the one that created the topic."""
    implied = message.thread if chat.is_forum and message.thread != message.id else 0
    number = message.reply_to or implied
    return chat.find(number) if number else None


def show_inaccessible(chat: Chat, message: Message) -> Json:
    """A message that is deleted, or that the bot cannot see any more."""
    return {"message_id": message.id, "chat": show_chat(chat), "date": 0}


def show_sender(state: State, chat: Chat, sender: int) -> Json:
    person = state.people.get(sender)
    return show_person(person) if person else show_bot(chat.bot)


def show_business_connection(account: BusinessAccount, connection_id: str, *, is_current: bool) -> Json:
    """Of the rights only those that the bot has; none in a connection that has ended."""
    rights: Json = {"rights": dict.fromkeys(sorted(account.rights), True)} if is_current else {}
    return {
        "id": connection_id,
        "user": show_person(account.owner),
        "user_chat_id": account.owner.id,
        "date": int(account.at.timestamp()),
        **rights,
        "is_enabled": is_current,
    }


def show_webhook(webhook: WebhookSettings, pending: int) -> Json:
    shown: Json = {"url": webhook.url, "has_custom_certificate": False, "pending_update_count": pending}
    if webhook.last_error_at:
        shown["last_error_date"] = int(webhook.last_error_at.timestamp())
        shown["last_error_message"] = webhook.last_error
    if webhook.url:
        shown["max_connections"] = webhook.max_connections
        shown["ip_address"] = webhook.ip_address or "203.0.113.7"
    if webhook.allowed_updates != type(webhook)().allowed_updates:
        shown["allowed_updates"] = sorted(webhook.allowed_updates)
    return shown
