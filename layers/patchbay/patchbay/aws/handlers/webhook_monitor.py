"""The Lambda handler of the webhook monitor, which a schedule wakes: the event says nothing that matters."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from patchbay.aws import clients
from patchbay.aws.clock import SystemClock
from patchbay.aws.net.http import RequestsHttp
from patchbay.aws.observability import PowertoolsJournal
from patchbay.aws.settings import WebhookMonitorEnvironment, read_environment
from patchbay.aws.stores.audit_trail import make_auditor
from patchbay.aws.stores.authorizations import StoredAuthorizations
from patchbay.aws.stores.configuration import Administration
from patchbay.aws.stores.table import Table
from patchbay.bridge.credential_recovery import Recovery
from patchbay.bridge.ports import Journal
from patchbay.bridge.webhook_monitor import Monitor
from patchbay.bridge.webhook_restoration import WebhookRestorer
from patchbay.domain.accounts import Connection
from patchbay.kit import registry
from patchbay.kit.account_setup import Webhooks, list_webhooks

Handler = Callable[[object, object], None]


def make_handler() -> Handler:
    """The handler of the one function that monitors webhooks."""

    @cache
    def assemble() -> tuple[Monitor, PowertoolsJournal]:
        environment = read_environment(WebhookMonitorEnvironment)
        journal = PowertoolsJournal(environment.metrics_namespace)
        return make_monitor(environment, journal), journal

    def handle(_event: object, _context: object) -> None:
        monitor, journal = assemble()
        try:
            monitor.make_round()
        finally:
            journal.flush()

    return handle


def make_monitor(environment: WebhookMonitorEnvironment, journal: Journal) -> Monitor:
    clock, http = SystemClock(), RequestsHttp(local=environment.is_local)
    table = clients.table(environment.table_name, clients.BACKGROUND)
    vault = clients.secrets_manager(clients.BACKGROUND)
    administration = Administration(table, vault, environment.stage, clock)
    items = Table(clients.dynamodb(), environment.table_name)
    auditor = make_auditor(items, clock, "function:webhook_monitor")

    def find_addresses(connection: Connection) -> Webhooks:
        address = f"{environment.public_address}/{connection.service}/{administration.hook(connection)}"
        return list_webhooks(registry.load(connection.service), address, connection)

    recovery = Recovery(
        connector_of=registry.load,
        registry=administration,
        authorizations=StoredAuthorizations(items),
        http=http,
        clock=clock,
        journal=journal,
        auditor=auditor,
    )
    restorer = WebhookRestorer(
        connector_of=registry.load,
        registry=administration,
        addresses=find_addresses,
        http=http,
        journal=journal,
        auditor=auditor,
    )
    return Monitor(registry=administration, recovery=recovery, restorer=restorer, clock=clock, journal=journal)
