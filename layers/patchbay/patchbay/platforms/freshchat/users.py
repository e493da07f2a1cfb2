"""Customers as Freshchat's users: found by our reference, made when they are new, kept up to date."""

from __future__ import annotations

from datetime import UTC, datetime

from patchbay.domain.errors import Transient
from patchbay.domain.model import Contact, ContactKey, Role, Sender
from patchbay.kit.contract import HttpResponse
from patchbay.kit.rest import read_answer, read_or
from patchbay.platforms.freshchat.client import Api, refusal
from patchbay.platforms.freshchat.message_events import introduce
from patchbay.platforms.freshchat.responses import UsersWire
from patchbay.platforms.freshchat.schemas import PersonWire

_LATEST = datetime.max.replace(tzinfo=UTC)


def identify_user(api: Api, key: ContactKey, contact: Contact) -> str:
    """The id of the customer's user, found or made."""
    return find_user(api, key.encode()) or create_user(api, key, contact)


def find_user(api: Api, reference: str) -> str:
    """The id of the user with our reference, "" if there is none; the oldest if a race has created several."""
    response = api.get("users", query={"reference_id": reference})
    if not response.ok:
        raise refusal(response, "looking up a customer")
    users = [user for user in read_answer(UsersWire, response).users if user.reference_id == reference and user.id]
    oldest = min(users, key=_age, default=None)
    return oldest.id if oldest else ""


def create_user(api: Api, key: ContactKey, contact: Contact) -> str:
    """The id of the new user, or of one that was created at the same moment."""
    facts = {"channel": key.service, "reference": contact.reference}
    properties = [{"name": name, "value": value} for name, value in facts.items() if value]
    profile = {"reference_id": key.encode(), **_describe(contact), "properties": properties}
    profile.setdefault("first_name", "Customer")
    response = _post_user(api, profile)
    if response.status == 409:
        user_id = find_user(api, key.encode())
    elif response.ok:
        user_id = read_or(PersonWire, response, PersonWire()).id or find_user(api, key.encode())
    else:
        raise refusal(response, "creating a customer")
    if not user_id:
        raise Transient("Freshchat created the customer but has not returned them yet")
    return user_id


def update_user(api: Api, user_id: str, contact: Contact) -> None:
    profile = _describe(contact)
    if not profile:
        return
    response = api.put("users", user_id, json=profile)  # the answer's body is empty
    if not response.ok:
        raise refusal(response, "changing a customer's profile")


def read_reference(api: Api, user_id: str) -> str:
    """Our reference on a user, "" for a user who is not ours."""
    response = api.get("users", user_id)
    if response.status == 404:
        return ""
    if not response.ok:
        raise refusal(response, "reading a customer")
    return read_answer(PersonWire, response).reference_id


def describe_sender(api: Api, sender: Sender) -> Sender:
    """With the name and avatar that Freshchat shows; as it was when Freshchat does not tell.

    Bots are no agents: Freshchat keeps them among its system users.
    """
    if not sender.external_id:
        return sender
    if sender.role is Role.AGENT:
        response = api.get("agents", sender.external_id)
    else:
        response = api.get("users", sender.external_id, query={"system_user": "true"})
    if not response.ok:
        return sender
    return introduce(sender, read_or(PersonWire, response, PersonWire()))


def _post_user(api: Api, profile: dict[str, object]) -> HttpResponse:
    """Some plans know only properties that were defined before: then the customer goes without ours."""
    response = api.post("users", json=profile, repeatable=True)  # a second one meets the first's reference
    if response.status != 400:
        return response
    plain = {name: value for name, value in profile.items() if name != "properties"}
    return api.post("users", json=plain, repeatable=True)


def _describe(contact: Contact) -> dict[str, object]:
    """What is known. Phone and e-mail join people in the CRM, so empty ones are left out and none is made up."""
    fields: dict[str, object] = {"first_name": contact.name, "phone": contact.phone, "email": contact.email}
    profile = {name: value for name, value in fields.items() if value}
    if contact.avatar_url:
        profile["avatar"] = {"url": contact.avatar_url}
    return profile


def _age(user: PersonWire) -> datetime:
    created = user.created_time
    return _LATEST if created is None else created if created.tzinfo else created.replace(tzinfo=UTC)
