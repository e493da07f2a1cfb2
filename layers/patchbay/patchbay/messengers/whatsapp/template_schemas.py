"""A template as Meta describes it, as far as the bridge reads it."""

from __future__ import annotations

from typing import Any

from patchbay.kit.schemas import Id, Items, Wire


class Button(Wire):
    type: str = ""
    text: str = ""
    url: str = ""
    phone_number: str = ""
    example: Any = None


class Component(Wire):
    type: str = ""
    format: str = ""
    text: str = ""
    buttons: Items[Button] = ()


class Quality(Wire):
    score: str = ""


class TemplateWire(Wire):
    id: Id = ""
    name: str = ""
    language: str = ""
    category: str = ""
    status: str = ""
    parameter_format: str = ""
    components: Items[Component] = ()
    quality_score: Quality = Quality()
    rejected_reason: str = ""


class Made(Wire):
    """The answer to a new template. Meta may put it into another category than the one that was asked for."""

    id: Id = ""
    status: str = ""
    category: str = ""
