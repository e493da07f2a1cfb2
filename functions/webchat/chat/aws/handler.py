"""The Lambda handler of the web chat, for its page, its visitors and the bridge."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import TypedDict, cast

from chat.admission import Admission
from chat.app import ChatApp
from chat.assets import Assets
from chat.aws import names
from chat.aws.channel import ApiGatewayChannel
from chat.aws.chats import DynamoStore
from chat.aws.files import S3Files
from chat.aws.push import DynamoSubscriptions, HttpPushServices
from chat.aws.rows import Rows
from chat.context import ChatContext
from chat.errors import Refused, unavailable
from chat.live import LiveUpdates
from chat.model import SERVICE
from chat.ports import Bridge, NotNotified
from chat.push import Presence
from chat.responses import explain
from chat.webhooks import SIGNATURE, Notes
from patchbay.aws import clients
from patchbay.aws.api.credentials import read_credentials
from patchbay.aws.clock import SystemClock
from patchbay.aws.handlers.http_api import (
    HttpApiEvent,
    HttpApiResponse,
    read_identity,
    read_parameter,
    read_request,
    write_response,
)
from patchbay.aws.observability import JsonTelemetry, describe_failure
from patchbay.aws.settings import (
    ProxiedEnvironment,
    PublicEnvironment,
    QueueEnvironment,
    public_address,
    read_environment,
)
from patchbay.aws.startup import prepare, rehearse
from patchbay.aws.stores.connections import StoredConnections
from patchbay.aws.stores.keys import VERIFY
from patchbay.aws.stores.queue import LargeBodies, SqsProducer
from patchbay.aws.stores.quotas import TableLimits
from patchbay.aws.stores.secrets import Vault
from patchbay.aws.stores.table import Table
from patchbay.aws.variables import Variable
from patchbay.bridge.ports import Clock
from patchbay.bridge.quotas import LocalLimits
from patchbay.bridge.receive import Receiver
from patchbay.domain.errors import WebhookRefused
from patchbay.kit import registry
from patchbay.kit.contract import Connector, WebhookRequest, WebhookResponse

_BRIDGE_ROUTE = "/bridge/{proxy+}"
_STAGE = "live"  #: of the WebSocket API
#: For one update: somebody waits for the answer, and pages ask for what did not arrive.
_BRIEF = clients.Limits(attempts=1, connect=0.4, read=0.5)

Handler = Callable[[HttpApiEvent, object], HttpApiResponse]


class _Connecting(TypedDict):
    connectionId: str
    identity: Mapping[str, str]


class WebSocketEvent(TypedDict, total=False):
    """The parts that are read of the WebSocket API's event of a browser that connects."""

    requestContext: _Connecting
    headers: Mapping[str, str]
    queryStringParameters: Mapping[str, str] | None


class WebchatEnvironment(QueueEnvironment, PublicEnvironment, ProxiedEnvironment):
    """Of the web chat's function. `live_api` is the id of the WebSocket API, "" when there is none."""

    live_api = Variable("LIVE_API_ID", str, "")

    @property
    def live_address(self) -> str:
        """Of the WebSocket API's stage, over https; it has no domain of the owner's."""
        if not self.live_api:
            return ""
        base = public_address(self.live_api, self.region, endpoint_url=self.endpoint_url, url_suffix=self.url_suffix)
        return f"{base.removesuffix('/$default')}/{_STAGE}"


class Receiving(Bridge):
    """Notes go to the bridge's receiver, in this process, as any service's webhooks do."""

    def __init__(self, receiver: Receiver, clock: Clock) -> None:
        self._receiver = receiver
        self._clock = clock

    def tell(self, webhook_token: str, body: bytes, signature: str) -> None:
        headers = {"content-type": "application/json", SIGNATURE: signature}
        request = WebhookRequest(method="POST", headers=headers, body=body, received_at=self._clock.now())
        answer = self._receiver.receive(webhook_token, request)
        if answer.status >= 300:
            raise NotNotified(f"the bridge answered {answer.status}")


def make_handler(served: Path) -> Handler:
    """The handler of everything below `/webchat/{webhook_token}`; `served` is the folder of the page's files."""
    clock = SystemClock()
    connector = registry.load(SERVICE)
    assets = Assets(served)

    @cache
    def assemble() -> tuple[ChatApp, WebchatEnvironment, JsonTelemetry]:
        environment = read_environment(WebchatEnvironment)
        telemetry = JsonTelemetry(environment.metrics_namespace)
        return _assemble(environment, connector, assets, clock, telemetry), environment, telemetry

    def handle(event: HttpApiEvent, _context: object) -> HttpApiResponse:
        gate, environment, telemetry = assemble()
        try:
            answer = _answer(gate, event, clock, environment)
        except WebhookRefused as refusal:
            answer = explain(Refused(refusal.status, "unreadable", str(refusal)))
        except Exception as error:  # noqa: BLE001  a browser keeps what it could not send, and comes again
            telemetry.error("webchat failed", service=SERVICE, error=describe_failure(error))
            telemetry.count("WebhookFailed", SERVICE)
            answer = explain(unavailable())
        telemetry.flush()
        return write_response(answer)

    prepare(assemble, partial(rehearse, connector))
    return handle


def _answer(gate: ChatApp, event: HttpApiEvent, clock: Clock, environment: WebchatEnvironment) -> WebhookResponse:
    """To a call, or to a browser that connects."""
    if "connectionId" in event["requestContext"]:
        return _connect(gate, cast("WebSocketEvent", event))
    base = environment.address_of(event["requestContext"].get("apiId", ""))
    request = _read(event, clock, environment)
    return gate.answer(read_parameter(event, "webhook_token"), base, request.source, request)


def _connect(gate: ChatApp, event: WebSocketEvent) -> WebhookResponse:
    """Whether this browser may open a live connection."""
    context = event["requestContext"]
    headers = {name.lower(): value for name, value in event.get("headers", {}).items()}
    ticket = (event.get("queryStringParameters") or {}).get("ticket", "")
    source = read_identity(context["identity"])
    return gate.connect(ticket, headers.get("origin", ""), source, context["connectionId"])


def _read(event: HttpApiEvent, clock: Clock, environment: WebchatEnvironment) -> WebhookRequest:
    """The request with all of its path below the page: the API's own route for the bridge has taken the first step."""
    request = read_request(event, clock.now(), environment.proxy)
    if event.get("routeKey", "").endswith(_BRIDGE_ROUTE):
        return replace(request, tail=("bridge", *request.tail))
    return request


def _assemble(
    environment: WebchatEnvironment, connector: Connector, assets: Assets, clock: Clock, telemetry: JsonTelemetry
) -> ChatApp:
    table = Table(clients.dynamodb(), environment.table_name)
    vault = Vault(clients.secrets_manager(), environment.stage, purposes=(VERIFY,))
    connections = StoredConnections(table, vault, clock, telemetry)
    producer = SqsProducer(clients.sqs(), environment.queue_url, LargeBodies(clients.s3, environment.bucket_name))
    receiver = Receiver(
        connector=connector, connections=connections, producer=producer, clock=clock, telemetry=telemetry
    )
    rows = Rows(clients.dynamodb(), environment.table_name)
    store = DynamoStore(table, rows, clock)
    context = ChatContext(
        visitors=store,
        chats=store,
        files=S3Files(clients.s3, environment.bucket_name),
        admission=Admission(TableLimits(table, clock, names.counter_key), LocalLimits(clock), telemetry),
        notes=Notes(Receiving(receiver, clock)),
        live=_make_live(environment, store, clock, telemetry),
        subscriptions=DynamoSubscriptions(rows, clock),
        push_services=HttpPushServices(local=environment.is_local),
        presence=Presence(),
        clock=clock,
        telemetry=telemetry,
    )
    return ChatApp(context, connections, assets)


def _make_live(
    environment: WebchatEnvironment, store: DynamoStore, clock: Clock, telemetry: JsonTelemetry
) -> LiveUpdates:
    address = environment.live_address
    transport = clients.connecting(address, _BRIEF)
    channel = ApiGatewayChannel(address, environment.region, transport, read_credentials)
    return LiveUpdates(address.replace("http", "ws", 1), store, channel, clock, telemetry)
