"""What the tests of this folder share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache

import pytest

from patchbay.bridge.contact_tokens import ContactTokens, Customer
from patchbay.domain.errors import (
    DeliveryError,
    PatchbayError,
    Transient,
    Uncertain,
)
from patchbay.domain.model import Contact, ContactKey, Part
from patchbay.kit.abilities import IdentifiesContacts, LooksUpDeliveries, Opened, OpensConversations
from patchbay.kit.behavior import ContactIdentity
from patchbay.kit.contract import Http, HttpRequest, HttpResponse
from patchbay.kit.lookups import UncertainSend
from patchbay.kit.token_abilities import AuthenticatesContacts
from tests.connectors.contract.scene import Stage, make_stage, text_part
from tests.connectors.services import SERVICES, load_connector

Answer = HttpResponse | DeliveryError
PAGE = b"<html><body><h1>502 Bad Gateway</h1></body></html>"  # what a proxy says
LATER = {"retry-after": "7"}
DATED = {"retry-after": "Wed, 21 Oct 2015 07:28:07 GMT", "date": "Wed, 21 Oct 2015 07:28:00 GMT"}


def answer(status: int, headers: dict[str, str] | None = None, body: bytes = PAGE) -> HttpResponse:
    return HttpResponse(status=status, headers=headers or {}, body=body)


#: What certainly was not done, what may have been, and how long the service asks us to wait.
NOT_DONE: dict[str, Answer] = {
    "425": answer(425, LATER),
    "429": answer(429, LATER),
    "503": answer(503, LATER),
    "503 until a date": answer(503, DATED),
    "broken before": Transient("the service refused the connection", retry_after=7),
}
DOUBTFUL: dict[str, Answer] = {
    "408": answer(408, LATER),
    "500": answer(500, LATER),
    "502": answer(502, LATER),
    "502 until a date": answer(502, DATED),
    "504": answer(504, LATER),
    "520": answer(520, LATER),
    "broken after": Uncertain("the connection broke before the answer came", retry_after=7),
}
REFUSED: dict[str, Answer] = {str(status): answer(status) for status in (301, 302, 400, 404, 405, 409, 410, 413, 422)}


@dataclass
class Failing:
    """Answers the call number `at` with `failure`, and hands on all others."""

    http: Http
    at: int = -1
    failure: Answer | None = None
    requests: list[HttpRequest] = field(default_factory=list)

    def send(self, request: HttpRequest) -> HttpResponse:
        self.requests.append(request)
        if len(self.requests) - 1 != self.at or self.failure is None:
            return self.http.send(request)
        if isinstance(self.failure, DeliveryError):
            raise type(self.failure)(*self.failure.args, 7)
        return self.failure


@dataclass
class Trial:
    """One service, and the things that a connector is asked to do there. `number` makes each time different."""

    stage: Stage
    number: int = 0

    @property
    def contact(self) -> Contact:
        contact = Contact(external_id=f"person-{self.number}", name="Åsa", phone=f"+4670111{self.number:04}")
        identity = load_connector(self.stage.service).behavior.contact_identity
        is_numbered = identity is ContactIdentity.NUMBERED
        return replace(contact, platform_id=str(self.number)) if is_numbered else contact

    def part(self) -> Part:
        return replace(
            text_part(f"text {self.number}"), key=f"event-{self.number}:0", sent_at=self.stage.world.time.now()
        )

    def run(self, operation: Operation, http: Callable[[Http], Http]) -> object:
        self.number += 1
        self.stage.world.time.advance(20)  # services allow so many calls a time
        return operation(self, http)


Operation = Callable[[Trial, Callable[[Http], Http]], object]


def deliver(trial: Trial, http: Callable[[Http], Http]) -> object:
    stage = trial.stage
    return load_connector(stage.service).deliver(trial.part(), stage.conversation, stage.connection, http(stage.http))


def open_conversation(trial: Trial, http: Callable[[Http], Http]) -> object:
    """For somebody who was never there before."""
    stage = trial.stage
    connector, way, contact = load_connector(stage.service), http(stage.world.http), trial.contact
    if not isinstance(connector, OpensConversations):
        return None
    key = ContactKey(service="pigeon", connection_id="p", contact_id=contact.external_id)
    if isinstance(connector, IdentifiesContacts):
        contact = replace(contact, platform_id=connector.identify_contact(key, contact, stage.connection, way))
    if isinstance(connector, AuthenticatesContacts):
        customer = Customer(person=key.encode(), contact_key=key.encode(), contact=contact)
        passes = ContactTokens(stage.world.people, stage.world.time)
        contact = replace(contact, platform_id=passes.identify(customer, connector, stage.connection, way))
        way = passes.wrap(way, customer, connector, stage.connection)
    return connector.open_conversation(key, contact, trial.part(), stage.connection, way)


def look_up(trial: Trial, http: Callable[[Http], Http]) -> object:
    return _look_up(trial, http, keep_state=True)


def look_up_after_our_table_was_lost(trial: Trial, http: Callable[[Http], Http]) -> object:
    return _look_up(trial, http, keep_state=False)


def _look_up(trial: Trial, http: Callable[[Http], Http], *, keep_state: bool) -> object:
    """Of what was delivered a moment ago."""
    stage = trial.stage
    connector, part, since = load_connector(stage.service), trial.part(), stage.world.time.now()
    if not isinstance(connector, LooksUpDeliveries):
        return None
    conversation = stage.conversation if keep_state else replace(stage.conversation, state={})
    connector.deliver(part, stage.conversation, stage.connection, stage.http)
    return connector.look_up_delivery(
        part, UncertainSend(since=since), conversation, stage.connection, http(stage.http)
    )


@cache
def trial_of(service: str) -> Trial:
    return Trial(make_stage(service))


def fail_each_call(
    service: str, operation: Operation, failure: Answer
) -> Iterator[tuple[HttpRequest, PatchbayError | None]]:
    """Every call that the operation makes, in turn, with what came of its failure: None when it did not matter.

    Those are left out that a message can do without, and of whose failure the operation says so.
    """
    trial, position = trial_of(service), 0
    while True:
        ways: list[Failing] = []

        def fail(http: Http, at: int = position, ways: list[Failing] = ways) -> Http:
            ways.append(Failing(http, at, failure))
            return ways[-1]

        outcome: PatchbayError | None = None
        result: object = None
        try:
            result = trial.run(operation, fail)
        except PatchbayError as raised:
            outcome = raised
        requests = [request for way in ways for request in way.requests]
        if len(requests) <= position:
            return
        if not (isinstance(result, Opened) and result.profile_error):
            yield requests[position], outcome
        position += 1


each_service = pytest.mark.parametrize("service", SERVICES)
