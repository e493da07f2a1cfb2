"""What a service can show on its own side: data, from which the tables in the documentation are generated.

A connector claims what its service shows and no more. Anything else is converted to something that it does show, never
dropped: see `fallbacks`. Lengths are in UTF-16 code units, in which an emoji counts 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from patchbay.domain.model import AttachmentKind


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentRule:
    """What one kind of attachment may be. A file that breaks a rule is sent as a file, else as a link."""

    max_bytes: int
    content_types: frozenset[str] = frozenset()  #: media types like image/png; empty: any
    forbidden_extensions: frozenset[str] = frozenset()  #: of file names, lower case, without the dot
    needs_size: bool = False  #: True: a file whose size is not known is sent as a link
    captions: bool = True  #: False: this kind shows no caption, which becomes a separate message


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonRule:
    """The buttons below a message. More or longer ones become numbered lines of text."""

    max_count: int
    max_label: int  #: length of a button's label
    links: bool = True  #: buttons that open a URL
    replies: bool = True  #: buttons that send an answer
    max_links: int | None = None  #: below one message; more become lines of text. None: as many as buttons
    mixed: bool = True  #: False: links and answers never stand together; the links become lines of text


@dataclass(frozen=True, slots=True, kw_only=True)
class CardRule:
    """Cards with an image, a title, a text and buttons. What does not fit on a card follows as text."""

    max_cards: int = 1  #: in one message, side by side
    max_title: int = 80
    max_text: int = 160
    max_buttons: int = 3  #: on each card
    max_label: int = 20  #: length of a button's label
    max_links: int | None = None  #: on each card, as for buttons
    mixed: bool = True  #: as for buttons


@dataclass(frozen=True, slots=True, kw_only=True)
class AlbumRule:
    """Files that are shown as one, with one caption and no buttons below. Others are shown one by one."""

    max_files: int
    max_bytes: int  #: of all its files together
    mixes: tuple[frozenset[AttachmentKind], ...]  #: which kinds stand side by side
    single_types: frozenset[str] = frozenset()  #: media types that are never in one


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionRule:
    """Our side's reaction on a message. Others become a line of text."""

    emojis: frozenset[str] = frozenset()  #: those that it takes; empty: any


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRule:
    """Changing a message that we delivered. Later it becomes a line of text."""

    within: float | None = None  #: seconds after it was delivered; None: at any time


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a service shows on its own side: a messenger to contacts, a platform to agents."""

    text_limit: int  #: length of one message; longer texts are split
    caption_limit: int = 0  #: length of an attachment's caption; 0: captions become separate messages
    attachments: Mapping[AttachmentKind, AttachmentRule] = field(default_factory=dict)  #: missing kinds become links
    albums: AlbumRule | None = None  #: None: several files of one message are shown one by one
    buttons: ButtonRule | None = None  #: None: buttons become numbered lines of text
    cards: CardRule | None = None  #: None: cards become an image and text
    link_schemes: frozenset[str] = frozenset({"https", "http"})  #: of the URLs that its buttons open
    locations: bool = False  #: False: a location becomes a link to a map
    location_labels: bool = True  #: False: a location is a point only, and its label becomes a separate message
    contact_cards: bool = False  #: False: a contact card becomes a line of text
    sender_name: bool = False  #: True: shows who writes; False: the name of an agent is put before the text
    typing: bool = False  #: True: can show that the other side is typing
    voice_notes: AttachmentRule | None = None  #: what is shown as somebody's voice; None: voice notes are audio
    stickers: AttachmentRule | None = None  #: what is shown as a sticker; others become an image, else their emoji
    reactions: ReactionRule | None = None  #: None: a reaction becomes a line of text
    edits: ChangeRule | None = None  #: None: a correction becomes a line of text
    deletions: ChangeRule | None = None  #: None: a line of text says that a message was deleted
    notices: bool = True  #: False: a bot would answer lines about what others did, so they are left out
    quotes: bool = False  #: True: shows which message another one answers; False: its first words stand above
