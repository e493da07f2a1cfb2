"""The communication API (VCS): channels, sessions, messages and typing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from flask import request

from playground.services.vcita.actions import TYPING_LASTS, Actions
from playground.services.vcita.auth import Answer, Auth
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
from playground.services.vcita.errors import ApiError, wrong_token
from playground.services.vcita.records import BASIC_STATUSES, Channel, Json, Line, Session, Token
from playground.services.vcita.serializers import show_channel, show_session
from playground.services.vcita.state import State

_PREFIX = "/business/communication"


class CommunicationRoutes:
    """vcita: the app is known only by the token, no body names it."""

    def __init__(self, state: State, auth: Auth, actions: Actions) -> None:
        self._state = state
        self._auth = auth
        self._actions = actions
        for method, path, answer in (
            ("POST", "/channels", self.create_channel),
            ("PUT", "/channels/<uid>", self.change_channel),
            ("POST", "/sessions", self.create_session),
            ("GET", "/sessions", self.list_sessions),
            ("PUT", "/sessions/<uid>", self.change_session),
            ("POST", "/sessions/typing", self.take_typing),
            ("POST", "/messages", self.create_message),
            ("PUT", "/messages/<path:uid>", self.change_message),
        ):
            view = auth.guard(self._below_prefix(answer))
            state.app.add_url_rule(f"/<path:prefix>{path}", f"communication {method} {path}", view, methods=[method])

    def _below_prefix(self, answer: Callable[..., Json]) -> Callable[..., Answer]:
        """vcita's API description has no version in the path, its guide has one."""

        def answer_below(token: Token, prefix: str, **steps: str) -> Answer:
            if f"/{prefix}" not in {_PREFIX, f"{_PREFIX}/v1", self._state.api_prefix}:
                raise ApiError(404, "invalid", "Not Found")
            data = answer(token, **steps)
            created = request.method == "POST" and not request.path.endswith("/typing")
            return {"success": True, "data": data}, 201 if created else 200

        return answer_below

    # --- channels ----------------------------------------------------------------------------------------------------

    def create_channel(self, token: Token) -> Json:
        body = read_body(ChannelBody, 400)
        business = self._auth.check_business(token, body.business_uid)
        if token.app is None:
            raise wrong_token()
        uid = self._state.make_uuid()
        channel = Channel(uid=uid, business=business, app=token.app, type=body.type, display_name=body.display_name)
        shown = show_channel(channel)
        self._actions.add_channel(channel)
        self._state.annotate("creates a channel")
        return {"channel": shown}

    def change_channel(self, token: Token, uid: str) -> Json:
        channel = self._channel(token, uid)
        body = read_body(ChannelChange, 422)
        if channel.status in {"blocked", "error"}:
            raise ApiError(422, "invalid", f"the channel is {channel.status}", "status")
        if body.status and channel.status not in {body.status, "pending"}:
            self._actions.change_channel(channel, body.status, at_once=self._state.quirks.early_webhooks)
        if body.display_name is not None:
            channel.display_name = body.display_name
        return {"channel": show_channel(channel)}

    # --- sessions ----------------------------------------------------------------------------------------------------

    def create_session(self, token: Token) -> Json:
        body = read_body(SessionBody, 400)
        business = self._auth.check_business(token, body.business_uid)
        channel = self._active_channel(token, body.channel_uid)
        client = self._state.client(body.contact_uid, business)
        if channel.business is not business or client is None:
            raise ApiError(422, "invalid", "the contact is not known", "contact_uid")
        for other in self._state.sessions:
            same = other.client is client or other.external_uid == body.external_uid
            if other.channel is channel and same and not other.is_gone:
                raise ApiError(422, self._state.quirks.exists_code, "Session already exist")
        uid = self._state.make_uuid()
        session = Session(uid=uid, channel=channel, client=client, external_uid=body.external_uid)
        shown = show_session(session)
        self._actions.add_session(session)
        self._state.annotate("creates a session")
        return {"session": shown}

    def list_sessions(self, token: Token) -> Json:
        channel_uid, business_uid = self._filter("channel_uid"), self._filter("business_uid")
        for name, value in {"channel_uid": channel_uid, "business_uid": business_uid}.items():
            if not value:
                raise ApiError(400, "missing_field", f"{name} should not be empty", name)
        business, channel = self._auth.check_business(token, business_uid), self._state.channel(channel_uid)
        contact = self._filter("contact_uid")
        found = [
            show_session(session)
            for session in self._state.sessions
            if session.channel is channel and channel.business is business and not session.is_gone
            if not contact or contact in {session.client.uid, session.client.matter_uid}
        ]
        return {"sessions": found}

    def _filter(self, name: str) -> str:
        """vcita's description of this call gives plain parameters, and says that they are nested."""
        return request.args.get(name if self._state.quirks.plain_filters else f"filter[{name}]", "")

    def change_session(self, token: Token, uid: str) -> Json:
        session = self._session(token, uid)
        wanted = read_body(SessionChange, 422).status
        if wanted == "active":
            if session.channel.status != "active":
                raise ApiError(422, "invalid", "the channel is not active", "status")
            if session.status == "active" and self._state.quirks.refuses_active:
                raise ApiError(422, "invalid", "the session is already active", "status")
        shown = show_session(session)
        self._actions.request_session(session, wanted)
        self._state.annotate(f"wants the session {wanted}")
        return {"session": shown}

    def take_typing(self, token: Token) -> Json:
        body = read_body(TypingBody, 422)
        session = next((one for one in self._state.sessions if one.uid == body.session_uid), None)
        if session is None or not self._is_own(token, session.channel) or session.status != "active":
            raise ApiError(422, "invalid", "the session is not active", "session_uid")
        session.client.typing_until = self._state.timeline.now() + TYPING_LASTS if body.typing else None
        return {}

    # --- messages ----------------------------------------------------------------------------------------------------

    def create_message(self, token: Token) -> Json:
        body = read_body(MessageBody, 400)
        channel = self._active_channel(token, body.channel_uid)
        session = self._find_session(channel, body.external_uid)
        if self._state.find_line(channel, body.message_uid, pushed=True):
            raise ApiError(422, self._state.quirks.exists_code, "Message already exists", "message_uid")
        at = self._state.timeline.now()
        if body.created_at:
            at = datetime.strptime(body.created_at, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
        line = Line(
            uid=self._state.make_uid(),
            message_uid=self._state.make_uuid() if self._state.quirks.own_message_uids else body.message_uid,
            author="customer",
            at=at,
            text=body.message,
            pushed_uid=body.message_uid,
            channel=channel,
        )
        shown = {"uid": line.message_uid, "status": line.status}
        self._actions.add_pushed(session, line)
        self._state.annotate("message")
        return {"message": shown}

    def _find_session(self, channel: Channel, external_uid: str) -> Session:
        for session in self._state.sessions:
            if session.channel is channel and session.external_uid == external_uid and session.status == "active":
                return session
        raise ApiError(422, "invalid", "there is no active session", "external_uid")

    def change_message(self, token: Token, uid: str) -> Json:
        body = read_body(StatusBody, 422)
        channel = self._state.channel(body.channel_uid)
        known = channel is not None and self._is_own(token, channel)
        line = self._state.find_line(channel, uid, pushed=False) if channel and known else None
        if line is None:
            raise ApiError(404, "invalid", "Message not found")
        if self._state.quirks.basic_statuses and body.status not in BASIC_STATUSES:
            raise ApiError(422, "invalid", "status must be one of pending, received, read, error", "status")
        line.status = body.status
        line.reported.append(body.status)
        self._state.annotate(f"status {body.status}")
        return {}

    # --- whose it is -------------------------------------------------------------------------------------------------

    def _is_own(self, token: Token, channel: Channel) -> bool:
        return channel.app is token.app and token.covers(channel.business) and channel.status != "deleted"

    def _channel(self, token: Token, uid: str) -> Channel:
        channel = self._state.channel(uid)
        if channel is None or not self._is_own(token, channel):
            raise ApiError(404, "invalid", "Channel not found")
        return channel

    def _active_channel(self, token: Token, uid: str) -> Channel:
        channel = self._state.channel(uid)
        if channel is None or not self._is_own(token, channel) or channel.status != "active":
            raise ApiError(422, "invalid", "the channel is not active", "channel_uid")
        return channel

    def _session(self, token: Token, uid: str) -> Session:
        for session in self._state.sessions:
            if session.uid == uid and not session.is_gone and self._is_own(token, session.channel):
                return session
        raise ApiError(404, "invalid", "Session not found")
