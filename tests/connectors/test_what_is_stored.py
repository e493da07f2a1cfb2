"""docs/security.md says field by field what is stored: nothing that the code writes is missing, nothing is made up."""

from __future__ import annotations

import ast
import inspect
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from chat.aws import names
from chat.aws.chats import DynamoStore
from chat.aws.push import DynamoSubscriptions
from chat.aws.rows import Rows
from chat.model import Chat, Entry, Listener, Subscription, Upload, Visitor
from patchbay.aws.stores import keys
from patchbay.aws.stores.audit_trail import make_auditor
from patchbay.aws.stores.authorizations import StoredAuthorizations
from patchbay.aws.stores.configuration import ConfigurationStore
from patchbay.aws.stores.connections import StoredConnections
from patchbay.aws.stores.consents import DynamoConsents
from patchbay.aws.stores.costs import DynamoCosts
from patchbay.aws.stores.held import DynamoHeldMessages
from patchbay.aws.stores.leases import DynamoLeases
from patchbay.aws.stores.ledger import DynamoLedger
from patchbay.aws.stores.people import DynamoPeople
from patchbay.aws.stores.queue import LargeBodies, SqsConsumer
from patchbay.aws.stores.quotas import TableLimits
from patchbay.aws.stores.secrets import Vault
from patchbay.aws.stores.sessions import DynamoSessions
from patchbay.aws.stores.table import Table
from patchbay.aws.stores.templates import DynamoTemplates
from patchbay.bridge.audit import Act, AuditRecord
from patchbay.bridge.configuration import Consent
from patchbay.bridge.held import Choice, Held
from patchbay.bridge.ledger import Carried, Cause, Copy, Delivery, Outcome, Sent
from patchbay.bridge.people import Person
from patchbay.bridge.ports import Envelope
from patchbay.bridge.quotas import Limits
from patchbay.bridge.template_store import TemplateList, TemplateNews
from patchbay.domain.accounts import Connection, ConnectionStatus, Secrets
from patchbay.domain.events import MessageReceived, Origin
from patchbay.domain.held_place import HeldPlace
from patchbay.domain.model import (
    Attachment,
    Contact,
    Conversation,
    ConversationStatus,
    Delivered,
    Message,
    Role,
    Sender,
    Session,
    Side,
)
from patchbay.domain.quick_reply import QuickReply
from patchbay.domain.template_status import TemplateStatus
from tests.aws import aws
from tests.harness.fakes.telemetry import MemoryTelemetry
from tests.harness.product import modules
from tests.harness.virtual_time import VirtualTime

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table as BotoTable

ROOT = Path(__file__).parents[2]
LAYER = ROOT / "layers" / "patchbay" / "patchbay"
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
TEMPLATE = (ROOT / "template.yaml").read_text(encoding="utf-8")

#: What is written as it is: all fields of these.
WHOLE: dict[str, tuple[type, ...]] = {
    "SESSION#": (Session, Contact, Conversation),
    "PERSON#": (Person,),
    "CARRIED#": (Carried,),
    "HELD#": (Held,),
    "TEMPLATES#": (TemplateList, TemplateNews),
    "DELIVERY#": (Delivery, Delivered, Copy, Attachment),
    "SENT#": (Sent,),
    "AUDIT#": (AuditRecord,),
    "WEBCHAT#VISITOR#": (Visitor, Listener, Subscription),
    "WEBCHAT#CHAT#": (Chat, Entry, Upload),
}

#: What lies below an item, in the same partition, by how its sort key begins.
BELOW = {
    "AWAITED#": {keys.ADDED_SORT, keys.OPENING_SORT},
    "SEEN#": {keys.FORM_PREFIX},
    "SESSION#": {keys.LIST_PREFIX, keys.IDS_SORT},
    "HELD#": {keys.OFFER_SORT},
    "TEMPLATES#": {keys.NEWS_PREFIX},
    "DELIVERY#": {keys.EVENT_PREFIX, keys.REPEAT_PREFIX, keys.ERASED_SORT},
    "WEBCHAT#VISITOR#": {names.CHAT, names.LIVE, names.PUSH},
    "WEBCHAT#CHAT#": {names.MESSAGE, names.ID, names.UPLOAD},
}
#: Counters have an attribute for each slice of their window: the page names them once.
SLICE = "slice_<number>"
#: Keys of an index: no item has them for its own.
OF_AN_INDEX = {"THREAD#"}
STAGE = "test"
NOW = datetime(2026, 1, 5, tzinfo=UTC)
BOT = Connection(
    id="bot",
    service="viber",
    side=Side.MESSENGER,
    endpoint_id="bot",
    account="b",
    secrets=Secrets(values={"auth_token": "old"}),
)
APP = Connection(
    id="app",
    service="vcita",
    side=Side.PLATFORM,
    endpoint_id="app",
    secrets=Secrets(values={"client_secret": "c"}),
)
SHOP = replace(APP, id="shop", account="a", tenant="t", secrets=Secrets(values={"access_token": "a"}))
CONNECTIONS = (BOT, APP, SHOP)
HELD = Held(
    place=HeldPlace(messenger_connection="bot", contact="c", position=1),
    event=MessageReceived(
        id="e",
        origin=Origin(service="vcita", endpoint="shop"),
        thread="k",
        occurred_at=NOW,
        message=Message(external_id="n", sender=Sender(role=Role.AGENT), content=(), sent_at=NOW),
    ),
    held_at=NOW,
    until=NOW,
    queued=True,
    rounds=1,
    taken_by="g#e",
)
SENT = Sent(
    connection_id="bot",
    external_id="m",
    thread="c",
    source_connection="desk",
    source_thread="k",
    source_message_id="n",
    sent_at=NOW,
)


def rows(title: str) -> Iterator[list[str]]:
    """The cells of each row of the first table below a heading."""
    section = PAGE.partition(f"\n### {title}\n")[2].partition("\n##")[0]
    for line in re.findall(r"^\| (.+) \|$", section, re.MULTILINE)[2:]:
        yield [cell.strip() for cell in re.split(r" \|(?: |$)", line)]


def quoted(text: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", text))


ITEMS = {next(iter(quoted(row[0]))): row for row in rows("Table")}
ELSEWHERE = {row[0]: row for row in rows("Elsewhere")}


def kinds(module: ModuleType, steps: int) -> set[str]:
    """How the keys begin that the functions of a module make."""
    makers: list[Callable[..., str]] = [make for name, make in vars(module).items() if name.endswith("_key")]
    made = (make(*("x" for _ in inspect.signature(make).parameters)) for make in makers)
    return {"".join(f"{word}#" for word in key.split("#")[:steps]) for key in made}


# --- the table -------------------------------------------------------------------------------------------------------


def test_every_kind_of_item_is_in_the_table_and_no_other() -> None:
    expected = kinds(keys, 1) | {keys.CONNECTIONS, keys.FORMER} | kinds(names, 2)
    assert set(ITEMS) == expected


def test_keys_are_made_in_one_place() -> None:
    """Or an item could be stored that this test does not know."""
    elsewhere = [path for path in modules() if path.name not in {"keys.py", "names.py"}]
    beginnings = {kind.partition("#")[0] for kind in ITEMS}
    strays = [
        f"{path.name}: {word}"
        for path in elsewhere
        for word in re.findall(r"[\"']([A-Z]{3,})#", path.read_text(encoding="utf-8"))
        if word in beginnings
    ]
    assert strays == []


@pytest.mark.parametrize("kind", WHOLE)
def test_every_field_is_in_its_row(kind: str) -> None:
    written = {field.name for one in WHOLE[kind] for field in fields(one)}
    assert sorted(written - quoted(ITEMS[kind][1])) == []


@pytest.mark.parametrize("kind", ITEMS)
def test_every_row_says_how_long_and_whether_it_is_personal(kind: str) -> None:
    assert len(ITEMS[kind]) == 6
    assert re.match(r"\*\*yes\*\*|id|no", ITEMS[kind][3])
    assert ITEMS[kind][4]


def test_what_is_written_is_what_the_rows_say() -> None:
    """Every store writes once, into a table as the template makes it."""
    with aws.running() as cloud:
        write_everything(cloud)
        written, below = read_attributes()
    assert set(written) == set(ITEMS) - OF_AN_INDEX
    assert below == BELOW
    for kind, attributes in written.items():
        listed = quoted(ITEMS[kind][1]) - BELOW.get(kind, set())
        assert sorted(attributes - listed) == [], kind
        if kind not in WHOLE:
            assert sorted(listed - attributes) == [], kind
    for kind, classes in WHOLE.items():
        known = {field.name for one in classes for field in fields(one)} | written[kind] | BELOW.get(kind, set())
        assert quoted(ITEMS[kind][1]) >= BELOW.get(kind, set())
        assert sorted(quoted(ITEMS[kind][1]) - known) == [], kind


def write_everything(cloud: aws.Aws) -> None:
    table, time = Table(cloud.tables, aws.TABLE), VirtualTime(NOW)
    connect(cloud, table, time)
    contact = Contact(external_id="c", name="Ann", person="p")
    open_ = Conversation(external_id="k", status=ConversationStatus.PENDING)
    thread = Conversation(external_id="c", aliases=("c2",))
    session = Session(
        messenger_connection="bot",
        contact=contact,
        platform_connection="desk",
        thread=thread,
        conversation=open_,
        quick_replies=(QuickReply(number=1, label="Yes", payload="y", offered_at=NOW),),
        updated_at=NOW,
    )
    DynamoSessions(table).save(session)
    people = DynamoPeople(table, time)
    people.add(Person(platform_connection="desk", key="k", platform_id="p", secret="s", contact="c"))
    people.take_number("desk")
    people.note_unmapped("desk", "t")
    ledger = DynamoLedger(table, time)
    event_key = "g#e"
    ledger.claim(event_key, NOW)
    ledger.save(Delivery(event_id=event_key, first_attempt_at=NOW, outcome=Outcome.DELIVERED))
    ledger.index(SENT)
    ledger.is_repetition("g#k", "e", NOW)
    ledger.note_erased("g", NOW)
    ledger.note_carried("desk", "k", Carried(event_id="e", platform_ids=("p",), messenger_ids=("m",)))
    DynamoLeases(table, 1).take("desk", "h", NOW, NOW + timedelta(minutes=1))
    auditor = make_auditor(table, time, "arn:aws:iam::1:role/owner")
    auditor.begin(Act("link", ["bot"]))
    downloads: Limits = TableLimits(table, time, keys.downloads_key)
    downloads.take("t", 1, timedelta(days=1))
    hold(table, time)
    chat(cloud, table, time)


def hold(table: Table, time: VirtualTime) -> None:
    """What is kept about a customer who must write first, and about what the messenger charges."""
    held = DynamoHeldMessages(table)
    held.add(HELD)
    held.offer("bot", "c", [Choice(name="t", language="de")], NOW)
    held.end_offer("bot", "c", NOW)
    templates = DynamoTemplates(table)
    templates.save("bot", TemplateList(templates=(), listed_at=NOW))
    news = TemplateNews(name="t", language="de", status=TemplateStatus.PAUSED, reason="x", at=NOW)
    templates.note("bot", news)
    costs = DynamoCosts(table, time)
    for number, billable in enumerate((True, False, None)):
        costs.count("bot", NOW.date(), "marketing", billable, str(number))
    costs.take("bot", NOW.date(), "marketing", 9, "m")


def plain_table() -> BotoTable:
    return aws.table()


def connect(cloud: aws.Aws, table: Table, time: VirtualTime) -> None:
    plain = plain_table()
    configuration = ConfigurationStore(plain, cloud.secrets, STAGE, time)
    for connection in CONNECTIONS:
        configuration.save(connection)
    configuration.save(replace(BOT, secrets=BOT.secrets.renew({"auth_token": "new"})))
    configuration.await_account(APP.id)
    configuration.note_registered(APP.id, registered=True)
    configuration.note_app(APP.id)
    reader = StoredConnections(table, Vault(cloud.vault, STAGE, table), time, MemoryTelemetry())
    reader.await_thread(APP.id)
    reader.note_thread(SHOP, "t")
    reader.note_webhook(APP.id, NOW)
    reader.note_webhook(APP.id, NOW, "app")
    reader.mark(APP.id, ConnectionStatus.NEEDS_AUTHORIZATION, "refused")
    refused = reader.renew(APP.id)
    assert refused is not None
    StoredAuthorizations(table).note_check(refused, NOW)
    DynamoConsents(plain).begin(Consent(state="s", browser="b", app_id=APP.id, until=NOW))
    gone = replace(BOT, id="gone", endpoint_id="gone")
    configuration.save(gone)
    configuration.delete(gone)


def chat(cloud: aws.Aws, table: Table, time: VirtualTime) -> None:
    until = NOW + timedelta(days=1)
    rows = Rows(cloud.tables, aws.TABLE)
    store = DynamoStore(table, rows, time)
    store.save_visitor("web", Visitor(id="v", until=until))
    push = Subscription(id="p", endpoint="https://x", browser_key="b", auth="a", key="k", at=NOW, until=until)
    DynamoSubscriptions(rows, time).save_subscription("web", "v", push)
    new = Chat(site="web", id="chat", visitor="v", name="Ann", created_at=NOW, updated_at=NOW, until=until)
    started = store.start(new)
    store.save(started, new=Entry(id="m", position=1, mine=True, at=NOW, until=until, text="Hello"))
    file = Upload(id="u", chat="chat", token="t", name="a.png", content_type="image/png", size=1, until=until)
    store.save_upload("web", file)
    store.add_listener("web", "v", Listener(connection="c", ticket="t", since=NOW, until=until))
    limits: Limits = TableLimits(table, time, names.counter_key)
    limits.take("web#v#messages", 1, timedelta(minutes=1))


def read_attributes() -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """By kind of item, the names of all attributes, of what is inside of them too where an item is one whole.

    And by the same kinds, how the sort keys begin of what lies below.
    """
    found: dict[str, set[str]] = {}
    below: dict[str, set[str]] = {}
    for item in plain_table().scan()["Items"]:
        steps = 2 if str(item["pk"]).startswith(names.PREFIX) else 1
        words = str(item["pk"]).split("#")
        kind = words[0] if len(words) == 1 else "".join(f"{word}#" for word in words[:steps])
        inner = {"session": item.get("session", {}), "value": json.loads(str(item.get("value", "{}")))}
        attributes = {name for name in item if name not in {"pk", "sk", "expires_at", *inner}}
        named = {SLICE if re.fullmatch(r"slice_\d+", name) else name for name in attributes}
        found.setdefault(kind, set()).update(named, *inner.values())
        under = re.match(r"[A-Z]+(#|$)", str(item["sk"]))
        if under:
            below.setdefault(kind, set()).add(under[0])
    return found, below


# --- elsewhere -------------------------------------------------------------------------------------------------------


def test_every_folder_of_the_bucket_is_in_the_table_and_no_other() -> None:
    listed = {name for row in ELSEWHERE if row.startswith("Bucket") for name in quoted(row)}
    assert listed == set(re.findall(r"Prefix: ([\w-]+/)", TEMPLATE))


def test_every_queue_is_in_the_table_and_no_other() -> None:
    listed = {name for row in ELSEWHERE if row.startswith("Queue") for name in quoted(row)}
    assert listed == set(re.findall(r"^  (\w+):\n    Type: AWS::SQS::Queue\n", TEMPLATE, re.MULTILINE))


def test_dead_letters_have_the_attributes_that_are_listed() -> None:
    with aws.running() as cloud:
        write_dead_letter(cloud)
        found = cloud.sqs.receive_message(QueueUrl=cloud.dead_letter_url, MessageAttributeNames=["All"])
    written = set(found["Messages"][0]["MessageAttributes"])
    assert written == quoted(ELSEWHERE["Queue `DeadLetterQueue`"][1])


def write_dead_letter(cloud: aws.Aws) -> None:
    large = LargeBodies(lambda: cloud.s3, aws.BUCKET)
    consumer = SqsConsumer(cloud.queues, cloud.queue_url, cloud.dead_letter_url, large, MemoryTelemetry())
    envelope = Envelope(id="1", receipt_handle="-", group="g", body="{}", enqueued_at=NOW, receives=1)
    consumer.dead_letter(envelope, "the service refused it", Cause.REFUSED)


def test_secrets_have_the_names_and_the_parts_that_are_listed() -> None:
    [(place, row)] = [(place, row) for place, row in ELSEWHERE.items() if place.startswith("Secrets")]
    assert quoted(place) == {keys.secret_name("<stage>", "<service>", "<connection>", one) for one in keys.PURPOSES}
    with aws.running() as cloud:
        write_everything(cloud)
        made = [str(one.get("Name")) for one in cloud.secrets.list_secrets()["SecretList"]]
        texts = [cloud.secrets.get_secret_value(SecretId=name)["SecretString"] for name in made]
    assert sorted(made) == [
        keys.secret_name(STAGE, "vcita", "app", keys.AUTHORIZE),
        keys.secret_name(STAGE, "viber", "bot", keys.VERIFY),
    ]
    assert quoted(row[1]) == {name for text in texts for name in json.loads(text)}


def test_log_lines_have_the_fields_that_are_listed() -> None:
    [row] = [row for place, row in ELSEWHERE.items() if place.startswith("Logs")]
    of_every_line = {"level", "message", "service", "timestamp"}
    assert quoted(row[1]) == of_every_line | set(logged())


def logged() -> Iterator[str]:
    """The names of the fields that are logged anywhere: arguments of the journal, or of what stands for it."""
    for path in modules():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call) and is_logging(node.func)):
            for argument in call.keywords:
                if argument.arg is not None:
                    yield argument.arg
                elif isinstance(argument.value, ast.Call) and isinstance(argument.value.func, ast.Name):
                    yield from returned(tree, argument.value.func.id)


def is_logging(function: ast.expr) -> bool:
    if isinstance(function, ast.Attribute):
        return function.attr in {"detail", "info", "warning", "error"} and ast.unparse(function.value).endswith(
            "telemetry"
        )
    return isinstance(function, ast.Name) and function.id == "log"  # telemetry.warning or telemetry.info


def returned(tree: ast.Module, name: str) -> Iterator[str]:
    """The keys of the dictionary that a function returns."""
    [function] = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == name]
    for node in ast.walk(function):
        if isinstance(node, ast.Dict):
            yield from (key.value for key in node.keys if isinstance(key, ast.Constant) and isinstance(key.value, str))


def test_access_logs_have_the_fields_that_are_listed() -> None:
    [row] = [row for place, row in ELSEWHERE.items() if place.startswith("Log,")]
    written = re.search(r"AccessLogSettings:.*?Format: (!If.*?)AWS::NoValue\n", TEMPLATE, re.DOTALL)
    assert written
    assert quoted(row[1]) == set(re.findall(r'"(\w+)":', written[1]))


def test_every_log_group_is_one_of_those_that_are_listed() -> None:
    groups = set(re.findall(r"LogGroupName: !Sub \"?/patchbay/\$\{Stage\}/(\w+)", TEMPLATE))
    functions = {path.parent.name for path in (ROOT / "functions").glob("*/app.py")}
    assert groups == functions | {"access"}
