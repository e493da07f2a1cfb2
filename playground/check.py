"""Messages across everything that is connected, one for each pair of services that are linked.

A messenger has one link. The web chat is made as often as there are platforms, so that each of them has a customer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from uuid import uuid4

import requests

from playground.accounts import Owner, addresses_in
from playground.round_trip import Customer, Phone, RoundTrip, make_round_trip
from playground.simulator import Simulator
from playground.sites import Site

TIMEOUT = 30  #: seconds; a first call meets a cold function


class Visitor:
    """A visitor on the page of a web chat, by the calls that the page makes."""

    def __init__(self, service: str, address: str) -> None:
        self.service = service
        self._api = f"{address}/api"
        self._session = requests.Session()
        self._session.trust_env = False  # a proxy from the environment knows nothing of loopback
        self._session.headers["Authorization"] = f"Bearer {self._call('POST', 'visitors', language='en')['token']}"
        self._chat = str(uuid4())
        self._call("POST", "chats", id=self._chat, name="Ann")

    def write(self, text: str) -> None:
        self._call("POST", f"chats/{self._chat}/messages", id=str(uuid4()), text=text)

    def has_got(self, mark: str) -> bool:
        messages = self._call("GET", f"chats/{self._chat}/messages")["messages"]
        return any(mark in message["text"] for message in messages)

    def _call(self, method: str, path: str, **body: str) -> Mapping[str, list[Mapping[str, str]]]:
        answer = self._session.request(method, f"{self._api}/{path}", json=body or None, timeout=TIMEOUT)
        answer.raise_for_status()
        document: Mapping[str, list[Mapping[str, str]]] = answer.json()
        return document


def check_everything(
    simulators: Mapping[str, Simulator], sites: Mapping[str, Site], owner: Owner
) -> Iterator[RoundTrip]:
    """Raises NothingArrived, and CommandFailed. Platforms that businesses join by consent are left out."""
    rows = {str(row["id"]): row for row in owner.connections()}
    for row in rows.values():
        if row["service"] in simulators and row.get("link"):
            platform = simulators[str(rows[str(row["link"])]["service"])]
            yield make_round_trip(Phone(simulators[str(row["service"])]), platform)
    for row in rows.values():
        if row["side"] == "platform" and not row.get("app"):
            for service in sites:
                customer = _visit(service, str(row["id"]), owner)
                yield make_round_trip(customer, simulators[str(row["service"])])


def _visit(service: str, platform: str, owner: Owner) -> Customer:
    """A customer of a connection that is created only for `platform`."""
    connection = f"{service}-to-{platform}"
    (address,) = addresses_in(owner.run("connect", service, connection)).values()
    owner.run("link", connection, platform)
    return Visitor(service, address)
