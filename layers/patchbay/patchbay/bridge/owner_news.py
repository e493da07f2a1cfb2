"""What a service says about an account or its templates: logged, counted, and where it matters an alarm."""

from __future__ import annotations

from dataclasses import replace

from patchbay.bridge.context import Context
from patchbay.bridge.outcomes import DONE, Disposition
from patchbay.bridge.template_store import TemplateNews
from patchbay.domain.account_news import Severity
from patchbay.domain.accounts import Connection
from patchbay.domain.events import AccountNews


class OwnerNews:
    def __init__(self, context: Context) -> None:
        self._context = context

    def heed(self, event: AccountNews, source: Connection) -> Disposition:
        """Whatever it is, the owner finds it in the log. Another category is another price, so it is an alarm."""
        telemetry = self._context.telemetry
        if event.category:
            event = replace(event, severity=Severity.ALARM)
        log = telemetry.info if event.severity is Severity.INFO else telemetry.warning
        log(
            "account news",
            event=event.id,
            service=source.service,
            connection=source.id,
            about=event.about.value,
            severity=event.severity.value,
            template=event.template or None,
            language=event.language or None,
            status=event.status.value if event.status else None,
            category=event.category or None,
            reason=event.detail,
        )
        if event.severity is not Severity.INFO:
            telemetry.count("AccountWarnings", source.service)
        if event.severity is Severity.ALARM:
            telemetry.count("AccountAlarms", source.service)
        if event.template and event.status is not None:
            news = TemplateNews(
                name=event.template,
                language=event.language,
                status=event.status,
                reason=event.detail,
                at=event.occurred_at,
            )
            self._context.open_templates().note(source.id, news)
        return DONE
