"""The Lambda handler of the pages through which accounts join an app: out to the service's consent page, and back.

The addresses that come back hold a code and a state, so neither they nor the query are ever logged or shown.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from urllib.parse import urlsplit

from patchbay.aws import clients
from patchbay.aws.clock import SystemClock
from patchbay.aws.handlers.consent_pages import CANCELLED, ConsentPages
from patchbay.aws.handlers.http_api import (
    HttpApiEvent,
    HttpApiResponse,
    read_cookies,
    read_parameter,
    read_request,
    read_source,
    write_response,
)
from patchbay.aws.handlers.pages import UNKEPT, show
from patchbay.aws.net.http import RequestsHttp
from patchbay.aws.observability import describe_failure
from patchbay.aws.powertools import PowertoolsTelemetry
from patchbay.aws.settings import OAuthEnvironment, oauth_addresses, read_environment
from patchbay.aws.stores.audit_trail import make_auditor
from patchbay.aws.stores.cache import TimedCache
from patchbay.aws.stores.configuration import ConfigurationStore
from patchbay.aws.stores.consents import DynamoConsents
from patchbay.aws.stores.keys import AUTHORIZE
from patchbay.aws.stores.table import Table
from patchbay.bridge.oauth import LIFETIME, Authorizer, ConsentRefused
from patchbay.bridge.oauth_apps import JoinableApps, read_app
from patchbay.bridge.ports import Clock, Telemetry
from patchbay.bridge.quotas import LocalLimits, network_of
from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Misconfigured, PatchbayError
from patchbay.kit import registry
from patchbay.kit.contract import WebhookResponse

Handler = Callable[[HttpApiEvent, object], HttpApiResponse]

_FRAMES = frozenset({"iframe", "frame", "embed", "object"})
_SECRET_BYTES = 32
_REMEMBERED, _REMEMBERED_MISSES = timedelta(minutes=1), timedelta(seconds=10)
_MOST_VISITS, _VISITS_WINDOW = 30, timedelta(minutes=5)  #: of one source, in each container
_CODE = re.compile(r"[\x20-\x7e]{1,2048}")  #: RFC 6749, A.11; no code that is known has a tenth of that
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")  #: those bytes, fit for an address
# The answers to "no" and to mistakes that the standard knows (RFC 6749, 4.1.2.1); other words may be anybody's.
_ERRORS = frozenset(
    {
        CANCELLED,
        "invalid_request",
        "unauthorized_client",
        "unsupported_response_type",
        "invalid_scope",
        "server_error",
        "temporarily_unavailable",
    }
)


def make_handler() -> Handler:
    """The handler of `GET /oauth/{service}/{app}/start` and `GET /oauth/{service}/{app}/callback`."""

    @cache
    def assemble() -> tuple[Reception, PowertoolsTelemetry]:
        environment = read_environment(OAuthEnvironment)
        telemetry = PowertoolsTelemetry(environment.metrics_namespace)
        clock = SystemClock()
        authorizer = make_authorizer(environment, clock, telemetry)
        return Reception(authorizer, environment, clock, telemetry), telemetry

    def handle(event: HttpApiEvent, _context: object) -> HttpApiResponse:
        reception, telemetry = assemble()
        try:
            return reception.receive(event)
        finally:
            telemetry.flush()

    return handle


def make_authorizer(environment: OAuthEnvironment, clock: Clock, telemetry: Telemetry) -> Authorizer:
    table = clients.table(environment.table_name)
    vault, purposes = clients.secrets_writer(), (AUTHORIZE,)
    configuration = ConfigurationStore(
        table, vault, environment.stage, clock, purposes=purposes, kms_key=environment.kms_key
    )
    known: TimedCache[Connection] = TimedCache(clock, _REMEMBERED, misses=_REMEMBERED_MISSES)
    return Authorizer(
        apps=JoinableApps(
            registry.load,
            configuration,
            lambda service, app: known.get(f"{service}/{app}", lambda: read_app(configuration, service, app)),
        ),
        registry=configuration,
        consents=DynamoConsents(table),
        http=RequestsHttp(local=environment.is_local),
        clock=clock,
        telemetry=telemetry,
        token=lambda: secrets.token_urlsafe(_SECRET_BYTES),
        auditor=make_auditor(Table(clients.dynamodb(), environment.table_name), clock, "function:oauth"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Visit:
    """A browser at one of our addresses. `returning`: at the one to which the service sends people back."""

    method: str
    service: str
    app_id: str
    returning: bool
    in_frame: bool
    state: str = field(repr=False)
    query: Mapping[str, str] = field(repr=False)
    cookies: Mapping[str, str] = field(repr=False)
    addresses: Mapping[str, str]

    @property
    def pages(self) -> ConsentPages:
        try:
            title = registry.load(self.service).title
        except Misconfigured:
            title = "The service"
        return ConsentPages(title=title, start=self.addresses["oauth_start"])


class Reception:
    """Receives browsers, and answers whatever happens with a page."""

    def __init__(
        self, authorizer: Authorizer, environment: OAuthEnvironment, clock: Clock, telemetry: Telemetry
    ) -> None:
        self._authorizer = authorizer
        self._environment = environment
        self._clock = clock
        self._telemetry = telemetry
        self._visits = LocalLimits(clock)

    def receive(self, event: HttpApiEvent) -> HttpApiResponse:
        visit = self._read(event)
        if visit.method != "GET":
            return write_response(WebhookResponse(status=405, headers={"allow": "GET", **UNKEPT}))
        wait = self._visits.take(network_of(read_source(event, self._environment.proxy)), _MOST_VISITS, _VISITS_WINDOW)
        if wait:
            return write_response(show(visit.pages.ask_to_wait(), retry_after=wait))
        try:
            return self._answer(visit)
        except PatchbayError as failure:
            self._telemetry.warning(
                "consent refused",
                service=visit.service,
                app=visit.app_id,
                reason=f"{type(failure).__name__}: {failure}",
            )
            page = visit.pages.explain(failure)
        except Exception as error:  # noqa: BLE001  a person is waiting, and must be told what to do
            self._telemetry.error("consent failed", service=visit.service, error=describe_failure(error))
            page = visit.pages.apologize()
        return write_response(show(page, frame=self._frame_of(visit)), self._forget(visit))

    def _frame_of(self, visit: _Visit) -> str:
        """The origin that may show our pages: that of the service's own, which opens its apps in frames."""
        page = urlsplit(self._authorizer.consent_page(visit.service, visit.app_id)) if visit.in_frame else None
        return f"{page.scheme}://{page.netloc}" if page and page.netloc else ""

    def _read(self, event: HttpApiEvent) -> _Visit:
        # A body means nothing here, so that none can be too large.
        request = read_request({**event, "body": "", "isBase64Encoded": False}, self._clock.now())
        state = request.query.get("state", "")
        service, app_id = read_parameter(event, "service"), read_parameter(event, "app")
        base = self._environment.address_of(event["requestContext"]["apiId"])
        return _Visit(
            method=request.method,
            service=service,
            app_id=app_id,
            returning=event["routeKey"].endswith("/callback"),
            in_frame=request.headers.get("sec-fetch-dest") in _FRAMES,
            state=state if _TOKEN.fullmatch(state) else "",
            query=request.query,
            cookies=read_cookies(event),
            addresses=oauth_addresses(base, service, app_id),
        )

    def _answer(self, visit: _Visit) -> HttpApiResponse:
        if visit.returning and visit.query.get("error"):
            return self._decline(visit)
        if visit.returning and visit.query.get("code"):
            return self._finish(visit)
        # Services open an app at the address that its people come back to, too: then it is the start.
        return self._begin(visit)

    def _begin(self, visit: _Visit) -> HttpApiResponse:
        if visit.in_frame:
            return write_response(show(visit.pages.leave_frame(), frame=self._frame_of(visit)))
        begun = self._authorizer.begin(visit.service, visit.app_id, visit.addresses["oauth_redirect"])
        cookie = self._cookie(begun.state, begun.browser, int(LIFETIME.total_seconds()))
        leading = WebhookResponse(status=302, headers={"location": begun.url, **UNKEPT})
        return write_response(leading, [cookie])

    def _finish(self, visit: _Visit) -> HttpApiResponse:
        if not _CODE.fullmatch(visit.query["code"]):
            raise ConsentRefused("the service did not return a valid code")
        joined = self._authorizer.finish(
            visit.service,
            visit.app_id,
            visit.addresses["oauth_redirect"],
            code=visit.query["code"],
            state=visit.state,
            browser=self._browser(visit),
        )
        return write_response(show(visit.pages.welcome(joined)), self._forget(visit))

    def _decline(self, visit: _Visit) -> HttpApiResponse:
        self._authorizer.decline(visit.state, self._browser(visit))
        error = visit.query["error"] if visit.query["error"] in _ERRORS else "unknown"
        if error != CANCELLED:
            self._telemetry.warning("consent not given", service=visit.service, app=visit.app_id, reason=error)
        return write_response(show(visit.pages.accept_no(error)), self._forget(visit))

    def _browser(self, visit: _Visit) -> str:
        return visit.cookies.get(self._cookie_name(visit.state), "")

    # --- cookies -----------------------------------------------------------------------------------------------------

    def _cookie_name(self, state: str) -> str:
        """One for each consent, so that two tabs do not disturb each other. A browser keeps __Host- to our host."""
        name = "patchbay-" + hashlib.sha256(state.encode()).hexdigest()[:12]
        return name if self._environment.is_local else f"__Host-{name}"

    def _cookie(self, state: str, value: str, seconds: int) -> str:
        """Lax: it must come along when the service's page sends the browser back. The local AWS speaks plain http."""
        secure = "" if self._environment.is_local else "; Secure"
        return f"{self._cookie_name(state)}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"

    def _forget(self, visit: _Visit) -> list[str]:
        """The cookie has done its work, whatever came of it."""
        return [self._cookie(visit.state, "", 0)] if self._browser(visit) else []
