"""The simulated vcita makes apps and tokens as vcita does, and asks people before an app acts for them."""

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
    DEMO_TOKEN,
    OTHER_BUSINESS,
)
from playground.services.vcita.demo import DIRECTORY_ID, DIRECTORY_UID
from tests.harness.vcita_directory import Directory, Json, make_directory

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
    credentials = exchange(vcita, app, "", grant_type="client_credentials").get_json()
    assert vcita.api("POST", "/channels", channel, token=credentials["access_token"]).status_code == 201
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
