"""What every store of chats does, in memory, in DynamoDB as moto plays it, and on the local AWS."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from chat.aws import names
from chat.aws.chats import DynamoStore
from chat.aws.rows import Rows
from chat.model import Chat, Entry, Mark, Upload, Visitor
from chat.transcript import amend, append, clear, remove, take_back
from patchbay.aws.stores.quotas import TableLimits
from patchbay.aws.stores.table import Table
from patchbay.bridge.quotas import Limits, LocalLimits
from patchbay.domain.errors import Conflict
from patchbay.domain.model import (
    Attachment,
    AttachmentKind,
    Button,
    Card,
    Location,
    Postback,
    ReceiptState,
    Role,
    Sender,
)
from playground.services.webchat.memory import MemoryStore
from tests.aws import aws
from tests.harness.virtual_time import VirtualTime

NOW = datetime(2026, 1, 5, 9, 0, 0, 123456, tzinfo=UTC)
DAY = timedelta(days=1)
KEPT = 30 * DAY
ANN = Visitor(id="a" * 64, language="fi", until=NOW + KEPT)
NEW = Chat(site="web", id="chat-1", visitor=ANN.id, name="Zoë 👩‍🚀", created_at=NOW, updated_at=NOW, until=NOW + KEPT)
HELLO = Entry(id="m1", mine=True, at=NOW, until=NOW + KEPT, text="Grüße\u2028 <b>")
RICH = Entry(
    id="m2",
    mine=False,
    at=NOW,
    until=NOW + KEPT,
    attachment=Attachment(kind=AttachmentKind.FILE, url="https://f.test/a", name="a.pdf", size=3, hosted=True),
    cards=(Card(title="Tea", text="green", buttons=(Button(label="Buy", payload="buy"),)),),
    location=Location(latitude=60.17, longitude=24.94, label="here"),
    buttons=(Button(label="Yes", payload="y"), Button(label="More", url="https://s.test")),
    sender=Sender(role=Role.AGENT, name="Anna"),
    state=ReceiptState.FAILED,
    reason="no",
    tapped="Yes",
    tap=Postback(label="Yes", payload="y"),
    edits=2,
)


@dataclass
class Place:
    store: MemoryStore | DynamoStore
    limits: Limits
    time: VirtualTime

    def start(self, chat: Chat = NEW) -> Chat:
        self.store.save_visitor(chat.site, replace(ANN, id=chat.visitor))
        return self.store.start(chat)

    def add(self, chat: Chat, *entries: Entry) -> Chat:
        for entry in entries:
            chat, placed = append(chat, entry, self.time.now(), KEPT)
            chat = self.store.save(chat, new=placed)
        return chat

    def present(self, chat: Chat) -> Chat:
        stored = self.store.chat(chat.site, chat.id)
        assert stored is not None
        return stored


@pytest.fixture(params=aws.PLACES)
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    time = VirtualTime(NOW)
    if request.param == "memory":
        yield Place(MemoryStore(time), LocalLimits(time), time)
        return
    with aws.provided(request) as cloud:
        table = Table(cloud.tables, aws.TABLE)
        store = DynamoStore(table, Rows(cloud.tables, aws.TABLE), time)
        yield Place(store, TableLimits(table, time, names.counter_key), time)


# --- visitors --------------------------------------------------------------------------------------------------------


def test_a_visitor_is_found_on_the_site_that_knows_them(place: Place) -> None:
    place.store.save_visitor("web", ANN)
    assert place.store.visitor("web", ANN.id) == ANN
    assert place.store.visitor("other", ANN.id) is None
    place.store.forget_visitor("web", ANN.id)
    assert place.store.visitor("web", ANN.id) is None


def test_a_visitor_is_not_found_once_their_time_is_over(place: Place) -> None:
    place.start()
    place.time.jump(ANN.until)
    assert place.store.visitor("web", ANN.id) is None
    assert place.store.chats_of("web", ANN.id) == []


def test_a_visitor_is_kept_as_long_as_their_chats(place: Place) -> None:
    chat = place.start()
    later = replace(chat, until=chat.until + 5 * DAY)
    place.store.save(later)
    place.store.renew(later)
    place.time.jump(chat.until + DAY)
    assert place.store.visitor("web", ANN.id) == replace(ANN, until=later.until)
    assert [one.id for one in place.store.chats_of("web", ANN.id)] == [chat.id]


def test_a_visitor_who_has_left_is_not_renewed(place: Place) -> None:
    chat = place.start()
    left = replace(ANN, revoked=True)
    place.store.save_visitor("web", left)
    place.store.renew(replace(chat, until=chat.until + DAY))
    assert place.store.visitor("web", ANN.id) == left


def test_the_chats_of_a_visitor_are_theirs_alone(place: Place) -> None:
    first = place.start()
    second = place.start(replace(NEW, id="chat-2"))
    place.start(replace(NEW, id="chat-3", visitor="b" * 64))
    place.start(replace(NEW, id="chat-4", site="other"))
    assert sorted(place.store.chats_of("web", ANN.id), key=lambda chat: chat.id) == [first, second]


# --- chats -----------------------------------------------------------------------------------------------------------


def test_what_is_started_is_what_is_read(place: Place) -> None:
    started = place.start()
    assert started == replace(NEW, version=1)
    assert place.store.chat("web", NEW.id) == started
    assert place.store.chat("other", NEW.id) is None


def test_an_id_is_given_once(place: Place) -> None:
    started = place.start()
    with pytest.raises(Conflict):
        place.store.start(replace(NEW, name="somebody else"))
    assert place.present(NEW) == started


@pytest.mark.parametrize("visitor", [None, replace(ANN, revoked=True), replace(ANN, until=NOW)])
def test_nobody_starts_a_chat_without_being_a_visitor(place: Place, visitor: Visitor | None) -> None:
    if visitor:
        place.store.save_visitor("web", visitor)
    with pytest.raises(Conflict):
        place.store.start(NEW)
    assert place.store.chat("web", NEW.id) is None


def test_a_chat_is_gone_once_its_time_is_over_and_its_id_is_free(place: Place) -> None:
    place.start()
    place.time.jump(NEW.until)
    assert place.store.chat("web", NEW.id) is None
    later = replace(NEW, until=NEW.until + DAY)
    place.store.save_visitor("web", replace(ANN, until=later.until))
    assert place.store.start(later) == replace(later, version=1)


def test_a_writer_that_read_an_older_version_is_refused(place: Place) -> None:
    first = place.start()
    second = place.store.save(replace(first, preview="tea?"))
    with pytest.raises(Conflict):
        place.store.save(replace(first, preview="late"))
    with pytest.raises(Conflict):
        place.add(first, HELLO)
    assert place.present(first) == second == replace(first, preview="tea?", version=2)
    assert place.store.entries(second) == []


def test_nothing_is_saved_in_a_chat_that_is_gone(place: Place) -> None:
    chat = place.start()
    place.store.erase(chat)
    for new in (None, replace(HELLO, position=1, revision=1)):
        with pytest.raises(Conflict):
            place.store.save(chat, new=new)
    assert place.store.chat("web", chat.id) is None


# --- messages --------------------------------------------------------------------------------------------------------


def test_messages_are_read_as_they_were_written_and_in_order(place: Place) -> None:
    chat = place.add(place.start(), HELLO, RICH)
    first, second = place.store.entries(chat)
    assert first == replace(HELLO, position=1, revision=1)
    assert second == replace(RICH, position=2, revision=2)
    assert place.store.entry(chat, "m2") == (second, True)
    assert place.store.entry(chat, "m3") == (None, False)


def test_a_range_of_messages_is_the_latest_of_it(place: Place) -> None:
    entries = [replace(HELLO, id=f"m{number}") for number in range(1, 13)]
    chat = place.add(place.start(), *entries)

    def positions(**limits: int) -> list[int]:
        return [entry.position for entry in place.store.entries(chat, **limits)]

    assert positions() == list(range(1, 13))
    assert positions(first=9) == [9, 10, 11, 12]
    assert positions(last=3) == [1, 2, 3]
    assert positions(last=9, most=2) == [8, 9]
    assert positions(first=2, last=11, most=3) == [9, 10, 11]
    assert positions(last=0) == positions(first=13) == []


def test_a_message_is_stored_once_under_its_id(place: Place) -> None:
    chat = place.add(place.start(), HELLO)
    again, placed = append(chat, replace(HELLO, text="again"), NOW, KEPT)
    with pytest.raises(Conflict):
        place.store.save(again, new=placed)
    assert [entry.text for entry in place.store.entries(place.present(chat))] == [HELLO.text]


def test_two_messages_change_together(place: Place) -> None:
    chat = place.add(place.start(), RICH)
    offer = replace(place.store.entries(chat)[0], tapped="Yes", revision=2)
    saved = place.store.save(replace(chat, last=2), new=replace(HELLO, position=2, revision=3), changed=offer)
    assert [entry.id for entry in place.store.entries(saved)] == ["m2", "m1"]
    assert place.store.entry(saved, "m2") == (offer, True)


def test_what_was_changed_or_deleted_is_remembered_until_it_is_told(place: Place) -> None:
    chat = place.add(place.start(), HELLO)
    chat, changed = amend(
        replace(chat, name="Zoë L", begun_as=NEW.name), replace(HELLO, position=1, text="Moi", edits=1)
    )
    chat = place.store.save(chat, changed=changed)
    assert place.present(chat) == chat
    assert place.store.entry(chat, HELLO.id) == (changed, True)
    chat = place.store.save(take_back(chat, changed), gone=changed)
    assert place.present(chat).unreported == (Mark(position=1, id=HELLO.id, what="deleted", at=NOW),)
    assert place.store.entry(chat, HELLO.id) == (None, True)


def test_an_erased_message_leaves_its_id(place: Place) -> None:
    chat = place.add(place.start(), HELLO, RICH)
    entry = place.store.entries(chat)[0]
    chat = place.store.save(remove(chat, entry), gone=entry)
    assert [one.id for one in place.store.entries(chat)] == ["m2"]
    assert place.store.entry(chat, "m1") == (None, True)


def test_a_message_is_not_found_once_its_time_is_over(place: Place) -> None:
    chat = place.add(place.start(), replace(HELLO, until=NOW + DAY), RICH)
    place.time.jump(NOW + DAY)
    assert [entry.id for entry in place.store.entries(chat)] == ["m2"]
    assert place.store.entry(chat, "m1")[0] is None


def test_a_cleared_transcript_is_gone_at_once_and_what_comes_after_stays(place: Place) -> None:
    chat = place.add(place.start(), HELLO, RICH)
    chat = place.store.save(clear(chat))
    assert place.store.entries(chat) == []
    assert place.store.entry(chat, "m1") == (None, True)
    chat = place.add(chat, replace(HELLO, id="m3"))
    place.store.sweep(chat)
    assert [(entry.id, entry.position) for entry in place.store.entries(chat)] == [("m3", 3)]
    assert place.store.entry(chat, "m2") == (None, True)


def test_nothing_of_an_erased_chat_is_left(place: Place) -> None:
    chat = place.add(place.start(), *(replace(HELLO, id=f"m{number}") for number in range(30)))
    place.store.save_upload("web", UPLOAD)
    other = place.start(replace(NEW, id="chat-2"))
    place.store.erase(chat)
    assert place.store.chat("web", chat.id) is None
    assert place.store.chats_of("web", ANN.id) == [other]
    again = place.store.start(NEW)
    assert place.store.entries(replace(again, last=100)) == []
    assert place.store.entry(again, "m1") == (None, False)
    assert place.store.upload("web", chat.id, UPLOAD.id) is None


# --- uploads and limits ----------------------------------------------------------------------------------------------

UPLOAD = Upload(
    id="u1", chat=NEW.id, token="t" * 43, name="a.png", content_type="image/png", size=7, until=NOW + timedelta(hours=1)
)


def test_all_uploads_of_a_chat_are_found_as_long_as_their_files_may_be_there(place: Place) -> None:
    chat = place.start()
    place.store.save_upload("web", UPLOAD)
    place.store.save_upload("web", replace(UPLOAD, id="u2", token="u"))
    place.time.advance(DAY.total_seconds())
    assert place.store.upload("web", chat.id, UPLOAD.id) is None
    assert sorted(one.id for one in place.store.uploads(chat)) == ["u1", "u2"]
    place.store.sweep(chat)
    assert list(place.store.uploads(chat)) == []


def test_an_upload_is_found_in_its_chat_for_a_while(place: Place) -> None:
    chat = place.start()
    place.store.save_upload("web", UPLOAD)
    assert place.store.upload("web", NEW.id, "u1") == UPLOAD
    assert place.store.uploads(chat) == [UPLOAD]
    assert place.store.upload("web", "chat-2", "u1") is None
    assert place.store.upload("web", NEW.id, "u2") is None
    place.time.jump(UPLOAD.until)
    assert place.store.upload("web", NEW.id, "u1") is None


MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def test_a_limit_counts_each_key(place: Place) -> None:
    assert [place.limits.take("a", 2, MINUTE) for _ in range(2)] == [0, 0]
    assert place.limits.take("a", 2, MINUTE) == pytest.approx(70 - NOW.microsecond / 1e6)
    assert place.limits.take("b", 2, MINUTE) == 0


def test_there_is_room_again_when_a_limit_said_so(place: Place) -> None:
    place.limits.take("a", 3, MINUTE)
    place.time.advance(25)
    assert [place.limits.take("a", 3, MINUTE) for _ in range(2)] == [0, 0]
    wait = place.limits.take("a", 3, MINUTE)
    assert 35 < wait <= 45
    place.time.advance(wait - 0.001)
    assert place.limits.take("a", 3, MINUTE) > 0
    place.time.advance(0.001)
    assert place.limits.take("a", 3, MINUTE) == 0


def test_a_window_slides_so_that_its_end_brings_nothing_at_once(place: Place) -> None:
    """With windows that begin on the minute, sixty calls pass within two seconds."""
    place.time.jump(NOW.replace(second=59))
    taken = sum(place.limits.take("a", 30, MINUTE) == 0 for _ in range(30))
    place.time.advance(2)
    taken += sum(place.limits.take("a", 30, MINUTE) == 0 for _ in range(30))
    assert taken == 30


def test_no_stretch_as_long_as_the_window_holds_more_than_the_limit(place: Place) -> None:
    random = Random(11)
    taken: list[float] = []
    for _ in range(400):
        place.time.advance(random.choice((0, 0, 0.4, 3, 9)))
        if place.limits.take("a", 10, MINUTE) == 0:
            taken.append(place.time.now().timestamp())
    assert len(taken) > 50
    assert max(sum(at - 60 < one <= at for one in taken) for at in taken) == 10


def test_a_limit_counts_amounts(place: Place) -> None:
    assert place.limits.take("a", 100, HOUR, 60) == 0
    assert place.limits.take("a", 100, HOUR, 41) > 0
    place.time.advance(71 * 60)
    assert place.limits.take("a", 100, HOUR, 100) == 0
    assert place.limits.take("b", 100, HOUR, 101) > 0


def test_a_limit_that_is_raised_counts_at_once(place: Place) -> None:
    assert [place.limits.take("a", 1, HOUR) > 0 for _ in range(2)] == [False, True]
    assert place.limits.take("a", 5, HOUR) == 0


def test_a_counter_that_was_left_alone_for_long_begins_anew(place: Place) -> None:
    for pause in (8, 40, 400, 15):
        assert [place.limits.take("a", 2, MINUTE) for _ in range(2)] == [0, 0]
        place.time.advance(60 + 10 * pause)
