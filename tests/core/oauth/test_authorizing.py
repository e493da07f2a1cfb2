"""How an account becomes usable, and how it joins an app by consent."""

from __future__ import annotations

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count
from threading import Barrier
from urllib.parse import parse_qs, urlsplit

import pytest

from patchbay.bridge.audit import AuditRecord
from patchbay.domain.accounts import REFERENCE_KEY, Connection, Secrets
from patchbay.domain.errors import Conflict
from patchbay.domain.model import Side
from tests.core.oauth.scene import ACTIVE, APP, PENDING, REDIRECT, REFUSED, Scene, without_reference_key


def test_the_browser_is_sent_to_the_consent_page_with_a_state_and_our_address(scene: Scene) -> None:
    begun = scene.begin()
    query = parse_qs(urlsplit(begun.url).query)
    assert query == {"redirect_uri": [REDIRECT], "state": [begun.state]}
    assert begun.browser not in begun.url
    assert (begun.until - scene.time.now()).total_seconds() == 600


def test_who_joins_is_in_the_audit_trail_before_anything_is_stored(scene: Scene) -> None:
    scene.join()
    me, what, targets = "function:test", "account connected", ("app-cafe-unal-co", "app")
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
    assert scene.telemetry.metrics["AccountConnected"] == 1


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
