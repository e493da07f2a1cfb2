"""A customer on Viber, a business at vcita: every behaviour that is vcita's own, across both simulators."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from patchbay.bridge.oauth import set_up_account
from patchbay.domain.accounts import ConnectionStatus
from patchbay.domain.events import Origin, TypingChanged
from patchbay.kit import registry
from playground.services.vcita import DEMO_BUSINESS, DEMO_STAFF, SECOND_STAFF, Vcita
from playground.services.vcita.records import Client
from playground.services.viber import Viber
from playground.services.viber.records import Person
from playground.simulator import Fault
from tests.harness.fakes.registry import MemoryRegistry
from tests.harness.world import World

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 200
SECONDS = timedelta(seconds=1)


class Scene(World):
    """Viber linked to vcita, with one customer."""

    viber: Viber
    vcita: Vcita
    asa: Person

    @property
    def client(self) -> Client:
        """The one client of the business."""
        [client] = self.vcita.businesses[0].clients
        return client

    def staff_sees(self, client: Client | None = None) -> list[str]:
        return [line.text for line in (client or self.client).lines if line.author == "customer"]

    def customer_sees(self) -> list[str]:
        return [
            line.text or f"<{line.attachment['kind'] if line.attachment else 'other'}>"
            for line in self.asa.lines
            if line.author == "agent"
        ]

    def statuses(self) -> list[list[str]]:
        """Of each message of the staff, every status that vcita was told."""
        return [list(line.reported) for line in self.client.lines if line.author == "agent"]

    def says(self, *texts: str) -> None:
        for text in texts:
            self.viber.write(self.asa.id, text)

    def reply(self, text: str, staff: str = DEMO_STAFF) -> None:
        self.vcita.reply(self.client.uid, staff, text)

    def status(self) -> ConnectionStatus:
        return self.connections.connections["vcita-1"].status

    def join_again(self) -> None:
        """The business authorizes the app again: a new token, and the account is set up as after any consent."""
        vcita = self.vcita
        token = vcita.actions.issue_token(vcita.apps[0], vcita.businesses[0], vcita.businesses[0].staff[0])
        vcita.apps[0].installed.add(DEMO_BUSINESS)
        known = self.connections.connections["vcita-1"]
        secrets = replace(known.secrets, values={**known.secrets.values, "access_token": token.value}, version="9")
        draft = replace(known, secrets=secrets, status=ConnectionStatus.ACTIVE, status_reason="")
        set_up_account(registry.load("vcita"), draft, MemoryRegistry(self.connections), self.http)


def make_scene() -> Scene:
    scene = Scene("viber", "vcita")
    viber, vcita = scene.simulators["viber"], scene.simulators["vcita"]
    assert isinstance(viber, Viber)
    assert isinstance(vcita, Vcita)
    scene.viber, scene.vcita = viber, vcita
    scene.connect("viber")
    scene.asa = viber.new_person("Åsa Öberg")
    return scene


@pytest.fixture
def scene() -> Iterator[Scene]:
    scene = make_scene()
    scene.connect("vcita")
    scene.link("viber-1", "vcita-1")
    scene.settle()
    scene.time.advance(2)  # connecting has taken some of this second's calls
    assert scene.status() is ConnectionStatus.ACTIVE
    yield scene
    assert not scene.journal.said("event crashed")
    refused = [sent for sent in scene.vcita.webhook_log if sent.status not in {204, 404}]
    assert not refused
    for token in list(scene.vcita.tokens):
        assert scene.vcita.busiest(token) <= 8


# --- the account -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("early", [True, False])
def test_a_channel_becomes_active_whether_its_webhook_is_faster_than_the_answer_or_not(early: bool) -> None:
    scene = make_scene()
    scene.vcita.quirks.early_webhooks = early
    scene.connect("vcita")
    scene.settle()
    assert scene.status() is ConnectionStatus.ACTIVE
    [channel] = scene.vcita.channels
    assert channel.status == "active"


def test_messages_wait_for_the_channel() -> None:
    scene = make_scene()
    scene.vcita.quirks.channel_delay = 120
    scene.connect("vcita")
    scene.link("viber-1", "vcita-1")
    scene.says("one", "two")
    scene.settle(60 * SECONDS)
    assert scene.status() is ConnectionStatus.PENDING
    assert scene.vcita.businesses[0].clients == []
    scene.settle()
    assert scene.staff_sees() == ["one", "two"]


@pytest.mark.parametrize("status", ["blocked", "deleted", "inactive", "error"])
def test_a_channel_that_vcita_stops_alarms_the_owner_and_its_messages_wait(scene: Scene, status: str) -> None:
    scene.vcita.block_channel(DEMO_BUSINESS, status)  # type: ignore[arg-type]
    scene.settle()
    assert scene.status() is ConnectionStatus.DISABLED
    assert scene.journal.metrics["AuthorizationNeeded"] == 1
    scene.says("is anybody there?")
    scene.settle()
    assert scene.vcita.businesses[0].clients == []
    assert not scene.queue.parked
    scene.join_again()
    scene.settle(timedelta(minutes=30))
    assert scene.staff_sees() == ["is anybody there?"]


def test_a_business_that_removes_the_app_and_comes_back_gets_what_was_written_meanwhile(scene: Scene) -> None:
    scene.says("before")
    scene.settle()
    scene.vcita.uninstall(DEMO_BUSINESS)
    scene.settle()
    assert scene.status() is ConnectionStatus.DISABLED
    scene.says("meanwhile, one", "meanwhile, two")
    scene.settle(timedelta(hours=1))
    assert scene.staff_sees() == ["before"]
    scene.join_again()
    scene.settle(timedelta(minutes=30))
    assert scene.staff_sees() == ["before", "meanwhile, one", "meanwhile, two"]
    scene.reply("Welcome back")
    scene.settle()
    assert scene.customer_sees() == ["Welcome back"]


def test_a_token_that_is_revoked_in_mid_conversation_loses_nothing(scene: Scene) -> None:
    scene.says("one")
    scene.settle()
    scene.vcita.revoke_token(DEMO_BUSINESS)
    scene.says("two", "three")
    scene.reply("We hear you")
    scene.settle()
    assert scene.status() is ConnectionStatus.NEEDS_AUTHORIZATION
    assert scene.customer_sees() == ["We hear you"]
    assert scene.staff_sees() == ["one"]
    scene.join_again()
    scene.settle(timedelta(minutes=30))
    assert scene.status() is ConnectionStatus.ACTIVE
    assert scene.staff_sees() == ["one", "two", "three"]
    assert scene.statuses() == [["sent", "received"]]
    assert not scene.queue.parked


# --- customer to staff -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("activation", ["needs_put", "auto_activate"])
@pytest.mark.parametrize("early", [True, False])
def test_a_first_contact_becomes_a_client_with_one_active_session(scene: Scene, activation: str, early: bool) -> None:
    scene.vcita.quirks.activation = activation  # type: ignore[assignment]
    scene.vcita.quirks.early_webhooks = early
    scene.vcita.quirks.refuses_active = True
    scene.says("Hello! 👋", "שלום", "a < b & c")
    scene.settle()
    assert scene.client.name == "Åsa Öberg"
    [session] = scene.vcita.sessions
    assert session.status == "active"
    assert scene.staff_sees() == ["Hello! 👋", "שלום", "a < b & c"]


def test_a_customer_whose_number_the_business_knows_is_that_client(scene: Scene) -> None:
    known = scene.vcita.add_client(DEMO_BUSINESS, "Åsa", phone="+46701112233")
    scene.vcita.add_client(DEMO_BUSINESS, "Somebody else", phone="+46701112234")
    scene.viber.send_contact(scene.asa.id, "Åsa Öberg", "+46701112233")
    scene.says("It's me")
    scene.settle()
    assert len(scene.vcita.businesses[0].clients) == 2
    assert scene.staff_sees(scene.vcita.find_client(known))[-1] == "It's me"


def test_twenty_first_messages_at_once_make_one_client_and_one_session(scene: Scene) -> None:
    for number in range(20):
        scene.says(str(number))
    while scene.time.run_due():
        pass
    scene.race()
    scene.settle()
    assert len(scene.vcita.sessions) == 1
    assert scene.staff_sees() == [str(number) for number in range(20)]


def test_messages_wait_in_order_while_the_session_is_pending(scene: Scene) -> None:
    scene.vcita.quirks.session_delay = 25
    scene.says("one", "two")
    scene.settle(20 * SECONDS)
    scene.says("three")
    scene.settle()
    assert scene.staff_sees() == ["one", "two", "three"]
    assert scene.journal.metrics["Parked"] == 0


def test_a_session_whose_webhook_was_lost_is_found_active(scene: Scene) -> None:
    """vcita says nothing about repeating webhooks."""
    scene.vcita.webhooks.send_session = lambda *_, **__: None  # type: ignore[method-assign]
    scene.says("one")
    scene.settle()
    assert scene.staff_sees() == ["one"]


@pytest.mark.parametrize("exists_code", ["already_exists", "duplicate"])
@pytest.mark.parametrize("plain_filters", [True, False])
def test_a_session_that_was_made_before_is_found_again(scene: Scene, exists_code: str, plain_filters: bool) -> None:
    scene.vcita.quirks.exists_code = exists_code  # type: ignore[assignment]
    scene.vcita.quirks.plain_filters = plain_filters
    scene.vcita.fail_next(Fault(lost=True, where="POST .*/sessions$"))
    scene.says("one")
    scene.settle()
    assert len(scene.vcita.sessions) == 1
    assert scene.staff_sees() == ["one"]


def test_a_session_that_the_staff_left_is_woken_by_the_next_message(scene: Scene) -> None:
    scene.says("one")
    scene.settle()
    scene.vcita.deactivate_session(scene.client.uid)
    scene.settle()
    assert [session.status for session in scene.vcita.sessions] == ["inactive"]
    scene.says("two")
    scene.settle()
    assert [session.status for session in scene.vcita.sessions] == ["active"]
    assert scene.staff_sees() == ["one", "two"]


def test_a_customer_whose_client_was_merged_goes_on_with_the_other(scene: Scene) -> None:
    winner = scene.vcita.add_client(DEMO_BUSINESS, "Åsa", email="asa@example.com")
    scene.viber.send_contact(scene.asa.id, "Åsa Öberg", "+46701112233")
    scene.settle()
    loser = next(client.uid for client in scene.vcita.businesses[0].clients if client.uid != winner)
    scene.vcita.merge_clients(loser, winner)
    scene.settle()
    scene.says("still me")
    scene.settle()
    assert scene.staff_sees()[-1] == "still me"
    assert scene.client.uid == winner
    scene.reply("Hello again")
    scene.settle()
    assert scene.customer_sees() == ["Hello again"]


def test_files_places_and_taps_are_words_with_links(scene: Scene) -> None:
    scene.viber.send_file(scene.asa.id, "cat.png", "image/png", PNG, "my cat")
    scene.viber.send_location(scene.asa.id, 59.33, 18.06)
    scene.settle()
    everything = "\n".join(scene.staff_sees())
    assert "my cat" in everything
    assert "https://bridge.test/media/" in everything
    assert "59.33" in everything


@pytest.mark.parametrize("own_uids", [True, False])
def test_a_message_whose_answer_was_lost_is_there_once(scene: Scene, own_uids: bool) -> None:
    scene.vcita.quirks.own_message_uids = own_uids
    scene.says("hello")
    scene.settle()
    scene.vcita.fail_next(Fault(lost=True, where="POST .*/messages", times=2))
    scene.says("once, please")
    scene.settle()
    assert scene.staff_sees() == ["hello", "once, please"]
    assert not any(delivery.uncertain for delivery in scene.ledger.deliveries.values())


@pytest.mark.parametrize("echoes", [True, False])
@pytest.mark.parametrize("swapped", [True, False])
def test_vcitas_word_on_our_messages_is_kept_and_echoes_are_not_answers(
    scene: Scene, echoes: bool, swapped: bool
) -> None:
    scene.vcita.quirks.echoes = echoes
    scene.vcita.quirks.swapped_types = swapped
    scene.says("hello")
    scene.settle()
    scene.vcita.open_conversation(scene.client.uid)
    scene.settle()
    assert scene.customer_sees() == []
    [sent] = [one for one in scene.ledger.all_sent() if one.connection_id == "vcita-1"]
    assert sent.state.value == "read"


def test_a_message_that_vcita_cannot_show_is_the_owners_to_know(scene: Scene) -> None:
    """Viber has no way to tell the customer."""
    scene.vcita.next_message_fails = True
    scene.says("hello")
    scene.settle()
    assert scene.journal.metrics["Untold"] == 1


def test_a_table_that_was_lost_loses_no_conversation(scene: Scene) -> None:
    scene.says("one")
    scene.settle()
    scene.sessions.forget()
    scene.reply("We are still here")
    scene.settle()
    assert scene.customer_sees() == ["We are still here"]
    scene.sessions.forget()
    scene.says("two")
    scene.settle()
    assert "two" in [text for client in scene.vcita.businesses[0].clients for text in scene.staff_sees(client)]


# --- staff to customer -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("basic", [True, False])
def test_the_staff_sees_how_far_their_message_got(scene: Scene, basic: bool) -> None:
    scene.vcita.quirks.basic_statuses = basic
    scene.says("hello")
    scene.settle()
    scene.reply("Hi Åsa")
    scene.reply("How can we help?", SECOND_STAFF)
    scene.settle()
    scene.viber.read(scene.asa.id)
    scene.settle()
    assert scene.customer_sees() == ["Hi Åsa", "How can we help?"]
    told = ["received", "read"] if basic else ["sent", "received", "read"]
    assert scene.statuses() == [told, told]


def test_statuses_never_go_backwards_however_webhooks_come(scene: Scene) -> None:
    scene.says("hello")
    scene.settle()
    scene.viber.switches.webhook_duplicates = True
    scene.viber.switches.webhook_reorder = True
    for number in range(8):
        scene.reply(str(number))
    scene.settle(5 * SECONDS)
    scene.viber.read(scene.asa.id)
    scene.settle()
    order = ["channel_pending", "sent", "received", "read"]
    for told in scene.statuses():
        assert told == sorted(set(told), key=order.index)
        assert told[-1] == "read"


def test_formatted_messages_arrive_as_text_with_their_links(scene: Scene) -> None:
    scene.says("hello")
    scene.settle()
    words = '<div><strong>Hello &amp; welcome</strong><br>See <a href="https://x.test/a?b=1&amp;c=2">our page</a></div>'
    scene.vcita.reply_html(scene.client.uid, DEMO_STAFF, words)
    scene.reply("1 < 2 & 3 > 2")
    scene.settle()
    assert scene.customer_sees() == [
        "Hello & welcome\nSee our page (https://x.test/a?b=1&c=2)",
        "1 < 2 & 3 > 2",
    ]


def test_a_file_of_the_staff_arrives_as_a_file(scene: Scene) -> None:
    scene.says("hello")
    scene.settle()
    scene.vcita.send_file(scene.client.uid, DEMO_STAFF, "cat.png", "image/png", PNG, "look")
    scene.settle()
    assert scene.customer_sees() == ["look", "<image>"]


@pytest.mark.parametrize("basic", [True, False])
def test_a_failure_reaches_the_staff(scene: Scene, basic: bool) -> None:
    scene.vcita.quirks.basic_statuses = basic
    scene.says("hello")
    scene.settle()
    scene.viber.unsubscribe(scene.asa.id)
    scene.settle()
    scene.reply("Are you there?")
    scene.settle()
    assert scene.statuses() == [["error" if basic else "unavailable"]]
    assert not scene.queue.parked


def test_webhooks_twice_and_out_of_order_are_one_conversation_in_order(scene: Scene) -> None:
    scene.says("hello")
    scene.settle()
    scene.vcita.switches.webhook_duplicates = True
    for number in range(5):
        scene.reply(str(number))
        scene.settle(SECONDS)
    for number in range(len(scene.vcita.webhook_log)):
        scene.vcita.redeliver(number)
    scene.settle()
    assert scene.customer_sees() == [str(number) for number in range(5)]


# --- typing ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("below", [True, False])
def test_the_staffs_typing_is_taken_in_every_form(scene: Scene, method: str, below: bool) -> None:
    """Viber cannot show it: nothing else happens."""
    scene.vcita.quirks.typing_method = method  # type: ignore[assignment]
    scene.vcita.quirks.typing_below_sessions = below
    scene.says("hello")
    scene.settle()
    scene.vcita.staff_typing(scene.client.uid, True)
    scene.settle()
    assert scene.vcita.webhook_log[-1].status == 204
    assert scene.customer_sees() == []


@pytest.mark.parametrize(("age", "shown"), [(1, True), (12, False)])
def test_a_customers_typing_is_shown_while_it_is_fresh(scene: Scene, age: int, shown: bool) -> None:
    scene.says("hello")
    scene.settle()
    now = scene.time.now()
    origin = Origin(service="viber", endpoint="viber-1")
    scene.queue.send([TypingChanged(id="t", origin=origin, thread=scene.asa.id, occurred_at=now, typing=True)])
    scene.time.advance(age)
    scene.work()
    assert (scene.client.typing_until is not None) is shown


# --- the rate --------------------------------------------------------------------------------------------------------


def test_fifty_customers_at_once_keep_to_vcitas_rate_and_all_arrive(scene: Scene) -> None:
    people = [scene.viber.new_person(f"Person {number}") for number in range(50)]
    for person in people:
        scene.viber.write(person.id, "hello")
        scene.viber.write(person.id, "are you there?")
    scene.settle(timedelta(minutes=20))
    seen = [scene.staff_sees(client) for client in scene.vcita.businesses[0].clients]
    assert seen == [["hello", "are you there?"]] * 50
    [token] = [token.value for token in scene.vcita.tokens.values() if token.business]
    # An opening is four calls, which are set aside together: one of them and answers fit into a second's eight.
    assert 5 <= scene.vcita.busiest(token) <= 8
    assert not scene.queue.parked


@pytest.mark.parametrize("retry_after", [None, 3])
def test_a_429_is_waited_out(scene: Scene, retry_after: int | None) -> None:
    scene.vcita.fail_next(Fault(status=429, retry_after=retry_after, times=5))
    scene.says("one", "two")
    scene.settle()
    assert scene.staff_sees() == ["one", "two"]


ENVELOPES = ["own", "success", "failure", "lower_failure", "bare_error", "status_error", "message_error"]


@pytest.mark.parametrize("envelope", ENVELOPES)
def test_every_form_of_a_refusal_means_the_same(scene: Scene, envelope: str) -> None:
    scene.vcita.quirks.envelope = envelope  # type: ignore[assignment]
    scene.vcita.fail_next(Fault(status=500, times=2))
    scene.says("one")
    scene.settle()
    assert scene.staff_sees() == ["one"]
    scene.vcita.revoke_token(DEMO_BUSINESS)
    scene.says("two")
    scene.settle()
    assert scene.status() is ConnectionStatus.NEEDS_AUTHORIZATION
