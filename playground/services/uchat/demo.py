"""The partner and the workspaces that are there from the start."""

from __future__ import annotations

from playground.services.uchat.records import Agent, Workspace

DEMO_PARTNER_KEY = "uchat-partner-key-0123456789abcdef0123456789abcdef"
DEMO_FLOW_KEY = "uchat-flow-key-0123456789abcdef0123456789abcdef"
#: May read, but lacks the right "manage flow".
PLAIN_FLOW_KEY = "uchat-plain-key-0123456789abcdef0123456789abcdef"
OTHER_FLOW_KEY = "uchat-other-key-0123456789abcdef0123456789abcdef"

DEMO_WORKSPACE = "48151"
OTHER_WORKSPACE = "48152"  #: its partner has not enabled the add-on for it
DEMO_FLOW = "f48151"
DEMO_AGENT = 7001
OTHER_AGENT = 7002


def make_workspaces() -> dict[str, Workspace]:
    demo = Workspace(
        id=DEMO_WORKSPACE,
        name="Demo shop",
        code="AbC123xYz789QrS4",
        flow_ns=DEMO_FLOW,
        has_addon=True,
        flow_keys={DEMO_FLOW_KEY: True, PLAIN_FLOW_KEY: False},
        agents=[
            Agent(id=DEMO_AGENT, name="Ines Duarte"),
            Agent(id=OTHER_AGENT, name="Pavel Novotný", online=False),
        ],
    )
    other = Workspace(
        id=OTHER_WORKSPACE,
        name="Other shop",
        code="Zz0Yy1Xx2Ww3Vv4U",
        flow_ns="f48152",
        has_addon=False,
        flow_keys={OTHER_FLOW_KEY: True},
        agents=[],
    )
    return {workspace.id: workspace for workspace in (demo, other)}
