"""Apps, their assignment and installation, tokens made by API, and subscriptions to platform webhooks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from playground.services.vcita import demo
from playground.services.vcita.bodies import (
    AppBody,
    AppChange,
    AssignmentBody,
    InstallBody,
    RevokeBody,
    SubscribeBody,
    TokenBody,
    UnsubscribeBody,
    read_body,
)
from playground.services.vcita.envelopes import AnsweredDifferently, ApiProblem, wrong_token
from playground.services.vcita.gate import Answer
from playground.services.vcita.records import App, Business, Subscription, Token

if TYPE_CHECKING:
    from playground.services.vcita.world import World


class AppRoutes:
    def __init__(self, world: World) -> None:
        self._world = world
        for method, path, answer in (
            ("POST", "/platform/v1/apps", self.create_app),
            ("PUT", "/platform/v1/apps/<code_name>", self.change_app),
            ("POST", "/v3/apps/app_assignments", self.assign_app),
            ("POST", "/v3/apps/business_app_installs", self.install_app),
            ("POST", "/platform/v1/tokens", self.create_token),
            ("POST", "/platform/v1/tokens/revoke", self.revoke_token),
            ("POST", "/platform/v1/webhook/subscribe", self.subscribe),
            ("POST", "/platform/v1/webhook/unsubscribe", self.unsubscribe),
            ("GET", "/platform/v1/webhooks", self.list_subscriptions),
        ):
            world.app.add_url_rule(path, f"{method} {path}", world.gate.guard(answer), methods=[method])

    # --- apps --------------------------------------------------------------------------------------------------------

    def create_app(self, token: Token) -> Answer:
        """vcita: the secret is in this answer and never again. A business's token cannot make apps."""
        _check_directory(token)
        body = read_body(AppBody, 422)
        code_name = body.app_code_name or "".join(letter for letter in body.name if letter.isalnum()).lower()
        if self._world.app_named(code_name):
            raise ApiProblem(422, "already_exists", "App code name has already been taken")
        app = App(
            id=4711 + len(self._world.apps),
            code_name=code_name,
            name=body.name,
            client_id=self._world.make_secret(),
            client_secret=self._world.make_secret(),
            redirect_uri=body.redirect_uri,
        )
        _apply(body, app)
        if self._world.habits.offers_new_apps:
            app.assigned = {business.uid for business in self._world.businesses}
        self._world.apps.append(app)
        self._world.annotate("creates an app")
        return {"status": "OK", "data": {**app.show(), "client_secret": app.client_secret}}, 201

    def change_app(self, token: Token, code_name: str) -> Answer:
        _check_directory(token)
        app = self._world.app_named(code_name)
        if app is None:
            raise ApiProblem(404, "invalid", "App not found")
        body = read_body(AppChange, 422)
        if body.app_code_name not in {None, code_name}:
            raise ApiProblem(422, "invalid", "App code name cannot be changed")
        _apply(body, app)
        return {"status": "OK", "data": app.show()}

    def assign_app(self, token: Token) -> Answer:
        """Which businesses see the app in their market; the pre-installed ones need not click."""
        _check_directory(token)
        body = read_body(AssignmentBody, 422)
        app, assignees = self._world.app_named(body.app_code_name), self._assignees(body)
        if app is None or not assignees:
            raise ApiProblem(422, "invalid", "assignee_uid or app_code_name not found")
        for business in assignees:
            app.assigned.add(business.uid)
            if body.settings.assignment_mode == "pre_installed":
                self._world.happenings.install(app, business)
        return {"success": True, "data": {"app_assignment": {"uid": self._world.make_uid(), **body.model_dump()}}}, 201

    def _assignees(self, body: AssignmentBody) -> list[Business]:
        if body.assignee_type == "directory" and body.assignee_uid == demo.DIRECTORY_UID:
            return self._world.businesses
        found = self._world.business(body.assignee_uid) if body.assignee_type == "business" else None
        return [found] if found else []

    def install_app(self, token: Token) -> Answer:
        body = read_body(InstallBody, 422)
        app, business = self._world.app_named(body.app_code_name), self._world.business(body.business_uid)
        if app is None or business is None:
            raise ApiProblem(422, "invalid", "business_uid or app_code_name not found")
        if token.app is not None or not token.covers(business):
            raise wrong_token()
        self._world.happenings.install(app, business)
        return {"success": True, "data": {"business_app_install": body.model_dump()}}, 201

    # --- tokens ------------------------------------------------------------------------------------------------------

    def create_token(self, token: Token) -> Answer:
        _check_directory(token)
        body = read_body(TokenBody, 400)
        if body.app_id is None and body.business_id is None and body.directory_id is None:
            raise ApiProblem(400, "missing", "app_id, business_id or directory_id is needed")
        app = next((one for one in self._world.apps if str(one.id) == str(body.app_id)), None)
        business = self._world.business(body.business_id or "")
        wrong_directory = body.directory_id not in {None, demo.DIRECTORY_ID}
        if wrong_directory or (body.app_id is not None and not app) or (body.business_id is not None and not business):
            raise ApiProblem(400, "invalid", "app_id, business_id or directory_id is not known")
        made = self._world.issue_token(app=app, business=business, directory=not (app or business))
        return {"status": "OK", "data": {"token": made.value}}, 201

    def revoke_token(self, token: Token) -> Answer:
        body = read_body(RevokeBody, 422)
        doomed = self._world.tokens.get(body.token)
        if doomed is None:
            raise ApiProblem(422, "invalid", "invalid token")
        if not token.directory and doomed is not token:
            raise ApiProblem(422, "unauthorized", "Unauthorized")
        del self._world.tokens[doomed.value]
        return {"status": "OK", "data": {}}, 201

    # --- platform webhooks -------------------------------------------------------------------------------------------

    def subscribe(self, token: Token) -> Answer:
        """vcita: takes only staff and directory tokens, and says "Not Subscribed" with a 500."""
        _check_subscriber(token)
        body = _read_subscription(SubscribeBody)
        if urlsplit(body.target_url).scheme not in {"http", "https"} or "/" not in body.event:
            raise AnsweredDifferently(500, {"response": "Not Subscribed"})
        business = token.business.uid if token.business else ""
        subscription = self._world.subscribe(body.event, body.target_url, business)
        return {"status": "OK", "data": {"subscription_id": subscription.id}}, 201

    def unsubscribe(self, token: Token) -> Answer:
        _check_subscriber(token)
        body = _read_subscription(UnsubscribeBody)
        for subscription in list(self._subscriptions(token, body.target_url, body.event)):
            self._world.subscriptions.remove(subscription)
        return {"status": "OK", "data": {}}, 201

    def list_subscriptions(self, token: Token) -> Answer:
        _check_subscriber(token)
        return {"status": "OK", "data": {"webhooks": [one.show() for one in self._subscriptions(token)]}}

    def _subscriptions(self, token: Token, target_url: str = "", event: str | None = None) -> Iterator[Subscription]:
        whose = token.business.uid if token.business else ""
        for one in self._world.subscriptions:
            if one.business == whose and target_url in {"", one.target_url} and event in {None, one.event}:
                yield one


def _apply(body: AppChange, app: App) -> None:
    """The fields that were given."""
    for field, name in (
        ("name", "name"),
        ("redirect_uri", "redirect_uri"),
        ("app_type", "types"),
        ("url_params", "url_params"),
        ("api_uri", "api_uri"),
        ("open_channel", "open_channel"),
        ("oauth_redirect_uris", "oauth_redirect_uris"),
        ("access_token_format", "access_token_format"),
        ("client_auth_jwks_uri", "jwks_uri"),
    ):
        value = getattr(body, field)
        if value is not None:
            setattr(app, name, value)
    if body.trusted is not None:
        app.trusted = body.trusted in {True, "true"}


def _check_directory(token: Token) -> None:
    if not token.directory:
        raise wrong_token()


def _check_subscriber(token: Token) -> None:
    if token.app is not None:
        raise AnsweredDifferently(401, {"message": "Unauthorized", "status": "Error"})


def _read_subscription[B: (SubscribeBody, UnsubscribeBody)](model: type[B]) -> B:
    try:
        return read_body(model, 400)
    except ApiProblem as problem:
        raise AnsweredDifferently(400, {"message": problem.message, "status": "Error"}) from None
