"""What Meta reports about the account itself: its templates, its quality, its limits, who answers its customers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from patchbay.domain.characters import quote_name
from patchbay.domain.events import Ignored
from patchbay.messengers.whatsapp.schemas import ChangeOf, Details, Value

_QUALITY = "message_template_quality_update"
_CATEGORY = "template_category_update"
_STATUS = "message_template_status_update"


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """One sentence for the owner. `is_alarming`: something goes out no more, or soon will not."""

    detail: str
    is_alarming: bool


_BAD_STATES = frozenset(
    {"DISABLED", "PAUSED", "REJECTED", "FLAGGED", "LIMIT_EXCEEDED", "LOCKED", "PENDING_DELETION", "DELETED"}
)
_GOOD_ACCOUNTS = frozenset({"PARTNER_ADDED", "ACCOUNT_RECONNECTED", "VERIFIED_ACCOUNT", "PARTNER_APP_INSTALLED"})


def read_news(change: ChangeOf) -> News | None:
    """None for a field that is not about the account."""
    value = change.value
    match change.field:
        case "message_template_status_update":
            return _read_template(value, _choose_reason(value, change.rejection_info))
        case "message_template_quality_update":
            before, now = _name(value.previous_quality_score), _name(value.new_quality_score)
            detail = f"{_name_template(value)}: its quality went from {before} to {now}"
            return News(detail=detail, is_alarming=value.new_quality_score == "RED")
        case "template_category_update":
            now = _name(value.correct_category or value.new_category)
            coming = " will be" if value.correct_category else " is now"
            return News(detail=f"{_name_template(value)}{coming} of the category {now}", is_alarming=True)
        case "account_update" | "account_review_update":
            detail = f"the account: {_name(value.event)}"
            return News(detail=detail, is_alarming=value.event not in _GOOD_ACCOUNTS)
        case "account_alerts":
            return News(detail=f"the account: {_name(value.alert_type)}", is_alarming=value.alert_severity != "INFO")
        case "phone_number_quality_update":
            detail = f"the number: {_name(value.event)}, its limit was {_name(value.current_limit)}"
            return News(detail=detail, is_alarming=value.event in {"FLAGGED", "DOWNGRADE"})
    return None


def _read_template(value: Value, reason: str) -> News:
    why = f" ({reason})" if reason else ""
    return News(detail=f"{_name_template(value)}: {_name(value.event)}{why}", is_alarming=value.event in _BAD_STATES)


def _choose_reason(value: Value, beside: Details) -> str:
    """Meta's own word for it, never its sentence: that may quote the template."""
    words: Mapping[str, str] = {"reason": value.reason, "title": value.other_info.title}
    del beside
    return ", ".join(_name(word) for word in words.values() if word not in {"", "NONE"})


def _name_template(value: Value) -> str:
    return f"the template {_name(value.message_template_name)} ({_name(value.message_template_language)})"


def _name(word: str) -> str:
    return quote_name(word)


def ignore_news(news: News) -> Ignored:
    return Ignored(reason=news.detail)
