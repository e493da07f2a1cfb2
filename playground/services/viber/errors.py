"""Failures, as Viber words them: the number in `status` over HTTP 200."""

from __future__ import annotations


class RefusedCall(Exception):
    """Viber's answer is `status` with these words, over HTTP 200."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.words = words


def bad_data(words: str) -> RefusedCall:
    return RefusedCall(3, f"badData: {words}")
