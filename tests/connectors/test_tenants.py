"""One business cannot speak to another's customers: checked for every platform that there is, new ones inherit it.

The worst case is played: the other business's own API brings whatever reference this business's customer has.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import pytest

from patchbay.bridge.references import keep_reference_key
from patchbay.domain.accounts import Secrets
from patchbay.domain.events import MessageReceived, Origin, decode
from patchbay.domain.model import Session, Side
from patchbay.kit.abilities import FindsContacts, ReportsFailures, SendsReceipts
from tests.connectors.services import SERVICES, load_connector
from tests.harness.world import World

PLATFORMS = [service for service in SERVICES if load_connector(service).side is Side.PLATFORM]
PHISHING = "Please confirm your PIN"


@dataclass
class Street:
    """Two businesses with an account each on the same service. The messenger and its customer are the first one's."""

    world: World
    service: str
    customer: str

    @property
    def own(self) -> str:
        return f"{self.service}-1"

    @property
    def other(self) -> str:
        return f"{self.service}-2"

    def says(self, text: str) -> None:
        self.world.time.advance(2)  # services allow so many calls a second
        self.world.simulators["viber"].act("write", {"person": self.customer, "text": text})
        self.world.settle()

    def hears(self) -> str:
        return str(self.world.simulators["viber"].view())

    def session(self) -> Session | None:
        return next(iter(self.world.sessions.all()), None)

    def answer(self, text: str, conversation: int = -1) -> MessageReceived:
        """An agent's answer in one of the conversations at the service, as it waits in the queue; nothing else does."""
        self.world.settle()
        simulator = self.world.simulators[self.service]
        view: Any = simulator.view()
        where = {"conversation": view["conversations"][conversation]["id"], "agent": view["agents"][0]["id"]}
        simulator.act("reply", {**where, "text": text})
        while self.world.time.run_due():
            pass
        batch = self.world.queue.receive()
        self.world.queue.complete(batch, ())
        events = [
            event for event in (decode(envelope.body) for envelope in batch) if isinstance(event, MessageReceived)
        ]
        [event] = [one for one in events if text in str(one.message.content)]
        return event

    def bring(self, event: MessageReceived, connection_id: str) -> None:
        """The same event, as a webhook of one of the two businesses brings it."""
        connection = self.world.connections.connections[connection_id]
        origin = Origin(service=self.service, endpoint=connection.endpoint_id, account=connection.account)
        self.world.time.advance(2)
        self.world.queue.send([replace(event, origin=origin, id=f"{event.id}-{connection_id}", message_key="")])
        self.world.settle()


def make_street(service: str) -> Street:
    world = World("viber", service)
    world.connect("viber")
    for number in (1, 2):
        world.time.advance(60)
        world.connect(service, f"{service}-{number}")
        world.settle()
    world.link("viber-1", f"{service}-1")
    viber = world.simulators["viber"]
    viber.act("new_person", {"name": "Åsa"})
    people: Any = viber.view()["people"]
    street = Street(world, service, people[-1]["id"])
    street.says("hello")
    assert street.session() is not None
    return street


@pytest.fixture(params=PLATFORMS)
def street(request: pytest.FixtureRequest) -> Street:
    return make_street(request.param)


def test_another_business_with_our_reference_is_refused_and_counted(street: Street) -> None:
    event, before = street.answer(PHISHING), street.session()
    street.world.telemetry.metrics.clear()
    street.bring(event, street.other)
    assert PHISHING not in street.hears()
    assert street.session() == before
    if isinstance(load_connector(street.service), FindsContacts):
        assert street.world.telemetry.metrics["RefusedReference"] == 1
        assert PHISHING not in str(street.world.telemetry.logged("reference refused"))


def test_it_is_refused_too_when_our_record_of_the_customer_is_lost(street: Street) -> None:
    event = street.answer(PHISHING)
    street.world.sessions.forget()
    street.bring(event, street.other)
    assert PHISHING not in street.hears()
    assert street.session() is None


def test_it_is_refused_too_when_the_messenger_has_just_been_linked_to_it(street: Street) -> None:
    """A reference is good for the connection that it was made for."""
    event = street.answer(PHISHING)
    street.world.sessions.forget()
    street.world.link("viber-1", street.other)
    street.bring(event, street.other)
    assert PHISHING not in street.hears()
    assert street.session() is None


def test_the_right_business_finds_its_customer_again_by_its_own_reference(street: Street) -> None:
    event = street.answer("Still there?")
    street.world.sessions.forget()
    street.world.telemetry.metrics.clear()
    street.bring(event, street.own)
    session = street.session()
    assert "Still there?" in street.hears()
    assert session is not None
    assert session.platform_connection == street.own
    assert "RefusedReference" not in street.world.telemetry.metrics


def test_a_customer_who_has_moved_is_not_spoken_to_by_the_business_before(street: Street) -> None:
    """Its agent learns that the answer did not arrive; where the platform cannot show that, the owner does."""
    event = street.answer("late, sorry")
    street.world.link("viber-1", street.other)
    street.says("and now?")
    before = street.session()
    assert before is not None
    assert before.platform_connection == street.other
    street.bring(event, street.own)
    assert "late, sorry" not in street.hears()
    assert street.session() == before
    connector = load_connector(street.service)
    reported = isinstance(connector, ReportsFailures | SendsReceipts)
    assert bool(street.world.queue.parked) is not reported
    assert bool(street.world.telemetry.logged("event failed")) is reported
    assert "late, sorry" not in str(street.world.telemetry.lines)


def test_nor_by_a_new_conversation_when_our_record_of_the_old_one_is_lost(street: Street) -> None:
    event = street.answer("late, sorry")
    street.world.sessions.forget()
    street.world.link("viber-1", street.other)
    street.says("and now?")
    before = street.session()
    street.bring(event, street.own)
    assert "late, sorry" not in street.hears()
    assert street.session() == before
    assert street.world.queue.parked or street.world.telemetry.logged("event failed")


# --- accounts of one app ---------------------------------------------------------------------------------------------


def test_an_account_of_the_same_app_cannot_name_another_ones_customer() -> None:
    """vcita signs nothing: one address takes the webhooks of all businesses, and the channel says whose one is."""
    street = make_street("vcita")
    stores, own = street.world.connections, street.world.connections.connections[street.own]
    other = replace(own, id="joined", account="channel-of-another", settings={**own.settings, "channel_uid": "x"})
    stores.connections["joined"] = replace(other, secrets=keep_reference_key(replace(other, secrets=Secrets()), {}))
    before = street.session()
    assert before is not None
    assert before.conversation is not None
    webhook_token = next(
        webhook_token
        for (service, webhook_token), endpoint in stores.endpoints.items()
        if endpoint.id == own.endpoint_id
    )
    for number, external_uid in enumerate(before.conversation.aliases):
        body = {
            "channel_uid": "channel-of-another",
            "external_uid": external_uid,
            "session_uid": before.conversation.external_id,
            "message_uid": f"m-{number}",
            "text": PHISHING,
            "direction": "business_to_client",
        }
        address = f"https://bridge.test/vcita/{webhook_token}/messages"
        assert street.world.post("POST", address, {}, json.dumps(body).encode()).status == 204
    street.world.settle()
    assert street.world.telemetry.logged("webhook accepted")
    assert street.world.telemetry.metrics["RefusedReference"] == 1
    assert PHISHING not in street.hears()
    assert street.session() == before
