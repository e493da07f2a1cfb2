"""Templates: messages that a messenger has approved, which may be sent when the customer has not written for long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from patchbay.domain.template_status import TemplateStatus


class ButtonKind(StrEnum):
    REPLY = "reply"
    URL = "url"
    PHONE = "phone"
    CODE = "code"  #: copies a code


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateButton:
    """`value` is the URL, which may end with a parameter, the phone number, or the example of a code."""

    kind: ButtonKind
    label: str
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One template in one language. In `header`, `body` and the URLs of buttons a parameter is `{{its name}}`.

    `parameters` are the names of all of them, each once, in the order in which people read them: header, body,
    buttons. Those that the messenger numbers have names too: "1", "2" in the body, "header_1", and for the first
    button "button_1". `category` is the messenger's word in lower case, such as "marketing" or "utility". `quality` is
    "high", "medium", "low", or "" where it is not known. `examples` are values for its review, by parameter. `media` is
    "image", "video" or "document" where the header is a file, which has to be given with every message:
    such a template cannot be sent from a desk. `reason` says why it may not be sent. `id` is the messenger's.
    """

    name: str
    language: str
    category: str
    status: TemplateStatus = TemplateStatus.PENDING
    body: str
    header: str = ""
    footer: str = ""
    media: str = ""
    parameters: tuple[str, ...] = ()
    buttons: tuple[TemplateButton, ...] = ()
    quality: str = ""
    reason: str = ""
    id: str = ""
    examples: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_sendable(self) -> bool:
        return self.status is TemplateStatus.APPROVED and not self.media


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledTemplate:
    """A template with a value for each of its parameters, as it is sent."""

    template: Template
    values: Mapping[str, str] = field(default_factory=dict)
