"""Which web pages may show the chat and call it: the owner's list, and the chat's own."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from chat.errors import Refused
from chat.model import Site
from patchbay.kit.contract import WebhookRequest, WebhookResponse

_READS = frozenset({"GET", "HEAD"})


def check_origin(site: Site, request: WebhookRequest) -> None:
    """Raises Refused with 403 for a write from a page that is not allowed to show the chat.

    Its reads are answered without the header that would let the page see the answer.
    """
    origin = request.headers.get("origin", "")
    if origin and request.method not in _READS and not (_is_allowed(site, origin) or _is_own(site, request, origin)):
        raise Refused(403, "foreign_origin", "This site is not in the chat's allowed_origins.")


def preflight(site: Site, request: WebhookRequest) -> WebhookResponse:
    check_origin(site, request)
    headers = {
        "access-control-allow-methods": "GET, POST, PATCH, PUT, DELETE",
        "access-control-allow-headers": "authorization, content-type",
        "access-control-max-age": "7200",
        "cache-control": "no-store",
    }
    return WebhookResponse(status=204, headers=headers)


def open_to(site: Site, request: WebhookRequest, answer: WebhookResponse) -> WebhookResponse:
    """The answer, for pages of the allowed origins to see."""
    varies = ", ".join(filter(None, ("Origin", answer.headers.get("vary"))))
    headers = {**answer.headers, "vary": varies}
    origin = request.headers.get("origin", "")
    if _is_allowed(site, origin):
        headers |= {"access-control-allow-origin": origin, "access-control-expose-headers": "Retry-After"}
    return replace(answer, headers=headers)


def page_policy(site: Site, files: str, live: str = "") -> str:
    """The Content-Security-Policy of the page. Pictures of cards may stand on any host, over https.

    `files` is the origin of the store, `live` the address of live connections, "" when there are none.
    """
    # Files have our public address, at whichever of our addresses the page was opened.
    reached = " ".join(["'self'", files, *([_origin_of(live)] if live else [])])
    files = f" {files} {_origin_of(site.base)}"
    rules = [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        f"connect-src {reached}",
        f"img-src 'self' https: blob: data:{files}",
        f"media-src 'self' blob:{files}",
        "base-uri 'self'",
        "form-action 'none'",
        " ".join(["frame-ancestors 'self'", *sorted(site.origins)]),
    ]
    return "; ".join(rules)


def _is_allowed(site: Site, origin: str) -> bool:
    return origin.lower() in site.origins


def _is_own(site: Site, request: WebhookRequest, origin: str) -> bool:
    return origin == _origin_of(site.base) or urlsplit(origin).netloc == request.headers.get("host")


def _origin_of(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
