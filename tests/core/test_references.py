"""What a platform may say of contacts that we have no session for: only what we gave to it, and only of its own."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patchbay.bridge.references import is_own_reference, keep_reference_key, sign_reference
from patchbay.domain.accounts import REFERENCE_KEY, Connection, Secrets
from patchbay.domain.events import ConversationChanged, Origin, ReceiptReceived, TypingChanged, make_event_id
from patchbay.domain.model import ContactKey, Conversation, ConversationStatus, ReceiptState, Side
from patchbay.kit.abilities import SendsTyping
from patchbay.kit.contract import Setting
from tests.harness.fakes.bridge import Bridge
from tests.harness.fakes.services import Office, Pigeon, UnsearchablePlatform, message_event

ASA = ContactKey(service="pigeon", connection_id="pigeon-1", contact_id="asa")


def platform(connection_id: str, key: str = "the-key") -> Connection:
    secrets = Secrets(values={REFERENCE_KEY: key} if key else {})
    return Connection(
        id=connection_id, service="office", side=Side.PLATFORM, endpoint_id=connection_id, secrets=secrets
    )


# --- the signature ---------------------------------------------------------------------------------------------------


def test_a_reference_comes_back_as_it_was_given() -> None:
    given_out = sign_reference(ASA, platform("one"))
    back = ContactKey.decode(given_out.encode())
    assert back == given_out
    assert is_own_reference(back, platform("one"))
    assert len(given_out.signature) == 12


def test_it_is_worth_nothing_on_another_connection_or_under_another_key() -> None:
    given_out = sign_reference(ASA, platform("one"))
    assert not is_own_reference(given_out, platform("two"))
    assert not is_own_reference(given_out, platform("one", "another-key"))


@pytest.mark.parametrize("length", range(12))
def test_a_part_of_a_signature_is_none(length: int) -> None:
    given_out = sign_reference(ASA, platform("one"))
    assert not is_own_reference(replace(given_out, signature=given_out.signature[:length]), platform("one"))


@pytest.mark.parametrize("signature", ["", "a" * 12, "\u0661" * 12, "\udc80" * 12])
def test_a_connection_without_its_key_owns_no_reference(signature: str) -> None:
    assert not is_own_reference(replace(ASA, signature=signature), platform("one", ""))
    assert not is_own_reference(replace(ASA, signature=signature), platform("one"))


@given(st.text(), st.text(min_size=1), st.text(min_size=1))
def test_no_two_contacts_share_a_signature(contact: str, other: str, connection: str) -> None:
    one = ContactKey(service="pigeon", connection_id="p", contact_id=contact)
    for another in (
        replace(one, contact_id=contact + other),
        replace(one, connection_id="p" + connection),
        replace(one, service="pigeon-two"),
    ):
        assert sign_reference(one, platform("one")).signature != sign_reference(another, platform("one")).signature


# --- the key ---------------------------------------------------------------------------------------------------------


def test_a_platform_gets_a_key_once_and_keeps_it_whatever_is_given() -> None:
    new = keep_reference_key(platform("one", ""), {})
    again = keep_reference_key(replace(platform("one", ""), secrets=Secrets(values={"token": "t"})), new.values)
    assert len(new.get(REFERENCE_KEY)) == 43
    assert again.values == {"token": "t", REFERENCE_KEY: new.get(REFERENCE_KEY)}
    assert keep_reference_key(platform("two", ""), {}).get(REFERENCE_KEY) != new.get(REFERENCE_KEY)
    forced = keep_reference_key(platform("one", "chosen-by-somebody"), new.values)
    assert forced.get(REFERENCE_KEY) == new.get(REFERENCE_KEY)


def test_a_messenger_has_none() -> None:
    messenger = replace(platform("one"), side=Side.MESSENGER)
    assert keep_reference_key(messenger, {}).values == {}


def test_it_is_no_credential() -> None:
    """Calls of connections with the same credentials are paced together."""
    secrets = Secrets(values={"token": "t", REFERENCE_KEY: "k"})
    assert secrets.credentials == {"token": "t"}
    assert secrets.renew({"token": "u"}).get(REFERENCE_KEY) == "k"


# --- what a platform may say -----------------------------------------------------------------------------------------


class HelpfulOffice(Office):
    """Says of any conversation whatever reference its administrators have written there."""

    service = "helpful"
    settings = (Setting(name="first_to", help="A messenger for first messages", outbound_messenger=True),)


@pytest.fixture
def bridge() -> Bridge:
    bridge = Bridge(platform=HelpfulOffice())
    bridge.customer_writes("hello")
    bridge.settle()
    return bridge


def agent_writes_as(bridge: Bridge, key: ContactKey, conversation: str = "conversation-9") -> None:
    assert isinstance(bridge.platform, Office)
    bridge.platform.references[conversation] = key.encode()
    bridge.agent_writes("your PIN, please", conversation=conversation)
    bridge.settle()


def own_connection(bridge: Bridge) -> Connection:
    return bridge.connections.connections["helpful-1"]


def was_heard(bridge: Bridge) -> bool:
    return bridge.messenger.everything() == ["your PIN, please"]


def add_second_platform(bridge: Bridge) -> Connection:
    second = replace(own_connection(bridge), id="helpful-2", endpoint_id="helpful-2", secrets=Secrets())
    bridge.connections.add(second, webhook_token="hook-of-the-second")
    return bridge.connections.connections["helpful-2"]


def test_a_forged_reference_is_refused_and_counted(bridge: Bridge) -> None:
    bridge.sessions.forget()
    good = sign_reference(ASA, own_connection(bridge))
    second = add_second_platform(bridge)
    forged = (
        ASA,
        replace(good, signature=good.signature[:-1]),
        replace(good, signature=good.signature[:-1] + ("a" if good.signature[-1] != "a" else "b")),
        replace(good, contact_id="bo"),
        sign_reference(ASA, second),
    )
    for number, key in enumerate(forged, start=1):
        agent_writes_as(bridge, key, f"conversation-{number + 10}")
        assert bridge.telemetry.metrics["RefusedReference"] == number
    assert not bridge.messenger.calls
    assert not bridge.sessions.all()
    assert "asa" not in str(bridge.telemetry.logged("reference refused"))
    assert "PIN" not in str(bridge.telemetry.lines)


def test_a_reference_of_another_service_is_refused(bridge: Bridge) -> None:
    agent_writes_as(bridge, sign_reference(replace(ASA, service="raven"), own_connection(bridge)))
    assert not bridge.messenger.calls
    assert bridge.telemetry.metrics["RefusedReference"] == 1


def test_our_own_reference_finds_the_lost_session(bridge: Bridge) -> None:
    bridge.sessions.forget()
    agent_writes_as(bridge, sign_reference(ASA, own_connection(bridge)))
    assert was_heard(bridge)


def test_an_unsigned_reference_will_do_where_our_record_names_the_platform(bridge: Bridge) -> None:
    agent_writes_as(bridge, ASA)
    assert was_heard(bridge)


def test_our_own_reference_is_no_key_to_a_messenger_that_is_linked_elsewhere(bridge: Bridge) -> None:
    bridge.sessions.forget()
    bridge.connections.change("pigeon-1", link="helpful-2")
    agent_writes_as(bridge, sign_reference(ASA, own_connection(bridge)))
    assert not bridge.messenger.calls
    assert [reason for _, reason in bridge.platform.reports] == ["the customer's messages now go to another platform"]


def test_a_link_that_the_container_has_not_seen_yet_counts(bridge: Bridge) -> None:
    bridge.sessions.forget()
    bridge.connections.cached["pigeon-1"] = replace(bridge.connections.connections["pigeon-1"], link="helpful-2")
    agent_writes_as(bridge, sign_reference(ASA, own_connection(bridge)))
    assert was_heard(bridge)


@pytest.mark.parametrize("messenger", ["pigeon:pigeon-1", "pigeon:pigeon-2", "raven:pigeon-1", ""])
def test_agents_write_first_only_on_the_messenger_that_the_owner_has_named(bridge: Bridge, messenger: str) -> None:
    bridge.sessions.forget()
    bridge.connections.change("pigeon-1", link=None)
    bridge.connections.change("helpful-1", settings={"first_to": messenger})
    agent_writes_as(bridge, replace(ASA, contact_id="bo"))
    assert was_heard(bridge) is (messenger == "pigeon:pigeon-1")


def test_who_may_write_first_still_takes_nobody_from_another_platform(bridge: Bridge) -> None:
    add_second_platform(bridge)
    bridge.connections.change("pigeon-1", link="helpful-2")
    bridge.customer_writes("hello again")
    bridge.settle()
    bridge.connections.change("helpful-1", settings={"first_to": "pigeon:pigeon-1"})
    agent_writes_as(bridge, ASA)
    assert not bridge.messenger.calls
    assert [session.platform_connection for session in bridge.sessions.all()] == ["helpful-2"]
    assert len(bridge.platform.reports) == 1


# --- all else that a platform tells ----------------------------------------------------------------------------------


class TypingPigeon(Pigeon, SendsTyping):
    capabilities = replace(Pigeon.capabilities, typing=True)

    def send_typing(self, typing: bool, conversation: Conversation, connection: Connection, http: object) -> None:
        self.typing.append(typing)


class Records(UnsearchablePlatform):
    """Remembers in which conversation it was told of a receipt."""

    def __init__(self) -> None:
        super().__init__()
        self.told_in: list[Conversation] = []

    def send_receipt(
        self, state: ReceiptState, message_id: str, conversation: Conversation, connection: Connection, http: object
    ) -> None:
        self.told_in.append(conversation)


def move_customer(bridge: Bridge) -> None:
    """The owner links the messenger to a second platform, and the customer writes again."""
    first = bridge.connections.connections["forgetful-1"]
    bridge.connections.add(
        replace(first, id="forgetful-2", endpoint_id="forgetful-2"), webhook_token="hook-of-the-second"
    )
    bridge.connections.change("pigeon-1", link="forgetful-2")
    bridge.customer_writes("and now?")
    bridge.settle()


@pytest.fixture
def moved() -> Bridge:
    """A customer who has moved to another platform, on which the conversation happens to have the same id."""
    bridge = Bridge(messenger=TypingPigeon(), platform=Records())
    bridge.customer_writes("hello")
    bridge.settle()
    bridge.agent_writes("hello Asa")
    bridge.settle()
    move_customer(bridge)
    [session] = bridge.sessions.all()
    same = Conversation(external_id="conversation-1", state={"secret": "of the second platform"})
    bridge.sessions.save(replace(session, conversation=same))
    return bridge


OLD = Origin(service="forgetful", endpoint="forgetful-1")


def test_the_platform_before_does_not_end_the_conversation(moved: Bridge) -> None:
    ended = ConversationChanged(
        id="ended", origin=OLD, thread="conversation-1", occurred_at=moved.time.now(), status=ConversationStatus.ENDED
    )
    moved.queue.send([ended])
    moved.settle()
    [session] = moved.sessions.all()
    assert session.conversation is not None
    assert session.conversation.status is ConversationStatus.ACTIVE


def test_nobody_sees_the_platform_before_typing(moved: Bridge) -> None:
    typing = TypingChanged(id="typing", origin=OLD, thread="conversation-1", occurred_at=moved.time.now(), typing=True)
    moved.queue.send([typing])
    moved.settle()
    assert moved.messenger.typing == []
    moved.queue.send([replace(typing, id="t2", origin=replace(OLD, endpoint="forgetful-2"))])
    moved.settle()
    assert moved.messenger.typing == [True]


def test_the_platform_before_hears_of_its_own_message_without_the_other_ones_conversation(moved: Bridge) -> None:
    assert isinstance(moved.platform, Records)
    moved.platform.told_in.clear()
    origin = Origin(service="pigeon", endpoint="pigeon-1")
    read = ReceiptReceived(
        id=make_event_id("receipt", origin, "x"),
        origin=origin,
        thread="asa",
        occurred_at=moved.time.now(),
        message_id="pigeon-1",
        state=ReceiptState.READ,
    )
    moved.queue.send([read])
    moved.settle()
    assert moved.platform.told_in == [Conversation(external_id="conversation-1")]


def test_a_message_of_the_platform_before_is_reported_where_it_was_written() -> None:
    bridge = Bridge(platform=Records())
    bridge.customer_writes("hello")
    bridge.settle()
    move_customer(bridge)
    assert isinstance(bridge.platform, Records)
    bridge.platform.told_in.clear()
    late = message_event(bridge.platform, "conversation-1", "late", "late, sorry", "forgetful-1", bridge.time.now())
    bridge.queue.send([replace(late, hints={"user": "u"})])
    bridge.settle()
    assert bridge.platform.told_in == [Conversation(external_id="conversation-1", state={"user": "u"})]
    assert bridge.messenger.everything() == []


def test_the_buttons_of_the_platform_before_mean_nothing_to_the_next(moved: Bridge) -> None:
    assert all(session.quick_replies == () for session in moved.sessions.all())
