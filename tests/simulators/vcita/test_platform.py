"""The simulated vcita's platform API, what keeps callers out of it, and how each refusal is worded."""

from __future__ import annotations

from typing import Any

import pytest

from playground.services.vcita import (
    DEMO_BUSINESS,
    DEMO_DIRECTORY_TOKEN,
    DEMO_STAFF,
    DEMO_TOKEN,
    OTHER_BUSINESS,
    SECOND_STAFF,
)
from playground.simulator import Fault
from tests.harness.vcita_directory import Directory, Json, make_directory


@pytest.fixture
def vcita() -> Directory:
    directory = make_directory()
    directory.token = DEMO_DIRECTORY_TOKEN
    return directory


# --- clients and staff -----------------------------------------------------------------------------------------------


def test_clients_are_found_by_text(vcita: Directory) -> None:
    uid = vcita.vcita.add_client(DEMO_BUSINESS, "Ann", phone="+49 151 12345678", email="Ann@Example.com")

    def search(by: str, term: str) -> list[str]:
        query = {"search_by": by, "search_term": term, "page": "1", "per_page": "25"}
        answer = vcita.call("GET", "/platform/v1/clients", query_string=query, token=DEMO_TOKEN)
        return [client["id"] for client in answer.get_json()["data"]["clients"]]

    assert search("phone", "+49 151 12345678") == search("phone", "151") == [uid]
    assert search("phone", "+4915112345678") == []
    assert search("email", "ann@example.com") == search("uid", uid) == [uid]
    for wrong in ({"search_by": "name", "search_term": "x"}, {"per_page": "101"}):
        assert vcita.call("GET", "/platform/v1/clients", query_string=wrong, token=DEMO_TOKEN).status_code == 422


def test_clients_are_created_shown_and_the_businesses_own(vcita: Directory) -> None:
    body = {"first_name": "Ann", "email": "ann@example.com", "phone": "+4915112345678", "source_name": "Viber"}
    answer = vcita.call("POST", "/platform/v1/clients", body, token=DEMO_TOKEN)
    client = answer.get_json()["data"]["client"]
    assert (answer.status_code, len(client["id"]), client["normalized_phone"]) == (201, 16, None)
    vcita.vcita.habits.normalizes_phones = True
    path = f"/platform/v1/clients/{client['id']}"
    shown = vcita.call("GET", path, token=DEMO_TOKEN).get_json()["data"]["client"]
    assert shown["mobile_phone"] == shown["normalized_phone"] == "+4915112345678"
    assert len(shown["matters"][0]["uid"]) == 16
    assert vcita.call("GET", path, headers={"X-On-Behalf-Of": DEMO_BUSINESS}).status_code == 200
    assert vcita.call("GET", path, headers={"X-On-Behalf-Of": OTHER_BUSINESS}).status_code == 404
    assert vcita.call("GET", path).status_code == 401
    again = vcita.call("POST", "/platform/v1/clients", {**body, "email": "ANN@example.com"}, token=DEMO_TOKEN)
    assert (again.status_code, set(again.get_json())) == (409, {"status", "error"})
    for wrong in ({"first_name": " "}, {}, {"first_name": "A", "nickname": "x"}):
        assert vcita.call("POST", "/platform/v1/clients", wrong, token=DEMO_TOKEN).status_code == 422


def test_the_staff_of_a_business_has_names(vcita: Directory) -> None:
    path = f"/platform/v1/businesses/{DEMO_BUSINESS}/staffs"
    staff = vcita.call("GET", path, token=DEMO_TOKEN).get_json()["data"]["staff"]
    assert [one["display_name"] for one in staff] == ["Maya Levi", "Jonas Weber"]
    [one] = vcita.call("GET", f"{path}/{SECOND_STAFF}", token=DEMO_TOKEN).get_json()["data"]["staff"]
    assert one["first_name"] == "Jonas"
    assert vcita.call("GET", f"{path}/unknown", token=DEMO_TOKEN).status_code == 404
    other = f"/platform/v1/businesses/{OTHER_BUSINESS}/staffs/{DEMO_STAFF}"
    assert vcita.call("GET", other, token=DEMO_TOKEN).status_code == 401


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
def test_an_unknown_token_is_refused_in_each_form(vcita: Directory, envelope: Any, expected: Json) -> None:
    vcita.vcita.habits.envelope = envelope
    answer = vcita.api("GET", "/sessions", token="wrong")
    assert (answer.status_code, answer.get_json()) == (401, expected)
    vcita.vcita.fail_next(Fault(status=401))
    assert vcita.api("GET", "/sessions").get_json() == expected


@pytest.mark.parametrize("header", ["", "Bearer", DEMO_TOKEN, f"Basic {DEMO_TOKEN}"])
def test_only_a_bearer_token_opens_the_api(vcita: Directory, header: str) -> None:
    assert vcita.api("GET", "/sessions", headers={"Authorization": header}).status_code == 401


def test_a_good_token_of_another_business_is_told_so_without_the_number(vcita: Directory) -> None:
    channel = {"business_uid": OTHER_BUSINESS, "type": "transactional"}
    answer = vcita.api("POST", "/channels", channel, token=DEMO_TOKEN)
    assert (answer.status_code, answer.get_json()["errors"][0]["message"]) == (401, "Unauthorized")


def test_each_api_has_its_own_form(vcita: Directory) -> None:
    assert vcita.call("GET", "/platform/v1/clients", token="x").get_json()["status"] == "Error"
    assert vcita.call("GET", "/oauth/userinfo", token="x").get_json() == {"error": "Unauthorized"}
    vcita.vcita.fail_next(Fault(status=503, retry_after=7))
    answer = vcita.api("GET", "/sessions")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "7")
    assert answer.get_json()["errors"][0]["code"] == "unexpected"


@pytest.mark.parametrize("retry_after", [None, 2])
def test_more_than_eight_calls_in_a_second_are_too_many(vcita: Directory, retry_after: int | None) -> None:
    vcita.vcita.habits.retry_after = retry_after
    client = vcita.vcita.app.test_client()

    def ask(token: str = DEMO_TOKEN) -> Any:
        return client.get("/oauth/userinfo", headers={"Authorization": f"Bearer {token}"})

    assert [ask().status_code for _ in range(9)] == [200] * 8 + [429]
    assert ask().headers.get("Retry-After") == (str(retry_after) if retry_after else None)
    assert ask(DEMO_DIRECTORY_TOKEN).status_code == 401, "each token is counted by itself"
    vcita.time.advance(0.99)
    assert ask().status_code == 429
    vcita.time.advance(0.01)
    assert ask().status_code == 200
    assert vcita.vcita.busiest(DEMO_TOKEN) == 11
    assert vcita.vcita.busiest(DEMO_DIRECTORY_TOKEN) == 1
