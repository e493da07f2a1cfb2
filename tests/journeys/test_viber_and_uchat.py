"""A customer on Viber, a bot and agents at UChat: what they say to each other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from patchbay.domain.model import ContactKey
from playground.services.uchat import DEMO_AGENT, Button, Card
from tests.harness.fakes.media import PUBLIC
from tests.harness.uchat_world import Scene, make_scene

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 200
QUESTION = [Button(title="Yes", payload="flow:yes:77"), Button(title="No", payload="flow:no:77")]
PLANS = [
    Card(title="Basic", subtitle="10 EUR", buttons=[Button(title="Choose", payload="plan:basic")]),
    Card(title="Pro", subtitle="30 EUR", buttons=[Button(title="Choose", payload="plan:pro")]),
]

FILM = b"\0\0\0\x18ftypmp42" + bytes(16)


@pytest.fixture
def scene() -> Iterator[Scene]:
    """Nothing is broken on purpose, so UChat must have nothing to complain of."""
    scene = make_scene()
    yield scene
    assert not scene.telemetry.logged("event failed unexpectedly")
    assert scene.uchat.complaints == []


@pytest.fixture
def with_bot(scene: Scene) -> Scene:
    scene.uchat.quirks.bot = True
    return scene


def ask(scene: Scene, *buttons: Button, text: str = "Continue?") -> None:
    scene.talk("hello")
    scene.uchat.send_buttons(scene.contact.user_ns, DEMO_AGENT, text, buttons or QUESTION)
    scene.settle()


def show_cards(scene: Scene, *cards: Card, text: str = "Our plans") -> None:
    scene.talk("hello")
    scene.uchat.send_cards(scene.contact.user_ns, DEMO_AGENT, text, cards)
    scene.settle()


# --- there and back --------------------------------------------------------------------------------------------------


def test_a_customer_asks_and_an_agent_answers(scene: Scene) -> None:
    scene.talk("hello", "anybody there?")
    scene.reply("Hello Åsa!")
    assert scene.desk_sees() == ["hello", "anybody there?"]
    assert scene.customer_sees() == ["Hello Åsa!"]
    assert scene.contact.name == "Åsa Öberg"
    key = ContactKey.decode(scene.contact.user_id)
    assert key is not None
    assert (key.service, key.connection_id, key.contact_id) == ("viber", "viber-1", scene.asa.id)


def test_the_bot_greets_and_a_menu_is_tapped_through_to_a_person(with_bot: Scene) -> None:
    with_bot.talk("menu")
    greeting, question = with_bot.customer_sees()
    assert "Åsa Öberg" in greeting
    assert question == "How can I help?"
    labels = [press.label for press in with_bot.last_line.buttons]
    with_bot.viber.tap(with_bot.asa.id, with_bot.last_line.id, labels.index("Talk to a person"))
    with_bot.settle()
    assert with_bot.desk_sees() == ["menu", "[Talk to a person = flow:agent:1]"]
    with_bot.reply("Ines here")
    assert with_bot.customer_sees()[2:] == [
        "You chose Talk to a person",
        "A colleague will answer you here. Write “bot” to come back to me.",
        "Ines here",
    ]


def test_many_scripts_arrive_as_they_were_written(scene: Scene) -> None:
    texts = ["שלום 👩‍👩‍👧", "مرحبا", "你好", 'Grüße / & <b> \\u00e4 "x"']
    scene.talk(*texts)
    scene.reply(*texts)
    assert scene.desk_sees() == texts
    assert scene.customer_sees() == texts


def test_several_customers_stay_apart(scene: Scene) -> None:
    people = [scene.viber.new_person(name) for name in ("Bo", "Carl", "Dora")]
    for person in people:
        scene.viber.write(person.id, f"I am {person.name}")
    scene.settle()
    for contact in scene.uchat.contacts:
        scene.uchat.reply(contact.user_ns, DEMO_AGENT, f"Hello {contact.name}")
    scene.settle()
    assert [scene.customer_sees(person) for person in people] == [["Hello Bo"], ["Hello Carl"], ["Hello Dora"]]
    numbers = [contact.conversation_id for contact in scene.uchat.contacts]
    assert len(set(numbers)) == len(numbers) == 3


def test_what_is_not_for_customers_stays_at_uchat(scene: Scene) -> None:
    scene.talk("hello")
    scene.uchat.private_note(scene.contact.user_ns, DEMO_AGENT, "a difficult one")
    scene.uchat.send_unknown_action(scene.contact.user_ns)
    scene.settle()
    assert scene.customer_sees() == []


def test_a_new_name_is_shown_with_the_next_message(scene: Scene) -> None:
    scene.talk("hello")
    scene.asa.name = "Åsa Berg"
    scene.talk("I have married")
    assert scene.contact.name == "Åsa Berg"


# --- files -----------------------------------------------------------------------------------------------------------


def test_a_customers_files_are_links_of_ours_and_a_caption_follows_its_picture(scene: Scene) -> None:
    scene.viber.send_file(scene.asa.id, "cat.png", "image/png", PNG, caption="my cat")
    scene.viber.send_file(scene.asa.id, "film.mp4", "video/mp4", FILM)
    scene.viber.send_file(scene.asa.id, "invoice.pdf", "application/pdf", b"%PDF-1.7")
    scene.settle()
    assert scene.desk_sees() == ["<image>", "my cat", "<video>", "<file>"]
    urls = [message.content.url for message in scene.posts() if message.content.url]
    assert all(url.startswith(PUBLIC) for url in urls)
    assert [scene.media.files[url] for url in urls] == [PNG, FILM, b"%PDF-1.7"]


def test_a_place_and_a_contact_are_told_in_words(scene: Scene) -> None:
    scene.viber.send_location(scene.asa.id, 59.3293, 18.0686)
    scene.viber.send_contact(scene.asa.id, "Bo Ek", "+46701112233")
    scene.settle()
    place, contact = scene.desk_sees()
    assert "59.3293,18.0686" in place
    assert contact == "Bo Ek: +46701112233"


def test_a_picture_a_recording_a_film_and_a_file_of_the_bot_reach_the_phone(with_bot: Scene) -> None:
    with_bot.talk("hello", "media")
    shown = [line.attachment for line in with_bot.lines() if line.attachment]
    assert len(shown) == 4
    assert all(str(attachment["url"]).startswith(PUBLIC) for attachment in shown)


# --- buttons ---------------------------------------------------------------------------------------------------------


def test_a_tap_is_a_postback(scene: Scene) -> None:
    ask(scene)
    assert [press.label for press in scene.last_line.buttons] == ["Yes", "No"]
    scene.viber.tap(scene.asa.id, scene.last_line.id, 1)
    scene.settle()
    assert scene.desk_sees()[1:] == ["[No = flow:no:77]"]


@pytest.mark.parametrize("typed", ["Yes", "yes", " YES "])
def test_a_typed_title_is_a_postback_too(scene: Scene, typed: str) -> None:
    ask(scene)
    scene.talk(typed)
    assert scene.desk_sees()[1:] == ["[Yes = flow:yes:77]"]


def test_any_other_words_are_a_message(scene: Scene) -> None:
    ask(scene)
    scene.talk("perhaps")
    assert scene.desk_sees()[1:] == ["perhaps"]


def test_where_buttons_cannot_be_shown_their_numbers_can_be_typed(scene: Scene) -> None:
    ask(scene, *(Button(title=f"Choice {letter}", payload=f"choice:{letter}") for letter in "ABCDEFGHIJKLMN"))
    assert scene.last_line.buttons == ()
    assert "3. Choice C" in scene.last_line.text
    scene.talk("3", "14.")
    assert scene.desk_sees()[1:] == ["[Choice C = choice:C]", "[Choice N = choice:N]"]


@pytest.mark.parametrize("own", [False, True])
def test_links_and_calls_are_read_in_facebooks_form_and_in_uchats(scene: Scene, own: bool) -> None:
    scene.uchat.quirks.own_buttons = own
    """Viber documents no button that calls: the number is in the text, where a phone can call it."""
    ask(scene, Button(title="Shop", url="https://shop.example/"), Button(title="Call", phone="+358 40 1234567"))
    presses = [(press.label, press.action, press.body) for press in scene.last_line.buttons]
    assert presses == [("Shop", "open-url", "https://shop.example/")]
    assert scene.last_line.text == "Continue?\nCall: +358401234567"


# --- cards -----------------------------------------------------------------------------------------------------------


def test_a_carousel_is_one_on_viber_and_equal_buttons_mean_their_own_card(scene: Scene) -> None:
    show_cards(scene, *PLANS)
    assert scene.customer_sees() == ["Our plans", "Basic | Pro"]
    for card in (0, 1):
        scene.viber.tap(scene.asa.id, scene.last_line.id, 0, card=card)
        scene.settle()
    assert scene.desk_sees()[1:] == ["[Choose = plan:basic]", "[Choose = plan:pro]"]


def test_a_single_card_is_not_announced_by_its_own_title(scene: Scene) -> None:
    show_cards(scene, PLANS[0], text="Basic")
    assert scene.customer_sees() == ["Basic"]


def test_a_card_has_its_picture_and_its_link(scene: Scene) -> None:
    picture = scene.uchat.store_file("b.png", "image/png", PNG)
    show_cards(scene, Card(title="Basic", subtitle="10 EUR", image_url=picture, default_url="https://shop.example/b"))
    [card] = scene.last_line.cards
    assert (card.title, card.image) == ("Basic", picture)
    assert [(press.label, press.body) for press in card.buttons] == [("Open", "https://shop.example/b")]


def test_the_bots_cards_are_one_carousel_and_what_does_not_fit_follows_it(with_bot: Scene) -> None:
    with_bot.talk("hello", "cards")
    *_, cards, rest = with_bot.lines()
    assert [(card.title, [press.label for press in card.buttons]) for card in cards.cards] == [
        ("Basic", ["Choose Basic", "Read more"]),
        ("Pro", ["Choose Pro", "Open"]),
        ("Something else?", []),
    ]
    assert [bool(card.image) for card in cards.cards] == [True, True, False]
    assert rest.text == "Basic\nCall us: +358401234567\n\nSomething else?\nCall us: +358401234567"
    with_bot.talk("Choose Pro")
    assert with_bot.desk_sees()[-1] == "[Choose Pro = plan:pro]"
    assert with_bot.customer_sees()[-1] == "You chose Choose Pro"


def test_a_card_with_a_button_too_many_keeps_the_first_and_numbers_the_rest(scene: Scene) -> None:
    buttons = [Button(title=f"Choice {letter}", payload=f"choice:{letter}") for letter in "ABC"]
    picture = scene.uchat.store_file("b.png", "image/png", PNG)
    show_cards(scene, Card(title="Basic", subtitle="10 EUR", image_url=picture, buttons=buttons))
    *_, shown, rest = scene.lines()
    [card] = shown.cards
    assert (card.title, card.image, [press.label for press in card.buttons]) == (
        "Basic",
        picture,
        ["Choice A", "Choice B"],
    )
    assert rest.text == "1. Choice C"
    scene.talk("1")
    assert scene.desk_sees()[1:] == ["[Choice C = choice:C]"]
    scene.viber.tap(scene.asa.id, shown.id, 1, card=0)
    scene.settle()
    assert scene.desk_sees()[2:] == ["[Choice B = choice:B]"]
