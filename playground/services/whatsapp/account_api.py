"""Calls about apps, accounts and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from playground.services.whatsapp.auth import MANAGEMENT, check_scope
from playground.services.whatsapp.calls import Call
from playground.services.whatsapp.errors import RefusedCall, missing, no_object
from playground.services.whatsapp.records import FIELDS, Account, App, Callback, Json, Number, Token
from playground.services.whatsapp.state import State
from playground.services.whatsapp.webhooks import Webhooks


class AccountApi:
    def __init__(self, state: State, webhooks: Webhooks) -> None:
        self._state = state
        self._webhooks = webhooks

    # --- by an app's own token ---------------------------------------------------------------------------------------

    def perform_for_app(self, call: Call, app: App) -> Json:
        match call.method, call.node, call.edge:
            case "GET", "debug_token", "":
                return self.show_token(call)
            case "POST", app.id, "subscriptions":
                return self.subscribe(call, app)
            case "GET", app.id, "subscriptions":
                return {"data": [self._show_subscription(app)] if app.callback.url else []}
            case "DELETE", app.id, "subscriptions":
                app.callback, app.fields = Callback(), set()
                return {"success": True}
            case _:
                raise no_object(call.node, call.method)

    def subscribe(self, call: Call, app: App) -> Json:
        """Where the app's webhooks go, and of what."""
        values = call.values
        if values.get("object") != "whatsapp_business_account":
            raise RefusedCall(100, title="Param object must be one of {WHATSAPP_BUSINESS_ACCOUNT}")
        for name in ("callback_url", "verify_token"):
            if not values.get(name):
                raise missing(name)
        fields = _read_fields(values.get("fields"))
        callback = Callback(url=str(values["callback_url"]), verify_token=str(values["verify_token"]))
        self._webhooks.verify(callback)
        app.callback, app.fields = callback, fields
        return {"success": True}

    def _show_subscription(self, app: App) -> Json:
        fields = [{"name": name, "version": "v25.0"} for name in sorted(app.fields)]
        shown: Json = {"object": "whatsapp_business_account", "callback_url": app.callback.url, "active": True}
        return {**shown, "fields": fields}

    def show_token(self, call: Call) -> Json:
        token = self._state.tokens.get(str(call.values.get("input_token") or ""))
        if token is None:
            error = {"code": 190, "message": "Invalid OAuth access token - Cannot parse access token"}
            return {"data": {"error": error, "is_valid": False, "scopes": []}}
        now = self._state.timeline.now()
        ends = int(token.expires_at.timestamp()) if token.expires_at else 0
        scopes = sorted(token.scopes)
        granular: list[Json] = [{"scope": scope, "target_ids": sorted(token.accounts)} for scope in scopes]
        return {
            "data": {
                "app_id": token.app,
                "type": "SYSTEM_USER",
                "application": self._state.apps[token.app].name,
                "data_access_expires_at": 0,
                "expires_at": ends,
                "is_valid": token.is_valid and not (token.expires_at and now >= token.expires_at),
                "issued_at": int(token.issued_at.timestamp()),
                "scopes": scopes,
                "granular_scopes": granular,
                "user_id": "122093450984008127",
            }
        }

    # --- by an access token ------------------------------------------------------------------------------------------

    def perform(self, call: Call, token: Token) -> Json:
        if (call.method, call.node, call.edge) == ("GET", "debug_token", ""):
            return self.show_token(call)
        if account := self._state.accounts.get(call.node):
            check_scope(token, account.id, MANAGEMENT)
            return self.perform_for_account(call, token, account)
        raise no_object(call.node, call.method)

    def perform_for_account(self, call: Call, token: Token, account: Account) -> Json:
        match call.method, call.edge:
            case "POST", "subscribed_apps":
                return self._subscribe_account(call, token, account)
            case "GET", "subscribed_apps":
                return {"data": [self._show_app(app, each) for app, each in account.subscriptions.items()]}
            case "DELETE", "subscribed_apps":
                account.subscriptions.pop(token.app, None)
                return {"success": True}
            case _:
                raise no_object(call.node, call.method)

    def _subscribe_account(self, call: Call, token: Token, account: Account) -> Json:
        """An address of the account's own is verified like that of an app."""
        account.subscriptions[token.app] = self.read_override(call.values) or Callback()
        return {"success": True}

    def read_override(self, values: Mapping[str, Any]) -> Callback | None:
        url = str(values.get("override_callback_uri") or "")
        if not url:
            return None
        if not values.get("verify_token"):
            raise missing("verify_token")
        callback = Callback(url=url, verify_token=str(values["verify_token"]))
        self._webhooks.verify(callback)
        return callback

    def _show_app(self, app_id: str, override: Callback) -> Json:
        data: Json = {"id": app_id, "link": f"https://www.facebook.com/games/?app_id={app_id}"}
        shown: Json = {"whatsapp_business_api_data": {**data, "name": self._state.apps[app_id].name}}
        return {**shown, **({"override_callback_uri": override.url} if override.url else {})}

    def perform_for_number(self, call: Call, number: Number) -> Json:
        del number
        raise no_object(call.node, call.method)


def _read_fields(given: object) -> set[str]:
    names = given if isinstance(given, list) else str(given or "").split(",")
    fields = {str(name).strip() for name in names if str(name).strip()}
    if unknown := fields - FIELDS:
        raise RefusedCall(100, title=f"Param fields[0] must be one of the known fields - got {min(unknown)!r}")
    return fields
