"""News of the simulated WhatsApp, as `entry` objects for whoever passes them on: Meta's webhooks, or AWS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playground.services.whatsapp.records import Account, Json, Number
from playground.services.whatsapp.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """One `entry` with one change. Those of one `group` happened one after another; `note` is for the trace."""

    entry: Json
    field: str
    number: str = ""  #: the id of the number that it is about, if it is about one
    group: str = ""
    note: str = ""


Sink = Callable[[News], None]


class Events:
    def __init__(self, state: State) -> None:
        self._state = state
        self.sinks: list[Sink] = []

    def push(self, number: Number, field: str, value: Json, *, group: str, note: str) -> None:
        """News of a number's chats."""
        entry: Json = {"id": number.account, "changes": [{"field": field, "value": value}]}
        self._hand_on(News(entry=entry, field=field, number=number.id, group=f"{number.id} {group}", note=note))

    def push_account(self, account: Account, field: str, value: Json, note: str = "") -> None:
        """News of an account: templates, limits, alerts. They are dated."""
        at = int(self._state.timeline.now().timestamp())
        entry: Json = {"id": account.id, "time": at, "changes": [{"field": field, "value": value}]}
        self._hand_on(News(entry=entry, field=field, group=account.id, note=note or field.replace("_", " ")))

    def _hand_on(self, news: News) -> None:
        for sink in tuple(self.sinks):
            sink(news)
