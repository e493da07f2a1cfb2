"""The communication app itself: made with a partner's directory token, or pointed at Patchbay."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import AuthorizationNeeded, Misconfigured, Uncertain, Unreadable
from patchbay.kit.account_setup import App, Webhooks
from patchbay.kit.contract import Http, HttpResponse
from patchbay.kit.rest import read_answer
from patchbay.kit.schemas import read_wire
from patchbay.platforms.vcita.account import check_settings
from patchbay.platforms.vcita.client import Api, refusal
from patchbay.platforms.vcita.problems import read_problem
from patchbay.platforms.vcita.responses import AppAnswerWire, AppWire
from patchbay.platforms.vcita.spec import APP_NAME

_EVENTS = ("app_subscription/installed", "app_subscription/uninstalled")
_CHOOSE_ANOTHER = "run the command again with --set app_code_name=NAME and another name"


def create_app(webhooks: Webhooks, redirect: str, connection: Connection, http: Http) -> App | None:
    """Makes the app in the first call; in the next, when its secrets are known, points it at us and subscribes.

    vcita shows the client secret once, in the answer that makes the app. Nothing that may fail follows it in the same
    call, so that the caller can store it first.
    """
    token = connection.secrets.get("directory_token")
    if not token:
        return None
    check_settings(connection)
    api = Api(connection, http, token=token)
    if not connection.secrets.get("client_id"):
        return _create(api, webhooks, redirect, connection)
    if not connection.setting("app_code_name"):
        raise Misconfigured("app_code_name is missing: add --set app_code_name=NAME with the app's code name")
    settings = _point(api, webhooks, redirect, connection.setting("app_code_name"))
    _subscribe(api, webhooks["app_subscription"])
    return App(settings=settings, secrets={})


def _create(api: Api, webhooks: Webhooks, redirect: str, connection: Connection) -> App:
    code_name = connection.setting("app_code_name") or _make_code_name(webhooks["api_uri"])
    body = {
        "name": connection.setting("app_name", APP_NAME),
        "app_code_name": code_name,
        "app_type": ["communication"],
        "redirect_uri": redirect,
        "oauth_redirect_uris": [redirect],
        "api_uri": webhooks["api_uri"],
        "url_params": ["business_uid", "staff_uid"],
    }
    try:
        response = api.platform.post("apps", json=body, repeatable=False)
    except Uncertain:
        raise Misconfigured(_lost(code_name, "did not answer")) from None
    except AuthorizationNeeded:
        raise AuthorizationNeeded(
            "vcita does not create an app with this directory_token: enter a partner's directory token"
        ) from None
    if response.status in {409, 422} and _is_taken(response):
        raise Misconfigured(f"vcita already has an app called {code_name}: {_CHOOSE_ANOTHER}")
    if not response.ok:
        raise Misconfigured(str(refusal(response, "creating the app")))
    return _read_created(response, code_name)


def _read_created(response: HttpResponse, code_name: str) -> App:
    try:
        app = read_wire(AppAnswerWire, response.body).data
    except Unreadable:
        app = AppWire()
    if not (app.client_id and app.client_secret):
        raise Misconfigured(_lost(code_name, "did not return the app's secret"))
    settings = {"app_code_name": app.app_code_name or code_name, "app_id": app.app_id}
    return App(
        settings={name: value for name, value in settings.items() if value},
        secrets={"client_id": app.client_id, "client_secret": app.client_secret},
    )


def _point(api: Api, webhooks: Webhooks, redirect: str, code_name: str) -> Mapping[str, str]:
    """Whatever else the app has stays as it is. The answer tells the app's number."""
    body = {"api_uri": webhooks["api_uri"], "redirect_uri": redirect}
    response = api.platform.put("apps", code_name, json=body)
    if response.status == 404:
        raise Misconfigured("vcita has no app with this app_code_name: copy it from the app's page")
    if not response.ok:
        raise Misconfigured(str(refusal(response, "pointing the app at Patchbay")))
    app_id = read_answer(AppAnswerWire, response).data.app_id
    return {"app_id": app_id} if app_id else {}


def _subscribe(api: Api, target: str) -> None:
    """To the app being installed and removed; only once, because a second subscription would report both twice."""
    present = api.platform.get("webhooks")
    known = set(_list_subscriptions(present.read_json())) if present.ok else set()
    for event in _EVENTS:
        if (event, target) in known:
            continue
        body = {"event": event, "target_url": target}
        response = api.platform.post("webhook", "subscribe", json=body, repeatable=True)
        if not response.ok:
            raise Misconfigured(str(refusal(response, f"subscribing to {event}")))


def _list_subscriptions(answer: object) -> Iterator[tuple[str, str]]:
    """Every event and its address; vcita does not document where in the answer the list is."""
    if isinstance(answer, Mapping):
        if "target_url" in answer:
            yield str(answer.get("event")), str(answer["target_url"])
        for value in answer.values():
            yield from _list_subscriptions(value)
    elif isinstance(answer, list):
        for value in answer:
            yield from _list_subscriptions(value)


def _make_code_name(api_uri: str) -> str:
    """The same for the same deployment, and different from everybody else's: vcita wants it unique in the world."""
    return f"patchbay{hashlib.sha256(api_uri.encode()).hexdigest()[:10]}"


def _is_taken(response: HttpResponse) -> bool:
    problem = read_problem(response)
    return problem.is_existing or any("taken" in fault.words for fault in problem.faults)


def _lost(code_name: str, what: str) -> str:
    return f"vcita {what}, which it shows only once, and may have created the app {code_name}: {_CHOOSE_ANOTHER}"
