"""The account that is there from the start."""

from __future__ import annotations

from playground.services.unblu.records import Person, User

ADMIN_USER, ADMIN_PASSWORD = "bridge-admin", "unblu-demo-password-0123456789abcdef"
PLAIN_USER, PLAIN_PASSWORD = "bridge-plain", "unblu-plain-password-0123456789abcdef"

ACCOUNT = "wZvcAnbBSpOps9oteH-Oxw"
DEMO_TEAM = "TjW1kRXeQYyMSy03Eg1X0g"
DEMO_AGENT = "carla0N7Qv-Wk3xZP2m5dA"
OTHER_AGENT = "diegoR4sT8uV1wX6yZ0a2b"
SYSTEM_PERSON = "system5L2nPq9rS7tU4vW1x"
TEAMS = {DEMO_TEAM: "Customer care", "sales9K3mNq8oP5rS1tV6w": "Sales"}


def make_users() -> list[User]:
    return [
        User(name=ADMIN_USER, password=ADMIN_PASSWORD, admin=True),
        User(name=PLAIN_USER, password=PLAIN_PASSWORD, admin=False),
    ]


def make_agents() -> list[Person]:
    return [_make_agent(DEMO_AGENT, "Carla", "Rossi"), _make_agent(OTHER_AGENT, "Diego", "Lindqvist")]


def make_system_person() -> Person:
    return Person(id=SYSTEM_PERSON, source="USER_DB", type="SYSTEM", source_id="system", profile={"firstName": "Unblu"})


def _make_agent(uid: str, first_name: str, last_name: str) -> Person:
    username = first_name.lower()
    profile = {"firstName": first_name, "lastName": last_name, "username": username, "teamId": DEMO_TEAM}
    return Person(id=uid, source="USER_DB", type="AGENT", source_id=username, profile=profile, online=True)
