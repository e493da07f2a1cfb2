"""What the tests of this folder share."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import count

from patchbay.bridge.oauth import Authorizer, Begun, Joined
from patchbay.bridge.oauth_apps import JoinableApps
from patchbay.domain.accounts import Connection, ConnectionStatus, Secrets
from patchbay.domain.errors import Misconfigured
from patchbay.domain.model import Side
from patchbay.kit.contract import Connector
from tests.harness.fakes.audit import MemoryAuditTrail, auditor_of
from tests.harness.fakes.configuration import MemoryConfiguration
from tests.harness.fakes.consents import MemoryConsents
from tests.harness.fakes.oauth_platform import NoHttp, OAuthPlatform
from tests.harness.fakes.services import Office
from tests.harness.fakes.stores import MemoryConnections
from tests.harness.fakes.telemetry import MemoryTelemetry
from tests.harness.virtual_time import VirtualTime

REDIRECT = "https://bridge.test/oauth/club/app/callback"
APP = Connection(
    id="app",
    service="club",
    side=Side.PLATFORM,
    endpoint_id="app",
    secrets=Secrets(values={"client_secret": "the-apps-secret"}),
)
ACTIVE, PENDING, REFUSED = ConnectionStatus.ACTIVE, ConnectionStatus.PENDING, ConnectionStatus.NEEDS_AUTHORIZATION


@dataclass
class Scene:
    club: OAuthPlatform = field(default_factory=OAuthPlatform)
    stores: MemoryConnections = field(default_factory=MemoryConnections)
    consents: MemoryConsents = field(default_factory=MemoryConsents)
    time: VirtualTime = field(default_factory=VirtualTime)
    telemetry: MemoryTelemetry = field(default_factory=MemoryTelemetry)
    numbers: count[int] = field(default_factory=count)
    trail: MemoryAuditTrail = field(default_factory=MemoryAuditTrail)

    def __post_init__(self) -> None:
        self.registry = MemoryConfiguration(self.stores)
        self.registry.save(APP)
        self.authorizer = Authorizer(
            apps=JoinableApps(self._connector, self.registry),
            registry=self.registry,
            consents=self.consents,
            http=NoHttp(),
            clock=self.time,
            telemetry=self.telemetry,
            token=lambda: f"token-{next(self.numbers)}",
            auditor=auditor_of(self.trail),
        )

    def _connector(self, service: str) -> Connector:
        known: dict[str, Connector] = {"club": self.club, "office": Office()}
        if service not in known:
            raise Misconfigured(f"there is no service named {service!r}")
        return known[service]

    def begin(self) -> Begun:
        return self.authorizer.begin("club", "app", REDIRECT)

    def finish(self, begun: Begun, code: str, browser: str | None = None, app: str = "app") -> Joined:
        cookie = begun.browser if browser is None else browser
        return self.authorizer.finish("club", app, REDIRECT, code=code, state=begun.state, browser=cookie)

    def join(self, business: str = "b-1") -> Joined:
        return self.finish(self.begin(), self.club.consent(business))

    def stored(self, connection_id: str) -> Connection:
        found = self.registry.connection(connection_id)
        assert found is not None
        return without_reference_key(found)


def without_reference_key(connection: Connection) -> Connection:
    """As the service knows it: the key is our own, random, and made when the connection is stored."""
    return replace(connection, secrets=replace(connection.secrets, values=connection.secrets.credentials))
