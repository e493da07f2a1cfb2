"""A simulated Telegram and, in place of our side, a bot that believes only what python-telegram-bot reads."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

import telegram
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from playground.page_arguments import ChosenFile
from playground.services.telegram import DEMO_TOKEN, Telegram
from playground.services.telegram.records import Chat, Message, Person
from playground.simulator import WebhookAnswer
from tests.harness.virtual_time import VirtualTime

HOOK = "https://bridge.test/telegram/hook"
SECRET = "tg_hook-secret_01"
ALL_KINDS = ["message", "edited_message", "callback_query", "my_chat_member", "message_reaction"]
PHOTO = ChosenFile(name="car.jpg", content_type="image/jpeg", data=b"jpeg", caption="my car")
BUTTONS = {"inline_keyboard": [[{"text": "10:30", "callback_data": "slot-1030"}]]}


@dataclass
class Scene:
    """`answers` are the statuses of the next answers to updates, or whole answers; then 200."""

    answers: list[int | WebhookAnswer] = field(default_factory=list)
    updates: list[dict[str, Any]] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.time = VirtualTime()
        self.telegram = Telegram(self.time, self.take, Random(7))
        self.client = self.telegram.app.test_client()

    @classmethod
    def connected(cls, kinds: list[str] | None = None) -> Scene:
        scene = cls()
        scene.ok("setWebhook", url=HOOK, secret_token=SECRET, allowed_updates=kinds or ALL_KINDS)
        return scene

    def meet(self) -> Person:
        """A customer who has pressed Start."""
        person = next(iter(self.telegram.people.values()))
        self.telegram.start(person.id)
        self.settle()
        return person

    def take(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        assert (method, url) == ("POST", HOOK)
        self.headers.append(headers)
        update = json.loads(body)
        if self.answers:
            answer = self.answers.pop(0)
            if not isinstance(answer, WebhookAnswer):
                answer = WebhookAnswer(answer)
            if answer.status != 200:
                return answer
        else:
            answer = WebhookAnswer(200)
        read = telegram.Update.de_json(update, None)
        assert [*find_unknown(read), *find_lost(read.to_dict(), update)] == []
        self.updates.append(update)
        return answer

    def settle(self) -> list[dict[str, Any]]:
        """Lets everything happen, and returns the updates that came."""
        self.time.settle()
        came, self.updates = self.updates, []
        return came

    # --- the API -----------------------------------------------------------------------------------------------------

    def call(self, method: str, token: str = DEMO_TOKEN, **values: Any) -> dict[str, Any]:
        answer = self.client.post(f"/bot{token}/{method}", json=values)
        return self._read(answer)

    def upload(self, method: str, files: Mapping[str, tuple[bytes, str, str]], **values: Any) -> dict[str, Any]:
        """Files by field: content, name and type."""
        form: dict[str, Any] = {
            key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()
        }
        for key, (data, name, kind) in files.items():
            form[key] = FileStorage(io.BytesIO(data), filename=name, content_type=kind)
        boundary, body = encode_multipart(form)
        answer = self.client.post(
            f"/bot{DEMO_TOKEN}/{method}", data=body, content_type=f"multipart/form-data; boundary={boundary}"
        )
        return self._read(answer)

    def _read(self, answer: Any) -> dict[str, Any]:
        read: dict[str, Any] = answer.json
        assert read["ok"] == (answer.status_code == 200)
        if not read["ok"]:
            assert read["error_code"] == answer.status_code
        return read

    def ok(self, method: str, **values: Any) -> Any:
        """The result of a call that must succeed. Messages are what the library knows."""
        answer = self.call(method, **values)
        assert answer["ok"], answer
        result = answer["result"]
        for each in result if isinstance(result, list) else [result]:
            if isinstance(each, dict) and "message_id" in each:
                check_message(each)
        return result

    def refused(self, method: str, **values: Any) -> str:
        """What a call is refused with."""
        answer = self.call(method, **values)
        assert not answer["ok"], answer
        return f"{answer['error_code']} {answer['description'].partition(': ')[2]}"

    # --- the phone ---------------------------------------------------------------------------------------------------

    def chat(self, person: Person) -> Chat:
        return self.telegram.chats[person.id]

    def last(self, person: Person) -> Message:
        return self.chat(person).messages[-1]

    def phone(self, person: Person) -> list[dict[str, Any]]:
        """The lines on a person's phone, as the page shows them."""
        view = json.loads(json.dumps(self.telegram.view()))
        lines: list[dict[str, Any]] = next(each for each in view["people"] if each["id"] == str(person.id))["messages"]
        return lines


def check_message(message: dict[str, Any]) -> None:
    read = telegram.Message.de_json(message, None)
    assert [*find_unknown(read), *find_lost(read.to_dict(), message)] == []


def find_unknown(value: Any) -> Iterator[str]:
    """The fields that the library has no name for, at any depth."""
    if isinstance(value, telegram.TelegramObject):
        yield from value.api_kwargs
        for name in value.__slots__:
            if not name.startswith("_"):
                yield from find_unknown(getattr(value, name, None))
    elif isinstance(value, list | tuple):
        for each in value:
            yield from find_unknown(each)


def find_lost(read: Any, given: Any, path: str = "") -> Iterator[str]:
    """Where what the library read is not what was given. What is empty or False is the same as nothing."""
    if isinstance(read, dict) and isinstance(given, dict):
        for name in read.keys() | given.keys():
            if given.get(name) or read.get(name):
                yield from find_lost(read.get(name), given.get(name), f"{path}.{name}")
    elif isinstance(read, list | tuple) and isinstance(given, list) and len(read) == len(given):
        for index, (one, other) in enumerate(zip(read, given, strict=True)):
            yield from find_lost(one, other, f"{path}[{index}]")
    elif read != given:
        yield path
