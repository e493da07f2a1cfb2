"""Calls about a number: what it is, its registration, whom it has blocked, who has its chats.

https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/registration
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from playground.services.whatsapp import windows
from playground.services.whatsapp.calls import Call, show_fields
from playground.services.whatsapp.errors import RefusedCall, missing, no_object, show_failure
from playground.services.whatsapp.health import show_health
from playground.services.whatsapp.recipients import read_phone
from playground.services.whatsapp.records import Callback, Json, Number, Person
from playground.services.whatsapp.routing import Routing
from playground.services.whatsapp.state import State
from playground.services.whatsapp.webhooks import Webhooks

USUAL = (
    "verified_name",
    "code_verification_status",
    "display_phone_number",
    "quality_rating",
    "platform_type",
    "throughput",
    "webhook_configuration",
    "id",
)
_EMPTY_NAMES = (
    "certificate country_code conversational_automation eligibility_for_api_business_global_search "
    "is_preverified_number last_onboarded_time new_certificate new_name_status search_visibility"
)
_EMPTY = frozenset(_EMPTY_NAMES.split())  #: fields that have no value here
_MOST_REGISTRATIONS, _REGISTRATION_TIME = 10, timedelta(hours=72)
_MOST_BLOCKED = 64_000
_DONE: Json = {"success": True}


class NumberApi:
    def __init__(self, state: State, webhooks: Webhooks, routing: Routing) -> None:
        self._state = state
        self._webhooks = webhooks
        self._routing = routing

    def perform(self, call: Call, number: Number) -> Json:
        if call.edge == "block_users":
            return self._block(call, number)
        if (call.method, call.edge) == ("GET", ""):
            return self.show(number, call.fields(USUAL))
        changes: Mapping[str, Callable[[Json, Number], Json]] = {
            "": self.change,
            "request_code": self._request_code,
            "verify_code": self._verify_code,
            "register": self._register,
            "deregister": self._deregister,
            "thread_control": lambda values, its_number: self._routing.control(its_number, values),
        }
        if call.method != "POST" or call.edge not in changes:
            raise no_object(call.node, call.method)
        return changes[call.edge](call.values, number)

    # --- what it is --------------------------------------------------------------------------------------------------

    def show(self, number: Number, fields: list[str]) -> Json:
        """Raises RefusedCall for a field that there is not."""
        account = self._state.accounts[number.account]
        level = "HIGH" if number.throughput > 80 else "STANDARD"
        override = number.callback.url if number.callback else ""
        apps = [self._state.apps[app_id].callback.url for app_id in account.subscriptions]
        whole: Json = {
            "id": number.id,
            "verified_name": number.name,
            "display_phone_number": write_number(number),
            "code_verification_status": "VERIFIED" if number.is_verified else "NOT_VERIFIED",
            "quality_rating": number.quality,
            "quality_score": {"score": number.quality},
            "platform_type": "CLOUD_API" if number.is_registered else "NOT_APPLICABLE",
            "throughput": {"level": level if number.is_registered else "NOT_APPLICABLE"},
            "status": "CONNECTED" if number.is_registered else "DISCONNECTED",
            "name_status": number.name_status,
            "account_mode": "LIVE",
            "is_official_business_account": False,
            "is_on_biz_app": number.is_on_phone,
            "is_pin_enabled": bool(number.pin),
            "country_dial_code": number.country_code,
            "messaging_limit_tier": account.limit,
            "whatsapp_business_manager_messaging_limit": account.limit,
            "webhook_configuration": _show_addresses(override, apps),
            "health_status": show_health(self._state, account, number) if "health_status" in fields else None,
        }
        return show_fields(whole, fields, _EMPTY)

    def change(self, values: Json, number: Number) -> Json:
        """A new PIN, or an address of its own for webhooks; an empty one takes it back."""
        if "pin" in values:
            number.pin = _read_pin(values)
        if isinstance(configuration := values.get("webhook_configuration"), dict):
            number.callback = read_override(self._webhooks, configuration)
        return _DONE

    # --- registration ------------------------------------------------------------------------------------------------

    def _request_code(self, values: Json, number: Number) -> Json:
        for name in ("code_method", "language"):
            if not values.get(name):
                raise missing(name)
        if values["code_method"] not in {"SMS", "VOICE"}:
            raise RefusedCall(100, title="Param code_method must be one of {SMS, VOICE}")
        if number.is_verified:
            raise RefusedCall(136024, "The phone number is verified already.")
        number.code = f"{self._state.random.randrange(10**6):06d}"
        return _DONE

    def _verify_code(self, values: Json, number: Number) -> Json:
        if not number.code or values.get("code") != number.code:
            raise RefusedCall(136025, "The code is wrong.", title="Verify code error")
        number.is_verified, number.code = True, ""
        return _DONE

    def _register(self, values: Json, number: Number) -> Json:
        if values.get("messaging_product") != "whatsapp":
            raise missing("messaging_product")
        pin = _read_pin(values)
        now = self._state.timeline.now()
        number.registrations = [at for at in number.registrations if now - at < _REGISTRATION_TIME]
        if len(number.registrations) >= _MOST_REGISTRATIONS:
            raise RefusedCall(133016, "Too many attempts for this phone number within 72 hours.")
        number.registrations.append(now)
        if not number.is_verified:
            raise RefusedCall(133006, "The phone number needs to be verified before it is registered.")
        if number.pin and pin != number.pin:
            raise RefusedCall(133005, "The PIN of two-step verification is wrong.")
        number.pin, number.is_registered = pin, True
        return _DONE

    def _deregister(self, values: Json, number: Number) -> Json:
        del values
        if number.is_on_phone:
            raise RefusedCall(133000, "A number of the WhatsApp Business app cannot be deregistered.")
        number.is_registered = False
        return _DONE

    # --- blocking ----------------------------------------------------------------------------------------------------

    def _block(self, call: Call, number: Number) -> Json:
        if call.method == "GET":
            people = [self._state.people[each] for each in number.blocked]
            return {"data": [{"input": each.phone, "wa_id": each.phone, "user_id": each.user_id} for each in people]}
        given = call.values.get("block_users")
        if call.values.get("messaging_product") != "whatsapp" or not isinstance(given, list) or not given:
            raise missing("block_users")
        done, failed = [], []
        for each in given:
            person = self._find(number, each)
            wanted = str(each.get("user") or each.get("user_id"))
            if person is None or not self._set_blocked(number, person, block=call.method == "POST"):
                error = show_failure(139100, "Only who wrote within the last 24 hours can be blocked.")
                failed.append({"input": wanted, "errors": [error]})
            else:
                done.append({"input": wanted, "wa_id": person.phone, "user_id": person.user_id})
        key = "added_users" if call.method == "POST" else "removed_users"
        answer: Json = {"messaging_product": "whatsapp", "block_users": {key: done}}
        if failed:
            answer["block_users"]["failed_users"] = failed
            answer["errors"] = show_failure(139100)
        return answer

    def _find(self, number: Number, given: Mapping[str, Any]) -> Person | None:
        if user := given.get("user"):
            return self._state.find_by_phone(read_phone(self._state, number, str(user)))
        return self._state.find_by_user_id(str(given.get("user_id")))

    def _set_blocked(self, number: Number, person: Person, *, block: bool) -> bool:
        if not block:
            number.blocked = [each for each in number.blocked if each != person.id]
            return True
        now = self._state.timeline.now()
        if not windows.is_open(person, now, with_entry=False) or len(number.blocked) >= _MOST_BLOCKED:
            return False
        if person.id not in number.blocked:
            number.blocked.append(person.id)
        return True


def read_override(webhooks: Webhooks, values: Mapping[str, Any]) -> Callback | None:
    """An address of an account's or a number's own, which is verified like that of an app. Raises RefusedCall."""
    url = str(values.get("override_callback_uri") or "")
    if not url:
        return None
    if not values.get("verify_token"):
        raise missing("verify_token")
    callback = Callback(url=url, verify_token=str(values["verify_token"]))
    webhooks.verify(callback)
    return callback


def write_number(number: Number) -> str:
    """As people write it."""
    rest = number.display.removeprefix(number.country_code)
    return f"+{number.country_code} {rest[:2]} {rest[2:5]} {rest[5:7]} {rest[7:]}".strip()


def _show_addresses(override: str, apps: list[str]) -> Json:
    shown: Json = {"phone_number": override} if override else {}
    return {**shown, **({"application": apps[0]} if apps and apps[0] else {})}


def _read_pin(values: Json) -> str:
    pin = str(values.get("pin") or "")
    if not pin:
        raise missing("pin")
    if len(pin) != 6 or not pin.isdecimal():
        raise RefusedCall(100, title="Param pin must be a number of 6 digits")
    return pin
