"""Every platform names how it knows contacts, and its connector can do what that strategy asks of it."""

from __future__ import annotations

import pytest

from patchbay.domain.model import Side
from patchbay.kit.abilities import FindsContacts, FindsPlatformIds, IdentifiesContacts
from patchbay.kit.behavior import ContactIdentity
from patchbay.kit.token_abilities import AuthenticatesContacts
from tests.connectors.services import SERVICES, load_connector

#: The abilities that a strategy calls. A connector has those of its own strategy and none of another's.
ABILITIES: dict[ContactIdentity, set[type]] = {
    ContactIdentity.REFERENCE: {FindsContacts},
    ContactIdentity.LOOKED_UP: {FindsContacts, IdentifiesContacts},
    ContactIdentity.NUMBERED: {FindsContacts},
    ContactIdentity.AUTHENTICATED: {FindsPlatformIds, AuthenticatesContacts},
}
PLATFORMS = [service for service in SERVICES if load_connector(service).side is Side.PLATFORM]


def test_every_strategy_is_described_here() -> None:
    assert ABILITIES.keys() == set(ContactIdentity)


@pytest.mark.parametrize("service", PLATFORMS)
def test_a_platform_has_the_abilities_of_its_strategy_and_no_others(service: str) -> None:
    connector = load_connector(service)
    known = set.union(*ABILITIES.values())
    assert {each for each in known if isinstance(connector, each)} == ABILITIES[connector.behavior.contact_identity]


@pytest.mark.parametrize("service", sorted(set(SERVICES) - set(PLATFORMS)))
def test_a_messenger_has_no_strategy(service: str) -> None:
    connector = load_connector(service)
    assert connector.behavior.contact_identity is ContactIdentity.REFERENCE
