"""The Lambda handler of the caretaker, which a schedule wakes: the event says nothing that matters."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from patchbay import connectors
from patchbay.accounts import Connection
from patchbay.caring import Caretaker
from patchbay.connecting import Webhooks, name_webhooks
from patchbay.infra import clients
from patchbay.infra.administration import Administration
from patchbay.infra.clock import SystemClock
from patchbay.infra.environment import CaretakerEnvironment, read_environment
from patchbay.infra.http import RequestsHttp
from patchbay.infra.observability import PowertoolsJournal
from patchbay.ports import Journal

Handler = Callable[[object, object], None]


def make_handler() -> Handler:
    """The handler of the one function that looks after webhooks."""

    @cache
    def assemble() -> tuple[Caretaker, PowertoolsJournal]:
        environment = read_environment(CaretakerEnvironment)
        journal = PowertoolsJournal(environment.metrics_namespace)
        return make_caretaker(environment, journal), journal

    def handle(_event: object, _context: object) -> None:
        caretaker, journal = assemble()
        try:
            caretaker.look_after_all()
        finally:
            journal.flush()

    return handle


def make_caretaker(environment: CaretakerEnvironment, journal: Journal) -> Caretaker:
    table = clients.table(environment.table_name, clients.BACKGROUND)
    vault = clients.secrets_manager(clients.BACKGROUND)
    administration = Administration(table, vault, environment.stage, SystemClock())

    def find_addresses(connection: Connection) -> Webhooks:
        address = f"{environment.public_address}/{connection.service}/{administration.hook(connection)}"
        return name_webhooks(connectors.load(connection.service), address, connection)

    return Caretaker(
        connector_of=connectors.load,
        registry=administration,
        addresses=find_addresses,
        http=RequestsHttp(local=environment.is_local),
        journal=journal,
    )
