"""What the stores consume of DynamoDB, in capacity units, however much there is."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from bench import wire
from bench.meter import Meter, Units
from patchbay.aws.stores.configuration import ConfigurationStore
from patchbay.aws.stores.connections import StoredConnections
from patchbay.aws.stores.ledger import DynamoLedger
from patchbay.aws.stores.secrets import Vault
from patchbay.aws.stores.sessions import DynamoSessions
from patchbay.aws.stores.table import Table
from patchbay.bridge.ledger import Sent
from patchbay.bridge.quick_replies import keep_quick_replies
from patchbay.domain.accounts import Connection, Secrets
from patchbay.domain.model import (
    Contact,
    Conversation,
    ConversationStatus,
    Session,
    Side,
)
from patchbay.domain.quick_reply import QuickReply
from tests.aws import aws
from tests.harness.fakes.telemetry import MemoryTelemetry
from tests.harness.virtual_time import VirtualTime

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
SESSION = Session(
    messenger_connection="viber-main",
    contact=Contact(
        external_id="01234567890A=",
        name="Zoë Maria van der Berg",
        avatar_url=f"https://media.example.com/download_photo?dlid={'0a' * 100}&fltp=jpg&imsz=0000",
        language="nl-NL",
        country="NL",
        phone="+31600000000",
        person="beef" * 8,
    ),
    platform_connection="desk",
    thread=Conversation(external_id="01234567890A="),
    updated_at=NOW,
)


@dataclass
class Scene:
    cloud: aws.Aws
    meter: Meter

    def store(self) -> DynamoSessions:
        """As a new container has it."""
        return DynamoSessions(Table(self.cloud.tables, aws.TABLE))

    def cost(self, act: Callable[[], object]) -> Units:
        self.meter.consumed = Units()
        act()
        return self.meter.consumed


@pytest.fixture
def scene() -> Iterator[Scene]:
    with aws.running() as cloud:
        own = aws.make_client("dynamodb")
        meter = Meter(own, aws.TABLE, aws.resource("Table")["GlobalSecondaryIndexes"])
        with wire.watched(meter):
            yield Scene(cloud, meter)


def conversation(number: int, status: ConversationStatus = ConversationStatus.ACTIVE) -> Conversation:
    """As large as a connector may make one."""
    name = f"6f9619ff-8b86-d011-b42d-{number:012}"
    state = {"user_id": name, "conversation_id": name, "memory": "m" * 850}
    return Conversation(external_id=name, aliases=(str(10**15 + number),), status=status, state=state)


def erase(scene: Scene, store: DynamoSessions) -> None:
    table = Table(scene.cloud.tables, aws.TABLE)
    contact = SESSION.contact
    for item in store.records(SESSION.messenger_connection, (contact.external_id,), contact.person):
        table.delete(item["pk"], item["sk"])


def keyboard(number: int, buttons: int, payload: int) -> tuple[QuickReply, ...]:
    at = NOW + timedelta(minutes=number)
    return tuple(
        QuickReply(
            number=one, label=f"Choice {number}.{one}", payload=f"{number}:{one}".ljust(payload, "p"), offered_at=at
        )
        for one in range(1, buttons + 1)
    )


@pytest.mark.parametrize("old", [0, 45])
@pytest.mark.parametrize(("buttons", "payload"), [(3, 40), (12, 120), (40, 1000)])
def test_a_save_costs_six_units_at_most_whatever_was_offered_and_left(
    scene: Scene, old: int, buttons: int, payload: int
) -> None:
    store = scene.store()
    session = store.save(replace(SESSION, conversation=conversation(0)))
    for number in range(1, old + 1):
        session = store.save(replace(session, conversation=conversation(number)))
    costs = []
    for number in range(12):
        quick_replies = keep_quick_replies(session.quick_replies, keyboard(number, buttons, payload), NOW)
        changed = replace(session, quick_replies=quick_replies, updated_at=NOW + timedelta(minutes=number))
        costs.append(scene.cost(lambda changed=changed: store.save(changed)).write)  # type: ignore[misc]
        session = replace(changed, version=session.version + 1)
    assert max(costs) <= 6, costs


def test_what_each_step_of_a_conversation_costs(scene: Scene) -> None:
    store, steps = scene.store(), list[int]()
    slim = replace(conversation(1), state={"user_id": "6f9619ff-8b86-d011-b42d-00c04fc964ff"})

    def save(session: Session) -> Session:
        steps.append(scene.cost(lambda: store.save(session)).write)
        return replace(session, version=session.version + 1)

    claimed = save(replace(SESSION, opening_until=NOW))
    pending = save(replace(claimed, conversation=replace(slim, status=ConversationStatus.PENDING), pending_since=NOW))
    opened = save(replace(pending, conversation=slim, pending_since=None))
    later = save(replace(opened, contact=replace(opened.contact, name="Zoë")))
    save(replace(later, updated_at=NOW + timedelta(days=1)))
    assert steps == [4, 5, 2, 1, 3]


def test_a_session_is_one_read_from_either_side_of_a_warm_container(scene: Scene) -> None:
    saved = scene.store().save(replace(SESSION, conversation=conversation(1)))
    assert saved.conversation
    warm = scene.store()
    assert scene.cost(lambda: warm.of_contact("viber-main", "01234567890A=")) == Units(read=1.0)
    scene.cloud.calls.clear()
    assert scene.cost(lambda: warm.of_conversation("desk", conversation(1).external_id)) == Units(read=1.0)
    assert scene.cloud.calls == ["GetItem"]
    cold = scene.store()
    assert scene.cost(lambda: cold.of_conversation("desk", conversation(1).external_id)) == Units(read=2.0)
    assert scene.cost(lambda: cold.of_conversation("desk", conversation(1).external_id)) == Units(read=1.0)


def test_a_contact_with_another_id_is_one_read_from_a_warm_container_and_one_write_after_the_move(scene: Scene) -> None:
    warm = scene.store()
    saved = warm.save(SESSION)
    thread = replace(saved.thread, external_id="CH.1", aliases=(saved.thread.external_id,))
    moves = scene.cost(lambda: warm.save(replace(saved, thread=thread)))
    assert moves.write == 3.0, "the list of ids, what leads to the session, and the session"
    moved = warm.of_contact("viber-main", "CH.1")
    assert moved
    assert scene.cost(lambda: warm.of_contact("viber-main", "CH.1")) == Units(read=1.0)
    assert scene.cost(lambda: warm.save(replace(moved, contact=replace(moved.contact, name="Zoë")))).write == 1.0
    cold = scene.store()
    assert scene.cost(lambda: cold.of_contact("viber-main", "CH.1")) == Units(read=2.0)
    assert scene.cost(lambda: cold.of_contact("viber-main", "CH.1")) == Units(read=1.0)


def test_what_was_erased_is_found_by_no_container_that_remembers_it(scene: Scene) -> None:
    warm, command = scene.store(), scene.store()
    left = warm.save(replace(SESSION, conversation=conversation(1)))
    session = warm.save(replace(left, conversation=conversation(2)))
    assert warm.of_conversation("desk", conversation(1).external_id) == session
    erase(scene, command)
    again = warm.save(replace(SESSION, conversation=conversation(3)))
    assert warm.of_conversation("desk", conversation(1).external_id) is None
    assert warm.of_conversation("desk", conversation(2).external_id) is None
    assert scene.store().of_conversation("desk", conversation(3).external_id) == again


def test_erasing_leaves_nothing_however_many_conversations_there_were(scene: Scene) -> None:
    store = scene.store()
    session = store.save(replace(SESSION, conversation=conversation(0)))
    for number in range(1, 45):
        session = store.save(replace(session, conversation=conversation(number)))
    assert len(store.conversations("viber-main", SESSION.contact.external_id)) == 90
    assert [one.contact.external_id for one in store.of_person("viber-main", "beef" * 8)] == ["01234567890A="]
    erase(scene, store)
    assert aws.make_client("dynamodb").scan(TableName=aws.TABLE)["Items"] == []


def test_a_session_as_older_versions_stored_it_is_read(scene: Scene) -> None:
    body = {
        "messenger_connection": "viber-main",
        "contact": {"external_id": "ann", "name": "Ann"},
        "platform_connection": "desk",
        "thread": {"external_id": "ann"},
        "conversation": {"external_id": "c1", "aliases": ["100"], "status": "active", "state": {}},
        "quick_replies": [{"number": 1, "label": "Yes", "payload": "y", "offered_at": NOW.isoformat()}],
        "updated_at": NOW.isoformat(),
        "version": 3,
    }
    table = Table(scene.cloud.tables, aws.TABLE)
    table.put({"pk": "SESSION#viber-main#ann", "sk": "-", "session": body, "version": 3, "copies": ["CONVERSATION#"]})
    table.put({"pk": "CONVERSATION#desk#c1", "sk": "-", "session": body, "version": 3})
    store = scene.store()
    session = store.of_conversation("desk", "c1")
    assert session == store.of_contact("viber-main", "ann")
    assert session
    assert session.version == 3
    assert [offer.payload for offer in session.quick_replies] == ["y"]
    assert store.save(session).version == 4


# --- what was sent before --------------------------------------------------------------------------------------------


def test_of_many_unread_parts_no_more_are_read_than_are_wanted(scene: Scene) -> None:
    ledger = DynamoLedger(Table(scene.cloud.tables, aws.TABLE), VirtualTime())
    for number in range(250):
        ledger.index(
            Sent(
                connection_id="viber-main",
                external_id=str(number),
                thread="zoe",
                source_connection="desk",
                source_thread="c1",
                source_message_id="m1",
                sent_at=NOW + timedelta(seconds=number),
            )
        )
    scene.cloud.calls.clear()
    unread = ledger.sent_until("viber-main", "zoe", NOW + timedelta(hours=1))
    assert scene.cloud.calls == []
    assert len(list(islice(unread, 100))) == 100
    assert scene.cloud.calls == ["Query"]
    assert len(list(unread)) == 150
    assert scene.cloud.calls == ["Query"] * 3


# --- the configuration -----------------------------------------------------------------------------------------------

APP = Connection(
    id="app", service="vcita", side=Side.PLATFORM, endpoint_id="app", secrets=Secrets(values={"client_secret": "s"})
)


def account(number: int) -> Connection:
    name = f"c697a91c-ce0c-469e-918b-{number:012}"
    return replace(APP, id=f"app-{number}", account=name, tenant=f"tenant-{number}", settings={"channel_uid": name})


def test_an_account_of_an_app_costs_the_same_however_many_there_are(scene: Scene) -> None:
    table = aws.table()
    configuration = ConfigurationStore(table, scene.cloud.secrets, "test", VirtualTime())
    webhook_token = configuration.save(APP)

    def read() -> StoredConnections:
        place = Table(scene.cloud.tables, aws.TABLE)
        return StoredConnections(place, Vault(scene.cloud.vault, "test"), VirtualTime(), MemoryTelemetry())

    def measure(number: int) -> tuple[Units, ...]:
        one = account(number)
        return (
            scene.cost(lambda: configuration.save(one)),
            scene.cost(lambda: configuration.of_tenant("app", one.tenant)),
            scene.cost(lambda: read().endpoint("vcita", webhook_token)),
            scene.cost(lambda: read().has_account("app", one.account)),
            scene.cost(lambda: read().accounts_of("app", one.tenant)),
        )

    first = measure(1)
    with wire.unwatched(), table.batch_writer() as batch:
        for number in range(2, 6000):
            one = account(number)
            batch.put_item(Item={"pk": f"ACCOUNT#app#{one.account}", "sk": "-", "connection_id": one.id})
            batch.put_item(Item={"pk": f"TENANT#app#{one.tenant}", "sk": one.id, "account": one.account})
    assert measure(6000) == first
    saving, finding, *reading = first
    # Its secret, its record, how it is found by account and by tenant, and the mark that it is new: once in its life.
    assert (saving.write, finding.read) == (5, 1.0)
    assert [units.read for units in reading] == [1.0, 0.5, 1.0]


# --- the whole table -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", ["layers/patchbay", "functions", "cli"])
def test_nothing_of_the_product_reads_the_whole_table(folder: str) -> None:
    sources = [path for path in (aws.ROOT / folder).rglob("*.py") if ".venv" not in path.parts]
    assert sources
    for path in sources:
        for node in ast.walk(ast.parse(path.read_text())):
            names = (node.attr,) if isinstance(node, ast.Attribute) else ()
            words = (node.value,) if isinstance(node, ast.Constant) and isinstance(node.value, str) else ()
            assert "scan" not in {word.lower() for word in (*names, *words)}, path
