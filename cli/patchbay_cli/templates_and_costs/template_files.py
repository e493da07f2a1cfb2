"""A template in a JSON file: what `patchbay templates create` reads, and `show` prints as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from patchbay.domain.errors import Misconfigured
from patchbay.domain.templates import ButtonKind, Template, TemplateButton

_PARAMETER = re.compile(r"\{\{\s*([A-Za-z0-9_]+)\s*\}\}")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ButtonFile(_Strict):
    kind: ButtonKind
    label: Annotated[str, Field(min_length=1)]
    value: str = ""


class TemplateFile(_Strict):
    """The documented schema. What the messenger itself says of a template is allowed and not read."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,512}$")]
    language: Annotated[str, Field(pattern=r"^[A-Za-z_-]{2,15}$")]
    category: Annotated[str, Field(pattern=r"^[a-z_-]{1,40}$")]
    header: str = ""
    body: Annotated[str, Field(min_length=1)]
    footer: str = ""
    buttons: tuple[ButtonFile, ...] = ()
    examples: dict[str, str] = {}
    id: str = ""
    status: str = ""
    reason: str = ""
    quality: str = ""
    media: str = ""
    parameters: tuple[str, ...] = ()


def read_template(path: Path) -> Template:
    """Raises Misconfigured, which says where in the file something is wrong."""
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise Misconfigured(f"{path} is not a text in UTF-8") from None
    except ValueError as problem:
        raise Misconfigured(f"{path} is not JSON: {problem}") from None
    try:
        read = TemplateFile.model_validate(content)
    except ValidationError as problem:
        wrong = problem.errors()[0]
        where = ".".join(str(step) for step in wrong["loc"]) or "the file"
        raise Misconfigured(f"{path}: {where}: {wrong['msg']}") from None
    buttons = tuple(TemplateButton(kind=one.kind, label=one.label, value=one.value) for one in read.buttons)
    template = Template(
        name=read.name,
        language=read.language,
        category=read.category,
        header=read.header,
        body=read.body,
        footer=read.footer,
        buttons=buttons,
        examples=read.examples,
        id=read.id,
        parameters=tuple(dict.fromkeys(_list_parameters(read))),
    )
    missing = [name for name in template.parameters if not template.examples.get(name)]
    if missing:
        raise Misconfigured(f"{path}: examples: the review needs one for each parameter, also for {missing[0]}")
    return template


def describe_template(template: Template) -> Mapping[str, object]:
    """As a file, with what the messenger says of it."""
    return {
        "name": template.name,
        "language": template.language,
        "category": template.category,
        "status": template.status.value,
        "reason": template.reason,
        "quality": template.quality,
        "header": template.header,
        "media": template.media,
        "body": template.body,
        "footer": template.footer,
        "parameters": list(template.parameters),
        "buttons": [{"kind": one.kind.value, "label": one.label, "value": one.value} for one in template.buttons],
        "examples": dict(template.examples),
        "id": template.id,
    }


def _list_parameters(read: TemplateFile) -> Iterator[str]:
    """Those with numbers have the names that `Template` gives them."""
    for name in _PARAMETER.findall(read.header):
        yield f"header_{name}" if name.isdecimal() else name
    yield from _PARAMETER.findall(read.body)
    for number, button in enumerate(read.buttons, 1):
        for name in _PARAMETER.findall(button.value):
            yield f"button_{number}" if name.isdecimal() else name
