"""The oauth function, from a browser's request to the page it gets."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from unittest.mock import patch
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from patchbay.aws import clients
from patchbay.aws.clock import SystemClock
from patchbay.aws.handlers.http_api import HttpApiEvent, HttpApiResponse
from patchbay.aws.handlers.oauth import Handler, make_handler
from patchbay.aws.stores.configuration import ConfigurationStore
from patchbay.domain.accounts import Connection, ConnectionStatus, Secrets
from patchbay.domain.errors import AuthorizationNeeded, Misconfigured, PatchbayError, Transient
from patchbay.domain.model import Side
from patchbay.kit.contract import Connector
from tests.aws import aws
from tests.harness.fakes.oauth_platform import OAuthPlatform

APP = Connection(
    id="app",
    service="club",
    side=Side.PLATFORM,
    endpoint_id="app",
    secrets=Secrets(values={"client_secret": "the-apps-secret"}),
)
SECURE = "; Path=/; Max-Age={}; HttpOnly; SameSite=Lax; Secure"


@dataclass
class Browser:
    """One browser, which keeps cookies and is told from others by them."""

    handler: Handler
    cookies: dict[str, str] = field(default_factory=dict)
    in_header: bool = False  #: as the local AWS hands cookies over

    def get(self, step: str = "start", app: str = "app", method: str = "GET", **query: str) -> HttpApiResponse:
        return self.request(step, app, method, query, {"sec-fetch-dest": "document"})

    def request(
        self, step: str, app: str, method: str, query: dict[str, str], headers: dict[str, str], service: str = "club"
    ) -> HttpApiResponse:
        pairs = [f"{name}={value}" for name, value in self.cookies.items()]
        event: HttpApiEvent = {
            "routeKey": f"GET /oauth/{{service}}/{{app}}/{step}",
            "requestContext": {"apiId": "abc123", "http": {"method": method}},
            "pathParameters": {"service": service, "app": app},
            "rawQueryString": urlencode(query, safe="%"),
            "headers": {**headers, "cookie": "; ".join(pairs)} if self.in_header else headers,
        }
        if pairs and not self.in_header:
            event["cookies"] = pairs
        answer = self.handler(event, None)
        for cookie in answer.get("cookies", []):
            self._keep(cookie)
        return answer

    def _keep(self, cookie: str) -> None:
        name, _, value = cookie.partition(";")[0].partition("=")
        if "Max-Age=0" in cookie:
            self.cookies.pop(name, None)
        else:
            self.cookies[name] = value

    def start(self, app: str = "app") -> str:
        """The state that the consent page is given."""
        answer = self.get(app=app)
        assert answer["statusCode"] == 302
        return parse_qs(urlsplit(answer["headers"]["location"]).query)["state"][0]


@dataclass
class Place:
    cloud: aws.Aws
    club: OAuthPlatform
    configuration: ConfigurationStore
    handler: Handler

    def browser(self) -> Browser:
        return Browser(self.handler)

    def join(self, browser: Browser) -> HttpApiResponse:
        return browser.get("callback", code=self.club.consent(), state=browser.start())


@pytest.fixture(params=["no"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    club = OAuthPlatform()

    def load(service: str) -> Connector:
        if service == club.service:
            return club
        raise Misconfigured("this deployment has no such service")

    with (
        aws.running() as cloud,
        patch.dict("os.environ", {**cloud.environment, "PATCHBAY_EMULATOR": request.param}),
        patch("patchbay.kit.registry.load", load),
    ):
        clients.forget()
        table = aws.table()
        configuration = ConfigurationStore(table, cloud.secrets, "test", SystemClock())
        configuration.save(APP)
        yield Place(cloud, club, configuration, make_handler())
        clients.forget()


def _text(answer: HttpApiResponse) -> str:
    """What a person reads."""
    body = re.sub(r"<(style|title)>.*?</\1>", "", answer["body"], flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


# --- there and back --------------------------------------------------------------------------------------------------


def test_the_browser_goes_to_the_consent_page_with_a_cookie_of_ours(place: Place) -> None:
    answer = place.browser().get()
    assert answer["statusCode"] == 302
    query = parse_qs(urlsplit(answer["headers"]["location"]).query)
    assert query["redirect_uri"] == ["https://bridge.test/oauth/club/app/callback"]
    assert answer["headers"]["cache-control"] == "no-store"
    assert answer["headers"]["referrer-policy"] == "no-referrer"
    (cookie,) = answer["cookies"]
    name, _, rest = cookie.partition("=")
    value, _, _ = rest.partition(";")
    assert name == "__Host-patchbay-" + hashlib.sha256(query["state"][0].encode()).hexdigest()[:12]
    assert rest == value + SECURE.format(600)
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", value)
    assert value not in answer["headers"]["location"]


@pytest.mark.parametrize("place", ["yes"], indirect=True)
def test_the_emulator_has_cookies_for_plain_http(place: Place) -> None:
    browser = place.browser()
    (cookie,) = browser.get()["cookies"]
    assert cookie.startswith("patchbay-")
    assert cookie.endswith("; Path=/; Max-Age=600; HttpOnly; SameSite=Lax")
    assert place.join(browser)["statusCode"] == 200


@pytest.mark.parametrize("in_header", [False, True])
def test_an_account_joins_and_its_people_read_what_comes_next(place: Place, in_header: bool) -> None:
    browser = place.browser()
    browser.in_header = in_header
    state = browser.start()
    answer = browser.get("callback", code=place.club.consent(), state=state)
    assert answer["statusCode"] == 200
    text = _text(answer)
    assert "Café Ünal & Co is connected" in text
    assert "The <Club> & Co is still opening the account. Messages start when it is ready" in text
    assert "links a messenger to it" in text
    assert "app-cafe-unal-co" in text
    (forgotten,) = answer["cookies"]
    assert forgotten.endswith("=" + SECURE.format(0))
    assert browser.cookies == {}
    stored = place.configuration.connection("app-cafe-unal-co")
    assert stored is not None
    assert (stored.account, stored.tenant, stored.status) == ("room-1", "b-1", ConnectionStatus.PENDING)
    assert stored.secrets.credentials == {"access_token": "token-1-of-b-1"}


def test_an_account_that_comes_back_reads_that_nothing_is_lost(place: Place) -> None:
    place.club.status = ConnectionStatus.ACTIVE
    place.join(place.browser())
    text = _text(place.join(place.browser()))
    assert "has opened the account for messages" in text
    assert "It was connected before, and is still linked" in text
    assert len(place.configuration.connections()) == 2
    stored = place.configuration.connection("app-cafe-unal-co")
    assert stored is not None
    assert stored.secrets.credentials == {"access_token": "token-2-of-b-1"}
    assert stored.secrets.previous == {}, "nobody signs with a token, so the old one is forgotten"


def test_an_account_that_comes_back_with_another_room_is_found_by_that_only(place: Place) -> None:
    place.join(place.browser())

    def lose_room(_: Connection) -> None:
        place.club.rooms.append("room-1")

    place.club.on_set_up = lose_room
    with patch.object(OAuthPlatform, "get_account_id", lambda self, connection: f"room-{len(self.rooms)}"):
        place.join(place.browser())
    items = place.cloud.dynamodb.scan(TableName=aws.TABLE)["Items"]
    assert [item["pk"]["S"] for item in items if "room-" in item["pk"]["S"]] == ["ACCOUNT#app#room-2"]


def test_two_tabs_of_one_browser_both_get_through(place: Place) -> None:
    browser = place.browser()
    first, second = browser.start(), browser.start()
    assert len(browser.cookies) == 2
    for state in (first, second):
        assert browser.get("callback", code=place.club.consent(), state=state)["statusCode"] == 200


def test_an_app_that_is_opened_at_the_callback_address_begins(place: Place) -> None:
    answer = place.browser().get("callback", business_uid="b-1")
    assert answer["statusCode"] == 302
    assert answer["headers"]["location"].startswith("https://club.test/consent?")


@pytest.mark.parametrize("step", ["start", "callback"])
@pytest.mark.parametrize("frame", ["iframe", "frame"])
def test_in_a_frame_a_button_leads_out_of_it(place: Place, step: str, frame: str) -> None:
    answer = place.browser().request(step, "app", "GET", {}, {"Sec-Fetch-Dest": frame})
    assert answer["statusCode"] == 200
    assert "cookies" not in answer
    assert '<a href="https://bridge.test/oauth/club/app/start" target="_top">Continue</a>' in answer["body"]


# --- refusals --------------------------------------------------------------------------------------------------------


def test_an_app_that_is_not_there_is_404(place: Place) -> None:
    for service, app in (("club", "nobody"), ("nothing", "app"), ("club", '"><script>alert(1)</script>')):
        answer = place.browser().request("start", app, "GET", {}, {}, service)
        assert answer["statusCode"] == 404
        assert "<script" not in answer["body"]
        assert "href" not in answer["body"]


def test_the_sample_event_is_answered(place: Place) -> None:
    sample: HttpApiEvent = json.loads((aws.ROOT / "events" / "oauth" / "get_unknown.json").read_text())
    assert place.handler(sample, None)["statusCode"] == 404


def test_the_back_button_is_told_that_it_may_be_done_already(place: Place) -> None:
    browser = place.browser()
    state = browser.start()
    browser.get("callback", code=place.club.consent(), state=state)
    answer = browser.get("callback", code=place.club.consent(), state=state)
    assert answer["statusCode"] == 400
    assert "you are done" in _text(answer)
    assert 'href="https://bridge.test/oauth/club/app/start"' in answer["body"]


@pytest.mark.parametrize("state", ["", "guessed", "x" * 43, "%FF%ED%A0%80", "y" * 5000])
def test_a_state_that_was_never_given_is_refused(place: Place, state: str) -> None:
    answer = place.browser().get("callback", code=place.club.consent(), state=state)
    assert answer["statusCode"] == 400
    assert len(place.configuration.connections()) == 1


def test_another_browser_is_refused_and_uses_the_consent_up(place: Place) -> None:
    browser = place.browser()
    state, code = browser.start(), place.club.consent()
    answer = place.browser().get("callback", code=code, state=state)
    assert answer["statusCode"] == 400
    assert "in another browser" in _text(answer)
    assert code in place.club.codes
    assert browser.get("callback", code=code, state=state)["statusCode"] == 400


def test_a_code_that_is_refused_can_be_asked_for_again(place: Place) -> None:
    browser = place.browser()
    answer = browser.get("callback", code="made-up-code", state=browser.start())
    assert answer["statusCode"] == 400
    assert "The club did not accept the code: start again." in _text(answer)
    assert place.join(browser)["statusCode"] == 200


@pytest.mark.parametrize(
    ("failure", "status", "words"),
    [
        (Transient("it is busy"), 424, "it is busy. Nothing is connected yet"),
        (AuthorizationNeeded("its consent was withdrawn"), 400, "Its consent was withdrawn."),
        (Misconfigured("client_id is missing"), 409, "finds the reason in the log"),
        (RuntimeError("token-1"), 500, "Something went wrong on our side"),
    ],
)
def test_what_fails_is_said_with_a_way_on(place: Place, failure: Exception, status: int, words: str) -> None:
    place.club.redeem_failure = failure
    answer = place.join(place.browser())
    assert answer["statusCode"] == status
    assert words in _text(answer)
    assert "Start again" in _text(answer)
    assert isinstance(failure, PatchbayError) or str(failure) not in answer["body"]


def test_an_account_that_is_not_ready_is_connected_all_the_same(place: Place) -> None:
    place.club.set_up_failure = Transient("the club is closed")
    answer = place.join(place.browser())
    assert answer["statusCode"] == 502
    assert "Your consent is stored, but the account could not be opened for messages: the club is closed." in _text(
        answer
    )
    assert "app-cafe-unal-co" in _text(answer)
    stored = place.configuration.connection("app-cafe-unal-co")
    assert stored is not None
    assert stored.secrets.credentials == {"access_token": "token-1-of-b-1"}


def test_a_no_is_no_error(place: Place, log: io.StringIO) -> None:
    browser = place.browser()
    state = browser.start()
    answer = browser.get("callback", error="access_denied", state=state, error_description="<b>no</b>")
    assert answer["statusCode"] == 200
    assert "Nothing was connected" in _text(answer)
    assert browser.cookies == {}
    assert browser.get("callback", code=place.club.consent(), state=state)["statusCode"] == 400
    assert "consent declined" in log.getvalue()


@pytest.mark.parametrize(("error", "told"), [("invalid_scope", "invalid scope"), ("<i>made up</i>", "unknown")])
def test_a_service_that_cannot_ask_is_told_from_a_no(place: Place, log: io.StringIO, error: str, told: str) -> None:
    answer = place.browser().get("callback", error=error, state="unknown")
    assert answer["statusCode"] == 400
    assert f"could not ask for your consent ({told})" in _text(answer)
    assert "made up" not in answer["body"] + log.getvalue()


@pytest.mark.parametrize("method", ["HEAD", "POST", "DELETE"])
def test_other_methods_begin_nothing(place: Place, method: str) -> None:
    answer = place.browser().get(method=method)
    assert (answer["statusCode"], answer["headers"]["allow"]) == (405, "GET")
    assert "cookies" not in answer


def test_a_body_is_not_looked_at(place: Place) -> None:
    event: HttpApiEvent = {
        "routeKey": "GET /oauth/{service}/{app}/start",
        "requestContext": {"apiId": "abc123", "http": {"method": "GET"}},
        "pathParameters": {"service": "club", "app": "app"},
        "body": "***",
        "isBase64Encoded": True,
    }
    assert place.handler(event, None)["statusCode"] == 302


# --- pages -----------------------------------------------------------------------------------------------------------


def test_pages_load_nothing_and_allow_their_own_style_alone(place: Place) -> None:
    answer = place.join(place.browser())
    headers, body = answer["headers"], answer["body"]
    (style,) = re.findall(r"<style>(.*?)</style>", body, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert headers["content-security-policy"] == f"{policy}; frame-ancestors 'none'"
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["cache-control"] == "no-store"
    assert "<script" not in body
    assert " style=" not in body
    assert body.startswith('<!doctype html>\n<html lang="en">')


def test_pages_escape_what_a_service_says(place: Place) -> None:
    place.club.businesses["b-1"] = "<script>alert('$title')</script>"
    body = place.join(place.browser())["body"]
    assert "<script" not in body
    assert "&lt;script&gt;alert(&#x27;$title&#x27;)&lt;/script&gt; is connected" in body
    place.club.set_up_failure = Transient("<img src=x onerror=alert(1)>")
    body = place.join(place.browser())["body"]
    assert "<img" not in body
    assert (
        "&lt;Club&gt; &amp; Co"
        in place.browser().request("start", "app", "GET", {}, {"sec-fetch-dest": "iframe"})["body"]
    )


def test_no_secret_is_on_a_page_or_in_the_log(
    place: Place, log: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    browser = place.browser()
    shown, secrets = [], ["the-apps-secret", "token-1-of-b-1", "token-2-of-b-1"]
    place.club.set_up_failure = Transient("busy")
    for failure in (None, RuntimeError("token-1-of-b-1"), AuthorizationNeeded("no")):
        place.club.redeem_failure = failure
        state, code = browser.start(), place.club.consent()
        secrets += [state, code, *browser.cookies.values()]
        shown.append(browser.get("callback", code=code, state=state)["body"])
        shown.append(browser.get("callback", code=code, state=state)["body"])
    written = "".join(shown) + log.getvalue() + capsys.readouterr().out
    assert "account not ready" in written
    assert "RuntimeError in " in written
    assert [secret for secret in secrets if secret in written] == []
