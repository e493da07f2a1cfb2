"""Failures in Viber's form: a number in `status`, over HTTP 200."""

from __future__ import annotations


class RefusedCall(Exception):
    """Viber's answer is `status` with this text, over HTTP 200."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


def bad_data(text: str) -> RefusedCall:
    return RefusedCall(3, f"badData: {text}")
