"""Calls about apps, accounts and numbers."""

from __future__ import annotations

from playground.services.whatsapp.auth import MANAGEMENT, check_scope
from playground.services.whatsapp.calls import Call, show_fields
from playground.services.whatsapp.errors import RefusedCall, missing, no_object
from playground.services.whatsapp.health import show_health
from playground.services.whatsapp.number_api import USUAL as USUAL_OF_NUMBERS
from playground.services.whatsapp.number_api import NumberApi, read_override
from playground.services.whatsapp.records import FIELDS, Account, App, Callback, Json, Number, Token
from playground.services.whatsapp.state import State
from playground.services.whatsapp.templates_api import TemplatesApi
from playground.services.whatsapp.webhooks import Webhooks

_EMPTY_NAMES = (
    "disable_marketing_messages_on_cloud_api is_enabled_for_insights marketing_messages_lite_api_status "
    "marketing_messages_onboarding_status on_behalf_of_business_info status subscribed_apps"
)
_EMPTY = frozenset(_EMPTY_NAMES.split())  #: fields that have no value here
_USUAL = ("id", "name", "timezone_id", "message_template_namespace")


class AccountApi:
    def __init__(self, state: State, webhooks: Webhooks, templates: TemplatesApi, numbers: NumberApi) -> None:
        self._state = state
        self._webhooks = webhooks
        self._templates = templates
        self.numbers = numbers

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
        if template := self._state.templates.get(call.node):
            account = self._state.accounts[template.account]
            check_scope(token, account.id, MANAGEMENT)
            if call.method == "GET" and call.fields(()) == ["health_status"]:
                return {"health_status": show_health(self._state, account, template=template), "id": template.id}
            return self._templates.perform_for_template(call, template)
        raise no_object(call.node, call.method)

    def perform_for_account(self, call: Call, token: Token, account: Account) -> Json:
        match call.method, call.edge:
            case _, "message_templates":
                return self._templates.perform(call, account)
            case "GET", "":
                return self._show_account(account, call.fields(_USUAL))
            case "GET", "phone_numbers":
                numbers = [each for each in self._state.numbers.values() if each.account == account.id]
                return {"data": [self.numbers.show(each, call.fields(USUAL_OF_NUMBERS)) for each in numbers]}
            case "POST", "phone_numbers":
                return self._add_number(call.values, account)
            case "POST", "subscribed_apps":
                override = read_override(self._webhooks, call.values)
                account.subscriptions[token.app] = override or Callback()
                return {"success": True}
            case "GET", "subscribed_apps":
                return {"data": [self._show_app(app, each) for app, each in account.subscriptions.items()]}
            case "DELETE", "subscribed_apps":
                account.subscriptions.pop(token.app, None)
                return {"success": True}
            case _:
                raise no_object(call.node, call.method)

    def _show_account(self, account: Account, fields: list[str]) -> Json:
        whole: Json = {
            "id": account.id,
            "name": account.name,
            "timezone_id": "1",
            "message_template_namespace": f"{int(account.id):032x}",
            "currency": "CHF",
            "country": "CH",
            "ownership_type": "SELF",
            "account_review_status": "APPROVED",
            "business_verification_status": "verified" if account.is_verified else "not_verified",
            "owner_business_info": {"id": account.portfolio, "name": account.name},
            "whatsapp_business_manager_messaging_limit": account.limit,
            "health_status": show_health(self._state, account),
        }
        return show_fields(whole, fields, _EMPTY)

    def _add_number(self, values: Json, account: Account) -> Json:
        """It has to be verified and registered before it can write."""
        for name in ("cc", "phone_number", "verified_name"):
            if not values.get(name):
                raise missing(name)
        code = str(values["cc"])
        number = Number(
            id=self._state.make_id(),
            account=account.id,
            display=f"{code}{values['phone_number']}",
            name=str(values["verified_name"]),
            country_code=code,
            is_verified=False,
            is_registered=False,
            name_status="PENDING_REVIEW",
        )
        self._state.numbers[number.id] = number
        return {"id": number.id}

    def _show_app(self, app_id: str, override: Callback) -> Json:
        data: Json = {"id": app_id, "link": f"https://www.facebook.com/games/?app_id={app_id}"}
        shown: Json = {"whatsapp_business_api_data": {**data, "name": self._state.apps[app_id].name}}
        return {**shown, **({"override_callback_uri": override.url} if override.url else {})}


def _read_fields(given: object) -> set[str]:
    names = given if isinstance(given, list) else str(given or "").split(",")
    fields = {str(name).strip() for name in names if str(name).strip()}
    if unknown := fields - FIELDS:
        raise RefusedCall(100, title=f"Param fields[0] must be one of the known fields - got {min(unknown)!r}")
    return fields
