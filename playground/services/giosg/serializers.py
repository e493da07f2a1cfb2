"""How things look in the API and in webhooks."""

from __future__ import annotations

from datetime import datetime

from playground.services.giosg.records import DATA_TYPES, Agent, Chat, Json, Member, Message, Room, Variable
from playground.services.giosg.state import State

_NO_RESPONSE: Json = {
    "response_to_message_id": None,
    "response_to_attachment_id": None,
    "response_to_attachment": None,
    "response_to_action_id": None,
    "response_to_action": None,
    "response_text": None,
    "response_value": None,
}
#: Of a chat, for the organization only.
_INSIDE = {"room_name", "tag_count", "is_private", "is_real_conversation", "is_pending"}


class Serializers:
    def __init__(self, state: State) -> None:
        self._state = state

    def time(self, at: datetime | None) -> str | None:
        if at is None:
            return None
        text = f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}"
        return text if self._state.quirks.bare_times else f"{text}Z"

    # --- chats -------------------------------------------------------------------------------------------------------

    def chat(self, chat: Chat) -> Json:
        """As the organization sees it."""
        return {
            "id": chat.id,
            "chat_type": chat.type,
            "room_id": chat.room.id,
            "room_name": chat.room.name,
            "room_organization_id": self._state.organization,
            "created_at": self.time(chat.created_at),
            "updated_at": self.time(chat.updated_at),
            "ended_at": self.time(chat.ended_at),
            "waiting_started_at": self.time(chat.waiting_since),
            "tag_count": 0,
            **_count_messages(chat),
            **_count_members(chat),
            "is_private": False,
            "is_real_conversation": _is_conversation(chat),
            "is_autosuggested": any(message.type == "autosuggest" for message in chat.messages),
            "is_waiting": chat.waiting_since is not None,
            "is_pending": chat.is_pending,
            "is_ended": chat.is_ended,
            "is_encrypted": False,
        }

    def public_chat(self, chat: Chat) -> Json:
        """As its visitor sees it."""
        shown = {name: value for name, value in self.chat(chat).items() if name not in _INSIDE}
        users = [member.id for member in chat.members.values() if member.type == "user"]
        return {**shown, "user_member_ids": users, "visitor_wait_time": None}

    # --- messages ----------------------------------------------------------------------------------------------------

    def message(self, chat: Chat, message: Message) -> Json:
        name, public_name, avatar = self._name_sender(chat, message)
        return {
            "id": message.id,
            "type": message.type,
            "chat_id": chat.id,
            "room_id": chat.room.id,
            "created_at": self.time(message.created_at),
            "sender_type": message.sender_type,
            "sender_id": message.sender_id,
            "sender_name": name,
            "sender_public_name": public_name,
            "sender_avatar": avatar,
            "message": message.text,
            "is_encrypted": False,
            "sensitive_data_purged_at": self.time(message.purged_at),
            "attachments": message.attachments,
            "attachment_template": "generic" if message.attachments else None,
            "selected_reply_suggestion_id": None,
            "selected_reply_suggestion": None,
            **_NO_RESPONSE,
            **message.response,
        }

    def public_message(self, chat: Chat, message: Message) -> Json:
        """Visitors do not learn agents' real names."""
        return {name: value for name, value in self.message(chat, message).items() if name != "sender_name"}

    def _name_sender(self, chat: Chat, message: Message) -> tuple[str | None, str | None, Json | None]:
        if message.sender_type == "rule":
            return "Automation", "Automation", None
        if message.sender_type == "visitor":
            name = chat.visitor_name
            return name, name, None
        agent = self._state.find_agent(message.sender_id)
        return agent.name, agent.public_name, agent.avatar

    # --- members -----------------------------------------------------------------------------------------------------

    def member(self, chat: Chat, member: Member) -> Json:
        agent = self._state.find_agent(member.id) if member.type == "user" else None
        visitor_name = None if agent else chat.visitor_name
        shown: Json = {
            "member_id": member.id,
            "member_type": member.type,
            "member_name": agent.name if agent else visitor_name,
            "member_public_name": agent.public_name if agent else visitor_name,
            "member_avatar": agent.avatar if agent else None,
            "is_participating": member.is_participating,
            "is_present": self._is_present(chat, member, agent),
            "composing_status": member.composing,
            "message_count": sum(_is_by(message, member) for message in chat.messages),
            "last_seen_at": self.time(member.last_seen_at),
            "unread_message_count": sum(_is_unread(message, member) for message in chat.messages),
        }
        return {**shown, "is_bot": agent.is_bot} if agent else shown

    def public_member(self, chat: Chat, member: Member) -> Json:
        return {name: value for name, value in self.member(chat, member).items() if name != "member_name"}

    def _is_present(self, chat: Chat, member: Member, agent: Agent | None) -> bool:
        if agent:
            return member.is_participating and agent.online
        inside = chat.room.visitors.get(member.id)
        return inside is not None and inside.present_until > self._state.timeline.now()

    # --- the organization --------------------------------------------------------------------------------------------

    def room(self, room: Room) -> Json:
        state = self._state
        return {
            "id": room.id,
            "organization_id": state.organization,
            "name": room.name,
            "display_name": room.name,
            "language_code": "en",
            "is_online": state.is_online,
            "is_humans_online": any(not agent.is_bot for agent in state.online_agents),
            "is_open": True,
            "is_service_hours_enabled": False,
            "is_deleted": False,
        }

    def public_room(self, room: Room) -> Json:
        return {
            "id": room.id,
            "display_name": room.name,
            "language_code": "en",
            "is_online": self._state.is_online,
            "brand": None,
            "chat_dialog_title": "Chat with us",
            "estimated_waiting_time": None,
            "legacy_id": None,
        }

    def public_user(self, agent: Agent) -> Json:
        return {"id": agent.id, "public_name": agent.public_name, "avatar": agent.avatar}

    def user(self, agent: Agent) -> Json:
        return {
            "id": agent.id,
            "organization_id": self._state.organization,
            "first_name": agent.first_name,
            "last_name": agent.last_name,
            "public_name": agent.public_name,
            "avatar": agent.avatar,
            "is_bot": agent.is_bot,
        }

    def variable(self, room: Room, visitor_id: str, variable: Variable) -> Json:
        return {
            "visitor_id": visitor_id,
            "room_id": room.id,
            "organization_id": self._state.organization,
            "key": variable.key,
            "value": variable.value,
            "session_id": None,
            "created_at": self.time(variable.created_at),
            "updated_at": self.time(variable.updated_at),
            "is_signed": False,
            "is_encrypted": False,
        }


def _count_messages(chat: Chat) -> Json:
    senders = [message.sender_type for message in chat.messages if message.type in DATA_TYPES]
    users, visitors = senders.count("user"), senders.count("visitor")
    return {
        "message_count": len(senders),
        "user_message_count": users,
        "visitor_message_count": visitors,
        "has_messages": bool(senders),
        "has_user_messages": bool(users),
        "has_visitor_messages": bool(visitors),
    }


def _count_members(chat: Chat) -> Json:
    members = list(chat.members.values())
    visitors = [member for member in members if member.type == "visitor"]
    present_visitors = sum(member.is_participating for member in visitors)
    return {
        "present_participant_count": chat.present_users + present_visitors,
        "present_user_participant_count": chat.present_users,
        "present_visitor_participant_count": present_visitors,
        "member_count": len(members),
        "user_member_count": len(members) - len(visitors),
        "visitor_member_count": len(visitors),
    }


def _is_conversation(chat: Chat) -> bool:
    senders = {message.sender_type for message in chat.messages if message.type in DATA_TYPES}
    return {"user", "visitor"} <= senders


def _is_by(message: Message, member: Member) -> bool:
    return message.sender_id == member.id and message.type in DATA_TYPES


def _is_unread(message: Message, member: Member) -> bool:
    is_new = message.created_at > member.last_seen_at
    return is_new and message.sender_id != member.id and message.type in DATA_TYPES
