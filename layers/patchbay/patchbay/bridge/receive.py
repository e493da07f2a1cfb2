"""Use case 1: a webhook becomes events that are safe on the queue.

Nothing is acted on before it is verified, and nothing is answered before it is safe. A warm container touches no table
per webhook: one call to the queue is the whole cost.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import get_args

from patchbay.bridge import retry_policy
from patchbay.bridge.ports import Clock, Connections, QueueProducer, Telemetry
from patchbay.bridge.quotas import LocalLimits
from patchbay.domain.accounts import Endpoint
from patchbay.domain.errors import (
    Misconfigured,
    QueueRefused,
    SignatureRejected,
    SourceRejected,
    UnknownAccount,
    UnknownTenant,
    UnknownThread,
    UnknownWebhook,
    WebhookRefused,
)
from patchbay.domain.events import ACCOUNT_TO_COME, Event, Ignored, ReceiptReceived, TypingChanged
from patchbay.domain.feedback import is_wanted
from patchbay.kit.abilities import AnswersHandshakes, AnswersWebhooks, ReceivesInForms, TimestampsWebhooks
from patchbay.kit.contract import ALLOWED_SOURCES, Connector, WebhookRequest, WebhookResponse

_METRICS: dict[type[WebhookRefused], str] = {
    SignatureRejected: "RejectedSignature",
    SourceRejected: "RejectedSource",
    UnknownWebhook: "UnknownHook",
    UnknownAccount: "UnknownHook",
    UnknownTenant: "UnknownHook",
    UnknownThread: "UnknownHook",
}
_ParsedEvents = Sequence[Event | Ignored]
_Read = tuple[Endpoint, _ParsedEvents]  #: what a webhook means, and the endpoint that knows all that it names

_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)
_MOST_REMARKS = 10  #: a minute about addresses that nobody has: strangers must not write our log
_MOST_LOOK_UPS = 10  #: for one webhook, each of something else that it names


class Receiver:
    """Receives the webhooks of one service."""

    def __init__(
        self,
        *,
        connector: Connector,
        connections: Connections,
        producer: QueueProducer,
        clock: Clock,
        telemetry: Telemetry,
        verifies: bool = True,
    ) -> None:
        """`verifies`: whoever can send something must prove that it is the service; else AWS has seen to that."""
        self._verifies = verifies
        self._connector = connector
        self._connections = connections
        self._producer = producer
        self._clock = clock
        self._telemetry = telemetry
        self._remarks = LocalLimits(clock)
        self._reasons = LocalLimits(clock)

    def receive(self, webhook_token: str, request: WebhookRequest) -> WebhookResponse:
        """The answer that the service wants.

        401 for a bad signature, 400 for what cannot be read, 404 for an unknown token; 500 only when the queue refused,
        so that the service sends the webhook again.
        """
        try:
            return self._accept(webhook_token, request)
        except WebhookRefused as refusal:
            return self._refuse(refusal)
        except QueueRefused as refusal:
            self._telemetry.error("webhook not queued", service=self._connector.service, reason=str(refusal))
            return _describe(500, "the queue is not available: send the webhook again")

    def _accept(self, webhook_token: str, request: WebhookRequest) -> WebhookResponse:
        endpoint = self._connections.endpoint(self._connector.service, webhook_token)
        if endpoint is None:
            raise UnknownWebhook("no connection has this webhook URL: run `patchbay connect` and copy the URL again")
        if self._verifies:
            endpoint = self._admit(webhook_token, request, endpoint)
            greeting = self._answer_handshake(webhook_token, request, endpoint)
            if greeting is not None:
                return greeting
            endpoint = self._verify(webhook_token, request, endpoint)
        endpoint, parsed_events = self._parse(request, endpoint)
        if any(isinstance(one, Ignored) and one.by_settings for one in parsed_events):
            endpoint, parsed_events = self._read_again(webhook_token, request, endpoint, parsed_events)
        if self._is_of_another_time(request, endpoint):
            return self._answer(request, endpoint, [Ignored(reason="too old, or from the future")])
        self._enqueue(request, endpoint, self._choose_wanted(webhook_token, endpoint, parsed_events))
        return self._answer(request, endpoint, parsed_events)

    def _admit(self, webhook_token: str, request: WebhookRequest, endpoint: Endpoint) -> Endpoint:
        """The endpoint, which lets the caller's network in: an owner may have allowed it since it was cached."""
        if _is_let_in(request, endpoint):
            return endpoint
        renewed = self._connections.renew_endpoint(endpoint.service, webhook_token)
        if renewed is None or not _is_let_in(request, renewed):
            raise SourceRejected("the webhook comes from a network that is not in allowed_sources")
        return renewed

    def _answer_handshake(
        self, webhook_token: str, request: WebhookRequest, endpoint: Endpoint
    ) -> WebhookResponse | None:
        if not isinstance(self._connector, AnswersHandshakes):
            return None
        greeting = self._greet(webhook_token, request, endpoint, self._connector)
        if greeting is not None:
            if greeting.status < 400:
                self._telemetry.info("handshake answered", service=endpoint.service, endpoint=endpoint.id)
            else:
                self._telemetry.warning("handshake refused", service=endpoint.service, endpoint=endpoint.id)
        return greeting

    def _greet(
        self, webhook_token: str, request: WebhookRequest, endpoint: Endpoint, connector: AnswersHandshakes
    ) -> WebhookResponse | None:
        """The answer to a handshake; before one is refused, a secret that was changed since is looked for."""
        greeting = connector.answer_handshake(request, endpoint)
        if greeting is None or greeting.status < 400:
            return greeting
        renewed = self._connections.renew_endpoint(endpoint.service, webhook_token)
        if renewed is None or renewed.secrets == endpoint.secrets:
            return greeting
        return connector.answer_handshake(request, renewed)

    def _verify(self, webhook_token: str, request: WebhookRequest, endpoint: Endpoint) -> Endpoint:
        """The endpoint whose secrets verify the webhook: an owner may have changed one since it was cached."""
        try:
            self._check(request, endpoint)
        except SignatureRejected:
            renewed = self._connections.renew_endpoint(endpoint.service, webhook_token)
            if renewed is None or renewed.secrets == endpoint.secrets:
                raise
            self._check(request, renewed)
            return renewed
        return endpoint

    def _is_of_another_time(self, request: WebhookRequest, endpoint: Endpoint) -> bool:
        """Whether the ledger may not know any more, or not for long enough, that this webhook has been here before.

        It is answered as ever: the service would send it again and again. Somebody has kept it, or a clock is wrong.
        """
        if not isinstance(self._connector, TimestampsWebhooks):
            return False
        written = self._connector.read_timestamp(request)
        age = (request.received_at - written).total_seconds() if written else 0.0
        if -retry_policy.CLOCKS_DIFFER <= age <= retry_policy.WEBHOOK_PATIENCE:
            return False
        self._telemetry.warning(
            "webhook too old or too new", service=endpoint.service, endpoint=endpoint.id, age=round(age)
        )
        self._telemetry.count("StaleWebhook", endpoint.service)
        return True

    def _choose_wanted(self, webhook_token: str, endpoint: Endpoint, parsed_events: _ParsedEvents) -> _ParsedEvents:
        """With the links that are stored by now: the connection may be linked to another one since it was cached."""
        if all(_is_wanted(one, endpoint) for one in parsed_events):
            return parsed_events
        now = self._connections.renew_endpoint(endpoint.service, webhook_token, secrets=False) or endpoint
        return [
            one if _is_wanted(one, now) else Ignored(reason="no linked connection can show it", routine=True)
            for one in parsed_events
        ]

    def _read_again(
        self, webhook_token: str, request: WebhookRequest, endpoint: Endpoint, read: _ParsedEvents
    ) -> _Read:
        """With the settings that are stored by now: an owner may have changed one since the endpoint was cached."""
        renewed = self._connections.renew_endpoint(endpoint.service, webhook_token)
        if renewed is None or renewed.settings == endpoint.settings:
            return endpoint, read
        return self._parse(request, renewed)

    def _parse(self, request: WebhookRequest, endpoint: Endpoint) -> _Read:
        """What the webhook means: whatever it names that must be looked up is looked up, and it is read again."""
        for _ in range(_MOST_LOOK_UPS):
            try:
                return endpoint, self._connector.parse(request, endpoint)
            except UnknownAccount as unknown:
                endpoint = self._find_account(endpoint, unknown)
            except UnknownTenant as unknown:
                accounts = self._connections.accounts_of(endpoint.id, unknown.tenant)
                endpoint = replace(endpoint, tenants={**endpoint.tenants, unknown.tenant: accounts})
            except UnknownThread as unknown:
                endpoint = self._find_thread(endpoint, unknown)
        return endpoint, self._connector.parse(request, endpoint)

    def _find_account(self, endpoint: Endpoint, unknown: UnknownAccount) -> Endpoint:
        """An account that has a connection, or is being connected in this moment."""
        named = frozenset(unknown.accounts) - endpoint.accounts - endpoint.strangers
        if not named:
            raise unknown
        found = frozenset(account for account in named if self._connections.has_account(endpoint.id, account))
        return replace(endpoint, accounts=endpoint.accounts | found, strangers=endpoint.strangers | (named - found))

    def _find_thread(self, endpoint: Endpoint, unknown: UnknownThread) -> Endpoint:
        """The account of a conversation, which the dispatcher has to find where it is being opened in this moment."""
        account = self._connections.account_of_thread(endpoint.id, unknown.thread)
        if account is None and not self._connections.awaits_thread(endpoint.id):
            raise unknown
        return replace(endpoint, threads={unknown.thread: ACCOUNT_TO_COME if account is None else account})

    def _check(self, request: WebhookRequest, endpoint: Endpoint) -> None:
        try:
            self._connector.verify(request, endpoint)
        except Misconfigured as problem:
            raise SignatureRejected(str(problem)) from None

    def _enqueue(self, request: WebhookRequest, endpoint: Endpoint, parsed_events: Sequence[Event | Ignored]) -> None:
        events = [parsed_event for parsed_event in parsed_events if isinstance(parsed_event, get_args(Event))]
        if events:
            self._producer.send(events)
        form = self._connector.name_form(request) if isinstance(self._connector, ReceivesInForms) else ""
        self._connections.note_webhook(endpoint.id, request.received_at, form)
        took = (self._clock.now() - request.received_at).total_seconds() * 1000
        for parsed_event in parsed_events:
            if isinstance(parsed_event, Ignored) and parsed_event.routine:
                continue
            if isinstance(parsed_event, Ignored):
                self._note_ignored(endpoint, parsed_event.reason)
            else:  # the event's id finds the dispatcher's line, which names its connection and its group
                self._telemetry.info(
                    "webhook accepted",
                    service=endpoint.service,
                    event=parsed_event.id,
                    kind=parsed_event.kind,
                    milliseconds=round(took, 1),
                )

    def _note_ignored(self, endpoint: Endpoint, reason: str) -> None:
        """Once an hour for each reason: most are echoes of our own messages, as many as there are messages."""
        is_known = self._reasons.take(f"{endpoint.id} {reason}", 1, _HOUR)
        log = self._telemetry.detail if is_known else self._telemetry.info
        log("webhook ignored", service=endpoint.service, endpoint=endpoint.id, reason=reason)

    def _answer(
        self, request: WebhookRequest, endpoint: Endpoint, parsed_events: Sequence[Event | Ignored]
    ) -> WebhookResponse:
        if isinstance(self._connector, AnswersWebhooks):
            answer = self._connector.answer_webhook(request, endpoint, parsed_events)
            if answer is not None:
                return answer
        return WebhookResponse(status=self._connector.accepted_status)

    def _refuse(self, refusal: WebhookRefused) -> WebhookResponse:
        service = self._connector.service
        if type(refusal) is UnknownWebhook and self._remarks.take("unknown", _MOST_REMARKS, _MINUTE):
            return _describe(refusal.status, str(refusal))
        self._telemetry.warning("webhook refused", service=service, status=refusal.status, reason=str(refusal))
        self._telemetry.count(_METRICS.get(type(refusal), "UnreadableWebhook"), service)
        if isinstance(refusal, SourceRejected):
            self._telemetry.count("RejectedSignature", service)  # the alarm is the same
        return _describe(refusal.status, str(refusal))


def _is_let_in(request: WebhookRequest, endpoint: Endpoint) -> bool:
    listed = endpoint.settings.get(ALLOWED_SOURCES.name, "")
    if not listed:
        return True
    from patchbay.bridge.webhook_sources import is_allowed  # few want it, and every cold start would pay for it

    return is_allowed(request.source, listed)


def _is_wanted(parsed_event: Event | Ignored, endpoint: Endpoint) -> bool:
    """What nobody on the other side can show goes no further: to find that out later would cost several calls."""
    if not isinstance(parsed_event, ReceiptReceived | TypingChanged):
        return True
    if isinstance(parsed_event, ReceiptReceived) and parsed_event.price is not None:
        return True  # the owner is shown what it costs
    return parsed_event.feedback is None or is_wanted(parsed_event.feedback, endpoint.feedback)


def _describe(status: int, reason: str) -> WebhookResponse:
    body = json.dumps({"error": reason}, ensure_ascii=False).encode()
    return WebhookResponse(status=status, body=body, headers={"content-type": "application/json; charset=utf-8"})
