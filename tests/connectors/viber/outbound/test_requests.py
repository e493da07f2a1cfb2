"""What is sent to Viber for each part, and what its answers mean."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from patchbay.domain.errors import (
    Rejected,
)
from patchbay.domain.model import (
    Attachment,
    AttachmentKind,
    Button,
    Card,
    Cards,
    ContactCard,
    Delivered,
    Location,
    Message,
    Part,
    Role,
    Sender,
    Text,
)
from patchbay.kit.fallbacks import render
from patchbay.messengers.viber import CONNECTOR
from tests.connectors.viber.outbound.scene import AGENT, CONNECTION, NOW, OK, THREAD, TOKEN, VIBER, deliver, make_part
from tests.harness.fakes.recording_http import RecordingHttp


def sent_body(part: Part) -> dict[str, Any]:
    (body,) = deliver(part).bodies
    return body


def test_a_text_goes_out_under_the_agents_name_and_picture() -> None:
    http = deliver(make_part(Text(text="Hi <b>there</b> 👋")))
    (request,) = http.requests
    assert (request.method, request.url) == ("POST", "https://viber.test/pa/send_message")
    assert request.headers["X-Viber-Auth-Token"] == TOKEN
    assert request.json == {
        "receiver": "Zm9v+mFy/mF6cXV4MDEyMw==",
        "min_api_version": 1,
        "sender": {"name": "Ana", "avatar": "https://cdn.test/ana.jpg"},
        "type": "text",
        "text": "Hi <b>there</b> 👋",
    }


def test_the_token_of_the_message_is_kept_to_the_last_digit() -> None:
    delivered = VIBER.deliver(make_part(Text(text="x")), THREAD, CONNECTION, RecordingHttp.in_turn(OK))
    assert delivered == Delivered(external_id="5741311803571721087")


@pytest.mark.parametrize(
    ("name", "avatar", "shown"),
    [
        (None, None, {"name": "Shop", "avatar": "https://cdn.test/shop.png"}),
        (" ", "", {"name": "Shop", "avatar": "https://cdn.test/shop.png"}),
        ("Ana\nMaria", None, {"name": "Ana Maria", "avatar": "https://cdn.test/shop.png"}),
        ("x" * 28, "data:image/png;base64,AA", {"name": "x" * 28}),
        (
            "Wolfeschlegelsteinhausenbergerdorff",
            "",
            {"name": "Wolfeschlegelsteinhausenber…", "avatar": "https://cdn.test/shop.png"},
        ),
        ("👩‍🚀" * 20, None, {"name": "👩‍🚀" * 5 + "…", "avatar": "https://cdn.test/shop.png"}),
    ],
)
def test_names_fit_into_28_characters(name: str | None, avatar: str | None, shown: dict[str, str]) -> None:
    author = Sender(role=Role.AGENT, name=name, avatar_url=avatar)
    sender = sent_body(make_part(Text(text="x"), sender=author))["sender"]
    assert sender == shown
    assert len(sender["name"]) <= 28


def test_somebody_always_speaks() -> None:
    unnamed = replace(CONNECTION, settings={"base_url": "https://viber.test/pa"})
    part = make_part(Text(text="x"), sender=Sender(role=Role.BOT))
    assert deliver(part, connection=unnamed).bodies[0]["sender"] == {"name": "Support"}


IMAGE = Attachment(
    kind=AttachmentKind.IMAGE,
    url="https://bridge.test/media/t/photo.JPG?x=1",
    name="photo.JPG",
    content_type="image/jpeg",
    size=90_000,
    hosted=True,
)
VIDEO = replace(IMAGE, kind=AttachmentKind.VIDEO, url="https://bridge.test/media/t/clip.mp4", name="clip.mp4")
FILE = replace(IMAGE, kind=AttachmentKind.FILE, url="https://bridge.test/media/t/bill.pdf", name="bill March.pdf")


@pytest.mark.parametrize(
    ("content", "fields"),
    [
        (IMAGE, {"type": "picture", "media": IMAGE.url, "text": ""}),
        (replace(IMAGE, caption="look"), {"type": "picture", "media": IMAGE.url, "text": "look"}),
        (VIDEO, {"type": "video", "media": VIDEO.url, "size": 90_000}),
        (replace(VIDEO, caption="c"), {"type": "video", "media": VIDEO.url, "size": 90_000, "text": "c"}),
        (FILE, {"type": "file", "media": FILE.url, "size": 90_000, "file_name": "bill March.pdf"}),
        (replace(FILE, name=""), {"type": "file", "media": FILE.url, "size": 90_000, "file_name": "bill.pdf"}),
        (
            replace(FILE, name="ü" * 300 + ".pdf"),
            {"type": "file", "media": FILE.url, "size": 90_000, "file_name": "ü" * 252 + ".pdf"},
        ),
        (
            Location(latitude=59.3, longitude=-18.1),
            {"type": "location", "location": {"lat": 59.3, "lon": -18.1}},
        ),
        (
            ContactCard(name="Bo Ek", phone="+46 (70) 123-45 67"),
            {"type": "contact", "contact": {"name": "Bo Ek", "phone_number": "+46701234567"}},
        ),
        (
            ContactCard(name="Bo Ek", phone="\u202a0046 (0)70 123 45 67\u202c"),
            {"type": "contact", "contact": {"name": "Bo Ek", "phone_number": "+46701234567"}},
        ),
        (
            ContactCard(name="A company with a very long name Ltd", phone="112"),
            {"type": "contact", "contact": {"name": "A company with a very long…", "phone_number": "112"}},
        ),
    ],
)
def test_every_kind_of_content_has_its_own_message(content: Any, fields: dict[str, Any]) -> None:
    body = sent_body(make_part(content))
    assert {key: body[key] for key in body if key not in {"receiver", "sender", "min_api_version"}} == fields
    assert body["min_api_version"] == 1


@pytest.mark.parametrize(
    ("content", "fields"),
    [
        (replace(IMAGE, size=2_000_000), {"type": "url", "media": IMAGE.url}),
        (replace(IMAGE, url="https://b.test/photo"), {"type": "url", "media": "https://b.test/photo"}),
        (replace(VIDEO, size=None), {"type": "url", "media": VIDEO.url}),
        (replace(FILE, size=60_000_000), {"type": "url", "media": FILE.url}),
        (
            replace(VIDEO, kind=AttachmentKind.AUDIO, caption="listen"),
            {"type": "text", "text": f"listen\nclip.mp4: {VIDEO.url}"},
        ),
        (ContactCard(name="Bo", phone="ask at the desk"), {"type": "text", "text": "Bo: ask at the desk"}),
    ],
)
def test_what_breaks_vibers_rules_goes_as_a_link_or_in_words(content: Any, fields: dict[str, Any]) -> None:
    body = sent_body(make_part(content))
    assert {key: body[key] for key in fields} == fields


def test_an_attachment_without_an_address_is_refused_not_crashed_on() -> None:
    with pytest.raises(Rejected):
        deliver(make_part(replace(IMAGE, url=None)))


def test_buttons_become_a_keyboard_of_labels() -> None:
    buttons = [
        Button(label="Fish & <chips>", payload="order:17"),
        Button(label="Menu", url="https://shop.test/menu?a=1&b=2"),
        Button(label="I would like to talk to a real person, please", payload="human"),
    ]
    body = sent_body(make_part(Text(text="What now?"), buttons))
    keyboard = body["keyboard"]
    assert body["min_api_version"] == 1
    assert keyboard["Type"] == "keyboard"
    assert "InputFieldState" not in keyboard, "it would lock the customer out"
    assert [(each["ActionType"], each["ActionBody"], each["Text"], each["Silent"]) for each in keyboard["Buttons"]] == [
        ("reply", "Fish & <chips>", "Fish &amp; &lt;chips&gt;", False),
        ("open-url", "https://shop.test/menu?a=1&b=2", "Menu", True),
        ("reply", buttons[2].label, buttons[2].label, False),
    ]
    assert [each["Rows"] for each in keyboard["Buttons"]] == [1, 1, 2]
    assert "order:17" not in json.dumps(body)


@pytest.mark.parametrize("count", [1, 6, 7, 12])
@pytest.mark.parametrize("label", ["ok", "&" * 100, "a label of some length, not more"])
def test_a_keyboard_never_grows_beyond_twelve_rows_nor_a_text_beyond_250(count: int, label: str) -> None:
    body = sent_body(make_part(Text(text="?"), [Button(label=label, payload=str(n)) for n in range(count)]))
    buttons = body["keyboard"]["Buttons"]
    assert len(buttons) == count
    assert sum(each["Columns"] * each["Rows"] for each in buttons) <= 12 * 6
    assert all(len(each["Text"]) <= 250 and each["Text"].count("&amp;") == each["Text"].count("&") for each in buttons)


CARDS = Cards(
    cards=(
        Card(
            title="Bike",
            text="Red & fast",
            image=replace(IMAGE, url="https://bridge.test/media/t/bike.png"),
            buttons=(Button(label="Buy", payload="buy:1"), Button(label="More", url="https://shop.test/1")),
        ),
        Card(title="Helmet", buttons=(Button(label="Buy the helmet", payload="buy:2"),)),
    )
)


def test_cards_become_rich_media_with_as_many_rows_each() -> None:
    body = sent_body(make_part(CARDS))
    media = body["rich_media"]
    assert (body["type"], body["min_api_version"]) == ("rich_media", 7)
    assert media["ButtonsGroupRows"] == 3 + 2 + 2
    rows = [each["Rows"] for each in media["Buttons"]]
    assert sum(rows) == 2 * media["ButtonsGroupRows"]
    assert media["Buttons"][0]["Image"] == "https://bridge.test/media/t/bike.png"
    assert media["Buttons"][1]["Text"] == "<b>Bike</b><br>Red &amp; fast"
    assert body["alt_text"].startswith(
        "Bike\nRed & fast\nhttps://bridge.test/media/t/bike.png\n• Buy\nMore: https://shop"
    )


def test_a_card_picture_that_viber_would_not_show_is_a_link_on_the_card() -> None:
    card = replace(CARDS.cards[0], image=replace(IMAGE, size=900_000))
    first = sent_body(make_part(Cards(cards=(card,))))["rich_media"]["Buttons"][0]
    assert (first["ActionType"], first["ActionBody"], first["Silent"]) == ("open-url", IMAGE.url, True)
    assert "Image" not in first


def test_cards_whose_taps_would_come_back_cut_off_are_written_out() -> None:
    long = Button(label="a" * 101, payload="x")
    body = sent_body(make_part(Cards(cards=(Card(title="Bike", buttons=(long,)),))))
    assert (body["type"], body["text"]) == ("text", f"Bike\n• {long.label}")


@pytest.mark.parametrize("status", [13, 14])
def test_an_old_app_gets_the_same_in_words_once(status: int) -> None:
    http = deliver(make_part(CARDS, [Button(label="Back", payload="b")]), {"status": status}, OK)
    rich, plain = http.bodies
    assert rich["type"] == "rich_media"
    assert (plain["type"], plain["min_api_version"]) == ("text", 1)
    assert "keyboard" not in plain
    for words in ("Bike", "Red & fast", "• Buy", "More: https://shop.test/1", "Helmet", "• Back"):
        assert words in plain["text"]
    with pytest.raises(Rejected, match="too old"):
        deliver(make_part(CARDS), {"status": status}, {"status": status})


@pytest.mark.parametrize(
    "content", [Text(text="t"), replace(IMAGE, caption="c"), Location(latitude=1, longitude=2), ContactCard(name="n")]
)
def test_everything_has_a_version_in_words(content: Any) -> None:
    plain = deliver(make_part(content, [Button(label="Go", url="https://g.test")]), {"status": 13}, OK).bodies[1]
    assert plain["text"].endswith("Go: https://g.test")
    assert plain["text"].count("\n") >= 1


def test_more_than_30_kilobytes_are_not_even_sent() -> None:
    http = RecordingHttp.in_turn()
    buttons = [Button(label=str(n), url=f"https://shop.test/{'x' * 1900}") for n in range(12)]
    with pytest.raises(Rejected, match="30 KB"):
        VIBER.deliver(make_part(Text(text="語" * 4000), buttons), THREAD, CONNECTION, http)
    assert http.requests == []


def test_what_degrade_lets_through_is_carried_as_itself() -> None:
    message = Message(
        external_id="m",
        sender=AGENT,
        sent_at=NOW,
        content=(
            Text(text="語" * 7001),
            replace(IMAGE, caption="c" * 513),
            replace(IMAGE, content_type="image/gif", name="fun.gif", url="https://bridge.test/media/t/fun.gif"),
            replace(FILE, caption="the bill"),
            replace(FILE, name="virus.exe", url="https://bridge.test/media/t/virus.exe"),
            Location(latitude=1, longitude=2, label="Home"),
            *CARDS.cards,
        ),
        buttons=(Button(label="OK", payload="1"),),
    )
    bodies = [sent_body(part) for part in render(message, CONNECTOR.capabilities, "k", NOW).parts]
    assert [(body["type"], body.get("text", "")[:9]) for body in bodies] == [
        ("text", "語" * 9),
        ("text", "語"),
        ("picture", ""),
        ("text", "c" * 9),
        ("file", ""),
        ("file", ""),
        ("text", "the bill"),
        ("text", "virus.exe"),
        ("location", ""),
        ("text", "Home"),
        ("rich_media", ""),
    ]
    assert [index for index, body in enumerate(bodies) if "keyboard" in body] == [10]
