"""What a message can do without never holds it up: agents' names and avatars, and what agents see of a customer.

For every connector that asks for such things or shows them, and every way in which that fails.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from patchbay.domain.accounts import ConnectionStatus
from patchbay.domain.errors import DeliveryError, NotYet, Rejected, Transient, Uncertain
from patchbay.kit import registry
from patchbay.kit.abilities import DescribesSenders, UpdatesContacts
from patchbay.kit.contract import Http, HttpRequest, HttpResponse
from playground.services.viber import Viber
from tests.connectors.services import SERVICES, load_connector
from tests.harness.pair_world import PLATFORMS, Scene
from tests.harness.world import World

ASIDE = 3.5  #: seconds that a message may wait for them


def answer(status: int, headers: dict[str, str] | None = None, body: bytes = b"<html>") -> HttpResponse:
    return HttpResponse(status=status, headers=headers or {}, body=body)


FAILURES: dict[str, HttpResponse | DeliveryError | None] = {
    **{str(status): answer(status) for status in (301, 400, 401, 403, 404, 409, 422, 500, 502, 503, 504)},
    "429": answer(429),
    "429 for an hour": answer(429, {"retry-after": "3600"}),
    "no connection": Transient("the service refused the connection"),
    "broken connection": Uncertain("the connection broke"),
    "refused": Rejected("no"),
    "our rate limiter, for long": NotYet("the rate limit is reached", after=60),
    "hangs": None,
    **{f"unreadable {body!r}": answer(200, body=body) for body in (b"", b"{", b"null", b"[]", b'{"id":[]}', b"\xff")},
}
each_failure = pytest.mark.parametrize("kind", FAILURES)


@dataclass
class Ill:
    """Http of which every call fails. One that hangs takes all the time that it has."""

    world: World
    kind: str
    requests: list[HttpRequest] = field(default_factory=list)

    def send(self, request: HttpRequest) -> HttpResponse:
        self.requests.append(request)
        failure = FAILURES[self.kind]
        if failure is None:
            self.world.time.advance(request.timeout)
            raise Uncertain("no answer in time")
        if isinstance(failure, DeliveryError):
            raise failure
        return replace(failure, received_at=self.world.time.now())


def fail_within(monkeypatch: pytest.MonkeyPatch, service: str, method: str, ill: Ill) -> None:
    """Every call fails that the connector makes within `method`; the pacer and all else stay what they are."""
    connector = load_connector(service)
    original: Callable[..., Any] = getattr(connector, method)

    def fail(*positional: Any) -> Any:
        *others, http = positional
        return original(*others, _with_network(http, ill))

    monkeypatch.setattr(type(connector), method, staticmethod(fail))


def _with_network(http: Http, ill: Ill) -> Http:
    """The same chain of wrappers, with another network at its end."""
    inner = getattr(http, "_http", None)
    if inner is None:
        return ill
    copied = object.__new__(type(http))
    for name in _names(http):
        setattr(copied, name, getattr(http, name))
    copied._http = _with_network(inner, ill)  # type: ignore[attr-defined]
    return copied


def _names(thing: object) -> Iterator[str]:
    known: Iterable[str] = getattr(thing, "__dict__", ()) or getattr(type(thing), "__slots__", ())
    yield from known


class OnlyOne(Scene):
    """The customer may have any name."""

    @property
    def ann(self) -> dict[str, Any]:
        people: Any = self.phone.view()["people"]
        return dict(people[0])


NAMING = [each for each in SERVICES if isinstance(load_connector(each), DescribesSenders)]
#: In one more form of Freshchat, which hears of the new name again by its own event.
SHOWING = [each for each in PLATFORMS if isinstance(load_connector(each), UpdatesContacts) and each != "freshchat both"]


def test_some_connectors_have_such_calls() -> None:
    assert NAMING
    assert SHOWING


@each_failure
@pytest.mark.parametrize("platform", NAMING)
def test_an_answer_does_not_wait_for_the_agents_name(monkeypatch: pytest.MonkeyPatch, platform: str, kind: str) -> None:
    scene = Scene("viber", platform)
    scene.meet()
    scene.pass_time(2 * 3600)  # what was looked up before is forgotten
    ill = Ill(scene, kind)
    fail_within(monkeypatch, platform, "describe_sender", ill)
    scene.replies("your parcel is here")
    scene.settle(timedelta(seconds=ASIDE))
    assert ill.requests
    assert scene.customer_sees() == ["welcome", "your parcel is here"]
    assert waited(scene) <= ASIDE
    assert scene.telemetry.logged("sender not described") or FAILURES[kind] in unnoticed()
    assert scene.connections.connections[f"{platform}-1"].status is ConnectionStatus.ACTIVE
    asked = len(ill.requests)
    scene.replies("once more")
    scene.settle(timedelta(seconds=ASIDE))
    assert scene.customer_sees()[-1] == "once more"
    assert len(ill.requests) == asked


def waited(scene: Scene) -> float:
    """How long the last message was on its way, in seconds."""
    return float(scene.telemetry.logged("event delivered")[-1]["age"] or 0) / 1000


def unnoticed() -> list[HttpResponse | DeliveryError | None]:
    """An answer that says plainly that there is nobody of that id, or that says nothing, is no failure to look up."""
    plain = {"301", "400", "403", "404", "409", "422"}
    return [each for kind, each in FAILURES.items() if kind in plain or kind.startswith("unreadable")]


@pytest.mark.parametrize("kind", [each for each in FAILURES if each != "429 for an hour"])  # which is for every call
@pytest.mark.parametrize("platform", SHOWING)
def test_a_customers_message_does_not_wait_for_their_new_name_to_be_shown(
    monkeypatch: pytest.MonkeyPatch, platform: str, kind: str
) -> None:
    scene = OnlyOne("viber", platform)
    scene.meet()
    service = scene.desk.service
    ill = Ill(scene, kind)
    fail_within(monkeypatch, service, "update_contact", ill)
    rename(scene, "Ann Lind")
    scene.says("it is me")
    scene.settle(timedelta(seconds=ASIDE))
    assert ill.requests
    assert scene.agent_sees() == ["hello", "it is me"]
    assert waited(scene) <= ASIDE
    assert scene.connections.connections[f"{service}-1"].status is ConnectionStatus.ACTIVE
    monkeypatch.undo()
    scene.pass_time(120)
    scene.says("and again")
    scene.settle(timedelta(minutes=1))
    assert "Ann Lind" in str(scene.desk.view()) or service == "freshchat" or kind in refused_for_good()


def refused_for_good() -> set[str]:
    """It was refused, or seems to be done: it is not shown again."""
    return {"301", "400", "404", "409", "422", "403", "refused"} | {
        each for each in FAILURES if each.startswith("unreadable")
    }


def rename(scene: Scene, name: str) -> None:
    assert isinstance(scene.phone, Viber)
    for person in scene.phone.people.values():
        person.name = name


#: A token that is refused, a customer who is not known, and a rate limit concern the calls that follow as well.
CONCERN_ALL = {"401", "403", "404", "429", "429 for an hour", "our rate limiter, for long"}


@pytest.mark.parametrize("kind", [each for each in FAILURES if each not in CONCERN_ALL])
def test_a_new_customer_at_giosg_does_not_wait_for_their_profile(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """Its profile is a list of variables, which are written for themselves."""
    scene = Scene("viber", "giosg")
    ill, send = Ill(scene, kind), scene.http.send

    def fail_variables(request: HttpRequest) -> HttpResponse:
        return ill.send(request) if re.search("/variables", request.url) else send(request)

    monkeypatch.setattr(scene.http, "send", fail_variables)
    scene.says("hello")
    scene.settle(timedelta(seconds=ASIDE))
    assert ill.requests
    assert scene.agent_sees() == ["hello"]
    assert scene.connections.connections["giosg-1"].status is ConnectionStatus.ACTIVE


def test_every_connector_is_looked_at() -> None:
    assert set(registry.names()) >= {each.partition(" ")[0] for each in (*NAMING, *SHOWING)}
