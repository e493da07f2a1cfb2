"""How long the table keeps what is known of a contact, and what that costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from patchbay.aws.stores import keys
from patchbay.aws.stores.ledger import KEPT, DynamoLedger
from patchbay.aws.stores.people import DynamoPeople
from patchbay.aws.stores.sessions import DynamoSessions
from patchbay.aws.stores.table import Table
from patchbay.bridge.ledger import Copy
from patchbay.bridge.people import Person
from patchbay.domain.model import Contact, Conversation, Session
from tests.aws import aws
from tests.harness.virtual_time import VirtualTime

YEAR, DAY = timedelta(days=365), timedelta(days=1)


class Scene:
    def __init__(self, cloud: aws.Aws) -> None:
        self.cloud, self.time = cloud, VirtualTime()
        self.table = Table(cloud.tables, aws.TABLE)
        self.sessions = DynamoSessions(self.table, self.time, YEAR)
        self.people = DynamoPeople(self.table, self.time, YEAR)

    def meet(self) -> Session:
        return self.sessions.save(
            Session(
                messenger_connection="bot",
                contact=Contact(external_id="ann", name="Ann", person="beef"),
                platform_connection="desk",
                thread=Conversation(external_id="ann"),
                conversation=Conversation(external_id="c1", aliases=("1",)),
                updated_at=self.time.now(),
            )
        )

    def items(self) -> list[dict[str, Any]]:
        return [dict(item) for item in aws.make_client("dynamodb").scan(TableName=aws.TABLE)["Items"]]

    def ends(self) -> list[datetime]:
        zone = self.time.now().tzinfo
        return [datetime.fromtimestamp(int(item["expires_at"]["N"]), zone) for item in self.items()]


@pytest.fixture
def scene() -> Iterator[Scene]:
    with aws.running() as cloud:
        yield Scene(cloud)


def test_everything_that_is_known_of_a_contact_has_an_end(scene: Scene) -> None:
    scene.meet()
    scene.people.add(Person(platform_connection="desk", key="k", platform_id="p", contact="k"))
    ends = scene.ends()
    assert len(ends) == len(scene.items()) == 7
    assert min(ends) >= scene.time.now() + YEAR - DAY
    assert max(ends) <= scene.time.now() + YEAR + timedelta(days=31)


def test_a_message_of_the_same_day_writes_nothing_and_one_of_the_next_day_writes_once(scene: Scene) -> None:
    session = scene.meet()
    scene.cloud.calls.clear()
    scene.time.advance(DAY.total_seconds() - 1)
    assert scene.sessions.keep(session, scene.time.now()) == session
    assert scene.cloud.calls == []
    scene.time.advance(1)
    kept = scene.sessions.keep(session, scene.time.now())
    assert kept.kept_since == session.kept_since
    assert scene.cloud.calls == ["PutItem"]


def test_who_writes_every_few_weeks_never_expires(scene: Scene) -> None:
    session = scene.meet()
    for _ in range(30):
        scene.time.advance(20 * DAY.total_seconds())
        session = scene.sessions.keep(session, scene.time.now())
        assert min(scene.ends()) > scene.time.now() + YEAR - DAY


def test_an_expired_contact_is_gone_though_the_table_still_has_them_and_may_come_back(scene: Scene) -> None:
    session = scene.meet()
    scene.people.add(Person(platform_connection="desk", key="k", platform_id="p", contact="k"))
    scene.time.advance((YEAR + timedelta(days=40)).total_seconds())
    assert scene.sessions.of_contact("bot", "ann") is None
    assert scene.sessions.of_conversation("desk", "c1") is None
    assert scene.people.find("desk", "k") is None
    assert scene.people.by_platform_id("desk", "p") is None
    again = scene.sessions.save(replace(session, version=0, kept_since=None, updated_at=scene.time.now()))
    assert again.version == 1
    assert scene.sessions.of_conversation("desk", "c1") == again
    newcomer = Person(platform_connection="desk", key="k", platform_id="p2", contact="k")
    assert scene.people.add(newcomer) == newcomer


def test_without_a_retention_nothing_ends(scene: Scene) -> None:
    scene.sessions = DynamoSessions(scene.table, scene.time)
    session = scene.meet()
    assert not any("expires_at" in item for item in scene.items())
    scene.time.advance(YEAR.total_seconds())
    assert scene.sessions.keep(session, scene.time.now()) == session


def test_a_message_with_files_is_remembered_for_as_long_as_the_files(scene: Scene) -> None:
    ledger = DynamoLedger(scene.table, scene.time, files_kept=YEAR)
    delivery, _ = ledger.claim("group#event", scene.time.now())
    ledger.save(delivery)
    pk, sk = keys.delivery_keys("group#event")
    first = scene.table.get(pk, sk)
    ledger.save(replace(delivery, files=(Copy(token="t"),)))
    later = scene.table.get(pk, sk)
    assert first
    assert later
    assert first["expires_at"] == int((scene.time.now() + KEPT).timestamp())
    assert later["expires_at"] == int((scene.time.now() + YEAR).timestamp())
