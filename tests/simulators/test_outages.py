"""Every simulated service can be out for a while, in every way that there is."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from patchbay.domain.errors import DeliveryError, Transient, Uncertain
from patchbay.kit.contract import Http, HttpRequest, HttpResponse
from playground.simulator import OUTAGES, Fault
from tests.connectors.contract.scene import Stage, make_stage, text_part
from tests.connectors.services import SERVICES, load_connector

OUTAGE = 300


@dataclass
class Watched:
    """Remembers what came back."""

    http: Http
    answers: list[HttpResponse | DeliveryError] = field(default_factory=list)

    def send(self, request: HttpRequest) -> HttpResponse:
        try:
            answer = self.http.send(request)
        except DeliveryError as failure:
            self.answers.append(failure)
            raise
        self.answers.append(answer)
        return answer


def call(stage: Stage, text: str = "hi") -> HttpResponse | DeliveryError:
    """What the last call of delivering a text met."""
    http, part = Watched(stage.http), replace(text_part(text), key=f"{text}:0")
    with suppress(DeliveryError):
        load_connector(stage.service).deliver(part, stage.conversation, stage.connection, http)
    return http.answers[-1]


def pass_time(stage: Stage, seconds: float) -> None:
    stage.world.time.jump(stage.world.time.now() + timedelta(seconds=seconds))


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("kind", OUTAGES)
def test_an_outage_lasts_as_long_as_it_should_and_is_what_it_says(service: str, kind: str) -> None:
    stage, fault = make_stage(service), OUTAGES[kind]
    stage.world.simulators[service].break_down(fault, OUTAGE)
    for number in range(5):
        answer = call(stage, f"message {number}")
        if fault.status:
            assert isinstance(answer, HttpResponse)
            assert answer.status == fault.status
            assert (b"<html>" in answer.body) == fault.proxy
        else:
            assert isinstance(answer, Uncertain if fault.lost else Transient)
        pass_time(stage, OUTAGE / 5)
    answer = call(stage)
    assert isinstance(answer, HttpResponse)
    assert answer.ok


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("kind", OUTAGES)
def test_the_work_is_done_or_not_as_the_kind_of_outage_says(service: str, kind: str) -> None:
    stage, fault = make_stage(service), OUTAGES[kind]
    simulator = stage.world.simulators[service]
    simulator.break_down(fault, OUTAGE)
    call(stage, "during the outage")
    stage.world.settle()  # a visitor of the web chat sees it at the next look
    assert ("during the outage" in str(simulator.view())) == (fault.done or fault.lost)


def test_an_outage_of_some_calls_leaves_the_others_alone() -> None:
    stage = make_stage("viber")
    stage.world.simulators["viber"].break_down(Fault(status=502, proxy=True, where="set_webhook"), OUTAGE)
    answer = call(stage)
    assert isinstance(answer, HttpResponse)
    assert answer.ok
