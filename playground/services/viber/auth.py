"""Which bot calls: the token is in a header, or in the body as older libraries send it."""

from __future__ import annotations

import json

from flask import request

from playground.services.viber.errors import RefusedCall, bad_data
from playground.services.viber.records import Bot, Json
from playground.services.viber.state import State

_REQUEST_BYTES = 30 * 1024


class Auth:
    def __init__(self, state: State) -> None:
        self._state = state

    def authenticate(self) -> tuple[Bot, Json]:
        """The bot and what it sent. Raises RefusedCall."""
        payload = _read_payload(request.get_data())
        token = request.headers.get("X-Viber-Auth-Token") or payload.get("auth_token")
        if not token:
            raise RefusedCall(2, "missing_auth_token")
        bot = self._state.bots.get(str(token))
        if bot is None:
            raise RefusedCall(2, "invalidAuthToken")
        return bot, payload


def _read_payload(raw: bytes) -> Json:
    if len(raw) > _REQUEST_BYTES:
        raise bad_data("the request is larger than 30 KB")
    try:
        payload = json.loads(raw or b"{}")
    except ValueError:
        raise bad_data("not JSON") from None
    if not isinstance(payload, dict):
        raise bad_data("not an object")
    return payload
