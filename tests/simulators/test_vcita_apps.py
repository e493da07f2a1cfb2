"""The simulated vcita makes apps and tokens as vcita does, asks people for consent, and refuses in its many ways."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from playground.services.vcita import (
    DEMO_APP,
    DEMO_BUSINESS,
    DEMO_DIRECTORY_TOKEN,
    DEMO_STAFF,
    DEMO_TOKEN,
    OTHER_BUSINESS,
    SECOND_STAFF,
)
from playground.services.vcita.demo import DIRECTORY_ID, DIRECTORY_UID
from playground.simulator import Fault
from tests.support.vcita_directory import Directory, Json, make_directory

BACK = "https://bridge.example/vcita/oauth?kind=vcita"
APP = {
    "name": "Patchbay demo",
    "app_code_name": "patchbay1",
    "app_type": ["communication"],
    "redirect_uri": BACK,
    "api_uri": "https://hooks.example/vcita/new",
    "url_params": ["business_uid", "staff_uid"],
}


@pytest.fixture
def vcita() -> Directory:
    directory = make_directory()
    directory.token = DEMO_DIRECTORY_TOKEN
    return directory


def make_app(vcita: Directory, **fields: object) -> Json:
    answer = vcita.call("POST", "/platform/v1/apps", {**APP, **fields})
    assert answer.status_code == 201, answer.data
    data: Json = answer.get_json()["data"]
    return data


def query_of(answer: Any) -> dict[str, str]:
    """What a redirect carries; it must lead to the app."""
    assert answer.status_code == 303
    address = urlsplit(answer.headers["Location"])
    assert f"{address.scheme}://{address.netloc}{address.path}" == BACK.split("?", maxsplit=1)[0]
    query = {name: values[0] for name, values in parse_qs(address.query).items()}
    assert query.pop("kind") == "vcita"
    return query


def consent(app: Json, **fields: str) -> dict[str, str]:
    asked = {"response_type": "code", "client_id": app["client_id"], "redirect_uri": BACK, "state": "s-1"}
    return {**asked, "business_uid": OTHER_BUSINESS, **fields}


def allow(vcita: Directory, app: Json, **fields: str) -> str:
    answer = vcita.vcita.app.test_client().post(
        "/app/oauth/authorize", data={**consent(app, **fields), "decision": "allow"}
    )
    query = query_of(answer)
    assert query.pop("state") == "s-1"
    return query["code"]


def exchange(vcita: Directory, app: Json, code: str, **fields: str) -> Any:
    body = {"grant_type": "authorization_code", "client_id": app["client_id"], "client_secret": app["client_secret"]}
    return vcita.call("POST", "/oauth/token", {**body, "code": code, "redirect_uri": BACK, **fields})


# --- apps ------------------------------------------------------------------------------------------------------------


def test_the_secret_of_an_app_is_shown_once(vcita: Directory) -> None:
    app = make_app(vcita)
    assert {"app_code_name", "app_id", "client_id", "client_secret", "name"} <= set(app)
    assert app["app_code_name"] == "patchbay1"
    changed = vcita.call("PUT", "/platform/v1/apps/patchbay1", {"api_uri": "https://hooks.example/other"})
    assert changed.status_code == 200
    assert "client_secret" not in changed.get_json()["data"]
    assert vcita.vcita.apps[-1].api_uri == "https://hooks.example/other"


def test_an_app_without_a_code_name_gets_one_from_its_name(vcita: Directory) -> None:
    answer = vcita.call("POST", "/platform/v1/apps", {"name": "WhatsApp Channel", "redirect_uri": BACK})
    assert answer.get_json()["data"]["app_code_name"] == "whatsappchannel"


@pytest.mark.parametrize(
    "change",
    [
        {"name": "ab"},
        {"name": "a" * 26},
        {"app_code_name": "patch-bay"},
        {"app_code_name": DEMO_APP},
        {"redirect_uri": None},
        {"url_params": ["password"]},
        {"scopes": ["admin"]},
        {"trusted": "yes"},
        {"colour": "red"},
    ],
)
def test_a_wrong_app_is_refused(vcita: Directory, change: Json) -> None:
    body = {name: value for name, value in {**APP, **change}.items() if value is not None}
    answer = vcita.call("POST", "/platform/v1/apps", body)
    assert answer.status_code == 422
    assert set(answer.get_json()) == {"status", "error"}
    assert len(vcita.vcita.apps) == 1


def test_only_a_directory_makes_changes_and_assigns_apps(vcita: Directory) -> None:
    for method, path in (
        ("POST", "/platform/v1/apps"),
        ("PUT", f"/platform/v1/apps/{DEMO_APP}"),
        ("POST", "/v3/apps/app_assignments"),
        ("POST", "/platform/v1/tokens"),
    ):
        assert vcita.call(method, path, APP, token=DEMO_TOKEN).status_code == 401
    assert vcita.call("PUT", "/platform/v1/apps/unknown", {}).status_code == 404


def test_a_pre_installed_app_needs_no_click(vcita: Directory) -> None:
    vcita.call("POST", "/platform/v1/apps", APP)
    body: Json = {"assignee_type": "business", "assignee_uid": OTHER_BUSINESS, "app_code_name": "patchbay1"}
    body |= {"settings": {"assignment_mode": "pre_installed"}}
    assert vcita.call("POST", "/v3/apps/app_assignments", body).status_code == 201
    assert vcita.vcita.apps[-1].installed == {OTHER_BUSINESS}
    assert vcita.call("POST", "/v3/apps/app_assignments", {**body, "assignee_uid": "nobody"}).status_code == 422


def test_an_app_may_have_to_be_assigned_before_it_is_offered(vcita: Directory) -> None:
    vcita.vcita.habits.offers_new_apps = False
    make_app(vcita)
    path = f"/app/market/patchbay1?business_uid={OTHER_BUSINESS}"
    assert vcita.vcita.app.test_client().get(path).status_code == 400
    body = {"assignee_type": "directory", "assignee_uid": DIRECTORY_UID, "app_code_name": "patchbay1"}
    assert vcita.call("POST", "/v3/apps/app_assignments", body).status_code == 201
    assert vcita.vcita.app.test_client().get(path).status_code == 200


def test_an_app_keeps_its_code_name(vcita: Directory) -> None:
    make_app(vcita)
    for code_name, status in (("patchbay1", 200), ("other", 422)):
        change = {"app_code_name": code_name, "name": "New name"}
        assert vcita.call("PUT", "/platform/v1/apps/patchbay1", change).status_code == status


def test_an_app_is_installed_by_api(vcita: Directory) -> None:
    make_app(vcita)
    body = {"business_uid": OTHER_BUSINESS, "app_code_name": "patchbay1"}
    for _ in range(2):
        assert vcita.call("POST", "/v3/apps/business_app_installs", body).status_code == 201
    unknown = vcita.call("POST", "/v3/apps/business_app_installs", {**body, "app_code_name": "x"})
    assert unknown.status_code == 422
    assert unknown.get_json()["errors"][0]["message"] == "business_uid or app_code_name not found"


# --- installing, as a person does it ---------------------------------------------------------------------------------


def test_the_market_installs_and_opens_the_app(vcita: Directory) -> None:
    app = make_app(vcita)
    subscription = {"event": "app_subscription/installed", "target_url": "https://hooks.example/platform"}
    assert vcita.call("POST", "/platform/v1/webhook/subscribe", subscription).status_code == 201
    browser = vcita.vcita.app.test_client()
    path = f"/app/market/patchbay1?business_uid={OTHER_BUSINESS}"
    page = browser.get(path)
    assert page.content_type == "text/html; charset=utf-8"
    assert "Harbour Yoga" in page.text
    assert ">Install<" in page.text
    query = query_of(browser.post("/app/market/patchbay1", data={"business_uid": OTHER_BUSINESS}))
    assert query == {"business_uid": OTHER_BUSINESS, "staff_uid": vcita.vcita.businesses[1].staff[0].uid}
    data = {"business_id": OTHER_BUSINESS, "app_id": app["app_id"]}
    expected = {"entity_name": "app_subscription", "event_type": "installed", "data": data}
    assert vcita.news() == [("POST", "https://hooks.example/platform", expected)]
    assert ">Open<" in browser.get(path).text
    asked = {name: value for name, value in consent(app).items() if name != "business_uid"}
    assert "Harbour Yoga" in browser.get("/app/oauth/authorize", query_string=asked).text, "the browser stays signed in"


@pytest.mark.parametrize("path", [f"/app/market/{DEMO_APP}?business_uid={OTHER_BUSINESS}", "/app/market/x"])
def test_what_is_not_offered_cannot_be_installed(vcita: Directory, path: str) -> None:
    browser = vcita.vcita.app.test_client()
    assert (browser.get(path).status_code, browser.post(path).status_code) == (400, 400)


# --- consent ---------------------------------------------------------------------------------------------------------


def test_people_are_asked_before_an_app_acts_for_them(vcita: Directory) -> None:
    app = make_app(vcita, name="<Chat> & more")
    page = vcita.vcita.app.test_client().get("/app/oauth/authorize", query_string=consent(app))
    assert page.status_code == 200
    for words in ("&lt;Chat&gt; &amp; more", "Harbour Yoga", ">Allow<", ">Cancel<", 'method="post"'):
        assert words in page.text
    assert "<Chat>" not in page.text


def test_who_is_not_signed_in_says_first_who_they_are(vcita: Directory) -> None:
    app = make_app(vcita, trusted=True)
    asked = consent(app, business_uid="")
    page = vcita.vcita.app.test_client().get("/app/oauth/authorize", query_string=asked)
    assert "Maya Levi, Northwind Dental" in page.text


def test_trusted_apps_are_not_asked_about(vcita: Directory) -> None:
    app = make_app(vcita, trusted="true")
    answer = vcita.vcita.app.test_client().get("/app/oauth/authorize", query_string=consent(app))
    assert set(query_of(answer)) == {"code", "state"}


def test_who_cancels_is_led_back_without_a_code(vcita: Directory) -> None:
    asked = {**consent(make_app(vcita)), "decision": "cancel"}
    answer = vcita.vcita.app.test_client().post("/app/oauth/authorize", data=asked)
    assert query_of(answer) == {"error": "access_denied", "state": "s-1"}


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "unknown"},
        {"redirect_uri": "https://elsewhere.example/"},
        {"redirect_uri": f"{BACK}&more=1"},
        {"response_type": "token"},
        {"code_challenge": "x", "code_challenge_method": "plain"},
    ],
)
def test_a_wrong_request_for_consent_leads_nowhere(vcita: Directory, change: dict[str, str]) -> None:
    asked = consent(make_app(vcita, trusted=True), **change)
    browser = vcita.vcita.app.test_client()
    for answer in (
        browser.get("/app/oauth/authorize", query_string=asked),
        browser.post("/app/oauth/authorize", data={**asked, "decision": "cancel"}),
    ):
        assert answer.status_code == 400
        assert "Location" not in answer.headers


def test_a_code_becomes_a_token_of_the_app_for_the_business(vcita: Directory) -> None:
    app = make_app(vcita)
    answer = exchange(vcita, app, allow(vcita, app))
    assert answer.status_code == 200
    token = answer.get_json()
    assert set(token) == {"access_token", "token_type", "expires_in", "created_at"}
    assert (len(token["access_token"]), token["token_type"], token["expires_in"]) == (64, "Bearer", 631139040)
    user = vcita.call("GET", "/oauth/userinfo", token=token["access_token"]).get_json()
    assert (user["business_uid"], user["business_name"], user["role"]) == (OTHER_BUSINESS, "Harbour Yoga", "owner")
    channel = {"business_uid": OTHER_BUSINESS, "type": "transactional"}
    assert vcita.api("POST", "/channels", channel, token=token["access_token"]).status_code == 201
    assert vcita.news()[0][1].startswith("https://hooks.example/vcita/new/channels/")


def test_a_code_is_good_once_for_thirty_seconds_and_one_address(vcita: Directory) -> None:
    app = make_app(vcita, oauth_redirect_uris=["https://bridge.example/vcita/other"])
    code = allow(vcita, app)
    assert exchange(vcita, app, code).status_code == 200
    late = allow(vcita, app)
    vcita.time.advance(30)
    refused = (
        exchange(vcita, app, code),
        exchange(vcita, app, late),
        exchange(vcita, app, allow(vcita, app), redirect_uri="https://bridge.example/vcita/other"),
        exchange(vcita, app, "never given"),
    )
    for answer in refused:
        assert answer.status_code == 401
        assert set(answer.get_json()) == {"error", "error_description"}


def test_a_challenged_code_wants_its_verifier(vcita: Directory) -> None:
    app = make_app(vcita)
    digest = hashlib.sha256(b"verifier").digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    for verifier, status in (("verifier", 200), ("wrong", 401)):
        code = allow(vcita, app, code_challenge=challenge, code_challenge_method="S256")
        assert exchange(vcita, app, code, code_verifier=verifier).status_code == status


def test_a_wrong_request_for_a_token_is_told_why(vcita: Directory) -> None:
    app = make_app(vcita)
    code = allow(vcita, app)
    for change, status, error in (
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "wrong"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"redirect_uri": ""}, 400, "invalid_request"),
        ({"colour": "red"}, 400, "invalid_request"),
    ):
        answer = exchange(vcita, app, code, **change)
        assert (answer.status_code, answer.get_json()["error"]) == (status, error)
    assert exchange(vcita, app, code).status_code == 200, "none of these used the code up"


# --- other tokens ----------------------------------------------------------------------------------------------------


def test_a_service_token_is_the_apps_and_lives_an_hour(vcita: Directory) -> None:
    app = make_app(vcita)
    body = {"service_id": app["client_id"], "service_secret": app["client_secret"]}
    token = vcita.call("POST", "/oauth/service/token", body).get_json()
    assert token["expires_in"] == 3600
    assert vcita.call("GET", "/oauth/userinfo", token=token["access_token"]).status_code == 401
    channel = {"business_uid": OTHER_BUSINESS, "type": "transactional"}
    refused = vcita.api("POST", "/channels", channel, token=token["access_token"])
    assert refused.get_json()["errors"][0]["message"] == "Unauthorized", "nobody has installed the app"
    vcita.vcita.install(OTHER_BUSINESS)
    assert vcita.api("POST", "/channels", channel, token=token["access_token"]).status_code == 201
    vcita.time.advance(3600)
    assert vcita.api("POST", "/channels", channel, token=token["access_token"]).status_code == 401
    assert vcita.call("POST", "/oauth/service/token", {**body, "service_secret": "x"}).status_code == 401


def test_tokens_are_made_and_revoked_by_api(vcita: Directory) -> None:
    made = vcita.call("POST", "/platform/v1/tokens", {"business_id": DEMO_BUSINESS, "directory_id": DIRECTORY_ID})
    assert made.status_code == 201
    token = made.get_json()["data"]["token"]
    assert vcita.call("GET", "/oauth/userinfo", token=token).status_code == 200
    assert vcita.call("POST", "/platform/v1/tokens", {}).status_code == 400
    assert vcita.call("POST", "/platform/v1/tokens", {"app_id": 1}).status_code == 400
    foreign = vcita.call("POST", "/platform/v1/tokens/revoke", {"token": DEMO_DIRECTORY_TOKEN}, token=token)
    assert (foreign.status_code, foreign.get_json()) == (422, {"status": "Error", "error": "Unauthorized"})
    assert vcita.call("POST", "/platform/v1/tokens/revoke", {"token": token}).status_code == 201
    again = vcita.call("POST", "/platform/v1/tokens/revoke", {"token": token})
    assert (again.status_code, again.get_json()) == (422, {"status": "Error", "error": "invalid token"})
    assert vcita.call("GET", "/oauth/userinfo", token=token).status_code == 401


# --- platform webhooks -----------------------------------------------------------------------------------------------


def test_subscriptions_are_listed_and_ended(vcita: Directory) -> None:
    target = "https://hooks.example/platform"
    ids = set()
    for event in ("app_subscription/installed", "app_subscription/uninstalled", "app_subscription/installed"):
        body = {"event": event, "target_url": target}
        answer = vcita.call("POST", "/platform/v1/webhook/subscribe", body).get_json()
        assert answer["status"] == "OK"
        ids.add(answer["data"]["subscription_id"])
    assert len(ids) == 2
    assert len(vcita.call("GET", "/platform/v1/webhooks").get_json()["data"]["webhooks"]) == 2
    ended = {"event": "app_subscription/installed", "target_url": target}
    assert vcita.call("POST", "/platform/v1/webhook/unsubscribe", ended).status_code == 201
    [left] = vcita.call("GET", "/platform/v1/webhooks").get_json()["data"]["webhooks"]
    assert left["event"] == "app_subscription/uninstalled"


def test_subscribing_fails_in_its_own_ways(vcita: Directory) -> None:
    body = {"event": "app_subscription/installed", "target_url": "ftp://hooks.example"}
    failed = vcita.call("POST", "/platform/v1/webhook/subscribe", body)
    assert (failed.status_code, failed.get_json()) == (500, {"response": "Not Subscribed"})
    for order, token, status in (({}, "", 400), (body, DEMO_TOKEN, 401)):
        answer = vcita.call("POST", "/platform/v1/webhook/subscribe", order, token=token)
        assert (answer.status_code, set(answer.get_json())) == (status, {"message", "status"})


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
