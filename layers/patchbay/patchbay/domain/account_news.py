"""Events that are about an account, or come from Patchbay itself: no person has written or read anything."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from patchbay.domain.event_base import Parsed
from patchbay.domain.template_status import TemplateStatus


class Topic(StrEnum):
    """What news of an account is about."""

    TEMPLATE = "template"
    QUALITY = "quality"  #: how customers like what the account sends
    LIMIT = "limit"  #: how many customers it may write to, or how fast
    ACCOUNT = "account"  #: the account itself: reviewed, restricted, a name decided
    ALERT = "alert"  #: a warning of the messenger's own
    ROUTING = "routing"  #: which program may answer


class Severity(StrEnum):
    INFO = "info"  #: logged
    WARNING = "warning"  #: logged and counted
    ALARM = "alarm"  #: the owner is alarmed


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountNews(Parsed):
    """What the service says about the account or one of its templates, for its owner: it changes no connection.

    `thread` is "". `detail` is a sentence of ours, without words of customers. About a template: its `template` name
    and `language`, with its new `status` or its new `category`, whichever has changed.
    """

    kind: Literal["news"] = "news"
    about: Topic
    detail: str
    severity: Severity = Severity.WARNING
    template: str = ""
    language: str = ""
    status: TemplateStatus | None = None
    category: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOverdue(Parsed):
    """Our own: messages to the contact `thread` have been held for as long as the owner wants."""

    kind: Literal["overdue"] = "overdue"
