"""What visitors do in their browsers: all of it through the web chat's own API."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from io import BytesIO
from random import Random
from typing import override
from urllib.parse import quote, urlsplit
from uuid import UUID

from playground.services.webchat.browser import Answer, Browser, CallRefused, Json, Screen, draw_bubble, draw_waiting
from playground.services.webchat.server import WebChatService
from playground.simulator import AnswerLost, Post, Timeline

LOOKS_EVERY = 1.2  #: seconds between two looks of an open page
_ESCAPED = str.maketrans({"\r": "%0D", "\n": "%0A", '"': "%22"})  #: what browsers escape of a name in a form
TRIES_AGAIN = 2.0  #: seconds until a browser sends again what was not taken


class WebChatSimulator(WebChatService):
    """The web chat with its visitors. Methods do what people do; they raise KeyError for something unknown.

    A call that the web chat refuses raises CallRefused; what it cannot take now, the browser keeps and sends again.
    """

    def __init__(self, timeline: Timeline, post: Post, random: Random) -> None:
        super().__init__(timeline, post, random)
        self.browsers: dict[str, Browser] = {}
        self.screens: dict[str, Screen] = {}

    # --- coming and going --------------------------------------------------------------------------------------------

    def come(self, language: str = "en") -> Browser:
        """Somebody opens the page for the first time."""
        answer = self._need("POST", "visitors", body={"language": language})
        browser = Browser(visitor=str(answer["visitor"]), token=str(answer["token"]))
        self.browsers[browser.visitor] = browser
        return browser

    def start_chat(self, name: str, visitor: str = "", language: str = "en") -> Screen:
        """A new chat under a name, of a known visitor or of a new one. It has to be looked at, or written in."""
        browser = self.browsers[visitor] if visitor else self.come(language)
        chat = self._make_id()
        self._need("POST", "chats", browser, {"id": chat, "name": name})
        screen = self.screens[chat] = Screen(id=chat, name=name, browser=browser)
        return screen

    def erase(self, chat: str) -> None:
        """Erases the chat for everybody."""
        self._need("DELETE", f"chats/{chat}", self.screens[chat].browser)
        del self.screens[chat]

    def leave(self, visitor: str) -> None:
        """Erases all chats of a visitor, and the visitor."""
        browser = self.browsers[visitor]
        self._need("DELETE", "visitors/me", browser)
        self.screens = {chat: screen for chat, screen in self.screens.items() if screen.browser is not browser}
        del self.browsers[visitor]

    def list_chats(self, visitor: str) -> list[Json]:
        chats: list[Json] = self._need("GET", "chats", self.browsers[visitor])["chats"]
        return chats

    # --- writing -----------------------------------------------------------------------------------------------------

    def write(self, chat: str, text: str) -> str:
        return self._send(self.screens[chat], {"text": text})

    def send_file(self, chat: str, name: str, content_type: str, data: bytes, caption: str = "") -> str:
        """Uploads the file straight to the store and then says so."""
        screen = self.screens[chat]
        wanted = {"name": name, "size": len(data), "type": content_type}
        form = self._need("POST", f"chats/{chat}/uploads", screen.browser, wanted)
        self.put_file(form["url"], form["fields"], name, content_type, data)
        return self._send(screen, {"upload": form["upload"], "text": caption})

    def change(self, chat: str, message: str, text: str) -> None:
        screen = self.screens[chat]
        path = f"chats/{chat}/messages/{message}"
        screen.messages[message] = self._need("PATCH", path, screen.browser, {"text": text})

    def delete(self, chat: str, message: str) -> None:
        screen = self.screens[chat]
        self._need("DELETE", f"chats/{chat}/messages/{message}", screen.browser)
        screen.messages.pop(message, None)

    def rename(self, chat: str, name: str) -> None:
        screen = self.screens[chat]
        screen.name = self._need("PATCH", f"chats/{chat}", screen.browser, {"name": name})["name"]

    def tap(self, chat: str, message: str, button: int, card: int | None = None) -> str:
        screen = self.screens[chat]
        offer = screen.messages[message]
        choices = offer["buttons"] if card is None else offer["cards"][card]["buttons"]
        return self._send(screen, {"tap": {"message": message, "button": choices[button]["id"]}})

    def type(self, chat: str, typing: bool = True) -> None:
        self._need("POST", f"chats/{chat}/typing", self.screens[chat].browser, {"typing": typing})

    def _send(self, screen: Screen, message: Json) -> str:
        """The id under which it is sent once, however often it has to be sent."""
        message_id = self._make_id()
        screen.outbox.append({"id": message_id, **message})
        if len(screen.outbox) == 1:  # else it waits its turn
            self._flush(screen)
        return message_id

    def _flush(self, screen: Screen) -> None:
        while screen.outbox:
            message = screen.outbox[0]
            answer = self._try("POST", f"chats/{screen.id}/messages", screen.browser, message)
            if answer is None or answer.status == 429 or answer.status >= 500:
                wait = (answer.retry_after if answer else 0) or TRIES_AGAIN
                self.timeline.later(wait, lambda: self._flush(screen))
                return
            del screen.outbox[0]
            if answer.status in {200, 201}:
                screen.messages[message["id"]] = answer.body
            else:
                screen.refused[message["id"]] = answer.code

    def put_file(self, url: str, fields: Json, name: str, content_type: str, data: bytes) -> None:
        """The form that the store gave, with the file as its last field."""
        address = urlsplit(url)
        answer = self.app.test_client().post(
            address.path,
            base_url=f"{address.scheme}://{address.netloc}",
            data={**fields, "file": (BytesIO(data), name.translate(_ESCAPED), content_type.translate(_ESCAPED))},
            content_type="multipart/form-data",
        )
        if answer.status_code >= 300:
            raise CallRefused(answer.status_code, "store")

    # --- looking -----------------------------------------------------------------------------------------------------

    def poll(self, chat: str) -> Screen:
        """Looks for news once, as an open page does by itself."""
        screen = self.screens[chat]
        after = f"?after={quote(screen.cursor)}" if screen.cursor else ""
        answer = self._try("GET", f"chats/{chat}/messages{after}", screen.browser)
        if answer is None or answer.status != 200:
            self._look_soon(screen, TRIES_AGAIN)
            return screen
        screen.show(answer.body)
        if screen.typing is not None:  # until nobody types any more
            self._look_soon(screen, LOOKS_EVERY)
        return screen

    def read(self, chat: str) -> None:
        """Looks at the chat: all that came was seen."""
        theirs = self.poll(chat).theirs()
        if theirs:
            self._need("POST", f"chats/{chat}/read", self.screens[chat].browser, {"up_to": theirs[-1]["id"]})

    def look(self, chat: str) -> None:
        """Comes back to the page."""
        self.screens[chat].is_open = True
        self.poll(chat)

    def look_away(self, chat: str) -> None:
        """Hides the page, or closes it: a hidden page asks for nothing."""
        self.screens[chat].is_open = False

    @override
    def on_bridge_call(self, chat: str) -> None:
        screen = next((one for one in self.screens.values() if one.contact == chat), None)
        if screen is not None:
            self._look_soon(screen, LOOKS_EVERY)

    def _look_soon(self, screen: Screen, seconds: float) -> None:
        if screen.is_open and not screen.looks_again:
            screen.looks_again = True
            self.timeline.later(seconds, lambda: self._look_again(screen))

    def _look_again(self, screen: Screen) -> None:
        screen.looks_again = False
        if screen.is_open and screen.id in self.screens:
            self.poll(screen.id)

    # --- calls of browsers -------------------------------------------------------------------------------------------

    def call(self, method: str, path: str, browser: Browser | None = None, body: Json | None = None) -> Answer:
        """A call of the API below the page. Raises AnswerLost."""
        headers = {"Authorization": f"Bearer {browser.token}"} if browser else {}
        answer = self.app.test_client().open(
            f"{self.page_path}/api/{path}", base_url=self.base_url, method=method, headers=headers, json=body
        )
        wait = answer.headers.get("Retry-After", "0")
        return Answer(status=answer.status_code, body=answer.get_json(silent=True) or {}, retry_after=float(wait))

    def _try(self, method: str, path: str, browser: Browser, body: Json | None = None) -> Answer | None:
        """None when no answer came."""
        try:
            return self.call(method, path, browser, body)
        except AnswerLost:
            return None

    def _need(self, method: str, path: str, browser: Browser | None = None, body: Json | None = None) -> Json:
        answer = self.call(method, path, browser, body)
        if answer.status >= 300:
            raise CallRefused(answer.status, answer.code)
        return answer.body

    def _make_id(self) -> str:
        return str(UUID(int=self.random.getrandbits(128), version=4))

    # --- as every simulator ------------------------------------------------------------------------------------------

    @override
    def view(self) -> dict[str, object]:
        people = [self._view(screen) for screen in self.screens.values()]
        return {"service": self.service, "title": "Web chat", "side": "messenger", "people": people}

    def _view(self, screen: Screen) -> Json:
        """What stands on the screen: an open page brings itself up to date, one that is hidden does not."""
        waiting = [draw_waiting(message, screen.name, "waiting") for message in screen.outbox]
        refused = [draw_waiting({"id": one}, screen.name, "failed", code) for one, code in screen.refused.items()]
        shown = [draw_bubble(message, screen.name) for message in screen.lines()]
        return {"id": screen.id, "name": screen.name, "avatar": None, "messages": [*shown, *refused, *waiting]}

    @override
    def act(self, action: str, arguments: Mapping[str, str]) -> dict[str, object]:
        return self._actions()[action](arguments) or {}

    def _actions(self) -> dict[str, Callable[[Mapping[str, str]], Json | None]]:
        return {
            "new_person": lambda a: {"person": self.start_chat(a["name"], a.get("visitor", "")).id},
            "write": lambda a: {"message": self.write(a["person"], a["text"])},
            "send_file": self._act_send_file,
            "tap": self._act_tap,
            "typing": lambda a: self.type(a["person"], a["typing"].lower() == "true"),
            "open": lambda a: self.look(a["person"]),
            "close": lambda a: self.look_away(a["person"]),
            "read": lambda a: self.read(a["person"]),
            "erase": lambda a: self.erase(a["person"]),
        }

    def _act_send_file(self, arguments: Mapping[str, str]) -> Json:
        data = base64.b64decode(arguments["data"])
        name, content_type = arguments["name"], arguments["content_type"]
        return {"message": self.send_file(arguments["person"], name, content_type, data, arguments.get("caption", ""))}

    def _act_tap(self, arguments: Mapping[str, str]) -> Json:
        card = str(arguments.get("card", ""))
        chosen = int(card) if card else None
        return {"message": self.tap(arguments["person"], arguments["message"], int(arguments["button"]), chosen)}
