"""A platform that switches webhooks off, as services do whose calls failed for a while, without HTTP."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from patchbay.domain.accounts import Connection, Endpoint
from patchbay.domain.events import Event, Ignored
from patchbay.domain.model import Conversation, Delivered, Part, Side
from patchbay.kit.account_setup import ListsWebhooks, RestoresWebhooks, Webhooks
from patchbay.kit.behavior import Behavior
from patchbay.kit.capabilities import Capabilities
from patchbay.kit.contract import Connector, Http, Setting, WebhookRequest


@dataclass
class FailingWebhookPlatform(Connector, ListsWebhooks, RestoresWebhooks):
    """Names two webhooks. A connection in `failures` gets that failure instead of care."""

    service: str = "inn"
    title: str = "Inn"
    side: Side = Side.PLATFORM
    settings: tuple[Setting, ...] = (Setting(name="token", help="The inn's token", secret=True),)
    capabilities: Capabilities = field(default_factory=lambda: Capabilities(text_limit=1000))
    behavior: Behavior = Behavior()
    accepted_status: int = 200
    signs: bool = False
    switched_off: set[str] = field(default_factory=set)  #: ids of connections
    failures: dict[str, Exception] = field(default_factory=dict)  #: by the connection's id
    on_heal: Callable[[Connection], None] = lambda connection: None  #: runs while the call is open
    visited: dict[str, Webhooks] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)  #: what each visit brought along

    def verify(self, request: WebhookRequest, endpoint: Endpoint) -> None:
        raise AssertionError("no webhooks here")

    def parse(self, request: WebhookRequest, endpoint: Endpoint) -> Sequence[Event | Ignored]:
        raise AssertionError("no webhooks here")

    def deliver(self, part: Part, conversation: Conversation, connection: Connection, http: Http) -> Delivered:
        raise AssertionError("no messages here")

    def list_webhooks(self, address: str, connection: Connection) -> Webhooks:
        return {"messages": address, "guests": f"{address}/guests"}

    def restore_webhooks(self, webhooks: Webhooks, connection: Connection, http: Http) -> str:
        self.visited[connection.id] = webhooks
        self.tokens[connection.id] = connection.secrets.get("token")
        self.on_heal(connection)
        if connection.id in self.failures:
            raise self.failures[connection.id]
        if connection.id not in self.switched_off:
            return ""
        self.switched_off.remove(connection.id)
        return "the channel"
