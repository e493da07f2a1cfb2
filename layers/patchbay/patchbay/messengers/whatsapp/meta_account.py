"""Connecting a number at Meta: proving the token, pointing the account's webhooks at us, and what is wrong with it.

Documentation: https://developers.facebook.com/documentation/business-messaging/whatsapp/support/health-status
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from patchbay.domain.accounts import Connection, Settings
from patchbay.domain.characters import clean_text
from patchbay.domain.errors import Misconfigured, Transient
from patchbay.domain.text import shorten
from patchbay.kit.account_setup import Account, Webhooks
from patchbay.kit.contract import Http, HttpResponse
from patchbay.kit.rest import read_answer, read_or
from patchbay.kit.schemas import Id, Items, Wire
from patchbay.messengers.whatsapp import spec
from patchbay.messengers.whatsapp.client import Api, make_refusal, read_base_url, read_version
from patchbay.messengers.whatsapp.errors import describe, make_failure

_NUMBER_FIELDS = "id,display_phone_number,verified_name,quality_rating,status,code_verification_status,health_status"
_ACCOUNT_FIELDS = "id,name,whatsapp_business_manager_messaging_limit"
_CONNECTED = "CONNECTED"
_AVAILABLE = "AVAILABLE"
_WORDS = 200  #: characters of a hint of Meta's


class Ill(Wire):
    error_code: int = 0
    error_description: str = ""
    possible_solution: str = ""


class Entity(Wire):
    """A part of the whole that may keep messages back: the number, a template, the account, the business, the app."""

    entity_type: str = ""
    can_send_message: str = ""
    errors: Items[Ill] = ()


class Health(Wire):
    can_send_message: str = ""
    entities: Items[Entity] = ()


class Number(Wire):
    id: Id = ""
    display_phone_number: str = ""
    verified_name: str = ""
    quality_rating: str = ""
    status: str = ""
    health_status: Health = Health()


class BusinessAccount(Wire):
    name: str = ""
    whatsapp_business_manager_messaging_limit: str = ""


class AppFacts(Wire):
    id: Id = ""
    name: str = ""


class Subscription(Wire):
    """An app that gets the account's webhooks, and where, if not where all of its webhooks go."""

    whatsapp_business_api_data: AppFacts = AppFacts()
    override_callback_uri: str = ""


class Subscriptions(Wire):
    data: Items[Subscription] = ()


class TokenFacts(Wire):
    app_id: Id = ""
    expires_at: int = 0
    data_access_expires_at: int = 0


class TokenAnswer(Wire):
    data: TokenFacts = TokenFacts()


class Field(Wire):
    name: str = ""


class AppWebhook(Wire):
    object: str = ""
    callback_url: str = ""
    fields: Items[Field] = ()


class AppWebhooks(Wire):
    data: Items[AppWebhook] = ()


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
        fields = self._list_fields(api, token)
        shown = f"{number.verified_name} ({number.display_phone_number})" if number.verified_name else ""
        return Account(
            external_id=number.id or api.number,
            name=shown or number.display_phone_number,
            settings={"display_phone_number": number.display_phone_number, "app_id": token.app_id},
            warnings=(*_warn(number), *_warn_of_token(token), *_warn_of_apps(apps, token), *_warn_of_fields(fields)),
            notes=tuple(_note(number, account)),
        )

    def _check_secrets(self) -> None:
        for name in ("access_token", "app_secret"):
            if not self._connection.secrets.get(name):
                raise Misconfigured(f"{name} is missing: see docs/services/whatsapp.md for where Meta shows it")

    def _list_apps(self, api: Api) -> tuple[Subscription, ...]:
        response = api.get(self._account, "subscribed_apps")
        return read_answer(Subscriptions, _succeed(response, "the account's apps")).data

    def _read_token(self, api: Api) -> TokenFacts:
        """Nothing where Meta does not say: it is good to know, and no more."""
        response = api.get("debug_token", query={"input_token": self._connection.secrets.get("access_token")})
        return read_or(TokenAnswer, response, TokenAnswer()).data if response.ok else TokenFacts()

    def _list_fields(self, api: Api, token: TokenFacts) -> frozenset[str] | None:
        """What the app's webhook is subscribed to; None where Meta does not say."""
        webhooks = self._list_app_webhooks(api, token)
        found = next((one for one in webhooks or () if one.object == "whatsapp_business_account"), None)
        if webhooks is None:
            return None
        return frozenset(field.name for field in found.fields) if found else frozenset()

    def _list_app_webhooks(self, api: Api, token: TokenFacts) -> tuple[AppWebhook, ...] | None:
        """Only the app itself may ask, whose token are its id and its secret."""
        if not token.app_id:
            return None
        secret = f"{token.app_id}|{self._connection.secrets.get('app_secret')}"
        response = api.get(token.app_id, "subscriptions", query={"access_token": secret})
        return read_or(AppWebhooks, response, AppWebhooks()).data if response.ok else None

    # --- webhooks ----------------------------------------------------------------------------------------------------

    def register(self, webhooks: Webhooks) -> Settings:
        """Registers the number where it is not, and has the account's webhooks sent to us.

        Meta calls the URL at once, with the verify token.
        """
        (url,) = webhooks.values()
        api = Api(self._connection, self._http)
        self._register_number(api)
        body = {"override_callback_uri": url, "verify_token": self._connection.secrets.get("verify_token")}
        response = api.post(self._account, "subscribed_apps", json=body, repeatable=True)
        if not response.ok:
            code = make_refusal(response).code
            raise Misconfigured(
                f"Meta did not accept the webhook URL (code {code}): it must be reachable from the internet over "
                "HTTPS, and the token needs whatsapp_business_management"
            )
        if self.registered() != url:
            raise Transient("Meta accepted the webhook URL but still reports another one: try again in a minute")
        return {}

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
    def _account(self) -> str:
        account = self._connection.setting("waba_id")
        if not account.isdecimal():
            raise Misconfigured("waba_id must be digits: copy it from the App Dashboard > WhatsApp > API Setup")
        return account


def list_manual_steps(webhooks: Webhooks, connection: Connection) -> tuple[str, ...]:
    del webhooks, connection  # the URL itself is set by a call
    return (
        "In the App Dashboard open WhatsApp > Configuration > Webhook fields and subscribe to "
        f"{', '.join(spec.FIELDS)}",
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
    if 0 < ends < 253_402_300_799:  # noqa: PLR2004  the last second that Python knows
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


def _warn_of_fields(fields: frozenset[str] | None) -> Iterator[str]:
    missing = [name for name in spec.FIELDS if fields is not None and name not in fields]
    if missing:
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
