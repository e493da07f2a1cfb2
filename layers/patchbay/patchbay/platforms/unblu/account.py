"""Connecting: the settings, the version of Unblu, and what the user may do."""

from __future__ import annotations

import re

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import AuthorizationNeeded, Misconfigured
from patchbay.kit.account_setup import Account
from patchbay.kit.contract import Http, HttpResponse
from patchbay.kit.rest import read_or
from patchbay.platforms.unblu.channels import channel_name
from patchbay.platforms.unblu.client import Api
from patchbay.platforms.unblu.responses import VersionWire
from patchbay.platforms.unblu.spec import NO, YES
from patchbay.platforms.unblu.urls import AUTO, V3, V4, read_base_url, read_generation

_FIRST_OF_V4 = 8  #: Unblu's major version

#: setting -> what it looks like, and that in words
_FORMS = {
    "channel_name": (r".{1,200}", "at most 200 characters"),
    "engagement_type": (r"CHAT_REQUEST|OFFLINE_CHAT_REQUEST", "OFFLINE_CHAT_REQUEST or CHAT_REQUEST"),
    "locale": (r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*", "a language, like de or de-CH"),
    "states_external": (f"{YES}|{NO}", f"{YES} or {NO}"),
    "name_prefix": (f"{YES}|{NO}", f"{YES} or {NO}"),
    "outbound_to": (r"[a-z][a-z0-9_]*:[^\s:]+", "a service and a connection, like sms:shop"),
}


def check_account(connection: Connection, http: Http) -> Account:
    """Raises Misconfigured or AuthorizationNeeded with what to do."""
    check_settings(connection)
    generation, version = _find_generation(connection, http)
    api = Api(connection, http, generation)
    has_channel, name = _check_role(api), channel_name(api)
    return Account(
        external_id=name,
        name=f"Unblu {version}, channel {name}",
        settings={"api_version_found": generation},
        warnings=(*_warn(connection, generation), *_warn_of_channel(connection, name, is_there=has_channel)),
    )


def check_settings(connection: Connection) -> None:
    """Raises Misconfigured for the first that cannot be meant."""
    read_base_url(connection.settings)
    read_generation(connection.settings)
    for name, (form, words) in _FORMS.items():
        value = connection.setting(name)
        if value and not re.fullmatch(form, value):
            raise Misconfigured(f"{name} is not valid: write {words}")


def _find_generation(connection: Connection, http: Http) -> tuple[str, str]:
    """The generation, and Unblu's version in its own words. Newer ones may still serve the older API beside theirs."""
    wanted = connection.setting("api_version", AUTO)
    response: HttpResponse | None = None
    for generation in (V4, V3) if wanted == AUTO else (wanted,):
        response = Api(connection, http, generation).get("global", "productVersion")
        version = read_or(VersionWire, response, VersionWire()) if response.ok else VersionWire()
        if version.major and wanted == AUTO:
            return V4 if version.major >= _FIRST_OF_V4 else V3, version.product_version
        if version.major:
            return generation, version.product_version
        if response.status != 404:
            break
    status = response.status if response else 404
    if status == 403:
        raise AuthorizationNeeded("Unblu does not allow this user to call its API: give the user the role ADMIN")
    raise Misconfigured(
        f"base_url is not the URL of an Unblu API (HTTP {status}): enter Unblu's URL, like https://unblu.cloud"
    )


def _check_role(api: Api) -> bool:
    """Whether the channel is there. Unblu: channels are the admins' business, and so is each message of theirs."""
    response = api.get("externalmessengers", "getByName", query={"name": channel_name(api)})
    if response.status == 403:
        raise AuthorizationNeeded(
            "Unblu allows only admins to use channels: give the user the role ADMIN, then run "
            f"`patchbay connect unblu {api.connection.id}`"
        )
    if not response.ok and response.status != 404:
        raise Misconfigured(f"Unblu did not return its channels (HTTP {response.status})")
    return response.ok


def _warn_of_channel(connection: Connection, name: str, *, is_there: bool) -> tuple[str, ...]:
    """What was found when it was connected before, and is still of the same name, tells that there was a channel."""
    if is_there or not connection.setting("api_version_found"):
        return ()
    return (
        (
            f"Unblu has no channel {name!r}: Patchbay creates one, and conversations of an earlier "
            "channel start again as new ones"
        ),
    )


def _warn(connection: Connection, generation: str) -> tuple[str, ...]:
    if connection.setting("outbound_to") and generation == V3:
        return ("outbound_to has no effect: agents can start conversations only since Unblu 8",)
    return ()
