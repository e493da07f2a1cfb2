"""Connecting a bot: proving its token, pointing its webhook at us and away again."""

from __future__ import annotations

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import AuthorizationNeeded, Misconfigured, Transient
from patchbay.domain.feedback import FeedbackKind, is_wanted
from patchbay.domain.text import shorten, text_length
from patchbay.kit.account_setup import Account, Webhooks
from patchbay.kit.addresses import warn_of_other_webhook
from patchbay.kit.contract import Http
from patchbay.messengers.viber import spec
from patchbay.messengers.viber.client import BAD_ADDRESS, OK, Answer, Api, read_base_url

_CALL_INSIDE_A_CALL = 30.0  #: seconds: our function may have to start first

# The other events always come: `message`, `subscribed`, `unsubscribed`.
_EVENTS = ("failed", "conversation_started")
_RECEIPTS = {FeedbackKind.DELIVERED: "delivered", FeedbackKind.READ: "seen"}


def check(connection: Connection, http: Http) -> Account:
    """The bot behind the token. The bot's name speaks where the owner set no other."""
    read_base_url(connection.settings)
    if not connection.secrets.get("auth_token"):
        raise Misconfigured("auth_token is missing: copy it from the bot's settings in the Viber Admin Panel")
    answer = _succeed("get_account_info", {}, connection, http)
    bot, name = answer.id or "", answer.name or ""
    facts = {"account_id": bot, "account_name": name}
    if not connection.setting("sender_name") and name:
        facts["sender_name"] = shorten(name, spec.SENDER_NAME)
    return Account(external_id=bot, name=name, settings=facts, warnings=tuple(_warn(answer.webhook or "", connection)))


def _warn(webhook: str, connection: Connection) -> list[str]:
    warnings = [*warn_of_other_webhook(webhook, "viber")]
    if text_length(connection.setting("sender_name")) > spec.SENDER_NAME:
        warnings.append(f"sender_name is too long: customers see its first {spec.SENDER_NAME} characters")
    return warnings


def register(webhooks: Webhooks, connection: Connection, http: Http) -> None:
    """Viber calls the address while this call is open, and takes nothing but HTTP 200 for an answer."""
    (url,) = webhooks.values()
    receipts = [name for kind, name in _RECEIPTS.items() if is_wanted(kind, connection.feedback)]
    payload = {"url": url, "event_types": [*receipts, *_EVENTS], "send_name": True, "send_photo": True}
    api = Api(connection, http)
    answer = api.call("set_webhook", payload, repeatable=True, timeout=_CALL_INSIDE_A_CALL)
    if answer.status == BAD_ADDRESS:
        raise Misconfigured(
            "Viber did not get HTTP 200 from the webhook URL (Viber status 1): if the log of "
            "viber_webhook shows a refused webhook, enter the auth_token of this bot; if it shows no "
            "call from Viber, make the URL reachable from the internet over HTTPS, with a "
            "certificate from a public authority"
        )
    _check(answer, api)
    if registered(connection, http) != url:
        raise Transient("Viber accepted the webhook URL but still reports another one: try again in a minute")


def unregister(connection: Connection, http: Http) -> None:
    """Viber: a bot without a webhook can neither be written to nor write."""
    _succeed("set_webhook", {"url": ""}, connection, http)


def registered(connection: Connection, http: Http) -> str:
    return _succeed("get_account_info", {}, connection, http).webhook or ""


def registered_feedback(connection: Connection, http: Http) -> frozenset[FeedbackKind]:
    """Viber reports every event to a webhook that was set without a list."""
    events = _succeed("get_account_info", {}, connection, http).event_types
    return frozenset(kind for kind, name in _RECEIPTS.items() if events is None or name in events)


def _succeed(method: str, payload: dict[str, object], connection: Connection, http: Http) -> Answer:
    api = Api(connection, http)
    answer = api.call(method, payload, repeatable=True)
    _check(answer, api)
    return answer


def _check(answer: Answer, api: Api) -> None:
    """The token's and the account's failures name what to do; any other is Viber's refusal of the call as such."""
    if answer.status == OK:
        return
    failure = api.make_failure(answer.status)
    if isinstance(failure, (AuthorizationNeeded, Transient)):
        raise failure
    raise Misconfigured(f"Viber refused to set up the bot (Viber status {answer.status}): check the bot's settings")
