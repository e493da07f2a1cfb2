"""How many marketing templates go out in a day: the owner's ceiling, over all containers."""

from __future__ import annotations

from patchbay.bridge.attempt import Attempt
from patchbay.bridge.context import Context
from patchbay.domain.accounts import Connection
from patchbay.domain.templates import Template
from patchbay.kit.template_settings import MARKETING_PER_DAY

MARKETING = "marketing"


class MarketingLimit:
    def __init__(self, context: Context) -> None:
        self._context = context

    def find_exceeded(self, messenger: Connection, template: Template, attempt: Attempt) -> int | None:
        """The ceiling that the template would exceed; None when it may be sent, and is counted. Once per message."""
        most = read_ceiling(messenger)
        if most is None or template.category != MARKETING:
            return None
        day = self._context.clock.now().date()
        key = attempt.event.ledger_key
        return None if self._context.open_costs().take(messenger.id, day, MARKETING, most, key) else most


def read_ceiling(messenger: Connection) -> int | None:
    """None: there is none."""
    given = messenger.setting(MARKETING_PER_DAY)
    return int(given) if given.isascii() and given.isdecimal() and len(given) <= 9 else None
