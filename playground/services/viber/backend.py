"""The state of the simulated Viber, and the signed callbacks that it sends to bots."""

from __future__ import annotations

import hashlib
import hmac
import threading
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime
from itertools import count
from random import Random
from typing import override

from flask import Response

from playground.bodies import write_json
from playground.served_files import serve, write_name
from playground.services.viber.state import DEMO_TOKEN, MANDATORY_EVENTS, Bot, Json, Person, StoredFile
from playground.simulator import DemoAccount, Post, Simulator, Timeline, Webhook, WebhookAnswer

_FIRST_TOKEN = 5_741_311_803_571_720_001  # far beyond 2^53: whoever reads it as a float gets another number


class ViberBackend(Simulator):
    """What the API and the phones share: the bots, the people, their files, and the callbacks to the bots."""

    service = "viber"
    webhook_retries = (10, 60, 300, 900, 1800)  # Viber: "several times during an hour"

    def __init__(self, timeline: Timeline, post: Post, random: Random) -> None:
        super().__init__(timeline, post, random)
        self.signs_in_header = True
        self.signs_in_query = False
        self.measure: Callable[[str], int | None] | None = None  #: the real size of the media behind an address
        self.bots: dict[str, Bot] = {}
        self.people: dict[str, Person] = {}
        self.files: dict[str, StoredFile] = {}
        self._tokens = count(_FIRST_TOKEN, 1_022)
        self._lock = threading.RLock()
        self.bot = self.add_bot(DEMO_TOKEN, "Patchbay Demo")
        self.app.add_url_rule("/files/<file_id>/<path:name>", "file", self._serve_file)

    def add_bot(self, token: str, name: str) -> Bot:
        bot = Bot(token=token, id=f"pa:{self.random.getrandbits(62)}", name=name)
        self.bots[token] = bot
        return bot

    def replace_token(self, bot: Bot, token: str) -> None:
        """As Viber's support does: the old token is refused from now on, callbacks are signed with the new one."""
        with self._lock:
            del self.bots[bot.token]
            bot.token = token
            self.bots[token] = bot

    @override
    def demo(self) -> DemoAccount:
        return DemoAccount(
            settings={"base_url": f"{self.base_url}/pa", "welcome_message": "Welcome! How can we help you?"},
            secrets={"auth_token": DEMO_TOKEN},
        )

    @override
    def is_accepted(self, answer: WebhookAnswer) -> bool:
        return answer.status == 200

    # --- callbacks ---------------------------------------------------------------------------------------------------

    def _call_back(
        self, person: Person, event: str, fields: Json, on_answer: Callable[[WebhookAnswer], None] | None = None
    ) -> bool:
        """Sends a callback if the bot wants it; False when it does not."""
        bot = person.bot
        if not bot.webhook or event not in bot.event_types | MANDATORY_EVENTS:
            return False
        self.send_webhook(self._make_webhook(bot, bot.webhook, event, fields, person.id, on_answer))
        return True

    def _make_webhook(
        self,
        bot: Bot,
        url: str,
        event: str,
        fields: Json,
        lane: str = "",
        on_answer: Callable[[WebhookAnswer], None] | None = None,
    ) -> Webhook:
        timestamp = int(self.timeline.now().timestamp() * 1000)
        callback = {"event": event, "timestamp": timestamp, "chat_hostname": "SN-CALLBACK-04_", **fields}
        body = write_json(callback)
        signature = hmac.new(bot.token.encode("ascii"), body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if self.signs_in_header:
            headers["X-Viber-Content-Signature"] = signature
        if self.signs_in_query:
            url = f"{url}{'&' if '?' in url else '?'}sig={signature}"
        return Webhook(url=url, headers=headers, body=body, note=event, on_answer=on_answer, lane=lane)

    def _profile(self, person: Person) -> Json:
        """What the bot is told of a person: name and picture only if it asked for them and the person agrees."""
        profile: Json = {"id": person.id, "name": "Subscriber"}
        if person.bot.send_name and person.shares_profile:
            profile["name"] = person.name
        if person.bot.send_photo and person.shares_profile and person.avatar_file:
            profile["avatar"] = f"{self.base_url}{person.avatar_file}"
        return {
            **profile,
            "language": person.language,
            "country": person.country,
            "api_version": person.api_version,
        }

    # --- files -------------------------------------------------------------------------------------------------------

    def _serve_file(self, file_id: str, name: str) -> Response:
        del name
        file = self.files.get(file_id)
        if file is None:
            return Response("not found", 404)
        if file.expires_at and self.timeline.now() >= file.expires_at:
            return Response("this address has expired", 403)
        return serve(file.content, file.content_type)

    def _store_file(self, name: str, content: bytes, content_type: str, expires_at: datetime | None) -> str:
        """The path below which the file is served."""
        file_id = f"{self.random.getrandbits(128):032x}"
        self.files[file_id] = StoredFile(content=content, content_type=content_type, expires_at=expires_at)
        return f"/files/{file_id}/{write_name(name)}"

    def _make_user_id(self) -> str:
        """24 characters that end with ==, and may hold + and / before."""
        return b64encode(self.random.randbytes(16)).decode()
