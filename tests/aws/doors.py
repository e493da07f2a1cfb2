"""Every door that the API opens to anybody, each the real handler over AWS as moto plays it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

from chat.aws import handler
from patchbay.aws import clients
from patchbay.aws.clock import SystemClock
from patchbay.aws.handlers import media, oauth, webhook
from patchbay.aws.handlers.http_api import HttpApiEvent, HttpApiResponse
from patchbay.aws.stores.configuration import ConfigurationStore
from patchbay.domain.accounts import Connection, Secrets
from patchbay.domain.errors import Misconfigured
from patchbay.domain.model import Side
from patchbay.kit import registry
from patchbay.kit.contract import Connector
from tests.aws import aws
from tests.connectors.services import SERVICES, sample_endpoint
from tests.connectors.test_folders import function_of
from tests.harness.alarms import STAGE
from tests.harness.fakes.chats import SITE, write_static
from tests.harness.fakes.oauth_platform import OAuthPlatform

APP = Connection(
    id="app",
    service="club",
    side=Side.PLATFORM,
    endpoint_id="app",
    secrets=Secrets(values={"client_secret": "the-apps-secret"}),
)
TOKEN = "t" * 43
type Handler = webhook.Handler


@dataclass
class Doors:
    """`hooks` are the tokens of connections that there are, by service."""

    cloud: aws.Aws
    club: OAuthPlatform
    handlers: Mapping[str, Handler]
    webhook_tokens: Mapping[str, str]

    def knock(
        self,
        door: str,
        method: str = "GET",
        *,
        path: Mapping[str, str] | None = None,
        query: str = "",
        route: str = "",
        body: object = None,
        source: str = "192.0.2.1",
        **headers: str,
    ) -> HttpApiResponse:
        """`door` is a service, "media" or "oauth"; a body that is no text goes as JSON."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        event: dict[str, Any] = {
            "routeKey": route,
            "requestContext": {"apiId": "abc123", "http": {"method": method, "sourceIp": source}},
            "pathParameters": dict(path or {}),
            "rawQueryString": query,
            "headers": {"content-type": "application/json", **sent} if body is not None else sent,
            "isBase64Encoded": False,
        }
        if body is not None:
            event["body"] = body if isinstance(body, str) else json.dumps(body)
        if "cookie" in sent:
            event["cookies"] = [sent["cookie"]]
        return self.handlers[door](cast("HttpApiEvent", event), None)

    def queued(self) -> int:
        """How many messages are on the queue."""
        return len(self.cloud.sqs.receive_message(QueueUrl=self.cloud.queue_url).get("Messages", []))

    def chat(self, method: str, below: str = "", body: object = None, **more: Any) -> HttpApiResponse:
        """A call to the web chat, below its page."""
        bare, _, query = below.partition("?")
        path = {"webhook_token": self.webhook_tokens["webchat"], **({"proxy": bare} if bare else {})}
        return self.knock("webchat", method, path=path, query=query, body=body, **more)

    def consent(self, step: str, query: str = "", app: str = "app", **more: Any) -> HttpApiResponse:
        path = {"service": "club", "app": app}
        return self.knock("oauth", path=path, query=query, route=f"GET /oauth/{{service}}/{{app}}/{step}", **more)

    def file(self, token: str = TOKEN, name: str = "a.png", method: str = "GET") -> HttpApiResponse:
        return self.knock("media", method, path={"token": token, "filename": name})


@contextmanager
def open_doors(folder: Path) -> Iterator[Doors]:
    """One connection of each service, an app that accounts may join, and a file."""
    club = OAuthPlatform()
    handlers = {service: webhook.make_handler(service) for service in SERVICES if function_of(service) != service}
    handlers["webchat"] = handler.make_handler(write_static(folder))
    handlers |= {"media": media.make_handler(), "oauth": oauth.make_handler()}
    load = registry.load

    def find(service: str) -> Connector:
        if service == club.service:
            return club
        if service in SERVICES:
            return load(service)
        raise Misconfigured("this deployment has no such service")

    with (
        aws.running() as cloud,
        patch.dict("os.environ", {**cloud.environment, "POWERTOOLS_METRICS_NAMESPACE": f"Patchbay/{STAGE}"}),
        patch("patchbay.kit.registry.load", find),
    ):
        _forget_clients()
        table = aws.table()
        configuration = ConfigurationStore(table, cloud.secrets, "test", SystemClock())
        configuration.save(APP)
        webhook_tokens = {service: configuration.save(_connection(service)) for service in SERVICES}
        cloud.s3.put_object(Bucket=aws.BUCKET, Key=f"media/{TOKEN}/a.png", Body=b"\x89PNG", ContentType="image/png")
        yield Doors(cloud, club, handlers, webhook_tokens)
        _forget_clients()


def _connection(service: str) -> Connection:
    if service == SITE.service:
        return SITE
    sample = sample_endpoint(service)
    return Connection(
        id=sample.id,
        service=service,
        side=registry.load(service).side,
        endpoint_id=sample.id,
        settings=sample.settings,
        secrets=sample.secrets,
    )


def _forget_clients() -> None:
    clients.forget()
