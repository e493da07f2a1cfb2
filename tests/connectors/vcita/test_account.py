"""Connecting vcita in its three ways: a business's token, an app that is made, an app that is there."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import pytest

from patchbay.domain.accounts import Connection, ConnectionStatus, Secrets
from patchbay.domain.errors import AuthorizationNeeded, DeliveryError, Misconfigured, Transient
from patchbay.kit.account_setup import App, Grant
from patchbay.kit.contract import HttpResponse
from patchbay.platforms.vcita import CONNECTOR
from playground.services.vcita import DEMO_APP, DEMO_BUSINESS, DEMO_DIRECTORY_TOKEN, DEMO_TOKEN, OTHER_BUSINESS
from playground.simulator import Fault
from tests.harness.fakes.recording_http import RecordingHttp
from tests.harness.vcita_desk import HOST, Desk, make_desk

ADDRESS = "https://bridge.example/vcita/hook"
WEBHOOKS = {"api_uri": ADDRESS, "app_subscription": f"{ADDRESS}/app_subscription"}
REDIRECT = "https://bridge.example/oauth/callback"
OTHER_SECRETS = {"client_id": "unknown", "client_secret": "wrong"}


@pytest.fixture
def desk() -> Desk:
    return make_desk(channel=False)


def use(desk: Desk, secrets: dict[str, str], **settings: str) -> Connection:
    """The desk's connection with these secrets alone, on the same host."""
    hosts = {name: desk.connection.setting(name) for name in ("base_url", "app_url")}
    desk.connection = replace(desk.connection, settings={**hosts, **settings}, secrets=Secrets(secrets))
    return desk.connection


def app_secrets(desk: Desk) -> dict[str, str]:
    app = desk.vcita.apps[0]
    return {"client_id": app.client_id, "client_secret": app.client_secret}


def make_app(desk: Desk) -> App | None:
    return CONNECTOR.create_app(WEBHOOKS, REDIRECT, desk.connection, desk.http)


# --- a business's token ----------------------------------------------------------------------------------------------


def test_a_businesss_token_tells_whose_it_is(desk: Desk) -> None:
    connection = use(desk, {"access_token": DEMO_TOKEN})
    account = CONNECTOR.check_credentials(connection, desk.http)
    assert (account.external_id, account.name) == (DEMO_BUSINESS, "Northwind Dental")
    assert account.settings == {"business_uid": DEMO_BUSINESS}
    assert not CONNECTOR.is_app(connection)
    assert make_app(desk) is None


def test_a_token_that_does_not_tell_needs_the_businesss_uid(desk: Desk) -> None:
    refused = Fault(status=401, where="GET /oauth/userinfo")
    use(desk, {"access_token": DEMO_TOKEN})
    desk.vcita.fail_next(refused)
    with pytest.raises(Misconfigured, match="business_uid"):
        CONNECTOR.check_credentials(desk.connection, desk.http)
    desk.vcita.fail_next(refused)
    assert CONNECTOR.check_credentials(desk.change(business_uid=DEMO_BUSINESS), desk.http).external_id == DEMO_BUSINESS


def test_a_token_of_another_business_is_noticed(desk: Desk) -> None:
    use(desk, {"access_token": DEMO_TOKEN}, business_uid=OTHER_BUSINESS)
    with pytest.raises(Misconfigured, match="another business"):
        CONNECTOR.check_credentials(desk.connection, desk.http)


def test_a_wrong_token_and_a_wrong_host_are_told_apart(desk: Desk) -> None:
    use(desk, {"access_token": "wrong"})
    with pytest.raises(AuthorizationNeeded):
        CONNECTOR.check_credentials(desk.connection, desk.http)
    desk.vcita.fail_next(Fault(status=404))
    with pytest.raises(Misconfigured, match="base_url"):
        CONNECTOR.check_credentials(desk.connection, desk.http)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("base_url", "api.vcita.biz"),
        ("base_url", "http://api.vcita.biz"),
        ("base_url", "https://me:secret@api.vcita.biz"),
        ("base_url", "https://["),
        ("app_url", "https://app.vcita.com/?x=1"),
        ("token_url", "ftp://api.vcita.biz/oauth/token"),
        ("api_prefix", "business/communication"),
        ("api_prefix", "/"),
        ("typing_prefix", "/a?b"),
        ("status_set", "some"),
        ("business_uid", "short"),
        ("channel_uid", "short"),
        ("app_name", "ab"),
        ("app_code_name", "my-app"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_named(desk: Desk, name: str, value: str) -> None:
    with pytest.raises(Misconfigured, match=name) as caught:
        CONNECTOR.check_credentials(desk.change(**{name: value}), desk.http)
    assert "secret" not in str(caught.value)
    assert not desk.http.sent


def test_settings_that_went_wrong_later_keep_messages_for_the_owner(desk: Desk) -> None:
    conversation = make_desk().open_awake()
    with pytest.raises(AuthorizationNeeded, match="base_url"):
        CONNECTOR.deliver(desk.part(), conversation, desk.change(base_url="http://elsewhere.example"), desk.http)


@pytest.mark.parametrize(
    ("secrets", "words"),
    [
        ({}, "access_token.*directory_token.*client_id"),
        ({"client_id": "x"}, "both"),
        ({"client_secret": "x", "directory_token": "y"}, "both"),
    ],
)
def test_missing_credentials_are_named(desk: Desk, secrets: dict[str, str], words: str) -> None:
    with pytest.raises(Misconfigured, match=words):
        CONNECTOR.check_credentials(use(desk, secrets), desk.http)


# --- an app that is made ---------------------------------------------------------------------------------------------


def test_an_app_is_made_with_the_directorys_token_and_then_pointed_at_us(desk: Desk) -> None:
    connection = use(desk, {"directory_token": DEMO_DIRECTORY_TOKEN})
    assert CONNECTOR.is_app(connection)
    assert CONNECTOR.check_credentials(connection, desk.http).name == "Patchbay"
    made = make_app(desk)
    assert made is not None
    app = desk.vcita.apps[-1]
    assert (app.name, app.types, app.api_uri, app.redirect_uri) == ("Patchbay", ["communication"], ADDRESS, REDIRECT)
    assert made.secrets == {"client_id": app.client_id, "client_secret": app.client_secret}
    assert made.settings == {"app_code_name": app.code_name, "app_id": str(app.id)}
    assert app.client_secret not in repr(made)
    assert not desk.vcita.subscriptions, "the secret has to be safe before anything else is tried"

    use(desk, {"directory_token": DEMO_DIRECTORY_TOKEN, **made.secrets}, **made.settings)
    for _ in range(2):
        assert make_app(desk) == App(settings={"app_id": str(app.id)}, secrets={})
    told = [(one.event, one.target_url) for one in desk.vcita.subscriptions]
    target = WEBHOOKS["app_subscription"]
    assert told == [("app_subscription/installed", target), ("app_subscription/uninstalled", target)]
    assert len([call for call in desk.http.calls if call.endswith("/subscribe")]) == 2


def test_a_made_up_code_name_belongs_to_the_deployment(desk: Desk) -> None:
    use(desk, {"directory_token": DEMO_DIRECTORY_TOKEN})
    first = make_app(desk)
    other = {"api_uri": f"{ADDRESS}2", "app_subscription": f"{ADDRESS}2/app_subscription"}
    second = CONNECTOR.create_app(other, REDIRECT, desk.connection, desk.http)
    assert first
    assert second
    assert first.settings["app_code_name"] != second.settings["app_code_name"]
    with pytest.raises(Misconfigured, match="app_code_name"):
        make_app(desk)


def test_a_code_name_of_somebody_elses_is_refused(desk: Desk) -> None:
    use(desk, {"directory_token": DEMO_DIRECTORY_TOKEN}, app_code_name=DEMO_APP)
    with pytest.raises(Misconfigured, match="already"):
        make_app(desk)


def test_a_secret_that_was_lost_on_the_way_wants_another_code_name(desk: Desk) -> None:
    use(desk, {"directory_token": DEMO_DIRECTORY_TOKEN})
    desk.vcita.fail_next(Fault(lost=True, where="POST /platform/v1/apps"))
    with pytest.raises(Misconfigured, match="only once"):
        make_app(desk)
    for body in (b"", b'{"data":{"client_id":"c"}}'):
        with pytest.raises(Misconfigured, match="only once"):
            CONNECTOR.create_app(
                WEBHOOKS, REDIRECT, desk.connection, RecordingHttp(HttpResponse(status=201, body=body))
            )


def test_a_businesss_token_makes_no_apps(desk: Desk) -> None:
    use(desk, {"directory_token": DEMO_TOKEN})
    with pytest.raises(AuthorizationNeeded, match="partner"):
        make_app(desk)
    with pytest.raises(AuthorizationNeeded, match="directory_token"):
        CONNECTOR.check_credentials(use(desk, {"directory_token": "wrong"}), desk.http)


def test_an_app_that_vcita_refuses_is_the_owners_business(desk: Desk) -> None:
    use(desk, {"directory_token": DEMO_DIRECTORY_TOKEN})
    body = b'{"success":false,"errors":[{"code":"invalid","message":"no https","field":"api_uri"}]}'
    desk.vcita.fail_next(Fault(status=422, body=body))
    with pytest.raises(Misconfigured, match="api_uri"):
        make_app(desk)


# --- an app that is there --------------------------------------------------------------------------------------------


def test_an_apps_secrets_are_proved(desk: Desk) -> None:
    account = CONNECTOR.check_credentials(use(desk, app_secrets(desk), app_code_name=DEMO_APP), desk.http)
    assert (account.external_id, account.name) == (DEMO_APP, DEMO_APP)
    assert make_app(desk) is None
    with pytest.raises(AuthorizationNeeded, match="client_secret"):
        CONNECTOR.check_credentials(use(desk, OTHER_SECRETS), desk.http)


def test_an_app_is_pointed_at_us_where_we_may(desk: Desk) -> None:
    secrets = {**app_secrets(desk), "directory_token": DEMO_DIRECTORY_TOKEN}
    use(desk, secrets)
    assert CONNECTOR.check_credentials(desk.connection, desk.http).name == "Patchbay"
    with pytest.raises(Misconfigured, match="app_code_name"):
        make_app(desk)
    use(desk, secrets, app_code_name="nobodys")
    with pytest.raises(Misconfigured, match="app_code_name"):
        make_app(desk)
    use(desk, secrets, app_code_name=DEMO_APP)
    make_app(desk)
    assert desk.vcita.apps[0].api_uri == ADDRESS
    assert desk.vcita.apps[0].name == "Messenger Bridge"


@pytest.mark.parametrize("where", ["PUT /platform/v1/apps", "POST /platform/v1/webhook/subscribe"])
def test_an_app_that_is_not_pointed_at_us_is_the_owners_business(desk: Desk, where: str) -> None:
    use(desk, {**app_secrets(desk), "directory_token": DEMO_DIRECTORY_TOKEN}, app_code_name=DEMO_APP)
    desk.vcita.fail_next(Fault(status=400, body=b'{"message":"my secret","status":"Error"}', where=where))
    with pytest.raises(Misconfigured, match="HTTP 400") as caught:
        make_app(desk)
    assert "secret" not in str(caught.value)
    desk.vcita.fail_next(Fault(status=500, body=b'{"response":"Not Subscribed"}', where=where))
    with pytest.raises(Transient):
        make_app(desk)


@pytest.mark.parametrize("by_app", [True, False])
def test_a_host_that_is_no_vcita_is_noticed_for_an_app_too(desk: Desk, by_app: bool) -> None:
    use(desk, app_secrets(desk) if by_app else {"directory_token": DEMO_DIRECTORY_TOKEN})
    desk.vcita.fail_next(Fault(status=404))
    with pytest.raises(Misconfigured, match="base_url"):
        CONNECTOR.check_credentials(desk.connection, desk.http)


def test_the_address_below_the_hook_serves_all_webhooks(desk: Desk) -> None:
    assert CONNECTOR.list_webhooks(ADDRESS, desk.connection) == WEBHOOKS


def test_what_is_left_to_do_by_hand_is_said(desk: Desk) -> None:
    webhooks = {**WEBHOOKS, "oauth_start": "https://bridge.example/oauth/start", "oauth_redirect": REDIRECT}
    [token_step] = CONNECTOR.list_manual_steps(webhooks, use(desk, {"access_token": DEMO_TOKEN}))
    assert ADDRESS in token_step
    secrets = app_secrets(desk)
    steps = "\n".join(CONNECTOR.list_manual_steps(webhooks, use(desk, secrets, app_code_name=DEMO_APP)))
    for needed in (f"/platform/v1/apps/{DEMO_APP}", ADDRESS, REDIRECT, webhooks["oauth_start"], "assign"):
        assert needed in steps
    assert not any(secret in steps for secret in secrets.values())
    made = CONNECTOR.list_manual_steps(webhooks, use(desk, {**secrets, "directory_token": DEMO_DIRECTORY_TOKEN}))
    assert "curl" not in "\n".join(made)


# --- a business joins ------------------------------------------------------------------------------------------------


def give_consent(desk: Desk, business: str = OTHER_BUSINESS) -> str:
    """The code, as the browser brings it back."""
    address = urlsplit(CONNECTOR.build_consent_url(desk.connection, REDIRECT, "state & more"))
    assert address.netloc == HOST
    asked = dict(parse_qsl(address.query))
    form = {**asked, "business_uid": business, "decision": "allow"}
    browser = desk.vcita.app.test_client()
    assert browser.get(f"{address.path}?{address.query}").status_code == 200
    returned = urlsplit(browser.post(address.path, data=form).headers["Location"])
    answered = dict(parse_qsl(returned.query))
    assert answered["state"] == "state & more"
    return answered["code"]


@pytest.fixture
def app(desk: Desk) -> Desk:
    """A made app."""
    use(desk, {"directory_token": DEMO_DIRECTORY_TOKEN})
    made = make_app(desk)
    assert made is not None
    use(desk, dict(made.secrets), **made.settings, status_set="basic", display_name="Viber", typing_prefix="/v1")
    return desk


def redeem(desk: Desk, code: str, redirect: str = REDIRECT) -> Grant:
    return CONNECTOR.redeem_code(code, redirect, desk.connection, desk.http)


def test_consent_becomes_a_token_of_that_business_and_settings_of_its_own(app: Desk) -> None:
    grant = redeem(app, give_consent(app))
    assert (grant.account.external_id, grant.account.name) == (OTHER_BUSINESS, "Harbour Yoga")
    assert grant.account.settings == {
        "base_url": f"https://{HOST}",
        "app_url": f"https://{HOST}",
        "typing_prefix": "/v1",
        "status_set": "basic",
        "display_name": "Viber",
        "business_uid": OTHER_BUSINESS,
    }
    assert grant.secrets["access_token"] not in repr(grant)
    joined = replace(app.connection, settings=grant.account.settings, secrets=Secrets(grant.secrets))
    assert not CONNECTOR.is_app(joined)
    done = CONNECTOR.set_up_account(joined, app.http)
    assert app.vcita.channels[-1].business.uid == OTHER_BUSINESS
    assert done.status is ConnectionStatus.PENDING


def test_nobody_is_asked_for_consent_to_an_app_that_is_not_made(desk: Desk) -> None:
    with pytest.raises(Misconfigured, match="created"):
        CONNECTOR.build_consent_url(use(desk, {"directory_token": DEMO_DIRECTORY_TOKEN}), REDIRECT, "s")


def test_a_code_is_good_for_one_try_within_thirty_seconds(app: Desk) -> None:
    code = give_consent(app)
    redeem(app, code)
    with pytest.raises(AuthorizationNeeded, match="start again"):
        redeem(app, code)
    late = give_consent(app)
    app.time.advance(31)
    with pytest.raises(AuthorizationNeeded, match="start again"):
        redeem(app, late)
    with pytest.raises(AuthorizationNeeded, match="start again"):
        redeem(app, give_consent(app), "https://elsewhere.example")


@pytest.mark.parametrize(
    ("fault", "failure"),
    [
        (Fault(status=400, where="POST /oauth/token"), AuthorizationNeeded),
        (Fault(status=404, where="POST /oauth/token"), Transient),
        (Fault(status=500, where="POST /oauth/token"), Transient),
        (Fault(lost=True, where="POST /oauth/token"), Transient),
        (Fault(status=200, body=b"{}", where="POST /oauth/token"), Transient),
        (Fault(status=401, where="GET /oauth/userinfo"), AuthorizationNeeded),
        (Fault(status=404, where="GET /oauth/userinfo"), AuthorizationNeeded),
        (Fault(status=200, body=b"<html>", where="GET /oauth/userinfo"), Transient),
        (Fault(status=500, where="GET /oauth/userinfo"), Transient),
        (Fault(status=200, body=b"{}", where="GET /oauth/userinfo"), AuthorizationNeeded),
    ],
)
def test_each_refusal_of_a_code_has_its_meaning(app: Desk, fault: Fault, failure: type[DeliveryError]) -> None:
    code = give_consent(app)
    app.vcita.fail_next(fault)
    with pytest.raises(failure) as caught:
        redeem(app, code)
    assert code not in str(caught.value)
    assert app.connection.secrets.get("client_secret") not in str(caught.value)


def test_codes_are_redeemed_where_the_owner_says(app: Desk) -> None:
    app.change(token_url="https://api2.vcita.example/oauth/token")
    app.http.apps["api2.vcita.example"] = app.vcita.app
    redeem(app, give_consent(app))
    assert "https://api2.vcita.example/oauth/token" in [request.url for request in app.http.sent]


def test_vcitas_own_hosts_are_used_unless_told_otherwise(app: Desk) -> None:
    bare = replace(app.connection, settings={})
    assert CONNECTOR.build_consent_url(bare, REDIRECT, "s").startswith("https://app.vcita.com/app/oauth/authorize?")
    with pytest.raises(Transient, match=r"api\.vcita\.biz"):
        CONNECTOR.redeem_code("code", REDIRECT, bare, app.http)
