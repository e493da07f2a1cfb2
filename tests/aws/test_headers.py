"""What browsers are told with every answer of ours, whichever function gives it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from patchbay.aws.handlers.http_api import HttpApiResponse
from tests.aws.doors import Doors, open_doors

CLUB = "https://club.test"
NOBODYS = "x" * 43


@pytest.fixture
def doors(tmp_path: Path) -> Iterator[Doors]:
    with open_doors(tmp_path) as doors:
        yield doors


def fetch_widget_again(doors: Doors) -> HttpApiResponse:
    return doors.chat("GET", "widget.js", if_none_match=doors.chat("GET", "widget.js")["headers"]["etag"])


def refuse_a_file(doors: Doors) -> HttpApiResponse:
    answers = [doors.file("u" * 43, "a" * 3) for _ in range(2)]
    return answers[-1]


def join(doors: Doors) -> HttpApiResponse:
    begun = doors.consent("start")
    state = parse_qs(urlsplit(begun["headers"]["location"]).query)["state"][0]
    cookie = begun["cookies"][0].partition(";")[0]
    return doors.consent("callback", f"code={doors.club.consent()}&state={state}", cookie=cookie)


ANSWERS: dict[str, Callable[[Doors], HttpApiResponse]] = {
    "the page": lambda doors: doors.chat("GET"),
    "a file of the page": lambda doors: doors.chat("GET", "static/main.js"),
    "the widget": lambda doors: doors.chat("GET", "widget.js"),
    "the widget, known": fetch_widget_again,
    "a file that is not there": lambda doors: doors.chat("GET", "static/none.js"),
    "a call": lambda doors: doors.chat("GET", "api/about"),
    "a call that is refused": lambda doors: doors.chat("GET", "api/chats"),
    "a preflight": lambda doors: doors.chat("OPTIONS", "api/chats", origin="https://shop.test"),
    "no page": lambda doors: doors.knock("webchat", path={"webhook_token": NOBODYS}),
    "the bridge's call": lambda doors: doors.chat("GET", "bridge/about"),
    "a download": lambda doors: doors.file(),
    "a look at a file": lambda doors: doors.file(method="HEAD"),
    "no file": lambda doors: doors.file("u" * 43),
    "a file, wrongly asked for": lambda doors: doors.file(method="PUT"),
    "a consent that begins": lambda doors: doors.consent("start"),
    "a consent in a frame": lambda doors: doors.consent("start", sec_fetch_dest="iframe"),
    "a consent that ends": join,
    "no consent": lambda doors: doors.consent("callback", "error=access_denied"),
    "a consent that is not known": lambda doors: doors.consent("callback", "code=x&state=y"),
    "no app": lambda doors: doors.consent("start", app="none"),
    "a consent, wrongly asked for": lambda doors: doors.consent("start", method="POST"),
    "a webhook that nobody awaits": lambda doors: doors.knock(
        "viber", "POST", path={"webhook_token": NOBODYS}, body={}
    ),
}
#: What sites and platforms show within their own pages.
FOR_OTHERS = {
    "the widget",
    "the widget, known",
    "a download",
    "a look at a file",
    "no file",
    "a file, wrongly asked for",
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_every_answer_says_how_browsers_must_treat_it(doors: Doors, answer: str) -> None:
    headers = ANSWERS[answer](doors)["headers"]
    assert headers["strict-transport-security"] == "max-age=31536000"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    for power in ("camera", "microphone", "geolocation", "payment", "usb", "display-capture"):
        assert f"{power}=()" in headers["permissions-policy"]
    wanted = "cross-origin" if answer in FOR_OTHERS else "same-origin"
    assert headers["cross-origin-resource-policy"] == wanted


@pytest.mark.parametrize("answer", ANSWERS)
def test_every_page_says_who_may_frame_it(doors: Doors, answer: str) -> None:
    headers = ANSWERS[answer](doors)["headers"]
    if not headers.get("content-type", "").startswith("text/html"):
        return
    policy = headers["content-security-policy"]
    framers = {"the page": "'self' http://127.0.0.1:8000 https://shop.test", "a consent in a frame": CLUB}
    assert policy.rpartition("frame-ancestors ")[2] == framers.get(answer, "'none'")
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_a_frame_of_an_app_that_is_not_there_is_not_shown(doors: Doors) -> None:
    answer = doors.consent("start", app="none", sec_fetch_dest="iframe")
    assert answer["headers"]["content-security-policy"].endswith("frame-ancestors 'none'")
