"""Codes and secrets to tokens, and the user of a token."""

from __future__ import annotations

from datetime import timedelta

from playground.services.vcita import demo
from playground.services.vcita.actions import Actions
from playground.services.vcita.auth import Answer, Auth
from playground.services.vcita.bodies import CodeBody, ServiceBody, read_body
from playground.services.vcita.errors import ApiError, wrong_token
from playground.services.vcita.records import App, Code, Json, Token
from playground.services.vcita.state import State

_SERVICE_TOKEN_LIVES = timedelta(hours=1)
_TOKEN_LIVES = 631139040  #: seconds: twenty years


class OAuthRoutes:
    def __init__(self, state: State, auth: Auth, actions: Actions) -> None:
        self._state = state
        self._actions = actions
        for method, path, view in (
            ("POST", "/oauth/token", auth.lock(self.exchange)),
            ("POST", "/oauth/service/token", auth.lock(self.make_service_token)),
            ("GET", "/oauth/userinfo", auth.guard(self.show_user)),
        ):
            state.app.add_url_rule(path, f"{method} {path}", view, methods=[method])

    def exchange(self) -> Json:
        body = read_body(CodeBody, 400, "invalid_request")
        app = self._authenticate(body.client_id, body.client_secret)
        if body.grant_type != "authorization_code":
            raise ApiError(400, "unsupported_grant_type", "The authorization grant type is not supported")
        if not (body.code and body.redirect_uri):
            raise ApiError(400, "invalid_request", "Missing required parameter: code or redirect_uri")
        code = self._take_code(app, body)
        token = self._actions.issue_token(app, code.business, code.staff)
        self._state.annotate("code exchanged")
        return self._show(token, _TOKEN_LIVES)

    def make_service_token(self) -> Json:
        """The app's own: it is for every business that has the app, and expires after an hour."""
        body = read_body(ServiceBody, 400, "invalid_request")
        app = self._authenticate(body.service_id, body.service_secret)
        token = self._actions.issue_token(app, lifetime=_SERVICE_TOKEN_LIVES)
        return self._show(token, int(_SERVICE_TOKEN_LIVES.total_seconds()))

    def show_user(self, token: Token) -> Answer:
        business, staff = token.business, token.staff
        if business is None or staff is None:
            raise wrong_token()
        return {
            "business_uid": business.uid,
            "business_id": business.uid,
            "business_name": business.name,
            "directory_uid": demo.DIRECTORY_UID,
            "role": staff.role,
            "sub": staff.uid,
            "type": "staff",
            "email": f"{staff.first_name.lower()}@staff.example",
        }

    def _authenticate(self, client_id: str, secret: str) -> App:
        app = next((one for one in self._state.apps if one.client_id == client_id), None)
        if app is None or app.client_secret != secret:
            raise ApiError(401, "invalid_client", "Client authentication failed")
        return app

    def _take_code(self, app: App, body: CodeBody) -> Code:
        """A code is good for one try. vcita: a bad one is a 401 too."""
        code = self._state.codes.pop(body.code, None)
        if (
            code is None
            or code.app is not app
            or code.redirect_uri != body.redirect_uri
            or self._state.timeline.now() >= code.expires_at
        ):
            raise ApiError(401, "invalid_grant", "The authorization code is invalid, expired or used")
        return code

    def _show(self, token: Token, expires_in: int) -> Json:
        return {
            "access_token": token.value,
            "token_type": "Bearer",
            "expires_in": expires_in,
            "created_at": int(self._state.timeline.now().timestamp()),
        }
