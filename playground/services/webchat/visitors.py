"""What visitors do in their browsers: all of it through the web chat's own API."""

from __future__ import annotations

from io import BytesIO
from urllib.parse import quote, urlsplit
from uuid import UUID

from playground.services.webchat.records import Answer, Browser, CallRefused, Json, Screen
from playground.services.webchat.server import Server
from playground.simulator import AnswerLost

POLLS_EVERY = 1.2  #: seconds between two polls of an open page
_ESCAPED = str.maketrans({"\r": "%0D", "\n": "%0A", '"': "%22"})  #: what browsers escape of a name in a form
TRIES_AGAIN = 2.0  #: seconds until a browser sends again what was not accepted


class Visitors(Server):
    """Methods do what people do; they raise KeyError for unknown ids.

    A call that the web chat refuses raises CallRefused. What it cannot accept now, the browser keeps and sends again.
    """

    # --- coming and going --------------------------------------------------------------------------------------------

    def come(self, language: str = "en") -> Browser:
        """A person opens the page for the first time."""
        answer = self._need("POST", "visitors", body={"language": language})
        browser = Browser(visitor=str(answer["visitor"]), token=str(answer["token"]))
        self.browsers[browser.visitor] = browser
        return browser

    def start_chat(self, name: str, visitor: str = "", language: str = "en") -> Screen:
        """A new chat under a name, of a known visitor or of a new one. It polls once it is looked at or written in."""
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

    def write(self, chat: str, text: str, reply_to: str = "") -> str:
        """`reply_to` is the message that it answers."""
        return self._send(self.screens[chat], {"text": text, **({"reply_to": reply_to} if reply_to else {})})

    def send_file(self, chat: str, name: str, content_type: str, data: bytes, caption: str = "") -> str:
        """Uploads the file straight to the store and then sends the message."""
        screen = self.screens[chat]
        wanted = {"name": name, "size": len(data), "type": content_type}
        form = self._need("POST", f"chats/{chat}/uploads", screen.browser, wanted)
        self.put_file(form["url"], form["fields"], name, content_type, data)
        return self._send(screen, {"upload": form["upload"], "text": caption})

    def change(self, chat: str, message: str, text: str) -> None:
        screen = self.screens[chat]
        path = f"chats/{chat}/messages/{message}"
        screen.messages[message] = self._need("PATCH", path, screen.browser, {"text": text})

    def react(self, chat: str, message: str, emoji: str) -> None:
        """ "" takes the reaction away."""
        screen = self.screens[chat]
        path = f"chats/{chat}/messages/{message}/reaction"
        screen.messages[message] = self._need("PUT", path, screen.browser, {"emoji": emoji})

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

    # --- reading -----------------------------------------------------------------------------------------------------

    def poll(self, chat: str) -> Screen:
        """Gets new messages once, as an open page does by itself."""
        screen = self.screens[chat]
        after = f"?after={quote(screen.cursor)}" if screen.cursor else ""
        answer = self._try("GET", f"chats/{chat}/messages{after}", screen.browser)
        if answer is None or answer.status != 200:
            self._poll_soon(screen, TRIES_AGAIN)
            return screen
        screen.show(answer.body)
        if screen.typing is not None:  # until the typing ends
            self._poll_soon(screen, POLLS_EVERY)
        return screen

    def read(self, chat: str) -> None:
        """Looks at the chat: all new messages are seen."""
        theirs = self.poll(chat).theirs()
        if theirs:
            self._need("POST", f"chats/{chat}/read", self.screens[chat].browser, {"up_to": theirs[-1]["id"]})

    def look(self, chat: str) -> None:
        """Comes back to the page."""
        self.screens[chat].is_open = True
        self.poll(chat)

    def look_away(self, chat: str) -> None:
        """Hides the page, or closes it: a hidden page does not poll."""
        self.screens[chat].is_open = False

    def on_bridge_call(self, chat: str) -> None:
        screen = next((one for one in self.screens.values() if one.contact == chat), None)
        if screen is not None:
            self._poll_soon(screen, POLLS_EVERY)

    def _poll_soon(self, screen: Screen, seconds: float) -> None:
        if screen.is_open and not screen.poll_is_due:
            screen.poll_is_due = True
            self.timeline.later(seconds, lambda: self._poll_again(screen))

    def _poll_again(self, screen: Screen) -> None:
        screen.poll_is_due = False
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
