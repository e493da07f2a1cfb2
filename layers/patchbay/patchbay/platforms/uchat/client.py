"""Calling UChat with its two keys, and what each refusal means."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import AuthorizationNeeded, Misconfigured, Unreadable
from patchbay.domain.text import shorten
from patchbay.kit.contract import Http, HttpResponse
from patchbay.kit.rest import RestClient, read_or, reading_settings
from patchbay.kit.schemas import Wire, read_wire
from patchbay.kit.statuses import Meaning, Reason, Rule, Statuses
from patchbay.platforms.uchat.responses import MeWire, PartnerWire, ProblemWire, WebhookWire
from patchbay.platforms.uchat.urls import read_base_url, read_bot_url

_HANDSHAKE_SECONDS = 30.0  #: UChat calls us before it answers
_NOWHERE = frozenset({*range(300, 400), 404, 405, 410})

#: The fields that we send. UChat's own words about a message are not passed on: they may quote it.
_FIELDS = (
    "content",
    "message_type",
    "sender",
    "conversation_id",
    "event",
    "attachments",
    "submitted_values",
)


def _name_fields(response: HttpResponse) -> Reason:
    """Which fields were refused, by the names that they have in the request."""
    errors = read_or(ProblemWire, response, ProblemWire()).errors
    named = {field.partition(".")[0] for field in errors}
    return Reason(details=", ".join(field for field in _FIELDS if field in named))


STATUSES = Statuses(title="UChat", calls="to the workspace's API")

#: Posts to the bot's own address.
BOT = Statuses(
    title="UChat",
    calls="to the bot's address",
    exceptions=(
        Rule(
            _NOWHERE,
            Meaning.OWNER,
            "UChat returns the bot's URL when the webhook is set: a URL without a bot is out of date",
            "UChat, API Chat Channel",
        ),
    ),
    read_reason=_name_fields,
)


class NotSet(Misconfigured):
    """UChat could not do what was asked about the webhook, for a reason that it says or does not say."""


class Api:
    """The APIs of one account. Raises AuthorizationNeeded, Misconfigured or a DeliveryError for what is no success."""

    def __init__(self, connection: Connection, http: Http) -> None:
        self._connection = connection
        self._http = http
        self._command = f"patchbay connect uchat {connection.id}"

    # --- contacts' messages, with the flow key -----------------------------------------------------------------------

    def post_message(self, body: Mapping[str, object]) -> None:
        """UChat documents no answer: any success will do."""
        response = self._client("flow_api_key", self._explain_bot, self._find_bot(), BOT).post(
            json=body, repeatable=False
        )
        if not response.ok:
            raise BOT.refuse(response, "posting this message")

    def _find_bot(self) -> str:
        with reading_settings():
            url = read_bot_url(self._connection.settings)
        if not url:
            raise AuthorizationNeeded(f"bot_url is missing: run `{self._command}`, which lists the remaining steps")
        return url

    def _explain_bot(self, response: HttpResponse) -> str:
        if response.status in _NOWHERE:
            return (
                f"UChat no longer has a bot at bot_url (HTTP {response.status}): run `{self._command}`, which asks "
                "UChat for the new address"
            )
        return self._explain_flow_key(response)

    def _explain_flow_key(self, response: HttpResponse) -> str:
        run = f"then run `{self._command} --secret flow_api_key=@FILE`"
        if response.status == 403:
            return (
                'the flow_api_key does not have the permission "manage flow": give it that permission in UChat, or '
                f"make another API key in the flow with the bot, {run}"
            )
        return f"UChat does not accept the flow_api_key: copy it again from the flow with the bot, {run}"

    def read_me(self) -> MeWire:
        """Whose the flow key is."""
        response = self._client("flow_api_key", self._explain_flow_key).get("me")
        return self._read(MeWire, response, "reading the owner of flow_api_key")

    # --- the workspace's webhook, with the partner key ---------------------------------------------------------------

    def get_webhook(self) -> WebhookWire:
        return self._read_webhook(self._partner.get(*self._webhook), "asking for the webhook")

    def set_webhook(self, url: str, verification_key: str) -> WebhookWire:
        """A webhook is set, not added, so it may be set twice."""
        body = {"webhook_url": url, "webhook_verification_key": verification_key}
        response = self._partner.post(*self._webhook, json=body, repeatable=True, timeout=_HANDSHAKE_SECONDS)
        return self._read_webhook(response, "setting the webhook")

    def remove_webhook(self) -> WebhookWire:
        return self._read_webhook(self._partner.delete(*self._webhook), "removing the webhook")

    @property
    def _partner(self) -> RestClient:
        return self._client("partner_api_key", self._explain_partner_key)

    @property
    def _webhook(self) -> tuple[str, ...]:
        return "partner", "workspace", self._connection.setting("workspace_id").strip(), "apichat-webhook"

    def _read_webhook(self, response: HttpResponse, what: str) -> WebhookWire:
        """UChat: also a 2xx has failed whose status is not "ok"."""
        if response.status == 404:
            raise Misconfigured(
                "UChat does not find this workspace_id: check it in the partner's list of workspaces, and base_url too"
            )
        answer = self._read(PartnerWire, response, what)
        if answer.status != "ok":
            raise NotSet(f"{what} failed: {self._repeat(answer.message)}")
        return answer.data

    def _explain_partner_key(self, response: HttpResponse) -> str:
        if response.status == 403:
            return (
                "the partner may not use Api Chat in this workspace: check workspace_id, and ask UChat's support to "
                "enable the add-on Api Chat for the partner"
            )
        return (
            "UChat does not accept the partner_api_key: copy the partner API key again from the partner's own "
            f"workspace, then run `{self._command} --secret partner_api_key=@FILE`"
        )

    # --- both --------------------------------------------------------------------------------------------------------

    def _client(
        self,
        key: str,
        explain: Callable[[HttpResponse], str],
        url: str = "",
        statuses: Statuses = STATUSES,
    ) -> RestClient:
        """Of the workspace's API, unless another address is given."""
        headers = {"Authorization": f"Bearer {self._connection.secrets.get(key)}"}
        url = url or f"{read_base_url(self._connection.settings)}/api"
        return RestClient(self._http, url, headers=headers, statuses=statuses, explain=explain)

    def _read[W: Wire](self, model: type[W], response: HttpResponse, what: str) -> W:
        """Raises Misconfigured for refusals that do not concern rights, and for responses of another server."""
        if response.status >= 400 and response.status != 404:
            problem = read_or(ProblemWire, response, ProblemWire())
            raise NotSet(f"{what} failed (HTTP {response.status}): {self._repeat(problem.message)}")
        try:
            if response.ok:
                return read_wire(model, response.body)
        except Unreadable:
            pass
        raise Misconfigured(
            f"base_url leads to no UChat API (HTTP {response.status}): leave it out, or give the partner's own domain"
        )

    def _repeat(self, message: str) -> str:
        """UChat's words about a call that held nobody's message; none that repeat a secret of ours."""
        secrets = (value for value in self._connection.secrets.values.values() if value)
        known = "" if any(secret in message for secret in secrets) else " ".join(message.split())
        return shorten(known, 200) or "UChat gave no reason"
