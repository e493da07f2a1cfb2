"""The organization's own API, for whoever has a user's token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playground.services.giosg.chats import change_chat
from playground.services.giosg.gate import Answer
from playground.services.giosg.paging import show_page
from playground.services.giosg.problems import ApiProblem, need_text, read_body, read_text
from playground.services.giosg.records import Chat

if TYPE_CHECKING:
    from playground.services.giosg.world import World


class OfficeRoutes:
    def __init__(self, world: World) -> None:
        self._world = world
        add, chats = world.gate.add_office, "/orgs/<org_id>/owned_chats"
        add("GET", "/users/me", self.show_me)
        add("GET", "/rooms/<room_id>", self.show_room)
        add("GET", "/orgs/<org_id>/rooms/<room_id>", self.show_room)
        add("POST", "/orgs/<org_id>/rooms/<room_id>/visitors/<visitor_id>/variables", self.set_variable)
        add("GET", chats, self.list_chats)
        add("GET", f"{chats}/<chat_id>", self.show_chat)
        add("PUT|PATCH", f"{chats}/<chat_id>", self.change_chat)
        add("GET", f"{chats}/<chat_id>/messages", self.list_messages)
        add("GET", f"{chats}/<chat_id>/messages/<message_id>", self.show_message)
        add("GET", f"{chats}/<chat_id>/memberships", self.list_members)

    def show_me(self) -> Answer:
        """The user who made the token."""
        return self._world.shapes.user(self._world.agents[0])

    def show_room(self, room_id: str) -> Answer:
        return self._world.shapes.room(self._world.api_room(room_id))

    def set_variable(self, room_id: str, visitor_id: str) -> Answer:
        world = self._world
        room = world.api_room(room_id)
        if visitor_id not in room.visitors:
            raise ApiProblem(404)
        body = read_body()
        key, value = need_text(body, "key"), read_text(body, "value")
        world.annotate(f"sets {key}")
        return world.shapes.variable(room, visitor_id, world.set_variable(room, visitor_id, key, value)), 201

    def list_chats(self) -> Answer:
        return show_page(self._world, list(self._world.chats.values()), self._world.shapes.chat)

    def show_chat(self, chat_id: str) -> Answer:
        return self._world.shapes.chat(self._find(chat_id))

    def change_chat(self, chat_id: str) -> Answer:
        chat = self._find(chat_id)
        change_chat(self._world, chat)
        return self._world.shapes.chat(chat)

    def list_messages(self, chat_id: str) -> Answer:
        chat, shapes = self._find(chat_id), self._world.shapes
        return show_page(self._world, chat.messages, lambda message: shapes.message(chat, message))

    def show_message(self, chat_id: str, message_id: str) -> Answer:
        chat = self._find(chat_id)
        message = chat.message(message_id)
        if message is None:
            raise ApiProblem(404)
        return self._world.shapes.message(chat, message)

    def list_members(self, chat_id: str) -> Answer:
        chat, shapes = self._find(chat_id), self._world.shapes
        return show_page(self._world, list(chat.members.values()), lambda member: shapes.member(chat, member))

    def _find(self, chat_id: str) -> Chat:
        chat = self._world.chats.get(chat_id)
        if chat is None:
            raise ApiProblem(404)
        return chat
