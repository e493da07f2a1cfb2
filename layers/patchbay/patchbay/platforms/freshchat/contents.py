"""Freshchat's message parts as contents and buttons. Unknown parts become a line that says so; none is dropped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from patchbay.domain.model import Attachment, AttachmentKind, Button, Card, Content, Text, Unsupported
from patchbay.domain.text import cut_text
from patchbay.kit.html import html_to_text
from patchbay.kit.schemas import read_size
from patchbay.platforms.freshchat.schemas import MessageWire, RawPart

_Value = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    content: tuple[Content, ...]
    buttons: tuple[Button, ...]

    @property
    def incomplete(self) -> bool:
        """A file's address is not known yet: Freshchat's webhook may come before its upload is done."""
        return any(isinstance(item, Attachment) and item.url is None for item in self.content)


def read_contents(message: MessageWire) -> Contents:
    """What a message holds. Freshchat puts buttons into `reply_parts`, bots also among the `message_parts`."""
    reader = _Reader()
    reader.read(message.message_parts or _modernize(message.msg_parts))
    reader.read(message.reply_parts)
    return Contents(content=tuple(reader.content), buttons=tuple(dict.fromkeys(reader.buttons)))


def _modernize(parts: Iterable[RawPart]) -> Iterable[RawPart]:
    """The form of 2018, {"part_type": "text", "properties": {...}}, as today's {"text": {...}}."""
    return ({_text(part, "part_type") or "part": part.get("properties")} for part in parts)


class _Reader:
    def __init__(self) -> None:
        self.content: list[Content] = []
        self.buttons: list[Button] = []

    def read(self, parts: Iterable[RawPart]) -> None:
        """A part has one key that is not null; keys beside a known one describe it further."""
        for part in parts:
            kinds = [kind for kind, value in part.items() if value is not None]
            for kind in [kind for kind in kinds if kind in _READERS] or kinds[:1]:
                self._read_part(kind, part[kind])

    def _read_part(self, kind: str, value: object) -> None:
        read = _READERS.get(kind)
        if isinstance(value, str) and kind == "text":
            value = {"content": value}
        if read and isinstance(value, Mapping):
            read(self, value)
        else:
            words = cut_text(kind.replace("_", " "), 40)
            self.content.append(Unsupported(description=f"a message that cannot be shown here: {words}"))

    # --- one method per part, in the order of Freshchat's documentation ----------------------------------------------

    def read_text(self, value: _Value) -> None:
        text = html_to_text(_text(value, "content") or _text(value, "text"))  # the second is the form of 2018
        if text:
            self.content.append(Text(text=text))

    def read_image(self, value: _Value) -> None:
        self.content.append(_read_file(AttachmentKind.IMAGE, value))

    def read_file(self, value: _Value) -> None:
        self.content.append(_read_file(AttachmentKind.FILE, value))

    def read_video(self, value: _Value) -> None:
        self.content.append(_read_file(AttachmentKind.VIDEO, value))

    def read_audio(self, value: _Value) -> None:
        self.content.append(_read_file(AttachmentKind.AUDIO, value))

    def read_url_button(self, value: _Value) -> None:
        url = _text(value, "url")
        label = html_to_text(_text(value, "label")) or url
        if url:
            self.buttons.append(Button(label=label, url=url))

    def read_reply_button(self, value: _Value) -> None:
        """Freshchat expects the words back that a tap stands for, as if the customer had typed them."""
        label = html_to_text(_text(value, "label"))
        if label:
            self.buttons.append(Button(label=label, payload=_text(value, "custom_reply_text") or label))

    def read_collection(self, value: _Value) -> None:
        self.read(_parts(value, "sub_parts"))

    def read_reference(self, value: _Value) -> None:
        """A link into the customer's in-app help, which a messenger cannot open: its label is what can be said."""
        label = html_to_text(_text(value, "label"))
        self.content.append(Text(text=label) if label else Unsupported(description="a link to a help article"))

    def read_template(self, value: _Value) -> None:
        """A carousel holds card templates; a card's sections are its image, title, description and buttons."""
        kind = _text(value, "type")
        sections = _parts(value, "sections")
        parts = [part for section in sections for part in _parts(section, "parts")]
        if kind.startswith("quick_reply") or any(part.get("template_content") is not None for part in parts):
            self.read(parts)
        elif kind == "carousel":
            self.content.extend(_read_card((section,)) for section in sections)
        else:
            self.content.append(_read_card(sections))


_READERS: Mapping[str, Callable[[_Reader, _Value], None]] = {
    "text": _Reader.read_text,
    "image": _Reader.read_image,
    "file": _Reader.read_file,
    "video": _Reader.read_video,
    "audio": _Reader.read_audio,
    "url_button": _Reader.read_url_button,
    "quick_reply_button": _Reader.read_reply_button,
    "callback": _Reader.read_reply_button,
    "collection": _Reader.read_collection,
    "reference": _Reader.read_reference,
    "template_content": _Reader.read_template,
}


def _read_card(sections: Iterable[_Value]) -> Card:
    titles, rest = _Reader(), _Reader()
    for section in sections:
        (titles if _text(section, "name") == "title" else rest).read(_parts(section, "parts"))
    words = [*_say(titles.content), *_say(rest.content)]
    images = (item for item in (*rest.content, *titles.content) if _is_picture(item))
    return Card(
        title=words[0] if words else "",
        text="\n".join(words[1:]),
        image=next((item for item in images if isinstance(item, Attachment)), None),
        buttons=tuple(dict.fromkeys((*titles.buttons, *rest.buttons))),
    )


def _say(contents: Iterable[Content]) -> Iterable[str]:
    for content in contents:
        if isinstance(content, Text):
            yield content.text
        elif isinstance(content, Unsupported):
            yield content.description
        elif isinstance(content, Attachment) and not _is_picture(content) and content.url:
            yield content.url


def _is_picture(content: Content) -> bool:
    return isinstance(content, Attachment) and content.kind is AttachmentKind.IMAGE and content.url is not None


def _read_file(kind: AttachmentKind, value: _Value) -> Attachment:
    return Attachment(
        kind=kind,
        url=_text(value, "download_url").strip() or _text(value, "url").strip() or None,
        name=_text(value, "name"),
        content_type=_text(value, "content_type"),
        size=read_size(value.get("file_size_in_bytes")),
        external_id=_text(value, "file_hash"),
        protected=True,  # whether the address wants our token depends on its host: `download_request` decides
    )


def _text(value: _Value, name: str) -> str:
    found = value.get(name)
    return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""


def _parts(value: _Value, name: str) -> list[RawPart]:
    found = value.get(name)
    return [part for part in found if isinstance(part, Mapping)] if isinstance(found, list | tuple) else []
