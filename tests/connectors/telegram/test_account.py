"""Connecting a bot, and its token, which stands in every address of Telegram's and in nothing of ours."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from patchbay.domain.accounts import Secrets
from patchbay.domain.errors import AuthorizationNeeded, Misconfigured
from patchbay.domain.events import MessageReceived, encode
from patchbay.domain.model import Attachment
from patchbay.messengers.telegram import CONNECTOR, spec
from playground.page_arguments import ChosenFile
from tests.harness.telegram import HOOK, SECRET, TelegramHarness

PDF = ChosenFile(name="Rechnung März.pdf", content_type="application/pdf", data=b"%PDF-1.7 words")


@pytest.fixture
def harness() -> TelegramHarness:
    return TelegramHarness.connected()


# --- the token and the webhook ---------------------------------------------------------------------------------------


def test_the_token_is_proved_and_the_bot_is_named() -> None:
    harness = TelegramHarness()
    account = CONNECTOR.check_credentials(harness.connection, harness.http)
    assert account.external_id == harness.token.partition(":")[0]
    assert account.name == "Patchbay Demo (@patchbay_demo_bot)"
    assert (account.warnings, account.notes) == ((), ())
    assert harness.calls() == ["getMe", "getWebhookInfo"]


@pytest.mark.parametrize("token", ["1:wrong", "no token at all", "7351904826:AAHk3vPq9LxW2sD8fTgYbNcRmZeUj4oKi5Z/../x"])
def test_a_wrong_token_is_the_owners_business_and_is_not_shown(token: str) -> None:
    harness = TelegramHarness(token=token)
    with pytest.raises(AuthorizationNeeded) as caught:
        CONNECTOR.check_credentials(harness.connection, harness.http)
    assert token not in str(caught.value)


def test_what_is_missing_or_wrong_is_named() -> None:
    harness = TelegramHarness()
    without = replace(harness.connection, secrets=Secrets({"webhook_secret": SECRET}))
    for connection, name in ((without, "bot_token"), (replace(without, settings={"base_url": "http://x"}), "base_url")):
        with pytest.raises(Misconfigured, match=name):
            CONNECTOR.check_credentials(connection, harness.http)
    odd = TelegramHarness(settings={"groups": "perhaps"})
    with pytest.raises(Misconfigured, match="groups"):
        CONNECTOR.check_credentials(odd.connection, odd.http)


def test_the_webhook_is_set_with_a_secret_and_for_what_is_read(harness: TelegramHarness) -> None:
    webhook = harness.telegram.bot.webhook
    assert (webhook.url, webhook.secret_token, webhook.allowed_updates) == (HOOK, SECRET, frozenset(spec.UPDATES))
    assert CONNECTOR.get_registered_url(harness.connection, harness.http) == HOOK
    CONNECTOR.unregister_webhooks(harness.connection, harness.http)
    assert CONNECTOR.get_registered_url(harness.connection, harness.http) == ""
    CONNECTOR.unregister_webhooks(harness.connection, harness.http)


def test_an_address_or_a_secret_that_telegram_does_not_take_is_explained() -> None:
    harness = TelegramHarness()
    with pytest.raises(Misconfigured, match="port 443, 80, 88 or 8443"):
        CONNECTOR.register_webhooks({"webhook": "http://bridge.test/x"}, harness.connection, harness.http)
    odd = replace(harness.connection, secrets=Secrets({"bot_token": harness.token, "webhook_secret": "a b"}))
    with pytest.raises(Misconfigured, match="webhook_secret"):
        CONNECTOR.register_webhooks({"webhook": HOOK}, odd, harness.http)


def test_the_doctor_learns_what_waits_and_what_went_wrong(harness: TelegramHarness) -> None:
    webhook = harness.telegram.bot.webhook
    webhook.url = "https://elsewhere.test/hook"
    webhook.last_error_at, webhook.last_error = harness.time.now(), "Wrong response from the webhook: 401 Unauthorized"
    harness.telegram.post = lambda *_: pytest.fail("nothing is called")
    for number in range(12):
        harness.telegram.webhooks.send(harness.telegram.bot, "message", {}, f"queue-{number}", timedelta(days=1))
    account = CONNECTOR.check_credentials(harness.connection, harness.http)
    assert account.warnings == (
        "the bot's webhook is set to elsewhere.test: connecting the bot here disconnects it there",
        "12 updates are waiting at Telegram, which gets no answer or slow ones",
        "Telegram's last call of the webhook failed at 2026-01-05 09:00 UTC: "
        "Wrong response from the webhook: 401 Unauthorized",
    )
    assert account.notes == ("12 updates are waiting at Telegram",)


def test_a_bot_that_sees_little_in_groups_is_worth_a_word() -> None:
    harness = TelegramHarness.connected(groups="yes")
    [warning] = CONNECTOR.check_credentials(harness.connection, harness.http).warnings
    assert "/setprivacy" in warning


# --- what is answered at once ----------------------------------------------------------------------------------------


def test_a_welcome_is_shown_when_start_is_pressed_and_at_no_other_time() -> None:
    harness = TelegramHarness.connected(welcome_message="Hello & welcome")
    person = next(iter(harness.telegram.people.values()))
    harness.telegram.start(person.id, "booking-1")
    harness.telegram.write(person.id, "Hi")
    harness.settle()
    shown = [line["text"] for line in harness.lines(person) if line["author"] == "agent"]
    assert shown == ["Hello & welcome"]


def test_a_pressed_button_that_is_not_known_any_more_says_so(harness: TelegramHarness) -> None:
    person = harness.meet()
    chat = harness.telegram.chat_of(person.id)
    body = {"id": "99", "from": {"id": person.id, "first_name": "Maya"}, "data": "x", "chat_instance": "1"}
    hidden = {"message_id": 1, "date": 0, "chat": {"id": chat.id, "type": "private"}}
    query = {**body, "message": hidden}
    harness.telegram.webhooks.send(harness.telegram.bot, "callback_query", query, "q", timedelta(seconds=150))
    harness.settle()
    [call] = harness.answers
    assert (call["method"], call["callback_query_id"]) == ("answerCallbackQuery", "99")
    assert "does not work any more" in call["text"]
    assert len(harness.ignored()) == 1


# --- files and the token ---------------------------------------------------------------------------------------------


def test_a_file_is_fetched_with_the_token_and_kept_without_it(harness: TelegramHarness) -> None:
    person = harness.meet()
    harness.telegram.send_file(person.id, PDF)
    harness.settle()
    [event] = harness.messages()
    [item] = event.message.content
    assert isinstance(item, Attachment)
    assert item.url
    assert item.url.startswith(f"{harness.telegram.base_url}/file/documents/")
    assert harness.token not in encode(event)
    request = CONNECTOR.make_download_request(item, harness.connection)
    assert harness.token in request.url
    assert harness.http.send(request).body == PDF.data
    assert harness.token not in repr(request)


@pytest.mark.parametrize("url", ["https://elsewhere.test/file/a.pdf", "http://telegram.simulator.test/file/a.pdf", ""])
def test_no_other_server_gets_the_token(harness: TelegramHarness, url: str) -> None:
    item = Attachment(kind=next(iter(spec.CAPABILITIES.attachments)), url=url, protected=True)
    for connection in (harness.connection, replace(harness.connection, settings={"base_url": "nonsense"})):
        assert harness.token not in CONNECTOR.make_download_request(item, connection).url


def test_a_file_that_telegram_has_no_more_is_missing_and_the_message_goes_on(harness: TelegramHarness) -> None:
    person = harness.meet()
    harness.telegram.send_file(person.id, PDF)
    harness.settle()
    harness.telegram.files.clear()
    [event] = [each for each in harness.events if isinstance(each, MessageReceived)]
    message = CONNECTOR.complete_message(event, harness.connection, harness.http)
    [item] = message.content
    assert isinstance(item, Attachment)
    assert (item.url, message.incomplete) == (None, False)
