"""What people do besides writing: every service shows it, or reads of it in the words that the tables promise."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from patchbay.domain.model import Text
from patchbay.domain.references import Reference
from tests.connectors.contract.scene import Stage, make_stage
from tests.connectors.services import SERVICES


@pytest.fixture(params=SERVICES)
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    stage = make_stage(request.param)
    yield stage
    assert not stage.world.telemetry.logged("event failed unexpectedly")


def test_an_answer_to_a_message_that_is_not_there_stands_below_its_first_words(stage: Stage) -> None:
    seen = stage.show(Text(text="I will be there"), answers=Reference(message_id="", excerpt="see you <at> 10"))
    assert "I will be there" in seen
    assert "> see you <at> 10" in seen.replace("&lt;", "<").replace("&gt;", ">")
