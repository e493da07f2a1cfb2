"""What visitors of the web chat read: never the owner's words, so no service's name and no HTTP status.

Whatever the platform, and whatever it answers: the screen gets a code, which the page words in the visitor's language.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from patchbay.domain.errors import WebhookRefused
from patchbay.domain.events import MessageReceived
from patchbay.domain.model import Side, Unsupported
from patchbay.kit import registry
from patchbay.kit.contract import WebhookRequest
from patchbay.kit.failures import FailureCode
from playground.services.vcita import Vcita
from playground.simulator import Fault
from tests.connectors.services import samples
from tests.connectors.words import Happenings, parse
from tests.harness.webchat_world import PNG, Scene, make_scene, platforms

POST = "POST .*"
#: Every way to answer a call: refused, gone, too large, too many, not authorized, broken, busy, lost.
FAULTS = {
    **{str(status): Fault(status=status, times=50, where=POST) for status in (400, 403, 404, 409, 413, 422)},
    **{f"{status} once": Fault(status=status, where=POST) for status in (401, 422, 429, 503)},
    **{f"{status} for good": Fault(status=status, times=1000, where=POST) for status in (401, 500)},
    "lost": Fault(lost=True, times=2, where=POST),
    "not let in": Fault(refused=True, where=POST),
}
NAMES = "|".join(re.escape(registry.load(name).title) for name in platforms())
OWNERS_WORDS = re.compile(
    rf"{NAMES}|patchbay|\bHTTP\b|\b[45]\d\d\b|refused: |refused the request|_id\b|`|token|secret", re.IGNORECASE
)
CODES = {"", *FailureCode}


@pytest.fixture(params=platforms())
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    scene = make_scene(request.param)
    yield scene
    assert not scene.telemetry.logged("event failed unexpectedly")


def check_screen(scene: Scene) -> None:
    scene.webchat.poll(scene.ann.id)
    for message in scene.ann.mine():
        assert message["reason"] in CODES
        assert bool(message["reason"]) == (message["state"] == "failed")
    # The visitor's own words are theirs; all else is what somebody has made of it.
    bare = {"id": "", "at": "", "attachment": None}
    shown = [{**message, **bare, **({"text": ""} if message["mine"] else {})} for message in scene.ann.lines()]
    seen = json.dumps(shown, ensure_ascii=False)
    assert OWNERS_WORDS.search(seen) is None, seen


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_visitor_reads_no_word_that_is_meant_for_the_owner(scene: Scene, fault: Fault) -> None:
    scene.says("hello")
    scene.desk.fail_next(fault)
    scene.says("words")
    scene.webchat.send_file(scene.ann.id, "cat.png", "image/png", PNG, "my cat")
    scene.settle(scene.HOUR)
    check_screen(scene)


@pytest.mark.parametrize("status", [403, 422])
def test_nor_does_a_visitor_whose_first_message_fails(scene: Scene, status: int) -> None:
    scene.desk.fail_next(Fault(status=status, times=50, where=POST))
    scene.says("words")
    check_screen(scene)


@pytest.mark.parametrize("scene", ["vcita"], indirect=True)
def test_a_platform_that_reports_the_failure_later_is_not_quoted_either(scene: Scene) -> None:
    assert isinstance(scene.desk, Vcita)
    scene.says("hello")
    scene.desk.next_message_fails = True
    scene.says("words")
    assert scene.states() == ["delivered", "failed"]
    check_screen(scene)


@pytest.mark.parametrize("scene", ["unblu", "freshchat"], indirect=True)
def test_a_visitor_whose_file_is_kept_no_longer_reads_that(scene: Scene) -> None:
    scene.says("hello")
    scene.desk.fail_next(Fault(status=503, times=3, where=POST))
    scene.webchat.send_file(scene.ann.id, "offer.pdf", "application/pdf", b"%PDF-1.4 an offer", "")
    scene.settle_for(3)
    scene.media.files.clear()
    scene.settle(scene.HOUR)
    assert scene.ann.mine()[-1]["reason"] == "file_gone"
    check_screen(scene)


@pytest.mark.parametrize("scene", ["giosg"], indirect=True)
def test_the_reason_is_in_the_owners_log(scene: Scene) -> None:
    scene.says("hello")
    scene.desk.fail_next(Fault(status=422, where="POST .*/messages"))
    scene.says("words")
    [failed] = scene.telemetry.logged("event failed")
    assert failed["reason"] == "Giosg refused the request: sending a message (HTTP 422)"
    check_screen(scene)


def read(service: str, request: WebhookRequest) -> Happenings:
    """Nothing of a sample that is refused."""
    try:
        return parse(service, request)
    except WebhookRefused:
        return ()


@pytest.mark.parametrize("service", [name for name in registry.names() if registry.load(name).side is Side.PLATFORM])
def test_what_cannot_be_shown_to_a_customer_is_described_without_a_services_name(service: str) -> None:
    described = [
        item.description
        for sample in samples(service)
        for event in read(service, sample.request())
        if isinstance(event, MessageReceived)
        for item in event.message.content
        if isinstance(item, Unsupported)
    ]
    assert not [words for words in described if re.search(NAMES, words, re.IGNORECASE)]
