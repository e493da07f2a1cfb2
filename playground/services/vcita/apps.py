"""Apps, and subscriptions to platform webhooks."""

from __future__ import annotations

from urllib.parse import urlsplit

from playground.services.vcita.actions import Actions
from playground.services.vcita.auth import Answer, Auth
from playground.services.vcita.bodies import AppBody, AppChange, SubscribeBody, read_body
from playground.services.vcita.errors import ApiError, wrong_token
from playground.services.vcita.records import App, Token
from playground.services.vcita.serializers import show_app, show_subscription
from playground.services.vcita.state import State


class AppRoutes:
    def __init__(self, state: State, auth: Auth, actions: Actions) -> None:
        self._state = state
        self._actions = actions
        for method, path, answer in (
            ("POST", "/platform/v1/apps", self.create_app),
            ("PUT", "/platform/v1/apps/<code_name>", self.change_app),
            ("POST", "/platform/v1/webhook/subscribe", self.subscribe),
            ("GET", "/platform/v1/webhooks", self.list_subscriptions),
        ):
            state.app.add_url_rule(path, f"{method} {path}", auth.guard(answer), methods=[method])

    # --- apps --------------------------------------------------------------------------------------------------------

    def create_app(self, token: Token) -> Answer:
        """vcita: the secret is in this answer and never again. A business's token cannot make apps."""
        _check_directory(token)
        body = read_body(AppBody, 422)
        if self._state.app_named(body.app_code_name):
            raise ApiError(422, "already_exists", "App code name has already been taken")
        app = App(
            id=4711 + len(self._state.apps),
            code_name=body.app_code_name,
            name=body.name,
            client_id=self._state.make_secret(),
            client_secret=self._state.make_secret(),
            redirect_uri=body.redirect_uri,
            assigned={business.uid for business in self._state.businesses},
        )
        _apply(body, app)
        self._state.apps.append(app)
        self._state.annotate("creates an app")
        return {"status": "OK", "data": {**show_app(app), "client_secret": app.client_secret}}, 201

    def change_app(self, token: Token, code_name: str) -> Answer:
        _check_directory(token)
        app = self._state.app_named(code_name)
        if app is None:
            raise ApiError(404, "invalid", "App not found")
        _apply(read_body(AppChange, 422), app)
        return {"status": "OK", "data": show_app(app)}

    # --- platform webhooks -------------------------------------------------------------------------------------------

    def subscribe(self, token: Token) -> Answer:
        """vcita: takes only staff and directory tokens, and answers a wrong subscription with a 500."""
        _check_subscriber(token)
        body = read_body(SubscribeBody, 400)
        if urlsplit(body.target_url).scheme not in {"http", "https"} or "/" not in body.event:
            raise ApiError(500, "unexpected", "Not Subscribed")
        subscription = self._actions.subscribe(body.event, body.target_url, _business_of(token))
        return {"status": "OK", "data": {"subscription_id": subscription.id}}, 201

    def list_subscriptions(self, token: Token) -> Answer:
        _check_subscriber(token)
        own = [one for one in self._state.subscriptions if one.business == _business_of(token)]
        return {"status": "OK", "data": {"webhooks": [show_subscription(one) for one in own]}}


def _apply(body: AppBody | AppChange, app: App) -> None:
    """The fields that were given."""
    for name, value in body.model_dump(exclude_none=True, exclude={"app_code_name"}).items():
        setattr(app, "types" if name == "app_type" else name, value)


def _check_directory(token: Token) -> None:
    if not token.directory:
        raise wrong_token()


def _check_subscriber(token: Token) -> None:
    if token.app is not None:
        raise wrong_token()


def _business_of(token: Token) -> str:
    return token.business.uid if token.business else ""
