"""What a staff member sees in the browser: the app market, and the question whether an app may act for the business."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from flask import Response, request

from playground.services.vcita.actions import Actions
from playground.services.vcita.markup import make_form, show_error, show_page
from playground.services.vcita.records import App, Business
from playground.services.vcita.state import State

_COOKIE = "vcita_business"  #: stands for the staff member's signing in
_ASKED = ("response_type", "client_id", "redirect_uri", "state")


class _WrongRequest(Exception):
    """The request for consent is wrong in a way that must not lead the browser anywhere."""


class PageRoutes:
    def __init__(self, state: State, actions: Actions) -> None:
        self._state = state
        self._actions = actions
        for method, path, answer in (
            ("GET", "/app/oauth/authorize", self.ask),
            ("POST", "/app/oauth/authorize", self.decide),
            ("GET", "/app/market/<code_name>", self.show_app),
            ("POST", "/app/market/<code_name>", self.install),
        ):
            state.app.add_url_rule(path, f"{method} {path}", self._locked(answer), methods=[method])

    def _locked(self, answer: Callable[..., Response]) -> Callable[..., Response]:
        def answer_locked(**steps: str) -> Response:
            with self._state.lock:
                try:
                    return answer(**steps)
                except _WrongRequest as problem:
                    return show_error("This app cannot be connected", str(problem))

        return answer_locked

    # --- consent -----------------------------------------------------------------------------------------------------

    def ask(self) -> Response:
        app, business = self._asking_app(request.args), self._signed_in(request.args)
        asked = {name: request.args[name] for name in _ASKED if name in request.args}
        if business is None:
            return self._ask_who(asked)
        buttons = [("allow", "Allow"), ("cancel", "Cancel")]
        body = (
            f"<p><b>{escape(app.name)}</b> wants to act for <b>{escape(business.name)}</b>. It will be able to</p>"
            "<ul><li>read and add clients,</li><li>show messages in your inbox and carry your answers.</li></ul>"
            f"{make_form({**asked, 'business_uid': business.uid}, buttons)}"
        )
        return show_page(f"Allow {app.name}?", body)

    def decide(self) -> Response:
        app, business = self._asking_app(request.form), self._signed_in(request.form)
        if business is None:
            raise _WrongRequest("You are not signed in.")
        if request.form.get("decision") == "allow":
            return self._allow(app, business, request.form)
        return self._return(request.form, error="access_denied")

    def _allow(self, app: App, business: Business, asked: Mapping[str, str]) -> Response:
        """A business that comes by the app's own link, and not from the market, gets the app with it."""
        self._actions.install(app, business)
        code = self._actions.issue_code(app, business, asked["redirect_uri"])
        return self._return(asked, code=code.value)

    def _return(self, asked: Mapping[str, str], **answer: str) -> Response:
        state = {"state": asked["state"]} if "state" in asked else {}
        return _lead(asked["redirect_uri"], {**answer, **state})

    def _asking_app(self, asked: Mapping[str, str]) -> App:
        app = next((one for one in self._state.apps if one.client_id == asked.get("client_id")), None)
        if app is None:
            raise _WrongRequest("No app has this client_id.")
        if asked.get("redirect_uri") not in {app.redirect_uri, *app.oauth_redirect_uris}:
            raise _WrongRequest("The redirect_uri is not one of those that the app has registered.")
        if asked.get("response_type") != "code":
            raise _WrongRequest("The response_type is not code.")
        return app

    def _signed_in(self, asked: Mapping[str, str]) -> Business | None:
        return self._state.business(asked.get("business_uid") or request.cookies.get(_COOKIE, ""))

    def _ask_who(self, asked: Mapping[str, str]) -> Response:
        options = "".join(
            f'<option value="{one.uid}">{escape(one.staff[0].name)}, {escape(one.name)}</option>'
            for one in self._state.businesses
        )
        choice = f'<label>You are<select name="business_uid">{options}</select></label>'
        return show_page("Sign in", make_form(asked, [("sign_in", "Sign in")], choice, "get"))

    # --- the app market ----------------------------------------------------------------------------------------------

    def show_app(self, code_name: str) -> Response:
        app, business = self._offered(code_name)
        installed = business.uid in app.installed
        button = ("install", "Open") if installed else ("install", "Install")
        text = "is installed at" if installed else "connects a messenger to the inbox of"
        body = (
            f"<p><b>{escape(app.name)}</b> {text} <b>{escape(business.name)}</b>.</p>"
            f"{make_form({'business_uid': business.uid}, [button])}"
        )
        response = show_page(app.name, body)
        response.set_cookie(_COOKIE, business.uid, httponly=True, samesite="Lax")
        return response

    def install(self, code_name: str) -> Response:
        """Installs the app and opens it, as a click on it in vcita's menu does: without a code."""
        app, business = self._offered(code_name)
        self._actions.install(app, business)
        return _lead(app.redirect_uri, open_params(app, business))

    def _offered(self, code_name: str) -> tuple[App, Business]:
        app, business = self._state.app_named(code_name), self._state.business(request.values.get("business_uid", ""))
        if app is None or business is None or business.uid not in app.assigned | app.installed:
            raise _WrongRequest("The app market of this business does not have this app.")
        return app, business


def open_params(app: App, business: Business) -> dict[str, str]:
    """The parameters that open the app's page: those that the app has asked for."""
    staff = business.staff[0]
    known = {
        "business_uid": business.uid,
        "staff_uid": staff.uid,
        "staff_role": staff.role,
        "language": "en",
        "brand_host": "app.vcita.com",
    }
    return {name: known[name] for name in app.url_params if name in known}


def _lead(address: str, params: Mapping[str, str]) -> Response:
    return Response(status=303, headers={"Location": add_query(address, params)})


def add_query(address: str, params: Mapping[str, str]) -> str:
    """`address` with `params` behind those that it has."""
    parts = urlsplit(address)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *params.items()])
    return urlunsplit(parts._replace(query=query))
