"""The Lambda handler of the web chat, for its page, its visitors and the bridge."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field

from patchbay import connectors
from patchbay.contract import Connector, WebhookRequest
from patchbay.errors import WebhookRefused
from patchbay.infra import clients
from patchbay.infra.clock import SystemClock
from patchbay.infra.connections import StoredConnections
from patchbay.infra.environment import PublicEnvironment, QueueEnvironment, read_environment
from patchbay.infra.gateway import (
    HttpApiEvent,
    HttpApiResponse,
    TrustedProxy,
    read_parameter,
    read_request,
    read_source,
    write_response,
)
from patchbay.infra.observability import PowertoolsJournal, describe_failure
from patchbay.infra.queue import LargeBodies, SqsOutbox
from patchbay.infra.table import Table
from patchbay.infra.vault import Vault
from patchbay.ports import Clock
from patchbay.receive import Receiver
from patchbay.webchat.assets import Assets
from patchbay.webchat.counting import LocalLimits
from patchbay.webchat.gate import Gate
from patchbay.webchat.infra.chats import DynamoStore
from patchbay.webchat.infra.files import S3Files
from patchbay.webchat.infra.limits import TableLimits
from patchbay.webchat.infra.rows import Rows
from patchbay.webchat.means import Means
from patchbay.webchat.model import SERVICE
from patchbay.webchat.notes import SIGNATURE, Notes
from patchbay.webchat.ports import Bridge, NotTold
from patchbay.webchat.refusals import Refused, unavailable
from patchbay.webchat.shapes import explain

Handler = Callable[[HttpApiEvent, object], HttpApiResponse]


class WebchatEnvironment(QueueEnvironment, PublicEnvironment):
    """Of the web chat's function."""

    proxy_header: Annotated[str, Field(alias="TRUSTED_PROXY_HEADER")] = ""
    proxy_secret_hash: Annotated[str, Field(alias="TRUSTED_PROXY_SECRET_HASH")] = ""

    @property
    def proxy(self) -> TrustedProxy | None:
        return TrustedProxy(header=self.proxy_header, secret_hash=self.proxy_secret_hash) if self.proxy_header else None


class Receiving(Bridge):
    """Notes go to the bridge's receiver, in this process, as any service's webhooks do."""

    def __init__(self, receiver: Receiver, clock: Clock) -> None:
        self._receiver = receiver
        self._clock = clock

    def tell(self, hook: str, body: bytes, signature: str) -> None:
        headers = {"content-type": "application/json", SIGNATURE: signature}
        request = WebhookRequest(method="POST", headers=headers, body=body, received_at=self._clock.now())
        answer = self._receiver.receive(hook, request)
        if answer.status >= 300:
            raise NotTold(f"the bridge answered {answer.status}")


def make_handler(static: Path) -> Handler:
    """The handler of everything below `/webchat/{hook}`; `static` is the folder of the page's files."""
    clock = SystemClock()
    connector = connectors.load(SERVICE)
    assets = Assets(static)

    @cache
    def assemble() -> tuple[Gate, WebchatEnvironment, PowertoolsJournal]:
        environment = read_environment(WebchatEnvironment)
        journal = PowertoolsJournal(environment.metrics_namespace)
        return _assemble(environment, connector, assets, clock, journal), environment, journal

    def handle(event: HttpApiEvent, _context: object) -> HttpApiResponse:
        gate, environment, journal = assemble()
        try:
            base = environment.address_of(event["requestContext"].get("apiId", ""))
            request = read_request(event, clock.now())
            answer = gate.answer(read_parameter(event, "hook"), base, read_source(event, environment.proxy), request)
        except WebhookRefused as refusal:
            answer = explain(Refused(refusal.status, "unreadable", str(refusal)))
        except Exception as error:  # noqa: BLE001  a browser keeps what it could not send, and comes again
            journal.error("webchat failed", service=SERVICE, error=describe_failure(error))
            journal.count("WebhookFailed", SERVICE)
            answer = explain(unavailable())
        journal.flush()
        return write_response(answer)

    return handle


def _assemble(
    environment: WebchatEnvironment, connector: Connector, assets: Assets, clock: Clock, journal: PowertoolsJournal
) -> Gate:
    table = Table(clients.dynamodb(), environment.table_name)
    connections = StoredConnections(table, Vault(clients.secrets_manager(), environment.stage), clock, journal)
    outbox = SqsOutbox(clients.sqs(), environment.queue_url, LargeBodies(clients.s3, environment.bucket_name))
    receiver = Receiver(connector=connector, connections=connections, outbox=outbox, clock=clock, journal=journal)
    store = DynamoStore(table, Rows(clients.dynamodb(), environment.table_name), clock)
    means = Means(
        visitors=store,
        chats=store,
        files=S3Files(clients.s3, environment.bucket_name),
        limits=TableLimits(table, clock),
        reads=LocalLimits(clock),
        notes=Notes(Receiving(receiver, clock)),
        clock=clock,
        journal=journal,
    )
    return Gate(means, connections, assets, receiver.receive)
