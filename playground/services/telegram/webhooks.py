"""Sends updates to bots. Those of one queue wait for each other until the bot has accepted the one before."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus

from playground.services.telegram.records import Bot, Json, Update
from playground.services.telegram.state import State
from playground.simulator import Webhook, WebhookAnswer

DAY = timedelta(days=1)
QUERY_LIFETIME = timedelta(seconds=150)

_MOST_WAIT = 60  #: seconds between attempts; it is drawn between this and the double
_MOST_RETRY_AFTER = 3600
_GONE = timedelta(hours=23)


@dataclass(slots=True)
class _Line:
    """Updates that wait for each other. Of several planned attempts only that with the last ticket counts."""

    bot: Bot
    updates: deque[Update] = field(default_factory=deque)
    ticket: int = 0


class Webhooks:
    def __init__(self, state: State) -> None:
        self._state = state
        self._lock = threading.Lock()
        self._lines: dict[tuple[int, str], _Line] = {}
        self.perform: Callable[[Bot, Json], None] = lambda _bot, _call: None  #: the call in an answer to a webhook

    # --- updates -----------------------------------------------------------------------------------------------------

    def push(self, bot: Bot, kind: str, fields: Json, queue: str, lifetime: timedelta = DAY) -> bool:
        """An update for the bot, if it wants this kind; False if it does not. Without a webhook it waits for one."""
        if kind not in bot.webhook.allowed_updates:
            return False
        self.send(bot, kind, fields, queue, lifetime)
        return True

    def send(self, bot: Bot, kind: str, fields: Json, queue: str, lifetime: timedelta = DAY) -> None:
        """An update of any kind."""
        with self._lock:
            number = bot.next_update
            bot.next_update += 1
        body = json.dumps({"update_id": number, kind: fields}, separators=(",", ":")).encode()
        expires_at = self._state.timeline.now() + lifetime
        update = Update(id=number, kind=kind, body=body, queue=queue, expires_at=expires_at)
        switches = self._state.switches
        for _ in range(2 if switches.webhook_duplicates else 1):
            delay = switches.webhook_delay + (self._state.random.uniform(0, 2) if switches.webhook_reorder else 0)
            if delay:
                self._state.timeline.later(delay, lambda: self._line_up(bot, update))
            else:
                self._line_up(bot, update)

    def count_pending(self, bot: Bot) -> int:
        now = self._state.timeline.now()
        with self._lock:
            lines = [line.updates for line in self._lines.values() if line.bot is bot]
            return sum(now < update.expires_at for updates in lines for update in updates)

    def drop_pending(self, bot: Bot) -> None:
        with self._lock:
            for line in self._lines.values():
                if line.bot is bot:
                    line.updates.clear()

    def resume(self, bot: Bot) -> None:
        """The bot has a new webhook: what waits is sent there."""
        with self._lock:
            waiting = [line for line in self._lines.values() if line.bot is bot and line.updates]
        for line in waiting:
            self._plan(line, 0)

    # --- sending -----------------------------------------------------------------------------------------------------

    def _line_up(self, bot: Bot, update: Update) -> None:
        with self._lock:
            line = self._lines.setdefault((bot.id, update.queue), _Line(bot))
            line.updates.append(update)
            is_first = len(line.updates) == 1
        if is_first:
            self._plan(line, 0)

    def _plan(self, line: _Line, seconds: float) -> None:
        with self._lock:
            line.ticket += 1
            ticket = line.ticket
        self._state.timeline.later(seconds, lambda: self._attempt(line, ticket))

    def _attempt(self, line: _Line, ticket: int) -> None:
        with self._lock:
            if ticket != line.ticket or not line.updates or not line.bot.webhook.url:
                return
            update = line.updates[0]
        if self._state.timeline.now() >= update.expires_at:
            self._finish(line, update)
            return
        answer = self._state.call_webhook(self._make_webhook(line.bot, update))
        if self._state.is_accepted(answer):
            line.bot.webhook.gone_since = None
            self._finish(line, update)
            self._obey(line.bot, answer)
        else:
            self._fail(line, update, ticket, answer)

    def _make_webhook(self, bot: Bot, update: Update) -> Webhook:
        headers = {"Content-Type": "application/json", "Accept-Encoding": "gzip, deflate"}
        if bot.webhook.secret_token:
            headers["X-Telegram-Bot-Api-Secret-Token"] = bot.webhook.secret_token
        note = f"{update.kind} (repeat {update.failures})" if update.failures else update.kind
        return Webhook(url=bot.webhook.url, headers=headers, body=update.body, note=note)

    def _finish(self, line: _Line, update: Update) -> None:
        """The update is accepted, or too old. The one behind it follows."""
        with self._lock:
            if line.updates and line.updates[0] is update:
                line.updates.popleft()
            is_empty = not line.updates
        if not is_empty:
            self._plan(line, 0)

    def _fail(self, line: _Line, update: Update, ticket: int, answer: WebhookAnswer) -> None:
        """Again at once, then after 2, 4, 8 ... seconds, or when the bot's Retry-After says."""
        self._note_error(line.bot, answer)
        if not line.bot.webhook.url or ticket != line.ticket:
            return
        wait = min(max(0, _read_retry_after(answer)), _MOST_RETRY_AFTER)
        if not wait and update.failures:
            update.delay = min(update.delay * 2, self._state.random.randint(_MOST_WAIT, 2 * _MOST_WAIT))
            wait = update.delay
        update.failures += 1
        if self._state.timeline.now() + timedelta(seconds=wait) > update.expires_at:
            self._finish(line, update)
        else:
            self._plan(line, wait)

    def _note_error(self, bot: Bot, answer: WebhookAnswer) -> None:
        webhook, now = bot.webhook, self._state.timeline.now()
        webhook.last_error_at = now
        if answer.status == 0:
            webhook.last_error = "Connection timed out"
        else:
            phrase = HTTPStatus(answer.status).phrase if answer.status in set(HTTPStatus) else ""
            webhook.last_error = f"Wrong response from the webhook: {answer.status} {phrase}".strip()
        if answer.status != HTTPStatus.GONE:
            webhook.gone_since = None
        elif webhook.gone_since is None:
            webhook.gone_since = now
        elif now - webhook.gone_since > _GONE:
            webhook.url = ""

    def _obey(self, bot: Bot, answer: WebhookAnswer) -> None:
        """An answer may hold a call, whose result is not reported."""
        try:
            call = json.loads(answer.body or b"null")
        except ValueError:
            return
        if isinstance(call, dict) and call.get("method"):
            self.perform(bot, call)


def _read_retry_after(answer: WebhookAnswer) -> int:
    value = next((value for name, value in answer.headers.items() if name.lower() == "retry-after"), "")
    return int(value) if value.isdigit() else 0
