"""How an account becomes usable, and how it joins an app by consent: refusals."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from patchbay.bridge.oauth import ConsentRefused
from patchbay.bridge.oauth_apps import UnknownApp
from patchbay.domain.accounts import Secrets
from patchbay.domain.errors import AuthorizationNeeded
from tests.core.oauth.scene import APP, REDIRECT, Scene


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
    assert scene.telemetry.logged("consent declined") == [{"app": "app"}]
    with pytest.raises(ConsentRefused):
        scene.finish(begun, scene.club.consent())
    scene.authorizer.decline("unknown", "")


def test_the_store_holds_no_cookie(scene: Scene) -> None:
    begun = scene.begin()
    assert scene.consents.stored[begun.state].browser != begun.browser
    assert begun.browser not in repr(begun)
    assert begun.state not in repr(begun)
