"""Connecting a number at Meta: proving the token, pointing the account's webhooks at us, and what is wrong with it.

Documentation: https://developers.facebook.com/documentation/business-messaging/whatsapp/support/health-status
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from patchbay.domain.accounts import Connection, Settings
from patchbay.domain.characters import clean_text
from patchbay.domain.errors import Misconfigured, Transient
from patchbay.domain.text import shorten
from patchbay.kit.account_setup import Account, Webhooks
from patchbay.kit.contract import Http, HttpResponse
from patchbay.kit.rest import read_answer, read_or
from patchbay.messengers.whatsapp import spec
from patchbay.messengers.whatsapp.account_schemas import (
    AppWebhook,
    AppWebhooks,
    BusinessAccount,
    Entity,
    Number,
    Subscription,
    Subscriptions,
    TokenAnswer,
    TokenFacts,
)
from patchbay.messengers.whatsapp.client import Api, AppApi, make_refusal, read_base_url, read_version
from patchbay.messengers.whatsapp.errors import describe, make_failure

_NUMBER_FIELDS = "id,display_phone_number,verified_name,quality_rating,status,code_verification_status,health_status"
_ACCOUNT_FIELDS = "id,name,whatsapp_business_manager_messaging_limit"
_CONNECTED = "CONNECTED"
_AVAILABLE = "AVAILABLE"
OBJECT = "whatsapp_business_account"
_PIN = re.compile(r"[0-9]{6}")
_WORDS = 200  #: characters of a hint of Meta's


class MetaSetup:
    def __init__(self, connection: Connection, http: Http) -> None:
        self._connection = connection
        self._http = http

    # --- checking ----------------------------------------------------------------------------------------------------

    def check(self) -> Account:
        """The number behind the id, and whatever keeps messages back."""
        read_base_url(self._connection.settings)
        read_version(self._connection.settings)
        self._check_secrets()
        api = Api(self._connection, self._http)
        number = read_answer(Number, _succeed(api.get(api.number, query={"fields": _NUMBER_FIELDS}), "the number"))
        account_answer = api.get(self._account, query={"fields": _ACCOUNT_FIELDS})
        account = read_answer(BusinessAccount, _succeed(account_answer, "the account"))
        apps = self._list_apps(api)
        token = self._read_token(api)
        webhook = self._find_app_webhook(token)
        shown = f"{number.verified_name} ({number.display_phone_number})" if number.verified_name else ""
        return Account(
            external_id=number.id or api.number,
            name=shown or number.display_phone_number,
            settings={"display_phone_number": number.display_phone_number, "app_id": token.app_id},
            warnings=(*_warn(number), *_warn_of_token(token), *_warn_of_apps(apps, token), *_warn_of_fields(webhook)),
            notes=tuple(_note(number, account)),
        )

    def _check_secrets(self) -> None:
        for name in ("access_token", "app_secret"):
            if not self._connection.secrets.get(name):
                raise Misconfigured(f"{name} is missing: see docs/services/whatsapp.md for where Meta shows it")
        pin = self._connection.secrets.get("pin")
        if pin and not _PIN.fullmatch(pin):
            raise Misconfigured("pin must be six digits: the two-step verification PIN of the number")

    def _list_apps(self, api: Api) -> tuple[Subscription, ...]:
        response = api.get(self._account, "subscribed_apps")
        return read_answer(Subscriptions, _succeed(response, "the account's apps")).data

    def _read_token(self, api: Api) -> TokenFacts:
        """Nothing where Meta does not say: it is good to know, and no more."""
        response = api.get("debug_token", query={"input_token": self._connection.secrets.get("access_token")})
        return read_or(TokenAnswer, response, TokenAnswer()).data if response.ok else TokenFacts()

    def _find_app_webhook(self, token: TokenFacts) -> AppWebhook | None:
        """Where the app's webhooks go, and of what; an empty one if it has none. None where Meta does not say."""
        if not token.app_id:
            return None
        response = self._open_app(token.app_id).get(token.app_id, "subscriptions")
        if not response.ok:
            return None
        known = read_or(AppWebhooks, response, AppWebhooks()).data
        return next((one for one in known if one.object == OBJECT), AppWebhook())

    def _open_app(self, app_id: str) -> AppApi:
        return AppApi(self._connection, self._http, app_id)

    # --- webhooks ----------------------------------------------------------------------------------------------------

    def register(self, webhooks: Webhooks) -> Settings:
        """Registers the number where it is not, and has the account's webhooks sent to us.

        Meta calls the URL at once, with the verify token.
        """
        (url,) = webhooks.values()
        api = Api(self._connection, self._http)
        self._register_number(api)
        self._subscribe_app(url, self._read_token(api))
        body = {"override_callback_uri": url, "verify_token": self._verify_token}
        _accept(api.post(self._account, "subscribed_apps", json=body, repeatable=True))
        if self.registered() != url:
            raise Transient("Meta accepted the webhook URL but still reports another one: try again in a minute")
        return {}

    def _subscribe_app(self, url: str, token: TokenFacts) -> None:
        """An app has one webhook for all accounts: one that leads elsewhere is left alone, with its fields."""
        known = self._find_app_webhook(token)
        if known is None or known.callback_url not in {"", url} or known.names >= set(spec.FIELDS):
            return
        fields = ",".join(sorted(known.names | set(spec.FIELDS)))
        body = {"object": OBJECT, "callback_url": url, "verify_token": self._verify_token, "fields": fields}
        _accept(self._open_app(token.app_id).post(token.app_id, "subscriptions", json=body, repeatable=True))

    def _register_number(self, api: Api) -> None:
        pin = self._connection.secrets.get("pin")
        if not pin:
            return
        number = read_answer(Number, _succeed(api.get(api.number, query={"fields": _NUMBER_FIELDS}), "the number"))
        if number.status == _CONNECTED:
            return
        body = {"messaging_product": "whatsapp", "pin": pin}
        response = api.post(api.number, "register", json=body, repeatable=True)
        if not response.ok:
            refusal = make_refusal(response)
            reason = describe(refusal.code) or "is the PIN right?"
            raise Misconfigured(f"Meta did not register the number (code {refusal.code}): {reason}")

    def unregister(self) -> None:
        """The account's other apps go on."""
        api = Api(self._connection, self._http)
        response = api.delete(self._account, "subscribed_apps")
        if not response.ok:
            raise make_failure(make_refusal(response), "disconnecting the account's webhooks")

    def registered(self) -> str:
        """Where our app's webhooks for this account go."""
        api = Api(self._connection, self._http)
        apps = self._list_apps(api)
        app_id = self._connection.setting("app_id")
        own = [one for one in apps if app_id and one.whatsapp_business_api_data.id == app_id] or apps
        return next((one.override_callback_uri for one in own if one.override_callback_uri), "")

    @property
    def _verify_token(self) -> str:
        return self._connection.secrets.get("verify_token")

    @property
    def _account(self) -> str:
        account = self._connection.setting("waba_id")
        if not account.isdecimal():
            raise Misconfigured("waba_id must be digits: copy it from the App Dashboard > WhatsApp > API Setup")
        return account


def _accept(response: HttpResponse) -> None:
    if not response.ok:
        raise Misconfigured(
            f"Meta did not accept the webhook URL (code {make_refusal(response).code}): it must be reachable from the "
            "internet over HTTPS, and the token needs whatsapp_business_management"
        )


def _succeed(response: HttpResponse, what: str) -> HttpResponse:
    if not response.ok:
        code = make_refusal(response).code
        raise Misconfigured(
            f"Meta does not show {what} (HTTP {response.status}, code {code}): check phone_number_id, waba_id "
            "and base_url"
        )
    return response


# --- what the owner should know --------------------------------------------------------------------------------------


def _warn(number: Number) -> Iterator[str]:
    if number.status and number.status != _CONNECTED:
        yield (
            f"the number's status is {_quote(number.status)}: if it is not registered, run `patchbay connect whatsapp "
            "CONNECTION --secret pin=@FILE` with its two-step verification PIN"
        )
    if number.quality_rating in {"YELLOW", "RED"}:
        yield f"the number's quality is {number.quality_rating}: people block or report it"
    for entity in number.health_status.entities:
        if entity.can_send_message not in {"", _AVAILABLE}:
            yield from _describe_illness(entity)


def _describe_illness(entity: Entity) -> Iterator[str]:
    what = f"{_quote(entity.entity_type)} is {_quote(entity.can_send_message)}"
    if not entity.errors:
        yield what
    for error in entity.errors:
        advice = ": ".join(filter(None, (_quote(error.error_description), _quote(error.possible_solution))))
        yield f"{what} (code {error.error_code}): {advice}"


def _warn_of_token(token: TokenFacts) -> Iterator[str]:
    """Without a clock: a date says it as well."""
    ends = min(filter(None, (token.expires_at, token.data_access_expires_at)), default=0)
    if 0 < ends < 253_402_300_799:
        yield (
            f"the access token is valid until {datetime.fromtimestamp(ends, UTC):%Y-%m-%d}: generate one of a system "
            "user without an expiry"
        )


def _warn_of_apps(apps: Iterable[Subscription], token: TokenFacts) -> Iterator[str]:
    facts = [one.whatsapp_business_api_data for one in apps]
    others = [one.name or one.id for one in facts if token.app_id and one.id and one.id != token.app_id]
    if others:
        yield (
            f"other apps get the account's messages, too ({', '.join(map(_quote, others))}): if Meta routes a "
            "conversation to one of them, answers from here are refused"
        )


def _warn_of_fields(webhook: AppWebhook | None) -> Iterator[str]:
    missing = [name for name in spec.FIELDS if webhook and name not in webhook.names]
    if webhook and webhook.callback_url and missing:
        yield (
            f"the app's webhook lacks the fields {', '.join(missing)}: subscribe to them in the App Dashboard > "
            "WhatsApp > Configuration > Webhook fields"
        )


def _note(number: Number, account: BusinessAccount) -> Iterator[str]:
    if number.quality_rating:
        yield f"the number's quality is {_quote(number.quality_rating)}"
    if account.whatsapp_business_manager_messaging_limit:
        limit = _quote(account.whatsapp_business_manager_messaging_limit)
        yield f"how many people you may write to first within 24 hours: {limit}"


def _quote(words: str) -> str:
    return shorten(clean_text(words), _WORDS)
