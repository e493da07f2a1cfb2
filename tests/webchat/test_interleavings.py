"""Two tabs of one visitor, and the dispatcher, write to one chat in any order: nothing is lost or doubled."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from chat.model import Chat, Entry
from playground.services.webchat.memory import MemoryStore
from tests.harness.fakes.chats import Answer, Browser, Json, WebChat, write_static
from tests.harness.virtual_time import VirtualTime

STATIC = write_static(Path(tempfile.mkdtemp(prefix="webchat-")))
ACTIONS = [
    "post",
    "repeat",
    "edit",
    "reply",
    "repeat reply",
    "state",
    "typing",
    "read",
    "poll",
    "poll two",
    "tell nothing",
]
SCRIPTS = st.lists(st.sampled_from(ACTIONS), max_size=14)
#: What happens between a read of the chat and the write that follows it, and right after it, one script for each.
BETWEEN = st.lists(st.lists(st.sampled_from(ACTIONS), max_size=2), max_size=10)


class BusyStore(MemoryStore):
    """Before a chat is written somebody else may be faster, and after it somebody else may go on."""

    def __init__(self, time: VirtualTime) -> None:
        super().__init__(time)
        self.others: list[Sequence[str]] = []
        self.act: Callable[[str], None] = lambda _: None

    def save(
        self, chat: Chat, *, new: Entry | None = None, changed: Entry | None = None, gone: Entry | None = None
    ) -> Chat:
        self._let_others()
        saved = super().save(chat, new=new, changed=changed, gone=gone)
        self._let_others()
        return saved

    def _let_others(self) -> None:
        for action in self.others.pop() if self.others else ():
            self.act(action)


class Tab:
    """A tab of the visitor, which keeps what it has seen as the page does."""

    def __init__(self, browser: Browser, chat: str) -> None:
        self.browser = browser
        self.chat = chat
        self.cursor: str | None = None
        self.shown: dict[str, Json] = {}

    def poll(self) -> None:
        # What comes while this answer is under way is asked for with the cursor of this one.
        answer = self.browser.poll(self.chat, self.cursor)
        if answer["reset"] or self.cursor is None:
            self.shown.clear()
        self.shown |= {message["id"]: message for message in answer["messages"]}
        self.cursor = answer["cursor"]

    def transcript(self) -> list[tuple[int, str, str]]:
        messages = sorted(self.shown.values(), key=lambda message: int(message["position"]))
        return [(message["position"], message["id"], message["state"]) for message in messages]


class World:
    def __init__(self, between: Sequence[Sequence[str]]) -> None:
        self.web = WebChat(STATIC, BusyStore)
        assert isinstance(self.web.store, BusyStore)
        self.store = self.web.store
        browser = self.web.browser()
        self.chat = browser.start()
        self.tabs = [Tab(browser, self.chat) for _ in range(2)]
        self.accepted: list[str] = []
        self.replies: list[str] = []
        self.keys = 0
        self.pending: list[str] = []
        self.unchanged: dict[str, str] = {}  #: the new words of messages that are to be changed again
        self.store.act = self.act
        self.store.others = list(between)

    def act(self, action: str) -> None:
        self._actions()[action]()

    def _actions(self) -> dict[str, Callable[[], object]]:
        first, second = self.tabs
        return {
            "post": lambda: self._post(self.web.new_id()),
            "repeat": self._repeat,
            "edit": self._edit,
            "reply": self._reply_anew,
            "repeat reply": lambda: self._reply(f"k{max(self.keys, 1)}"),
            "state": self._move_state,
            "typing": lambda: self.web.ask("PUT", f"chats/{self.chat}/typing", {"typing": True}),
            "read": self._read,
            "poll": first.poll,
            "poll two": second.poll,
            "tell nothing": self._close_queue,
        }

    def _reply_anew(self) -> None:
        self.keys += 1
        self._reply(f"k{self.keys}")

    def _repeat(self) -> None:
        for message in (self.pending + self.accepted)[:1]:
            self._post(message)

    def _edit(self) -> None:
        for message in self.accepted[-1:]:
            self.keys += 1
            self._change(message, f"words {self.keys}")

    def _change(self, message: str, text: str) -> None:
        answer = self.tabs[1].browser.call("PATCH", f"chats/{self.chat}/messages/{message}", {"text": text})
        if answer.status == 503:
            self.unchanged[message] = text
        elif answer.status == 200:
            self.unchanged.pop(message, None)

    def _move_state(self) -> None:
        message = self.accepted[-1] if self.accepted else self.web.new_id()
        self.web.ask("PUT", f"chats/{self.chat}/messages/{message}/state", {"state": "read"})

    def _read(self) -> None:
        message = self.replies[-1] if self.replies else self.web.new_id()
        self.tabs[0].browser.call("POST", f"chats/{self.chat}/read", {"up_to": message})

    def _close_queue(self) -> None:
        self.web.bridge.refuses = 1

    def _post(self, message: str) -> None:
        answer: Answer = self.tabs[0].browser.post(self.chat, "hello", message)
        if answer.status < 300:
            self.accepted.append(message)
            if message in self.pending:
                self.pending.remove(message)
        elif answer.status == 503:
            self.pending.append(message)

    def _reply(self, key: str) -> None:
        message = self.web.reply(self.chat, key, key)
        if message not in self.replies:
            self.replies.append(message)

    def settle(self) -> None:
        """Browsers send again what was not taken, and look once more."""
        self.store.others.clear()
        self.web.bridge.refuses = 0
        for message in list(self.pending):
            self._post(message)
        for message, text in list(self.unchanged.items()):
            self._change(message, text)
        for tab in self.tabs:
            tab.poll()


@settings(max_examples=200)
@given(script=SCRIPTS, between=BETWEEN)
def test_whatever_the_order_every_message_is_there_once_and_told_once(
    script: list[str], between: list[list[str]]
) -> None:
    world = World(between)
    for action in script:
        world.act(action)
    world.settle()

    chat = world.store.chat("web", world.web.contacts[world.chat])
    assert chat is not None
    entries = world.store.entries(chat)
    assert [entry.position for entry in entries] == list(range(1, chat.last + 1))
    mine = [entry.id for entry in entries if entry.mine]
    assert sorted(mine) == sorted(set(world.accepted))
    assert sorted(entry.id for entry in entries if not entry.mine) == sorted(world.replies)
    assert world.web.bridge.messages == mine
    # Whatever agents read last of a message are its words.
    changes = {note["message"]["id"]: note["message"]["text"] for note in world.web.bridge.of_kind("changed")}
    assert changes == {entry.id: entry.text for entry in entries if entry.edits}
    assert chat.unreported == ()


@settings(max_examples=200)
@given(script=SCRIPTS, between=BETWEEN)
def test_whatever_the_order_both_tabs_end_up_with_the_whole_transcript(
    script: list[str], between: list[list[str]]
) -> None:
    world = World(between)
    for action in script:
        world.act(action)
    world.settle()

    fresh = Tab(world.tabs[0].browser, world.chat)
    fresh.poll()
    for tab in world.tabs:
        assert tab.transcript() == fresh.transcript()
    listed = fresh.browser.call("GET", f"chats/{world.chat}").json
    chat = world.store.chat("web", world.web.contacts[world.chat])
    assert chat is not None
    assert listed["unread"] == sum(not one["mine"] and one["position"] > chat.read for one in fresh.shown.values())
