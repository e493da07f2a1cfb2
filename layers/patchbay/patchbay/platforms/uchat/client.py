"""Calling UChat with its two keys, and what each refusal means."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from urllib.parse import quote

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import AuthorizationNeeded, Misconfigured, Unreadable
from patchbay.domain.text import shorten
from patchbay.kit.contract import Http, HttpRequest, HttpResponse
from patchbay.kit.rest import read_or, send_call
from patchbay.kit.schemas import Wire, read_wire
from patchbay.kit.statuses import Meaning, Rule, Statuses
from patchbay.platforms.uchat.responses import MeWire, PartnerWire, ProblemWire, WebhookWire
from patchbay.platforms.uchat.urls import read_base, read_bot_url

_HANDSHAKE_SECONDS = 30.0  #: UChat calls us before it answers
_NOWHERE = frozenset({*range(300, 400), 404, 405, 410})

STATUSES = Statuses(title="UChat", calls="to the workspace's API")

#: Posts to the bot's own address.
BOT = Statuses(
    title="UChat",
    calls="to the bot's address",
    exceptions=(
        Rule(
            _NOWHERE,
            Meaning.OWNER,
            "UChat tells the bot's address when the webhook is set: one without a bot is out of date",
            "UChat, API Chat Channel",
        ),
    ),
)


class NotSet(Misconfigured):
    """UChat could not do what was asked about the webhook, for a reason that it says or does not say."""


class Api:
    """The APIs of one account. Raises AuthorizationNeeded, Misconfigured or a DeliveryError for what is no success."""

    def __init__(self, connection: Connection, http: Http) -> None:
        self._connection = connection
        self._http = http

    # --- contacts' messages, with the flow key -----------------------------------------------------------------------

    def post_message(self, body: Mapping[str, object]) -> None:
        """UChat documents no answer: any success will do."""
        request = HttpRequest(method="POST", url=self._find_bot(), headers=self._headers("flow_api_key"), json=body)
        response = send_call(self._http, request, BOT, self._explain_bot)
        if not response.ok:
            raise BOT.refuse(response, "this message", _name_fields(response))

    def _find_bot(self) -> str:
        try:
            url = read_bot_url(self._connection.settings)
        except Misconfigured as problem:
            raise AuthorizationNeeded(str(problem)) from None
        if not url:
            raise AuthorizationNeeded(f"bot_url is not known yet: run `{self._command}`, which says what is left to do")
        return url

    def _explain_bot(self, response: HttpResponse) -> str:
        if response.status in _NOWHERE:
            return (
                f"UChat has no bot at bot_url any more (HTTP {response.status}): run `{self._command}`, which asks for "
                "it anew"
            )
        return self._explain_flow_key(response)

    def _explain_flow_key(self, response: HttpResponse) -> str:
        renew = f"then run `{self._command} --secret flow_api_key=@FILE`"
        if response.status == 403:
            return (
                f'the flow_api_key may not do this: give it the permission "manage flow" in UChat, or make another '
                f"key in the flow that has the Api Chat channel, {renew}"
            )
        return f"UChat does not accept the flow_api_key: copy it again from the flow, {renew}"

    def read_me(self) -> MeWire:
        """Whose the flow key is."""
        response = self._call("GET", "me", key="flow_api_key", explain=self._explain_flow_key)
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
        response = self._call(method, *steps, key="partner_api_key", explain=self._explain_partner_key, json=body)
        if response.status == 404:
            raise Misconfigured(
                "UChat does not find this workspace_id: check it in the partner's list of workspaces, and base_url too"
            )
        answer = self._read(PartnerWire, response, what)
        if answer.status != "ok":
            raise NotSet(f"{what} did not work: {self._quote(answer.message) or 'UChat does not say why'}")
        return answer.data

    def _explain_partner_key(self, response: HttpResponse) -> str:
        if response.status == 403:
            return (
                "the partner may not use Api Chat in this workspace: check workspace_id, and have UChat's support "
                "enable the add-on Api Chat for the partner"
            )
        return (
            "UChat does not accept the partner_api_key: copy it again from the partner's own workspace, "
            f"then run `{self._command} --secret partner_api_key=@FILE`"
        )

    # --- both --------------------------------------------------------------------------------------------------------

    @property
    def _command(self) -> str:
        return f"patchbay connect uchat {self._connection.id}"

    def _headers(self, key: str) -> dict[str, str]:
        """UChat answers failures with pages and redirects unless JSON is asked for."""
        secret = self._connection.secrets.get(key)
        return {"Authorization": f"Bearer {secret}", "Accept": "application/json"}

    def _call(
        self, method: str, *steps: str, key: str, explain: Callable[[HttpResponse], str], json: object = None
    ) -> HttpResponse:
        path = "/".join(quote(step, safe="") for step in steps)
        request = HttpRequest(
            method=method,
            url=f"{read_base(self._connection.settings)}/api/{path}",
            headers=self._headers(key),
            json=json,
            timeout=_HANDSHAKE_SECONDS if method == "POST" else 10.0,
            repeatable=True,  # a webhook is set, not added
        )
        return send_call(self._http, request, STATUSES, explain)

    def _read[W: Wire](self, model: type[W], response: HttpResponse, what: str) -> W:
        """Raises Misconfigured for refusals that are nobody's right, and for answers of another server."""
        if response.status >= 400:
            problem = read_or(ProblemWire, response, ProblemWire())
            told = self._quote(problem.message) or "UChat does not say why"
            if response.status != 404:
                raise NotSet(f"{what} did not work (HTTP {response.status}): {told}")
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
