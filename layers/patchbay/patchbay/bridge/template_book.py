"""The templates of a messenger's account: asked for once in a while, and corrected by what the messenger reports.

A list costs a call, and some messengers answer with what was true a moment ago. So it is kept in the table for an hour;
news that came later count more than the list, and have it read again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from patchbay.bridge.context import Context
from patchbay.bridge.service_calls import ServiceCalls
from patchbay.bridge.template_store import TemplateList, TemplateNews
from patchbay.domain.accounts import Connection
from patchbay.domain.errors import DeliveryError
from patchbay.domain.templates import Template
from patchbay.kit.template_abilities import SendsTemplates

KEPT = timedelta(hours=1)  #: how long a list counts
SLOW = timedelta(minutes=5)  #: news count more than a list that was read so much later
MOST_BYTES = 300_000  #: of a stored list; an item of the table has 400 KB


class TemplateBook:
    def __init__(self, context: Context, calls: ServiceCalls) -> None:
        self._context = context
        self._calls = calls

    def read(self, connection: Connection) -> Sequence[Template]:
        """All of them, as they are now. Raises a DeliveryError when the messenger must be asked and cannot be."""
        stored, news = self._context.open_templates().read(connection.id)
        now = self._context.clock.now()
        latest = max((one.at for one in news), default=None)
        if stored and now - stored.listed_at < KEPT and (latest is None or latest < stored.listed_at):
            return _correct(stored, news)
        try:
            listed = TemplateList(templates=tuple(self._ask(connection)), listed_at=now)
        except DeliveryError:
            if stored is None:
                raise
            return _correct(stored, news)
        self._context.open_templates().save(connection.id, listed)
        return _correct(listed, news)

    def _ask(self, connection: Connection) -> Iterable[Template]:
        connector = self._context.connector(connection)
        if not isinstance(connector, SendsTemplates):
            return ()
        with self._calls.reading(connection) as http:
            found = connector.list_templates(connection, http)
        return sorted(found, key=lambda one: (one.name, one.language))


def find_template(templates: Iterable[Template], name: str, languages: Sequence[str]) -> Template | None:
    """The template of that name in the first of `languages` that it has, else in any.

    One that may be sent comes before others. A language fits one of its countries, too: "de" and "de_AT".
    """
    named = [one for one in templates if one.name == name]

    def rank(template: Template) -> tuple[int, bool]:
        fitting = (place for place, wanted in enumerate(languages) if _fits(template.language, wanted))
        return next(fitting, len(languages)), not template.is_sendable

    return min(named, key=rank, default=None)


def _fits(language: str, wanted: str) -> bool:
    one, other = language.replace("-", "_").lower(), wanted.replace("-", "_").lower()
    return bool(other) and (one == other or one.partition("_")[0] == other or one == other.partition("_")[0])


def _correct(listed: TemplateList, news: Sequence[TemplateNews]) -> tuple[Template, ...]:
    late = {(one.name, one.language): one for one in news if one.at > listed.listed_at - SLOW}

    def correct(template: Template) -> Template:
        found = late.get((template.name, template.language))
        return replace(template, status=found.status, reason=found.reason) if found else template

    return tuple(map(correct, listed.templates))
