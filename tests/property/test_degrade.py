"""Whatever the message and whatever the service can carry: every part fits, and nothing is dropped in silence."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from patchbay.domain.albums import Album
from patchbay.domain.model import (
    Attachment,
    AttachmentKind,
    Button,
    Card,
    Cards,
    ContactCard,
    Content,
    Location,
    Message,
    Part,
    Role,
    Sender,
    Text,
    Unsupported,
)
from patchbay.domain.text import split_text, text_length
from patchbay.kit.albums import split_albums
from patchbay.kit.capabilities import AlbumRule, AttachmentRule, ButtonRule, Capabilities, CardRule
from patchbay.kit.fallbacks import render

NOW = datetime(2026, 1, 5, tzinfo=UTC)
WORDS = st.text(st.sampled_from("abcö ß\n.é👍👩‍🚀🇸🇪אب́"), max_size=300)
LABELS = st.text(st.sampled_from("abcdefgh👍"), min_size=1, max_size=30)

attachments = st.builds(
    Attachment,
    kind=st.sampled_from(AttachmentKind),
    url=st.one_of(st.none(), st.just("https://bridge.test/media/x/a.bin")),
    name=st.sampled_from(["a.jpg", "b.exe", "c.mp4", ""]),
    content_type=st.sampled_from(["image/jpeg", "video/mp4", ""]),
    size=st.one_of(st.none(), st.integers(0, 2000)),
    caption=WORDS,
    voice=st.booleans(),
    emoji=st.sampled_from(["", "👍"]),
)
MIXES = (frozenset({AttachmentKind.IMAGE, AttachmentKind.VIDEO}), frozenset({AttachmentKind.FILE}))
ADDRESSES = (
    "https://shop.test/",
    "www.shop.test",
    "https://shop.test/a b",
    "myapp://a",
    "tel:+4670",
    "javascript:x",
    " ",
)
buttons = st.one_of(
    st.builds(Button, label=LABELS, payload=LABELS),
    st.builds(Button, label=LABELS, url=st.sampled_from(ADDRESSES)),
)
cards = st.builds(
    Card,
    title=LABELS,
    text=WORDS,
    image=st.one_of(st.none(), attachments),
    buttons=st.lists(buttons, max_size=4).map(tuple),
)
contents: st.SearchStrategy[Content] = st.one_of(
    st.builds(Text, text=WORDS),
    attachments,
    cards,
    st.builds(Location, latitude=st.just(59.3), longitude=st.just(18.1), label=LABELS),
    st.builds(ContactCard, name=LABELS, phone=st.sampled_from(["", "+4670000000"])),
    st.builds(Unsupported, description=LABELS),
)
messages = st.builds(
    Message,
    external_id=st.just("m"),
    sender=st.builds(Sender, role=st.sampled_from(Role), name=st.one_of(st.none(), st.just("Ana"))),
    content=st.lists(contents, max_size=5).map(tuple),
    sent_at=st.just(NOW),
    buttons=st.lists(buttons, max_size=5).map(tuple),
)
rules = st.builds(
    AttachmentRule,
    max_bytes=st.integers(1, 2000),
    content_types=st.sampled_from([frozenset(), frozenset({"image/jpeg"})]),
    forbidden_extensions=st.just(frozenset({"exe"})),
    needs_size=st.booleans(),
    captions=st.booleans(),
)
lengths = st.one_of(st.just(0), st.integers(30, 200))
capabilities = st.builds(
    Capabilities,
    text_limit=st.integers(40, 400),
    caption_limit=st.integers(0, 100),
    attachments=st.dictionaries(st.sampled_from(AttachmentKind), rules),
    buttons=st.one_of(
        st.none(),
        st.builds(
            ButtonRule,
            max_count=st.integers(1, 5),
            max_label=st.integers(5, 30),
            links=st.booleans(),
            replies=st.booleans(),
        ),
    ),
    cards=st.one_of(
        st.none(),
        st.builds(
            CardRule, max_cards=st.integers(1, 3), max_text=lengths, max_title=lengths, max_label=st.integers(5, 30)
        ),
    ),
    link_schemes=st.sampled_from([frozenset({"https"}), frozenset({"https", "tel"}), frozenset({"myapp"})]),
    locations=st.booleans(),
    contact_cards=st.booleans(),
    sender_name=st.booleans(),
    quotes=st.booleans(),
    albums=st.one_of(
        st.none(),
        st.builds(
            AlbumRule,
            max_files=st.integers(2, 4),
            max_bytes=st.integers(1, 5000),
            mixes=st.sampled_from([MIXES, MIXES[:1]]),
            single_types=st.sampled_from([frozenset(), frozenset({"image/jpeg"})]),
        ),
    ),
    voice_notes=st.one_of(st.none(), rules),
    stickers=st.one_of(st.none(), rules),
)


@settings(max_examples=300)
@given(message=messages, carries=capabilities)
def test_every_part_is_something_that_the_service_carries(message: Message, carries: Capabilities) -> None:
    for part in render(message, carries, "event", NOW).parts:
        check_part(part, carries)


def check_part(part: Part, carries: Capabilities) -> None:
    assert not part.buttons or (carries.buttons and len(part.buttons) <= carries.buttons.max_count)
    assert all(opens(button, carries.link_schemes) for button in part.buttons)
    match part.content:
        case Text(text=text):
            assert text.strip()
            assert text_length(text) <= carries.text_limit
        case Attachment() as attachment:
            check_file(attachment, carries)
        case Album(files=files):
            assert not part.buttons
            check_album(files, carries)
        case Cards(cards=group):
            assert carries.cards
            assert 0 < len(group) <= carries.cards.max_cards
            for card in group:
                check_card(card, carries.cards, carries.link_schemes)
        case Location():
            assert carries.locations
        case ContactCard():
            assert carries.contact_cards


def check_file(attachment: Attachment, carries: Capabilities) -> None:
    rule = find_rule(attachment, carries)
    assert attachment.url
    assert attachment.size is None or 0 < attachment.size <= rule.max_bytes
    assert text_length(attachment.caption) <= (carries.caption_limit if rule.captions else 0)
    assert not attachment.name.endswith(".exe")


def check_album(files: tuple[Attachment, ...], carries: Capabilities) -> None:
    rule = carries.albums
    assert rule
    assert 2 <= len(files) <= rule.max_files
    assert sum(file.size or 0 for file in files) <= rule.max_bytes
    assert any({file.kind for file in files} <= mix for mix in rule.mixes)
    assert not any(file.caption for file in files[1:]), "an album has one caption"
    for file in files:
        check_file(file, carries)
        assert not file.voice
        assert not file.emoji
        assert file.content_type not in rule.single_types


def find_rule(attachment: Attachment, carries: Capabilities) -> AttachmentRule:
    """What is marked as a voice note or a sticker is one that the service shows as such."""
    if attachment.voice:
        assert carries.voice_notes
        return carries.voice_notes
    if attachment.emoji:
        assert carries.stickers
        return carries.stickers
    return carries.attachments[attachment.kind]


def check_card(card: Card, rule: CardRule, schemes: frozenset[str]) -> None:
    assert text_length(card.title) <= rule.max_title
    assert text_length(card.text) <= rule.max_text
    assert len(card.buttons) <= rule.max_buttons
    assert all(text_length(button.label) <= rule.max_label for button in card.buttons)
    assert all(opens(button, schemes) for button in card.buttons)


def opens(button: Button, schemes: frozenset[str]) -> bool:
    return not button.url or (button.url.partition(":")[0] in schemes and " " not in button.url)


pictures = st.builds(
    Attachment,
    kind=st.sampled_from(AttachmentKind),
    url=st.just("https://bridge.test/media/x/a.bin"),
    content_type=st.sampled_from(["image/jpeg", "video/mp4"]),
    size=st.one_of(st.none(), st.integers(1, 2000)),
    caption=st.sampled_from(["", "", "look"]),
)


@given(files=st.lists(pictures, max_size=12), carries=capabilities, first=st.integers(0, 6))
def test_an_album_that_is_split_shows_what_it_would_have_shown(
    files: list[Attachment], carries: Capabilities, first: int
) -> None:
    message = Message(external_id="m", sender=Sender(role=Role.AGENT), content=tuple(files), sent_at=NOW)
    parts = render(message, carries, "event", NOW, quoted="q").parts
    split = split_albums(parts, first)
    assert split[:first] == parts[:first], "what may be out stays as it is"
    assert [part.key for part in split] == [f"event:{number}" for number in range(len(split))]
    assert not any(isinstance(part.content, Album) for part in split[first:])
    assert [*contents_of(split)] == [*contents_of(parts)] == [*contents_of(split_albums(parts, 0))]
    assert [part.reply_to for part in split] == ["q", *[""] * (len(split) - 1)][: len(split)]


def contents_of(parts: tuple[Part, ...]) -> Iterator[object]:
    for part in parts:
        yield from part.content.files if isinstance(part.content, Album) else (part.content,)


@settings(max_examples=300)
@given(message=messages, carries=capabilities)
def test_nothing_is_dropped_in_silence(message: Message, carries: Capabilities) -> None:
    rendering = render(message, carries, "event", NOW)
    shown = "".join("".join(everything_shown(part)) for part in rendering.parts)
    letters = "".join(shown.split())
    for expected in must_appear(message):
        assert "".join(expected.split()) in letters
    replies = [button for button in all_buttons(message) if not button.url]
    assert sorted(offer.payload for offer in rendering.quick_replies) == sorted(button.payload for button in replies)
    numbers = [offer.number for offer in rendering.quick_replies if offer.number]
    assert len(numbers) == len(set(numbers))


def all_buttons(message: Message) -> list[Button]:
    on_cards = [button for content in message.content if isinstance(content, Card) for button in content.buttons]
    return [*on_cards, *message.buttons]


def must_appear(message: Message) -> list[str]:
    expected = [button.label for button in all_buttons(message)]
    for content in message.content:
        match content:
            case Text(text=text):
                expected.append(text)
            case Attachment():
                expected.append(content.caption)
            case Card():
                expected += [content.title, content.text]
            case Location():
                expected.append("59.3,18.1")
            case ContactCard():
                expected += [content.name, content.phone]
            case Unsupported():
                expected.append(content.description)
    return expected


def everything_shown(part: Part) -> list[str]:
    shown = [button.label for button in part.buttons]
    match part.content:
        case Text(text=text):
            shown.append(text)
        case Attachment():
            shown.append(part.content.caption)
        case Album(files=files):
            shown += [file.caption for file in files]
        case Cards(cards=cards):
            for card in cards:
                shown += [card.title, card.text, *(button.label for button in card.buttons)]
        case Location():
            shown += ["59.3,18.1", part.content.label]
        case ContactCard():
            shown += [part.content.name, part.content.phone]
    return shown


@settings(max_examples=300)
@given(text=WORDS, limit=st.integers(2, 60))
def test_pieces_of_a_text_fit_and_hold_all_of_it(text: str, limit: int) -> None:
    pieces = split_text(text, limit)
    assert all(0 < text_length(piece) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())
    for piece in pieces:
        piece.encode("utf-8")  # a lone surrogate would raise
