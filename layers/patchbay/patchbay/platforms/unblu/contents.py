"""What a message says, in the core's words: texts, files, cards, lists, questions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from patchbay.domain.model import Attachment, AttachmentKind, Button, Card, Content, Text, Unsupported
from patchbay.kit.addresses import is_web_address, same_origin
from patchbay.kit.markdown import markdown_to_text
from patchbay.platforms.unblu.ids import write_reply, write_words
from patchbay.platforms.unblu.schemas import ActionWire, CardWire, MessageWire

_CHOICES = frozenset({"MULTICHOICE_QUESTION", "APPROVAL_REQUEST", "RATING_QUESTION"})
_LOST_FILES = {
    "CANCELED": "was not sent",
    "FAILED": "could not be sent",
    "DELETED": "was deleted",
    "REJECTED": "was refused by a file check",
}
_KINDS = {
    "image": AttachmentKind.IMAGE,
    "audio": AttachmentKind.AUDIO,
    "video": AttachmentKind.VIDEO,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """`question` is that of a message."""

    content: tuple[Content, ...]
    buttons: tuple[Button, ...] = ()
    question: str = ""


def read_contents(wire: MessageWire, base_url: str) -> Contents:
    """`base_url` is the tenant's: pictures below it want our credentials. Empty when there is nothing to show."""
    if wire.type == "TEXT" or (wire.text and not wire.type):
        text = _read_text(wire.text, wire.text_type) or wire.fallback_text
        return Contents(content=_texts(text), buttons=_read_quick_replies(wire))
    if wire.type == "FILE":
        return _read_file(wire)
    if wire.type == "CARD":
        return _read_card_message(wire, base_url)
    if wire.type == "LIST":
        return _read_list(wire, base_url)
    if wire.type in _CHOICES:
        return _read_choice(wire)
    if wire.type == "TEXT_QUESTION":
        return _read_text_question(wire)
    # Unblu: the fallback is made for those who cannot show a type.
    lost = Unsupported(description="a message of a kind that cannot be shown here")
    words = _texts(wire.fallback_text or _read_text(wire.text, wire.text_type))
    return Contents(content=words or (lost,), buttons=_read_quick_replies(wire))


def _read_text(text: str, text_type: str) -> str:
    return markdown_to_text(text) if text_type == "MARKDOWN" else text


def _texts(*texts: str) -> tuple[Text, ...]:
    joined = "\n".join(text for text in texts if text.strip())
    return (Text(text=joined),) if joined else ()


def _read_quick_replies(wire: MessageWire) -> tuple[Button, ...]:
    return tuple(
        Button(label=reply.text, payload=write_words(reply.text)) for reply in wire.quick_replies if reply.text
    )


# --- files -----------------------------------------------------------------------------------------------------------


def _read_file(wire: MessageWire) -> Contents:
    caption = _read_text(wire.caption, wire.caption_type)
    buttons = _read_quick_replies(wire)
    if wire.file_status in _LOST_FILES:
        lost = Unsupported(description=f"{wire.file_name or 'a file'}: {_LOST_FILES[wire.file_status]}")
        return Contents(content=(lost, *_texts(caption)), buttons=buttons)
    url = _find_link(wire)
    file = Attachment(
        kind=_KINDS.get(wire.mime_type.partition("/")[0].lower(), AttachmentKind.FILE),
        url=url,
        name=wire.file_name,
        content_type=wire.mime_type,
        size=wire.total_size or None,
        caption=caption,
        protected=True,
    )
    return Contents(content=(file,), buttons=buttons)


def _find_link(wire: MessageWire) -> str | None:
    """The agent desk's own links want a browser that is logged in."""
    links = (link.url for link in wire.download_links if link.type == "WEB_API" and link.url)
    return next(links, None) or wire.download_link or None


# --- cards and lists -------------------------------------------------------------------------------------------------


def _read_card_message(wire: MessageWire, base_url: str) -> Contents:
    card = _read_card(wire, base_url, _read_actions(wire.actions, wire.id))
    content = (card,) if card else _texts(wire.fallback_text)
    return Contents(content=content, buttons=_read_quick_replies(wire))


def _read_list(wire: MessageWire, base_url: str) -> Contents:
    header = _read_card(wire.header, base_url, ()) if wire.header else None
    items = [_read_card(item, base_url, _read_actions(_action_of(item), wire.id)) for item in wire.items]
    cards = tuple(card for card in (header, *items) if card)
    buttons = (*_read_actions(wire.actions, wire.id), *_read_quick_replies(wire))
    return Contents(content=cards or _texts(wire.fallback_text), buttons=buttons)


def _action_of(item: CardWire) -> tuple[ActionWire, ...]:
    return (item.action,) if item.action else ()


def _read_card(wire: CardWire, base_url: str, buttons: tuple[Button, ...]) -> Card | None:
    """A card without a title has its first line for one."""
    title, _, rest = wire.title.strip().partition("\n")
    text = "\n".join(filter(None, (rest, _read_text(wire.body, wire.body_text_type).strip())))
    if not title:
        title, _, text = text.partition("\n")
    if not (title or wire.image_url or buttons):
        return None
    return Card(title=title or wire.image_alt_text, text=text, image=_read_picture(wire, base_url), buttons=buttons)


def _read_picture(wire: CardWire, base_url: str) -> Attachment | None:
    if not is_web_address(wire.image_url):
        return None
    return Attachment(
        kind=AttachmentKind.IMAGE,
        url=wire.image_url,
        protected=same_origin(wire.image_url, base_url),
    )


def _read_actions(actions: Iterable[ActionWire], message_id: str) -> tuple[Button, ...]:
    return tuple(_read_action(action, message_id) for action in actions if action.label)


def _read_action(action: ActionWire, message_id: str) -> Button:
    if action.action_type.startswith("LINK_") and action.value:
        return Button(label=action.label, url=action.value)
    if action.action_type == "REPLY_MESSAGE_WITH_TECHNICAL_VALUE":
        return Button(label=action.label, payload=write_reply(message_id, action.value))
    return Button(label=action.label, payload=write_words(action.value or action.label))


# --- questions -------------------------------------------------------------------------------------------------------


def _read_choice(wire: MessageWire) -> Contents:
    text = _read_text(wire.text, wire.text_type) or wire.fallback_text
    buttons = tuple(
        Button(label=option.label or option.value, payload=write_reply(wire.id, option.value))
        for option in wire.options
        if option.label or option.value
    )
    return Contents(content=_texts(text), buttons=(*buttons, *_read_decline(wire)) if _is_open(wire) else ())


def _read_text_question(wire: MessageWire) -> Contents:
    text = _read_text(wire.text, wire.text_type) or wire.fallback_text
    if not _is_open(wire):
        return Contents(content=_texts(text))
    return Contents(
        content=_texts(text, f"({wire.hint})" if wire.hint else ""),
        buttons=_read_decline(wire),
        question=write_reply(wire.id, ""),
    )


def _read_decline(wire: MessageWire) -> tuple[Button, ...]:
    if not wire.declinable or not wire.decline_label:
        return ()
    return (Button(label=wire.decline_label, payload=write_reply(wire.id, wire.decline_value)),)


def _is_open(wire: MessageWire) -> bool:
    return wire.answer_status in {"", "PENDING"}
