"""How an account becomes usable, and how it joins an app by consent: setting up."""

from __future__ import annotations

import pytest

from patchbay.bridge.oauth import NotReady, set_up_account
from patchbay.domain.accounts import Connection, ConnectionStatus
from patchbay.domain.errors import Conflict, Misconfigured, PatchbayError, Transient
from patchbay.domain.model import Side
from tests.core.oauth.scene import ACTIVE, PENDING, REFUSED, Scene, without_reference_key
from tests.harness.fakes.oauth_platform import NoHttp
from tests.harness.fakes.services import Office


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
    assert scene.telemetry.metrics == {"AccountNotReady": 1}
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
    told = f"{scene.telemetry.lines} {caught.value!r} {caught.value.connection!r}"
    for secret in (begun.state, begun.browser, code, "token-1-of-b-1", "token-2-of-b-1", "the-apps-secret"):
        assert secret not in told
