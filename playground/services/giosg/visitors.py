"""Visitors: who they are, in which room, and whether anybody is there for them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from playground.services.giosg.gate import Answer
from playground.services.giosg.problems import ApiProblem, need_text, read_body, read_count, read_text, wrong_field
from playground.services.giosg.records import Json, Room, RoomVisitor, Visitor

if TYPE_CHECKING:
    from playground.services.giosg.world import World

_VISITOR_ID = re.compile(r"[0-9a-f]{32}")
_USUAL_PRESENCE = 60


class VisitorRoutes:
    def __init__(self, world: World) -> None:
        self._world = world
        gate, room = world.gate, "/orgs/<org_id>/rooms/<room_id>"
        gate.add_open("POST", "/public/orgs/<org_id>/auth", self.authenticate)
        gate.add_public("GET", room, self.show_room)
        gate.add_public("GET", f"{room}/online_users", self.list_online_users)
        gate.add_public("POST", f"{room}/visitors", self.enter_room)
        gate.add_public("PUT|PATCH", f"{room}/visitors/<visitor_id>", self.refresh_presence)

    def authenticate(self) -> Answer:
        """Without a secret a visitor is made. Who presents one is the visitor that it belongs to."""
        world = self._world
        secret = read_text(read_body(), "visitor_secret_id")
        visitor = next((one for one in world.visitors.values() if one.secret == secret), None)
        if visitor is None:
            if secret and world.habits.unknown_secret == "refused":
                raise wrong_field("visitor_secret_id", "Invalid visitor secret.")
            visitor = world.make_visitor()
            world.annotate("new visitor")
        life = world.habits.token_life
        shown: Json = {
            "visitor_id": visitor.id,
            "visitor_secret_id": visitor.secret,
            "organization_id": world.organization,
            "socket_url": "https://messagerouter.giosg.example/003/2/router",
            "access_token": world.make_token(visitor),
            "expires_at": world.shapes.time(world.timeline.now() + timedelta(seconds=life)),
            "expires_in": life,
            "minimal_bar_version": 3,
        }
        return shown, world.habits.auth_status

    def enter_room(self, visitor: Visitor, room_id: str) -> Answer:
        room = self._world.api_room(room_id)
        body = read_body()
        visitor_id = need_text(body, "id")
        if not _VISITOR_ID.fullmatch(visitor_id):
            raise wrong_field("id", "Enter a valid visitor id.")
        if visitor_id != visitor.id:
            raise ApiProblem(403)
        is_new = visitor_id not in room.visitors
        return self._stay(room, visitor, read_count(body, "presence_expires_in")), 201 if is_new else 200

    def refresh_presence(self, visitor: Visitor, room_id: str) -> Answer:
        room = self._world.api_room(room_id)
        if visitor.id not in room.visitors:
            raise ApiProblem(404)
        return self._stay(room, visitor, read_count(read_body(), "presence_expires_in"))

    def _stay(self, room: Room, visitor: Visitor, seconds: int | None) -> Json:
        seconds = seconds or _USUAL_PRESENCE
        until = self._world.timeline.now() + timedelta(seconds=seconds)
        room.visitors.setdefault(visitor.id, RoomVisitor(present_until=until)).present_until = until
        return {"id": visitor.id, "room_id": room.id, "presence_expires_in": seconds}

    def show_room(self, visitor: Visitor, room_id: str) -> Answer:  # noqa: ARG002  (any visitor may look)
        return self._world.shapes.public_room(self._world.api_room(room_id))

    def list_online_users(self, visitor: Visitor, room_id: str) -> Answer:  # noqa: ARG002
        world = self._world
        users = [world.shapes.public_user(agent) for agent in world.online_agents(world.api_room(room_id))]
        return {"next": None, "previous": None, "results": users} if world.habits.users_paginated else users
