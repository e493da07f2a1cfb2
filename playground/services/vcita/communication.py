"""The communication API (VCS): channels, sessions, messages and typing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from flask import request

from playground.services.vcita.bodies import (
    ChannelBody,
    ChannelChange,
    MessageBody,
    SessionBody,
    SessionChange,
    StatusBody,
    TypingBody,
    read_body,
)
from playground.services.vcita.envelopes import ApiProblem
from playground.services.vcita.gate import Answer
from playground.services.vcita.happenings import TYPING_LASTS
from playground.services.vcita.records import BASIC_STATUSES, Channel, Client, Json, Line, Session, Token

if TYPE_CHECKING:
    from playground.services.vcita.world import World

_PREFIX = "/business/communication"


class CommunicationRoutes:
    """vcita: the app is known by the token alone, no body names it."""

    def __init__(self, world: World) -> None:
        self._world = world
        for method, path, answer in (
            ("POST", "/channels", self.create_channel),
            ("PUT", "/channels/<uid>", self.change_channel),
            ("DELETE", "/channels/<uid>", self.delete_channel),
            ("POST", "/sessions", self.create_session),
            ("GET", "/sessions", self.list_sessions),
            ("PUT", "/sessions/<uid>", self.change_session),
            ("DELETE", "/sessions/<uid>", self.delete_session),
            ("POST", "/sessions/typing", self.take_typing),
            ("POST", "/messages", self.create_message),
            ("PUT", "/messages/<path:uid>", self.change_message),
        ):
            view = world.gate.guard(self._below_prefix(answer))
            world.app.add_url_rule(f"/<path:prefix>{path}", f"communication {method} {path}", view, methods=[method])

    def _below_prefix(self, answer: Callable[..., Json]) -> Callable[..., Answer]:
        """vcita's API description has no version in the path, its guide has one."""

        def answer_below(token: Token, prefix: str, **steps: str) -> Answer:
            if f"/{prefix}" not in {_PREFIX, f"{_PREFIX}/v1", self._world.api_prefix}:
                raise ApiProblem(404, "invalid", "Not Found")
            data = answer(token, **steps)
            created = request.method == "POST" and not request.path.endswith("/typing")
            return {"success": True, "data": data}, 201 if created else 200

        return answer_below

    # --- channels ----------------------------------------------------------------------------------------------------

    def create_channel(self, token: Token) -> Json:
        body = read_body(ChannelBody, 400)
        business = self._world.gate.check_business(token, body.business_uid)
        channel = Channel(
            uid=self._world.make_uuid(),
            core_uid=self._world.make_uid(),
            business=business,
            app=token.app,
            type=body.type,
            display_name=body.display_name,
            open_channel=token.app is not None and token.app.open_channel,
        )
        shown = channel.show()
        self._world.happenings.add_channel(channel)
        self._world.annotate("creates a channel")
        return {"channel": shown}

    def change_channel(self, token: Token, uid: str) -> Json:
        channel = self._channel(token, uid)
        body = read_body(ChannelChange, 422)
        if channel.status in {"blocked", "error"}:
            raise ApiProblem(422, "invalid", f"the channel is {channel.status}", "status")
        if body.status and channel.status not in {body.status, "pending"}:
            self._world.happenings.change_channel(channel, body.status, at_once=self._world.habits.early_webhooks)
        if body.display_name is not None:
            channel.display_name = body.display_name
        if body.open_channel is not None:
            channel.open_channel = body.open_channel
        return {"channel": channel.show()}

    def delete_channel(self, token: Token, uid: str) -> Json:
        channel = self._channel(token, uid)
        self._world.happenings.change_channel(channel, "deleted", at_once=self._world.habits.early_webhooks)
        return {}

    # --- sessions ----------------------------------------------------------------------------------------------------

    def create_session(self, token: Token) -> Json:
        body = read_body(SessionBody, 400)
        business = self._world.gate.check_business(token, body.business_uid)
        channel = self._active_channel(token, body.channel_uid)
        client = self._world.client(body.contact_uid, business)
        if channel.business is not business or client is None:
            raise ApiProblem(422, "invalid", "the contact is not known", "contact_uid")
        for other in self._world.sessions:
            same = other.client is client or other.external_uid == body.external_uid
            if other.channel is channel and same and not other.is_gone:
                raise ApiProblem(422, self._world.habits.exists_code, "Session already exist")
        uid = self._world.make_uuid()
        session = Session(uid=uid, channel=channel, client=client, external_uid=body.external_uid)
        shown = session.show()
        self._world.happenings.add_session(session)
        self._world.annotate("creates a session")
        return {"session": shown}

    def list_sessions(self, token: Token) -> Json:
        channel_uid, business_uid = self._filter("channel_uid"), self._filter("business_uid")
        for name, value in {"channel_uid": channel_uid, "business_uid": business_uid}.items():
            if not value:
                raise ApiProblem(400, "missing_field", f"{name} should not be empty", name)
        business, channel = self._world.gate.check_business(token, business_uid), self._world.channel(channel_uid)
        contact = self._filter("contact_uid")
        found = [
            session.show()
            for session in self._world.sessions
            if session.channel is channel and channel.business is business and not session.is_gone
            if not contact or contact in {session.client.uid, session.client.matter_uid}
        ]
        return {"sessions": found}

    def _filter(self, name: str) -> str:
        """vcita's description of this call gives plain parameters, and says that they are nested."""
        return request.args.get(name if self._world.habits.plain_filters else f"filter[{name}]", "")

    def change_session(self, token: Token, uid: str) -> Json:
        session = self._session(token, uid)
        wanted = read_body(SessionChange, 422).status
        if wanted == "active":
            if session.channel.status != "active":
                raise ApiProblem(422, "invalid", "the channel is not active", "status")
            if session.status == "active" and self._world.habits.refuses_active:
                raise ApiProblem(422, "invalid", "the session is already active", "status")
        shown = session.show()
        self._world.happenings.request_session(session, wanted)
        self._world.annotate(f"wants the session {wanted}")
        return {"session": shown}

    def delete_session(self, token: Token, uid: str) -> Json:
        session = self._session(token, uid)
        self._world.happenings.change_session(session, "deleted", at_once=self._world.habits.early_webhooks)
        return {}

    def take_typing(self, token: Token) -> Json:
        body = read_body(TypingBody, 422)
        session = next((one for one in self._world.sessions if one.uid == body.session_uid), None)
        if session is None or not self._is_own(token, session.channel) or session.status != "active":
            raise ApiProblem(422, "invalid", "the session is not active", "session_uid")
        session.client.typing_until = self._world.timeline.now() + TYPING_LASTS if body.typing else None
        return {}

    # --- messages ----------------------------------------------------------------------------------------------------

    def create_message(self, token: Token) -> Json:
        body = read_body(MessageBody, 400)
        channel = self._active_channel(token, body.channel_uid)
        session = self._find_session(channel, body)
        client = session.client if session else self._open_client(channel, body)
        if self._world.find_line(channel, body.message_uid, pushed=True):
            raise ApiProblem(422, self._world.habits.exists_code, "Message already exists", "message_uid")
        line = self._make_line(channel, body)
        shown = {"uid": line.message_uid, "status": line.status}
        self._world.happenings.add_pushed(client, line, session)
        self._world.annotate("message")
        return {"message": shown}

    def _find_session(self, channel: Channel, body: MessageBody) -> Session | None:
        """None where the channel is open and needs none. Raises ApiProblem."""
        for session in self._world.sessions:
            if session.channel is channel and session.external_uid == body.external_uid and not session.is_gone:
                if body.contact_uid not in {None, session.client.uid, session.client.matter_uid}:
                    raise ApiProblem(422, "invalid", "the session is another contact's", "contact_uid")
                if session.status == "active" or channel.open_channel:
                    return session
        if channel.open_channel:
            return None
        raise ApiProblem(422, "invalid", "there is no active session", "external_uid")

    def _open_client(self, channel: Channel, body: MessageBody) -> Client:
        client = self._world.client(body.contact_uid or "", channel.business)
        if client is None:
            raise ApiProblem(422, "invalid", "the contact is not known", "contact_uid")
        return client

    def _make_line(self, channel: Channel, body: MessageBody) -> Line:
        at = self._world.timeline.now()
        if body.created_at:
            at = datetime.strptime(body.created_at, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
        uid = self._world.make_uid()
        return Line(
            uid=uid,
            message_uid=self._world.make_uuid() if self._world.habits.own_message_uids else body.message_uid,
            author="customer" if body.direction == "client_to_business" else "agent",
            at=at,
            text=body.message,
            pushed_uid=body.message_uid,
            channel=channel,
            attachments=body.attachments,
        )

    def change_message(self, token: Token, uid: str) -> Json:
        body = read_body(StatusBody, 422)
        channel = self._world.channel(body.channel_uid)
        known = channel is not None and self._is_own(token, channel)
        line = self._world.find_line(channel, uid, pushed=False) if channel and known else None
        if line is None:
            raise ApiProblem(404, "invalid", "Message not found")
        if self._world.habits.basic_statuses and body.status not in BASIC_STATUSES:
            raise ApiProblem(422, "invalid", "status must be one of pending, received, read, error", "status")
        line.status = body.status
        line.reported.append(body.status)
        self._world.annotate(f"status {body.status}")
        return {}

    # --- whose it is -------------------------------------------------------------------------------------------------

    def _is_own(self, token: Token, channel: Channel) -> bool:
        return channel.app is token.app and token.covers(channel.business) and channel.status != "deleted"

    def _channel(self, token: Token, uid: str) -> Channel:
        channel = self._world.channel(uid)
        if channel is None or not self._is_own(token, channel):
            raise ApiProblem(404, "invalid", "Channel not found")
        return channel

    def _active_channel(self, token: Token, uid: str) -> Channel:
        channel = self._world.channel(uid)
        if channel is None or not self._is_own(token, channel) or channel.status != "active":
            raise ApiProblem(422, "invalid", "the channel is not active", "channel_uid")
        return channel

    def _session(self, token: Token, uid: str) -> Session:
        for session in self._world.sessions:
            if session.uid == uid and not session.is_gone and self._is_own(token, session.channel):
                return session
        raise ApiProblem(404, "invalid", "Session not found")
