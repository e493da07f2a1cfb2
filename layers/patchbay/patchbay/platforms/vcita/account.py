"""Connecting: which of the three ways the owner takes, and the proof that the credentials work."""

from __future__ import annotations

import re

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import AuthorizationNeeded, DeliveryError, Misconfigured
from patchbay.kit.account_setup import Account
from patchbay.kit.contract import Http
from patchbay.kit.rest import read_answer
from patchbay.platforms.vcita.client import Api
from patchbay.platforms.vcita.responses import UserWire
from patchbay.platforms.vcita.spec import APP_NAME, BASIC, FULL
from patchbay.platforms.vcita.urls import read_places

_WAYS = (
    "enter one of these: access_token, for one business; directory_token, to have the app "
    "created; client_id, client_secret and app_code_name, for an existing app"
)

#: setting -> what it looks like, and that in words
_FORMS = {
    "business_uid": (r"\w{16}", "the 16 letters and digits of the business"),
    "channel_uid": (r"[\w-]{36}", "the 36 characters of the channel, or leave it out to have one created"),
    "app_name": (r".{3,25}", "3 to 25 characters"),
    "app_code_name": (r"[a-zA-Z0-9]+", "only letters and digits"),
    "app_id": (r"\w+", "the app's number"),
    "status_set": (f"{FULL}|{BASIC}", f"{FULL} or {BASIC}"),
}


def is_app(connection: Connection) -> bool:
    """Whether the connection is an app that businesses join, and not a business."""
    secrets = connection.secrets
    return not secrets.get("access_token") and bool(secrets.get("client_id") or secrets.get("directory_token"))


def check_account(connection: Connection, http: Http) -> Account:
    check_settings(connection)
    secrets = connection.secrets
    if secrets.get("access_token"):
        return _check_business(connection, http)
    if secrets.get("client_id") and secrets.get("client_secret"):
        return _check_app(connection, http)
    if secrets.get("client_id") or secrets.get("client_secret"):
        raise Misconfigured("client_id or client_secret is missing: enter both")
    if secrets.get("directory_token"):
        return _check_directory(connection, http)
    raise Misconfigured(f"vcita's credentials are missing: {_WAYS}")


def check_settings(connection: Connection) -> None:
    """Raises Misconfigured for the first that cannot be meant."""
    read_places(connection)
    for name, (form, words) in _FORMS.items():
        value = connection.setting(name)
        if value and not re.fullmatch(form, value):
            raise Misconfigured(f"{name} is not valid: write {words}")


def read_user(api: Api) -> UserWire:
    """Whose the token is. Raises AuthorizationNeeded where vcita does not tell, Transient when it cannot now."""
    response = api.root.get("oauth", "userinfo")
    if not response.ok:
        raise AuthorizationNeeded(f"vcita did not return the token's owner (HTTP {response.status})")
    return read_answer(UserWire, response)


def _check_business(connection: Connection, http: Http) -> Account:
    """vcita: every business may list its clients, and only with its own tokens."""
    api = Api(connection, http)
    response = api.platform.get("clients", query={"page": "1", "per_page": "1"})
    if not response.ok:
        raise _no_api(response.status)
    try:
        user = read_user(api)
    except DeliveryError:
        user = UserWire()  # described for staff's tokens; others are told nothing
    given = connection.setting("business_uid")
    if given and user.business and user.business != given:
        raise Misconfigured("access_token belongs to another business than business_uid: leave business_uid out")
    if not (given or user.business):
        raise Misconfigured("vcita did not return the business of access_token: enter business_uid")
    return Account(
        external_id=given or user.business,
        name=user.business_name or "vcita business",
        settings={"business_uid": given or user.business},
    )


def _check_app(connection: Connection, http: Http) -> Account:
    """vcita gives a caller that knows both a token for an hour, which is of no further use here."""
    api = Api(connection, http, token="")
    body = {
        "service_id": connection.secrets.get("client_id"),
        "service_secret": connection.secrets.get("client_secret"),
    }
    response = api.root.post("oauth", "service", "token", json=body, repeatable=True)
    if response.status in {400, 401, 403, 422}:
        raise AuthorizationNeeded("vcita does not accept client_id and client_secret: copy both again")
    if not response.ok:
        raise _no_api(response.status)
    return _describe_app(connection)


def _check_directory(connection: Connection, http: Http) -> Account:
    api = Api(connection, http, token=connection.secrets.get("directory_token"))
    try:
        response = api.platform.get("webhooks")
    except AuthorizationNeeded:
        raise AuthorizationNeeded("vcita does not accept the directory_token: ask your partner manager") from None
    if not response.ok:
        raise _no_api(response.status)
    return _describe_app(connection)


def _describe_app(connection: Connection) -> Account:
    name = connection.setting("app_name") or connection.setting("app_code_name", APP_NAME)
    return Account(external_id=connection.setting("app_code_name"), name=name)


def _no_api(status: int) -> Misconfigured:
    return Misconfigured(
        f"base_url is not the URL of a vcita API (HTTP {status}): leave it out, or ask the partner for it"
    )
