"""Every messenger with every platform: one customer, an agent, and what both of them see."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

from patchbay.bridge.ledger import Outcome
from patchbay.domain.model import Side
from patchbay.kit import registry
from patchbay.kit.abilities import LooksUpDeliveries
from playground import world as simulated
from playground.services.uchat import UChat
from playground.services.webchat import WebChatSimulator
from playground.simulator import Fault, Simulator
from tests.harness.forms import FRESHCHAT, list_forms, name_service, set_form
from tests.harness.pairs import choose_pairs
from tests.harness.phones import read_words
from tests.harness.webchat_world import platforms
from tests.harness.world import World

SOON = timedelta(minutes=30)  #: when everything must have arrived, after the beginning

MESSENGERS = sorted(
    name for name in set(registry.names()) & set(simulated.names()) if registry.load(name).side is Side.MESSENGER
)
#: Unblu's two generations are two services as far as calls are concerned, Freshchat's forms as far as webhooks are.
PLATFORMS = ["unblu v3" if name == "unblu" else name for name in list_forms(platforms())] + ["unblu"]
#: Two messengers share Freshchat's other forms: every test runs in each of them, which is enough.
PAIRS = [
    *(
        f"{messenger} and {platform}"
        for messenger, platform in choose_pairs(
            MESSENGERS, [platform for platform in PLATFORMS if platform not in FRESHCHAT[1:]]
        )
    ),
    "viber and freshchat both",
    "webchat and freshchat app",
]

PNG = b"\x89PNG\r\n\x1a\n" + bytes(200)


class Talk:
    """One customer on a messenger, whose conversations an agent answers on a platform, by what both see and do."""

    phone: Simulator
    desk: Simulator
    customer: object  #: as the messenger's simulator calls them

    @property
    def ann(self) -> dict[str, Any]:
        people: Any = self.phone.view()["people"]
        return next(person for person in people if person["id"] == self.customer)

    @property
    def conversations(self) -> list[dict[str, Any]]:
        found: Any = self.desk.view()["conversations"]
        return sorted(found, key=lambda one: str(one["messages"][0]["at"]) if one["messages"] else "")

    def says(self, text: str) -> None:
        self.phone.act("write", {"person": self.ann["id"], "text": text})

    def replies(self, text: str) -> None:
        self.agent_does("reply", text=text)

    def says_with_file(self, name: str = "plan.png", content_type: str = "image/png", content: bytes = PNG) -> None:
        self.phone.act("send_file", {"person": self.ann["id"], **_pack(name, content_type, content)})

    def replies_with_file(self, name: str = "plan.png", content_type: str = "image/png", content: bytes = PNG) -> None:
        self.agent_does("send_file", **_pack(name, content_type, content))

    def agent_does(self, action: str, **arguments: str) -> None:
        """In the latest conversation."""
        agents: Any = self.desk.view()["agents"]
        where = {"conversation": self.conversations[-1]["id"], "agent": agents[0]["id"]}
        self.desk.act(action, {**where, **arguments})

    def agent_sees(self) -> list[str]:
        return [str(each["text"]) for each in self.written()]

    def customer_sees(self) -> list[str]:
        return [read_words(each) for each in self.shown()]

    def written(self) -> list[dict[str, Any]]:
        """The customer's messages as the agents see them, over all conversations."""
        return [each for one in self.conversations for each in one["messages"] if each["author"] == "customer"]

    def shown(self) -> list[dict[str, Any]]:
        """The agents' messages as the customer sees them."""
        return [each for each in self.ann["messages"] if each["author"] == "agent"]


class Scene(Talk, World):
    """A talk in one process, over virtual time."""

    def __init__(self, messenger: str, platform: str, customer: str = "Ann") -> None:
        name = name_service(platform)
        super().__init__(messenger, name)
        self.phone, self.desk = self.simulators[messenger], self.simulators[name]
        set_form(self.desk, platform)
        if isinstance(self.desk, UChat):
            self.desk.quirks.bot = False  # people are what this is about
        if isinstance(self.phone, WebChatSimulator):
            self.phone.on_stored = self.media.files.__setitem__
        self.connect(messenger)
        self.connect(name)
        self.link(f"{messenger}-1", f"{name}-1")
        self.customer = self.phone.act("new_person", {"name": customer})["person"]
        self.settle()
        self.pass_time(60)
        self.started = self.time.now()

    # --- what happens ------------------------------------------------------------------------------------------------

    def meet(self) -> None:
        self.says("hello")
        self.settle()
        self.replies("welcome")
        self.settle()
        self.pass_time(600)
        self.started = self.time.now()

    def pass_time(self, seconds: float) -> None:
        """Lets so much time pass and no more."""
        until = self.time.now() + timedelta(seconds=seconds)
        self.settle(timedelta(seconds=seconds))
        self.time.jump(until)

    def end(self) -> None:
        self.settle(self.started + SOON - self.time.now())

    # --- what must be so ---------------------------------------------------------------------------------------------

    def told_otherwise(self) -> list[str]:
        """What says anywhere that a message did not arrive."""
        lines = [line for line, _ in self.telemetry.lines]
        told = [
            line
            for line in lines
            if line in {"event failed", "event dead-lettered", "event failed unexpectedly", "failure not reported"}
        ]
        told += [f"in the dead-letter queue: {reason}" for _, reason in self.queue.parked]
        given_up = {Outcome.FAILED, Outcome.DEAD_LETTERED}
        told += [each.reason for each in self.ledger.deliveries.values() if each.outcome in given_up]
        shown = [*self.ann["messages"], *(each for one in self.conversations for each in one["messages"])]
        return told + [str(each) for each in shown if each.get("error") or each.get("status") in {"failed", "error"}]


def _pack(name: str, content_type: str, content: bytes) -> dict[str, str]:
    return {"name": name, "content_type": content_type, "data": base64.b64encode(content).decode()}


def must_be_exact(service: Simulator, fault: Fault) -> bool:
    """Whether nobody may see a message twice: nothing was done, or the service can be asked or takes it once."""
    connector = registry.load(service.service)
    asked = isinstance(connector, LooksUpDeliveries) or connector.behavior.idempotent_sends
    return asked or not (fault.done or fault.lost)


def make_pair(pair: str, customer: str = "Ann") -> Scene:
    """The scene of one of `PAIRS`, with a customer of that name."""
    messenger, _, platform = pair.partition(" and ")
    return Scene(messenger, platform, customer)
