"""A shop's web site that has a service of the stack in its pages: where other messengers have a phone, it has this.

The shop's page is a stranger to that service, as any site is: all that it has of it is one line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path

from flask import Blueprint, Response, current_app
from werkzeug.exceptions import NotFound

SHOP = Path(__file__).parent / "page" / "shop.html"

routes = Blueprint("sites", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """`address` is that of the page which `service` itself has for its visitors."""

    service: str
    title: str
    address: str

    def view(self) -> dict[str, object]:
        """As a simulator's view; `another` is where a browser is a visitor that it has not been yet."""
        addresses = {"shop": f"/shop/{self.service}", "page": self.address, "another": other_name(self.address)}
        return {"service": self.service, "title": self.title, "side": "messenger", "site": addresses}

    def shop(self) -> str:
        return SHOP.read_text(encoding="utf-8").replace("{widget}", escape(f"{self.address}/widget.js"))

    def policy(self) -> str:
        """The shop runs the one script, which asks for one thing and shows one page."""
        return (
            f"default-src 'none'; script-src {self.address}/widget.js; connect-src {self.address}/api/about;"
            f" frame-src {self.address}; style-src 'self'; font-src 'self'; img-src 'self'; base-uri 'none';"
            " form-action 'none'; frame-ancestors 'self'"
        )


def other_name(url: str) -> str:
    """The same address under loopback's other name: what a browser keeps for one, the other does not have."""
    return url.replace("//127.0.0.1:", "//localhost:", 1)


@routes.get("/shop/<service>")
def shop(service: str) -> Response:
    sites: Mapping[str, Site] = current_app.extensions["sites"]
    if service not in sites:
        raise NotFound(f"there is no shop with {service!r}")
    site = sites[service]
    return Response(site.shop(), mimetype="text/html", headers={"Content-Security-Policy": site.policy()})
