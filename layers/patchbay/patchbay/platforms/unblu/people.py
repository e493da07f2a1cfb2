"""Customers as Unblu's virtual persons, and as contacts of the channel where the generation has those."""

from __future__ import annotations

from patchbay.domain.errors import Transient
from patchbay.domain.model import Contact, ContactKey
from patchbay.domain.text import cut_text
from patchbay.kit.rest import read_answer
from patchbay.platforms.unblu.channels import explain_refusal, find_channel_id
from patchbay.platforms.unblu.client import Api
from patchbay.platforms.unblu.ids import name_source
from patchbay.platforms.unblu.responses import ContactsWire, EntityWire
from patchbay.platforms.unblu.thread import write_platform_id

_LONGEST = 250  #: Unblu: characters of a name
_NAMELESS = "Customer"
_DONE_FOR = 120.0  #: seconds; an opening that is tried again goes on where it stopped

Json = dict[str, object]


def identify_person(api: Api, key: ContactKey, contact: Contact) -> str:
    """The `platform_id` of a customer, found or made."""
    source_id = name_source(key)
    person_id = keep_person(api, source_id, contact)
    if not api.dialect.has_contacts:
        return write_platform_id(person_id)
    channel_id = find_channel_id(api)
    contact_id = _find_contact(api, channel_id, source_id) or _make_contact(
        api, channel_id, source_id, person_id, contact
    )
    return write_platform_id(person_id, contact_id)


def keep_person(api: Api, source_id: str, contact: Contact) -> str:
    """Made, or brought up to date: Unblu knows virtual persons by their source id."""
    body: Json = {
        "$_type": "PersonData",
        "personSource": "VIRTUAL",
        "personType": "VISITOR",
        "sourceId": source_id,
        **_describe(contact),
    }
    response = api.post("persons", "createOrUpdateVirtual", json=body, repeatable=True, keep_for=_DONE_FOR)
    if not response.ok:
        raise explain_refusal(api, response, "creating a customer")
    return _read_id(read_answer(EntityWire, response).id)


def _describe(contact: Contact) -> Json:
    first, _, last = (contact.name or "").strip().partition(" ")
    known = {
        "firstName": cut_text(first, _LONGEST) or _NAMELESS,
        "lastName": cut_text(last.strip(), _LONGEST),
        "email": contact.email,
        "phone": contact.phone,
    }
    return {name: value for name, value in known.items() if value}


# --- contacts --------------------------------------------------------------------------------------------------------


def _find_contact(api: Api, channel_id: str, source_id: str) -> str:
    """ "" when there is none."""
    body = {
        "$_type": "ExternalMessengerContactQuery",
        "searchFilters": [
            {
                "$_type": "ExternalMessengerChannelIdExternalMessengerContactSearchFilter",
                "field": "EXTERNAL_MESSENGER_CHANNEL_ID",
                "operator": {"$_type": "EqualsIdOperator", "type": "EQUALS", "value": channel_id},
            },
            {
                "$_type": "SourceIdExternalMessengerContactSearchFilter",
                "field": "SOURCE_ID",
                "operator": {"$_type": "EqualsStringOperator", "type": "EQUALS", "value": source_id},
            },
        ],
        "orderBy": [],
        "offset": 0,
        "limit": 10,
    }
    response = api.post("externalmessengercontacts", "search", json=body, repeatable=True)
    if not response.ok:
        raise explain_refusal(api, response, "looking up a contact")
    items = read_answer(ContactsWire, response).items
    return next((item.id for item in items if item.source_id == source_id), "")


def _make_contact(api: Api, channel_id: str, source_id: str, person_id: str, contact: Contact) -> str:
    """The id of the new contact, or of one that was created at the same moment."""
    body = {
        "$_type": "ExternalMessengerContact",
        "externalMessengerChannelId": channel_id,
        "sourceId": source_id,
        "personId": person_id,
        "name": cut_text((contact.name or "").strip(), _LONGEST) or _NAMELESS,
    }
    response = api.post("externalmessengercontacts", "create", json=body, repeatable=True)
    if response.ok:
        return _read_id(read_answer(EntityWire, response).id)
    found = "" if response.status == 403 else _find_contact(api, channel_id, source_id)
    if not found:
        raise explain_refusal(api, response, "creating a contact")
    return found


def _read_id(found: str) -> str:
    if not found:
        raise Transient("Unblu created the customer but returned no id")
    return found
