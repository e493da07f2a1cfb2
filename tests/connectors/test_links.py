"""Buttons and links of agents and bots on every messenger: new ones inherit it. What cannot be a button is said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from patchbay.domain.model import Attachment, AttachmentKind, Button, Card, Location
from patchbay.kit.links import describe_link
from tests.connectors.services import load_connector
from tests.harness.counter import MESSENGERS, Counter, make_counter
from tests.harness.phones import read_words

#: What is pasted where an address belongs, and the same as a button or in words.
PASTED = {
    "www.example.com": "https://www.example.com",
    "example.com/x": "https://example.com/x",
    "https://e.example/a b": "https://e.example/a%20b",
    " https://e.example/a ": "https://e.example/a",
    "https://bücher.example/ä": "https://xn--bcher-kva.example/%C3%A4",
    "https://example.com/a?b=(1)&c=%20": "https://example.com/a?b=(1)&c=%20",
    "myapp://order/1": "myapp://order/1",
    "tel:+46 70-123": "+4670123",
    "mailto:help@example.com?subject=x": "help@example.com",
    "javascript:alert(1)": "javascript:alert(1)",
    "data:text/html,<b>x</b>": "data:text/html,<b>x</b>",
    "https://a b.example/": "https://a b.example/",
    "see our page": "see our page",
}


@pytest.fixture(params=MESSENGERS)
def counter(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter]:
    counter = make_counter(request.param, "freshchat", monkeypatch)
    yield counter
    assert not counter.world.telemetry.logged("event failed unexpectedly")
    assert not counter.world.queue.parked
    assert all(message["status"] != "failed" for message in counter.sees())


def buttons_of(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    on_cards = [button for one in messages for card in one["cards"] for button in card["buttons"]]
    return [*on_cards, *(button for one in messages for button in one["buttons"])]


def words_of(messages: list[dict[str, Any]]) -> str:
    on_cards = [f"{card['title']}\n{card['text']}" for one in messages for card in one["cards"]]
    return "\n".join([*(read_words(one) for one in messages), *on_cards])


@pytest.mark.parametrize("on_card", [False, True])
@pytest.mark.parametrize("pasted", PASTED)
def test_a_link_is_a_button_where_it_can_be_opened_and_is_said_where_not(
    counter: Counter, pasted: str, on_card: bool
) -> None:
    before, meant = len(counter.sees()), PASTED[pasted]
    buttons = (Button(label="Open it", url=pasted), Button(label="Choose it", payload="p"))
    if on_card:
        counter.asks(Card(title="A card", buttons=buttons))
    else:
        counter.asks("Look here", buttons=buttons)
    shown = counter.sees()[before:]
    links = [button for button in buttons_of(shown) if button["label"] == "Open it"]
    can = load_connector(counter.messenger).capabilities
    rule = can.cards if on_card else can.buttons
    opens = can.link_schemes if rule and rule.mixed else ()
    if {"+4670123": "tel"}.get(meant, meant.partition(":")[0]) in opens and " " not in meant:
        assert [button["url"].removeprefix("tel:") for button in links] == [meant]
    else:
        assert links == []
        assert (describe_link("Open it", pasted) if meant.startswith("https") else f"Open it: {meant}") in words_of(
            shown
        )
    assert [button["label"] for button in buttons_of(shown) if not button["url"]] == ["Choose it"]
    assert counter.says("Choose it").tapped


def test_a_message_of_one_link_that_cannot_be_opened_is_its_words(counter: Counter) -> None:
    before = len(counter.sees())
    counter.asks(buttons=(Button(label="Open the app", url="myapp://order/1"),))
    [message] = counter.sees()[before:]
    assert (read_words(message), message["buttons"]) == ("Open the app: myapp://order/1", [])


def test_cards_are_cards_whatever_does_not_fit_on_them(counter: Counter) -> None:
    """Never some as cards and some in words; nothing is lost, and what is numbered can be chosen by its number."""
    rule = load_connector(counter.messenger).capabilities.cards
    if rule is None:
        pytest.skip("no cards")
    before = len(counter.sees())
    many = tuple(Button(label=f"Choice {number}", payload=f"p-{number}") for number in range(rule.max_buttons + 2))
    title, text = "A title " * rule.max_title, "some words " * rule.max_text
    broken = Attachment(kind=AttachmentKind.IMAGE, url="data:image/png;base64,AAAA", name="map.png")
    counter.asks(
        Card(title="Many buttons", buttons=many),
        Card(title=title, text=text, image=broken),
        Card(title="Plain", buttons=(Button(label="L" * (rule.max_label + 1), payload="long"),)),
    )
    shown = counter.sees()[before:]
    if rule.max_cards > 1:
        carousel, *rest = shown
        assert len(carousel["cards"]) == 3
        assert all(not message["cards"] for message in rest)
        assert [len(card["buttons"]) for card in carousel["cards"]] == [rule.max_buttons, 0, 0]
    else:  # one below the other, each followed by what does not fit on it
        rest = shown
        assert [len(message["buttons"]) for message in rest if message["buttons"]] == [rule.max_buttons]
    words = "".join(words_of(rest).split())
    for expected in (
        title,
        text,
        "map.png",
        f"Many buttons\n1. Choice {rule.max_buttons}",
        f"3. {'L' * rule.max_label}",
    ):
        assert "".join(expected.split()) in words
    part = counter.says("2")
    assert part.tapped
    assert part.tapped.payload == f"p-{rule.max_buttons + 1}"


@pytest.mark.parametrize(("latitude", "longitude"), [(1e-05, -1e-05), (-0.0, 180.0), (59.123456789012345, -180.0)])
def test_a_location_is_one_everywhere_on_earth(counter: Counter, latitude: float, longitude: float) -> None:
    before = len(counter.sees())
    counter.asks(Location(latitude=latitude, longitude=longitude))
    [message] = counter.sees()[before:]
    place = message["location"]
    assert (place["latitude"], place["longitude"]) == (latitude, longitude)
