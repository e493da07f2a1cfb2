"""OAuth's authorization code: a staff member consents, and the app has a token of their business for twenty years."""

from __future__ import annotations

from urllib.parse import urlencode

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import AuthorizationNeeded, Misconfigured, Transient
from patchbay.kit.account_setup import Account, Grant
from patchbay.kit.contract import Http, HttpResponse
from patchbay.kit.rest import read_answer
from patchbay.platforms.vcita.account import read_user
from patchbay.platforms.vcita.client import Api
from patchbay.platforms.vcita.responses import TokenWire
from patchbay.platforms.vcita.urls import read_places

#: What a business has in common with its app.
_INHERITED = ("base_url", "app_url", "token_url", "api_prefix", "typing_prefix", "status_set", "display_name")


def write_consent_url(app: Connection, redirect: str, state: str) -> str:
    """Raises Misconfigured as long as the app has not been made."""
    if not app.secrets.get("client_id"):
        raise Misconfigured(f"the app has not been created in vcita yet: run `patchbay connect vcita {app.id}` again")
    query = {
        "response_type": "code",
        "client_id": app.secrets.get("client_id"),
        "redirect_uri": redirect,
        "state": state,
    }
    return f"{read_places(app).app}/app/oauth/authorize?{urlencode(query)}"


def redeem_code(code: str, redirect: str, app: Connection, http: Http) -> Grant:
    """vcita: a code lives for 30 seconds and is good for one try."""
    token = _exchange(code, redirect, app, http)
    user = read_user(Api(app, http, token=token))
    if not user.business:
        raise AuthorizationNeeded(
            "vcita did not return the business that gave its consent: start again as a staff member of the business"
        )
    inherited = {name: app.setting(name) for name in _INHERITED if app.setting(name)}
    account = Account(
        external_id=user.business,
        name=user.business_name or "vcita business",
        settings={**inherited, "business_uid": user.business},
    )
    return Grant(account=account, secrets={"access_token": token})


def _exchange(code: str, redirect: str, app: Connection, http: Http) -> str:
    api = Api(app, http, token="")
    body = {
        "grant_type": "authorization_code",
        "client_id": app.secrets.get("client_id"),
        "client_secret": app.secrets.get("client_secret"),
        "code": code,
        "redirect_uri": redirect,
    }
    response = api.token.post(json=body, repeatable=True)
    _check(response)
    token = read_answer(TokenWire, response).access_token
    if not token:
        raise Transient("vcita accepted the code but returned no token")
    return token


def _check(response: HttpResponse) -> None:
    if response.status in {400, 401, 403, 422}:
        # vcita: the same answer for a code that is too old or used, and for a wrong secret of the app.
        raise AuthorizationNeeded("vcita did not accept the code: start again; if it fails again, check client_secret")
    if not response.ok:
        raise Transient(f"vcita returned no token (HTTP {response.status})")
