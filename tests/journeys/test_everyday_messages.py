"""What people really send, between every messenger and every platform.

Odd characters, words that look like markup, signs of many scripts, names that show nothing, albums, files
under odd names. Each case is small; the next message always arrives as well.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chat.model import TEXT_LIMIT
from patchbay.domain.text import text_length
from patchbay.kit.contract import HttpRequest
from playground.services.webchat.records import CallRefused
from tests.harness.pair_world import PAIRS, PNG, Scene, make_pair

#: Where agents have no buttons of any kind.
WITHOUT_BUTTONS = {"vcita"}
ALBUM = [PNG + name for name in (b"one", b"two", b"three")]


@pytest.fixture(params=PAIRS)
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    scene = make_pair(request.param)
    scene.meet()
    yield scene
    assert scene.told_otherwise() == []


@pytest.fixture(params=[pair for pair in PAIRS if pair.split()[-1] not in WITHOUT_BUTTONS])
def asking(request: pytest.FixtureRequest) -> Iterator[Scene]:
    """A scene whose agents can offer buttons."""
    scene = make_pair(request.param)
    scene.meet()
    yield scene
    assert scene.told_otherwise() == []


def hear(scene: Scene, text: str) -> str:
    """What the agent reads when the customer writes `text`."""
    scene.says(text)
    scene.settle()
    return scene.agent_sees()[-1]


def read(scene: Scene, text: str) -> str:
    """What the customer reads when the agent writes `text`."""
    scene.replies(text)
    scene.settle()
    return scene.customer_sees()[-1]


# --- albums ----------------------------------------------------------------------------------------------------------


def write_album(scene: Scene, send: Callable[[str, str, bytes], None]) -> None:
    """Three images in one go, as a phone or a desk sends those that were chosen together."""
    for content in ALBUM:
        send("image.png", "image/png", content)
    scene.end()


def fetch_files(scene: Scene, messages: list[dict[str, Any]]) -> list[bytes]:
    """What the receiver gets who opens the file of each message; a link in the words counts as one."""
    addresses = [
        str(each["attachment"]["url"]) if each["attachment"] else str(each["text"]).rpartition(" ")[2]
        for each in messages
    ]
    return [scene.http.send(HttpRequest(method="GET", url=address)).body for address in addresses]


def test_an_album_of_a_customer_keeps_its_order(scene: Scene) -> None:
    write_album(scene, scene.says_with_file)
    assert fetch_files(scene, scene.written()[1:]) == ALBUM


def test_an_album_of_an_agent_keeps_its_order(scene: Scene) -> None:
    write_album(scene, scene.replies_with_file)
    assert fetch_files(scene, scene.shown()[1:]) == ALBUM


# --- characters ------------------------------------------------------------------------------------------------------

#: What is written, and what must be readable of it on the other side.
CHARACTERS = {
    "co\ufffeoperate": "co\ufffdoperate",  # a noncharacter where a line was hyphenated
    "a\uffff": "a\ufffd",  # the other noncharacter
    "hello \ud83d": "hello \ufffd",  # half an emoji
    "\ude00 hello": "\ufffd hello",  # the other half
    "a\x00b\x08c": "a\ufffdb\ufffdc",  # a null and a backspace
    "one\r\ntwo": "one\ntwo",  # a line end of Windows
    "Grüße 你好 שלום مرحبا हिन्दी 👩‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿 1️⃣": "Grüße 你好 שלום مرحبا हिन्दी 👩‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿 1️⃣",  # signs of many scripts
}


def test_odd_characters_of_a_customer_cost_a_sign_and_never_a_message(scene: Scene) -> None:
    assert {written: hear(scene, written) for written in CHARACTERS} == CHARACTERS
    assert hear(scene, "Are you there?") == "Are you there?"


def test_odd_characters_of_an_agent_cost_a_sign_and_never_a_message(scene: Scene) -> None:
    assert {written: read(scene, written) for written in CHARACTERS} == CHARACTERS
    assert read(scene, "Are you there?") == "Are you there?"


# --- words -----------------------------------------------------------------------------------------------------------

WORDS = [
    "paste <script src='a.js'> before </head>, then reload",
    "Use the <script> tag please",
    "use a <style> tag: 5 < 6",
    "if a<b and c>d then",
    "price<u are 5>4",
    "List<a> or std::vector<b>",
    "Choose <one> or <two>",
    "mail <ana@example.com> & co",
    "2 * 3 * 4 = 24, snake_case_name, `x`",
    "# 1 is not a heading",
    "https://example.com/a_b_(c)?x=1&copy=2#_y_",
    "(see https://example.com/one). www.example.com, tel:+4930123456!",
    "a\\b c:\\users\\_x_",
]


def test_words_of_a_customer_are_never_swallowed(scene: Scene) -> None:
    assert [hear(scene, words) for words in WORDS] == WORDS


def test_words_of_an_agent_are_never_swallowed(scene: Scene) -> None:
    assert [read(scene, words) for words in WORDS] == WORDS


SIGNS = {"flags": "🇩🇪", "keycaps": "1️⃣", "England": "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "a family": "👩‍👩‍👧‍👦", "Hindi": "क्षि"}
LONG = 20_000  #: UTF-16 units; more than anybody takes in one message
each_sign = pytest.mark.parametrize("sign", SIGNS.values(), ids=SIGNS)


def repeat(sign: str, length: int) -> str:
    """One letter, so that round limits fall within a sign, and then the sign until the text is about so long."""
    return "a" + sign * (length // text_length(sign) - 1)


@each_sign
def test_a_long_text_of_a_customer_is_cut_between_signs(scene: Scene, sign: str) -> None:
    text = repeat(sign, TEXT_LIMIT if scene.phone.service == "webchat" else LONG)
    scene.says(text)
    scene.settle()
    assert_whole_signs(scene.agent_sees()[1:], text, sign)


@each_sign
def test_a_long_text_of_an_agent_is_cut_between_signs(scene: Scene, sign: str) -> None:
    text = repeat(sign, LONG)
    scene.replies(text)
    scene.settle()
    assert_whole_signs(scene.customer_sees()[1:], text, sign)


def assert_whole_signs(pieces: list[str], text: str, sign: str) -> None:
    assert "".join(pieces) == text
    assert [piece for piece in pieces[1:] if not piece.startswith(sign)] == []
    assert [piece for piece in pieces[:-1] if not piece.endswith(sign)] == []


# --- names -----------------------------------------------------------------------------------------------------------

NAMES = {
    "a Hangul filler": "\u3164",
    "nothing that has a width": "\u200b\u2060",
    "marks of direction": "\u202e\u200f",
    "blanks": "  \u00a0 ",
}


each_name = pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)


@each_name
@pytest.mark.parametrize("pair", [pair for pair in PAIRS if not pair.startswith("webchat")])
def test_a_customer_whose_name_shows_nothing_is_no_blank_line_on_the_desk(pair: str, name: str) -> None:
    scene = make_pair(pair, name)
    scene.says("hello")
    scene.settle()
    [conversation] = [one for one in scene.conversations if one["messages"]]
    assert any(sign.isalnum() for sign in str(conversation["contact"]["name"]))
    assert scene.agent_sees() == ["hello"]


@each_name
def test_the_web_chat_takes_no_name_that_shows_nothing(name: str) -> None:
    with pytest.raises(CallRefused, match="400"):
        make_pair("webchat and freshchat", name)


# --- choices ---------------------------------------------------------------------------------------------------------


def offer(scene: Scene, question: str, *labels: str) -> None:
    scene.pass_time(5)  # UChat's webhooks have no ids: the same words within three seconds are a repetition
    scene.agent_does("quick_replies", text=question, labels="\n".join(labels))
    scene.settle()


TYPED = [
    "Yes, please",
    "YES, PLEASE",
    "\u00a0yes,\u2009please ",  # blanks of other kinds
    "\u200eYes, please\u200f",  # marks of direction
]
QUOTED = ["I'm fine", "I\u2019m fine", "I\u02bcm fine"]


def test_a_typed_choice_is_the_choice_that_people_see(asking: Scene) -> None:
    for typed in TYPED:
        offer(asking, "Shall we deliver?", "Yes, please", "No")
        assert hear(asking, typed) == "Yes, please", typed


def test_apostrophes_of_every_keyboard_are_one(asking: Scene) -> None:
    for typed in QUOTED:
        offer(asking, "How are you?", "I\u2019m fine", "So so")
        assert hear(asking, typed) == "I\u2019m fine", typed


def test_words_that_answer_a_later_question_stay_the_words(asking: Scene) -> None:
    offer(asking, "Cancel your order?", "Yes", "No")
    assert hear(asking, "No thanks") == "No thanks"
    assert read(asking, "Shall we deliver on Monday?") == "Shall we deliver on Monday?"
    assert hear(asking, "yes") == "yes"


def test_numbers_count_for_the_list_that_was_shown_last_only(asking: Scene) -> None:
    labels = [f"Shirt {number}" for number in range(1, 14)]
    offer(asking, "Which one?", *labels)
    shows_buttons = bool(asking.shown()[-1]["buttons"])
    assert hear(asking, "3") == ("3" if shows_buttons else "Shirt 3")
    assert read(asking, "How many do you want?") == "How many do you want?"
    assert hear(asking, "2") == "2"


def test_a_number_may_be_typed_in_any_digits(asking: Scene) -> None:
    labels = [f"Shirt {number}" for number in range(1, 14)]
    for typed in ("2", "2.", "2)", " 2 ", "\uff12", "\u0662", "\u0968", "2\ufe0f\u20e3"):
        offer(asking, "Which one?", *labels)
        has_numbers = not asking.shown()[-1]["buttons"]
        assert hear(asking, typed) == ("Shirt 2" if has_numbers else typed.strip()), typed


# --- files -----------------------------------------------------------------------------------------------------------

JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000") + bytes(200) + b"\xff\xd9"
PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"


def _zip() -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        writer.writestr(zipfile.ZipInfo("list.txt"), "one\ntwo\n")
    return archive.getvalue()


#: Name, declared type and content as they are sent, and what the name must end with where it is seen.
FILES = [
    ("IMG_1.HEIC", "image/jpeg", JPEG, (".jpg", ".jpeg")),  # a phone's name for another type
    ("photo.jfif", "image/jpeg", JPEG, (".jpg", ".jpeg")),  # a browser's name for JPEG
    ("photo.png", "IMAGE/PNG; q=1", PNG, (".png",)),  # a type with parameters in capitals
    ("Angebot vom 12.05.2024", "application/pdf", PDF, (".pdf",)),  # a date in the name
    ("notes.txt", "text/plain", b"BMW parts list", (".txt",)),  # words that begin like a bitmap
    ("a.zip", "application/x-zip-compressed", _zip(), (".zip",)),  # an archive as Windows calls it
    ('L\'été "1" 100%.pdf', "application/pdf", PDF, (".pdf",)),  # quotes and signs
]


def check_file(scene: Scene, message: dict[str, Any], content: bytes, endings: tuple[str, ...]) -> None:
    """The very file arrives, and its name, wherever it is seen, ends as its content does."""
    assert fetch_files(scene, [message]) == [content]
    shown = message["attachment"]
    if shown and "." in shown["name"]:  # some services have no names for images
        assert shown["name"].endswith(endings)
    if not shown:
        assert message["text"].endswith(endings)


def test_a_file_of_a_customer_arrives_whatever_it_is_called(scene: Scene) -> None:
    for name, declared, content, endings in FILES:
        scene.says_with_file(name, declared, content)
        scene.settle()
        check_file(scene, scene.written()[-1], content, endings)
    assert hear(scene, "Are they there?") == "Are they there?"


def test_a_file_of_an_agent_arrives_whatever_it_is_called(scene: Scene) -> None:
    for name, declared, content, endings in FILES:
        scene.replies_with_file(name, declared, content)
        scene.settle()
        check_file(scene, scene.shown()[-1], content, endings)
    assert read(scene, "Are they there?") == "Are they there?"


def test_an_empty_file_of_an_agent_is_said_in_words(scene: Scene) -> None:
    scene.replies_with_file("z.pdf", "application/pdf", b"")
    scene.settle()
    assert scene.shown()[-1]["attachment"] is None
    assert "z.pdf" in scene.customer_sees()[-1]
    assert "empty" in scene.customer_sees()[-1]
    assert "http" not in scene.customer_sees()[-1]
