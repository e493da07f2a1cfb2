"""Which bot calls, by the token in the address, and how often it may write."""

from __future__ import annotations

import re
from collections import deque
from datetime import datetime, timedelta

from playground.services.telegram.errors import RefusedCall, too_many_requests
from playground.services.telegram.records import Bot, Chat
from playground.services.telegram.state import State
from playground.simulator_auth import RateLimiter, find_secret

_SECOND, _MINUTE = 1, 60
_OVERALL, _TO_ONE_CHAT, _TO_ONE_GROUP = 30, 1, 20
_TOKEN = re.compile(r"[1-9]\d*:[\w-]+")


class Auth:
    def __init__(self, state: State) -> None:
        self._state = state
        self._limiter = RateLimiter()
        self._to_groups: dict[int, deque[datetime]] = {}

    def authenticate(self, token: str) -> Bot:
        """Raises RefusedCall: 404 for what is no token, 401 for one that is not valid."""
        if not _TOKEN.fullmatch(token):
            raise RefusedCall(404)
        known = find_secret(token, self._state.bots)
        if known is None:
            raise RefusedCall(401)
        return self._state.bots[known]

    def admit(self, bot: Bot, chat: Chat, messages: int = 1) -> None:
        """Counts the messages of one call, which a chat gets at once. Raises RefusedCall when there are too many."""
        if wait := self._state.quirks.take_flood_wait():
            raise too_many_requests(wait)
        if not self._state.quirks.limits:
            return
        now = self._state.timeline.now()
        if chat.type != "private":
            self._admit_to_group(chat, now, messages)
        for name, limit in ((f"{bot.id}/{chat.id}", _TO_ONE_CHAT), *[(str(bot.id), _OVERALL)] * messages):
            if not self._limiter.admit(name, now, limit):
                raise too_many_requests(_SECOND)

    def _admit_to_group(self, chat: Chat, now: datetime, messages: int) -> None:
        sent = self._to_groups.setdefault(chat.id, deque())
        while sent and now - sent[0] >= timedelta(seconds=_MINUTE):
            sent.popleft()
        excess = len(sent) + messages - _TO_ONE_GROUP
        if excess > 0:
            raise too_many_requests(_MINUTE - int((now - sent[excess - 1]).total_seconds()))
        sent.extend([now] * messages)
