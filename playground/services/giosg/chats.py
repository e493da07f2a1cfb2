"""Visitors' chats: created, written to, read and ended by the visitor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request

from playground.services.giosg.gate import Answer, read_query_flag
from playground.services.giosg.paging import show_page
from playground.services.giosg.posts import read_post
from playground.services.giosg.problems import (
    ApiProblem,
    detailed,
    read_body,
    read_choice,
    read_flag,
    wrong_field,
)
from playground.services.giosg.records import Agent, Chat, ChatType, Composing, Json, Room, Visitor

if TYPE_CHECKING:
    from playground.services.giosg.world import World

_CHAT_TYPES: tuple[ChatType, ...] = ("visitor", "external", "task")
_COMPOSING: tuple[Composing, ...] = ("idle", "typing", "typed")


class ChatRoutes:
    """Another visitor's chat is not there (404)."""

    def __init__(self, world: World) -> None:
        self._world = world
        add, chats = world.gate.add_public, "/visitors/<visitor_id>/chats"
        add("POST", "/orgs/<org_id>/rooms/<room_id>/visitors/<visitor_id>/chats", self.create)
        add("GET", chats, self.list_chats)
        add("GET", f"{chats}/<chat_id>", self.show)
        add("PUT|PATCH", f"{chats}/<chat_id>", self.change)
        add("GET", f"{chats}/<chat_id>/messages", self.list_messages)
        add("POST", f"{chats}/<chat_id>/messages", self.write)
        add("GET", f"{chats}/<chat_id>/memberships", self.list_members)
        add("PUT|PATCH", "/visitors/<visitor_id>/chat_memberships/<chat_id>", self.change_membership)

    # --- chats -------------------------------------------------------------------------------------------------------

    def create(self, visitor: Visitor, room_id: str) -> Answer:
        world = self._world
        room, body = world.api_room(room_id), read_body()
        if visitor.id not in room.visitors:
            raise ApiProblem(404)
        if body and world.habits.refuses_body:
            raise wrong_field("non_field_errors", "No data is expected.")
        chat_type = read_choice(body, "chat_type", _CHAT_TYPES) or "visitor"
        users, is_over = self._read_users(body), read_flag(body, "is_ended")
        recent = self._find_recent(visitor, room)
        if recent and read_query_flag(request.args, "auto_resume"):
            world.annotate("resumes a chat")
            return world.shapes.public_chat(recent), 200
        self._check_online(room, chat_type)
        chat = world.happenings.open_chat(room, visitor, chat_type, users)
        if is_over:
            world.happenings.end(chat)
        world.annotate(f"opens a chat ({chat_type})")
        return world.shapes.public_chat(chat), 201

    def list_chats(self, visitor: Visitor) -> Answer:
        own = [chat for chat in self._world.chats.values() if chat.visitor is visitor]
        return show_page(self._world, own, self._world.shapes.public_chat)

    def show(self, visitor: Visitor, chat_id: str) -> Answer:
        return self._world.shapes.public_chat(self._find(visitor, chat_id))

    def change(self, visitor: Visitor, chat_id: str) -> Answer:
        chat = self._find(visitor, chat_id)
        change_chat(self._world, chat)
        return self._world.shapes.public_chat(chat)

    def _find(self, visitor: Visitor, chat_id: str) -> Chat:
        chat = self._world.chats.get(chat_id)
        if chat is None or chat.visitor is not visitor:
            raise ApiProblem(404)
        return chat

    def _find_recent(self, visitor: Visitor, room: Room) -> Chat | None:
        chats = (chat for chat in self._world.chats.values() if chat.visitor is visitor and chat.room is room)
        return next((chat for chat in reversed(list(chats)) if not chat.is_ended), None)

    def _read_users(self, body: Json) -> list[Agent]:
        ids = body.get("user_member_ids") or []
        try:
            return [self._world.find_agent(agent_id) for agent_id in ids]
        except (KeyError, TypeError):
            raise wrong_field("user_member_ids", "Invalid users.") from None

    def _check_online(self, room: Room, chat_type: ChatType) -> None:
        """Giosg: a visitor can start a chat only while the room is online. Its own messengers can at any time."""
        if self._world.is_room_online(room):
            return
        if chat_type != "external" or not self._world.habits.external_while_offline:
            raise detailed(403, "The room is offline.")

    # --- messages ----------------------------------------------------------------------------------------------------

    def list_messages(self, visitor: Visitor, chat_id: str) -> Answer:
        chat, shapes = self._find(visitor, chat_id), self._world.shapes
        return show_page(self._world, chat.messages, lambda message: shapes.public_message(chat, message))

    def write(self, visitor: Visitor, chat_id: str) -> Answer:
        world, chat = self._world, self._find(visitor, chat_id)
        refuse_ended(world, chat)
        post = read_post(chat, read_body(), takes_actions=not world.habits.refuses_actions)
        message = world.happenings.write(chat, "visitor", visitor.id, post.text, kind=post.kind, response=post.response)
        world.annotate(f"visitor's {post.kind}")
        return world.shapes.public_message(chat, message), 201

    # --- members -----------------------------------------------------------------------------------------------------

    def list_members(self, visitor: Visitor, chat_id: str) -> Answer:
        chat, shapes = self._find(visitor, chat_id), self._world.shapes
        return show_page(self._world, list(chat.members.values()), lambda member: shapes.public_member(chat, member))

    def change_membership(self, visitor: Visitor, chat_id: str) -> Answer:
        world, chat = self._world, self._find(visitor, chat_id)
        refuse_ended(world, chat)
        body, member = read_body(), chat.members[visitor.id]
        participates = read_flag(body, "is_participating")
        status = read_choice(body, "composing_status", _COMPOSING)
        if participates is not None:
            world.happenings.participate(chat, member, on=participates)
        if status:
            world.happenings.compose(chat, member, status)
        return world.shapes.public_member(chat, member)


def change_chat(world: World, chat: Chat) -> None:
    """Ends the chat if the request says so. Giosg: that "immediately and permanently locks the chat"."""
    is_ended = read_flag(read_body(), "is_ended")
    if is_ended is None or is_ended == chat.is_ended:
        return
    refuse_ended(world, chat)
    world.happenings.end(chat)


def refuse_ended(world: World, chat: Chat) -> None:
    """Raises ApiProblem. Giosg: messages and members of an ended chat cannot be altered."""
    if chat.is_ended:
        raise detailed(world.habits.ended_status, "The chat has ended.")
