"""Sessions, ledger and connections in memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import takewhile

from patchbay.aws.stores import keys
from patchbay.aws.stores.contact_ids import list_ids
from patchbay.aws.stores.ledger import KEPT
from patchbay.aws.stores.people import FOREIGN_KEPT
from patchbay.bridge import retry_policy
from patchbay.bridge.delivery_states import claim_entry
from patchbay.bridge.ledger import Carried, Delivery, Sent
from patchbay.bridge.people import Person
from patchbay.bridge.ports import Clock
from patchbay.bridge.references import keep_reference_key
from patchbay.domain.accounts import Connection, ConnectionStatus, Endpoint, Secrets
from patchbay.domain.errors import Conflict
from patchbay.domain.model import ReceiptState, Session
from patchbay.domain.receipts import advances
from patchbay.kit import registry
from tests.harness.fakes.limits import check_item, is_gone


@dataclass(slots=True)
class MemorySessions:
    """A conversation that was once a contact's leads to them from then on."""

    _by_contact: dict[tuple[str, str], Session] = field(default_factory=dict)
    _by_conversation: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    _moved: dict[tuple[str, str], str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of_contact(self, messenger_connection: str, contact_id: str) -> Session | None:
        return self.find(messenger_connection, contact_id)[1]

    def find(self, messenger_connection: str, contact_id: str) -> tuple[str, Session | None]:
        while (messenger_connection, contact_id) in self._moved:
            contact_id = self._moved[messenger_connection, contact_id]
        return contact_id, self._by_contact.get((messenger_connection, contact_id))

    def of_conversation(self, platform_connection: str, conversation_id: str) -> Session | None:
        key = self._by_conversation.get((platform_connection, conversation_id))
        return self.of_contact(*key) if key else None

    def save(self, session: Session) -> Session:
        key = (session.messenger_connection, session.contact.external_id)
        check_item(session, keys.session_key(*key))
        conversation = session.conversation
        ids = (conversation.external_id, *conversation.aliases) if conversation else ()
        with self._lock:
            for conversation_id in ids:
                check_item(key, keys.conversation_key(session.platform_connection, conversation_id))
                self._by_conversation[session.platform_connection, conversation_id] = key
            for one in list_ids(session)[1:]:
                self._lead(session.messenger_connection, one, key[1])
            stored = self._by_contact.get(key)
            if (stored.version if stored else 0) != session.version or key in self._moved:
                raise Conflict("the session was changed by another writer")
            saved = replace(session, version=session.version + 1)
            self._by_contact[key] = saved
            return saved

    def redirect(self, messenger_connection: str, contact_id: str, home: str, replaced: Session | None = None) -> None:
        with self._lock:
            if replaced and self._by_contact.get((messenger_connection, contact_id)) != replaced:
                raise Conflict("the session was changed by another writer")
            if replaced:
                del self._by_contact[messenger_connection, contact_id]
            self._lead(messenger_connection, contact_id, home)

    def _lead(self, messenger_connection: str, contact_id: str, home: str) -> None:
        check_item(home, keys.session_key(messenger_connection, contact_id))
        if (messenger_connection, contact_id) in self._by_contact:
            raise Conflict("another contact is stored under this id")
        self._moved[messenger_connection, contact_id] = home

    def keep(self, session: Session, now: datetime) -> Session:
        """Nothing ends here: that is the table's."""
        return session

    def erase(self, session: Session) -> None:
        key = (session.messenger_connection, session.contact.external_id)
        with self._lock:
            self._by_contact.pop(key, None)
            self._moved = {one: home for one, home in self._moved.items() if (one[0], home) != key}
            self._by_conversation = {one: whose for one, whose in self._by_conversation.items() if whose != key}

    def forget(self) -> None:
        """The table was lost."""
        self._by_contact.clear()
        self._moved.clear()
        self._by_conversation.clear()

    def all(self) -> list[Session]:
        return list(self._by_contact.values())


@dataclass(slots=True)
class MemoryLeases:
    places: int = 1
    holders: dict[str, dict[str, datetime]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, connection_id: str, holder: str, now: datetime, until: datetime) -> bool:
        with self._lock:
            known = self.holders.get(connection_id, {})
            others = {name: end for name, end in known.items() if end > now and name != holder}
            if len(others) >= self.places:
                return False
            self.holders[connection_id] = {**others, holder: until}
            return True


@dataclass(slots=True)
class MemoryPeople:
    """`foreign` are the conversations that are none of ours, with the time until which that is remembered.

    Without a `clock` no time passes here.
    """

    clock: Clock | None = None
    foreign: dict[tuple[str, str], datetime] = field(default_factory=dict)
    _people: dict[tuple[str, str], Person] = field(default_factory=dict)
    _numbers: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def find(self, platform_connection: str, key: str) -> Person | None:
        return self._people.get((platform_connection, key))

    def by_platform_id(self, platform_connection: str, platform_id: str) -> Person | None:
        known = (platform_connection, platform_id)
        return next((one for one in self.all() if (one.platform_connection, one.platform_id) == known), None)

    def add(self, person: Person) -> Person:
        check_item(person, keys.person_key(person.platform_connection, person.key))
        check_item(person.key, keys.person_id_key(person.platform_connection, person.platform_id))
        with self._lock:
            return self._people.setdefault((person.platform_connection, person.key), person)

    def move(self, person: Person, contact: str) -> None:
        with self._lock:
            known = self._people.get((person.platform_connection, person.key))
            if known:
                self._people[person.platform_connection, person.key] = replace(known, contact=contact)

    def keep(self, platform_connection: str, key: str) -> None:
        """Nothing ends here: that is the table's."""

    def forget(self, person: Person) -> None:
        self._people.pop((person.platform_connection, person.key), None)

    def take_number(self, platform_connection: str) -> int:
        with self._lock:
            self._numbers[platform_connection] = self._numbers.get(platform_connection, 0) + 1
            return self._numbers[platform_connection]

    def note_unmapped(self, platform_connection: str, thread: str) -> None:
        self.foreign[platform_connection, thread] = self._now() + FOREIGN_KEPT

    def is_unmapped(self, platform_connection: str, thread: str) -> bool:
        until = self.foreign.get((platform_connection, thread))
        return until is not None and self._now() < until

    def _now(self) -> datetime:
        return self.clock.now() if self.clock else datetime(2026, 1, 1, tzinfo=UTC)

    def all(self) -> list[Person]:
        return list(self._people.values())


@dataclass(slots=True)
class MemoryLedger:
    """`fail_next` makes that many claims fail, as a table that is away does.

    Its time is the latest that a claim has named: entries that are older than the table keeps them are gone.
    """

    deliveries: dict[str, Delivery] = field(default_factory=dict)
    fail_next: int = 0
    erased: dict[str, datetime] = field(default_factory=dict)
    _now: datetime = datetime.min.replace(tzinfo=UTC)
    _kept_until: dict[str, datetime] = field(default_factory=dict)
    _threads: dict[str, dict[str, None]] = field(default_factory=dict)  #: the keys of entries, by their group
    _heard: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    _carried: dict[tuple[str, str], dict[str, Carried]] = field(default_factory=dict)
    _sent: dict[tuple[str, str], Sent] = field(default_factory=dict)
    _by_thread: set[tuple[str, str]] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def claim(self, event_id: str, now: datetime, *, counted: bool = True) -> tuple[Delivery, bool]:
        with self._lock:
            if self.fail_next:
                self.fail_next -= 1
                raise TimeoutError("the table is away")
            self._now = max(self._now, now)
            self._forget(self._now)
            known = self.deliveries.get(event_id) or Delivery(event_id=event_id, first_attempt_at=now)
            if known.outcome is not None:
                return known, False
            self._keep(event_id)
            self.deliveries[event_id] = claim_entry(known, now, counted=counted)
            return self.deliveries[event_id], known.in_flight

    def _forget(self, now: datetime) -> None:
        """Both are in the order in which they end: a look at the first of them is enough."""
        while self._kept_until and is_gone(next(iter(self._kept_until.values())), now):
            event_id = next(iter(self._kept_until))
            del self._kept_until[event_id]
            self.deliveries.pop(event_id, None)
        while self._sent and is_gone(next(iter(self._sent.values())).sent_at + KEPT, now):
            del self._sent[next(iter(self._sent))]

    def save(self, delivery: Delivery) -> None:
        check_item(delivery, *keys.delivery_keys(delivery.event_id))
        self.deliveries[delivery.event_id] = delivery
        self._keep(delivery.event_id)

    def _keep(self, event_id: str) -> None:
        self._kept_until.pop(event_id, None)
        self._kept_until[event_id] = self._now + KEPT
        self._threads.setdefault(event_id.rpartition("#")[0], {})[event_id] = None

    def forget(self, event_key: str) -> None:
        self.deliveries.pop(event_key, None)
        self._kept_until.pop(event_key, None)

    def find(self, event_key: str) -> Delivery | None:
        return self.deliveries.get(event_key)

    def of_thread(self, group: str) -> Iterator[Delivery]:
        known = (self.deliveries.get(key) for key in tuple(self._threads.get(group, ())))
        return (delivery for delivery in known if delivery is not None)

    def note_erased(self, group: str, at: datetime) -> None:
        self.erased[group] = at

    def erased_at(self, group: str) -> datetime | None:
        return self.erased.get(group)

    def index(self, sent: Sent, *, by_thread: bool = True) -> None:
        check_item(sent, keys.sent_key(sent.connection_id, sent.external_id))
        check_item("", keys.thread_key(sent.connection_id, sent.thread))
        if by_thread:
            self._by_thread.add((sent.connection_id, sent.external_id))
        self._sent[sent.connection_id, sent.external_id] = sent

    def sent(self, connection_id: str, external_id: str) -> Sent | None:
        return self._sent.get((connection_id, external_id))

    def sent_before(self, sent: Sent, state: ReceiptState = ReceiptState.READ) -> Iterator[Sent]:
        until = self.sent_until(sent.connection_id, sent.thread, sent.sent_at, state)
        return (other for other in until if other.external_id != sent.external_id)

    def sent_until(
        self, connection_id: str, thread: str, moment: datetime, state: ReceiptState = ReceiptState.READ
    ) -> Iterator[Sent]:
        earlier = [
            other
            for other in self._sent.values()
            if other.connection_id == connection_id
            and (connection_id, other.external_id) in self._by_thread
            and other.thread == thread
            and other.sent_at <= moment
            and other.state not in (ReceiptState.READ, ReceiptState.FAILED)
        ]
        earlier.sort(key=lambda other: other.sent_at)
        if state is ReceiptState.READ:
            return iter([replace(other, state=ReceiptState.SENT) for other in earlier])
        news = takewhile(lambda other: advances(other.state, state), reversed(earlier))
        return reversed(list(news))

    def is_repetition(self, key: str, event_id: str, at: datetime) -> bool:
        with self._lock:
            known_id, heard_at = self._heard.get(key, (event_id, at))
            apart = (at - heard_at).total_seconds()
            if known_id != event_id and abs(apart) <= retry_policy.REPETITION:
                return True
            if apart >= 0:
                self._heard[key] = (event_id, at)
            return False

    def note_carried(self, platform_connection: str, conversation: str, carried: Carried) -> None:
        check_item(carried, keys.carried_key(platform_connection, conversation), keys.fit_sort(carried.event_id))
        self._carried.setdefault((platform_connection, conversation), {})[carried.event_id] = carried

    def carried(self, platform_connection: str, conversation: str) -> Sequence[Carried]:
        return list(self._carried.get((platform_connection, conversation), {}).values())

    def forget_carried(self, platform_connection: str, conversation: str, event_id: str) -> None:
        self._carried.get((platform_connection, conversation), {}).pop(event_id, None)

    def advance(self, sent: Sent, state: ReceiptState) -> bool:
        key = (sent.connection_id, sent.external_id)
        with self._lock:
            known = self._sent[key]
            if not advances(known.state, state):
                return False
            self._sent[key] = replace(known, state=state)
            return True

    def all_sent(self) -> list[Sent]:
        return list(self._sent.values())


def _verifying(connection: Connection) -> Secrets:
    """Those that a webhook function may read. Services of the tests do not say which: there all are."""
    if connection.service not in registry.names():
        return connection.secrets
    names = registry.verifying_secrets(connection.service)
    values = {name: value for name, value in connection.secrets.values.items() if name in names}
    return replace(connection.secrets, values=values)


@dataclass(slots=True)
class MemoryConnections:
    """Tests add endpoints and connections. `cached` plays a container's cache: it hides changes until `renew`."""

    endpoints: dict[tuple[str, str], Endpoint] = field(default_factory=dict)
    connections: dict[str, Connection] = field(default_factory=dict)
    webhooks_seen: dict[str, datetime] = field(default_factory=dict)
    forms_seen: dict[tuple[str, str], datetime] = field(default_factory=dict)
    cached: dict[str, Connection] = field(default_factory=dict)
    renewed: dict[tuple[str, str], Endpoint] = field(default_factory=dict)
    awaiting: set[str] = field(default_factory=set)
    opening: set[str] = field(default_factory=set)
    threads: dict[tuple[str, str], str] = field(default_factory=dict)

    def add(self, connection: Connection, webhook_token: str) -> None:
        """A connection with an endpoint of its own."""
        connection = replace(connection, secrets=keep_reference_key(connection, {}))
        self.connections[connection.id] = connection
        self.endpoints[connection.service, webhook_token] = Endpoint(
            id=connection.endpoint_id,
            service=connection.service,
            settings=connection.settings,
            secrets=_verifying(connection),
            feedback=connection.feedback,
        )

    def change(self, connection_id: str, **changes: object) -> None:
        changed = replace(self.connections[connection_id], **changes)  # type: ignore[arg-type]
        self.connections[connection_id] = changed
        for key, endpoint in self.endpoints.items():
            if endpoint.id == connection_id:
                self.endpoints[key] = replace(endpoint, feedback=changed.feedback)

    def endpoint(self, service: str, webhook_token: str) -> Endpoint | None:
        return self.endpoints.get((service, webhook_token))

    def renew_endpoint(self, service: str, webhook_token: str, *, secrets: bool = True) -> Endpoint | None:
        """`renewed` holds what was changed behind a container's cache."""
        return self.renewed.get((service, webhook_token)) or self.endpoints.get((service, webhook_token))

    def connection(self, connection_id: str) -> Connection | None:
        return self.cached.get(connection_id) or self.connections.get(connection_id)

    def connection_of(self, endpoint_id: str, account: str) -> Connection | None:
        for connection in self.connections.values():
            named = account == connection.account or (not account and connection.id == endpoint_id)
            if named and connection.endpoint_id == endpoint_id:
                return connection
        return None

    def has_account(self, endpoint_id: str, account: str) -> bool:
        return self.connection_of(endpoint_id, account) is not None or self.awaits_account(endpoint_id)

    def accounts_of(self, endpoint_id: str, tenant: str) -> frozenset[str]:
        found = (one for one in self.connections.values() if (one.endpoint_id, one.tenant) == (endpoint_id, tenant))
        return frozenset(one.account for one in found if one.account)

    def renew(self, connection_id: str, *, secrets: bool = False) -> Connection | None:
        self.cached.pop(connection_id, None)
        return self.connections.get(connection_id)

    def mark(self, connection_id: str, status: ConnectionStatus, reason: str) -> None:
        self.change(connection_id, status=status, status_reason=reason)

    def note_facts(self, connection_id: str, facts: Mapping[str, str]) -> None:
        settings = {**self.connections[connection_id].settings, **facts}
        self.change(connection_id, settings=settings)
        for key, endpoint in self.endpoints.items():
            if endpoint.id == connection_id:
                self.endpoints[key] = replace(endpoint, settings=settings)

    def awaits_account(self, endpoint_id: str) -> bool:
        return endpoint_id in self.awaiting

    def account_of_thread(self, endpoint_id: str, thread: str) -> str | None:
        return self.threads.get((endpoint_id, thread))

    def await_thread(self, endpoint_id: str) -> None:
        self.opening.add(endpoint_id)

    def awaits_thread(self, endpoint_id: str) -> bool:
        return endpoint_id in self.opening

    def note_thread(self, connection: Connection, thread: str) -> None:
        check_item(connection.account, keys.owner_key(connection.endpoint_id, thread))
        self.threads[connection.endpoint_id, thread] = connection.account

    def note_webhook(self, endpoint_id: str, at: datetime, form: str = "") -> None:
        self.webhooks_seen[endpoint_id] = self.forms_seen[endpoint_id, form] = at
