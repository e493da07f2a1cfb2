"""The organization's own API, for callers with a user's token."""

from __future__ import annotations

from playground.services.giosg.auth import Answer, Auth
from playground.services.giosg.bodies import need_text, read_body, read_text
from playground.services.giosg.errors import ApiError
from playground.services.giosg.paging import show_page
from playground.services.giosg.records import Chat, Room
from playground.services.giosg.serializers import Serializers
from playground.services.giosg.state import State


class OrganizationRoutes:
    def __init__(self, state: State, auth: Auth, serializers: Serializers) -> None:
        self._state = state
        self._serializers = serializers
        add, chats = auth.add_organization, "/orgs/<org_id>/owned_chats"
        add("GET", "/users/me", self.show_me)
        add("GET", "/rooms/<room_id>", self.show_room)
        add("GET", "/orgs/<org_id>/rooms/<room_id>", self.show_room)
        add("POST", "/orgs/<org_id>/rooms/<room_id>/visitors/<visitor_id>/variables", self.set_variable)
        add("GET", f"{chats}/<chat_id>/messages/<message_id>", self.show_message)
        add("GET", f"{chats}/<chat_id>/memberships", self.list_members)

    def show_me(self) -> Answer:
        """The user who made the token."""
        return self._serializers.user(self._state.agents[0])

    def show_room(self, room: Room) -> Answer:
        return self._serializers.room(room)

    def set_variable(self, room: Room, visitor_id: str) -> Answer:
        if visitor_id not in room.visitors:
            raise ApiError(404)
        body = read_body()
        key, value = need_text(body, "key"), read_text(body, "value")
        self._state.annotate(f"sets {key}")
        variable = self._state.set_variable(room, visitor_id, key, value)
        return self._serializers.variable(room, visitor_id, variable), 201

    def show_message(self, chat_id: str, message_id: str) -> Answer:
        chat = self._find(chat_id)
        message = chat.message(message_id)
        if message is None:
            raise ApiError(404)
        return self._serializers.message(chat, message)

    def list_members(self, chat_id: str) -> Answer:
        chat, serializers = self._find(chat_id), self._serializers
        return show_page(self._state, list(chat.members.values()), lambda member: serializers.member(chat, member))

    def _find(self, chat_id: str) -> Chat:
        chat = self._state.chats.get(chat_id)
        if chat is None:
            raise ApiError(404)
        return chat
