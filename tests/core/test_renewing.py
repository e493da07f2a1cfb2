"""Access tokens that a service renews: while they are, no message fails of it and no owner is called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest

from patchbay.domain.accounts import Connection, ConnectionStatus, Secrets
from patchbay.domain.errors import AuthorizationNeeded, DeliveryError, Transient, Uncertain
from patchbay.domain.model import Conversation, Delivered, Part, ReceiptState
from patchbay.kit.contract import Http
from tests.harness.fakes.bridge import TOKEN, Bridge
from tests.harness.fakes.services import ForgetfulOffice, Office


class Expiring(Office):
    """Takes `valid` only, and gives it to whoever asks: after `troubles`, and when `meanwhile` has happened."""

    valid = TOKEN

    def __init__(self) -> None:
        super().__init__()
        self.troubles: list[DeliveryError] = []
        self.meanwhile: Callable[[], None] = lambda: None

    def deliver(self, part: Part, conversation: Conversation, connection: Connection, http: Http) -> Delivered:
        self.check(connection)
        return super().deliver(part, conversation, connection, http)

    def check(self, connection: Connection) -> None:
        if connection.secrets.get("token") != self.valid:
            raise AuthorizationNeeded("the token has expired")

    def refresh(self, connection: Connection, http: Http) -> Mapping[str, str]:
        if self.troubles:
            raise self.troubles.pop(0)
        self.meanwhile()
        return {"token": self.valid}


class ExpiringForReceipts(Expiring, ForgetfulOffice):
    """Platforms without reports of failures show receipts."""

    service = "forgetful"

    def carry_receipt(
        self, state: ReceiptState, message_id: str, conversation: Conversation, connection: Connection, http: Http
    ) -> None:
        self.check(connection)
        super().carry_receipt(state, message_id, conversation, connection, http)


def talk(office: Expiring) -> Bridge:
    """A conversation is open when the token expires."""
    bridge = Bridge(platform=office)
    bridge.customer_writes("hello")
    bridge.settle()
    office.valid = "renewed"
    return bridge


@pytest.mark.parametrize("trouble", [Transient("HTTP 503"), Uncertain("no answer in time")])
def test_a_renewal_that_fails_for_a_while_is_tried_again_and_is_no_crash(trouble: DeliveryError) -> None:
    office = Expiring()
    bridge = talk(office)
    office.troubles = [trouble] * 5
    bridge.customer_writes("and more")
    bridge.settle(timedelta(hours=2))
    assert office.everything() == ["hello", "and more"]
    assert not bridge.journal.metrics["Crashed"]
    assert not any(delivery.uncertain for delivery in bridge.ledger.deliveries.values())


def test_a_receipt_waits_for_a_renewal_that_fails_for_a_while() -> None:
    office = ExpiringForReceipts()
    bridge = talk(office)
    office.troubles = [Transient("HTTP 503")] * 5
    bridge.agent_writes("fine")
    bridge.settle(timedelta(hours=2))
    assert ReceiptState.SENT in [state for _, state in office.receipts]
    assert not bridge.journal.metrics["Crashed"]


def test_another_container_that_renews_in_the_same_moment_calls_no_owner() -> None:
    office = Expiring()
    bridge = talk(office)
    office.meanwhile = lambda: renew_elsewhere(bridge, office)
    bridge.customer_writes("and more")
    bridge.settle()
    assert office.everything() == ["hello", "and more"]
    assert bridge.connections.connections["office-1"].status is ConnectionStatus.ACTIVE


def renew_elsewhere(bridge: Bridge, office: Expiring) -> None:
    """Another container stores the new token while this one, which has just read the old one, waits for its own."""
    stores = bridge.connections
    stores.cached["office-1"] = stores.connections["office-1"]
    stores.change("office-1", secrets=Secrets(values={"token": office.valid}, version="2"))
