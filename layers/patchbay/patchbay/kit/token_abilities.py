"""What platforms can do on which each contact sends messages with an access token of its own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

from patchbay.domain.accounts import Connection
from patchbay.domain.model import Contact
from patchbay.kit.contract import Http


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactToken:
    """An access token with which we call a service in a contact's name.

    `platform_id` is the service's id of the contact. `secret` makes later tokens belong to the same contact; the core
    stores it. `authorization` is the value of the Authorization header, valid for `seconds`.
    """

    platform_id: str
    secret: str = field(repr=False)
    authorization: str = field(repr=False)
    seconds: float


class AuthenticatesContacts(ABC):
    """For platforms on which each contact sends messages with an access token of its own."""

    @abstractmethod
    def authenticate_contact(self, secret: str, contact: Contact, connection: Connection, http: Http) -> ContactToken:
        """A token for the contact to whom `secret` belongs, or for a new one when it is "".

        The core stores the secret before it uses the token, and keeps the token until a minute before it expires. It
        puts the token on requests with `as_contact`, and asks for another one, once, when the answer is 401. Raises
        ContactGone when the service no longer knows the secret.
        """
