"""Whatever a stranger does, nobody is woken by it, unless a ceiling is reached: that alarm is about strangers."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from unittest.mock import patch
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from botocore.client import BaseClient

from chat.aws.chats import DynamoStore
from chat.webhooks import SIGNATURE
from patchbay.aws.handlers.http_api import HttpApiResponse
from patchbay.domain.errors import AuthorizationNeeded, Conflict, Transient
from tests.aws.doors import Doors, open_doors
from tests.connectors.services import SERVICES, samples
from tests.harness.alarms import Alarm, Measurements
from tests.harness.moto_transport import observing
from tests.harness.virtual_time import VirtualTime
from tests.template.test_alarms import ALARMS, is_evaluated

CHAT = "6513270e-269e-4d37-b2a7-4de452e6b438"
MESSAGE = "d23f0824-128b-4f33-8c5c-7fd0a6a3a450"
MADE_UP = "x" * 43
ODD = ("", "a", "x" * 5000, "\U0001f600" * 255, "%FF%FE", "\ufffe", "../..", "<script>", "null", "\x00", "é" * 600)
TIMES = 12  #: more than `RejectedSignatures` takes to go off

type Answers = Iterator[HttpApiResponse]


@pytest.fixture
def doors(tmp_path: Path) -> Iterator[Doors]:
    with open_doors(tmp_path) as doors:
        yield doors


# --- what strangers do -----------------------------------------------------------------------------------------------


def make_up_tokens(doors: Doors) -> Answers:
    """Real webhooks, well signed even, to addresses that nobody has."""
    for service in SERVICES:
        for sample in samples(service):
            event = json.loads(sample.path.read_text(encoding="utf-8"))
            event["pathParameters"]["webhook_token"] = MADE_UP
            yield doors.handlers[service](event, None)


def make_up_odd_tokens(doors: Doors) -> Answers:
    for service in SERVICES:
        for webhook_token in ODD:
            yield doors.knock(service, "POST", path={"webhook_token": quote(webhook_token)}, body={})


def send_too_much(doors: Doors) -> Answers:
    for service in SERVICES:
        yield doors.knock(service, "POST", path={"webhook_token": MADE_UP}, body="x" * (1024 * 1024 + 1))


def sign_notes_badly(doors: Doors) -> Answers:
    """The web chat's token stands in every page that shows it."""
    for signature in ("sha256=" + "0" * 64, "", "nonsense"):
        yield doors.chat("POST", "", {"kind": "left"}, **{SIGNATURE: signature})


def guess_the_bridges_key(doors: Doors) -> Answers:
    for path in ("bridge/about", f"bridge/chats/{CHAT}/messages"):
        yield doors.chat("GET", path, authorization="Bearer guessed")


def call_nonsense(doors: Doors) -> Answers:
    for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"):
        for path in ("", "api", "api/none", "api/chats", f"api/chats/{CHAT}", "static/none", "../../etc/passwd"):
            yield doors.chat(method, path, None if method == "GET" else {"id": 7}, authorization="Bearer " + "y" * 43)
    for body in ("{", "[]", "null", '{"language": "\ud83d"}', "7" * 9000, "{" * 9000):
        yield doors.chat("POST", "api/visitors", body)


def write_nonsense(doors: Doors) -> Answers:
    """As a visitor, who is a stranger with a token."""
    visitor = json.loads(doors.chat("POST", "api/visitors", {})["body"])
    mine = {"authorization": f"Bearer {visitor['token']}"}
    yield doors.chat("POST", "api/chats", {"id": CHAT[:-1] + "1", "name": "\ud800 \ufffe \x00"}, **mine)
    yield doors.chat("POST", "api/chats", {"id": CHAT, "name": "Ann"}, **mine)
    below = f"api/chats/{CHAT}"
    for odd in ODD:
        yield doors.chat("POST", f"{below}/messages", {"id": MESSAGE, "text": odd}, **mine)
        yield doors.chat("POST", f"{below}/messages", {"id": MESSAGE[:-1] + "1", "upload": odd[:64]}, **mine)
        yield doors.chat("POST", f"{below}/uploads", {"name": odd or "a", "size": 5, "type": "image/png"}, **mine)
        yield doors.chat("POST", f"{below}/read", {"up_to": odd[:64]}, **mine)
        yield doors.chat("GET", f"{below}/messages?after={quote(odd)}", **mine)
        yield doors.chat("GET", f"{below}/messages?before=p{quote(odd)}", **mine)
    yield doors.chat("POST", f"{below}/uploads", {"name": "a", "size": 10**30, "type": "image/png"}, **mine)
    yield doors.chat("DELETE", "api/visitors/me", **mine)
    yield doors.chat("DELETE", "api/visitors/me", **mine)


def make_many_visitors(doors: Doors) -> Answers:
    for _ in range(60):
        yield doors.chat("POST", "api/visitors", {})


def ask_for_files(doors: Doors) -> Answers:
    for name in ODD:
        yield doors.file("u" * 43, quote(name))
        yield doors.file(quote(name), "a.png")
    for _ in range(70):
        yield doors.file()


def spoil_consents(doors: Doors) -> Answers:
    for step in ("start", "callback"):
        for odd in ODD:
            yield doors.consent(step, f"state={quote(odd)}&code={quote(odd)}")
            yield doors.consent(step, f"error={quote(odd)}", source="192.0.2.2")
            yield doors.consent(step, app=quote(odd), source="192.0.2.3")
    for error in ("server_error", "invalid_scope", "access_denied", "temporarily_unavailable"):
        yield doors.consent("callback", f"error={error}", source="192.0.2.4")


def redeem_made_up_codes(doors: Doors) -> Answers:
    """In a browser that began: the service is asked, refuses, and in the end refuses us for a while."""
    for number, code in enumerate(("wrong", "%FF", "x" * 4000, "%00", "é", "wrong")):
        failure = Transient("it answers HTTP 429") if number == 5 else None
        doors.club.redeem_failure = failure or AuthorizationNeeded("the code is refused")
        begun = doors.consent("start", source=f"198.51.100.{number}")
        state = parse_qs(urlsplit(begun["headers"]["location"]).query)["state"][0]
        cookie = begun["cookies"][0].partition(";")[0]
        yield doors.consent("callback", f"code={code}&state={state}", cookie=cookie, source=f"198.51.100.{number}")


DEEDS: dict[str, Callable[[Doors], Answers]] = {
    deed.__name__.replace("_", " "): deed
    for deed in (
        make_up_tokens,
        make_up_odd_tokens,
        send_too_much,
        sign_notes_badly,
        guess_the_bridges_key,
        call_nonsense,
        write_nonsense,
        make_many_visitors,
        ask_for_files,
        spoil_consents,
        redeem_made_up_codes,
    )
}


@pytest.mark.parametrize("deed", DEEDS)
def test_no_stranger_rings_an_alarm(doors: Doors, deed: str) -> None:
    """Neither one of ours by what is counted, nor AWS's own by a function or an answer that fails."""
    now, measured = VirtualTime().now(), Measurements()
    with measured.hearing(now):
        statuses = [answer["statusCode"] for _ in range(TIMES) for answer in DEEDS[deed](doors)]
    assert statuses, deed
    assert max(statuses) < 500, "each of these is an alarm within two minutes: ApiErrors"
    assert ringing(measured, now) == set()
    assert doors.queued() == (1 if deed == "write nonsense" else 0)


def ringing(measured: Measurements, since: datetime) -> set[str]:
    """The alarms that what was measured sets off within the half hour."""
    alarms = [Alarm(name, definition) for name, definition in ALARMS.items() if is_evaluated(definition)]
    silent = {"MonitorSilent"}  # nothing measures here that the monitor does
    for minute in range(30):
        for alarm in alarms:
            alarm.evaluate(measured, since + timedelta(minutes=minute))
    return {alarm.name for alarm in alarms if alarm.changes} - silent


def test_who_knows_an_address_and_not_the_key_does_ring_one(doors: Doors) -> None:
    """That is what the alarm is for: such an address is a secret of the service's."""
    now, measured = VirtualTime().now(), Measurements()
    with measured.hearing(now):
        statuses = [
            doors.knock("viber", "POST", path={"webhook_token": doors.webhook_tokens["viber"]}, body={})["statusCode"]
            for _ in range(TIMES)
        ]
    assert set(statuses) == {401}
    assert ringing(measured, now) == {"RejectedSignatures"}


def test_a_storm_in_ones_own_chat_is_no_failure_of_ours(doors: Doors) -> None:
    """Whoever writes everywhere at once loses each race, and is asked to wait."""
    visitor = json.loads(doors.chat("POST", "api/visitors", {})["body"])
    mine = {"authorization": f"Bearer {visitor['token']}"}
    doors.chat("POST", "api/chats", {"id": CHAT, "name": "Ann"}, **mine)
    with patch.object(DynamoStore, "save", side_effect=Conflict("another writer was faster")):
        answer = doors.chat("POST", f"api/chats/{CHAT}/messages", {"id": MESSAGE, "text": "x"}, **mine)
    assert (answer["statusCode"], answer["headers"]["retry-after"]) == (429, "1")


# --- what consents cost ----------------------------------------------------------------------------------------------


@contextmanager
def counting() -> Iterator[Counter[str]]:
    """The calls of AWS meanwhile, by their names."""
    calls: Counter[str] = Counter()
    make = BaseClient._make_api_call  # type: ignore[attr-defined]

    def note(client: BaseClient, name: str, parameters: object) -> object:
        calls[name] += 1
        return make(client, name, parameters)

    with (
        patch.object(BaseClient, "_make_api_call", note),
        observing(lambda operation, _: calls.update([operation])),
    ):
        yield calls


@pytest.mark.parametrize("service", ["viber", "freshchat", "unblu", "uchat", "giosg"])
def test_badly_signed_webhooks_cost_a_small_read_a_second_and_hardly_a_secret(doors: Doors, service: str) -> None:
    """However many come: of whoever knows an address and not the key."""
    began = monotonic()
    with counting() as calls:
        for _ in range(200):
            doors.knock(service, "POST", path={"webhook_token": doors.webhook_tokens[service]}, body={"made": "up"})
    seconds = monotonic() - began
    assert calls["GetItem"] <= seconds + 5  # the first of a cold container finds the address and the connection
    assert calls["GetSecretValue"] <= seconds / 30 + 2
    assert set(calls) == {"GetItem", "GetSecretValue"}


def test_a_thousand_consents_that_are_begun_from_one_address_cost_thirty(doors: Doors) -> None:
    with counting() as calls:
        statuses = [doors.consent("start")["statusCode"] for _ in range(1000)]
    assert (statuses.count(302), statuses.count(429)) == (30, 970)
    assert calls == {"GetItem": 1, "GetSecretValue": 1, "PutItem": 30}


def test_a_thousand_consents_that_are_begun_from_a_thousand_cost_a_write_each_and_one_secret(doors: Doors) -> None:
    """The API's throttle lets five a second through: 432,000 a day, for a quarter of a dollar."""
    with counting() as calls:
        for number in range(1000):
            answer = doors.consent("start", source=f"198.51.{number // 250}.{number % 250}")
            assert answer["statusCode"] == 302
    assert calls == {"GetItem": 1, "GetSecretValue": 1, "PutItem": 1000}


def test_apps_that_are_not_there_are_looked_for_once_in_a_while(doors: Doors) -> None:
    with counting() as calls:
        for number in range(200):
            doors.consent("start", app="nobody", source=f"198.51.100.{number}")
    assert calls == {"GetItem": 1}
