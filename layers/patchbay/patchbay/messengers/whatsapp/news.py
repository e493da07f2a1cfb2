"""What Meta reports about the account itself: its templates, its quality, its limits.

Documentation: https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from patchbay.domain.account_news import Severity, Topic
from patchbay.domain.accounts import Endpoint
from patchbay.domain.characters import quote_name
from patchbay.domain.errors import UnknownTenant
from patchbay.domain.events import AccountNews, Event, Ignored, Origin, make_event_id
from patchbay.domain.template_status import TemplateStatus
from patchbay.messengers.whatsapp.schemas import ChangeOf, Entry, Value
from patchbay.messengers.whatsapp.template_states import STATES

_ENDED = frozenset({TemplateStatus.REJECTED, TemplateStatus.PAUSED, TemplateStatus.DISABLED, TemplateStatus.OTHER})
_GOOD_NEWS = frozenset({"PARTNER_ADDED", "ACCOUNT_RECONNECTED", "VERIFIED_ACCOUNT", "PARTNER_APP_INSTALLED"})
_SAFE = frozenset({"", "NONE"})

TEMPLATE_STATUS = "message_template_status_update"
TEMPLATE_QUALITY = "message_template_quality_update"
TEMPLATE_CATEGORY = "template_category_update"

#: The field of a change, and what it is about. Each names the business account only.
TOPICS: Mapping[str, Topic] = {
    TEMPLATE_STATUS: Topic.TEMPLATE,
    TEMPLATE_QUALITY: Topic.QUALITY,
    TEMPLATE_CATEGORY: Topic.TEMPLATE,
    "phone_number_quality_update": Topic.LIMIT,
    "business_capability_update": Topic.LIMIT,
    "account_update": Topic.ACCOUNT,
    "account_review_update": Topic.ACCOUNT,
    "phone_number_name_update": Topic.ACCOUNT,
    "account_alerts": Topic.ALERT,
    "security": Topic.ALERT,
}


def read_news(change: ChangeOf, entry: Entry, endpoint: Endpoint, received_at: datetime) -> Sequence[Event | Ignored]:
    """The same for each connected number of the account. Raises UnknownTenant when these have to be looked up."""
    if entry.id not in endpoint.tenants:
        raise UnknownTenant(entry.id)
    at = entry.when(received_at)
    numbers = sorted(endpoint.tenants[entry.id])
    origins = [Origin(service=endpoint.service, endpoint=endpoint.id, account=number) for number in numbers]
    return [_make_news(change, at, origin) for origin in origins] or [Ignored(reason="an account of no connection")]


def warn_of(code: int, at: datetime, origin: Origin) -> AccountNews:
    """A problem with the number that no message has: it comes by itself, once for each hour of it."""
    return AccountNews(
        id=make_event_id("news", origin, str(code), f"{at:%Y-%m-%dT%H}"),
        origin=origin,
        thread="",
        occurred_at=at,
        about=Topic.ALERT,
        detail=f"WhatsApp reports a problem with the number (code {code})",
    )


def _make_news(change: ChangeOf, at: datetime, origin: Origin) -> AccountNews:
    value = change.value
    about_template = change.field in {TEMPLATE_STATUS, TEMPLATE_QUALITY, TEMPLATE_CATEGORY}
    detail, severity = _describe(change.field, value)
    status = STATES.get(value.event, TemplateStatus.OTHER) if change.field == TEMPLATE_STATUS else None
    category = (value.correct_category or value.new_category) if change.field == TEMPLATE_CATEGORY else ""
    named = (value.message_template_name, value.message_template_language, value.event, category, detail)
    return AccountNews(
        id=make_event_id("news", origin, change.field, f"{at:%Y-%m-%dT%H:%M:%S}", *named),
        origin=origin,
        thread="",
        occurred_at=at,
        about=TOPICS[change.field],
        detail=detail,
        severity=severity,
        template=value.message_template_name if about_template else "",
        language=value.message_template_language if about_template else "",
        status=status,
        category=category.lower(),
    )


def _describe(field: str, value: Value) -> tuple[str, Severity]:
    """A sentence, of which Meta's own words are single names: its sentences may quote a template."""
    match field:
        case "message_template_status_update":
            ended = STATES.get(value.event, TemplateStatus.OTHER) in _ENDED
            severity = Severity.ALARM if ended else Severity.INFO
            reasons = [word for word in (value.reason, value.other_info.title) if word not in _SAFE]
            why = f" ({', '.join(map(quote_name, reasons))})" if reasons else ""
            return f"{_name_template(value)}: {quote_name(value.event)}{why}", severity
        case "message_template_quality_update":
            before, now = quote_name(value.previous_quality_score), quote_name(value.new_quality_score)
            severity = Severity.ALARM if value.new_quality_score == "RED" else Severity.INFO
            return f"{_name_template(value)}: its quality went from {before} to {now}", severity
        case "template_category_update":
            now = quote_name(value.correct_category or value.new_category)
            verb = "will be" if value.correct_category else "is now"
            return f"{_name_template(value)} {verb} of the category {now}, which changes its price", Severity.ALARM
        case "phone_number_quality_update":
            severity = Severity.ALARM if value.event in {"FLAGGED", "DOWNGRADE"} else Severity.INFO
            return f"the number: {quote_name(value.event)}", severity
        case "account_alerts":
            return f"an alert about the account: {quote_name(value.alert_type)}", Severity.ALARM
        case "account_update":
            good = value.event in _GOOD_NEWS
            return f"the account: {quote_name(value.event)}", Severity.INFO if good else Severity.ALARM
    return f"the account: {quote_name(field)}, {quote_name(value.event)}", Severity.WARNING


def _name_template(value: Value) -> str:
    return f"template {quote_name(value.message_template_name)} ({quote_name(value.message_template_language)})"
