"""Unblu's JSON objects in the API's answers. Never loaded by the webhook function."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from patchbay.platforms.unblu.wire import ContactWire, ConversationWire, UnbluWire
from patchbay.wire import String, no_null_list


class VersionWire(UnbluWire):
    product_version: String = ""

    @property
    def major(self) -> int:
        """0 for what is no version."""
        first = self.product_version.strip().partition(".")[0]
        return int(first) if first.isdecimal() and len(first) < 6 else 0


class ErrorWire(UnbluWire):
    """What Unblu answers to a call that it has not done; its own words may quote what was sent."""

    model: String = Field(default="", alias="$_type")


class EntityWire(UnbluWire):
    """A person, contact, conversation: whatever was made."""

    id: String = ""


class ContactsWire(UnbluWire):
    items: Annotated[tuple[ContactWire, ...], BeforeValidator(no_null_list)] = ()


class ConversationsWire(UnbluWire):
    items: Annotated[tuple[ConversationWire, ...], BeforeValidator(no_null_list)] = ()
