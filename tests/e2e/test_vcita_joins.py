"""A business installs the app through its browser and talks with a customer, on the deployed stack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Page, expect

from playground.accounts import Owner
from playground.run import Playground
from playground.services.vcita import OTHER_BUSINESS, OTHER_STAFF, Vcita
from playground.services.vcita.records import Client
from playground.services.viber import Viber
from playground.services.viber.records import Person
from tests.e2e.test_many_conversations import await_until

pytestmark = [pytest.mark.browser, pytest.mark.deployed]

APP, JOINED = "vcita-demo", "vcita-demo-harbour-yoga"
CROSSING = 30_000  #: milliseconds; the first visit meets a cold function


@dataclass
class Studio:
    """Harbour Yoga, whose staff sits at vcita, and a customer on Viber."""

    vcita: Vcita
    viber: Viber
    owner: Owner
    person: Person
    playground: Playground

    @property
    def client(self) -> Client:
        return next(one for one in self.vcita.find_business(OTHER_BUSINESS).clients if one.name == self.person.name)

    def staff_sees(self) -> list[str]:
        known = [one for one in self.vcita.find_business(OTHER_BUSINESS).clients if one.name == self.person.name]
        return [line.text for client in known for line in client.lines if line.author == "customer"]

    def customer_sees(self) -> list[str]:
        return [line.text for line in list(self.person.lines) if line.author == "agent"]

    def statuses(self) -> list[list[str]]:
        return [list(line.reported) for line in self.client.lines if line.author == "agent"]

    def connection(self) -> Mapping[str, Any]:
        return next(one for one in self.owner.connections() if one["id"] == JOINED)


@pytest.fixture(scope="module")
def studio(deployed_world: Playground) -> Iterator[Studio]:
    vcita, viber = deployed_world.simulators["vcita"], deployed_world.simulators["viber"]
    assert isinstance(vcita, Vcita)
    assert isinstance(viber, Viber)
    owner = Owner(deployed_world.aws.environment)
    yield Studio(vcita, viber, owner, viber.new_person("Noa Berg"), deployed_world)
    owner.run("link", "viber-demo", "freshchat-demo")


@pytest.fixture
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(locale="en-GB")
    yield context
    context.close()


def install(visitor: BrowserContext, studio: Studio) -> Page:
    """What a staff member does: the market, "Install", and vcita's question."""
    page = visitor.new_page()
    app = studio.vcita.apps[-1]
    page.goto(f"{studio.vcita.base_url}/app/market/{app.code_name}?business_uid={OTHER_BUSINESS}")
    page.get_by_role("button", name="Install").click()
    expect(page.get_by_role("button", name="Allow")).to_be_visible(timeout=CROSSING)
    page.get_by_role("button", name="Allow").click()
    return page


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PUT", "channels/c697a91c-ce0c-469e-918b-fdc2ff6f8a04", b'{"status":"active"}', 404),
        ("PUT", "sessions/c697a91c-ce0c-469e-918b-fdc2ff6f8a04", b'{"status":"active"}', 404),
        ("POST", "c697a91c-ce0c-469e-918b-fdc2ff6f8a04/typing", b'{"typing":true}', 404),
        ("POST", "nothing-of-vcitas", b"{}", 404),
        ("POST", "messages", b"no json", 400),
        ("PUT", "messages/m1", b'{"status":', 400),
    ],
)
def test_what_is_unknown_is_404_and_what_is_unreadable_400(
    studio: Studio, method: str, path: str, body: bytes, status: int
) -> None:
    """Before anybody joins: for a quarter of an hour after that, an unknown channel may be one that is being made."""
    api_uri = studio.vcita.apps[-1].api_uri
    assert requests.request(method, f"{api_uri}/{path}", data=body, timeout=30).status_code == status
    stranger = f"{api_uri[:-8]}guessed!/{path}"
    assert requests.request(method, stranger, data=body, timeout=30).status_code == 404


def test_a_business_joins_talks_leaves_and_comes_back(
    studio: Studio, visitor: BrowserContext, tmp_path_factory: pytest.TempPathFactory
) -> None:
    page = install(visitor, studio)
    expect(page.get_by_role("heading", name="Harbour Yoga is connected")).to_be_visible(timeout=CROSSING)
    expect(page.get_by_text(JOINED)).to_be_visible()
    page.screenshot(path=tmp_path_factory.getbasetemp() / "joined.png")
    channel = studio.vcita.channels[-1]
    await_until(lambda: channel.status == "active", studio.vcita, "an active channel")
    studio.owner.run("link", "viber-demo", JOINED)

    for text in ("Is there a class tonight? 🧘", "שלום", "And tomorrow?"):
        studio.viber.write(studio.person.id, text)
    await_until(lambda: len(studio.staff_sees()) == 3, studio.vcita, "three messages")
    assert studio.staff_sees() == ["Is there a class tonight? 🧘", "שלום", "And tomorrow?"]

    studio.vcita.reply_html(studio.client.uid, OTHER_STAFF, "<div><b>Yes</b>, at 8 &amp; at 9</div>")
    await_until(lambda: studio.customer_sees() == ["Yes, at 8 & at 9"], studio.viber, "the answer")
    await_until(lambda: studio.statuses()[-1][-1:] == ["received"], studio.vcita, "that it was received")
    studio.viber.read(studio.person.id)
    await_until(lambda: studio.statuses()[-1][-1:] == ["read"], studio.vcita, "that it was read")
    assert studio.statuses() in ([["sent", "received", "read"]], [["received", "read"]])  # news may be overtaken
    studio.vcita.staff_typing(studio.client.uid, True)
    await_until(lambda: _answered(studio, "typing"), studio.vcita, "typing, taken")

    studio.vcita.uninstall(OTHER_BUSINESS)
    await_until(lambda: studio.connection()["status"] == "disabled", studio.vcita, "the goodbye")
    await_until(lambda: _answered(studio, "app subscription uninstalled"), studio.vcita, "both webhooks of it, taken")
    studio.viber.write(studio.person.id, "Are you still there?")
    install(visitor, studio)
    await_until(lambda: "Are you still there?" in studio.staff_sees(), studio.vcita, "what was written meanwhile")
    assert studio.connection()["status"] == "active"
    assert studio.vcita.busiest(_token_of(studio)) <= 8


def test_a_cancelled_consent_connects_nothing(studio: Studio, visitor: BrowserContext) -> None:
    page = visitor.new_page()
    before = studio.owner.connections()
    page.goto(start_address(studio))
    consent(page, "Cancel")
    expect(page.get_by_role("heading", name="Not connected")).to_be_visible(timeout=CROSSING)
    assert studio.owner.connections() == before


def test_a_consent_that_another_browser_began_is_refused(
    studio: Studio,
    visitor: BrowserContext,
    browser: Browser,
) -> None:
    """Whoever hands their own address on to somebody must not get an account connected there."""
    before = studio.owner.connections()
    page = visitor.new_page()
    page.goto(start_address(studio))
    stranger = browser.new_context()
    other = stranger.new_page()
    other.goto(page.url)
    consent(other, "Allow")
    expect(other.get_by_role("heading", name="Please start again")).to_be_visible(timeout=CROSSING)
    stranger.close()
    assert studio.owner.connections() == before


def test_neither_tokens_nor_codes_nor_hooks_are_in_any_log(studio: Studio) -> None:
    logs = studio.playground.aws.session.client("logs", endpoint_url=studio.playground.aws.endpoint_url)
    groups = [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]
    text = "\n".join(
        event["message"] for group in groups for event in logs.filter_log_events(logGroupName=group)["events"]
    )
    assert "/patchbay/local/oauth" in groups
    secret = [*studio.vcita.tokens, *studio.vcita.codes, *(app.client_secret for app in studio.vcita.apps)]
    secret += [app.api_uri.rsplit("/", 1)[1] for app in studio.vcita.apps if app.api_uri]
    assert not [value for value in secret if value in text]


def consent(page: Page, answer: str) -> None:
    """At vcita, by somebody who has to sign in first."""
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name=answer).click()


def start_address(studio: Studio) -> str:
    """As the command prints it."""
    answer: Any = studio.owner.run("connect", "vcita", APP)
    return str(answer["webhooks"]["oauth_start"])


def _answered(studio: Studio, note: str) -> bool:
    return any(sent.webhook.note == note and sent.status == 204 for sent in list(studio.vcita.webhook_log))


def _token_of(studio: Studio) -> str:
    return next(token.value for token in studio.vcita.tokens.values() if token.business is not None and token.app)
