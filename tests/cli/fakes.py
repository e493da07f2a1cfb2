"""Two small services to connect: a messenger that registers webhooks, a platform that lists channels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from patchbay.accounts import Connection, Endpoint
from patchbay.connecting import Account, Choice, Webhooks
from patchbay.contract import Capabilities, Http, Setting, WebhookRequest
from patchbay.errors import AuthorizationNeeded, Misconfigured
from patchbay.events import Event, Ignored
from patchbay.model import Conversation, Delivered, Part, Side


@dataclass
class _Service:
    """What both have. `good_token` is the only one that is accepted."""

    capabilities: Capabilities = field(default_factory=lambda: Capabilities(text_limit=1000))
    accepted_status: int = 200
    signs: bool = True
    good_token: str = "the-good-token"
    warnings: tuple[str, ...] = ()

    def verify(self, request: WebhookRequest, endpoint: Endpoint) -> None:
        raise AssertionError("the command receives no webhooks")

    def parse(self, request: WebhookRequest, endpoint: Endpoint) -> Sequence[Event | Ignored]:
        raise AssertionError("the command receives no webhooks")

    def deliver(self, part: Part, conversation: Conversation, connection: Connection, http: Http) -> Delivered:
        raise AssertionError("the command delivers nothing")

    def check(self, connection: Connection, http: Http) -> Account:
        if connection.secrets.get("token") != self.good_token:
            raise AuthorizationNeeded("the token is refused: copy it again")
        facts = {"account_name": "Acme"}
        return Account(external_id="acme", name="Acme", settings=facts, warnings=self.warnings)


@dataclass
class Pigeon(_Service):
    """A messenger. `on_register` runs while the call to register is open, as a service's call-back does."""

    service: str = "pigeon"
    title: str = "Pigeon Post"
    side: Side = Side.MESSENGER
    settings: tuple[Setting, ...] = (
        Setting(name="token", help="The loft's token", required=True, secret=True, verifies=True),
        Setting(name="key", help="Signs webhooks", secret=True),
        Setting(name="sender_name", help="Who writes"),
    )
    calls: str = ""  #: the address that it calls
    register_error: Exception | None = None
    is_deaf: bool = False  #: takes an address and forgets it
    on_register: Callable[[], None] = lambda: None

    def register(self, webhooks: Webhooks, connection: Connection, http: Http) -> None:
        if self.register_error:
            raise self.register_error
        (url,) = webhooks.values()
        self.on_register()
        if not self.is_deaf:
            self.calls = url

    def unregister(self, connection: Connection, http: Http) -> None:
        self.check(connection, http)
        self.calls = ""

    def registered(self, connection: Connection, http: Http) -> str:
        self.check(connection, http)
        return self.calls


@dataclass
class Desk(_Service):
    """A platform with channels, whose webhook is entered by hand."""

    service: str = "desk"
    title: str = "Desk"
    side: Side = Side.PLATFORM
    settings: tuple[Setting, ...] = (
        Setting(name="base_url", help="Where the desk is", required=True),
        Setting(name="token", help="The desk's token", required=True, secret=True),
        Setting(name="channel_id", help="The channel", required=True),
    )
    channels: tuple[Choice, ...] = (Choice(value="c-1", label="Sales"),)

    def suggest(self, setting: str, connection: Connection, http: Http) -> Sequence[Choice]:
        if connection.secrets.get("token") != self.good_token:
            raise AuthorizationNeeded("the token is refused: copy it again")
        return self.channels if setting == "channel_id" else ()

    def account(self, connection: Connection) -> str:
        return connection.setting("channel_id")

    def manual_steps(self, webhooks: Webhooks, connection: Connection) -> tuple[str, ...]:
        return tuple(f"Paste {url} in Desk's settings." for url in webhooks.values())


class Loader:
    """Stands in for `connectors.load`."""

    def __init__(self, *connectors: Pigeon | Desk) -> None:
        self._connectors = {connector.service: connector for connector in connectors}

    def __call__(self, service: str) -> Pigeon | Desk:
        if service not in self._connectors:
            raise Misconfigured(f"there is no service named {service!r}: known are {', '.join(self._connectors)}")
        return self._connectors[service]
