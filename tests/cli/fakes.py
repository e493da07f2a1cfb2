"""Small services to connect: a messenger that registers webhooks, a platform that lists channels, and one of apps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from patchbay.domain.accounts import Connection, Endpoint, Settings
from patchbay.domain.errors import AuthorizationNeeded, Misconfigured
from patchbay.domain.events import Event, Ignored
from patchbay.domain.model import Conversation, ConversationStatus, Delivered, Part, Side
from patchbay.kit.abilities import ActivatesConversations
from patchbay.kit.account_setup import (
    Account,
    App,
    ChecksCredentials,
    Choice,
    CreatesApps,
    IdentifiesAccounts,
    ListsManualSteps,
    ListsWebhooks,
    RegistersWebhooks,
    SuggestsSettings,
    Webhooks,
)
from patchbay.kit.behavior import Behavior
from patchbay.kit.capabilities import Capabilities
from patchbay.kit.contract import Connector, Http, Setting, WebhookRequest
from tests.harness.fakes.oauth_platform import OAuthPlatform


@dataclass
class _Service(Connector, ChecksCredentials):
    """What both have. `good_token` is the only one that is accepted."""

    capabilities: Capabilities = field(default_factory=lambda: Capabilities(text_limit=1000))
    behavior: Behavior = Behavior()
    accepted_status: int = 200
    signs: bool = True
    good_token: str = "the-good-token"
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def verify(self, request: WebhookRequest, endpoint: Endpoint) -> None:
        raise AssertionError("the command receives no webhooks")

    def parse(self, request: WebhookRequest, endpoint: Endpoint) -> Sequence[Event | Ignored]:
        raise AssertionError("the command receives no webhooks")

    def deliver(self, part: Part, conversation: Conversation, connection: Connection, http: Http) -> Delivered:
        raise AssertionError("the command delivers nothing")

    def check_credentials(self, connection: Connection, http: Http) -> Account:
        if connection.secrets.get("token") != self.good_token:
            raise AuthorizationNeeded("the token is refused: copy it again")
        facts = {"account_name": "Acme"}
        return Account(external_id="acme", name="Acme", settings=facts, warnings=self.warnings, notes=self.notes)


@dataclass
class WebhookMessenger(_Service, RegistersWebhooks):
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
    by_hand: bool = False  #: its webhook is set by somebody else, and cannot be asked for
    on_register: Callable[[], None] = lambda: None

    def register_webhooks(self, webhooks: Webhooks, connection: Connection, http: Http) -> Settings:
        if self.register_error:
            raise self.register_error
        (url,) = webhooks.values()
        if self.by_hand:
            return {}
        self.on_register()
        if not self.is_deaf:
            self.calls = url
        return {"perch": "7"}

    def unregister_webhooks(self, connection: Connection, http: Http) -> None:
        self.check_credentials(connection, http)
        self.calls = ""

    def get_registered_url(self, connection: Connection, http: Http) -> str | None:
        self.check_credentials(connection, http)
        return None if self.by_hand else self.calls


@dataclass
class ChannelPlatform(_Service, SuggestsSettings, IdentifiesAccounts, ListsManualSteps):
    """A platform with channels, whose webhook is entered by hand."""

    service: str = "desk"
    title: str = "Desk"
    side: Side = Side.PLATFORM
    settings: tuple[Setting, ...] = (
        Setting(name="base_url", help="Where the desk is", required=True),
        Setting(name="token", help="The desk's token", required=True, secret=True),
        Setting(name="channel_id", help="The channel", required=True),
        Setting(name="first_to", help="A messenger for first messages", outbound_messenger=True),
        Setting(name="seal", help="What the desk signs with; made when none is given", secret=True, generated=True),
    )
    channels: tuple[Choice, ...] = (Choice(value="c-1", label="Sales"),)

    def suggest_values(self, setting: str, connection: Connection, http: Http) -> Sequence[Choice]:
        if connection.secrets.get("token") != self.good_token:
            raise AuthorizationNeeded("the token is refused: copy it again")
        return self.channels if setting == "channel_id" else ()

    def get_account_id(self, connection: Connection) -> str:
        return connection.setting("channel_id")

    def list_manual_steps(self, webhooks: Webhooks, connection: Connection) -> tuple[str, ...]:
        return tuple(f"Paste {url} in Desk's settings." for url in webhooks.values())


@dataclass
class AppPlatform(
    OAuthPlatform, ActivatesConversations, ChecksCredentials, ListsWebhooks, CreatesApps, ListsManualSteps
):
    """A club whose app is made with a master's key, and whose members may also come by hand with a token."""

    service: str = "guild"
    title: str = "Guild"
    settings: tuple[Setting, ...] = (
        Setting(name="access_token", help="A member's token", secret=True),
        Setting(name="master_key", help="Makes the app", secret=True),
        Setting(name="client_id", help="The app's id", secret=True),
        Setting(name="client_secret", help="The app's secret", secret=True),
        Setting(name="business", help="Whose it is"),
        Setting(name="room", help="The member's room"),
        Setting(name="app_name", help="The app's name"),
    )
    good_keys: frozenset[str] = frozenset({"the-good-key", "secret-1", "token-1", "token-2"})
    apps: list[str] = field(default_factory=list)  #: where each app that was made points, in their order
    make_failure: Exception | None = None
    point_failure: Exception | None = None

    def is_app(self, connection: Connection) -> bool:
        secrets = connection.secrets
        return not secrets.get("access_token") and bool(secrets.get("master_key") or secrets.get("client_secret"))

    def check_credentials(self, connection: Connection, http: Http) -> Account:
        given = {connection.secrets.get(name) for name in ("access_token", "master_key", "client_secret")} - {""}
        if not given:
            raise Misconfigured("the guild needs an access_token or a master_key")
        if not given <= self.good_keys:
            raise AuthorizationNeeded("the key is refused: copy it again")
        return Account(external_id="guild", name=connection.setting("app_name", "Guild member"))

    def create_app(self, webhooks: Webhooks, redirect: str, connection: Connection, http: Http) -> App | None:
        if not connection.secrets.get("master_key"):
            return None
        if not connection.secrets.get("client_secret"):
            if self.make_failure:
                raise self.make_failure
            self.apps.append("")
            number = len(self.apps)
            return App(settings={}, secrets={"client_id": f"app-{number}", "client_secret": f"secret-{number}"})
        if self.point_failure:
            raise self.point_failure
        self.apps[-1] = f"{webhooks['messages']} {redirect}"
        return App(settings={"app_name": "Town guild"}, secrets={})

    def list_webhooks(self, address: str, connection: Connection) -> Webhooks:
        return {"messages": address, "members": f"{address}/members"}

    def list_manual_steps(self, webhooks: Webhooks, connection: Connection) -> tuple[str, ...]:
        if self.is_app(connection):
            return (f"Show {webhooks['oauth_start']} to the members.",)
        return (f"Enter {webhooks['messages']} in the member's app.",)

    def activate_conversation(
        self, conversation: Conversation, connection: Connection, http: Http
    ) -> ConversationStatus:
        raise AssertionError("the command wakes no conversation")


class Loader:
    """Stands in for `connectors.load`."""

    def __init__(self, *connectors: WebhookMessenger | ChannelPlatform | AppPlatform) -> None:
        self._connectors = {connector.service: connector for connector in connectors}

    def __call__(self, service: str) -> WebhookMessenger | ChannelPlatform | AppPlatform:
        if service not in self._connectors:
            raise Misconfigured(f"there is no service named {service!r}: known are {', '.join(self._connectors)}")
        return self._connectors[service]
