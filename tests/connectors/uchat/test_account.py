"""Connecting a workspace: the settings and keys, the webhook set and verified, kept ours, turned over and removed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import pytest

from patchbay.domain.errors import AuthorizationNeeded, Misconfigured, Transient, Uncertain
from patchbay.domain.model import Text
from patchbay.kit.contract import HttpRequest, HttpResponse
from patchbay.platforms.uchat import CONNECTOR
from patchbay.platforms.uchat.urls import read_base_url
from playground.services.uchat import DEMO_WORKSPACE, OTHER_WORKSPACE, PLAIN_FLOW_KEY
from playground.simulator import Fault
from tests.connectors.uchat.test_outbound import make_part, open_conversation
from tests.harness.fakes.recording_http import RecordingHttp
from tests.harness.uchat_desk import ADDRESS, KEY, WEBHOOKS, Desk, make_desk

OTHERS = "https://another-bridge.example/hook"


@pytest.fixture
def desk() -> Desk:
    return make_desk()


@pytest.fixture
def connected(desk: Desk) -> Desk:
    desk.register()
    desk.calls()
    return desk


# --- settings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base_url", "base"),
    [
        ("", "https://www.uchat.com.au"),
        ("https://www.uchat.com.au", "https://www.uchat.com.au"),
        (" https://chat.partner.example/ ", "https://chat.partner.example"),
        ("https://chat.partner.example/api", "https://chat.partner.example"),
        ("https://chat.partner.example/api/", "https://chat.partner.example"),
        ("http://127.0.0.1:5009/api", "http://127.0.0.1:5009"),
    ],
)
def test_the_address_may_be_written_in_any_usual_way(base_url: str, base: str) -> None:
    assert read_base_url({"base_url": base_url}) == base


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("base_url", "uchat.com.au"),
        ("base_url", "http://www.uchat.com.au"),
        ("base_url", "https://"),
        ("base_url", "https://user:word@uchat.com.au"),
        ("base_url", "https://[broken"),
        ("bot_url", "bot.example/x"),
        ("bot_url", "https://bot.example/x?key=1"),
        ("workspace_id", "https://www.uchat.com.au/workspace/7"),
        ("workspace_id", ""),
    ],
)
def test_a_setting_that_cannot_be_meant_is_named_before_anything_is_asked(desk: Desk, name: str, value: str) -> None:
    with pytest.raises(Misconfigured, match=name):
        CONNECTOR.check_credentials(desk.change(**{name: value}), desk.http)
    assert desk.calls() == []


def test_without_a_way_to_the_bot_both_ways_are_told(desk: Desk) -> None:
    desk.change_secrets(partner_api_key="")
    with pytest.raises(Misconfigured) as caught:
        CONNECTOR.check_credentials(desk.change(workspace_id=""), desk.http)
    for name in ("workspace_id", "partner_api_key", "bot_url"):
        assert name in str(caught.value)


# --- the keys --------------------------------------------------------------------------------------------------------


def test_both_keys_are_tried(desk: Desk) -> None:
    account = CONNECTOR.check_credentials(desk.connection, desk.http)
    assert (account.external_id, account.warnings) == (DEMO_WORKSPACE, ())
    assert desk.calls() == ["GET /api/me", f"GET /api/partner/workspace/{DEMO_WORKSPACE}/apichat-webhook"]


@pytest.mark.parametrize("name", ["flow_api_key", "partner_api_key"])
def test_a_wrong_key_is_named_and_not_shown(desk: Desk, name: str) -> None:
    with pytest.raises(AuthorizationNeeded, match=name) as caught:
        CONNECTOR.check_credentials(desk.change_secrets(**{name: "my-wrong-key"}), desk.http)
    assert "my-wrong-key" not in str(caught.value)


def test_a_workspace_that_nobody_knows_is_told(desk: Desk) -> None:
    with pytest.raises(Misconfigured, match="workspace_id"):
        CONNECTOR.check_credentials(desk.change(workspace_id="99999"), desk.http)


def test_a_workspace_without_the_add_on_is_told(desk: Desk) -> None:
    with pytest.raises(AuthorizationNeeded, match="add-on"):
        CONNECTOR.check_credentials(desk.change(workspace_id=OTHER_WORKSPACE), desk.http)


@pytest.mark.parametrize(
    ("status", "body"), [(404, b""), (200, b"<html>"), (302, b""), (200, b"[]"), (404, b"<html>"), (200, b"")]
)
def test_another_server_is_no_uchat(desk: Desk, status: int, body: bytes) -> None:
    with pytest.raises(Misconfigured, match="no UChat API"):
        CONNECTOR.check_credentials(desk.connection, RecordingHttp(HttpResponse(status=status, body=body)))


@pytest.mark.parametrize("status", [408, 425, 429, 500, 503])
def test_a_busy_uchat_is_asked_later(desk: Desk, status: int) -> None:
    desk.uchat.fail_next(Fault(status=status, retry_after=9))
    with pytest.raises(Transient) as caught:
        CONNECTOR.check_credentials(desk.connection, desk.http)
    assert caught.value.retry_after == 9


# --- the webhook -----------------------------------------------------------------------------------------------------


def test_the_webhook_is_set_verified_and_tells_where_messages_go(desk: Desk) -> None:
    learned = desk.register()
    assert learned == {"bot_url": desk.uchat.bot_url(desk.uchat.workspace)}
    webhook = desk.uchat.workspace.webhook
    assert (webhook.url, webhook.key, webhook.status) == (ADDRESS, KEY, "verified")
    assert desk.ear.greeted == ["POST"]
    assert desk.registered == ADDRESS


@pytest.mark.parametrize("dotted", [False, True])
@pytest.mark.parametrize("encoding", ["json", "form", "query", "get"])
def test_the_handshake_is_answered_in_every_encoding(
    desk: Desk, encoding: Literal["json", "form", "query", "get"], dotted: bool
) -> None:
    desk.uchat.quirks.handshake = encoding
    desk.uchat.quirks.dotted_names = dotted
    desk.register()
    assert desk.registered == ADDRESS
    assert not desk.ear.refused


@pytest.mark.parametrize("failure", ["refused", "error", "unverified"])
def test_a_webhook_that_is_not_verified_is_no_success(
    desk: Desk, failure: Literal["refused", "error", "unverified"]
) -> None:
    desk.uchat.quirks.failure = failure
    desk.ear.down = True
    with pytest.raises(Misconfigured, match="verif"):
        desk.register()
    assert desk.registered == ""
    desk.ear.down = False
    desk.register()
    assert desk.registered == ADDRESS


def test_our_key_is_in_no_error(desk: Desk) -> None:
    body = f'{{"status":"error","message":"the key {KEY} is bad"}}'.encode()
    for status in (200, 400, 422):
        with pytest.raises(Misconfigured) as caught:
            CONNECTOR.register_webhooks(
                WEBHOOKS, desk.connection, RecordingHttp(HttpResponse(status=status, body=body))
            )
        assert KEY not in str(caught.value)


def test_without_a_key_nothing_is_set(desk: Desk) -> None:
    with pytest.raises(Misconfigured, match="webhook_verification_key"):
        CONNECTOR.register_webhooks(WEBHOOKS, desk.change_secrets(webhook_verification_key=""), desk.http)
    assert desk.calls() == []


def test_a_lost_answer_can_be_asked_for_again(desk: Desk) -> None:
    desk.uchat.fail_next(Fault(lost=True))
    with pytest.raises(Transient):
        desk.register()
    assert desk.register()["bot_url"]


def test_another_bridges_webhook_is_seen_and_can_be_taken_back(connected: Desk) -> None:
    connected.uchat.lose_webhook(OTHERS)
    assert connected.registered == OTHERS
    connected.register()
    assert connected.registered == ADDRESS


def test_a_new_key_takes_over_without_a_gap(connected: Desk) -> None:
    connected.change_secrets(webhook_verification_key="the-next-key")
    contact = connected.uchat.actions.make_contact(connected.uchat.workspace, "viber:shop:ann", 7)
    agent = connected.uchat.workspace.agents[0].id
    connected.uchat.reply(contact.user_ns, agent, "signed with the old one")
    connected.time.settle()
    connected.register()
    connected.uchat.reply(contact.user_ns, agent, "signed with the new one")
    connected.time.settle()
    assert connected.uchat.workspace.webhook.key == "the-next-key"
    assert len(connected.ear.heard) == 2
    assert not connected.ear.refused


# --- leaving ---------------------------------------------------------------------------------------------------------


def test_leaving_removes_the_webhook(connected: Desk) -> None:
    CONNECTOR.unregister_webhooks(connected.connection, connected.http)
    assert connected.registered == ""
    CONNECTOR.unregister_webhooks(connected.connection, connected.http)


def test_leaving_leaves_another_bridges_webhook_alone(connected: Desk) -> None:
    connected.uchat.lose_webhook(OTHERS)
    CONNECTOR.unregister_webhooks(connected.connection, connected.http)
    assert connected.registered == OTHERS


# --- by hand ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def by_hand(desk: Desk) -> Desk:
    """Without a partner key."""
    desk.change_secrets(partner_api_key="")
    return desk


def test_without_a_partner_key_the_flow_key_alone_is_tried_and_what_is_missing_is_told(by_hand: Desk) -> None:
    account = CONNECTOR.check_credentials(by_hand.connection, by_hand.http)
    assert by_hand.calls() == ["GET /api/me"]
    [warning] = account.warnings
    assert "bot_url" in warning
    complete = by_hand.change(bot_url="https://bot.example/api/apichat/x", workspace_id="")
    assert CONNECTOR.check_credentials(complete, by_hand.http).warnings == ()


def test_without_a_partner_key_nothing_is_set_claimed_or_removed(by_hand: Desk) -> None:
    assert by_hand.register() == {}
    assert by_hand.registered is None
    CONNECTOR.unregister_webhooks(by_hand.connection, by_hand.http)
    assert by_hand.calls() == []


def test_the_steps_by_hand_name_the_address_the_key_and_what_comes_back(by_hand: Desk) -> None:
    ask, key, answer = CONNECTOR.list_manual_steps(WEBHOOKS, by_hand.connection)
    assert ADDRESS in ask
    assert DEMO_WORKSPACE in ask
    assert "--secret webhook_verification_key=@FILE" in key
    assert "--set bot_url=" in answer
    assert KEY not in ask + key + answer
    done = by_hand.change(bot_url="https://bot.example/api/apichat/x")
    assert len(CONNECTOR.list_manual_steps(WEBHOOKS, done)) == 2


def test_nothing_is_left_to_do_by_hand_with_a_partner_key(desk: Desk) -> None:
    assert CONNECTOR.list_manual_steps(WEBHOOKS, desk.connection) == ()


def test_a_webhook_that_the_partner_has_set_works_as_ours_does(by_hand: Desk) -> None:
    assert by_hand.uchat.set_webhook(ADDRESS, KEY)
    contact = by_hand.uchat.actions.make_contact(by_hand.uchat.workspace, "viber:shop:ann", 7)
    by_hand.uchat.reply(contact.user_ns, by_hand.uchat.workspace.agents[0].id, "Hello")
    by_hand.time.settle()
    assert len(by_hand.ear.heard) == 1


# --- odd answers -----------------------------------------------------------------------------------------------------


class Changing:
    """UChat, with something else in one kind of answer."""

    def __init__(self, desk: Desk, method: str, change: Callable[[bytes], bytes]) -> None:
        self.desk, self.method, self.change = desk, method, change

    def send(self, request: HttpRequest) -> HttpResponse:
        response = self.desk.http.send(request)
        return replace(response, body=self.change(response.body)) if request.method == self.method else response


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"https://uchat.simulator.test/api/apichat/AbC123xYz789QrS4", b""),
        (b"https://uchat.simulator.test/api", b"http://uchat.simulator.test/api"),
    ],
)
def test_an_address_for_messages_that_is_none_is_not_taken(desk: Desk, old: bytes, new: bytes) -> None:
    with pytest.raises(Misconfigured, match="bot_url"):
        CONNECTOR.register_webhooks(
            WEBHOOKS, desk.connection, Changing(desk, "GET", lambda body: body.replace(old, new))
        )


def test_a_flow_key_without_the_right_is_told_with_the_first_message(desk: Desk) -> None:
    desk.register()
    weak = desk.change_secrets(flow_api_key=PLAIN_FLOW_KEY)
    with pytest.raises(AuthorizationNeeded, match="manage flow"):
        CONNECTOR.deliver(make_part(Text(text="x")), open_conversation(), weak, desk.http)


def test_no_answer_to_a_question_is_no_doubt(desk: Desk) -> None:
    with pytest.raises(Transient):
        CONNECTOR.check_credentials(desk.connection, RecordingHttp(Uncertain("no answer in time")))
