"""Calls that are answered with an error: a status, a code for programs and a sentence that says what to do."""

from __future__ import annotations

import math


class Refused(Exception):
    """`code` is one word or several joined by underscores; the message is shown to people and logged nowhere."""

    def __init__(self, status: int, code: str, message: str, *, retry_after: float = 0, allow: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = {"allow": allow} if allow else {}
        if retry_after:
            self.headers["retry-after"] = str(math.ceil(retry_after))


def wrong_method(allowed: str) -> Refused:
    return Refused(405, "wrong_method", f"This address accepts only {allowed}.", allow=allowed)


def unreadable(message: str) -> Refused:
    return Refused(400, "unreadable", message)


def unknown_token() -> Refused:
    return Refused(401, "unknown_visitor", "This token is not valid or has expired. Create a new visitor.")


def unknown_chat() -> Refused:
    return Refused(404, "unknown_chat", "There is no such chat. It was deleted or has expired.")


def unknown_message() -> Refused:
    return Refused(404, "unknown_message", "There is no such message.")


def erased() -> Refused:
    return Refused(404, "erased", "This message was deleted.")


def unknown_address() -> Refused:
    return Refused(404, "unknown_address", "Nothing is served at this address.")


def too_many(retry_after: float) -> Refused:
    return Refused(429, "too_many", "Too many requests. Wait a moment, then try again.", retry_after=retry_after)


def closed() -> Refused:
    return Refused(423, "closed", "The chat is closed at the moment. You cannot write in it.")


def unavailable(message: str = "The chat is not available at the moment. Try again soon.") -> Refused:
    return Refused(503, "unavailable", message, retry_after=2)
