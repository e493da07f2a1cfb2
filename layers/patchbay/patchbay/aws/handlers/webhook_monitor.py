"""The Lambda handler of the webhook monitor, which a schedule wakes: the event says nothing that matters."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

from patchbay.aws import clients
from patchbay.aws.clock import SystemClock
from patchbay.aws.net.http import RequestsHttp
from patchbay.aws.powertools import PowertoolsTelemetry
from patchbay.aws.settings import WebhookMonitorEnvironment, read_environment
from patchbay.aws.stores.audit_trail import make_auditor
from patchbay.aws.stores.authorizations import StoredAuthorizations
from patchbay.aws.stores.configuration import ConfigurationStore
from patchbay.aws.stores.held import DynamoHeldMessages
from patchbay.aws.stores.queue import LargeBodies, SqsProducer
from patchbay.aws.stores.table import Table
from patchbay.bridge.credential_recovery import Recovery
from patchbay.bridge.held_overdue import HeldOverdues
from patchbay.bridge.ports import Telemetry
from patchbay.bridge.webhook_monitor import Monitor
from patchbay.bridge.webhook_restoration import WebhookRestorer
from patchbay.domain.accounts import Connection
from patchbay.kit import registry
from patchbay.kit.account_setup import Webhooks, list_webhooks

Handler = Callable[[object, object], None]


def make_handler() -> Handler:
    """The handler of the one function that monitors webhooks."""

    @cache
    def assemble() -> tuple[Monitor, PowertoolsTelemetry]:
        environment = read_environment(WebhookMonitorEnvironment)
        telemetry = PowertoolsTelemetry(environment.metrics_namespace)
        return make_monitor(environment, telemetry), telemetry

    def handle(_event: object, _context: object) -> None:
        monitor, telemetry = assemble()
        try:
            monitor.make_round()
        finally:
            telemetry.flush()

    return handle


def make_monitor(environment: WebhookMonitorEnvironment, telemetry: Telemetry) -> Monitor:
    clock, http = SystemClock(), RequestsHttp(local=environment.is_local)
    table = clients.table(environment.table_name, clients.BACKGROUND)
    vault = clients.secrets_writer(clients.BACKGROUND)
    configuration = ConfigurationStore(table, vault, environment.stage, clock)
    items = Table(clients.dynamodb(), environment.table_name)
    auditor = make_auditor(items, clock, "function:webhook_monitor")

    def find_addresses(connection: Connection) -> Webhooks:
        address = f"{environment.public_address}/{connection.service}/{configuration.webhook_token(connection)}"
        return list_webhooks(registry.load(connection.service), address, connection)

    recovery = Recovery(
        connector_of=registry.load,
        registry=configuration,
        authorizations=StoredAuthorizations(items),
        http=http,
        clock=clock,
        telemetry=telemetry,
        auditor=auditor,
    )
    restorer = WebhookRestorer(
        connector_of=registry.load,
        registry=configuration,
        addresses=find_addresses,
        http=http,
        telemetry=telemetry,
        auditor=auditor,
    )
    overdues = HeldOverdues(
        connector_of=registry.load,
        held=DynamoHeldMessages(items),
        producer=_make_producer(environment),
        clock=clock,
        telemetry=telemetry,
    )
    return Monitor(
        registry=configuration,
        recovery=recovery,
        restorer=restorer,
        overdues=overdues,
        clock=clock,
        telemetry=telemetry,
    )


def _make_producer(environment: WebhookMonitorEnvironment) -> SqsProducer:
    large = LargeBodies(partial(clients.s3, clients.BACKGROUND), environment.bucket_name)
    return SqsProducer(clients.sqs(clients.BACKGROUND), environment.queue_url, large)
