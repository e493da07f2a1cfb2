"""How an account becomes usable, and how it joins an app by consent."""

from __future__ import annotations

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import count
from threading import Barrier
from urllib.parse import parse_qs, urlsplit

import pytest

from patchbay.bridge.audit import AuditRecord
from patchbay.bridge.oauth import Authorizer, Begun, ConsentRefused, Joined, NotReady, set_up_account
from patchbay.bridge.oauth_apps import JoinableApps, UnknownApp
from patchbay.domain.accounts import REFERENCE_KEY, Connection, ConnectionStatus, Secrets
from patchbay.domain.errors import AuthorizationNeeded, Conflict, Misconfigured, PatchbayError, Transient
from patchbay.domain.model import Side
from patchbay.kit.contract import Connector
from tests.harness.fakes.audit import MemoryAuditTrail, auditor_of
from tests.harness.fakes.consents import MemoryConsents
from tests.harness.fakes.journal import MemoryJournal
from tests.harness.fakes.oauth_platform import Club, NoHttp
from tests.harness.fakes.registry import MemoryRegistry
from tests.harness.fakes.services import Office
from tests.harness.fakes.stores import MemoryConnections
from tests.harness.virtual_time import VirtualTime

REDIRECT = "https://bridge.test/oauth/club/app/callback"
APP = Connection(
    id="app",
    service="club",
    side=Side.PLATFORM,
    endpoint_id="app",
    secrets=Secrets(values={"client_secret": "the-apps-secret"}),
)
ACTIVE, PENDING, REFUSED = ConnectionStatus.ACTIVE, ConnectionStatus.PENDING, ConnectionStatus.NEEDS_AUTHORIZATION


@dataclass
class Scene:
    club: Club = field(default_factory=Club)
    stores: MemoryConnections = field(default_factory=MemoryConnections)
    consents: MemoryConsents = field(default_factory=MemoryConsents)
    time: VirtualTime = field(default_factory=VirtualTime)
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    numbers: count[int] = field(default_factory=count)
    trail: MemoryAuditTrail = field(default_factory=MemoryAuditTrail)

    def __post_init__(self) -> None:
        self.registry = MemoryRegistry(self.stores)
        self.registry.save(APP)
        self.authorizer = Authorizer(
            apps=JoinableApps(self._connector, self.registry),
            registry=self.registry,
            consents=self.consents,
            http=NoHttp(),
            clock=self.time,
            journal=self.journal,
            token=lambda: f"token-{next(self.numbers)}",
            auditor=auditor_of(self.trail),
        )

    def _connector(self, service: str) -> Connector:
        known: dict[str, Connector] = {"club": self.club, "office": Office()}
        if service not in known:
            raise Misconfigured(f"there is no service named {service!r}")
        return known[service]

    def begin(self) -> Begun:
        return self.authorizer.begin("club", "app", REDIRECT)

    def finish(self, begun: Begun, code: str, browser: str | None = None, app: str = "app") -> Joined:
        cookie = begun.browser if browser is None else browser
        return self.authorizer.finish("club", app, REDIRECT, code=code, state=begun.state, browser=cookie)

    def join(self, business: str = "b-1") -> Joined:
        return self.finish(self.begin(), self.club.consent(business))

    def stored(self, connection_id: str) -> Connection:
        found = self.registry.connection(connection_id)
        assert found is not None
        return without_reference_key(found)


def without_reference_key(connection: Connection) -> Connection:
    """As the service knows it: the key is our own, random, and made when the connection is stored."""
    return replace(connection, secrets=replace(connection.secrets, values=connection.secrets.credentials))


@pytest.fixture
def scene() -> Scene:
    return Scene()


# --- joining ---------------------------------------------------------------------------------------------------------


def test_the_browser_is_sent_to_the_consent_page_with_a_state_and_our_address(scene: Scene) -> None:
    begun = scene.begin()
    query = parse_qs(urlsplit(begun.url).query)
    assert query == {"redirect_uri": [REDIRECT], "state": [begun.state]}
    assert begun.browser not in begun.url
    assert (begun.until - scene.time.now()).total_seconds() == 600


def test_who_joins_is_in_the_audit_trail_before_anything_is_stored(scene: Scene) -> None:
    scene.join()
    me, what, targets = "function:test", "account joined", ("app-cafe-unal-co", "app")
    assert scene.trail.lines == [(me, what, "begun", targets), (me, what, "done", targets)]


def test_an_account_that_cannot_be_recorded_does_not_join(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: AuditRecord) -> None:
        raise RuntimeError("the table is away")

    monkeypatch.setattr(scene.trail, "add", refuse)
    with pytest.raises(RuntimeError):
        scene.join()
    assert scene.registry.connection("app-cafe-unal-co") is None


def test_an_account_that_joins_is_a_connection_beside_the_app(scene: Scene) -> None:
    joined = scene.join()
    assert (joined.account_name, joined.returning) == ("Café Ünal & Co", False)
    assert scene.stored("app-cafe-unal-co") == without_reference_key(joined.connection)
    assert without_reference_key(joined.connection) == Connection(
        id="app-cafe-unal-co",
        service="club",
        side=Side.PLATFORM,
        endpoint_id="app",
        account="room-1",
        tenant="b-1",
        settings={"business": "b-1", "room": "room-1"},
        status=PENDING,
        secrets=Secrets(values={"access_token": "token-1-of-b-1"}),
    )
    assert scene.stored("app") == APP
    assert scene.journal.metrics["AccountJoined"] == 1


def test_the_webhooks_of_the_new_account_are_known(scene: Scene) -> None:
    scene.join()
    assert scene.stores.has_account("app", "room-1")
    assert scene.stores.accounts_of("app", "b-1") == {"room-1"}


def test_an_account_that_comes_back_keeps_its_id_and_link_and_gets_the_new_token(scene: Scene) -> None:
    first = scene.join().connection
    scene.registry.save(replace(first, link="elsewhere", status=REFUSED, status_reason="the token was revoked"))
    scene.club.businesses["b-1"] = "Another name by now"
    back = scene.join()
    assert back.returning
    assert (back.connection.id, back.connection.account, back.connection.link) == (first.id, "room-1", "elsewhere")
    assert back.connection.secrets.credentials == {"access_token": "token-2-of-b-1"}
    assert back.connection.secrets.get(REFERENCE_KEY) == first.secrets.get(REFERENCE_KEY) != ""
    assert back.connection.secrets.previous == {"access_token": "token-1-of-b-1"}
    assert (scene.club.seen[-1].status, back.connection.status, back.connection.status_reason) == (ACTIVE, PENDING, "")
    assert len(scene.registry.connections()) == 2


def test_accounts_of_one_name_are_numbered(scene: Scene) -> None:
    scene.club.businesses = {"b-1": "Salon", "b-2": "salon!", "b-3": "Salon"}
    assert [scene.join(business).connection.id for business in scene.club.businesses] == [
        "app-salon",
        "app-salon-2",
        "app-salon-3",
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("  Ana's Salon / Köln ", "app-ana-s-salon-koln"),
        ("契約", "app-b-1"),
        ("", "app-b-1"),
        ("x" * 90, "app-" + "x" * 44),
        ("../secrets#1", "app-secrets-1"),
    ],
)
def test_ids_can_be_typed_whatever_the_account_is_called(scene: Scene, name: str, expected: str) -> None:
    scene.club.businesses["b-1"] = name
    assert scene.join().connection.id == expected


def test_ids_stay_short_below_an_app_with_a_long_one_and_when_numbered(scene: Scene) -> None:
    long = "a" * 48
    scene.registry.save(replace(APP, id=long, endpoint_id=long))
    scene.club.businesses = {"b-1": "Salon " * 9, "b-2": "Salon " * 9}
    ids = []
    for business in scene.club.businesses:
        begun = scene.authorizer.begin("club", long, REDIRECT)
        ids.append(scene.finish(begun, scene.club.consent(business), app=long).connection.id)
    assert len(set(ids)) == 2
    assert all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]{0,47}", one) for one in ids)
    assert all("salon" in one for one in ids)


def test_an_account_of_another_app_is_not_taken_for_the_same(scene: Scene) -> None:
    scene.registry.save(replace(APP, id="second", endpoint_id="second"))
    first = scene.join().connection
    begun = scene.authorizer.begin("club", "second", REDIRECT)
    second = scene.finish(begun, scene.club.consent(), app="second")
    assert (second.returning, second.connection.endpoint_id) == (False, "second")
    assert second.connection.id != first.id


def test_two_callbacks_of_one_business_end_in_one_connection(scene: Scene) -> None:
    """Both have looked for the account before either has stored it."""
    both, calls, look = Barrier(2), count(), scene.registry.of_tenant

    def look_together(endpoint_id: str, tenant: str) -> Sequence[str]:
        seen = look(endpoint_id, tenant)
        if next(calls) < 2:
            both.wait(5)
        return seen

    scene.registry.of_tenant = look_together  # type: ignore[method-assign]
    visits = [(scene.begin(), scene.club.consent()) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        joined = list(pool.map(lambda visit: scene.finish(*visit), visits))
    assert {one.connection.id for one in joined} == {"app-cafe-unal-co"}
    assert [one.id for one in scene.registry.connections()] == ["app", "app-cafe-unal-co"]
    stored = scene.stored("app-cafe-unal-co")
    assert (stored.tenant, stored.account in scene.club.rooms) == ("b-1", True)


def test_a_callback_that_is_overtaken_after_it_has_looked_ends_in_the_same_connection(scene: Scene) -> None:
    look, visit = scene.registry.of_tenant, (scene.begin(), scene.club.consent())

    def look_and_wait(endpoint_id: str, tenant: str) -> Sequence[str]:
        seen = look(endpoint_id, tenant)
        scene.registry.of_tenant = look  # type: ignore[method-assign]
        scene.join()
        return seen

    scene.registry.of_tenant = look_and_wait  # type: ignore[method-assign]
    assert scene.finish(*visit).connection.id == "app-cafe-unal-co"
    assert [one.id for one in scene.registry.connections()] == ["app", "app-cafe-unal-co"]


def test_joining_looks_at_no_other_account(scene: Scene) -> None:
    def refuse() -> Sequence[Connection]:
        raise AssertionError("every connection was read")

    scene.registry.connections = refuse  # type: ignore[method-assign]
    assert scene.join().connection.id == "app-cafe-unal-co"


def test_a_business_whose_id_was_taken_over_in_the_same_moment_is_told_and_joins_again(scene: Scene) -> None:
    scene.club.businesses = {"b-1": "Salon", "b-2": "Salon"}

    def take_over(connection: Connection) -> None:
        scene.club.on_set_up = lambda _: None
        scene.registry.save(replace(connection, tenant="b-2", settings={"business": "b-2"}))

    scene.club.on_set_up = take_over
    with pytest.raises(Conflict, match="the same name"):
        scene.join("b-1")
    assert scene.stored("app-salon").tenant == "b-2"
    assert scene.join("b-1").connection.id == "app-salon-2"


# --- refusals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("service", "app"),
    [
        ("nothing", "app"),
        ("club", "nobody"),
        ("office", "app"),
        ("office", "desk"),
        ("club", "member"),
        ("club", ""),
        ("club", "../app"),
        ("club", "x" * 5000),
    ],
)
def test_only_an_app_can_be_joined(scene: Scene, service: str, app: str) -> None:
    scene.registry.save(replace(APP, id="desk", service="office", endpoint_id="desk"))
    scene.registry.save(replace(APP, id="member", secrets=Secrets(values={"access_token": "t"})))
    with pytest.raises(UnknownApp):
        scene.authorizer.begin(service, app, REDIRECT)
    assert scene.consents.stored == {}


def test_a_state_that_was_never_given_is_refused(scene: Scene) -> None:
    begun = replace(scene.begin(), state="guessed")
    with pytest.raises(ConsentRefused, match="never requested"):
        scene.finish(begun, scene.club.consent())


def test_a_consent_is_good_for_one_use(scene: Scene) -> None:
    begun = scene.begin()
    scene.finish(begun, scene.club.consent())
    with pytest.raises(ConsentRefused, match="already used"):
        scene.finish(begun, scene.club.consent())


def test_a_consent_is_used_up_by_what_failed(scene: Scene) -> None:
    begun = scene.begin()
    with pytest.raises(AuthorizationNeeded):
        scene.finish(begun, "a code that the club does not know")
    with pytest.raises(ConsentRefused):
        scene.finish(begun, scene.club.consent())
    assert [one.id for one in scene.registry.connections()] == ["app"]


def test_of_many_callbacks_with_one_state_one_gets_through(scene: Scene) -> None:
    begun = scene.begin()
    codes = [scene.club.consent() for _ in range(8)]

    def attempt(code: str) -> str:
        try:
            return scene.finish(begun, code).connection.id
        except ConsentRefused:
            return "refused"

    with ThreadPoolExecutor(8) as pool:
        results = sorted(pool.map(attempt, codes))
    assert results == ["app-cafe-unal-co", *["refused"] * 7]
    assert scene.club.tokens == 1


@pytest.mark.parametrize("browser", ["", "token-0", "somebody else's"])
def test_another_browser_cannot_finish_what_this_one_began(scene: Scene, browser: str) -> None:
    begun = scene.begin()
    code = scene.club.consent()
    with pytest.raises(ConsentRefused, match="another browser"):
        scene.finish(begun, code, browser=browser)
    assert code in scene.club.codes
    with pytest.raises(ConsentRefused, match="already used"):
        scene.finish(begun, code)


@pytest.mark.parametrize(("seconds", "accepted"), [(599, True), (600, False), (86_400, False)])
def test_a_consent_lasts_ten_minutes(scene: Scene, seconds: int, accepted: bool) -> None:
    begun = scene.begin()
    scene.time.advance(seconds)
    if accepted:
        assert scene.finish(begun, scene.club.consent()).connection.tenant == "b-1"
    else:
        with pytest.raises(ConsentRefused, match="ten minutes"):
            scene.finish(begun, scene.club.consent())


def test_a_consent_for_one_app_is_not_for_another(scene: Scene) -> None:
    scene.registry.save(replace(APP, id="second", endpoint_id="second"))
    with pytest.raises(ConsentRefused, match="another app"):
        scene.finish(scene.begin(), scene.club.consent(), app="second")


def test_a_no_ends_the_consent(scene: Scene) -> None:
    begun = scene.begin()
    scene.authorizer.decline(begun.state, begun.browser)
    assert scene.journal.said("consent declined") == [{"app": "app"}]
    with pytest.raises(ConsentRefused):
        scene.finish(begun, scene.club.consent())
    scene.authorizer.decline("unknown", "")


def test_the_store_holds_no_cookie(scene: Scene) -> None:
    begun = scene.begin()
    assert scene.consents.stored[begun.state].browser != begun.browser
    assert begun.browser not in repr(begun)
    assert begun.state not in repr(begun)


# --- setting up ------------------------------------------------------------------------------------------------------


def test_the_account_is_stored_and_its_webhooks_awaited_before_the_service_is_asked_for_anything(scene: Scene) -> None:
    stored: list[tuple[Connection, bool]] = []
    scene.club.on_set_up = lambda one: stored.append((scene.stored(one.id), "app" in scene.stores.awaiting))
    joined = scene.join()
    ((before, awaited),) = stored
    assert awaited
    assert before.secrets.values == joined.connection.secrets.credentials == {"access_token": "token-1-of-b-1"}
    assert (before.tenant, before.account, before.status) == ("b-1", "", PENDING)


@pytest.mark.parametrize("failure", [Transient("the club is busy"), Misconfigured("the club knows no such plan")])
def test_an_account_that_cannot_be_set_up_is_kept_and_joins_again(scene: Scene, failure: PatchbayError) -> None:
    scene.club.set_up_failure = failure
    with pytest.raises(NotReady) as caught:
        scene.join()
    assert caught.value.connection.id == "app-cafe-unal-co"
    assert str(failure) in str(caught.value)
    assert scene.stored("app-cafe-unal-co").secrets.values == {"access_token": "token-1-of-b-1"}
    assert scene.stored("app-cafe-unal-co").status is PENDING
    assert scene.journal.metrics == {"AccountNotReady": 1}
    scene.club.set_up_failure = None
    again = scene.join()
    assert (again.returning, again.connection.id, again.connection.account) == (True, "app-cafe-unal-co", "room-1")


def test_the_services_word_that_came_before_its_answer_stands(scene: Scene) -> None:
    scene.club.on_set_up = lambda one: scene.stores.mark(one.id, ACTIVE, "")
    assert scene.join().connection.status is ACTIVE
    scene.club.on_set_up = lambda one: scene.stores.mark(one.id, ConnectionStatus.DISABLED, "blocked")
    back = scene.join().connection
    assert (back.status, back.status_reason) == (ConnectionStatus.DISABLED, "blocked")


def test_a_refusal_of_the_old_token_does_not_stand(scene: Scene) -> None:
    scene.join()
    scene.club.status = ACTIVE
    scene.club.on_set_up = lambda one: scene.stores.mark(one.id, REFUSED, "the token was revoked")
    back = scene.join().connection
    assert (back.status, back.status_reason) == (ACTIVE, "")


def test_a_link_made_meanwhile_stays(scene: Scene) -> None:
    scene.club.on_set_up = lambda one: scene.stores.change(one.id, link="elsewhere")
    assert scene.join().connection.link == "elsewhere"


def test_an_account_that_was_disconnected_meanwhile_is_not_brought_back(scene: Scene) -> None:
    scene.club.on_set_up = lambda one: (scene.stores.connections.pop(one.id), None)[1]
    with pytest.raises(Conflict, match="disconnected"):
        scene.join()
    assert [one.id for one in scene.registry.connections()] == ["app"]


def test_a_service_that_sets_nothing_up_is_stored_and_ready(scene: Scene) -> None:
    connection = Connection(id="desk", service="office", side=Side.PLATFORM, endpoint_id="desk")
    assert without_reference_key(set_up_account(Office(), connection, scene.registry, NoHttp())) == connection
    assert scene.stored("desk") == connection
    assert scene.stores.awaiting == set()


def test_the_command_sets_up_an_account_of_its_own_in_the_same_way(scene: Scene) -> None:
    scene.club.status = ACTIVE
    connection = Connection(
        id="own", service="club", side=Side.PLATFORM, endpoint_id="own", settings={"business": "b-9"}
    )
    ready = set_up_account(scene.club, connection, scene.registry, NoHttp())
    assert (ready.account, ready.tenant, ready.status) == ("room-1", "b-9", ACTIVE)
    assert scene.stored("own") == without_reference_key(ready)


def test_no_secret_is_told_to_the_journal(scene: Scene) -> None:
    begun = scene.begin()
    code = scene.club.consent()
    scene.finish(begun, code)
    scene.club.set_up_failure = Transient("busy")
    with pytest.raises(NotReady) as caught:
        scene.join()
    told = f"{scene.journal.lines} {caught.value!r} {caught.value.connection!r}"
    for secret in (begun.state, begun.browser, code, "token-1-of-b-1", "token-2-of-b-1", "the-apps-secret"):
        assert secret not in told
