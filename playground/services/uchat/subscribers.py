"""The workspace API about contacts, whom UChat calls subscribers or bot users."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from playground.services.uchat.errors import invalid, missing
from playground.services.uchat.gate import Answer
from playground.services.uchat.records import ChatStatus, Contact, Workspace
from playground.services.uchat.shapes import show_message, show_subscriber
from playground.services.uchat.team import Paging
from playground.services.uchat.validation import Body, Query, read_body, read_query

if TYPE_CHECKING:
    from playground.services.uchat.world import World

UserNs = Annotated[str, Field(pattern=r"^f\d+u\d+$")]
Flag = Literal["0", "1"]


class UserIdQuery(Query):
    user_id: Annotated[str, Field(min_length=1)]


class SubscribersQuery(Paging):
    is_channel: str = ""
    phone: str = ""
    email: str = ""
    name: str = ""


class MessagesQuery(Query):
    """Times are in Unix seconds. Without the flags, what the bot says, notes and system lines are left out."""

    user_ns: UserNs | None = None
    user_id: str = ""
    include_bot: Flag = "0"
    include_note: Flag = "0"
    include_system: Flag = "0"
    msg_type: str = ""
    start_time: int = 0
    end_time: int = 2**40
    limit: Annotated[int, Field(ge=1, le=100)] = 10


class UserBody(Body):
    user_ns: UserNs


class PauseBody(UserBody):
    minutes: Annotated[int, Field(ge=1)]


class MoveBody(UserBody):
    status: ChatStatus


class AssignBody(UserBody):
    agent_id: int


class ProfileBody(UserBody):
    first_name: str | None = None
    last_name: str | None = None
    name: str | None = None
    phone: str | None = None
    email: str | None = None
    gender: str | None = None
    image: str | None = None


class SubscriberRoutes:
    def __init__(self, world: World) -> None:
        self._world = world
        world.gate.add("GET", "/api/subscribers", self.list_all)
        for method, name, answer in (
            ("GET", "get-info-by-user-id", self.show),
            ("GET", "chat-messages", self.list_messages),
            ("PUT", "update", self.update),
            ("POST", "pause-bot", self.pause_bot),
            ("POST", "resume-bot", self.resume_bot),
            ("POST", "move-chat-to", self.move),
            ("POST", "assign-agent", self.assign),
            ("POST", "unassign-agent", self.unassign),
        ):
            world.gate.add(method, f"/api/subscriber/{name}", answer)

    # --- reading -----------------------------------------------------------------------------------------------------

    def list_all(self, workspace: Workspace) -> Answer:
        query = read_query(SubscribersQuery)
        found = [] if query.is_channel not in {"", "apichat"} else self._of(workspace)
        wanted = {"phone": query.phone, "email": query.email, "name": query.name}
        for field, value in wanted.items():
            found = [one for one in found if not value or one.profile.get(field) == value]
        return query.cut([show_subscriber(one) for one in found])

    def show(self, workspace: Workspace) -> Answer:
        return show_subscriber(self._find_user(workspace, read_query(UserIdQuery).user_id))

    def list_messages(self, workspace: Workspace) -> Answer:
        """The newest first."""
        query = read_query(MessagesQuery)
        if not query.user_ns and not query.user_id:
            raise invalid({"user_ns": ["The user ns field is required when user id is not present."]})
        contact = self._find(workspace, query.user_ns) if query.user_ns else self._find_user(workspace, query.user_id)
        flags = {"bot": query.include_bot, "note": query.include_note, "system": query.include_system}
        shown = [
            show_message(one)
            for one in reversed(contact.messages)
            if flags.get(one.author, "1") == "1"
            and query.msg_type in {"", one.content.kind}
            and query.start_time <= one.at.timestamp() <= query.end_time
        ]
        return {"data": shown[: query.limit]}

    # --- changing ----------------------------------------------------------------------------------------------------

    def update(self, workspace: Workspace) -> Answer:
        body = read_body(ProfileBody)
        contact = self._find(workspace, body.user_ns)
        contact.profile.update(body.model_dump(exclude_none=True, exclude={"user_ns"}))
        return show_subscriber(contact)

    def pause_bot(self, workspace: Workspace) -> Answer:
        body = read_body(PauseBody)
        self._world.pause(self._find(workspace, body.user_ns), body.minutes)
        return {"status": "ok"}

    def resume_bot(self, workspace: Workspace) -> Answer:
        self._find(workspace, read_body(UserBody).user_ns).paused_until = None
        return {"status": "ok"}

    def move(self, workspace: Workspace) -> Answer:
        body = read_body(MoveBody)
        self._find(workspace, body.user_ns).status = body.status
        return {"status": "ok"}

    def assign(self, workspace: Workspace) -> Answer:
        body = read_body(AssignBody)
        contact = self._find(workspace, body.user_ns)
        agent = next((one for one in workspace.agents if one.id == body.agent_id), None)
        if agent is None:
            raise invalid({"agent_id": ["The selected agent id is invalid."]})
        contact.agent = agent
        return {"status": "ok"}

    def unassign(self, workspace: Workspace) -> Answer:
        self._find(workspace, read_body(UserBody).user_ns).agent = None
        return {"status": "ok"}

    # --- finding -----------------------------------------------------------------------------------------------------

    def _of(self, workspace: Workspace) -> list[Contact]:
        return [one for one in self._world.contacts if one.workspace is workspace]

    def _find(self, workspace: Workspace, user_ns: str) -> Contact:
        found = next((one for one in self._of(workspace) if one.user_ns == user_ns), None)
        if found is None:
            raise missing("Chatbot\\BotUser")
        return found

    def _find_user(self, workspace: Workspace, user_id: str) -> Contact:
        found = self._world.find_sender(workspace, user_id)
        if found is None:
            raise missing("Chatbot\\BotUser")
        return found
