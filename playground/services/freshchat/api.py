"""The routes of the API, version 2."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response, request

from playground.services.freshchat.actions import Actions
from playground.services.freshchat.auth import Answer, Auth
from playground.services.freshchat.bodies import (
    ConversationBody,
    MessageBody,
    UserBody,
    check_parts,
    read_body,
)
from playground.services.freshchat.errors import ApiError, invalid
from playground.services.freshchat.paging import read_paging, read_time, show_page
from playground.services.freshchat.records import Conversation, Message, User
from playground.services.freshchat.serializers import (
    Json,
    Serializers,
    show_agent,
    show_channel,
    show_group,
    show_user,
)
from playground.services.freshchat.state import State

_USER_FILTERS = ("reference_id", "email", "phone", "first_name")


class Routes:
    """Answers API calls."""

    def __init__(self, state: State, auth: Auth, serializers: Serializers, actions: Actions) -> None:
        self._state = state
        self._serializers = serializers
        self._actions = actions
        for method, path, answer in (
            ("GET", "/accounts/configuration", self.show_configuration),
            ("GET", "/channels", self.list_channels),
            ("GET", "/groups", self.list_groups),
            ("GET", "/agents", self.list_agents),
            ("GET", "/agents/<agent_id>", self.show_agent),
            ("GET", "/users", self.list_users),
            ("POST", "/users", self.create_user),
            ("GET", "/users/<user_id>", self.show_user),
            ("PUT", "/users/<user_id>", self.change_user),
            ("GET", "/users/<user_id>/conversations", self.list_conversations),
            ("POST", "/conversations", self.create_conversation),
            ("GET", "/conversations/<conversation_id>", self.show_conversation),
            ("GET", "/conversations/<conversation_id>/messages", self.list_messages),
            ("POST", "/conversations/<conversation_id>/messages", self.create_message),
        ):
            state.app.add_url_rule(f"/v2{path}", f"{method} {path}", auth.guard(answer), methods=[method])

    # --- the account -------------------------------------------------------------------------------------------------

    def show_configuration(self) -> Answer:
        return {
            "app_id": self._state.app_id,
            "account_id": "1700000000000000001",
            "datacenter": "US",
            "account_domain": "demo.freshchat.com",
            "plan_type": "PRO",
        }

    def list_channels(self) -> Answer:
        return show_page("channels", [show_channel(channel) for channel in self._state.channels])

    def list_groups(self) -> Answer:
        return show_page("groups", [show_group(group) for group in self._state.groups])

    def list_agents(self) -> Answer:
        return show_page("agents", [show_agent(agent) for agent in self._state.agents if not agent.bot])

    def show_agent(self, agent_id: str) -> Answer:
        agent = self._state.agent(agent_id)
        if agent is None or agent.bot:
            raise ApiError(404, "AGENT_NOT_FOUND", "agent not found")
        return show_agent(agent)

    # --- users -------------------------------------------------------------------------------------------------------

    def list_users(self) -> Answer:
        wanted = {name: request.args[name] for name in _USER_FILTERS if name in request.args}
        if not wanted:
            raise invalid("at least one filter is needed")
        found = [
            show_user(user)
            for user in self._state.users
            if all(user.profile.get(name) == value for name, value in wanted.items())
        ]
        return show_page("users", found, most=10)

    def create_user(self) -> Answer:
        body = read_body(UserBody)
        self._check_properties(body)
        if not body.profile():
            raise invalid("payload not valid: no field given")
        user = self._actions.create_user(body.profile())
        if self._state.quirks.take_race():
            raise ApiError(409, "CONFLICT", "another request is creating this user")
        self._state.annotate("creates a user")
        return show_user(user)

    def show_user(self, user_id: str) -> Answer:
        if request.args.get("system_user") == "true":
            bot = self._state.agent(user_id)
            if bot is None or not bot.bot:
                raise ApiError(404, "USER_NOT_FOUND", "user not found")
            return show_agent(bot)
        return show_user(self._user(user_id))

    def change_user(self, user_id: str) -> Answer:
        user = self._user(user_id)
        body = read_body(UserBody)
        self._check_properties(body)
        self._actions.change_user(user, body.profile())
        return Response(status=200)

    def list_conversations(self, user_id: str) -> Answer:
        found = self._state.conversations_of(self._user(user_id))
        if self._state.quirks.oldest_first:
            found.reverse()
        return {"conversations": [{"id": self._serializers.conversation_id(one)} for one in found]}

    def _user(self, user_id: str) -> User:
        user = self._state.user(user_id)
        if user is None:
            raise ApiError(404, "USER_NOT_FOUND", "user not found")
        return user

    def _check_properties(self, body: UserBody) -> None:
        known = self._state.quirks.known_properties
        if known is not None and any(item.name not in known for item in body.properties or ()):
            raise invalid("payload not valid: unknown property")

    # --- conversations -----------------------------------------------------------------------------------------------

    def create_conversation(self) -> Answer:
        body = read_body(ConversationBody)
        state = self._state
        channel = state.channel(body.channel_id)
        user = state.user(body.users[0].id)
        if channel is None or user is None:
            raise ApiError(404, "NOT_FOUND", "channel or user not found")
        for message in body.messages:
            self._check_message(message, user)
        conversation = self._actions.create_conversation(user, channel, body.assigned_group_id or "")
        made = [self._make_message(conversation, message) for message in body.messages]
        state.annotate("opens a conversation")
        answer = self._serializers.conversation(conversation)
        del answer["freshchat_conversation_id"]  # it is known a little later
        return {**answer, "messages": [self._serializers.message(conversation, message) for message in made]}

    def show_conversation(self, conversation_id: str) -> Answer:
        return self._serializers.conversation(self._conversation(conversation_id))

    def _conversation(self, conversation_id: str) -> Conversation:
        conversation = self._state.conversation(conversation_id)
        if conversation is None:
            raise ApiError(404, "CONVERSATION_NOT_FOUND", "conversation not found")
        return conversation

    # --- messages ----------------------------------------------------------------------------------------------------

    def create_message(self, conversation_id: str) -> Answer:
        conversation = self._conversation(conversation_id)
        body = read_body(MessageBody)
        self._check_message(body, conversation.user)
        if body.actor_type == "user":
            self._actions.accept_customer(conversation)
        message = self._make_message(conversation, body)
        self._state.annotate("private note" if message.message_type == "private" else f"{message.actor_type} message")
        if self._state.quirks.answers_202:
            return Response("{}", 202, content_type="application/json")
        return self._serializers.message(conversation, message)

    def list_messages(self, conversation_id: str) -> Answer:
        conversation = self._conversation(conversation_id)
        page, size = read_paging(most=50)
        since = read_time(request.args.get("from_time"))
        found = [one for one in reversed(conversation.messages) if since is None or one.created_at >= since]
        shown = found[(page - 1) * size : page * size]
        answer: Json = {"messages": [self._serializers.message(conversation, one) for one in shown]}
        if page * size < len(found):
            query = f"page={page + 1}&items_per_page={size}"
            query += f"&from_time={request.args['from_time']}" if since else ""
            answer["link"] = {"href": f"/v2/conversations/{conversation_id}/messages?{query}"}
        return answer

    def _check_message(self, body: MessageBody, user: User) -> None:
        check_parts(body.message_parts)
        if body.actor_type == "user" and body.actor_id != user.id:
            raise invalid("the actor is no member of the conversation")
        if body.actor_type == "user" and body.message_type == "private":
            raise invalid("users write no private messages")
        if body.actor_type == "agent" and self._state.agent(body.actor_id or "") is None:
            raise invalid("the agent is not known")
        if body.actor_type in self._state.quirks.mute_actors:
            raise invalid(f"{body.actor_type} may not write")
        self._check_files(body.message_parts)

    def _check_files(self, parts: Sequence[Json]) -> None:
        state = self._state
        for part in parts:
            if part.get("image") and state.quirks.take_unreadable_image():
                raise invalid("IMAGE_EMPTY_CONTENT")
            file_hash = (part.get("file") or {}).get("file_hash")
            if file_hash and file_hash not in state.files:
                raise invalid("the file hash is not known")

    def _make_message(self, conversation: Conversation, body: MessageBody) -> Message:
        parts = [self._keep(part) for part in body.message_parts]
        actor = (body.actor_type, body.actor_id or self._state.system_id)
        message_type = body.message_type or "normal"
        return self._actions.write(conversation, actor, parts, message_type, "api")

    def _keep(self, part: Json) -> Json:
        """The part as Freshchat keeps it: an uploaded file gets its address."""
        file = part.get("file")
        if not file or not file.get("file_hash"):
            return part
        return {"file": {**file, "url": self._state.file_url(file["file_hash"])}}
