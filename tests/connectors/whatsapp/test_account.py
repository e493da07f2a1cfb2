"""Connecting a number at Meta: its token, its webhook, and what keeps its messages back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from patchbay.domain.accounts import Secrets
from patchbay.domain.errors import AuthorizationNeeded, Misconfigured, Transient
from patchbay.kit.contract import HttpRequest, HttpResponse
from patchbay.messengers.whatsapp import CONNECTOR, spec
from playground.services.whatsapp.demo import APP_ID, PHONE_NUMBER_ID, WABA_ID
from tests.harness.whatsapp_bridge import HOOK, WhatsAppHarness


def check(harness: WhatsAppHarness) -> Any:
    return CONNECTOR.check_credentials(harness.connection, harness.http)


def test_the_token_is_proved_and_the_number_is_named() -> None:
    harness = WhatsAppHarness.connected()
    account = check(harness)
    assert account.external_id == PHONE_NUMBER_ID
    assert account.name == "Patchbay Demo (+41 44 555 01 99)"
    assert account.settings["app_id"] == APP_ID
    assert not account.warnings


def test_accounts_and_tenants_are_metas_ids() -> None:
    connection = WhatsAppHarness().connection
    assert CONNECTOR.get_account_id(connection) == PHONE_NUMBER_ID
    assert CONNECTOR.get_tenant_id(connection) == WABA_ID


@pytest.mark.parametrize("token", ["EAAwrong", "no token at all", ""])
def test_a_wrong_token_is_the_owners_business_and_is_not_shown(token: str) -> None:
    harness = WhatsAppHarness(token=token)
    with pytest.raises((AuthorizationNeeded, Misconfigured)) as caught:
        check(harness)
    assert not token or token not in str(caught.value)
    if token:
        assert "patchbay connect whatsapp whatsapp-1 --secret access_token=@FILE" in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"door": "window"}, "door"),
        ({"read_receipts": "perhaps"}, "read_receipts"),
        ({"meta_api_version": "25"}, "meta_api_version"),
        ({"base_url": "http://x"}, "base_url"),
        ({"waba_id": "my business"}, "waba_id"),
    ],
)
def test_what_is_wrong_is_named(settings: dict[str, str], named: str) -> None:
    with pytest.raises(Misconfigured, match=named):
        check(WhatsAppHarness(settings=settings))


def test_what_is_missing_is_named() -> None:
    harness = WhatsAppHarness()
    for name in ("access_token", "app_secret"):
        secrets = {key: value for key, value in harness.connection.secrets.values.items() if key != name}
        with pytest.raises(Misconfigured, match=name):
            CONNECTOR.check_credentials(replace(harness.connection, secrets=Secrets(secrets)), harness.http)
    with pytest.raises(Misconfigured, match="pin must be six digits"):
        check(WhatsAppHarness(secrets={"pin": "12"}))
    with pytest.raises(AuthorizationNeeded, match="phone_number_id must be digits"):
        check(WhatsAppHarness(settings={"phone_number_id": "+41 44 555 01 99"}))


# --- webhooks --------------------------------------------------------------------------------------------------------


def test_the_app_and_the_account_send_their_webhooks_to_us_with_all_fields() -> None:
    harness = WhatsAppHarness()
    assert CONNECTOR.register_webhooks({"webhook": HOOK}, harness.connection, harness.http) == {}
    app = harness.core.state.apps[APP_ID]
    assert (app.callback.url, app.fields) == (HOOK, set(spec.FIELDS))
    assert harness.core.state.accounts[WABA_ID].subscriptions[APP_ID].url == HOOK
    assert CONNECTOR.get_registered_url(harness.connection, harness.http) == HOOK
    harness.people.write(harness.person(), "hello")
    assert len(harness.messages()) == 1
    CONNECTOR.register_webhooks({"webhook": HOOK}, harness.connection, harness.http)
    CONNECTOR.unregister_webhooks(harness.connection, harness.http)
    assert CONNECTOR.get_registered_url(harness.connection, harness.http) == ""
    CONNECTOR.unregister_webhooks(harness.connection, harness.http)


def test_an_app_whose_webhooks_go_elsewhere_keeps_them() -> None:
    harness = WhatsAppHarness()
    app = harness.core.state.apps[APP_ID]
    elsewhere = replace(app.callback, url="https://elsewhere.test/hook", verify_token="x")
    app.callback, app.fields = elsewhere, {"messages"}
    CONNECTOR.register_webhooks({"webhook": HOOK}, harness.connection, harness.http)
    assert (app.callback, app.fields) == (elsewhere, {"messages"})
    assert CONNECTOR.get_registered_url(harness.connection, harness.http) == HOOK
    [warning] = check(harness).warnings
    assert "smb_message_echoes" in warning
    assert "Webhook fields" in warning


def test_a_url_that_meta_cannot_verify_is_explained() -> None:
    harness = WhatsAppHarness()
    odd = replace(
        harness.connection,
        secrets=replace(
            harness.connection.secrets, values={**harness.connection.secrets.values, "verify_token": "another"}
        ),
    )
    with pytest.raises(Misconfigured, match="reachable from the internet"):
        CONNECTOR.register_webhooks({"webhook": HOOK}, odd, harness.http)


class Scripted:
    """Meta's answers by what is asked for; everything else is asked of the simulator."""

    def __init__(self, harness: WhatsAppHarness, **answers: object) -> None:
        self.harness = harness
        self.answers = answers
        self.called: list[str] = []

    def send(self, request: HttpRequest) -> HttpResponse:
        import json

        name = request.url.partition("?")[0].rpartition("/")[2]
        self.called.append(f"{request.method} {name}")
        known = {PHONE_NUMBER_ID: "number", WABA_ID: "account"}.get(name, name)
        if known in self.answers:
            answer = self.answers[known]
            if isinstance(answer, int):
                return HttpResponse(status=400, body=json.dumps({"error": {"code": answer}}).encode())
            return HttpResponse(status=200, body=json.dumps(answer).encode())
        return self.harness.http.send(request)


def test_the_doctor_learns_what_keeps_messages_back() -> None:
    harness = WhatsAppHarness.connected()
    ill = {"error_code": 141006, "error_description": "No payment method", "possible_solution": "Add one"}
    number = {
        "id": PHONE_NUMBER_ID,
        "display_phone_number": "+41 44 555 01 99",
        "verified_name": "Acme",
        "quality_rating": "YELLOW",
        "status": "PENDING",
        "health_status": {
            "can_send_message": "BLOCKED",
            "entities": [
                {"entity_type": "PHONE_NUMBER", "can_send_message": "AVAILABLE"},
                {"entity_type": "WABA", "can_send_message": "BLOCKED", "errors": [ill]},
                {"entity_type": "APP", "can_send_message": "LIMITED"},
            ],
        },
    }
    others = {"data": [{"whatsapp_business_api_data": {"id": "77", "name": "Other desk"}}]}
    token = {"data": {"app_id": APP_ID, "expires_at": 1788600000}}
    account = {"name": "Acme", "whatsapp_business_manager_messaging_limit": "TIER_250"}
    http = Scripted(harness, number=number, account=account, subscribed_apps=others, debug_token=token)
    found = CONNECTOR.check_credentials(harness.connection, http)
    status, quality, waba, app, expiry, apps = found.warnings
    assert "PENDING" in status
    assert "--secret pin=@FILE" in status
    assert "YELLOW" in quality
    assert waba == "WABA is BLOCKED (code 141006): No payment method: Add one"
    assert app == "APP is LIMITED"
    assert "valid until 2026-09-05" in expiry
    assert "Other desk" in apps
    assert found.notes == (
        "the number's quality is YELLOW",
        "how many people you may write to first within 24 hours: TIER_250",
    )


def test_what_meta_does_not_say_about_the_token_is_no_fault() -> None:
    harness = WhatsAppHarness.connected()
    http = Scripted(harness, debug_token=100)
    assert CONNECTOR.check_credentials(harness.connection, http).warnings == ()
    CONNECTOR.register_webhooks({"webhook": HOOK}, harness.connection, http)
    assert "GET subscriptions" not in http.called


def test_a_number_that_is_not_registered_is_registered_with_its_pin() -> None:
    harness = WhatsAppHarness(secrets={"pin": "204816"})
    http = Scripted(harness, number={"id": PHONE_NUMBER_ID, "status": "DISCONNECTED"}, register={"success": True})
    CONNECTOR.register_webhooks({"webhook": HOOK}, harness.connection, http)
    assert "POST register" in http.called
    wrong = Scripted(harness, number={"id": PHONE_NUMBER_ID, "status": "DISCONNECTED"}, register=133005)
    with pytest.raises(Misconfigured, match="133005"):
        CONNECTOR.register_webhooks({"webhook": HOOK}, harness.connection, wrong)
    known = Scripted(harness, number={"id": PHONE_NUMBER_ID, "status": "CONNECTED"})
    CONNECTOR.register_webhooks({"webhook": HOOK}, harness.connection, known)
    assert "POST register" not in known.called


def test_an_account_that_still_reports_another_address_is_asked_again() -> None:
    harness = WhatsAppHarness()
    http = Scripted(harness, subscribed_apps={"data": []})
    with pytest.raises(Transient, match="still reports"):
        CONNECTOR.register_webhooks({"webhook": HOOK}, harness.connection, http)


def test_an_expired_token_waits_for_the_owner() -> None:
    harness = WhatsAppHarness.connected()
    token = harness.core.state.tokens[harness.token]
    token.expires_at = harness.time.now() - timedelta(days=1)
    with pytest.raises(AuthorizationNeeded, match="has expired or was withdrawn"):
        check(harness)
