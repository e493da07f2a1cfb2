"""The workspace API about the workspace itself: its owner, its bot, its agents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from playground.services.uchat.demo import OWNER_EMAIL
from playground.services.uchat.gate import Answer
from playground.services.uchat.records import Agent, Json, Workspace
from playground.services.uchat.validation import Query, read_query

if TYPE_CHECKING:
    from playground.services.uchat.world import World

_OWNER = 7000


class Paging(Query):
    limit: Annotated[int, Field(ge=1, le=100)] = 10
    page: Annotated[int, Field(ge=1, le=1000)] = 1

    def cut(self, found: list[Json]) -> Json:
        start = (self.page - 1) * self.limit
        return {"data": found[start : start + self.limit]}


class FlowsQuery(Paging):
    name: str = ""
    type: str = ""


class AgentsQuery(Paging):
    name: str = ""
    role: Literal["owner", "admin", "member", "agent"] | None = None


class TeamRoutes:
    def __init__(self, world: World) -> None:
        for path, answer in (
            ("me", self.show_me),
            ("team-info", self.show_team),
            ("team-flows", self.list_flows),
            ("flow/agents", self.list_agents),
        ):
            world.gate.add("GET", f"/api/{path}", answer)

    def show_me(self, workspace: Workspace) -> Answer:
        return {"id": _OWNER, "name": f"Owner of {workspace.name}", "email": OWNER_EMAIL}

    def show_team(self, workspace: Workspace) -> Answer:
        shown = {"id": int(workspace.id), "name": workspace.name, "image": None}
        return {"status": "ok", "data": {**shown, "owner_id": _OWNER, "owner_email": OWNER_EMAIL}}

    def list_flows(self, workspace: Workspace) -> Answer:
        query = read_query(FlowsQuery)
        flow = {"name": workspace.name, "flow_ns": workspace.flow_ns, "type": "apichat", "linked_label": "Api Chat"}
        wanted = query.name.casefold() in workspace.name.casefold() and query.type in {"", "apichat"}
        return query.cut([flow] if wanted else [])

    def list_agents(self, workspace: Workspace) -> Answer:
        query = read_query(AgentsQuery)
        found = [one for one in workspace.agents if query.name.casefold() in one.name.casefold()]
        return query.cut([_show_agent(one) for one in found if query.role in {None, one.role}])


def _show_agent(agent: Agent) -> Json:
    return {
        "id": agent.id,
        "name": agent.name,
        "email": agent.email,
        "image": None,
        "role": agent.role,
        "is_online": agent.online,
    }
