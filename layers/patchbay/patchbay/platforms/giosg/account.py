"""Connecting: the settings, the token and the room; and the manual steps."""

from __future__ import annotations

import re

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import AuthorizationNeeded, DeliveryError, Misconfigured
from patchbay.domain.feedback import FeedbackKind, is_wanted
from patchbay.kit.account_setup import Account, Webhooks
from patchbay.kit.contract import Http, HttpResponse
from patchbay.kit.rest import read_answer
from patchbay.platforms.giosg.client import Api
from patchbay.platforms.giosg.ids import same_id
from patchbay.platforms.giosg.responses import OnlineUserWire, RoomWire, UserWire, read_list
from patchbay.platforms.giosg.spec import EXTERNAL, NO, QUEUE, REPLY, TOKENS, VISITOR, YES
from patchbay.platforms.giosg.urls import read_base_url
from patchbay.platforms.giosg.visitors import authenticate

_UUID = r"\s*[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\s*"

#: setting -> what it looks like, and that in words
_FORMS = {
    "organization_id": (_UUID, "the Account UUID, like 7f9e9580-095b-42c7-838c-c04e667b26f7"),
    "room_id": (_UUID, "the Room ID, like 9926bdfa-56e0-41e5-b98c-6c4008c08dfe"),
    "chat_type": (f"{EXTERNAL}|{VISITOR}", f"{EXTERNAL} or {VISITOR}"),
    "offline": (f"{QUEUE}|{REPLY}", f"{QUEUE} or {REPLY}"),
    "offline_reply": (r"(?s:.{1,1000})", "at most 1000 characters"),
    "name_prefix": (f"{YES}|{NO}", f"{YES} or {NO}"),
    "notices": (f"{YES}|{NO}", f"{YES} or {NO}"),
}

#: webhook -> its channel pattern at Giosg, what is subscribed to, and what it is for
_SUBSCRIPTIONS = {
    "chats": ("owned_chats", "additions, changes and removals", "ended chats"),
    "messages": ("owned_chats/*/messages", "additions, changes and removals", "agents' messages"),
    "memberships": (
        "owned_chats/*/memberships",
        "additions and changes",
        "typing and read receipts",
    ),
}
_OF_MEMBERSHIPS = (FeedbackKind.READ, FeedbackKind.TYPING)

_OFFLINE = "no agent is online in the room: an agent must press Start, and the room needs a router with an agent in it"


def check_account(connection: Connection, http: Http) -> Account:
    """Raises Misconfigured or AuthorizationNeeded with what to do."""
    check_settings(connection)
    api = Api(connection, http)
    _check_token(api)
    room = _read_room(api)
    name = room.name or room.display_name or "without a name"
    state = "online" if room.is_online else "offline"
    return Account(
        external_id=api.room,
        name=f"Giosg, room {name}",
        notes=(f"The room {name} is {state}.", *_list_agents(api)),
        warnings=() if room.is_online else (_OFFLINE,),
    )


def check_settings(connection: Connection) -> None:
    """Raises Misconfigured for the first that cannot be meant."""
    read_base_url(connection.settings)
    for name, (form, words) in _FORMS.items():
        value = connection.setting(name)
        if value and not re.fullmatch(form, value):
            raise Misconfigured(f"{name} is not valid: write {words}")


def describe_manual_steps(webhooks: Webhooks, connection: Connection) -> tuple[str, ...]:
    """Giosg's apps are made in its own pages. `{organization_id}` is Giosg's own placeholder and stays as it is."""
    known = [(name, address) for name, address in webhooks.items() if _is_needed(name, connection)]
    return (
        (
            "In Giosg, create a Giosg App, or open the one that you have for Patchbay. Enter a name, "
            "a description and the URLs of your terms and privacy policy. The app needs no triggers "
            "and no bot user."
        ),
        *(_describe_webhook(name, address) for name, address in known),
        (
            "Keep the app private, save it, then install it in your organization: Giosg sends no "
            "webhooks before that. If it sends none afterwards, add `reports` to the app's required "
            "scopes, then `settings`."
        ),
        (
            "To test it, let an agent press Start, write to your messenger, and reply in Giosg. "
            f"`patchbay doctor {connection.id} --wait` waits for the first webhook. Giosg lists its "
            "webhooks in the app's webhook log."
        ),
    )


def _is_needed(webhook: str, connection: Connection) -> bool:
    """Memberships are worth their webhooks only where a linked messenger shows that agents read and type."""
    if webhook == "memberships":
        return any(is_wanted(kind, connection.feedback) for kind in _OF_MEMBERSHIPS)
    return webhook in _SUBSCRIPTIONS


def _describe_webhook(name: str, address: str) -> str:
    pattern, wanted, purpose = _SUBSCRIPTIONS[name]
    return (
        f"Add a webhook with the endpoint URL {address} and the channel pattern "
        f"/api/v5/orgs/{{organization_id}}/{pattern}, subscribed to {wanted} ({purpose})."
    )


# --- asking Giosg ----------------------------------------------------------------------------------------------------


def _check_token(api: Api) -> None:
    response = api.get("users", "me")
    if not response.ok:
        raise _no_api(response)
    user = read_answer(UserWire, response)
    if user.organization_id and not same_id(user.organization_id, api.organization):
        raise Misconfigured(
            "api_token belongs to another organization than organization_id: copy the Account UUID "
            f"again, or create a token in that organization under {TOKENS}"
        )


def _read_room(api: Api) -> RoomWire:
    """Giosg has two addresses for rooms, of which older organizations may serve one."""
    response = api.get("orgs", api.organization, "rooms", api.room)
    if response.status == 404:
        response = api.get("rooms", api.room)
    if response.status == 404:
        raise Misconfigured("Giosg has no room with this room_id: copy the Room ID from the room's settings")
    if not response.ok:
        raise _no_api(response)
    room = read_answer(RoomWire, response)
    if room.is_deleted:
        raise Misconfigured("the room of room_id has been deleted: enter another one")
    return room


def _list_agents(api: Api) -> tuple[str, ...]:
    """A line with the agents who are online, as customers see them. Good to know, so no reason to fail.

    Only visitors may look, so one is created, who enters no room. If that fails, customers could not write either.
    """
    try:
        visitor = authenticate(api, "")
        path = ("public", "orgs", api.organization, "rooms", api.room, "online_users")
        response = api.visitor(visitor.authorization).get(*path)
        users = read_list(OnlineUserWire, response)[0] if response.ok else ()
    except AuthorizationNeeded:
        raise
    except DeliveryError:
        return ()
    names = ", ".join(user.public_name for user in users if user.public_name)
    return (f"Agents online: {names}.",) if names else ()


def _no_api(response: HttpResponse) -> Misconfigured:
    return Misconfigured(f"base_url is not the URL of a Giosg API (HTTP {response.status}): leave it out, or check it")
