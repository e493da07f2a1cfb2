"""What a message says, in the core's words: its text, and attachments with pictures, files, links and buttons."""

from __future__ import annotations

import mimetypes
import re
from dataclasses import dataclass, replace
from urllib.parse import unquote

from patchbay.domain.accounts import Settings
from patchbay.domain.model import Attachment, AttachmentKind, Button, Card, Content, Text, Unsupported
from patchbay.kit.addresses import is_own, is_web_address
from patchbay.kit.links import describe_link
from patchbay.kit.markdown import markdown_to_text
from patchbay.platforms.giosg.ids import Action, write_action
from patchbay.platforms.giosg.schemas import ActionWire, AttachmentWire, MessageWire
from patchbay.platforms.giosg.urls import read_base_url

_ONLY_ON_GIOSG = {
    "interaction_submit": "a form, which cannot be shown here",
    "call_request": "an invitation to a call, which cannot be shown here",
}
_KINDS = {"image": AttachmentKind.IMAGE, "audio": AttachmentKind.AUDIO, "video": AttachmentKind.VIDEO}
_FILE_NAME = re.compile(r"\.[a-zA-Z0-9]{1,10}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """`buttons` are those of a message."""

    content: tuple[Content, ...]
    buttons: tuple[Button, ...] = ()


def read_contents(wire: MessageWire, message_id: str, settings: Settings) -> Contents:
    """Empty when there is nothing to show."""
    content: list[Content] = []
    buttons: list[Button] = []
    if wire.type in _ONLY_ON_GIOSG:
        content.append(Unsupported(description=_ONLY_ON_GIOSG[wire.type]))
    content += _texts(wire.message or "")
    for attachment in wire.attachments:
        shown = _read_attachment(attachment, message_id, settings)
        content += shown.content
        buttons += shown.buttons
    return Contents(content=tuple(content), buttons=tuple(buttons))


def _read_attachment(wire: AttachmentWire, message_id: str, settings: Settings) -> Contents:
    """A card where a title has more with it than a picture or words; else its pieces one by one."""
    title, text = wire.title.strip(), markdown_to_text(wire.text).strip()
    file = _read_file(wire, title, settings)
    buttons, lines = _read_actions(wire, message_id)
    links = [url for url in _list_links(wire) if file is None or url != file.url]
    said = "\n".join(filter(None, (text, *lines, *links)))
    if title and (buttons or (said and file and file.kind is AttachmentKind.IMAGE)):
        picture = file if file and file.kind is AttachmentKind.IMAGE else None
        others: tuple[Content, ...] = (file,) if file and not picture else ()
        return Contents(content=(*others, Card(title=title, text=said, image=picture, buttons=buttons)))
    if file:
        captioned = file if file.name == title else replace(file, caption=title)
        return Contents(content=(captioned, *_texts(said)), buttons=buttons)
    return Contents(content=_texts("\n".join(filter(None, (title, said)))), buttons=buttons)


def _texts(text: str) -> tuple[Text, ...]:
    return (Text(text=text),) if text.strip() else ()


def _list_links(wire: AttachmentWire) -> list[str]:
    """Each address once. The page that Giosg's own chat shows in a frame is opened by a link like the others."""
    addresses = (wire.title_link_url, wire.image_link_url, wire.attachment_url)
    return list(dict.fromkeys(url for url in addresses if is_web_address(url) and url != wire.image_url))


# --- pictures and files ----------------------------------------------------------------------------------------------


def _read_file(wire: AttachmentWire, title: str, settings: Settings) -> Attachment | None:
    """Marked as protected wherever it is: then it is copied, and only Giosg's own server sees our token.

    Giosg: only members of the conversation can download an upload, so a customer could not open its address.
    """
    if is_web_address(wire.image_url):
        names = (title, wire.image_url.partition("?")[0].rpartition("/")[2])
        name = next((unquote(name) for name in names if _guess_kind(name) is AttachmentKind.IMAGE), "")
        return Attachment(kind=AttachmentKind.IMAGE, url=wire.image_url, name=name, protected=True)
    if not is_own(wire.title_link_url, settings, read_base_url):
        return None
    named = _FILE_NAME.search(title) is not None
    return Attachment(
        kind=_guess_kind(title), url=wire.title_link_url, name=title, protected=True, maybe_page=not named
    )


def _guess_kind(name: str) -> AttachmentKind:
    content_type = mimetypes.guess_file_type(name)[0] or ""
    return _KINDS.get(content_type.partition("/")[0], AttachmentKind.FILE)


# --- buttons ---------------------------------------------------------------------------------------------------------


def _read_actions(wire: AttachmentWire, message_id: str) -> tuple[tuple[Button, ...], tuple[str, ...]]:
    """The buttons; and lines for those that lead nowhere a customer could go."""
    buttons, lines = [], []
    for action in wire.actions:
        button = _read_action(action, wire.id, message_id)
        if button:
            buttons.append(button)
        elif action.text:
            lines.append(describe_link(action.text, action.value) if action.value else action.text)
    return tuple(buttons), tuple(lines)


def _read_action(action: ActionWire, attachment_id: str, message_id: str) -> Button | None:
    if not action.text:
        return None
    if action.type == "link_button":
        return Button(label=action.text, url=action.value) if action.value.strip() else None
    if not (action.id and attachment_id):
        return None
    payload = write_action(Action(message_id, attachment_id, action.id, action.value))
    return Button(label=action.text, payload=payload)
