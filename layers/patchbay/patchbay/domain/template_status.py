"""How far a template is. By itself, because news of templates come to functions that send none."""

from __future__ import annotations

from enum import StrEnum


class TemplateStatus(StrEnum):
    APPROVED = "approved"  #: may be sent
    PENDING = "pending"  #: the messenger has not looked at it yet
    REJECTED = "rejected"
    PAUSED = "paused"  #: not to be sent for a while, because customers did not like it
    DISABLED = "disabled"  #: not to be sent any more
    DELETED = "deleted"
    OTHER = "other"  #: a state that we do not know: it is not sent
