"""The business's channel at vcita: made once, woken when the business joins again, replaced when it cannot be."""

from __future__ import annotations

import json

import pytest

from patchbay.domain.accounts import ConnectionStatus
from patchbay.domain.errors import AuthorizationNeeded, Misconfigured, Transient
from patchbay.kit.account_setup import AccountSetup
from patchbay.platforms.vcita import CONNECTOR
from playground.services.vcita import DEMO_BUSINESS
from playground.simulator import Fault
from tests.harness.vcita_desk import Desk, make_desk


@pytest.fixture
def desk() -> Desk:
    return make_desk(channel=False)


def set_up(desk: Desk) -> AccountSetup:
    done = CONNECTOR.set_up_account(desk.connection, desk.http)
    desk.change(**done.settings)
    return done


def test_a_channel_is_made_and_waits_for_vcitas_word(desk: Desk) -> None:
    desk.change(display_name="Viber shop")
    done = set_up(desk)
    [channel] = desk.vcita.channels
    assert done == AccountSetup(settings={"channel_uid": channel.uid}, status=ConnectionStatus.PENDING)
    assert (channel.type, channel.display_name) == ("transactional", "Viber shop")
    assert CONNECTOR.get_account_id(desk.connection) == channel.uid
    assert CONNECTOR.get_tenant_id(desk.connection) == DEMO_BUSINESS


def test_a_known_channel_is_woken_and_not_made_again(desk: Desk) -> None:
    set_up(desk)
    desk.settle()
    desk.change(display_name="New name")
    assert set_up(desk) == AccountSetup(status=ConnectionStatus.ACTIVE)
    [channel] = desk.vcita.channels
    assert channel.display_name == "New name"


def test_a_channel_that_is_pending_still_is_pending(desk: Desk) -> None:
    desk.vcita.quirks.channel_delay = 60
    set_up(desk)
    assert set_up(desk) == AccountSetup(status=ConnectionStatus.PENDING)


@pytest.mark.parametrize("status", ["deleted", "error", "blocked"])
def test_a_channel_that_cannot_be_woken_is_replaced(desk: Desk, status: str) -> None:
    set_up(desk)
    desk.settle()
    desk.vcita.actions.change_channel(desk.vcita.channels[0], status)  # type: ignore[arg-type]
    assert set_up(desk).status is ConnectionStatus.PENDING
    assert desk.connection.setting("channel_uid") == desk.vcita.channels[1].uid


def answer(desk: Desk, method: str, status: int, channel: dict[str, str]) -> None:
    """The next call of a channel gets this answer."""
    body = json.dumps({"success": True, "data": {"channel": channel}}).encode()
    desk.vcita.fail_next(Fault(status=status, body=body, where=f"{method} /business/communication/channels"))


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("active", ConnectionStatus.ACTIVE),
        ("", ConnectionStatus.PENDING),
        ("blocked", ConnectionStatus.DISABLED),
    ],
)
def test_the_answer_tells_how_the_new_channel_is(desk: Desk, word: str, status: ConnectionStatus) -> None:
    answer(desk, "POST", 201, {"uid": "c1", "status": word})
    assert CONNECTOR.set_up_account(desk.connection, desk.http) == AccountSetup(
        settings={"channel_uid": "c1"}, status=status
    )


@pytest.mark.parametrize("channel", [{"uid": "c1", "status": "error"}, {}])
def test_a_channel_that_vcita_does_not_open_is_the_owners_business(desk: Desk, channel: dict[str, str]) -> None:
    answer(desk, "POST", 201, channel)
    with pytest.raises(Misconfigured):
        CONNECTOR.set_up_account(desk.connection, desk.http)


@pytest.mark.parametrize(
    ("fault", "failure"),
    [
        (Fault(status=400), Misconfigured),
        (Fault(status=422), Misconfigured),
        (Fault(status=401), AuthorizationNeeded),
        (Fault(lost=True), Transient),
    ],
)
def test_each_refusal_of_a_channel_has_its_meaning(desk: Desk, fault: Fault, failure: type[Exception]) -> None:
    desk.vcita.fail_next(fault)
    with pytest.raises(failure):
        CONNECTOR.set_up_account(desk.connection, desk.http)


@pytest.mark.parametrize("word", ["deleted", "error"])
def test_a_channel_that_vcita_calls_ended_when_woken_is_replaced(desk: Desk, word: str) -> None:
    set_up(desk)
    answer(desk, "PUT", 200, {"uid": desk.connection.setting("channel_uid"), "status": word})
    assert set_up(desk).settings == {"channel_uid": desk.vcita.channels[1].uid}


def test_a_channel_is_not_replaced_for_another_reason(desk: Desk) -> None:
    set_up(desk)
    desk.vcita.fail_next(Fault(status=400))
    with pytest.raises(Misconfigured):
        set_up(desk)
    assert len(desk.vcita.channels) == 1
