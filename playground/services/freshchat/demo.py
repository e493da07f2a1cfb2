"""The account that is there from the start."""

from __future__ import annotations

import base64

from playground.services.freshchat.records import Agent, Channel, Group

#: As long as the real ones, which are JWTs of about a thousand characters.
DEMO_TOKEN = "freshchat-demo-token-" + "0123456789abcdef" * 60

#: What the Freshworks app signs with: in the form of Standard Webhooks.
DEMO_APP_SECRET = "whsec_" + base64.b64encode(b"freshchat-demo-app-secret-32byte").decode()

DEMO_APP = "bbbbbbbb-0000-4000-8000-000000000002"
DEMO_CHANNEL = "dddddddd-0000-4000-8000-000000000004"
OTHER_CHANNEL = "dddddddd-0000-4000-8000-000000000005"
DEMO_AGENT = "aaaaaaaa-0000-4000-8000-000000000001"
OTHER_AGENT = "aaaaaaaa-0000-4000-8000-000000000002"
DEMO_BOT = "aaaaaaaa-0000-4000-8000-000000000009"
DEMO_GROUP = "99999999-0000-4000-8000-000000000007"


def make_agents() -> list[Agent]:
    return [
        Agent(id=DEMO_AGENT, first_name="Ana", last_name="Kovač", avatar=None),
        Agent(id=OTHER_AGENT, first_name="Ben", last_name="Okafor", avatar=None),
        Agent(id=DEMO_BOT, first_name="Freddy", last_name="", avatar=None, bot=True),
    ]


def make_channels() -> list[Channel]:
    return [
        Channel(id=DEMO_CHANNEL, number="8540000000000004", name="Messengers"),
        Channel(id=OTHER_CHANNEL, number="8540000000000005", name="Website"),
    ]


def make_groups() -> list[Group]:
    return [Group(id=DEMO_GROUP, name="Support")]
