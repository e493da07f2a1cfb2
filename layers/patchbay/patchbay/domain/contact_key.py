"""A contact's id over all messengers, as platforms keep it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactKey:
    """A contact's id that is unique over all messengers of the stack; platforms keep it as their external reference.

    `signature` is ours, for the one platform connection that was given the key; "" where the key stays with us.
    """

    service: str
    connection_id: str
    contact_id: str
    signature: str = ""

    def encode(self) -> str:
        """Connections' ids have no dots, contacts' ids may have any character."""
        signature = f".{self.signature}" if self.signature else ""
        return f"{self.service}:{self.connection_id}{signature}:{self.contact_id}"

    @classmethod
    def decode(cls, text: str) -> ContactKey | None:
        """The key in `text`, or None when it is not one of ours. Contact ids may hold colons themselves."""
        service, _, rest = text.partition(":")
        named, _, contact_id = rest.partition(":")
        connection_id, _, signature = named.partition(".")
        if not (service and connection_id and contact_id):
            return None
        return cls(service=service, connection_id=connection_id, contact_id=contact_id, signature=signature)
