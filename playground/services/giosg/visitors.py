"""Visitors: who they are, and in which room."""

from __future__ import annotations

import base64
import json
import re
from datetime import timedelta

from playground.services.giosg.auth import Answer, Auth
from playground.services.giosg.bodies import need_text, read_body, read_count, read_text
from playground.services.giosg.errors import ApiError, wrong_field
from playground.services.giosg.records import Json, Room, RoomVisitor, Visitor, VisitorToken
from playground.services.giosg.serializers import Serializers
from playground.services.giosg.state import State

_VISITOR_ID = re.compile(r"[0-9a-f]{32}")
_USUAL_PRESENCE = 60


class VisitorRoutes:
    def __init__(self, state: State, auth: Auth, serializers: Serializers) -> None:
        self._state = state
        self._serializers = serializers
        room = "/orgs/<org_id>/rooms/<room_id>"
        auth.add_open("POST", "/public/orgs/<org_id>/auth", self.authenticate)
        auth.add_public("GET", room, self.show_room)
        auth.add_public("GET", f"{room}/online_users", self.list_online_users)
        auth.add_public("POST", f"{room}/visitors", self.enter_room)

    def authenticate(self) -> Answer:
        """Without a secret a visitor is made. A secret leads to the visitor that it belongs to."""
        state, life = self._state, self._state.quirks.token_life
        secret = read_text(read_body(), "visitor_secret_id")
        visitor = next((one for one in state.visitors.values() if one.secret == secret), None)
        if visitor is None:
            if secret and state.quirks.unknown_secret == "refused":
                raise wrong_field("visitor_secret_id", "Invalid visitor secret.")
            visitor = state.make_visitor()
            state.annotate("new visitor")
        token = self._make_token(visitor)
        shown: Json = {
            "visitor_id": visitor.id,
            "visitor_secret_id": visitor.secret,
            "organization_id": state.organization,
            "socket_url": "https://messagerouter.giosg.example/003/2/router",
            "access_token": token,
            "expires_at": self._serializers.time(state.visitor_tokens[token].expires_at),
            "expires_in": life,
            "minimal_bar_version": 3,
        }
        return shown, state.quirks.auth_status

    def _make_token(self, visitor: Visitor) -> str:
        """It looks like the JWT that visitors get; only Giosg can read anything in it."""
        state = self._state
        expires_at = state.timeline.now() + timedelta(seconds=state.quirks.token_life)
        claims = json.dumps({"sub": visitor.id, "exp": int(expires_at.timestamp())}, separators=(",", ":"))
        parts = (b'{"alg":"HS256","typ":"JWT"}', claims.encode(), state.random.randbytes(32))
        token = ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
        state.visitor_tokens[token] = VisitorToken(visitor=visitor, expires_at=expires_at)
        return token

    def enter_room(self, visitor: Visitor, room: Room) -> Answer:
        body = read_body()
        visitor_id = need_text(body, "id")
        if not _VISITOR_ID.fullmatch(visitor_id):
            raise wrong_field("id", "Enter a valid visitor id.")
        if visitor_id != visitor.id:
            raise ApiError(403)
        is_new = visitor_id not in room.visitors
        seconds = read_count(body, "presence_expires_in") or _USUAL_PRESENCE
        until = self._state.timeline.now() + timedelta(seconds=seconds)
        room.visitors.setdefault(visitor.id, RoomVisitor(present_until=until)).present_until = until
        return {"id": visitor.id, "room_id": room.id, "presence_expires_in": seconds}, 201 if is_new else 200

    def show_room(self, visitor: Visitor, room: Room) -> Answer:  # noqa: ARG002  (any visitor may look)
        return self._serializers.public_room(room)

    def list_online_users(self, visitor: Visitor, room: Room) -> Answer:  # noqa: ARG002
        users = [self._serializers.public_user(agent) for agent in self._state.online_agents]
        return {"next": None, "previous": None, "results": users} if self._state.quirks.users_paginated else users
