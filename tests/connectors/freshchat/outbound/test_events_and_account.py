"""Events and account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from patchbay.domain.accounts import Connection, Secrets
from patchbay.domain.errors import (
    AuthorizationNeeded,
    Misconfigured,
    NotYet,
    Rejected,
)
from patchbay.domain.events import MessageReceived, Origin
from patchbay.domain.model import (
    Attachment,
    AttachmentKind,
    Contact,
    Conversation,
    Message,
    Role,
    Sender,
    Text,
)
from patchbay.kit.failures import Failure
from patchbay.platforms.freshchat import CONNECTOR
from patchbay.platforms.freshchat.client import format_time, read_base_url
from playground.services.freshchat import DEMO_AGENT, DEMO_BOT, DEMO_CHANNEL
from playground.services.freshchat.records import Channel
from tests.connectors.freshchat.outbound.scene import ASA, HOST, KEY, World

# --- from the desk --------------------------------------------------------------------------------------------------


def make_event(world: World, conversation: Conversation, **fields: Any) -> MessageReceived:
    message = Message(external_id="m", sender=Sender(role=Role.AGENT), content=(), sent_at=world.time.now())
    event = MessageReceived(
        id="e",
        origin=Origin(service="freshchat", endpoint="desk"),
        thread=conversation.external_id,
        occurred_at=world.time.now(),
        message=message,
        hints={"user_id": conversation.state["user_id"]},
    )
    return replace(event, **fields)


def test_the_contact_is_found_again_without_a_session(world: World) -> None:
    conversation = world.open()
    event = make_event(world, conversation)
    assert CONNECTOR.find_contact(event, world.connection, world.http) == KEY
    assert CONNECTOR.find_contact(replace(event, hints={}), world.connection, world.http) == KEY


def test_customers_of_others_are_not_ours(world: World) -> None:
    conversation = world.open()
    stranger = world.desk.actions.create_user({"first_name": "Bo", "reference_id": "crm-17"})
    for user_id in (stranger.id, "gone"):
        event = make_event(world, conversation, hints={"user_id": user_id})
        assert CONNECTOR.find_contact(event, world.connection, world.http) is None


def test_a_file_is_complete_at_the_second_look(world: World) -> None:
    conversation = world.open()
    world.desk.quirks.late_files = 1.0
    message_id = world.desk.send_file(conversation.external_id, DEMO_AGENT, "a.pdf", "application/pdf", b"%PDF", "Here")
    message = Message(
        external_id=message_id,
        sender=Sender(role=Role.AGENT, external_id=DEMO_AGENT, name="Ana"),
        content=(Attachment(kind=AttachmentKind.FILE, url=None, name="a.pdf"),),
        sent_at=world.time.now(),
        incomplete=True,
    )
    event = make_event(world, conversation, message=message)
    with pytest.raises(NotYet) as caught:
        CONNECTOR.complete_message(event, world.connection, world.http)
    assert caught.value.after == 0.7
    world.time.advance(1)
    whole = CONNECTOR.complete_message(event, world.connection, world.http)
    assert not whole.incomplete
    assert whole.sender.name == "Ana"
    file, caption = whole.content
    assert isinstance(file, Attachment)
    assert file.url is not None
    assert caption == Text(text="Here")


@pytest.mark.parametrize(
    ("sender", "name"),
    [
        (Sender(role=Role.AGENT, external_id=DEMO_AGENT), "Ana"),
        (Sender(role=Role.BOT, external_id=DEMO_BOT), "Freddy"),
        (Sender(role=Role.AGENT, external_id="nobody"), None),
        (Sender(role=Role.BOT, external_id="nobody"), None),
        (Sender(role=Role.AGENT), None),
    ],
)
def test_senders_have_the_name_that_customers_may_see(world: World, sender: Sender, name: str | None) -> None:
    assert CONNECTOR.describe_sender(sender, world.connection, world.http).name == name


def test_failures_become_a_private_note_of_the_configured_agent(world: World) -> None:
    conversation = world.open()
    CONNECTOR.report_failure(Failure(reason="the customer has left"), "m1", conversation, world.connection, world.http)
    note = world.seen(conversation).messages[-1]
    assert (note.message_type, note.actor_type, note.actor_id) == ("private", "agent", DEMO_AGENT)
    assert world.texts(conversation)[-1] == "Not delivered to the customer: the customer has left"


@pytest.mark.parametrize(
    ("mute", "agent", "author"),
    [(set(), "", "bot"), ({"agent"}, DEMO_AGENT, "bot"), ({"agent", "bot"}, DEMO_AGENT, "system")],
)
def test_a_note_is_written_by_whoever_may(world: World, mute: set[str], agent: str, author: str) -> None:
    conversation = world.open()
    world.desk.quirks.mute_actors = frozenset(mute)
    CONNECTOR.report_failure(
        Failure(reason="gone"), "m1", conversation, world.with_settings(agent_id=agent), world.http
    )
    assert world.seen(conversation).messages[-1].actor_type == author


def test_a_note_that_nobody_may_write_is_given_up(world: World) -> None:
    conversation = world.open()
    world.desk.quirks.mute_actors = frozenset({"agent", "bot", "system"})
    with pytest.raises(Rejected):
        CONNECTOR.report_failure(Failure(reason="gone"), "m1", conversation, world.connection, world.http)
    assert len(world.seen(conversation).messages) == 1


def test_a_changed_profile_is_shown_and_nothing_is_emptied(world: World) -> None:
    conversation = world.open()
    renamed = Contact(external_id=KEY.contact_id, name="Åsa Lind")
    CONNECTOR.update_contact(renamed, conversation, world.connection, world.http)
    [user] = world.desk.users
    assert user.name == "Åsa Lind"
    assert user.avatar == ASA.avatar_url
    before = len(world.http.sent)
    CONNECTOR.update_contact(Contact(external_id=KEY.contact_id), conversation, world.connection, world.http)
    assert len(world.http.sent) == before


# --- connecting -----------------------------------------------------------------------------------------------------


def test_good_credentials_show_the_account(world: World) -> None:
    account = CONNECTOR.check_credentials(world.connection, world.http)
    assert account.name == "demo.freshchat.com"
    assert any("webhook_public_key" in warning for warning in account.warnings)
    secrets = Secrets({**world.connection.secrets.values, "webhook_public_key": world.desk.public_key_shown})
    assert CONNECTOR.check_credentials(replace(world.connection, secrets=secrets), world.http).warnings == ()


def test_bad_credentials_say_what_to_do(world: World) -> None:
    wrong = replace(world.connection, secrets=Secrets({"api_token": "wrong"}))
    with pytest.raises(AuthorizationNeeded, match="Admin Settings"):
        CONNECTOR.check_credentials(wrong, world.http)


@pytest.mark.parametrize(
    "change",
    [
        lambda world: world.with_settings(base_url=f"https://{HOST}/elsewhere/v2"),
        lambda world: world.with_settings(channel_id="nowhere"),
        lambda world: replace(
            world.connection, secrets=Secrets({**world.connection.secrets.values, "webhook_public_key": "no key"})
        ),
    ],
    ids=["address", "channel", "key"],
)
def test_wrong_settings_are_named(world: World, change: Callable[[World], Connection]) -> None:
    with pytest.raises(Misconfigured):
        CONNECTOR.check_credentials(change(world), world.http)


@pytest.mark.parametrize(
    "url",
    [
        "https://api.freshchat.com/v2",
        "https://acme-1234-abc.freshchat.com/v2/",
        "https://acme-1234-abc.freshchat.com",
        " https://acme.myfreshworks.com/crm/v2 ",
        "http://127.0.0.1:8400/v2",
        "http://localhost:8400/v2",
        "http://[::1]:8400/v2",
    ],
)
def test_addresses_of_freshchat_are_accepted(url: str) -> None:
    assert read_base_url({"base_url": url}).endswith("/v2")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.freshchat.com/v2",
        "http://api.freshchat.com/v2",
        "https://api.freshchat.com/v2?x=1",
        "https://api.freshchat.com/v2#x",
        "https://evilfreshchat.com/v2",
        "https://freshchat.com.evil.example/v2",
        "https://api.freshchat.com@evil.example/v2",
        "https://user:pass@api.freshchat.com/v2",
        "https://api.freshchat.com:8443/v2",
        "https://127.0.0.1/v2",
        "http://10.0.0.1/v2",
        "http://127.0.0.1.evil.example/v2",
        "ftp://api.freshchat.com/v2",
        "https://[broken/v2",
        "https://api.freshchat.com:port/v2",
    ],
)
def test_the_token_is_never_sent_to_any_other_address(world: World, url: str) -> None:
    with pytest.raises(Misconfigured):
        CONNECTOR.check_credentials(world.with_settings(base_url=url), world.http)
    conversation = Conversation(external_id="c", state={"user_id": "u"})
    with pytest.raises(AuthorizationNeeded):
        CONNECTOR.deliver(world.part(), conversation, world.with_settings(base_url=url), world.http)
    assert world.http.sent == []


def test_channels_groups_and_agents_can_be_chosen_from(world: World) -> None:
    def labels(setting: str) -> list[str]:
        return [choice.label for choice in CONNECTOR.suggest_values(setting, world.connection, world.http)]

    assert labels("channel_id") == ["Messengers", "Website"]
    assert labels("assigned_group_id") == ["Support"]
    assert labels("agent_id") == ["Ana Kovač", "Ben Okafor"]
    assert labels("base_url") == []


def test_long_lists_are_read_to_their_end(world: World) -> None:
    world.desk.channels += [Channel(id=f"c{n}", number=f"{n}", name=f"Channel {n}") for n in range(230)]
    assert len(CONNECTOR.suggest_values("channel_id", world.connection, world.http)) == 232
    connection = world.with_settings(channel_id="c229")
    assert not any("channel" in warning for warning in CONNECTOR.check_credentials(connection, world.http).warnings)


def test_a_channel_that_is_switched_off_is_warned_of_and_not_offered(world: World) -> None:
    world.desk.channels.append(Channel(id="off", number="1", name="Old", enabled=False))
    assert "Old" not in [
        choice.label for choice in CONNECTOR.suggest_values("channel_id", world.connection, world.http)
    ]
    account = CONNECTOR.check_credentials(world.with_settings(channel_id="off"), world.http)
    assert any("switched off" in warning for warning in account.warnings)


def test_the_owner_is_told_where_to_paste_what(world: World) -> None:
    webhooks = {"webhook": "https://hooks.example/freshchat/abc"}
    paste, key = CONNECTOR.list_manual_steps(webhooks, world.connection)
    assert webhooks["webhook"] in paste
    assert "patchbay connect freshchat desk --secret webhook_public_key=@key.pem" in key
    secrets = Secrets({**world.connection.secrets.values, "webhook_public_key": "k"})
    assert CONNECTOR.list_manual_steps(webhooks, replace(world.connection, secrets=secrets)) == (paste,)


def test_the_channel_is_the_account(world: World) -> None:
    assert CONNECTOR.get_account_id(world.connection) == DEMO_CHANNEL


def test_times_are_cut_to_milliseconds() -> None:
    assert format_time(datetime(2026, 1, 5, 9, 0, 0, 999999, tzinfo=UTC)) == "2026-01-05T09:00:00.999Z"
