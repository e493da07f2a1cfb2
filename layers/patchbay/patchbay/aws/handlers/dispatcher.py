"""The Lambda handler of the dispatcher: a batch of the FIFO queue in, the messages that stay on it out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import cache, partial
from typing import TYPE_CHECKING, Protocol, TypedDict

from patchbay.aws import clients
from patchbay.aws.clock import SystemClock
from patchbay.aws.deadline import LambdaDeadline
from patchbay.aws.isolation import ProcessIsolation
from patchbay.aws.net.download import Downloader
from patchbay.aws.net.http import RequestsHttp
from patchbay.aws.observability import JsonTelemetry
from patchbay.aws.outages import is_outage
from patchbay.aws.settings import DispatcherEnvironment, read_environment
from patchbay.aws.startup import prepare, rehearse_reading
from patchbay.aws.stores.connections import StoredConnections
from patchbay.aws.stores.held import DynamoHeldMessages
from patchbay.aws.stores.leases import DynamoLeases, places_of
from patchbay.aws.stores.ledger import DynamoLedger
from patchbay.aws.stores.media import S3Media
from patchbay.aws.stores.people import DynamoPeople
from patchbay.aws.stores.queue import LargeBodies, SqsConsumer, SqsProducer, SqsRecord, read_records
from patchbay.aws.stores.secrets import Vault
from patchbay.aws.stores.sessions import DynamoSessions
from patchbay.aws.stores.table import Table
from patchbay.bridge.context import Context
from patchbay.bridge.dispatch import Dispatcher
from patchbay.bridge.ports import Clock, Deadline, Isolation, Telemetry
from patchbay.kit import registry

if TYPE_CHECKING:
    from patchbay.aws.stores.costs import DynamoCosts
    from patchbay.aws.stores.templates import DynamoTemplates


class SqsEvent(TypedDict):
    Records: list[SqsRecord]


class LambdaContext(Protocol):
    """The part of Lambda's context that is read."""

    def get_remaining_time_in_millis(self) -> int: ...


class BatchItemFailure(TypedDict):
    itemIdentifier: str


class BatchResponse(TypedDict):
    batchItemFailures: list[BatchItemFailure]


Handler = Callable[[SqsEvent, LambdaContext], BatchResponse]


def make_handler() -> Handler:
    """The handler of the one function that takes events from the queue."""

    deadline = LambdaDeadline()

    @cache
    def assemble() -> tuple[Dispatcher, LargeBodies, JsonTelemetry]:
        environment = read_environment(DispatcherEnvironment)
        telemetry = JsonTelemetry(environment.metrics_namespace)
        large = LargeBodies(_files, environment.bucket_name)
        isolation = ProcessIsolation(telemetry)
        return make_dispatcher(environment, large, telemetry, deadline, isolation), large, telemetry

    def handle(event: SqsEvent, context: LambdaContext) -> BatchResponse:
        deadline.begin(context.get_remaining_time_in_millis())
        dispatcher, large, telemetry = assemble()
        try:
            envelopes, unread = read_records(event["Records"], large, telemetry)
            staying = [*dispatcher.dispatch(envelopes), *unread] if envelopes else unread
        finally:
            telemetry.flush()
        return {"batchItemFailures": [{"itemIdentifier": one} for one in staying]}

    prepare(assemble, rehearse_reading)
    return handle


#: Nobody waits for the dispatcher: its calls get the time that large files and throttled tables take.
_files = partial(clients.s3, clients.BACKGROUND)


def make_isolated_dispatcher(seconds: float) -> tuple[Dispatcher, JsonTelemetry]:
    """The dispatcher of a process that handles one message and ends after `seconds`."""
    environment = read_environment(DispatcherEnvironment)
    telemetry = JsonTelemetry(environment.metrics_namespace)
    deadline = LambdaDeadline()
    deadline.begin(int(seconds * 1000))
    large = LargeBodies(_files, environment.bucket_name)
    return make_dispatcher(environment, large, telemetry, deadline, isolation=None), telemetry


def make_dispatcher(
    environment: DispatcherEnvironment,
    large: LargeBodies,
    telemetry: Telemetry,
    deadline: Deadline,
    isolation: Isolation | None,
) -> Dispatcher:
    clock, queues = SystemClock(), clients.sqs(clients.BACKGROUND)
    table = Table(clients.dynamodb(clients.BACKGROUND), environment.table_name)
    vault = Vault(clients.secrets_manager(clients.BACKGROUND), environment.stage, table)
    downloader = Downloader(local=environment.is_local, deadline=deadline)
    http = RequestsHttp(local=environment.is_local, deadline=deadline)
    public = environment.public_address
    kept = timedelta(days=environment.contact_days) if environment.contact_days else None
    context = Context(
        connector_of=registry.load,
        connections=StoredConnections(table, vault, clock, telemetry),
        sessions=DynamoSessions(table, clock, kept),
        people=DynamoPeople(table, clock, kept),
        ledger=DynamoLedger(table, clock, timedelta(days=environment.media_days)),
        producer=SqsProducer(queues, environment.queue_url, large),
        held=DynamoHeldMessages(table),
        open_templates=partial(_open_templates, table),
        open_costs=partial(_open_costs, table, clock),
        media=S3Media(_files, environment.bucket_name, public, downloader, scans=environment.scans, http=http),
        http=http,
        clock=clock,
        telemetry=telemetry,
        leases=DynamoLeases(table, places_of(environment.dispatchers)),
        deadline=deadline,
    )
    consumer = SqsConsumer(queues, environment.queue_url, environment.dead_letter_queue_url, large, telemetry)
    return Dispatcher(context, consumer=consumer, isolation=isolation, is_outage=is_outage)


# Most batches need neither, and a cold dispatcher loads what it is not asked for in vain.


def _open_templates(table: Table) -> DynamoTemplates:
    from patchbay.aws.stores.templates import DynamoTemplates

    return DynamoTemplates(table)


def _open_costs(table: Table, clock: Clock) -> DynamoCosts:
    from patchbay.aws.stores.costs import DynamoCosts

    return DynamoCosts(table, clock)
