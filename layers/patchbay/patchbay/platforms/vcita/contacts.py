"""Customers as vcita's clients: found by phone or e-mail, made when they are new."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from patchbay.domain.errors import Transient
from patchbay.domain.model import Contact, ContactKey
from patchbay.kit.contract import HttpResponse
from patchbay.kit.phones import is_same_number, read_number
from patchbay.kit.rest import read_answer
from patchbay.platforms.vcita.client import Api, read_data, refusal
from patchbay.platforms.vcita.responses import AnswerWire, ClientWire

_ANONYMOUS = "Customer"

#: Refusals of what is known of the customer: a phone or an e-mail that vcita does not take, or has on another client.
_UNWELCOME = frozenset({400, 409, 422})


def identify_contact(api: Api, key: ContactKey, contact: Contact) -> str:
    """The client's id, which the communication API calls contact_uid."""
    return find_client(api, contact) or _create_client(api, key, contact)


def find_client(api: Api, contact: Contact) -> str:
    """ "" if no client has this phone or e-mail.

    vcita compares text, so a part of a number finds it too: each hit is looked at again.
    """
    phone, email = _write_phone(contact), contact.email.strip().lower()
    found = ""
    if phone:
        found = _search(api, "phone", phone, lambda client: any(is_same_number(phone, own) for own in _phones(client)))
    if not found and email:
        found = _search(api, "email", contact.email, lambda client: client.email.strip().lower() == email)
    return found


def _search(api: Api, by: str, term: str, is_same: Callable[[ClientWire], bool]) -> str:
    query = {"search_by": by, "search_term": term.strip(), "page": "1", "per_page": "25"}
    response = api.platform.get("clients", query=query)
    if not response.ok:
        raise refusal(response, "looking up a customer")
    clients = read_answer(AnswerWire, response).data.clients
    return next((client.id for client in clients if client.id and is_same(client)), "")


def _create_client(api: Api, key: ContactKey, contact: Contact) -> str:
    """With all that is known, else only with the name: a message must not wait for a phone number's spelling."""
    for profile in _describe(key, contact):
        # A lost answer leaves at worst a client without a conversation, and only where neither phone nor e-mail is
        # known to find it by: nothing that anybody wrote is in it.
        response = api.platform.post("clients", json=profile, repeatable=True)
        if response.ok:
            return _read_created(response)
        if response.status not in _UNWELCOME:
            break
        known = find_client(api, contact) if response.status == 409 else ""
        if known:
            return known
    raise refusal(response, "creating a customer")


def _read_created(response: HttpResponse) -> str:
    client_id = read_data(response).client.id
    if not client_id:
        raise Transient("vcita created the customer but returned no id")
    return client_id


def _describe(key: ContactKey, contact: Contact) -> Sequence[dict[str, str]]:
    """Empty fields are left out: vcita joins people by phone and e-mail."""
    first, _, last = (contact.name or "").strip().partition(" ")
    profile = {
        "first_name": first or _ANONYMOUS,
        "last_name": last.strip(),
        "status": "lead",
        "source_name": "Patchbay",
        "source_channel": key.service,
        "source_campaign": contact.reference,
    }
    profile = {name: value for name, value in profile.items() if value}
    reach = {"phone": _write_phone(contact), "email": contact.email}
    reach = {name: value.strip() for name, value in reach.items() if value.strip()}
    return [profile | reach, profile] if reach else [profile]


def _write_phone(contact: Contact) -> str:
    """In one way for finding and making: vcita compares text."""
    return read_number(contact.phone) or contact.phone.strip()


def _phones(client: ClientWire) -> tuple[str, ...]:
    """vcita: normalized_phone may be null where mobile_phone is set."""
    return client.normalized_phone, client.mobile_phone, client.phone
