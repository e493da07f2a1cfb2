"""The simulated vcita makes apps and tokens as vcita does, and asks people before an app acts for them."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from playground.services.vcita import (
    DEMO_APP,
    DEMO_DIRECTORY_TOKEN,
    DEMO_TOKEN,
    OTHER_BUSINESS,
)
from tests.harness.vcita import Json, VcitaHarness, make_harness

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
def harness() -> VcitaHarness:
    harness = make_harness()
    harness.token = DEMO_DIRECTORY_TOKEN
    return harness


def make_app(harness: VcitaHarness, **fields: object) -> Json:
    answer = harness.call("POST", "/platform/v1/apps", {**APP, **fields})
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


def allow(harness: VcitaHarness, app: Json, **fields: str) -> str:
    answer = harness.vcita.app.test_client().post(
        "/app/oauth/authorize", data={**consent(app, **fields), "decision": "allow"}
    )
    query = query_of(answer)
    assert query.pop("state") == "s-1"
    return query["code"]


def exchange(harness: VcitaHarness, app: Json, code: str, **fields: str) -> Any:
    body = {"grant_type": "authorization_code", "client_id": app["client_id"], "client_secret": app["client_secret"]}
    return harness.call("POST", "/oauth/token", {**body, "code": code, "redirect_uri": BACK, **fields})


# --- apps ------------------------------------------------------------------------------------------------------------


def test_the_secret_of_an_app_is_shown_once(harness: VcitaHarness) -> None:
    app = make_app(harness)
    assert {"app_code_name", "app_id", "client_id", "client_secret", "name"} <= set(app)
    assert app["app_code_name"] == "patchbay1"
    changed = harness.call("PUT", "/platform/v1/apps/patchbay1", {"api_uri": "https://hooks.example/other"})
    assert changed.status_code == 200
    assert "client_secret" not in changed.get_json()["data"]
    assert harness.vcita.apps[-1].api_uri == "https://hooks.example/other"


@pytest.mark.parametrize(
    "change",
    [
        {"name": "ab"},
        {"name": "a" * 26},
        {"app_code_name": "patch-bay"},
        {"app_code_name": DEMO_APP},
        {"redirect_uri": None},
        {"url_params": ["password"]},
        {"scopes": ["openid"]},
        {"colour": "red"},
    ],
)
def test_a_wrong_app_is_refused(harness: VcitaHarness, change: Json) -> None:
    body = {name: value for name, value in {**APP, **change}.items() if value is not None}
    answer = harness.call("POST", "/platform/v1/apps", body)
    assert answer.status_code == 422
    assert set(answer.get_json()) == {"status", "error"}
    assert len(harness.vcita.apps) == 1


def test_only_a_directory_makes_and_changes_apps(harness: VcitaHarness) -> None:
    for method, path in (
        ("POST", "/platform/v1/apps"),
        ("PUT", f"/platform/v1/apps/{DEMO_APP}"),
    ):
        assert harness.call(method, path, APP, token=DEMO_TOKEN).status_code == 401
    assert harness.call("PUT", "/platform/v1/apps/unknown", {}).status_code == 404


# --- installing, as a person does it ---------------------------------------------------------------------------------


def test_the_market_installs_and_opens_the_app(harness: VcitaHarness) -> None:
    app = make_app(harness)
    subscription = {"event": "app_subscription/installed", "target_url": "https://hooks.example/platform"}
    assert harness.call("POST", "/platform/v1/webhook/subscribe", subscription).status_code == 201
    browser = harness.vcita.app.test_client()
    path = f"/app/market/patchbay1?business_uid={OTHER_BUSINESS}"
    page = browser.get(path)
    assert page.content_type == "text/html; charset=utf-8"
    assert "Harbour Yoga" in page.text
    assert ">Install<" in page.text
    query = query_of(browser.post("/app/market/patchbay1", data={"business_uid": OTHER_BUSINESS}))
    assert query == {"business_uid": OTHER_BUSINESS, "staff_uid": harness.vcita.businesses[1].staff[0].uid}
    data = {"business_id": OTHER_BUSINESS, "app_id": app["app_id"]}
    expected = {"entity_name": "app_subscription", "event_type": "installed", "data": data}
    assert harness.new_webhooks() == [("POST", "https://hooks.example/platform", expected)]
    assert ">Open<" in browser.get(path).text
    asked = {name: value for name, value in consent(app).items() if name != "business_uid"}
    assert "Harbour Yoga" in browser.get("/app/oauth/authorize", query_string=asked).text, "the browser stays signed in"


@pytest.mark.parametrize("path", [f"/app/market/{DEMO_APP}?business_uid={OTHER_BUSINESS}", "/app/market/x"])
def test_what_is_not_offered_cannot_be_installed(harness: VcitaHarness, path: str) -> None:
    browser = harness.vcita.app.test_client()
    assert (browser.get(path).status_code, browser.post(path).status_code) == (400, 400)


# --- consent ---------------------------------------------------------------------------------------------------------


def test_people_are_asked_before_an_app_acts_for_them(harness: VcitaHarness) -> None:
    app = make_app(harness, name="<Chat> & more")
    page = harness.vcita.app.test_client().get("/app/oauth/authorize", query_string=consent(app))
    assert page.status_code == 200
    for words in ("&lt;Chat&gt; &amp; more", "Harbour Yoga", ">Allow<", ">Cancel<", 'method="post"'):
        assert words in page.text
    assert "<Chat>" not in page.text


def test_who_is_not_signed_in_says_first_who_they_are(harness: VcitaHarness) -> None:
    app = make_app(harness)
    asked = consent(app, business_uid="")
    page = harness.vcita.app.test_client().get("/app/oauth/authorize", query_string=asked)
    assert "Maya Levi, Northwind Dental" in page.text


def test_who_cancels_is_led_back_without_a_code(harness: VcitaHarness) -> None:
    asked = {**consent(make_app(harness)), "decision": "cancel"}
    answer = harness.vcita.app.test_client().post("/app/oauth/authorize", data=asked)
    assert query_of(answer) == {"error": "access_denied", "state": "s-1"}


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "unknown"},
        {"redirect_uri": "https://elsewhere.example/"},
        {"redirect_uri": f"{BACK}&more=1"},
        {"response_type": "token"},
    ],
)
def test_a_wrong_request_for_consent_leads_nowhere(harness: VcitaHarness, change: dict[str, str]) -> None:
    asked = consent(make_app(harness), **change)
    browser = harness.vcita.app.test_client()
    for answer in (
        browser.get("/app/oauth/authorize", query_string=asked),
        browser.post("/app/oauth/authorize", data={**asked, "decision": "cancel"}),
    ):
        assert answer.status_code == 400
        assert "Location" not in answer.headers


def test_a_code_becomes_a_token_of_the_app_for_the_business(harness: VcitaHarness) -> None:
    app = make_app(harness)
    answer = exchange(harness, app, allow(harness, app))
    assert answer.status_code == 200
    token = answer.get_json()
    assert set(token) == {"access_token", "token_type", "expires_in", "created_at"}
    assert (len(token["access_token"]), token["token_type"], token["expires_in"]) == (64, "Bearer", 631139040)
    user = harness.call("GET", "/oauth/userinfo", token=token["access_token"]).get_json()
    assert (user["business_uid"], user["business_name"], user["role"]) == (OTHER_BUSINESS, "Harbour Yoga", "owner")
    channel = {"business_uid": OTHER_BUSINESS, "type": "transactional"}
    assert harness.api("POST", "/channels", channel, token=token["access_token"]).status_code == 201
    assert harness.new_webhooks()[0][1].startswith("https://hooks.example/vcita/new/channels/")


def test_a_code_is_good_once_for_thirty_seconds_and_one_address(harness: VcitaHarness) -> None:
    app = make_app(harness, oauth_redirect_uris=["https://bridge.example/vcita/other"])
    code = allow(harness, app)
    assert exchange(harness, app, code).status_code == 200
    late = allow(harness, app)
    harness.time.advance(30)
    refused = (
        exchange(harness, app, code),
        exchange(harness, app, late),
        exchange(harness, app, allow(harness, app), redirect_uri="https://bridge.example/vcita/other"),
        exchange(harness, app, "never given"),
    )
    for answer in refused:
        assert answer.status_code == 401
        assert set(answer.get_json()) == {"error", "error_description"}


def test_a_wrong_request_for_a_token_gets_the_reason(harness: VcitaHarness) -> None:
    app = make_app(harness)
    code = allow(harness, app)
    for change, status, error in (
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "wrong"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"redirect_uri": ""}, 400, "invalid_request"),
        ({"colour": "red"}, 400, "invalid_request"),
    ):
        answer = exchange(harness, app, code, **change)
        assert (answer.status_code, answer.get_json()["error"]) == (status, error)
    assert exchange(harness, app, code).status_code == 200, "none of these used the code up"


# --- other tokens ----------------------------------------------------------------------------------------------------


def test_a_service_token_is_the_apps_and_lives_an_hour(harness: VcitaHarness) -> None:
    app = make_app(harness)
    body = {"service_id": app["client_id"], "service_secret": app["client_secret"]}
    token = harness.call("POST", "/oauth/service/token", body).get_json()
    assert token["expires_in"] == 3600
    assert harness.call("GET", "/oauth/userinfo", token=token["access_token"]).status_code == 401
    channel = {"business_uid": OTHER_BUSINESS, "type": "transactional"}
    refused = harness.api("POST", "/channels", channel, token=token["access_token"])
    assert refused.get_json()["errors"][0]["message"] == "Unauthorized", "the app is not installed"
    harness.install(OTHER_BUSINESS)
    assert harness.api("POST", "/channels", channel, token=token["access_token"]).status_code == 201
    harness.time.advance(3600)
    assert harness.api("POST", "/channels", channel, token=token["access_token"]).status_code == 401
    assert harness.call("POST", "/oauth/service/token", {**body, "service_secret": "x"}).status_code == 401


# --- platform webhooks -----------------------------------------------------------------------------------------------


def test_subscriptions_are_made_once_and_listed(harness: VcitaHarness) -> None:
    ids = set()
    for event in ("app_subscription/installed", "app_subscription/uninstalled", "app_subscription/installed"):
        body = {"event": event, "target_url": "https://hooks.example/platform"}
        answer = harness.call("POST", "/platform/v1/webhook/subscribe", body).get_json()
        assert answer["status"] == "OK"
        ids.add(answer["data"]["subscription_id"])
    assert len(ids) == 2
    assert len(harness.call("GET", "/platform/v1/webhooks").get_json()["data"]["webhooks"]) == 2


def test_a_wrong_subscription_is_refused(harness: VcitaHarness) -> None:
    body = {"event": "app_subscription/installed", "target_url": "ftp://hooks.example"}
    for order, token, status in ((body, "", 500), ({}, "", 400), (body, DEMO_TOKEN, 401)):
        answer = harness.call("POST", "/platform/v1/webhook/subscribe", order, token=token)
        assert (answer.status_code, answer.get_json()["status"]) == (status, "Error")
