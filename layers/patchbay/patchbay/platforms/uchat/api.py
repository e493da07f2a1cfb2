"""Calling UChat with its two keys, and what each refusal means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from patchbay.accounts import Connection
from patchbay.calls import read_or, send_call
from patchbay.contract import Http, HttpRequest, HttpResponse
from patchbay.errors import (
    AuthorizationNeeded,
    DeliveryError,
    Misconfigured,
    Rejected,
    Transient,
    Uncertain,
    Unreadable,
)
from patchbay.platforms.uchat.answers import MeWire, PartnerWire, ProblemWire, WebhookWire
from patchbay.platforms.uchat.places import read_base, read_bot_url
from patchbay.texts import shorten
from patchbay.wire import Wire, read_wire

_HANDSHAKE_SECONDS = 30.0  #: UChat calls us before it answers
_LATER = frozenset({408, 425, 429})
_NO_ANSWER = frozenset({502, 504})  #: whether the call was done behind them is not known
_NOWHERE = frozenset({404, 405, 410})


class Api:
    """The APIs of one account. Raises AuthorizationNeeded, Misconfigured or a DeliveryError for what is no success."""

    def __init__(self, connection: Connection, http: Http) -> None:
        self._connection = connection
        self._http = http

    # --- contacts' messages, with the flow key -----------------------------------------------------------------------

    def post_message(self, body: Mapping[str, object]) -> None:
        """UChat documents no answer: any success will do."""
        request = HttpRequest(method="POST", url=self._find_bot(), headers=self._headers("flow_api_key"), json=body)
        response = send_call(self._http, request, repeatable=False)
        if not response.ok:
            raise self._judge_post(response)

    def _find_bot(self) -> str:
        try:
            url = read_bot_url(self._connection.settings)
        except Misconfigured as problem:
            raise AuthorizationNeeded(str(problem)) from None
        if not url:
            raise AuthorizationNeeded(f"bot_url is not known yet: run `{self._command}`, which says what is left to do")
        return url

    def _judge_post(self, response: HttpResponse) -> DeliveryError:
        status = response.status
        if status in _NO_ANSWER:
            return Uncertain(f"UChat's gateway did not wait for the outcome (HTTP {status})")
        if status in _LATER or status >= 500:
            return Transient(f"UChat cannot take it now (HTTP {status})", retry_after=response.retry_after)
        if status in {401, 403}:
            return self._refuse_flow_key(status)
        if status in _NOWHERE or status < 400:
            return AuthorizationNeeded(
                f"UChat has no bot at bot_url any more (HTTP {status}): run `{self._command}`, which asks for it anew"
            )
        fields = _name_fields(response)
        told = f"HTTP {status}: {fields}" if fields else f"HTTP {status}"
        return Rejected(f"UChat does not take this message ({told})", code=f"http_{status}")

    def _refuse_flow_key(self, status: int) -> AuthorizationNeeded:
        renew = f"then run `{self._command} --secret flow_api_key=@FILE`"
        if status == 403:
            return AuthorizationNeeded(
                f'the flow_api_key may not do this: give it the permission "manage flow" in UChat, or make another '
                f"key in the flow that has the Api Chat channel, {renew}"
            )
        return AuthorizationNeeded(f"UChat does not accept the flow_api_key: copy it again from the flow, {renew}")

    def read_me(self) -> MeWire:
        """Whose the flow key is."""
        response = self._call("GET", "me", key="flow_api_key")
        if response.status in {401, 403}:
            raise self._refuse_flow_key(response.status)
        return self._read(MeWire, response, "asking whose the flow_api_key is")

    # --- the workspace's webhook, with the partner key ---------------------------------------------------------------

    def get_webhook(self) -> WebhookWire:
        return self._webhook("GET", "asking for the webhook")

    def set_webhook(self, url: str, verification_key: str) -> WebhookWire:
        body = {"webhook_url": url, "webhook_verification_key": verification_key}
        return self._webhook("POST", "setting the webhook", body)

    def remove_webhook(self) -> WebhookWire:
        return self._webhook("DELETE", "removing the webhook")

    def _webhook(self, method: str, what: str, body: object = None) -> WebhookWire:
        """UChat: also a 2xx has failed whose status is not "ok"."""
        steps = ("partner", "workspace", self._connection.setting("workspace_id").strip(), "apichat-webhook")
        response = self._call(method, *steps, key="partner_api_key", json=body)
        self._refuse_partner(response)
        answer = self._read(PartnerWire, response, what)
        if answer.status != "ok":
            raise Misconfigured(f"{what} did not work: {self._quote(answer.message) or 'UChat does not say why'}")
        return answer.data

    def _refuse_partner(self, response: HttpResponse) -> None:
        if response.status == 401:
            raise AuthorizationNeeded(
                "UChat does not accept the partner_api_key: copy it again from the partner's own workspace, "
                f"then run `{self._command} --secret partner_api_key=@FILE`"
            )
        if response.status == 403:
            raise AuthorizationNeeded(
                "the partner may not use Api Chat in this workspace: check workspace_id, and have UChat's support "
                "enable the add-on Api Chat for the partner"
            )
        if response.status == 404:
            raise Misconfigured(
                "UChat does not find this workspace_id: check it in the partner's list of workspaces, and base_url too"
            )

    # --- both --------------------------------------------------------------------------------------------------------

    @property
    def _command(self) -> str:
        return f"patchbay connect uchat {self._connection.id}"

    def _headers(self, key: str) -> dict[str, str]:
        """UChat answers failures with pages and redirects unless JSON is asked for."""
        secret = self._connection.secrets.get(key)
        return {"Authorization": f"Bearer {secret}", "Accept": "application/json"}

    def _call(self, method: str, *steps: str, key: str, json: object = None) -> HttpResponse:
        """A call that may be made twice without harm."""
        path = "/".join(quote(step, safe="") for step in steps)
        url = f"{read_base(self._connection.settings)}/api/{path}"
        seconds = _HANDSHAKE_SECONDS if method == "POST" else 10.0
        headers = self._headers(key)
        request = HttpRequest(method=method, url=url, headers=headers, json=json, timeout=seconds)
        response = send_call(self._http, request, repeatable=True)
        if response.status in _LATER or response.status >= 500:
            raise Transient(f"UChat has trouble (HTTP {response.status})", retry_after=response.retry_after)
        return response

    def _read[W: Wire](self, model: type[W], response: HttpResponse, what: str) -> W:
        """Raises Misconfigured for refusals that are nobody's right, and for answers of another server."""
        if response.status >= 400:
            problem = read_or(ProblemWire, response, ProblemWire())
            told = self._quote(problem.message) or "UChat does not say why"
            if response.status != 404:
                raise Misconfigured(f"{what} did not work (HTTP {response.status}): {told}")
        try:
            if response.ok:
                return read_wire(model, response.body)
        except Unreadable:
            pass
        raise Misconfigured(
            f"base_url leads to no UChat API (HTTP {response.status}): leave it out, or give the partner's own domain"
        )

    def _quote(self, message: str) -> str:
        """UChat's words about a call that held nobody's message; none that repeat a secret of ours."""
        secrets = (value for value in self._connection.secrets.values.values() if value)
        if any(secret in message for secret in secrets):
            return ""
        return shorten(" ".join(message.split()), 200)


#: The fields that we send. UChat's own words are not told of a message: they may quote it.
_FIELDS: Sequence[str] = (
    "content",
    "message_type",
    "sender",
    "conversation_id",
    "event",
    "attachments",
    "submitted_values",
)


def _name_fields(response: HttpResponse) -> str:
    """Which fields were refused, by the names that they have in the request."""
    errors = read_or(ProblemWire, response, ProblemWire()).errors
    named = {field.partition(".")[0] for field in errors}
    return ", ".join(field for field in _FIELDS if field in named)
