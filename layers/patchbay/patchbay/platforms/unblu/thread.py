"""The ids that a conversation needs at Unblu, as the core keeps them for us."""

from __future__ import annotations

from dataclasses import dataclass, fields

from patchbay.domain.model import Conversation


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """ "" is what is not known. Only API v4 has `contact_id`."""

    conversation_id: str = ""
    channel_id: str = ""
    source_id: str = ""  #: our name of the customer
    contact_id: str = ""
    person_id: str = ""

    def remember(self) -> dict[str, str]:
        """As the state of a conversation."""
        values = {field.name: str(getattr(self, field.name)) for field in fields(self)}
        return {name: value for name, value in values.items() if value}


def read_thread(conversation: Conversation) -> Thread:
    conversation_id, _, source_id = conversation.external_id.partition("~")
    known = {"conversation_id": conversation_id, "source_id": source_id, **conversation.state}
    return Thread(**{field.name: known.get(field.name, "") for field in fields(Thread)})


def read_platform_id(platform_id: str) -> Thread:
    """Who a contact is at Unblu: `write_platform_id` the other way round."""
    person_id, _, contact_id = platform_id.partition("/")
    return Thread(person_id=person_id, contact_id=contact_id)


def write_platform_id(person_id: str, contact_id: str = "") -> str:
    return f"{person_id}/{contact_id}" if contact_id else person_id
