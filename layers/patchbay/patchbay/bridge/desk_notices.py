"""A line of our own for the agents in a conversation: about something that is no failure of a message of theirs.

Where failures are notes in the conversation, it is such a note. Elsewhere it is posted as a line of the conversation,
on the agents' side only; and where a bot would answer that, it is shown as a failure is.
"""

from __future__ import annotations

from patchbay.bridge.attempt import Attempt, Route
from patchbay.bridge.context import Context
from patchbay.bridge.service_calls import AccountRefused, ServiceCalls
from patchbay.domain.errors import DeliveryError, NotYet, Transient, Uncertain
from patchbay.domain.model import Part, Role, Sender, Text
from patchbay.domain.text import split_text
from patchbay.kit.abilities import ReportsFailures
from patchbay.kit.contract import Connector, Http
from patchbay.kit.failures import Failure

_ATTEMPTS = 4  #: after so many failures (about a minute and a half) the agent's message goes on without the line


class DeskNotices:
    def __init__(self, context: Context, calls: ServiceCalls) -> None:
        self._context = context
        self._calls = calls

    def say(self, attempt: Attempt, route: Route, text: str) -> None:
        """Raises Transient while it is worth another attempt at the agent's message, to which it belongs."""
        try:
            self._show(attempt, route, text)
        except Uncertain:
            return  # it may be there: a second one would confuse more than none
        except (NotYet, Transient) as trouble:
            if attempt.delivery.attempts < _ATTEMPTS:
                raise Transient(f"the agents cannot be informed: {trouble}") from None
            self._note_unreported(attempt, str(trouble))
        except (DeliveryError, AccountRefused) as failure:
            self._note_unreported(attempt, str(failure))

    def _show(self, attempt: Attempt, route: Route, text: str) -> None:
        source = route.source
        connector = self._context.connector(source)
        with self._calls.calling(source, route.session) as http:
            if _is_noted(connector):
                self._report(attempt, route, text, connector, http)
            elif connector.capabilities.notices:
                self._post(attempt, route, text, connector, http)
            elif isinstance(connector, ReportsFailures):
                self._report(attempt, route, text, connector, http)
            else:
                self._note_unreported(attempt, f"{connector.title} has no place for it")

    def _report(self, attempt: Attempt, route: Route, text: str, connector: Connector, http: Http) -> None:
        if isinstance(connector, ReportsFailures):
            message_id = attempt.event.message.external_id
            notice = Failure(reason=text, notice=True)
            connector.report_failure(notice, message_id, route.source_conversation, route.source, http)

    def _post(self, attempt: Attempt, route: Route, text: str, connector: Connector, http: Http) -> None:
        for number, piece in enumerate(split_text(text, connector.capabilities.text_limit)):
            part = Part(
                key=f"{attempt.event.ledger_id}:notice:{number}",
                content=Text(text=piece),
                sender=Sender(role=Role.BOT),
                sent_at=self._context.clock.now(),
            )
            connector.deliver(part, route.source_conversation, route.source, http)

    def _note_unreported(self, attempt: Attempt, reason: str) -> None:
        self._context.telemetry.warning(
            "notice not shown", event=attempt.event.id, service=attempt.source.service, reason=reason
        )
        self._context.telemetry.count("UnreportedFailures", attempt.source.service)


def _is_noted(connector: Connector) -> bool:
    return isinstance(connector, ReportsFailures) and connector.behavior.failures_as_notes
