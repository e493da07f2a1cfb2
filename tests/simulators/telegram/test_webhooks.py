"""Updates go where the bot wants them: in order for each chat, and again until they are accepted or too old."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from playground.services.telegram.records import Person
from playground.simulator import WebhookAnswer
from tests.simulators.telegram.scene import BUTTONS, HOOK, SECRET, Scene


@pytest.fixture
def scene() -> Scene:
    return Scene.connected()


@pytest.fixture
def maya(scene: Scene) -> Person:
    return scene.meet()


def texts(scene: Scene) -> list[str]:
    return [update["message"]["text"] for update in scene.settle() if "message" in update]


def statuses(scene: Scene) -> list[int]:
    return [call.status for call in scene.telegram.calls if call.direction == "webhook"]


def times(scene: Scene) -> list[float]:
    """When updates were sent, in seconds since the first."""
    sent = [call.at for call in scene.telegram.calls if call.direction == "webhook"]
    return [(at - sent[0]).total_seconds() for at in sent]


# --- where they go ---------------------------------------------------------------------------------------------------


def test_setting_a_webhook_says_what_was_done_and_sends_nothing() -> None:
    scene = Scene()
    assert scene.call("setWebhook", url=HOOK)["description"] == "Webhook was set"
    assert scene.call("setWebhook", url=HOOK)["description"] == "Webhook is already set"
    assert scene.call("deleteWebhook")["description"] == "Webhook was deleted"
    assert scene.call("deleteWebhook")["description"] == "Webhook is already deleted"
    assert scene.call("setWebhook", url=HOOK)["result"] is True
    assert scene.settle() == []


def test_the_secret_is_in_the_header_of_every_update(scene: Scene, maya: Person) -> None:
    assert scene.headers[-1]["X-Telegram-Bot-Api-Secret-Token"] == SECRET
    scene.ok("setWebhook", url=HOOK)
    scene.telegram.write(maya.id, "x")
    scene.settle()
    assert "X-Telegram-Bot-Api-Secret-Token" not in scene.headers[-1]


@pytest.mark.parametrize(
    ("url", "refusal"),
    [
        ("http://bridge.test/hook", "bad webhook: An HTTPS URL must be provided for webhook"),
        ("https://bridge.test:8080/hook", "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443"),
        ("https://bridge.test:x/hook", "invalid webhook URL specified"),
        ("bridge.test", "bad webhook: An HTTPS URL must be provided for webhook"),
    ],
)
def test_addresses_that_telegram_does_not_call(url: str, refusal: str) -> None:
    assert Scene().refused("setWebhook", url=url) == f"400 {refusal}"


def test_on_this_machine_any_port_will_do() -> None:
    scene = Scene()
    scene.ok("setWebhook", url="http://127.0.0.1:4566/hook")
    scene.ok("setWebhook", url="https://bridge.test:8443/hook")


def test_secrets_that_telegram_does_not_keep() -> None:
    scene = Scene()
    assert scene.refused("setWebhook", url=HOOK, secret_token="a b").endswith("contains unallowed characters")
    assert scene.refused("setWebhook", url=HOOK, secret_token="ä").endswith("contains unallowed characters")
    assert scene.refused("setWebhook", url=HOOK, secret_token="x" * 257).endswith("secret token is too long")


def test_only_what_was_asked_for_comes() -> None:
    scene = Scene.connected(["message"])
    maya = scene.meet()
    written = scene.telegram.write(maya.id, "one")
    scene.telegram.edit(maya.id, written.id, "two")
    scene.telegram.react(maya.id, written.id, "👍")
    scene.telegram.block(maya.id)
    assert [key for update in scene.settle() for key in update] == ["update_id", "message"]
    assert scene.ok("getWebhookInfo")["allowed_updates"] == ["message"]
    scene.ok("setWebhook", url=HOOK, allowed_updates=[])
    assert "allowed_updates" not in scene.ok("getWebhookInfo"), "that is the usual choice"
    assert scene.refused("setWebhook", url=HOOK, allowed_updates=["typing"]).endswith("'typing'")


def test_a_message_that_the_bot_does_not_ask_for_shows_as_lost_on_the_phone() -> None:
    scene = Scene.connected(["callback_query"])
    maya = scene.meet()
    assert scene.phone(maya)[-1]["status"] == "failed"


# --- order and repetition --------------------------------------------------------------------------------------------


def test_updates_are_numbered_in_order(scene: Scene, maya: Person) -> None:
    tomas = list(scene.telegram.people.values())[1]
    for person in (maya, tomas, maya):
        scene.telegram.write(person.id, "x")
    numbers = [update["update_id"] for update in scene.settle()]
    assert numbers == list(range(numbers[0], numbers[0] + 3))


def test_a_chat_waits_for_its_first_update_and_others_do_not(scene: Scene, maya: Person) -> None:
    tomas = list(scene.telegram.people.values())[1]
    scene.answers += [500, 200, 500]
    scene.telegram.write(maya.id, "first")
    scene.telegram.write(tomas.id, "meanwhile")
    scene.telegram.write(maya.id, "second")
    assert texts(scene) == ["meanwhile", "first", "second"]


def test_taps_and_reactions_do_not_wait_for_messages(scene: Scene, maya: Person) -> None:
    asked = scene.ok("sendMessage", chat_id=maya.id, text="?", reply_markup=BUTTONS)
    scene.answers += [500]
    scene.telegram.write(maya.id, "slow")
    scene.telegram.tap(maya.id, asked["message_id"], 0)
    scene.telegram.react(maya.id, asked["message_id"], "👍")
    assert [list(update)[1] for update in scene.settle()] == ["callback_query", "message_reaction", "message"]


def test_a_failed_update_comes_again_at_once_and_then_ever_later(scene: Scene, maya: Person) -> None:
    scene.telegram.calls.clear()
    scene.answers += [500, 503, 0, 429, 500, 500, 500, 500, 500]
    scene.telegram.write(maya.id, "please")
    assert texts(scene) == ["please"]
    assert statuses(scene)[-1] == 200
    waits = [later - sooner for sooner, later in zip(times(scene), times(scene)[1:], strict=False)]
    assert waits[:6] == [0, 2, 4, 8, 16, 32]
    assert all(60 <= wait <= 120 for wait in waits[6:])


def test_a_retry_after_is_respected(scene: Scene, maya: Person) -> None:
    scene.telegram.calls.clear()
    scene.answers += [WebhookAnswer(503, headers={"Retry-After": "17"})]
    scene.telegram.write(maya.id, "later")
    scene.settle()
    assert times(scene) == [0, 17]


def test_an_update_is_dropped_after_a_day_and_the_next_one_follows(scene: Scene, maya: Person) -> None:
    scene.telegram.switches.webhook_duplicates = True
    scene.telegram.write(maya.id, "never")
    scene.telegram.switches.webhook_duplicates = False
    scene.answers += [500] * 100_000
    scene.time.advance(86_000)
    scene.telegram.write(maya.id, "next")
    scene.time.advance(500)
    scene.answers.clear()
    assert texts(scene) == ["next"]


def test_a_tap_is_dropped_after_150_seconds(scene: Scene, maya: Person) -> None:
    asked = scene.ok("sendMessage", chat_id=maya.id, text="?", reply_markup=BUTTONS)
    scene.answers += [500] * 8
    scene.telegram.tap(maya.id, asked["message_id"], 0)
    assert scene.settle() == []
    assert scene.ok("getWebhookInfo")["pending_update_count"] == 0


def test_what_waits_is_counted_with_the_last_error(scene: Scene, maya: Person) -> None:
    assert "last_error_date" not in scene.ok("getWebhookInfo")
    scene.answers += [502, 502, 502]
    scene.telegram.write(maya.id, "one")
    scene.telegram.write(maya.id, "two")
    scene.time.advance(3)
    info = scene.ok("getWebhookInfo")
    assert info["pending_update_count"] == 2
    assert info["last_error_message"] == "Wrong response from the webhook: 502 Bad Gateway"
    assert info["last_error_date"] == int(scene.time.now().timestamp()) - 1
    scene.settle()
    assert scene.ok("getWebhookInfo")["pending_update_count"] == 0
    assert scene.ok("getWebhookInfo")["last_error_message"], "an old error stays"


def test_nobody_answering_is_an_error_too(scene: Scene, maya: Person) -> None:
    scene.answers += [0]
    scene.telegram.write(maya.id, "one")
    scene.settle()
    assert scene.ok("getWebhookInfo")["last_error_message"] == "Connection timed out"


def test_without_a_webhook_updates_wait_for_one(scene: Scene, maya: Person) -> None:
    scene.ok("deleteWebhook")
    scene.telegram.write(maya.id, "anybody?")
    assert scene.settle() == []
    assert scene.ok("getWebhookInfo")["pending_update_count"] == 1
    scene.ok("setWebhook", url=HOOK)
    assert texts(scene) == ["anybody?"]


def test_what_has_waited_for_a_day_is_not_sent(scene: Scene, maya: Person) -> None:
    scene.ok("deleteWebhook")
    scene.telegram.write(maya.id, "anybody?")
    scene.time.advance(24 * 3600)
    scene.telegram.write(maya.id, "hello?")
    assert scene.ok("getWebhookInfo")["pending_update_count"] == 1
    scene.ok("setWebhook", url=HOOK)
    assert texts(scene) == ["hello?"]


def test_what_waits_can_be_dropped(scene: Scene, maya: Person) -> None:
    scene.ok("deleteWebhook")
    scene.telegram.write(maya.id, "anybody?")
    scene.ok("setWebhook", url=HOOK, drop_pending_updates=True)
    scene.telegram.write(maya.id, "again")
    assert texts(scene) == ["again"]


def test_a_new_webhook_gets_at_once_what_the_old_one_refused(scene: Scene, maya: Person) -> None:
    scene.answers += [500] * 7
    scene.telegram.write(maya.id, "wait")
    scene.time.advance(70)
    scene.answers.clear()
    before = scene.time.now()
    scene.ok("setWebhook", url=HOOK, secret_token="another")
    scene.time.run_due()
    assert scene.time.now() == before
    assert [update["message"]["text"] for update in scene.updates] == ["wait"]
    assert len(scene.settle()) == 1, "the attempt that was planned before is not made"


def test_a_webhook_that_is_gone_for_a_day_is_removed(scene: Scene, maya: Person) -> None:
    scene.answers += [410] * 100_000
    scene.telegram.write(maya.id, "gone?")
    scene.time.advance(22 * 3600)
    assert scene.ok("getWebhookInfo")["url"] == HOOK
    scene.telegram.write(maya.id, "still?")
    scene.time.advance(2 * 3600)
    assert scene.ok("getWebhookInfo")["url"] == ""


# --- misbehaving -----------------------------------------------------------------------------------------------------


def test_a_doubled_update_is_the_same_one(scene: Scene, maya: Person) -> None:
    scene.telegram.switches.webhook_duplicates = True
    scene.telegram.write(maya.id, "twice")
    first, second = scene.settle()
    assert first == second


def test_updates_may_be_late_or_out_of_order(scene: Scene, maya: Person) -> None:
    scene.telegram.switches.webhook_delay = 3.0
    scene.telegram.switches.webhook_reorder = True
    start = scene.time.now()
    for number in range(8):
        scene.telegram.write(maya.id, str(number))
    came = texts(scene)
    assert sorted(came) == [str(number) for number in range(8)]
    assert came != sorted(came)
    assert scene.time.now() - start >= timedelta(seconds=3)


def test_an_update_of_an_unknown_kind(scene: Scene, maya: Person) -> None:
    scene.telegram.send_unknown_update("wall_post")
    scene.answers += [WebhookAnswer(202)]
    scene.settle()
    assert statuses(scene)[-1] == 202


# --- calls in answers ------------------------------------------------------------------------------------------------


def test_an_answer_may_be_a_call(scene: Scene, maya: Person) -> None:
    call = {"method": "sendMessage", "chat_id": maya.id, "text": "at once"}
    scene.answers += [WebhookAnswer(200, json.dumps(call).encode())]
    scene.telegram.write(maya.id, "hello")
    scene.settle()
    assert scene.last(maya).text == "at once"
    assert scene.telegram.calls[-1].note == "in the answer to a webhook"


@pytest.mark.parametrize("body", [b"{", b"[]", b"ok", b'{"method": "deleteWebhook"}', b'{"method": "getMe"}'])
def test_other_answers_are_no_calls(scene: Scene, maya: Person, body: bytes) -> None:
    scene.answers += [WebhookAnswer(200, body)]
    scene.telegram.write(maya.id, "hello")
    scene.settle()
    assert scene.ok("getWebhookInfo")["url"] == HOOK
    assert scene.last(maya).text == "hello"


def test_a_call_that_fails_is_seen_in_the_trace_only(scene: Scene, maya: Person) -> None:
    for call in ({"method": "sendMessage", "chat_id": 1, "text": "x"}, {"method": "flyAway"}):
        scene.answers += [WebhookAnswer(200, json.dumps(call).encode())]
        scene.telegram.write(maya.id, "hello")
        scene.settle()
    notes = [call.note for call in scene.telegram.calls if call.direction == "api"]
    assert notes[-2:] == ["Bad Request: chat not found", "Not Found: method not found"]
