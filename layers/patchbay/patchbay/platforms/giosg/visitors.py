"""Customers at Giosg: visitors, who are known by a secret of their own, are in our room, and have variables."""

from __future__ import annotations

from patchbay.domain.errors import AuthorizationNeeded, ContactGone, Rejected
from patchbay.domain.model import Contact
from patchbay.domain.text import shorten
from patchbay.kit.contract import HttpResponse
from patchbay.kit.rest import read_answer
from patchbay.kit.token_abilities import ContactToken
from patchbay.platforms.giosg.client import Api, list_all, refusal
from patchbay.platforms.giosg.responses import AccessTokenWire, RoomWire
from patchbay.platforms.giosg.schemas import MemberWire

_LONGEST_VALUE = 255
_DONE_FOR = 120.0  #: seconds; an opening that is tried again goes on where it stopped
_ASIDE = 3.0  #: seconds for what a message can do without; after the first call that fails no other is made
_DEFAULT_LIFE = 1800.0  #: seconds that Giosg's tokens live, where an answer does not say


def authenticate(api: Api, secret: str) -> ContactToken:
    """A new visitor without a `secret`. Raises ContactGone for one that Giosg does not know."""
    response = _ask(api, secret)
    if secret and response.status in {400, 404} and _ask(api, "").ok:  # else the secret is not to blame, and is kept
        raise ContactGone(f"Giosg no longer has the visitor (HTTP {response.status})")
    if response.status in {401, 403, 404}:
        raise AuthorizationNeeded(
            "Giosg has no such organization: check organization_id, and that the feature Live is on"
        )
    if not response.ok:
        raise refusal(response, "creating a visitor")
    given = read_answer(AccessTokenWire, response)
    return ContactToken(
        platform_id=given.visitor_id,
        secret=given.visitor_secret_id or secret,
        authorization=f"Bearer {given.access_token}",
        seconds=given.expires_in or _DEFAULT_LIFE,
    )


def _ask(api: Api, secret: str) -> HttpResponse:
    return api.public.post(
        "public", "orgs", api.organization, "auth", json={"visitor_secret_id": secret or None}, repeatable=True
    )


def enter_room(api: Api, visitor_id: str, *, afresh: bool = False) -> None:
    """Once more does no harm: Giosg answers 200 where it was 201. `afresh` asks also when it was done a moment ago."""
    path = ("public", "orgs", api.organization, "rooms", api.room, "visitors")
    response = api.customer.post(*path, json={"id": visitor_id}, repeatable=True, keep_for=0 if afresh else _DONE_FOR)
    if response.ok:
        return
    read_room(api)  # a room that is not there is no fault of the visitor's
    if response.status in {400, 403, 404}:
        raise ContactGone(f"Giosg no longer has the visitor (HTTP {response.status})")
    raise refusal(response, "adding the customer to the room")


def read_room(api: Api) -> RoomWire:
    """As customers see it."""
    response = api.customer.get("public", "orgs", api.organization, "rooms", api.room)
    if response.status in {403, 404}:
        raise AuthorizationNeeded(
            "Giosg no longer has the room of room_id: run `patchbay connect giosg "
            f"{api.connection.id} --set room_id=ID` with another one"
        )
    if not response.ok:
        raise refusal(response, "reading the room")
    return read_answer(RoomWire, response)


def describe(api: Api, visitor_id: str, contact: Contact, channel: str = "") -> None:
    """What agents see beside the chat. A value that Giosg does not take holds up no message."""
    values = {
        "username": contact.name or "",
        "visitor_contact": contact.phone or contact.email,
        "channel": channel,
        "language": contact.language,
        "reference": contact.reference,
    }
    for key, value in values.items():
        if not value.strip():
            continue
        path = ("orgs", api.organization, "rooms", api.room, "visitors", visitor_id, "variables")
        body = {"key": key, "value": shorten(value, _LONGEST_VALUE)}
        response = api.post(*path, json=body, repeatable=True, keep_for=_DONE_FOR, timeout=_ASIDE)
        if response.status == 404:
            raise ContactGone("Giosg no longer has the visitor (HTTP 404)")


def find_visitor(api: Api, chat_id: str) -> str:
    """Whose chat it is, "" if it has no customer or does not exist. Agents are members, and may fill a page."""
    path = ("orgs", api.organization, "owned_chats", chat_id, "memberships")
    try:
        members = list_all(api, MemberWire, *path)
        return next((member.member_id for member in members if member.member_type == "visitor"), "")
    except Rejected as refusal_of_list:
        if refusal_of_list.code != "http_404":
            raise
        return ""
