"""What is known of a messenger's templates without asking it, and the port that keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from patchbay.domain.template_status import TemplateStatus
from patchbay.domain.templates import Template


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateNews:
    """The messenger has reported another status of a template."""

    name: str
    language: str
    status: TemplateStatus
    reason: str = ""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateList:
    """What the messenger answered at `listed_at`, as far as there is room."""

    templates: tuple[Template, ...]
    listed_at: datetime


class KnownTemplates(Protocol):
    """By connection. Everything may be lost: then the messenger is asked."""

    def read(self, connection_id: str) -> tuple[TemplateList | None, Sequence[TemplateNews]]:
        """The list as it was stored last, and the latest news of each template, of some days."""

    def save(self, connection_id: str, listed: TemplateList) -> None: ...

    def note(self, connection_id: str, news: TemplateNews) -> None:
        """In place of earlier news of the same template; of later ones it does nothing."""
