"""Visitors' chats: created, written to, read and ended by the visitor."""

from __future__ import annotations

from playground.services.giosg.actions import Actions
from playground.services.giosg.auth import Answer, Auth
from playground.services.giosg.bodies import read_body, read_choice, read_flag
from playground.services.giosg.errors import ApiError, detailed, wrong_field
from playground.services.giosg.message_bodies import read_message
from playground.services.giosg.paging import show_page
from playground.services.giosg.records import Chat, ChatType, Composing, Room, Visitor
from playground.services.giosg.serializers import Serializers
from playground.services.giosg.state import State

_CHAT_TYPES: tuple[ChatType, ...] = ("visitor", "external")
_COMPOSING: tuple[Composing, ...] = ("idle", "typing", "typed")


class ChatRoutes:
    """Another visitor's chat is not there (404)."""

    def __init__(self, state: State, auth: Auth, serializers: Serializers, actions: Actions) -> None:
        self._state = state
        self._serializers = serializers
        self._actions = actions
        add, chats = auth.add_public, "/visitors/<visitor_id>/chats"
        add("POST", "/orgs/<org_id>/rooms/<room_id>/visitors/<visitor_id>/chats", self.create)
        add("GET", chats, self.list_chats)
        add("GET", f"{chats}/<chat_id>", self.show)
        add("PATCH", f"{chats}/<chat_id>", self.change)
        add("GET", f"{chats}/<chat_id>/messages", self.list_messages)
        add("POST", f"{chats}/<chat_id>/messages", self.write)
        add("PATCH", "/visitors/<visitor_id>/chat_memberships/<chat_id>", self.change_membership)

    # --- chats -------------------------------------------------------------------------------------------------------

    def create(self, visitor: Visitor, room: Room) -> Answer:
        state, body = self._state, read_body()
        if visitor.id not in room.visitors:
            raise ApiError(404)
        if body and state.quirks.refuses_body:
            raise wrong_field("non_field_errors", "No data is expected.")
        chat_type = read_choice(body, "chat_type", _CHAT_TYPES) or "visitor"
        self._check_online(chat_type)
        chat = self._actions.open_chat(room, visitor, chat_type)
        state.annotate(f"opens a chat ({chat_type})")
        return self._serializers.public_chat(chat), 201

    def list_chats(self, visitor: Visitor) -> Answer:
        own = [chat for chat in self._state.chats.values() if chat.visitor is visitor]
        return show_page(self._state, own, self._serializers.public_chat)

    def show(self, visitor: Visitor, chat_id: str) -> Answer:
        return self._serializers.public_chat(self._find(visitor, chat_id))

    def change(self, visitor: Visitor, chat_id: str) -> Answer:
        """Ends the chat if the request says so. Giosg: that "immediately and permanently locks the chat"."""
        chat = self._find(visitor, chat_id)
        is_ended = read_flag(read_body(), "is_ended")
        if is_ended is not None and is_ended != chat.is_ended:
            self._refuse_ended(chat)
            self._actions.end(chat)
        return self._serializers.public_chat(chat)

    def _find(self, visitor: Visitor, chat_id: str) -> Chat:
        chat = self._state.chats.get(chat_id)
        if chat is None or chat.visitor is not visitor:
            raise ApiError(404)
        return chat

    def _check_online(self, chat_type: ChatType) -> None:
        """Giosg: a visitor can start a chat only while the room is online. Its own messengers can at any time."""
        if self._state.is_online:
            return
        if chat_type != "external" or not self._state.quirks.external_while_offline:
            raise detailed(403, "The room is offline.")

    def _refuse_ended(self, chat: Chat) -> None:
        """Raises ApiError. Giosg: messages and members of an ended chat cannot be altered."""
        if chat.is_ended:
            raise detailed(self._state.quirks.ended_status, "The chat has ended.")

    # --- messages ----------------------------------------------------------------------------------------------------

    def list_messages(self, visitor: Visitor, chat_id: str) -> Answer:
        chat, serializers = self._find(visitor, chat_id), self._serializers
        return show_page(self._state, chat.messages, lambda message: serializers.public_message(chat, message))

    def write(self, visitor: Visitor, chat_id: str) -> Answer:
        chat = self._find(visitor, chat_id)
        self._refuse_ended(chat)
        body = read_message(chat, read_body(), takes_actions=not self._state.quirks.refuses_actions)
        message = self._actions.write(chat, "visitor", visitor.id, body.text, kind=body.kind, response=body.response)
        self._state.annotate(f"visitor's {body.kind}")
        return self._serializers.public_message(chat, message), 201

    # --- members -----------------------------------------------------------------------------------------------------

    def change_membership(self, visitor: Visitor, chat_id: str) -> Answer:
        chat = self._find(visitor, chat_id)
        self._refuse_ended(chat)
        body, member = read_body(), chat.members[visitor.id]
        participates = read_flag(body, "is_participating")
        status = read_choice(body, "composing_status", _COMPOSING)
        if participates is not None:
            self._actions.participate(chat, member, on=participates)
        if status:
            self._actions.compose(chat, member, status)
        return self._serializers.public_member(chat, member)
