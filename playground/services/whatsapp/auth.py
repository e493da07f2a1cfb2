"""Who calls: an access token, with a proof of the app's secret if one is sent."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime

from flask import request

from playground.services.whatsapp.errors import RefusedCall
from playground.services.whatsapp.records import App, Number, Token
from playground.services.whatsapp.state import State
from playground.simulator_auth import find_secret, is_same, read_token

MESSAGING, MANAGEMENT = "whatsapp_business_messaging", "whatsapp_business_management"


def prove(secret: str, token: str) -> str:
    """The `appsecret_proof` of a token."""
    return hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()


class Auth:
    def __init__(self, state: State) -> None:
        self._state = state

    def authenticate(self) -> Token:
        """The token of the present request, in its header or its address. Raises RefusedCall."""
        given = _read_given()
        if not given:
            raise RefusedCall(190, title="An access token is required to request this resource.")
        known = find_secret(given, self._state.tokens)
        if known is None:
            raise RefusedCall(190, title="Invalid OAuth access token - Cannot parse access token")
        token = self._state.tokens[known]
        check_life(token, self._state.timeline.now())
        self._check_proof(token)
        return token

    def _check_proof(self, token: Token) -> None:
        proof = request.args.get("appsecret_proof") or request.form.get("appsecret_proof", "")
        secret = self._state.apps[token.app].secret
        if proof and not is_same(proof, prove(secret, token.value)):
            raise RefusedCall(100, title="Invalid appsecret_proof provided in the API argument")

    def authenticate_app(self) -> App:
        """By an app's own token, `<id>|<secret>`. Raises RefusedCall."""
        app_id, _, secret = _read_given().partition("|")
        app = self._state.apps.get(app_id)
        if app is None or not is_same(secret, app.secret):
            raise RefusedCall(190, title="Invalid OAuth access token signature.")
        return app

    def is_app_token(self) -> bool:
        return "|" in _read_given()


def _read_given() -> str:
    """That of the address counts, if there is one in the header as well."""
    return request.args.get("access_token", "") or read_token()


def check_life(token: Token, now: datetime) -> None:
    if not token.is_valid:
        raise RefusedCall(190, title="Error validating access token: The session has been invalidated", subcode=460)
    if token.expires_at is not None and now >= token.expires_at:
        raise RefusedCall(190, title="Error validating access token: Session has expired", subcode=463)


def check_scope(token: Token, account: str, scope: str) -> None:
    """Raises RefusedCall for an account that the token does not reach, or a permission that it has not."""
    if account not in token.accounts:
        raise RefusedCall(10, title="Application does not have permission for this action")
    if scope not in token.scopes:
        raise RefusedCall(200, title=f"Requires {scope} permission to manage the object")


def check_number(token: Token, number: Number, scope: str) -> None:
    check_scope(token, number.account, scope)
