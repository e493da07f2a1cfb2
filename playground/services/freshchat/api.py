"""The routes of the API, version 2."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flask import Response, make_response, request

from playground.services.freshchat.bodies import (
    ApiProblem,
    ConversationBody,
    ConversationChange,
    MessageBody,
    UserBody,
    check_parts,
    read_body,
)
from playground.services.freshchat.files import Files
from playground.services.freshchat.paging import describe_problem, read_paging, read_time, show_page
from playground.services.freshchat.records import Conversation, Message, User, format_time

if TYPE_CHECKING:
    from playground.services.freshchat.world import World

_USER_FILTERS = ("reference_id", "email", "phone", "first_name")


Answer = dict[str, Any] | Response


class Routes:
    """Answers API calls. Every answer is made under the world's lock."""

    def __init__(self, world: World) -> None:
        self._world = world
        app, files = world.app, Files(world)
        app.register_error_handler(ApiProblem, describe_problem)
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
            ("PUT", "/conversations/<conversation_id>", self.change_conversation),
            ("GET", "/conversations/<conversation_id>/messages", self.list_messages),
            ("POST", "/conversations/<conversation_id>/messages", self.create_message),
            ("POST", "/images/upload", files.upload_image),
            ("POST", "/files/upload", files.upload_file),
        ):
            app.add_url_rule(f"/v2{path}", f"{method} {path}", self._guard(answer), methods=[method])
        app.add_url_rule("/files/<key>/<path:name>", "file", files.serve_file, methods=["GET"])

    def _guard(self, answer: Callable[..., Answer]) -> Callable[..., Response]:
        def answer_guarded(**steps: str) -> Response:
            self._world.authenticate()
            with self._world.lock:
                response: Response = make_response(answer(**steps))
            return response

        return answer_guarded

    # --- the account -------------------------------------------------------------------------------------------------

    def show_configuration(self) -> Answer:
        return {
            "app_id": self._world.app_id,
            "account_id": "1700000000000000001",
            "datacenter": "US",
            "account_domain": "demo.freshchat.com",
            "plan_type": "PRO",
        }

    def list_channels(self) -> Answer:
        return show_page("channels", [channel.show() for channel in self._world.account.channels])

    def list_groups(self) -> Answer:
        return show_page("groups", [group.show() for group in self._world.account.groups])

    def list_agents(self) -> Answer:
        return show_page("agents", [agent.show() for agent in self._world.account.agents if not agent.bot])

    def show_agent(self, agent_id: str) -> Answer:
        agent = self._world.account.agent(agent_id)
        if agent is None or agent.bot:
            raise ApiProblem(404, "AGENT_NOT_FOUND", "agent not found")
        return agent.show()

    # --- users -------------------------------------------------------------------------------------------------------

    def list_users(self) -> Answer:
        wanted = {name: request.args[name] for name in _USER_FILTERS if name in request.args}
        if not wanted:
            raise ApiProblem(400, "INVALID_VALUE", "at least one filter is needed")
        found = [
            user.show()
            for user in self._world.account.users
            if all(user.profile.get(name) == value for name, value in wanted.items())
        ]
        return show_page("users", found, most=10)

    def create_user(self) -> Answer:
        body = read_body(UserBody)
        self._check_properties(body)
        if not body.profile():
            raise ApiProblem(400, "INVALID_VALUE", "payload not valid: no field given")
        user = self._world.make_user(body.profile())
        if self._world.take_race():
            raise ApiProblem(409, "CONFLICT", "another request is creating this user")
        self._world.annotate("creates a user")
        return user.show()

    def show_user(self, user_id: str) -> Answer:
        if request.args.get("system_user") == "true":
            bot = self._world.account.agent(user_id)
            if bot is None or not bot.bot:
                raise ApiProblem(404, "USER_NOT_FOUND", "user not found")
            return bot.show()
        return self._user(user_id).show()

    def change_user(self, user_id: str) -> Answer:
        user = self._user(user_id)
        body = read_body(UserBody)
        self._check_properties(body)
        user.profile.update(body.profile())
        user.updated_at = self._world.timeline.now()
        return Response(status=200)

    def list_conversations(self, user_id: str) -> Answer:
        found = self._world.account.conversations_of(self._user(user_id))
        if self._world.oldest_first:
            found.reverse()
        return {"conversations": [{"id": self._world.teller.spell(one.id)} for one in found]}

    def _user(self, user_id: str) -> User:
        user = self._world.account.user(user_id)
        if user is None:
            raise ApiProblem(404, "USER_NOT_FOUND", "user not found")
        return user

    def _check_properties(self, body: UserBody) -> None:
        known = self._world.known_properties
        if known is not None and any(item.name not in known for item in body.properties or ()):
            raise ApiProblem(400, "INVALID_VALUE", "payload not valid: unknown property")

    # --- conversations -----------------------------------------------------------------------------------------------

    def create_conversation(self) -> Answer:
        body = read_body(ConversationBody)
        world = self._world
        channel = world.account.channel(body.channel_id)
        user = world.account.user(body.users[0].id)
        if channel is None or user is None:
            raise ApiProblem(404, "NOT_FOUND", "channel or user not found")
        for message in body.messages:
            self._check_message(message, user)
        conversation = world.make_conversation(user, channel, body.assigned_group_id or "")
        made = [self._make_message(conversation, message) for message in body.messages]
        world.annotate("opens a conversation")
        answer = self._show(conversation)
        if world.late_numbers:
            del answer["freshchat_conversation_id"]
        return {**answer, "messages": [world.teller.describe_message(conversation, message) for message in made]}

    def show_conversation(self, conversation_id: str) -> Answer:
        return self._show(self._conversation(conversation_id))

    def change_conversation(self, conversation_id: str) -> Answer:
        conversation = self._conversation(conversation_id)
        body = read_body(ConversationChange)
        agent_id = body.assigned_agent_id or conversation.agent
        if body.status == "resolved":
            self._world.resolve(conversation.id, agent_id)
        elif conversation.status == "resolved":
            self._world.reopen(conversation.id, agent_id)
        if body.assigned_agent_id:
            self._world.assign(conversation.id, body.assigned_agent_id)
        return self._show(conversation)

    def _show(self, conversation: Conversation) -> dict[str, Any]:
        return {
            "conversation_id": self._world.teller.spell(conversation.id),
            "freshchat_conversation_id": conversation.number,
            "app_id": self._world.app_id,
            "status": conversation.status,
            "channel_id": conversation.channel.id,
            "user_id": conversation.user.id,
            "assigned_agent_id": conversation.agent or None,
            "assigned_group_id": conversation.group or None,
            "created_time": format_time(conversation.created_at),
            "properties": {"priority": "Low"},
        }

    def _conversation(self, conversation_id: str) -> Conversation:
        conversation = self._world.account.conversation(conversation_id)
        if conversation is None:
            raise ApiProblem(404, "CONVERSATION_NOT_FOUND", "conversation not found")
        return conversation

    # --- messages ----------------------------------------------------------------------------------------------------

    def create_message(self, conversation_id: str) -> Answer:
        conversation = self._conversation(conversation_id)
        body = read_body(MessageBody)
        self._check_message(body, conversation.user)
        if body.actor_type == "user":
            self._world.accept_customer(conversation)
        message = self._make_message(conversation, body)
        self._world.annotate("private note" if message.message_type == "private" else f"{message.actor_type} message")
        if self._world.answers_202:
            return Response("{}", 202, content_type="application/json")
        return self._world.teller.describe_message(conversation, message)

    def list_messages(self, conversation_id: str) -> Answer:
        conversation = self._conversation(conversation_id)
        page, size = read_paging(most=50)
        since = read_time(request.args.get("from_time"))
        found = [one for one in reversed(conversation.messages) if since is None or one.created_at >= since]
        shown = found[(page - 1) * size : page * size]
        answer: dict[str, Any] = {"messages": [self._world.teller.describe_message(conversation, one) for one in shown]}
        if page * size < len(found):
            words = f"page={page + 1}&items_per_page={size}"
            words += f"&from_time={request.args['from_time']}" if since else ""
            answer["link"] = {"href": f"/v2/conversations/{conversation_id}/messages?{words}"}
        return answer

    def _check_message(self, body: MessageBody, user: User) -> None:
        check_parts(body.message_parts)
        check_parts(body.reply_parts or [])
        if body.actor_type == "user" and body.actor_id != user.id:
            raise ApiProblem(400, "INVALID_VALUE", "the actor is no member of the conversation")
        if body.actor_type == "user" and body.message_type == "private":
            raise ApiProblem(400, "INVALID_VALUE", "users write no private messages")
        if body.actor_type == "agent" and self._world.account.agent(body.actor_id or "") is None:
            raise ApiProblem(400, "INVALID_VALUE", "the agent is not known")
        if body.actor_type in self._world.mute_actors:
            raise ApiProblem(400, "INVALID_VALUE", f"{body.actor_type} may not write")
        self._check_files(body.message_parts)

    def _check_files(self, parts: Sequence[Mapping[str, Any]]) -> None:
        world = self._world
        for part in parts:
            if part.get("image") and world.take_unreadable_image():
                raise ApiProblem(400, "INVALID_VALUE", "IMAGE_EMPTY_CONTENT")
            file_hash = (part.get("file") or {}).get("file_hash")
            if file_hash and file_hash not in world.account.files:
                raise ApiProblem(400, "INVALID_VALUE", "the file hash is not known")

    def _make_message(self, conversation: Conversation, body: MessageBody) -> Message:
        return self._world.make_message(
            conversation,
            actor_type=body.actor_type,
            actor_id=body.actor_id or self._world.system_id,
            parts=[self._world.adopt(part) for part in body.message_parts],
            reply_parts=body.reply_parts or [],
            message_type=body.message_type or "normal",
            source="api",
        )
