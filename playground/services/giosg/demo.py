"""The organization that is there from the start."""

from __future__ import annotations

from playground.services.giosg.records import Agent, Room

API_TOKEN = "9c1f5e7a2b8d4063" * 4
DEMO_ORGANIZATION = "7f9e9580-095b-42c7-838c-c04e667b26f7"
DEMO_ROOM = "9926bdfa-56e0-41e5-b98c-6c4008c08dfe"
WEB_ROOM = "30d2f1c4-7a55-4be1-9a0e-5b1c7d20e6aa"
DEMO_AGENT = "7c94ae79-a4b4-4eea-ac23-24c16f910080"
OTHER_AGENT = "a2c41b6e-0f3d-4c58-8d7b-91be7c50d3f4"
DEMO_BOT = "b07b07b0-3c1e-4d8a-9f42-6e5d4c3b2a10"


def make_agents() -> list[Agent]:
    """One has pressed "Start", the others have not."""
    return [
        Agent(id=DEMO_AGENT, first_name="Aino", last_name="Virtanen", public_name="Customer Service", online=True),
        Agent(id=OTHER_AGENT, first_name="Mikko", last_name="Lahti", public_name="Mikko"),
        Agent(id=DEMO_BOT, first_name="Helper", last_name="Bot", public_name="Helper", is_bot=True),
    ]


def make_rooms() -> list[Room]:
    """Both are served by all users of the organization."""
    return [Room(id=DEMO_ROOM, name="Messengers"), Room(id=WEB_ROOM, name="Website")]
