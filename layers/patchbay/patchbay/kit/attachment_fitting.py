"""A file as a destination shows it: as itself, as another kind of file, as a link or in words. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import PurePosixPath

from patchbay.domain.model import Attachment, AttachmentKind, Text
from patchbay.domain.text import put_on_one_line, split_text, text_length
from patchbay.kit.capabilities import AttachmentRule, Capabilities
from patchbay.kit.links import describe_link

_LONGEST_NAME = 120


def texts(text: str, limit: int) -> Iterable[Text]:
    return (Text(text=piece) for piece in split_text(text, limit))


def fit_attachment(attachment: Attachment, capabilities: Capabilities) -> Iterable[Attachment | Text]:
    """As itself, else as a file, else as a link; a caption that cannot stay with it follows as a message."""
    voice_rule = capabilities.voice_notes if attachment.kind is AttachmentKind.AUDIO else None
    if attachment.emoji:
        yield from _fit_sticker(replace(attachment, voice=False), capabilities)
    elif attachment.voice and attachment.url and voice_rule and _attachment_fits(attachment, voice_rule):
        yield from _keep_caption(attachment, voice_rule, capabilities)
    else:
        yield from _fit_file(replace(attachment, voice=False), capabilities)


def _fit_sticker(sticker: Attachment, capabilities: Capabilities) -> Iterable[Attachment | Text]:
    """As one, else as an image, else as the emoji that it stands for: nobody wants its file."""
    image = replace(sticker, emoji="")
    for shown, rule in ((sticker, capabilities.stickers), (image, capabilities.attachments.get(sticker.kind))):
        if rule and shown.url and _attachment_fits(shown, rule):
            yield from _keep_caption(shown, rule, capabilities)
            return
    yield from texts("\n".join(filter(None, (sticker.emoji, sticker.caption))), capabilities.text_limit)


def _keep_caption(
    attachment: Attachment, rule: AttachmentRule, capabilities: Capabilities
) -> Iterable[Attachment | Text]:
    keeps = rule.captions and text_length(attachment.caption) <= capabilities.caption_limit
    yield attachment if keeps else replace(attachment, caption="")
    if not keeps:
        yield from texts(attachment.caption, capabilities.text_limit)


def _fit_file(attachment: Attachment, capabilities: Capabilities) -> Iterable[Attachment | Text]:
    for kind in dict.fromkeys((attachment.kind, AttachmentKind.FILE)):
        rule = capabilities.attachments.get(kind)
        if rule and attachment.url and _attachment_fits(attachment, rule):
            yield from _keep_caption(replace(attachment, kind=kind), rule, capabilities)
            return
    yield from texts(
        "\n".join(filter(None, (describe_attachment(attachment), attachment.caption))), capabilities.text_limit
    )


def name_attachment(attachment: Attachment) -> str:
    """What a file is called in a line of words: one line, short, and nothing in it that turns the direction."""
    return put_on_one_line(attachment.name, _LONGEST_NAME) or attachment.kind.value


def describe_attachment(attachment: Attachment) -> str:
    name = name_attachment(attachment)
    if not attachment.url:
        return f"[{name}: could not be downloaded]"
    if attachment.hosted and attachment.size == 0:
        return f"[{name}: the file is empty]"
    return describe_link(name, attachment.url)


def _attachment_fits(attachment: Attachment, rule: AttachmentRule) -> bool:
    if rule.content_types and attachment.content_type not in rule.content_types:
        return False
    if PurePosixPath(attachment.name).suffix.lower().lstrip(".") in rule.forbidden_extensions:
        return False
    if attachment.size is None:
        return not rule.needs_size
    return 0 < attachment.size <= rule.max_bytes
