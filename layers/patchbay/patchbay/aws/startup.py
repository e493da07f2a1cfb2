"""What a function does before its first event: Lambda gives it a whole processor while it starts, and less later.

Whatever fails here fails again with the first event, which is answered as ever: a function that cannot start would only
be started again and again, without a word to anybody.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from contextlib import suppress

from patchbay.aws import clients
from patchbay.aws.clock import SystemClock
from patchbay.aws.observability import JsonTelemetry, describe_failure
from patchbay.domain.accounts import Endpoint
from patchbay.domain.errors import Misconfigured, Unreadable, WebhookRefused
from patchbay.domain.events import VERSION, decode
from patchbay.kit.contract import Connector, WebhookRequest

_GARBAGE = 5_000  #: objects, of which the collector looks for those that are garbage


def prepare(*steps: Callable[[], object]) -> None:
    """Takes the steps, in their order, where a function starts on Lambda: tests and tools import handlers too."""
    if "AWS_LAMBDA_FUNCTION_NAME" not in os.environ:
        return
    try:
        for step in steps:
            step()
        clients.connect()
    except Exception as error:  # noqa: BLE001 - see above
        reason = str(error) if isinstance(error, Misconfigured) else describe_failure(error)
        JsonTelemetry("Patchbay").error("function not prepared", reason=reason)
    gc.freeze()  # what was loaded stays: the collector need not look through it again
    gc.set_threshold(_GARBAGE)


def rehearse_reading() -> None:
    """Builds what reads events from the queue, by one that says nothing."""
    with suppress(Unreadable):
        decode(f'{{"version":{VERSION},"event":{{"kind":"message"}}}}')


def rehearse(connector: Connector) -> None:
    """Has the connector load what it verifies and reads webhooks with, by one that says nothing. It refuses it."""
    nobody = Endpoint(id="nobody", service=connector.service)
    silence = WebhookRequest(method="POST", headers={}, body=b"{}", received_at=SystemClock().now())
    for step in (connector.verify, connector.parse):
        with suppress(WebhookRefused, Misconfigured):
            step(silence, nobody)
