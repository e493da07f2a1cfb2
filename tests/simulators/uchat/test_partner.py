"""The simulated UChat's partner API: a workspace's webhook, and the handshake while it is set."""

from __future__ import annotations

import re
from typing import Any, Literal

import pytest

from playground.services.uchat import DEMO_FLOW_KEY, DEMO_PARTNER_KEY, OTHER_WORKSPACE
from playground.simulator import WebhookAnswer
from tests.harness.uchat import HOOK, KEY, UChatHarness, challenge_of, make_harness

NOTHING = {"webhook_url": "", "webhook_verification_key": "", "webhook_status": "", "bot_url": ""}


@pytest.fixture
def harness() -> UChatHarness:
    return make_harness(registered=False)


def refuse_handshake(harness: UChatHarness, body: bytes = b"something else", status: int = 200) -> Any:
    harness.our_side.answers.append(WebhookAnswer(status, body))
    return harness.register()


# --- setting, showing, removing --------------------------------------------------------------------------------------


def test_a_workspace_without_a_webhook_shows_empty_fields(harness: UChatHarness) -> None:
    assert harness.partner("GET").get_json() == {"status": "ok", "data": NOTHING}


def test_a_webhook_is_verified_while_it_is_set_and_then_shown(harness: UChatHarness) -> None:
    answer = harness.register()
    data = {
        "webhook_url": HOOK,
        "webhook_verification_key": KEY,
        "webhook_status": "verified",
        "bot_url": "https://uchat.simulator.test/api/apichat/AbC123xYz789QrS4",
    }
    assert (answer.status_code, answer.get_json()) == (200, {"status": "ok", "data": data})
    assert harness.registered == data
    assert len(harness.our_side.handshakes) == 1


def test_a_removed_webhook_is_gone_and_its_bot_url_with_it(harness: UChatHarness) -> None:
    harness.register()
    assert harness.partner("DELETE").get_json() == {"status": "ok", "data": NOTHING}
    assert harness.registered == NOTHING
    assert harness.post({}).status_code == 404


def test_a_workspace_has_one_webhook(harness: UChatHarness) -> None:
    harness.register()
    harness.register(webhook_verification_key="another-key")
    assert harness.registered["webhook_verification_key"] == "another-key"
    harness.uchat.lose_webhook("https://another.example/hook")
    assert harness.registered["webhook_url"] == "https://another.example/hook"
    assert harness.registered["webhook_status"] == "verified"


def test_the_partner_may_enter_the_webhook_by_hand(harness: UChatHarness) -> None:
    harness.our_side.answers.append(WebhookAnswer(403))
    assert not harness.uchat.set_webhook(HOOK, KEY)
    assert harness.registered == NOTHING
    assert harness.uchat.set_webhook(HOOK, KEY)
    assert harness.registered["webhook_status"] == "verified"


# --- who may ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("given", ["", "Bearer wrong", f"Bearer {DEMO_FLOW_KEY}", f"Basic {DEMO_PARTNER_KEY}"])
def test_only_the_partner_key_is_taken(harness: UChatHarness, method: str, given: str) -> None:
    answer = harness.partner(method, headers={"Authorization": given})
    assert (answer.status_code, answer.get_json()) == (401, {"message": "Unauthenticated."})


def test_a_replaced_partner_key_is_refused(harness: UChatHarness) -> None:
    harness.uchat.replace_partner_key("a-new-partner-key")
    assert harness.partner("GET").status_code == 401
    assert harness.partner("GET", key="a-new-partner-key").status_code == 200
    assert harness.uchat.demo().secrets["partner_api_key"] == "a-new-partner-key"


def test_an_unknown_workspace_is_not_found(harness: UChatHarness) -> None:
    answer = harness.partner("GET", workspace="999")
    assert answer.status_code == 404
    assert answer.get_json() == {"message": "No query results for model [App\\Models\\Workspace]."}


def test_a_workspace_without_the_add_on_is_refused(harness: UChatHarness) -> None:
    answer = harness.partner("GET", workspace=OTHER_WORKSPACE)
    assert (answer.status_code, list(answer.get_json())) == (403, ["message"])


def test_who_does_not_ask_for_json_gets_pages_and_redirects(harness: UChatHarness) -> None:
    unauthenticated = harness.partner("GET", key="wrong", headers={"Accept": "*/*"})
    assert (unauthenticated.status_code, unauthenticated.headers["Location"]) == (302, "/login")
    unknown = harness.partner("GET", workspace="999", headers={"Accept": "*/*"})
    assert (unknown.status_code, unknown.mimetype) == (404, "text/html")


# --- what is sent ----------------------------------------------------------------------------------------------------


def test_missing_fields_are_named_as_laravel_names_them(harness: UChatHarness) -> None:
    answer = harness.partner("POST", {"webhook_url": HOOK})
    assert answer.status_code == 422
    text = "The webhook verification key field is required."
    assert answer.get_json() == {"message": text, "errors": {"webhook_verification_key": [text]}}
    both = harness.partner("POST", {}).get_json()
    assert both["message"] == "The webhook url field is required. (and 1 more error)"
    assert list(both["errors"]) == ["webhook_url", "webhook_verification_key"]


@pytest.mark.parametrize(
    "url", ["http://hooks.example/x", "hooks.example", "https://", "https://a b/", "ftp://h/x", ""]
)
def test_the_address_must_be_https(harness: UChatHarness, url: str) -> None:
    answer = harness.register(webhook_url=url)
    assert (answer.status_code, list(answer.get_json()["errors"])) == (422, ["webhook_url"])
    assert not harness.our_side.handshakes


@pytest.mark.parametrize("field", ["webhook_url", "webhook_verification_key"])
def test_fields_are_text(harness: UChatHarness, field: str) -> None:
    assert list(harness.register(**{field: 5}).get_json()["errors"]) == [field]


# --- the handshake ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dotted", [False, True])
@pytest.mark.parametrize("encoding", ["json", "form", "query", "get"])
def test_the_handshake_has_three_parameters_in_any_encoding(
    harness: UChatHarness, encoding: Literal["json", "form", "query", "get"], dotted: bool
) -> None:
    harness.uchat.quirks.handshake, harness.uchat.quirks.dotted_names = encoding, dotted
    assert harness.register().get_json()["data"]["webhook_status"] == "verified"
    [handshake] = harness.our_side.handshakes
    sign = "." if dotted else "_"
    assert list(handshake.parameters) == [f"hub{sign}mode", f"hub{sign}verify_token", f"hub{sign}challenge"]
    assert list(handshake.parameters.values())[:2] == ["subscribe", KEY]
    assert re.fullmatch(r"[0-9a-f]{32}", challenge_of(handshake))
    assert handshake.method == ("GET" if encoding == "get" else "POST")
    assert ("?" in handshake.url) == (encoding in {"query", "get"})
    assert "x-hub-signature-256" not in handshake.headers


def test_every_handshake_has_another_challenge(harness: UChatHarness) -> None:
    harness.register()
    harness.register()
    one, other = harness.our_side.handshakes
    assert challenge_of(one) != challenge_of(other)


@pytest.mark.parametrize(("status", "body"), [(200, b"something else"), (200, b""), (403, b""), (0, b"")])
def test_a_failed_handshake_sets_nothing(harness: UChatHarness, status: int, body: bytes) -> None:
    answer = refuse_handshake(harness, body, status)
    assert (answer.status_code, answer.get_json()) == (400, {"message": "Webhook verification failed"})
    assert harness.registered == NOTHING


@pytest.mark.parametrize(("status", "dressed"), [(200, "{}\n"), (200, '"{}"'), (201, "{}")])
def test_the_answer_is_the_challenge_and_nothing_else(harness: UChatHarness, status: int, dressed: str) -> None:
    harness.register()
    harness.uchat.random.seed(3)
    challenge = f"{harness.uchat.random.getrandbits(128):032x}"
    harness.uchat.random.seed(3)
    assert refuse_handshake(harness, dressed.format(challenge).encode(), status).status_code == 400
    assert challenge_of(harness.our_side.handshakes[-1]) == challenge


def test_a_failed_handshake_leaves_the_webhook_that_was_there(harness: UChatHarness) -> None:
    harness.register()
    refuse_handshake(harness)
    assert harness.registered["webhook_url"] == HOOK


def test_a_failure_may_be_told_with_200(harness: UChatHarness) -> None:
    harness.uchat.quirks.failure = "error"
    answer = refuse_handshake(harness)
    assert (answer.status_code, answer.get_json()["status"]) == (200, "error")
    assert harness.registered == NOTHING


def test_a_failure_may_be_seen_from_the_status_of_the_webhook_alone(harness: UChatHarness) -> None:
    harness.uchat.quirks.failure = "unverified"
    answer = refuse_handshake(harness)
    assert (answer.status_code, answer.get_json()["status"]) == (200, "ok")
    assert answer.get_json()["data"]["webhook_status"] == ""
    assert harness.registered["webhook_url"] == HOOK
    harness.write("Hello")
    assert not harness.take_webhooks()
