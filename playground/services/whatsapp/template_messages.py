"""Fills templates with what a message says."""

from __future__ import annotations

from playground.services.whatsapp.errors import RefusedCall
from playground.services.whatsapp.records import Message, Number
from playground.services.whatsapp.state import State


class TemplateMessages:
    """Call this under the lock."""

    def __init__(self, state: State) -> None:
        self._state = state

    def fill(self, number: Number, message: Message, *, by_phone: bool) -> None:
        """Raises RefusedCall for a template that there is not, or that the parameters do not fit."""
        del number, by_phone
        raise RefusedCall(132001, f"template name ({message.content['name']}) does not exist")
