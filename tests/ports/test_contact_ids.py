"""Contacts whom their messenger knows by several ids: what every store of sessions does with these."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from patchbay.aws.stores.sessions import DynamoSessions
from patchbay.aws.stores.table import Table
from patchbay.bridge.ports import Sessions
from patchbay.domain.errors import Conflict
from patchbay.domain.model import Contact, Conversation, Session
from tests.aws import aws
from tests.harness.fakes.stores import MemorySessions

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
ZOE = Session(
    messenger_connection="pigeon-1",
    contact=Contact(external_id="41790000001", name="Zoë"),
    platform_connection="desk",
    thread=Conversation(external_id="41790000001"),
    conversation=Conversation(external_id="c1"),
    updated_at=NOW,
)


@pytest.fixture(params=aws.PLACES)
def sessions(request: pytest.FixtureRequest) -> Iterator[Sessions]:
    if request.param == "memory":
        yield MemorySessions()
        return
    with aws.provided(request) as cloud:
        yield DynamoSessions(Table(cloud.tables, aws.TABLE))


def move(sessions: Sessions, session: Session, to: str) -> Session:
    thread = session.thread
    return sessions.save(replace(session, thread=replace(thread, external_id=to, aliases=(thread.external_id,))))


def test_every_id_of_a_thread_leads_to_the_contact_who_stays_under_the_first(sessions: Sessions) -> None:
    moved = move(sessions, sessions.save(ZOE), "CH.1 ö")
    for one in ("41790000001", "CH.1 ö"):
        assert sessions.of_contact("pigeon-1", one) == moved
        assert sessions.find("pigeon-1", one) == ("41790000001", moved)
    assert sessions.of_conversation("desk", "c1") == moved
    assert sessions.of_contact("pigeon-2", "CH.1 ö") is None


def test_an_id_that_leads_nowhere_is_the_contacts_own(sessions: Sessions) -> None:
    assert sessions.find("pigeon-1", "nobody") == ("nobody", None)


def test_a_contact_who_is_new_may_have_several_ids(sessions: Sessions) -> None:
    saved = sessions.save(replace(ZOE, thread=Conversation(external_id="41790000001", aliases=("CH.1", "CH.ENT.2"))))
    assert sessions.of_contact("pigeon-1", "CH.ENT.2") == sessions.of_contact("pigeon-1", "CH.1") == saved


def test_no_save_takes_another_contacts_id(sessions: Sessions) -> None:
    other = sessions.save(replace(ZOE, contact=Contact(external_id="CH.1"), thread=Conversation(external_id="CH.1")))
    zoe = sessions.save(ZOE)
    with pytest.raises(Conflict):
        move(sessions, zoe, "CH.1")
    assert sessions.of_contact("pigeon-1", "CH.1") == other
    assert sessions.of_contact("pigeon-1", "41790000001") == zoe


def test_no_contact_begins_where_an_id_leads_to_another(sessions: Sessions) -> None:
    moved = move(sessions, sessions.save(ZOE), "CH.1")
    with pytest.raises(Conflict):
        sessions.save(replace(ZOE, contact=Contact(external_id="CH.1"), thread=Conversation(external_id="CH.1")))
    assert sessions.of_contact("pigeon-1", "CH.1") == moved


def test_a_contact_takes_the_place_of_another(sessions: Sessions) -> None:
    """The conversations of both lead to the one who goes on."""
    other = replace(ZOE, contact=Contact(external_id="CH.1"), thread=Conversation(external_id="CH.1"))
    other = sessions.save(replace(other, conversation=Conversation(external_id="c2", aliases=("200",))))
    zoe = sessions.save(ZOE)
    sessions.redirect("pigeon-1", "CH.1", "41790000001", other)
    moved = move(sessions, zoe, "CH.1")
    assert sessions.of_contact("pigeon-1", "CH.1") == moved
    for conversation in ("c1", "c2", "200"):
        assert sessions.of_conversation("desk", conversation) == moved
    with pytest.raises(Conflict):
        sessions.save(other)


def test_one_that_was_changed_meanwhile_keeps_its_place(sessions: Sessions) -> None:
    other = sessions.save(replace(ZOE, contact=Contact(external_id="CH.1"), thread=Conversation(external_id="CH.1")))
    newer = sessions.save(other)
    zoe = sessions.save(ZOE)
    with pytest.raises(Conflict):
        sessions.redirect("pigeon-1", "CH.1", "41790000001", other)
    with pytest.raises(Conflict):
        sessions.redirect("pigeon-1", "CH.1", "41790000001")
    assert sessions.of_contact("pigeon-1", "CH.1") == newer
    assert sessions.of_contact("pigeon-1", "41790000001") == zoe


def test_an_id_may_lead_to_one_under_which_nobody_is_kept_any_more(sessions: Sessions) -> None:
    sessions.redirect("pigeon-1", "a", "b")
    sessions.redirect("pigeon-1", "b", "c")
    assert sessions.find("pigeon-1", "a") == ("c", None)
    saved = sessions.save(replace(ZOE, contact=Contact(external_id="c"), thread=Conversation(external_id="a")))
    assert sessions.of_contact("pigeon-1", "b") == saved


def test_a_contact_who_has_no_platform_yet_is_found(sessions: Sessions) -> None:
    saved = sessions.save(replace(ZOE, platform_connection="", conversation=None))
    assert sessions.of_contact("pigeon-1", "41790000001") == saved


def test_very_long_ids_lead_to_their_own_contact(sessions: Sessions) -> None:
    first = move(sessions, sessions.save(ZOE), "x" * 3000 + "1")
    bo = replace(ZOE, contact=Contact(external_id="bo"), thread=Conversation(external_id="bo"))
    second = move(sessions, sessions.save(replace(bo, conversation=None)), "x" * 3000 + "2")
    assert sessions.of_contact("pigeon-1", "x" * 3000 + "1") == first
    assert sessions.of_contact("pigeon-1", "x" * 3000 + "2") == second
