"""A messenger that takes agents' messages only for a day after the customer has written, and templates at any time."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from patchbay.domain.accounts import Connection, Endpoint
from patchbay.domain.errors import Rejected, WindowClosed
from patchbay.domain.events import Event, Ignored, MessageReceived
from patchbay.domain.model import Conversation, Delivered, Part
from patchbay.domain.template_status import TemplateStatus
from patchbay.domain.templates import ButtonKind, FilledTemplate, Template, TemplateButton
from patchbay.kit.abilities import SendsTyping
from patchbay.kit.contract import Http, WebhookRequest
from patchbay.kit.template_abilities import SendsTemplates
from patchbay.kit.template_settings import TEMPLATE_SETTINGS
from tests.harness.fakes.services import Pigeon, shown

DAY = timedelta(days=1)

REMINDER = Template(
    name="visit_reminder",
    language="de",
    category="utility",
    status=TemplateStatus.APPROVED,
    body="Guten Tag {{first_name}}, bis {{time}}.",
    parameters=("first_name", "time"),
)
GREETING = Template(
    name="greeting",
    language="en",
    category="utility",
    status=TemplateStatus.APPROVED,
    body="News for you: {{1}}",
    footer="Acme",
    parameters=("1",),
    buttons=(TemplateButton(kind=ButtonKind.REPLY, label="Stop"),),
)
OFFER = Template(
    name="winter_sale",
    language="en",
    category="marketing",
    status=TemplateStatus.APPROVED,
    body="Everything must go!",
)
PENDING = replace(OFFER, name="later", status=TemplateStatus.PENDING)


class WindowedPigeon(Pigeon, SendsTemplates, SendsTyping):
    """It knows when each customer wrote last. `kinder_by`: how much longer than it says it takes free messages."""

    service = "pigeon"
    settings = TEMPLATE_SETTINGS
    capabilities = replace(Pigeon.capabilities, typing=True)
    behavior = replace(Pigeon.behavior, reply_window=DAY.total_seconds())

    def __init__(self, now: Callable[[], datetime] | None = None) -> None:
        super().__init__()
        self.now = now
        self.last_written: dict[str, datetime] = {}
        self.listed = [REMINDER, GREETING, OFFER, PENDING]
        self.listings = 0
        self.refuses: dict[str, str] = {}  #: by the names of templates, why
        self.refusal: Rejected | None = None  #: of every template
        self.kinder_by = timedelta()
        self.late: list[str] = []  #: what was tried although the window was closed

    def parse(self, request: WebhookRequest, endpoint: Endpoint) -> Sequence[Event | Ignored]:
        """Webhooks come at once: the window begins with each."""
        (event,) = super().parse(request, endpoint)
        assert isinstance(event, MessageReceived)
        at = request.received_at
        self.last_written[json.loads(request.body)["thread"]] = at
        message = replace(event.message, sent_at=at)
        return [replace(event, occurred_at=at, message=message, window_until=at + DAY)]

    def deliver(self, part: Part, conversation: Conversation, connection: Connection, http: Http) -> Delivered:
        assert part.template is None
        if self.now is not None:
            written = self.last_written.get(conversation.external_id)
            if written is None or self.now() >= written + DAY + self.kinder_by:
                self.late.append(shown(part))
                raise WindowClosed("more than 24 hours have passed since the customer wrote")
        return super().deliver(part, conversation, connection, http)

    def list_templates(self, connection: Connection, http: Http) -> Sequence[Template]:
        self.listings += 1
        self.raise_before(self.next_fault())
        return list(self.listed)

    def send_template(
        self, filled: FilledTemplate, part: Part, conversation: Conversation, connection: Connection, http: Http
    ) -> Delivered:
        if self.refusal is not None:
            raise self.refusal
        if filled.template.name in self.refuses:
            raise Rejected(self.refuses[filled.template.name])
        fault = self.next_fault()
        self.raise_before(fault)
        self.keep(conversation.external_id, part)
        self.raise_after(fault)
        return Delivered(external_id=self.ids[conversation.external_id][-1])

    def send_typing(self, typing: bool, conversation: Conversation, connection: Connection, http: Http) -> None:
        self.typing.append(typing)
