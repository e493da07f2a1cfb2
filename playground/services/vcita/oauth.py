"""Codes and secrets to tokens, and whose a token is."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from flask import Response, make_response

from playground.services.vcita import demo
from playground.services.vcita.bodies import CodeBody, ServiceBody, read_body
from playground.services.vcita.envelopes import ApiProblem, wrong_token
from playground.services.vcita.gate import Answer
from playground.services.vcita.records import App, Business, Code, Json, Staff, Token

if TYPE_CHECKING:
    from playground.services.vcita.world import World

CODE_LIVES = timedelta(seconds=30)
_SERVICE_TOKEN_LIVES = timedelta(hours=1)
_TOKEN_LIVES = 631139040  #: seconds: twenty years


class OAuthRoutes:
    def __init__(self, world: World) -> None:
        self._world = world
        app = world.app
        app.add_url_rule("/oauth/token", "oauth token", self._locked(self.exchange), methods=["POST"])
        app.add_url_rule(
            "/oauth/service/token", "oauth service", self._locked(self.make_service_token), methods=["POST"]
        )
        app.add_url_rule("/oauth/userinfo", "oauth userinfo", world.gate.guard(self.show_user), methods=["GET"])

    def _locked(self, answer: Callable[[], Json]) -> Callable[[], Response]:
        def answer_locked() -> Response:
            with self._world.lock:
                response: Response = make_response(answer())
            return response

        return answer_locked

    def exchange(self) -> Json:
        body = read_body(CodeBody, 400, "invalid_request")
        app = self._authenticate(body.client_id, body.client_secret)
        if body.grant_type == "client_credentials":
            return self._show(self._world.issue_token(app=app), _TOKEN_LIVES)
        if body.grant_type != "authorization_code":
            raise ApiProblem(400, "unsupported_grant_type", "The authorization grant type is not supported")
        if not (body.code and body.redirect_uri):
            raise ApiProblem(400, "invalid_request", "Missing required parameter: code or redirect_uri")
        code = self._take_code(app, body)
        token = self._world.issue_token(app=app, business=code.business, staff=code.staff)
        self._world.annotate("code exchanged")
        return self._show(token, _TOKEN_LIVES)

    def make_service_token(self) -> Json:
        """Of the app as such: it is for every business that has it, and lives an hour."""
        body = read_body(ServiceBody, 400, "invalid_request")
        app = self._authenticate(body.service_id, body.service_secret)
        token = self._world.issue_token(app=app, lifetime=_SERVICE_TOKEN_LIVES)
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
        app = next((one for one in self._world.apps if one.client_id == client_id), None)
        if app is None or app.client_secret != secret:
            raise ApiProblem(401, "invalid_client", "Client authentication failed")
        return app

    def _take_code(self, app: App, body: CodeBody) -> Code:
        """A code is good for one try. vcita: a bad one is a 401 too."""
        code = self._world.codes.pop(body.code, None)
        if (
            code is None
            or code.app is not app
            or code.redirect_uri != body.redirect_uri
            or self._world.timeline.now() >= code.expires_at
            or (code.challenge and code.challenge != _challenge_of(body.code_verifier))
        ):
            raise ApiProblem(401, "invalid_grant", "The authorization code is invalid, expired or used")
        return code

    def _show(self, token: Token, expires_in: int) -> Json:
        return {
            "access_token": token.value,
            "token_type": "Bearer",
            "expires_in": expires_in,
            "created_at": int(self._world.timeline.now().timestamp()),
        }


def issue_code(world: World, app: App, business: Business, staff: Staff, redirect_uri: str, challenge: str) -> Code:
    code = Code(
        value=world.make_secret(),
        app=app,
        business=business,
        staff=staff,
        redirect_uri=redirect_uri,
        challenge=challenge,
        expires_at=world.timeline.now() + CODE_LIVES,
    )
    world.codes[code.value] = code
    return code


def _challenge_of(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
