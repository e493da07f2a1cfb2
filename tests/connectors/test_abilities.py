"""A connector's class statement is the list of what it can do: nothing is missing from it, and nothing is beside it."""

from __future__ import annotations

import pytest

from patchbay.kit.contract import Connector
from tests.connectors.services import SERVICES, load_connector
from tools.capability_tables import list_abilities

ABILITIES = list_abilities()


def methods_of(ability: type) -> frozenset[str]:
    """What a class must have before it can be instantiated."""
    return frozenset(getattr(ability, "__abstractmethods__", frozenset()))


def public_methods_of(connector: Connector) -> set[str]:
    return {name for name in dir(connector) if not name.startswith("_") and callable(getattr(connector, name))}


@pytest.mark.parametrize("service", SERVICES)
def test_a_connector_names_the_contract_and_its_abilities_as_bases(service: str) -> None:
    bases = type(load_connector(service)).__bases__
    assert bases[0] is Connector
    assert set(bases[1:]) <= set(ABILITIES), "only abilities stand beside the contract"


@pytest.mark.parametrize("ability", ABILITIES, ids=lambda ability: str(ability.__name__))
@pytest.mark.parametrize("service", SERVICES)
def test_no_connector_has_the_methods_of_an_ability_that_it_does_not_list(service: str, ability: type) -> None:
    connector = load_connector(service)
    if not isinstance(connector, ability):
        assert not methods_of(ability) & public_methods_of(connector)


@pytest.mark.parametrize("service", SERVICES)
def test_every_public_method_of_a_connector_belongs_to_the_contract_or_to_an_ability(service: str) -> None:
    known = methods_of(Connector).union(*(methods_of(ability) for ability in ABILITIES))
    assert not public_methods_of(load_connector(service)) - known, "misspelt, or nobody's ability"


def test_every_ability_has_methods_and_no_two_share_one() -> None:
    names = [name for ability in (Connector, *ABILITIES) for name in methods_of(ability)]
    assert all(methods_of(ability) for ability in ABILITIES)
    assert len(names) == len(set(names))


@pytest.mark.parametrize("ability", ABILITIES, ids=lambda ability: str(ability.__name__))
def test_every_ability_is_some_connectors(ability: type) -> None:
    """It arrives with its first user and leaves with its last."""
    assert any(isinstance(load_connector(service), ability) for service in SERVICES)


def test_a_class_that_lists_an_ability_without_its_method_cannot_be_made() -> None:
    for ability in ABILITIES:
        with pytest.raises(TypeError, match="abstract"):
            ability()
