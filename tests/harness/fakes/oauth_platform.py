"""A platform whose accounts join one app by consent, without HTTP. It hands out codes and makes a room per account."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from patchbay.domain.accounts import Connection, ConnectionStatus, Endpoint
from patchbay.domain.errors import AuthorizationNeeded
from patchbay.domain.events import Event, Ignored
from patchbay.domain.model import Conversation, Delivered, Part, Side
from patchbay.kit.account_setup import (
    Account,
    AccountSetup,
    AuthorizesAccounts,
    Grant,
    IdentifiesAccounts,
    IdentifiesTenants,
    SetsUpAccounts,
)
from patchbay.kit.behavior import Behavior
from patchbay.kit.capabilities import Capabilities
from patchbay.kit.contract import Connector, Http, HttpRequest, HttpResponse, Setting, WebhookRequest


class NoHttp(Http):
    def send(self, request: HttpRequest) -> HttpResponse:
        raise AssertionError("the fakes need no network")


@dataclass
class OAuthPlatform(Connector, IdentifiesAccounts, IdentifiesTenants, SetsUpAccounts, AuthorizesAccounts):
    """`on_set_up` runs while the call is open; the failures are raised instead of an answer."""

    service: str = "club"
    title: str = "The <Club> & Co"  # as a service with an unlucky name would be shown
    side: Side = Side.PLATFORM
    settings: tuple[Setting, ...] = ()
    capabilities: Capabilities = field(default_factory=lambda: Capabilities(text_limit=1000))
    behavior: Behavior = Behavior()
    accepted_status: int = 200
    signs: bool = False
    businesses: dict[str, str] = field(default_factory=lambda: {"b-1": "Café Ünal & Co"})
    codes: dict[str, str] = field(default_factory=dict)  #: code -> business, each good for one try
    status: ConnectionStatus = ConnectionStatus.PENDING
    on_set_up: Callable[[Connection], None] = lambda connection: None
    set_up_failure: Exception | None = None
    redeem_failure: Exception | None = None
    rooms: list[str] = field(default_factory=list)
    seen: list[Connection] = field(default_factory=list)  #: what each set-up was given
    tokens: int = 0

    def verify(self, request: WebhookRequest, endpoint: Endpoint) -> None:
        raise AssertionError("no webhooks here")

    def parse(self, request: WebhookRequest, endpoint: Endpoint) -> Sequence[Event | Ignored]:
        raise AssertionError("no webhooks here")

    def deliver(self, part: Part, conversation: Conversation, connection: Connection, http: Http) -> Delivered:
        raise AssertionError("no messages here")

    # --- connecting --------------------------------------------------------------------------------------------------

    def get_account_id(self, connection: Connection) -> str:
        return connection.setting("room")

    def get_tenant_id(self, connection: Connection) -> str:
        return connection.setting("business")

    def is_app(self, connection: Connection) -> bool:
        return bool(connection.secrets.get("client_secret"))

    def build_consent_url(self, app: Connection, redirect: str, state: str) -> str:
        return "https://club.test/consent?" + urlencode({"redirect_uri": redirect, "state": state})

    def redeem_code(self, code: str, redirect: str, app: Connection, http: Http) -> Grant:
        if self.redeem_failure:
            raise self.redeem_failure
        business = self.codes.pop(code, None)
        if business is None:
            raise AuthorizationNeeded("the club did not accept the code: start again")
        self.tokens += 1
        account = Account(external_id=business, name=self.businesses[business], settings={"business": business})
        return Grant(account=account, secrets={"access_token": f"token-{self.tokens}-of-{business}"})

    def set_up_account(self, connection: Connection, http: Http) -> AccountSetup:
        self.seen.append(connection)
        self.on_set_up(connection)
        if self.set_up_failure:
            raise self.set_up_failure
        known = connection.setting("room")
        if not known:
            known = f"room-{len(self.rooms) + 1}"
            self.rooms.append(known)
        return AccountSetup(settings={"room": known}, status=self.status)

    # --- its people --------------------------------------------------------------------------------------------------

    def consent(self, business: str = "b-1") -> str:
        """Somebody of the business says yes: the code that the browser brings back."""
        code = f"code-{len(self.codes)}-{self.tokens}-{business}"
        self.codes[code] = business
        return code
