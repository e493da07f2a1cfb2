"""Where a URL in a text begins and ends, on the web chat's page and on the playground's; and links to maps."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest
from playwright.sync_api import Page, expect

from playground.live import LiveTimeline, Server
from playground.page_server import make_app
from playground.trace import Trace
from tests.browser.webchat_harness import open_webchat
from tests.harness.links import FixedLinks
from tests.harness.tiny import make_tiny_world

pytestmark = pytest.mark.browser

A = "https://a.example/b"
#: Each text, and what is a link in it.
TEXTS = {
    f"see {A}.": A,
    f"({A})": A,
    f"{A}_(c)": f"{A}_(c)",
    f"{A}_(c)).!": f"{A}_(c)",
    "https://a.example/(b.)?)": "https://a.example/(b.)",
    f"[{A}]": A,
    f"{{{A}}}": A,
    f"{A}?x[0]=1": f"{A}?x[0]=1",
    f"<{A}>": A,
    f'"{A}"': A,
    f"“{A}”": A,
    f"‘{A}’": A,
    f"«{A}»": A,
    f"„{A}“": A,
    f"「{A}」": A,
    f"（{A}）": A,
    f"【{A}】": A,
    f"《{A}》": A,
    f"请看{A}。谢谢": A,
    f"{A}、それと": A,
    f"{A}，或者": A,
    f"{A}！": A,
    f"{A}？": A,
    f"{A}：": A,
    f"{A}…": A,
    f"{A}...": A,
    f"هل رأيت {A}؟": A,
    f"{A}، نعم": A,
    f"{A}؛": A,
    f"{A}۔": A,
    f"देखिए {A}।": A,
    f"{A}॥": A,
    f"{A}։": A,
    f"{A}—yes": A,
    f"{A}\u200b": A,
    f"\u202a{A}\u202c": A,
    f"{A}\u00a0there": A,
    f"{A}\u3000there": A,
    f"{A}/?c=d&e=f#g": f"{A}/?c=d&e=f#g",
    f"{A}/~c/d-e_f/": f"{A}/~c/d-e_f/",
    f"HTTPS://A.example/b, {'x' * 20}": "HTTPS://A.example/b",
    "https://bücher.example/straße.": "https://bücher.example/straße",
    "https://例え.jp/道、": "https://例え.jp/道",
    "https://xn--bcher-kva.example/x": "https://xn--bcher-kva.example/x",
    "https://ca.example/col·lecció": "https://ca.example/col·lecció",
    "javascript:alert(1)": "",
    "data:text/html,<b>x</b>": "",
    "myapp://order/1": "",
    "https://": "",
    "no address": "",
}

LOCATIONS = {
    (59.3293, 18.0686): ("59.3293", "18.0686"),
    (1e-05, -1e-05): ("0.00001", "-0.00001"),
    (1e-07, -0.0): ("0.0000001", "0"),
    (-1e-12, 180): ("0", "180"),
    (59.123456789012345, -180): ("59.1234568", "-180"),
    (10, 100): ("10", "100"),
}

_LINKS = """async ([module, texts]) => {
    const { linkify } = await import(module);
    return texts.map((text) => linkify(text).map((one) => (one.href ? one.textContent : "")).join(""));
}"""
_LOCATION = """async ([module, latitude, longitude]) => {
    const texts = module.includes("page") ? null : await import("./source/texts.js");
    texts?.chooseTexts("en");
    return (await import(module)).location({ latitude, longitude }).href;
}"""


@pytest.fixture(scope="module", params=["webchat", "playground"])
def scripts(request: pytest.FixtureRequest) -> Iterator[tuple[str, str, str]]:
    """A page, its module that finds links, and the one that shows locations."""
    if request.param == "webchat":
        with open_webchat() as world:
            yield world.page, "./source/format.js", "./source/content.js"
        return
    timeline = LiveTimeline()
    pigeon, counter = make_tiny_world(timeline, Random(1))
    with Server(make_app({"pigeon": pigeon, "counter": counter}, Trace(), FixedLinks())) as server:
        yield server.url, "./webchat/static/format.js", "./page/message-content.js"
    timeline.close()


def open_page(page: Page, url: str) -> None:
    page.goto(url)
    expect(page.get_by_label("Your name").or_(page.locator("#live[data-state=live]")).first).to_be_visible()


def test_an_address_ends_where_the_sentence_goes_on(page: Page, scripts: tuple[str, str, str]) -> None:
    url, module, _ = scripts
    open_page(page, url)
    found = page.evaluate(_LINKS, [module, list(TEXTS)])
    assert dict(zip(TEXTS, found, strict=True)) == TEXTS
    page.goto("about:blank")


def test_a_location_is_a_link_in_plain_decimals(page: Page, scripts: tuple[str, str, str]) -> None:
    url, _, module = scripts
    open_page(page, url)
    for (latitude, longitude), (north, east) in LOCATIONS.items():
        address = page.evaluate(_LOCATION, [module, latitude, longitude])
        assert address.endswith((f"?q={north},{east}", f"?mlat={north}&mlon={east}#map=16/{north}/{east}")), address
    page.goto("about:blank")
