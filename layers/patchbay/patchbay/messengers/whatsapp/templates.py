"""Templates: as Meta describes them, as they are handed in, and as they are sent with values.

Meta numbers parameters from 1 in each part of a template, or names them. Here each has a name of its own: those that
are numbered are "1" in the body, "header_1" and "button_1".

Documentation: https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/overview
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from patchbay.domain.errors import Rejected
from patchbay.domain.template_status import TemplateStatus
from patchbay.domain.templates import ButtonKind, FilledTemplate, Template, TemplateButton
from patchbay.kit.schemas import read_wire_object
from patchbay.messengers.whatsapp.doors import Body
from patchbay.messengers.whatsapp.interactive import Node
from patchbay.messengers.whatsapp.template_schemas import Button, TemplateWire
from patchbay.messengers.whatsapp.template_states import STATES

_PARAMETER = re.compile(r"\{\{\s*([A-Za-z0-9_]{1,64})\s*\}\}")
_HEADER = "header_1"

_QUALITIES = {"GREEN": "high", "YELLOW": "medium", "RED": "low"}
_KINDS = {
    "QUICK_REPLY": ButtonKind.REPLY,
    "URL": ButtonKind.URL,
    "PHONE_NUMBER": ButtonKind.PHONE,
    "COPY_CODE": ButtonKind.CODE,
}
_MEDIA = {"IMAGE": "image", "VIDEO": "video", "GIF": "video", "DOCUMENT": "document", "LOCATION": "location"}


# --- reading ---------------------------------------------------------------------------------------------------------


def read_template(described: Body) -> Template:
    wire = read_wire_object(TemplateWire, described)
    parts = {component.type.upper(): component for component in wire.components}
    header, body, footer, below = (parts.get(name) for name in ("HEADER", "BODY", "FOOTER", "BUTTONS"))
    is_text = header is not None and header.format.upper() in {"", "TEXT"}
    heading = _rename(header.text, _HEADER) if header and is_text else ""
    words = body.text if body else ""
    buttons = tuple(_read_button(number, one) for number, one in enumerate(below.buttons if below else (), start=1))
    codes = [name_button(number) for number, one in enumerate(buttons, start=1) if one.kind is ButtonKind.CODE]
    texts = (heading, words, *(button.value for button in buttons if button.kind is ButtonKind.URL))
    names = (name for text in texts for name in _PARAMETER.findall(text))
    return Template(
        id=wire.id,
        name=wire.name,
        language=wire.language,
        category=wire.category.lower(),
        status=STATES.get(wire.status.upper(), TemplateStatus.OTHER),
        header=heading,
        media="" if header is None or is_text else _MEDIA.get(header.format.upper(), "document"),
        body=words,
        footer=footer.text if footer else "",
        buttons=buttons,
        parameters=tuple(dict.fromkeys((*names, *codes))),
        quality=_QUALITIES.get(wire.quality_score.score.upper(), ""),
        reason="" if wire.rejected_reason in {"", "NONE"} else wire.rejected_reason,
    )


def _read_button(number: int, button: Button) -> TemplateButton:
    kind = _KINDS.get(button.type.upper(), ButtonKind.REPLY)
    example = button.example[0] if isinstance(button.example, list) and button.example else button.example
    value = {
        ButtonKind.URL: _rename(button.url, name_button(number)),
        ButtonKind.PHONE: button.phone_number,
        ButtonKind.CODE: example if isinstance(example, str) else "",
    }.get(kind, "")
    return TemplateButton(kind=kind, label=button.text, value=value)


def name_button(number: int) -> str:
    return f"button_{number}"


def _rename(text: str, name: str) -> str:
    """With the name of its own for a parameter that is numbered."""
    return _PARAMETER.sub(lambda found: f"{{{{{name}}}}}" if found[1].isdecimal() else found[0], text)


# --- sending ---------------------------------------------------------------------------------------------------------


def fill(filled: FilledTemplate) -> Node:
    """What a message has under `template`. Raises Rejected for a template with a value missing."""
    template, values = filled.template, filled.values
    missing = [name for name in template.parameters if not values.get(name, "").strip()]
    if missing:
        raise Rejected(f"the template needs a value for {', '.join(missing)}", code="template")
    components = [
        *_fill_texts("header", template.header, values),
        *_fill_texts("body", template.body, values),
        *_fill_buttons(template.buttons, values),
    ]
    shown: Node = {"name": template.name, "language": {"code": template.language}}
    return {**shown, "components": components} if components else shown


def _fill_texts(part: str, text: str, values: Mapping[str, str]) -> Iterator[Node]:
    names = _list_names(text)
    if names:
        yield {"type": part, "parameters": [_fill_one(name, values[name]) for name in names]}


def _fill_one(name: str, value: str) -> Node:
    """A name is sent along where the template names its parameters. Meta takes no line breaks in values."""
    words: Node = {"type": "text", "text": " ".join(value.split())}
    return words if _is_numbered(name) else {**words, "parameter_name": name}


def _fill_buttons(buttons: Sequence[TemplateButton], values: Mapping[str, str]) -> Iterator[Node]:
    for number, button in enumerate(buttons, start=1):
        value = values.get(name_button(number), "")
        place: Node = {"type": "button", "index": str(number - 1)}
        if button.kind is ButtonKind.URL and _PARAMETER.search(button.value):
            [name] = _list_names(button.value)[:1]
            yield {**place, "sub_type": "url", "parameters": [{"type": "text", "text": values[name]}]}
        elif button.kind is ButtonKind.CODE:
            parameters = [{"type": "coupon_code", "coupon_code": value}]
            yield {**place, "sub_type": "copy_code", "parameters": parameters}


def _list_names(text: str) -> list[str]:
    """In the order of their numbers, where they have some; else as they stand."""
    names = list(dict.fromkeys(_PARAMETER.findall(text)))
    return sorted(names, key=int) if all(name.isdecimal() for name in names) else names


def _is_numbered(name: str) -> bool:
    return name.isdecimal() or name == _HEADER


# --- handing in ------------------------------------------------------------------------------------------------------


def describe(template: Template) -> Node:
    """A new template, as Meta wants it."""
    named = any(not _is_numbered(name) for text in (template.header, template.body) for name in _list_names(text))
    return {
        "name": template.name,
        "language": template.language,
        "category": template.category.upper(),
        "parameter_format": "NAMED" if named else "POSITIONAL",
        "components": describe_components(template),
    }


def describe_components(template: Template) -> list[Node]:
    """Raises Rejected for a header that is a file, which cannot be handed in from here."""
    if template.media:
        raise Rejected("a template whose header is a file is made in Meta's WhatsApp Manager", code="template")
    examples = template.examples
    parts: list[Node] = []
    if template.header:
        parts.append({"type": "HEADER", "format": "TEXT", **_describe_text("header", template.header, examples)})
    parts.append({"type": "BODY", **_describe_text("body", template.body, examples)})
    if template.footer:
        parts.append({"type": "FOOTER", "text": template.footer})
    if template.buttons:
        shown = [_describe_button(number, one, examples) for number, one in enumerate(template.buttons, start=1)]
        parts.append({"type": "BUTTONS", "buttons": shown})
    return parts


def _describe_text(part: str, text: str, examples: Mapping[str, str]) -> Node:
    names = _list_names(text)
    written = text.replace(f"{{{{{_HEADER}}}}}", "{{1}}")
    if not names:
        return {"text": written}
    if all(map(_is_numbered, names)):
        values = [examples.get(name, "") for name in names]
        return {"text": written, "example": {f"{part}_text": [values] if part == "body" else values}}
    shown = [{"param_name": name, "example": examples.get(name, "")} for name in names]
    return {"text": written, "example": {f"{part}_text_named_params": shown}}


def _describe_button(number: int, button: TemplateButton, examples: Mapping[str, str]) -> Node:
    example = examples.get(name_button(number), "")
    match button.kind:
        case ButtonKind.REPLY:
            return {"type": "QUICK_REPLY", "text": button.label}
        case ButtonKind.PHONE:
            return {"type": "PHONE_NUMBER", "text": button.label, "phone_number": button.value}
        case ButtonKind.CODE:
            return {"type": "COPY_CODE", "example": button.value or example}
        case ButtonKind.URL if _PARAMETER.search(button.value):
            url = _PARAMETER.sub("{{1}}", button.value)
            return {"type": "URL", "text": button.label, "url": url, "example": [url.replace("{{1}}", example)]}
        case ButtonKind.URL:
            return {"type": "URL", "text": button.label, "url": button.value}
