"""What some services can do while an account is connected: one small abstract class each, like those in `abilities`.

Nothing here stores anything: the command that connects the account does, and the handler of the OAuth flow. Every
method with `http` calls the service and may raise a DeliveryError. Further errors are named at the method.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from patchbay.domain.accounts import Connection, ConnectionStatus, Settings
from patchbay.domain.feedback import FeedbackKind
from patchbay.domain.names import read_name
from patchbay.kit.contract import Connector, Http

Webhooks = Mapping[str, str]  #: the name of a webhook -> our URL for it

# --- credentials and settings ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What the service says about the account to which the credentials belong.

    `settings` are stored on the connection. `warnings` tell the owner what to change, `notes` what is good to know.
    """

    external_id: str
    name: str
    settings: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", read_name(self.name) or "")


class ChecksCredentials(ABC):
    """For services whose credentials can be tried without sending a message."""

    @abstractmethod
    def check_credentials(self, connection: Connection, http: Http) -> Account:
        """The account, when the credentials work. It must change nothing at the service.

        Raises AuthorizationNeeded or Misconfigured, with what the owner must do.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A value that a setting may have, and its name for people."""

    value: str
    label: str


class SuggestsSettings(ABC):
    """For services that can list the values of a setting."""

    @abstractmethod
    def suggest_values(self, setting: str, connection: Connection, http: Http) -> Sequence[Choice]:
        """The values that the missing setting may have; empty when they cannot be listed."""


class IdentifiesAccounts(ABC):
    """For services that send the webhooks of several accounts to one URL."""

    @abstractmethod
    def get_account_id(self, connection: Connection) -> str:
        """The id by which webhooks name the connection's account; "" while it is not known."""


class IdentifiesTenants(ABC):
    """For services with webhooks about a customer of theirs who may own several accounts."""

    @abstractmethod
    def get_tenant_id(self, connection: Connection) -> str:
        """The id by which webhooks name the owner of the connection's account; "" while it is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSetup:
    """An account that is ready, or that will be when the service reports it (status PENDING).

    `settings` are stored on the connection.
    """

    settings: Mapping[str, str] = field(default_factory=dict)
    status: ConnectionStatus = ConnectionStatus.ACTIVE


class SetsUpAccounts(ABC):
    """For services on which something must exist before messages can be sent, such as a channel."""

    @abstractmethod
    def set_up_account(self, connection: Connection, http: Http) -> AccountSetup:
        """Creates what is needed, or activates what exists.

        Called each time the account is connected, after our webhook URL is live: webhooks may arrive before the
        answer.
        """


# --- webhooks --------------------------------------------------------------------------------------------------------


class ListsWebhooks(ABC):
    """For services with more than one webhook, or with a secret in the URL."""

    @abstractmethod
    def list_webhooks(self, url: str, connection: Connection) -> Webhooks:
        """All webhook URLs. `url` is the connection's own one, which ends with its webhook token."""


def list_webhooks(connector: Connector, url: str, connection: Connection) -> Webhooks:
    """Our webhook URLs for the connection: those that its connector lists, else only `url`, named "webhook"."""
    return connector.list_webhooks(url, connection) if isinstance(connector, ListsWebhooks) else {"webhook": url}


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicMessage:
    """What a topic's message says, as a webhook would have said it.

    `source` names the connection as `get_topic_source` does, and `owner` is the account of AWS whose message it is.
    """

    source: str
    owner: str
    body: bytes = field(repr=False)


class HearsFromTopic(ABC):
    """For services of AWS that publish what happens to a topic of the stack instead of calling a URL.

    Nothing is signed: only the service may publish to the topic, and only for the stack's own account.
    """

    @abstractmethod
    def get_topic_source(self, connection: Connection) -> str:
        """The name by which the topic's messages call the connection, or several that share it. Pure.

        It never changes. "" for a connection whose service calls a URL.
        """

    @abstractmethod
    def read_topic_message(self, text: str) -> TopicMessage:
        """Raises Unreadable for a message that is not what the service documents. Pure."""


def get_topic_source(connector: Connector, connection: Connection) -> str:
    """ "" for a connection whose service calls a URL."""
    return connector.get_topic_source(connection) if isinstance(connector, HearsFromTopic) else ""


class RegistersWebhooks(ABC):
    """For services whose API takes our webhook URLs."""

    @abstractmethod
    def register_webhooks(self, webhooks: Webhooks, connection: Connection, http: Http) -> Settings:
        """Makes the service call our URLs. The answer is what to store on the connection.

        The URLs are live before: the service may call them while this call is open.
        """

    @abstractmethod
    def unregister_webhooks(self, connection: Connection, http: Http) -> None:
        """Makes the service call us no more. A webhook that does not exist is no error."""

    @abstractmethod
    def get_registered_url(self, connection: Connection, http: Http) -> str | None:
        """The URL that the service calls now, "" for none.

        None when the connection's credentials may not ask: the webhook is then registered elsewhere.
        """


class SelectsFeedback(ABC):
    """For services whose registration says which receipts and typing their webhooks report.

    `register_webhooks` asks for those of `Behavior.selectable_feedback` that `connection.feedback` has. It is called
    again when that changes.
    """

    @abstractmethod
    def get_registered_feedback(self, connection: Connection, http: Http) -> frozenset[FeedbackKind]:
        """What the service reports now, of `Behavior.selectable_feedback`."""


class RestoresWebhooks(ABC):
    """For services that switch a webhook off after failures."""

    @abstractmethod
    def restore_webhooks(self, webhooks: Webhooks, connection: Connection, http: Http) -> str:
        """Switches on again what the service has switched off, and says what that was; "" when nothing was off.

        It must not switch on what a person has switched off. The webhook monitor calls it every few minutes.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookForm:
    """One of the forms in which a service's webhooks arrive. An owner sets each up separately.

    `title` names its sender for people, like "the account's webhook". `expected`: the connection's settings ask for it.
    `steps`: what the owner must do at the service for it. `advice`: what to do when it arrives and is not expected.
    """

    title: str
    expected: bool
    steps: tuple[str, ...] = ()
    advice: str = ""


class ListsManualSteps(ABC):
    """For services on which the owner must set something up on a page of the service."""

    @abstractmethod
    def list_manual_steps(self, webhooks: Webhooks, connection: Connection) -> tuple[str, ...]:
        """What the owner must do, one sentence for each step, without what is done already."""


# --- OAuth apps ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What an account's consent gave us: the account, and the secrets of its connection."""

    account: Account
    secrets: Mapping[str, str] = field(repr=False)


class AuthorizesAccounts(ABC):
    """For services with OAuth's authorization code flow: accounts install one app of ours by consent.

    The app is a connection that owns the webhook URL. Each account that installs it is another connection at that URL.
    """

    @abstractmethod
    def is_app(self, connection: Connection) -> bool:
        """Whether the connection is the app itself, which carries no messages."""

    @abstractmethod
    def build_consent_url(self, app: Connection, redirect: str, state: str) -> str:
        """The service's page that asks for consent. It sends the browser back to `redirect`, with `state`.

        Raises Misconfigured when the app lacks a value that the page needs.
        """

    @abstractmethod
    def redeem_code(self, code: str, redirect: str, app: Connection, http: Http) -> Grant:
        """Exchanges the authorization code for the account's secrets. Codes are valid for seconds only.

        `account.external_id` is the tenant, and `account.settings` are those of the new connection. Raises
        AuthorizationNeeded when the service refuses the code.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """An app that exists at the service. `secrets` are shown once: they are stored before anything else happens."""

    settings: Mapping[str, str]
    secrets: Mapping[str, str] = field(repr=False)


class CreatesApps(ABC):
    """For services whose API creates the app."""

    @abstractmethod
    def create_app(self, webhooks: Webhooks, redirect: str, connection: Connection, http: Http) -> App | None:
        """Creates the app, or makes the existing one call our URLs; None when the credentials allow neither.

        When the answer has secrets, they are stored and this is called again: anything that needs them comes then.
        """
