"""What every store of sessions does, in memory, in DynamoDB as moto plays it, and on the local AWS."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from patchbay.aws.stores.sessions import DynamoSessions
from patchbay.aws.stores.table import Table
from patchbay.bridge.ports import Sessions
from patchbay.domain.errors import Conflict
from patchbay.domain.model import (
    Contact,
    Conversation,
    ConversationStatus,
    Session,
)
from patchbay.domain.quick_reply import QuickReply
from tests.aws import aws
from tests.harness.fakes.stores import MemorySessions

NOW = datetime(2026, 1, 5, 9, 0, 0, 123456, tzinfo=UTC)
NEW = Session(
    messenger_connection="viber-main",
    contact=Contact(external_id="01:Zoë=", name="Zoë 👩‍🚀", reachable=True),
    platform_connection="desk",
    thread=Conversation(external_id="01:Zoë="),
    updated_at=NOW,
    no_marketing=True,
    marketing_at=NOW,
)
OPEN = replace(NEW, conversation=Conversation(external_id="c1", aliases=("100",), state={"user": "u1"}))


@pytest.fixture(params=aws.PLACES)
def sessions(request: pytest.FixtureRequest) -> Iterator[Sessions]:
    if request.param == "memory":
        yield MemorySessions()
        return
    with aws.provided(request) as cloud:
        yield DynamoSessions(Table(cloud.tables, aws.TABLE))


def test_an_unknown_contact_has_no_session(sessions: Sessions) -> None:
    assert sessions.of_contact("viber-main", "nobody") is None
    assert sessions.of_conversation("desk", "none") is None


def test_what_is_saved_is_what_is_read(sessions: Sessions) -> None:
    rich = replace(
        OPEN,
        quick_replies=(
            QuickReply(number=0, label="Karte", payload="card", offered_at=NOW, lasting=True),
            QuickReply(number=1, label="Ja 👍", payload="yes", offered_at=NOW, ended_at=NOW + timedelta(seconds=1)),
            QuickReply(number=2, label="Nein", payload="Nein", offered_at=NOW, ended_at=NOW + timedelta(seconds=1)),
            QuickReply(number=0, label="", payload="q-1", offered_at=NOW + timedelta(seconds=1)),
        ),
        opening_until=NOW,
        conversation=Conversation(
            external_id="c1", status=ConversationStatus.PENDING, status_at=NOW, state={"user": "u1"}
        ),
    )
    saved = sessions.save(rich)
    assert saved == replace(rich, version=1)
    assert sessions.of_contact("viber-main", "01:Zoë=") == saved
    assert sessions.of_conversation("desk", "c1") == saved


def test_a_session_of_somebody_with_several_threads_is_found_like_any_other(sessions: Sessions) -> None:
    saved = sessions.save(replace(OPEN, contact=replace(OPEN.contact, person="p-1")))
    assert sessions.of_contact("viber-main", "01:Zoë=") == saved


def test_a_session_is_found_by_every_id_of_its_conversation(sessions: Sessions) -> None:
    saved = sessions.save(OPEN)
    assert sessions.of_conversation("desk", "c1") == saved
    assert sessions.of_conversation("desk", "100") == saved
    assert sessions.of_conversation("other-desk", "c1") is None


def test_the_longest_ids_that_services_may_use_are_kept_and_told_apart(sessions: Sessions) -> None:
    """Of 512 characters, which may be four bytes each; DynamoDB takes 2048 bytes of a key."""
    long = "🧵" * 511
    for end in ("a", "b"):
        conversation = Conversation(external_id=f"c{long[1:]}{end}", aliases=(f"{long}{end}",))
        contact = Contact(external_id=f"{long}{end}")
        sessions.save(replace(NEW, contact=contact, conversation=conversation))
    for end in ("a", "b"):
        found = sessions.of_contact("viber-main", f"{long}{end}")
        assert found is not None
        assert found.contact.external_id == f"{long}{end}"
        assert sessions.of_conversation("desk", f"{long}{end}") == found
        assert sessions.of_conversation("desk", f"c{long[1:]}{end}") == found
        assert sessions.save(found).version == 2


def test_only_the_first_of_two_new_sessions_is_stored(sessions: Sessions) -> None:
    first = sessions.save(NEW)
    with pytest.raises(Conflict):
        sessions.save(NEW)
    assert sessions.of_contact("viber-main", "01:Zoë=") == first


def test_a_writer_that_read_an_older_version_is_refused(sessions: Sessions) -> None:
    first = sessions.save(OPEN)
    second = sessions.save(replace(first, quick_replies=()))
    with pytest.raises(Conflict):
        sessions.save(replace(first, contact=Contact(external_id="01:Zoë=", name="late")))
    assert sessions.of_conversation("desk", "100") == second
    assert second.version == 2


def test_a_session_that_was_never_stored_cannot_have_a_version(sessions: Sessions) -> None:
    with pytest.raises(Conflict):
        sessions.save(replace(NEW, version=3))


def test_a_left_conversation_still_leads_to_the_customer(sessions: Sessions) -> None:
    first = sessions.save(OPEN)
    moved = sessions.save(replace(first, conversation=Conversation(external_id="c2", aliases=("200",))))
    renamed = sessions.save(replace(moved, contact=replace(moved.contact, name="Zoe")))
    for conversation in ("c1", "100", "c2", "200"):
        assert sessions.of_conversation("desk", conversation) == renamed


def test_a_conversation_whose_other_id_is_learned_later_is_found_by_both(sessions: Sessions) -> None:
    first = sessions.save(replace(NEW, conversation=Conversation(external_id="c1")))
    learned = sessions.save(replace(first, conversation=Conversation(external_id="c1", aliases=("100",))))
    assert sessions.of_conversation("desk", "c1") == learned
    assert sessions.of_conversation("desk", "100") == learned


def test_a_conversation_goes_to_whoever_it_was_last_stored_for(sessions: Sessions) -> None:
    """A platform that was set up anew counts its conversations from the beginning."""
    sessions.save(OPEN)
    assert sessions.of_conversation("desk", "c1") is not None
    bob = replace(OPEN, contact=Contact(external_id="bob"), thread=Conversation(external_id="bob"))
    sessions.save(replace(sessions.of_contact("viber-main", "01:Zoë=") or OPEN, conversation=None))
    saved = sessions.save(bob)
    assert sessions.of_conversation("desk", "c1") == saved


def test_a_contact_with_many_old_conversations_is_found_by_each(sessions: Sessions) -> None:
    session = sessions.save(NEW)
    for number in range(60):
        session = sessions.save(replace(session, conversation=Conversation(external_id=f"c{number}")))
    for number in range(60):
        assert sessions.of_conversation("desk", f"c{number}") == session


@pytest.mark.parametrize("length", [900, 1100, 2100, 40_000])
def test_ids_of_any_length_are_told_apart(sessions: Sessions, length: int) -> None:
    def long(end: str) -> Session:
        who, where = Contact(external_id="ö" * length + end), Conversation(external_id="c" * length + end)
        return replace(NEW, contact=who, conversation=where)

    one, two = sessions.save(long("1")), sessions.save(long("2"))
    assert sessions.of_contact("viber-main", "ö" * length + "1") == one
    assert sessions.of_conversation("desk", "c" * length + "2") == two
    assert sessions.of_conversation("desk", "c" * length + "3") is None


def test_a_session_that_moved_to_another_platform_is_found_on_both(sessions: Sessions) -> None:
    first = sessions.save(OPEN)
    moved = sessions.save(replace(first, platform_connection="new-desk", conversation=Conversation(external_id="c1")))
    assert sessions.of_conversation("desk", "c1") == moved
    assert sessions.of_conversation("new-desk", "c1") == moved
