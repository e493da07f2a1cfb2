"""The simulated vcita's platform API, what keeps callers out of it, and how each refusal is worded."""

from __future__ import annotations

from typing import Any

import pytest

from playground.services.vcita import (
    DEMO_BUSINESS,
    DEMO_DIRECTORY_TOKEN,
    DEMO_TOKEN,
    OTHER_BUSINESS,
)
from playground.simulator import Fault
from tests.harness.vcita import Json, VcitaHarness, make_harness


@pytest.fixture
def harness() -> VcitaHarness:
    harness = make_harness()
    harness.token = DEMO_DIRECTORY_TOKEN
    return harness


# --- clients ---------------------------------------------------------------------------------------------------------


def test_clients_are_found_by_text(harness: VcitaHarness) -> None:
    uid = harness.vcita.add_client(DEMO_BUSINESS, "Ann", phone="+49 151 12345678", email="Ann@Example.com")

    def search(by: str, term: str) -> list[str]:
        query = {"search_by": by, "search_term": term, "page": "1", "per_page": "25"}
        answer = harness.call("GET", "/platform/v1/clients", query_string=query, token=DEMO_TOKEN)
        return [client["id"] for client in answer.get_json()["data"]["clients"]]

    assert search("phone", "+49 151 12345678") == search("phone", "151") == [uid]
    assert search("phone", "+4915112345678") == []
    assert search("email", "ann@example.com") == [uid]
    for wrong in ({"search_by": "uid", "search_term": uid}, {"per_page": "101"}):
        assert harness.call("GET", "/platform/v1/clients", query_string=wrong, token=DEMO_TOKEN).status_code == 422


def test_clients_are_created_and_the_businesss_own(harness: VcitaHarness) -> None:
    body = {"first_name": "Ann", "email": "ann@example.com", "phone": "+4915112345678", "source_name": "Viber"}
    answer = harness.call("POST", "/platform/v1/clients", body, token=DEMO_TOKEN)
    client = answer.get_json()["data"]["client"]
    assert (answer.status_code, len(client["id"]), client["normalized_phone"]) == (201, 16, None)
    harness.vcita.quirks.normalizes_phones = True
    [shown] = harness.call("GET", "/platform/v1/clients", token=DEMO_TOKEN).get_json()["data"]["clients"]
    assert shown["mobile_phone"] == shown["normalized_phone"] == "+4915112345678"
    assert harness.call("GET", "/platform/v1/clients").status_code == 401, "a directory has no clients"
    again = harness.call("POST", "/platform/v1/clients", {**body, "email": "ANN@example.com"}, token=DEMO_TOKEN)
    assert (again.status_code, set(again.get_json())) == (409, {"status", "error"})
    for wrong in ({"first_name": " "}, {}, {"first_name": "A", "nickname": "x"}):
        assert harness.call("POST", "/platform/v1/clients", wrong, token=DEMO_TOKEN).status_code == 422


# --- refusing --------------------------------------------------------------------------------------------------------

SUCCESS = {"success": False, "errors": [{"code": "unauthorized", "message": "401 Unauthorized"}]}


@pytest.mark.parametrize(
    ("envelope", "expected"),
    [
        ("own", SUCCESS),
        ("success", SUCCESS),
        ("failure", {"message": "401 Unauthorized", "status": "Failure"}),
        ("lower_failure", {"status": "failure", "message": "401 Unauthorized"}),
        ("bare_error", {"error": "Unauthorized"}),
        ("status_error", {"status": "Error", "error": "401 Unauthorized"}),
        ("message_error", {"message": "401 Unauthorized", "status": "Error"}),
    ],
)
def test_an_unknown_token_is_refused_in_each_form(harness: VcitaHarness, envelope: Any, expected: Json) -> None:
    harness.vcita.quirks.envelope = envelope
    answer = harness.api("GET", "/sessions", token="wrong")
    assert (answer.status_code, answer.get_json()) == (401, expected)
    harness.vcita.fail_next(Fault(status=401))
    assert harness.api("GET", "/sessions").get_json() == expected


@pytest.mark.parametrize("header", ["", "Bearer", DEMO_TOKEN, f"Basic {DEMO_TOKEN}"])
def test_only_a_bearer_token_opens_the_api(harness: VcitaHarness, header: str) -> None:
    assert harness.api("GET", "/sessions", headers={"Authorization": header}).status_code == 401


def test_a_good_token_of_another_business_is_refused_without_the_number(harness: VcitaHarness) -> None:
    channel = {"business_uid": OTHER_BUSINESS, "type": "transactional"}
    answer = harness.api("POST", "/channels", channel, token=DEMO_TOKEN)
    assert (answer.status_code, answer.get_json()["errors"][0]["message"]) == (401, "Unauthorized")


def test_each_api_has_its_own_form(harness: VcitaHarness) -> None:
    assert harness.call("GET", "/platform/v1/clients", token="x").get_json()["status"] == "Error"
    assert harness.call("GET", "/oauth/userinfo", token="x").get_json() == {"error": "Unauthorized"}
    harness.vcita.fail_next(Fault(status=503, retry_after=7))
    answer = harness.api("GET", "/sessions")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "7")
    assert answer.get_json()["errors"][0]["code"] == "unexpected"


def test_more_than_eight_calls_in_a_second_are_too_many(harness: VcitaHarness) -> None:
    client = harness.vcita.app.test_client()

    def ask(token: str = DEMO_TOKEN) -> Any:
        return client.get("/oauth/userinfo", headers={"Authorization": f"Bearer {token}"})

    assert [ask().status_code for _ in range(9)] == [200] * 8 + [429]
    assert ask().status_code == 429
    assert ask(DEMO_DIRECTORY_TOKEN).status_code == 401, "each token is counted by itself"
    harness.time.advance(0.99)
    assert ask().status_code == 429
    harness.time.advance(0.01)
    assert ask().status_code == 200
    assert harness.vcita.busiest(DEMO_TOKEN) == 11
    assert harness.vcita.busiest(DEMO_DIRECTORY_TOKEN) == 1
