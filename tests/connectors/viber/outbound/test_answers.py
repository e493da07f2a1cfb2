"""What is sent to Viber for each part, and what its answers mean: answers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from patchbay.domain.accounts import Secrets
from patchbay.domain.errors import (
    AuthorizationNeeded,
    DeliveryError,
    Misconfigured,
    Rejected,
    Transient,
    Uncertain,
    Unreachable,
)
from patchbay.domain.model import (
    Text,
)
from patchbay.kit.contract import HttpResponse
from tests.connectors.viber.outbound.scene import CONNECTION, TOKEN, VIBER, deliver, make_part
from tests.harness.fakes.recording_http import RecordingHttp

# --- answers --------------------------------------------------------------------------------------------------------
STATUSES: dict[type[DeliveryError], tuple[int, ...]] = {
    AuthorizationNeeded: (2, 7, 8, 9, 10, 15),
    Rejected: (1, 3, 4, 16, 17, 18, 19, 20, 22, 23, 24),
    Unreachable: (5, 6, 11, 21),
    Transient: (12, 25, 99, -1),
}


@pytest.mark.parametrize(
    ("status", "failure"), [(status, failure) for failure, statuses in STATUSES.items() for status in statuses]
)
def test_each_status_has_its_consequence(status: int, failure: type[DeliveryError]) -> None:
    answer = {"status": status, "status_message": "secret words", "message_token": "5741311803571721087"}
    with pytest.raises(failure) as raised:
        deliver(make_part(Text(text="hush")), answer)
    assert type(raised.value) is failure
    told = str(raised.value)
    assert f"status {status}" in told
    assert not any(word in told for word in ("secret words", "hush", TOKEN))


@pytest.mark.parametrize(
    ("answer", "failure", "retry_after"),
    [
        (HttpResponse(status=429, headers={"retry-after": "17"}), Transient, 17.0),
        (HttpResponse(status=429), Transient, None),
        (HttpResponse(status=408), Uncertain, None),
        (HttpResponse(status=500), Uncertain, None),
        (HttpResponse(status=502, headers={"retry-after": "30"}), Uncertain, 30.0),
        (HttpResponse(status=503, headers={"retry-after": "5"}), Transient, 5.0),
        (HttpResponse(status=504), Uncertain, None),
        (HttpResponse(status=401), AuthorizationNeeded, None),
        (HttpResponse(status=403), AuthorizationNeeded, None),
        (HttpResponse(status=404), Rejected, None),
        (HttpResponse(status=413), Rejected, None),
        (HttpResponse(status=200, body=b"<html>"), Uncertain, None),
        (HttpResponse(status=200, body=b"[]"), Uncertain, None),
        (HttpResponse(status=200, body=b'{"status_message":"ok"}'), Uncertain, None),
    ],
)
def test_what_stands_before_viber_is_understood_too(
    answer: HttpResponse, failure: type[DeliveryError], retry_after: float | None
) -> None:
    with pytest.raises(failure) as raised:
        deliver(make_part(Text(text="hush")), answer)
    assert type(raised.value) is failure
    assert getattr(raised.value, "retry_after", None) == retry_after


# --- connecting -----------------------------------------------------------------------------------------------------
INFO = {"status": 0, "id": "pa:1", "name": "A shop with a name that is far too long", "webhook": ""}


def test_the_token_is_checked_and_the_bots_name_speaks_unless_another_was_set() -> None:
    account = VIBER.check_credentials(CONNECTION, RecordingHttp.in_turn(INFO))
    assert (account.external_id, account.name) == ("pa:1", INFO["name"])
    assert account.settings == {"account_id": "pa:1", "account_name": INFO["name"]}
    assert account.warnings == ()
    unnamed = replace(CONNECTION, settings={})
    http = RecordingHttp.in_turn(INFO)
    assert VIBER.check_credentials(unnamed, http).settings["sender_name"] == "A shop with a name that is…"
    assert http.requests[0].url == "https://chatapi.viber.com/pa/get_account_info"
    assert http.requests[0].method == "POST"


def test_a_webhook_of_somebody_else_is_warned_of_without_its_secrets() -> None:
    (warning,) = VIBER.check_credentials(
        CONNECTION, RecordingHttp.in_turn({**INFO, "webhook": "https://other.test/hook/s3cret"})
    ).warnings
    assert "other.test" in warning
    assert "s3cret" not in warning
    assert not VIBER.check_credentials(
        CONNECTION, RecordingHttp.in_turn({**INFO, "webhook": "https://b.test/viber/hook"})
    ).warnings


def test_a_refused_token_asks_for_another() -> None:
    with pytest.raises(AuthorizationNeeded, match="auth token"):
        VIBER.check_credentials(CONNECTION, RecordingHttp.in_turn({"status": 2, "status_message": "invalidAuthToken"}))
    with pytest.raises(Misconfigured, match="auth_token"):
        VIBER.check_credentials(replace(CONNECTION, secrets=Secrets()), RecordingHttp.in_turn())


def test_registering_asks_for_names_pictures_and_receipts_and_checks_that_it_holds() -> None:
    url = "https://bridge.test/viber/hook-1"
    http = RecordingHttp.in_turn({"status": 0}, {**INFO, "webhook": url})
    VIBER.register_webhooks({"webhook": url}, CONNECTION, http)
    assert http.requests[0].url == "https://viber.test/pa/set_webhook"
    assert http.bodies[0] == {
        "url": url,
        "event_types": ["delivered", "seen", "failed", "conversation_started"],
        "send_name": True,
        "send_photo": True,
    }


@pytest.mark.parametrize(
    ("answers", "failure"),
    [
        ([{"status": 1}], Misconfigured),
        ([{"status": 3}], Misconfigured),
        ([{"status": 2}], AuthorizationNeeded),
        ([{"status": 99}], Transient),
        ([{"status": 0}, {**INFO, "webhook": "https://other.test"}], Transient),
    ],
)
def test_registering_that_fails_says_what_to_do(answers: list[dict[str, Any]], failure: type[Exception]) -> None:
    with pytest.raises(failure) as raised:
        VIBER.register_webhooks(
            {"webhook": "https://bridge.test/viber/h00k"}, CONNECTION, RecordingHttp.in_turn(*answers)
        )
    assert "h00k" not in str(raised.value)


def test_unregistering_takes_the_address_away() -> None:
    http = RecordingHttp.in_turn({"status": 0}, INFO)
    VIBER.unregister_webhooks(CONNECTION, http)
    assert http.bodies == [{"url": ""}]
    assert VIBER.get_registered_url(CONNECTION, http) == ""
