"""The Lambda handler of a webhook function: API Gateway's event in, the service's answer out.

Imports decide the cold start, so nothing is imported here that a webhook does not need.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import cache, partial

from patchbay.aws import clients
from patchbay.aws.clock import SystemClock
from patchbay.aws.handlers.http_api import (
    HttpApiEvent,
    HttpApiResponse,
    TrustedProxy,
    read_parameter,
    read_request,
    write_response,
)
from patchbay.aws.observability import JsonTelemetry, describe_failure
from patchbay.aws.settings import WebhookEnvironment, read_environment
from patchbay.aws.startup import prepare, rehearse
from patchbay.aws.stores.connections import StoredConnections
from patchbay.aws.stores.keys import VERIFY
from patchbay.aws.stores.queue import LargeBodies, SqsProducer
from patchbay.aws.stores.secrets import Vault
from patchbay.aws.stores.table import Table
from patchbay.bridge.quotas import LocalLimits
from patchbay.bridge.receive import Receiver
from patchbay.domain.errors import WebhookRefused
from patchbay.kit import registry
from patchbay.kit.contract import WebhookResponse

_MINUTE = timedelta(minutes=1)
_MOST_REMARKS = 10  #: about requests that are refused before it is known whose address they came to

Handler = Callable[[HttpApiEvent, object], HttpApiResponse]


def make_handler(service: str) -> Handler:
    """The handler of the function that receives the webhooks of `service`."""
    connector = registry.load(service)
    clock = SystemClock()
    remarks = LocalLimits(clock)

    @cache
    def assemble() -> tuple[Receiver, TrustedProxy | None, JsonTelemetry]:
        environment = read_environment(WebhookEnvironment)
        telemetry = JsonTelemetry(environment.metrics_namespace)
        receiver = Receiver(
            connector=connector,
            connections=_connections(environment, clock, telemetry),
            producer=_producer(environment),
            clock=clock,
            telemetry=telemetry,
        )
        return receiver, environment.proxy, telemetry

    def handle(event: HttpApiEvent, _context: object) -> HttpApiResponse:
        received_at = clock.now()
        receiver, proxy, telemetry = assemble()
        try:
            request = read_request(event, received_at, proxy, connector.behavior.most_webhook_bytes)
            answer = receiver.receive(read_parameter(event, "webhook_token"), request)
        except WebhookRefused as refusal:
            if not remarks.take("refused", _MOST_REMARKS, _MINUTE):
                telemetry.warning("webhook refused", service=service, status=refusal.status, reason=str(refusal))
            answer = WebhookResponse(status=refusal.status, body=str(refusal).encode())
        except Exception as error:  # noqa: BLE001  whatever it is, the service must send the webhook again
            telemetry.error("webhook failed", service=service, error=describe_failure(error))
            telemetry.count("WebhookFailed", service)
            answer = WebhookResponse(status=500)
        telemetry.flush()
        return write_response(answer)

    prepare(assemble, partial(rehearse, connector))
    return handle


def _connections(environment: WebhookEnvironment, clock: SystemClock, telemetry: JsonTelemetry) -> StoredConnections:
    table = Table(clients.dynamodb(), environment.table_name)
    return StoredConnections(
        table, Vault(clients.secrets_manager(), environment.stage, purposes=(VERIFY,)), clock, telemetry
    )


def _producer(environment: WebhookEnvironment) -> SqsProducer:
    large = LargeBodies(clients.s3, environment.bucket_name)
    return SqsProducer(clients.sqs(), environment.queue_url, large)
