"""Every call to the web chat comes in here: the page and its files, visitors' calls, the bridge's calls.

Notes to the bridge do not: they are handed over in this process (see `Bridge`). So nobody outside can post what looks
like one, however it is signed.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from chat.assets import Assets, Holds
from chat.bridge_keys import knows_key
from chat.context import ChatContext
from chat.errors import Refused, unknown_address, unknown_token, wrong_method
from chat.model import SERVICE, Site
from chat.origins import check_origin, open_to, page_policy, preflight
from chat.responses import explain
from chat.routing import Call
from chat.tickets import read_ticket
from chat.visitors_api import VisitorsApi
from patchbay.bridge.ports import Connections
from patchbay.bridge.quotas import network_of
from patchbay.domain.accounts import Endpoint
from patchbay.kit.contract import WebhookRequest, WebhookResponse

if TYPE_CHECKING:
    from chat.bridge_api import BridgeApi

_GETS = frozenset({"GET", "HEAD"})


class ChatApp:
    def __init__(self, context: ChatContext, connections: Connections, assets: Assets) -> None:
        self._context = context
        self._connections = connections
        self._assets = assets
        self._visitors = VisitorsApi(context)

    @cached_property
    def _bridge_api(self) -> BridgeApi:
        """Loaded with the bridge's first call: a visitor's message does not wait for what agents' messages need."""
        from chat.bridge_api import BridgeApi

        return BridgeApi(self._context)

    def answer(self, webhook_token: str, base: str, source: str, request: WebhookRequest) -> WebhookResponse:
        """`base` is our public address, `source` the caller's network address."""
        source = network_of(source)
        try:
            if request.tail[:1] != ("bridge",):  # which comes from few addresses, often, and shows a key
                self._context.admission.admit_call(source)
        except Refused as refused:
            return explain(refused)
        endpoint = self._connections.endpoint(SERVICE, webhook_token)
        if endpoint is None:
            return explain(Refused(404, "unknown_page", "There is no chat at this address."))
        call = Call(site=_make_site(endpoint, webhook_token, base), request=request, source=source)
        try:
            return self._respond(call)
        except Refused as refused:
            return self._refuse(call.site, refused)

    def connect(self, text: str, origin: str, source: str, connection: str) -> WebhookResponse:
        """A browser opens a live connection, with the ticket that it was given for it and from the same page."""
        site: Site | None = None
        try:
            self._context.admission.admit_call(network_of(source))
            ticket = read_ticket(text)
            endpoint = self._connections.endpoint(SERVICE, ticket.webhook_token) if ticket else None
            if ticket is None or endpoint is None:
                raise unknown_token()
            site = _make_site(endpoint, ticket.webhook_token, "")
            self._context.live.connect(site, ticket, origin, connection)
        except Refused as refused:
            return explain(refused) if site is None else self._refuse(site, refused)
        return WebhookResponse(status=200)

    def _respond(self, call: Call) -> WebhookResponse:
        match call.request.tail:
            case ("api", *path):
                return self._respond_to_visitor(call, tuple(path))
            case ("bridge", *path):
                return self._bridge_api.respond(self._admit_bridge(call), tuple(path))
            case _:
                return open_to(call.site, call.request, self._show(call))

    def _respond_to_visitor(self, call: Call, path: tuple[str, ...]) -> WebhookResponse:
        if call.request.method == "OPTIONS":
            return open_to(call.site, call.request, preflight(call.site, call.request))
        try:
            check_origin(call.site, call.request)
            answer = self._visitors.respond(call, path)
        except Refused as refused:
            answer = self._refuse(call.site, refused)
        return open_to(call.site, call.request, answer)

    def _show(self, call: Call) -> WebhookResponse:
        """The page and its files."""
        if call.request.method not in _GETS:
            raise wrong_method("GET, HEAD")
        headers = call.request.headers
        holds = Holds(tags=headers.get("if-none-match", ""), codings=headers.get("accept-encoding", ""))
        match call.request.tail:
            case ():
                answer = self._assets.page(call.site.webhook_token, holds)
                policy = page_policy(call.site, self._context.files.origin, self._context.live.address)
                return _with_header(answer, "content-security-policy", policy)
            case ("widget.js",):
                return self._assets.widget(holds)
            case ("worker.js",):
                return self._assets.worker(call.site.webhook_token, holds)
            case ("static", *path):
                return self._assets.file(tuple(path), holds)
        raise unknown_address()

    def _admit_bridge(self, call: Call) -> Call:
        """The owner may have changed the key since the endpoint was cached. Raises Refused with 401."""
        if knows_key(call.site, call.authorization):
            return call
        renewed = self._connections.renew_endpoint(SERVICE, call.site.webhook_token)
        if renewed is not None:
            site = _make_site(renewed, call.site.webhook_token, call.site.base)
            if knows_key(site, call.authorization):
                return Call(site=site, request=call.request, source=call.source)
        raise Refused(401, "wrong_key", "Send the connection's service_key as the bearer token.")

    def _refuse(self, site: Site, refused: Refused) -> WebhookResponse:
        if self._context.admission.may_remark(site, refused.code):
            self._context.warning("call refused", site, refused.code)
            self._context.telemetry.count("WebchatRefused", SERVICE)
        return explain(refused)


def _make_site(endpoint: Endpoint, webhook_token: str, base: str) -> Site:
    return Site(
        id=endpoint.id,
        webhook_token=webhook_token,
        base=base,
        settings=endpoint.settings,
        secrets=endpoint.secrets,
        feedback=endpoint.feedback,
    )


def _with_header(answer: WebhookResponse, name: str, value: str) -> WebhookResponse:
    return WebhookResponse(status=answer.status, body=answer.body, headers={**answer.headers, name: value})
