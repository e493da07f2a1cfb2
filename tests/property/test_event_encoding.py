"""Events are written without pydantic's schema of them, and exactly as with it."""

from __future__ import annotations

import json
from datetime import UTC
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from patchbay.domain.characters import clean
from patchbay.domain.events import Event, decode, encode
from patchbay.domain.model import Location

TIMES = st.datetimes(timezones=st.just(UTC))
#: Connectors read no other places: their schemas refuse what is not on the globe.
PLACES = st.builds(Location, latitude=st.floats(-90, 90), longitude=st.floats(-180, 180))
st.register_type_strategy(Location, PLACES)


def events() -> st.SearchStrategy[Event]:
    with_times = {"occurred_at": TIMES}
    return st.one_of([st.builds(kind, **with_times) for kind in get_args(Event)])


SCHEMA: TypeAdapter[Event] = TypeAdapter(Event)


@given(events())
def test_an_event_is_written_as_its_schema_would_write_it(event: Event) -> None:
    by_schema = json.loads(SCHEMA.dump_json(event, warnings="none"))
    assert json.loads(encode(event))["event"] == clean(by_schema)


@given(events())
def test_what_was_written_is_read_as_it_was(event: Event) -> None:
    assert encode(decode(encode(event))) == encode(event)
