"""Unblu's JSON objects in the API's answers. Never loaded by the webhook function."""

from __future__ import annotations

from pydantic import Field

from patchbay.domain.characters import read_whole_number
from patchbay.kit.schemas import Items
from patchbay.platforms.unblu.schemas import ContactWire, ConversationWire, UnbluWire


class VersionWire(UnbluWire):
    product_version: str = ""

    @property
    def major(self) -> int:
        """0 for what is no version."""
        first = self.product_version.strip().partition(".")[0]
        return read_whole_number(first, 99_999) or 0


class ErrorWire(UnbluWire):
    """What Unblu answers to a call that it has not done; its own words may quote what was sent."""

    model: str = Field(default="", alias="$_type")


class EntityWire(UnbluWire):
    """A person, contact, conversation: whatever was made."""

    id: str = ""


class ContactsWire(UnbluWire):
    items: Items[ContactWire] = ()


class ConversationsWire(UnbluWire):
    items: Items[ConversationWire] = ()
